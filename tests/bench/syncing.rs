//! What a sync costs, and how that grows with the number of targets. The server's own time runs in this process.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::measure::{Cost, cost, median, syncs};
use crate::support::github::{GithubServer, TOKEN};
use crate::support::home::Home;
use crate::support::synced::{all_hold_it, config, credential, repositories};
use crate::table::{Program, Table, mebibytes, microseconds, millis};

/// A home whose config lists so many repositories of a GitHub that has them.
pub struct World {
    pub home: Home,
    pub github: GithubServer,
}

impl World {
    pub fn new(home: Home, count: usize, more: &str) -> Self {
        let github = GithubServer::start();
        let names: Vec<String> = (0..count).map(|number| format!("acme/r{number}")).collect();
        names.iter().for_each(|name| github.add_repository(name));
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        home.write(&credential().json());
        home.write_config(&config(&github, &format!("{more}{}", repositories(&names))));
        Self { home, github }
    }

    /// One whose targets are commands that take what they get and do nothing.
    fn of_commands(count: usize) -> Self {
        let targets: String = (0..count)
            .map(|number| format!("[[targets]]\nname = \"c{number}\"\ncommand = [\"/bin/true\"]\n\n"))
            .collect();
        Self::new(Home::with_folder(), 0, &targets)
    }

    pub fn wick(&self, program: &Program, arguments: &[&str]) -> Command {
        let mut command = self.home.program(&program.path);
        command.args(arguments).env("GH_ENTERPRISE_TOKEN", TOKEN);
        command
    }
}

const FIRST: [&str; 2] = ["sync", "--json"];
const DRY: [&str; 3] = ["sync", "--dry-run", "--json"];

pub fn rows(table: &mut Table) {
    let first = |program: &Program, home: Home| {
        let world = World::new(home, 20, "");
        let cost = cost(&mut world.wick(program, &FIRST));
        (cost, world.github.requests().len())
    };
    let on_disk = |program: &Program| median(5, || first(program, Home::with_folder()).0.wall);
    table.row("first `wick sync` of 20 repositories with 3 secrets each", |program| millis(on_disk(program)));
    let memory = Path::new("/dev/shm");
    if memory.is_dir() {
        let there = |program: &Program| median(5, || first(program, Home::within(memory).and_folder()).0.wall);
        table.row("the same where no disk is waited for (tmpfs)", |program| millis(there(program)));
    }
    table.row("requests of it", |program| first(program, Home::with_folder()).1.to_string());
    table.row("calls to `fsync` of it", |program| {
        let world = World::new(Home::with_folder(), 20, "");
        syncs(&world.wick(program, &FIRST)).map_or("not counted: no strace".to_owned(), |count| count.to_string())
    });
    table.row("CPU of it, for each of the 20", |program| {
        let runs = 10;
        let all: Duration = (0..runs).map(|_| first(program, Home::with_folder()).0.cpu).sum();
        microseconds(all / runs / 20)
    });
    table.row("first `wick sync` of 200 repositories with a secret each, 80 writes a minute, and memory", |program| {
        let one = "[secrets]\nCLAUDE_ACCESS_TOKEN = \"accessToken\"\n\n";
        let world = World::new(Home::with_folder(), 200, one);
        let cost = cost(&mut world.wick(program, &FIRST));
        format!("{}, {} of CPU, {}", millis(cost.wall), millis(cost.cpu), mebibytes(cost.peak))
    });
    growth(table, "a dry run", "repositories", &[20, 1000, 2000], |program, count| {
        let world = World::new(Home::with_folder(), count, "");
        cost(&mut world.wick(program, &DRY))
    });
    growth(table, "an unchanged run", "repositories", &[20, 1000], |program, count| {
        let (home, github) = all_hold_it(count);
        cost(&mut World { home, github }.wick(program, &FIRST))
    });
    growth(table, "a first sync", "commands that do nothing", &[20, 1000, 2000], |program, count| {
        cost(&mut World::of_commands(count).wick(program, &FIRST))
    });
    growth(table, "an unchanged run", "commands", &[20, 1000, 2000], |program, count| {
        let world = World::of_commands(count);
        cost(&mut world.wick(program, &FIRST));
        cost(&mut world.wick(program, &FIRST))
    });
    growth(table, "`wick status --json`", "commands, all synced", &[20, 2000], |program, count| {
        let world = World::of_commands(count);
        cost(&mut world.wick(program, &FIRST));
        cost(&mut world.wick(program, &["status", "--json"]))
    });
    growth(table, "`wick targets list --json`", "commands, all synced", &[20, 2000], |program, count| {
        let world = World::of_commands(count);
        cost(&mut world.wick(program, &FIRST));
        cost(&mut world.wick(program, &["targets", "list", "--json"]))
    });
}

/// A row for each number of targets: few are run often, so that the kernel's ticks do not matter.
fn growth(table: &mut Table, what: &str, of: &str, counts: &[usize], run: impl Fn(&Program, usize) -> Cost) {
    for count in counts {
        table.row(&format!("CPU a target of {what} of {count} {of}, and memory at its highest"), |program| {
            let runs = if *count < 100 { 10 } else { 1 };
            let costs: Vec<Cost> = (0..runs).map(|_| run(program, *count)).collect();
            let cpu: Duration = costs.iter().map(|cost| cost.cpu).sum();
            let each = cpu.div_f64(costs.len() as f64 * *count as f64);
            let peak = costs.iter().map(|cost| cost.peak).fold(0.0, f64::max);
            format!("{}, {}", microseconds(each), mebibytes(peak))
        });
    }
}
