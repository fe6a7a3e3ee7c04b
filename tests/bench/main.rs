//! `cargo bench`: what Wick costs, beside a bare tray icon of the same libraries in the same run.
//!
//! Prints a table in Markdown; the README's comes from here. Judges nothing. `WICK_BENCH_SECONDS` sets how long the two
//! are watched while idle (60 by default). Linux only: it reads `/proc`.
#![allow(missing_docs, unreachable_pub, dead_code, unused_imports, reason = "nobody links against a benchmark")]
#![allow(
    clippy::pedantic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "it measures real time and prints"
)]

#[cfg(not(target_os = "macos"))]
#[path = "../support/mod.rs"]
mod support;

#[cfg(target_os = "macos")]
fn main() {
    println!("this benchmark reads /proc, which only Linux has");
}

#[cfg(not(target_os = "macos"))]
fn main() {
    // Run again by itself, it is the bare sample.
    if std::env::args().any(|argument| argument == "--sample") {
        sample();
    } else {
        linux::main();
    }
}

/// What any app with `tray-icon` does at least: an icon, a title, a menu of one item, and sleep.
#[cfg(not(target_os = "macos"))]
fn sample() {
    use tray_icon::menu::{Menu, MenuItem};

    let menu = Menu::new();
    menu.append(&MenuItem::new("Quit", true, None)).expect("an empty menu");
    let icon = tray_icon::Icon::from_rgba(vec![255; 44 * 44 * 4], 44, 44).expect("44 by 44 pixels");
    let builder = tray_icon::TrayIconBuilder::new().with_menu(Box::new(menu)).with_icon(icon).with_title("sample");
    let _tray = builder.build().expect("a session bus");
    loop {
        std::thread::park();
    }
}

#[cfg(not(target_os = "macos"))]
mod linux {
    use std::fs;
    use std::process::{Child, Command, Stdio};
    use std::time::{Duration, Instant};

    use crate::support::credential::CredentialText;
    use crate::support::desktop::{Bus, Panel};
    use crate::support::github::GithubServer;
    use crate::support::home::{Home, in_seconds};
    use crate::support::synced;
    use crate::support::synced::{command, repositories};
    use crate::support::token_server::TokenServer;
    use crate::support::wait_for;

    const STARTS: usize = 15;
    const CALLS: usize = 50;

    pub fn main() {
        let Some(bus) = Bus::start("the benchmark") else { return };
        let panel = Panel::start(&bus);
        let home = Home::signed_in(7 * 3600);
        let run = |mut command: Command| {
            command.env("DBUS_SESSION_BUS_ADDRESS", &bus.address);
            // There too it waits to be told of waking up.
            command.env("DBUS_SYSTEM_BUS_ADDRESS", &bus.address).stdout(Stdio::null()).stderr(Stdio::null());
            Running(command.spawn().expect("built"))
        };
        let this = std::env::current_exe().expect("a program has a path");
        let wick = || run(home.wick(&[]));
        let sample = || {
            let mut command = Command::new(&this);
            command.arg("--sample");
            run(command)
        };

        println!("| what | Wick | bare `tray-icon` sample | ratio |\n|---|---|---|---|");
        let binary = fs::metadata(env!("CARGO_BIN_EXE_wick")).expect("built").len();
        println!("| stripped binary | {:.2} MiB | | |", binary as f64 / 1_048_576.0);

        let status = median(CALLS, || {
            let begun = Instant::now();
            home.run(&["status"]);
            begun.elapsed()
        });
        println!("| `wick status`, whole process | {:.1} ms | | |", millis(status));

        let exec = |arguments: &[&str]| {
            let mut command = home.wick(&[]);
            let environment: Vec<_> =
                command.get_envs().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned()))).collect();
            if arguments.is_empty() {
                command = Command::new("/bin/true");
                command.env_clear().envs(environment);
            } else {
                command.args(arguments);
            }
            median(CALLS, || {
                let begun = Instant::now();
                assert!(command.status().expect("it runs").success());
                begun.elapsed()
            })
        };
        let (bare, through) = (exec(&[]), exec(&["exec", "--", "/bin/true"]));
        println!("| what `wick exec` adds to a command | {:.1} ms | | |", millis(through.saturating_sub(bare)));

        let server = TokenServer::start("tok-sentinel-refresh");
        home.write_config(&format!("[refresh]\ntoken_url = \"{}\"\n", server.url()));
        home.write(&CredentialText::ending(in_seconds(7 * 3600)).json());
        let refresh = median(STARTS, || {
            let begun = Instant::now();
            assert!(home.run(&["refresh", "--force"]).status.success());
            begun.elapsed()
        });
        println!("| `wick refresh`, whole process with a server on loopback | {:.1} ms | | |", millis(refresh));
        println!("| requests a refresh | {:.2} | | |", server.posts().len() as f64 / STARTS as f64);
        home.write_config("");
        home.write(&CredentialText::ending(in_seconds(7 * 3600)).json());

        syncing();

        let start = |spawn: &dyn Fn() -> Running| {
            median(STARTS, || {
                let before = panel.icons();
                let begun = Instant::now();
                let _running = spawn();
                wait_for("the icon", || (panel.icons() > before).then_some(()));
                begun.elapsed()
            })
        };
        row("start until the icon is registered", "ms", millis(start(&wick)), millis(start(&sample)));

        let before = panel.icons();
        let app = wick();
        wait_for("the icon", || (panel.icons() > before).then_some(()));
        let icon = panel.icon();
        let change = median(STARTS, || {
            let end = in_seconds(if icon.title() == "5h 0m" { 4 * 3600 + 30 } else { 5 * 3600 + 30 });
            let before = icon.title();
            let begun = Instant::now();
            home.write(&CredentialText::ending(end).json());
            wait_for("the new title", || (icon.title() != before).then_some(()));
            begun.elapsed()
        });
        println!("| file replaced until the title has changed | {:.1} ms | | |", millis(change));
        drop(app);

        let (app, bare) = (wick(), sample());
        // What starting costs is another row.
        std::thread::sleep(Duration::from_secs(12));
        let seconds = std::env::var("WICK_BENCH_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(60);
        let (a, b) = (Usage::of(&app), Usage::of(&bare));
        std::thread::sleep(Duration::from_secs(seconds));
        let (a, b) = (Usage::of(&app).since(&a, seconds), Usage::of(&bare).since(&b, seconds));
        row("idle: CPU", "% of a core", a.cpu, b.cpu);
        row("idle: voluntary context switches a minute, all threads", "", a.switches * 60.0, b.switches * 60.0);
        row("idle: resident memory", "MiB", a.resident, b.resident);
        row("idle: memory of its own (private dirty)", "MiB", a.private, b.private);
    }

    /// What a sync costs: beside the server's own time, which runs in this process.
    fn syncing() {
        let (first, dry) = (Synced::of(20, true), Synced::of(20, false));
        println!("| first `wick sync` of 20 repositories with 3 secrets each | {:.0} ms | | |", millis(first.took));
        println!("| requests of it, and of a dry run | {} and {} | | |", first.requests, dry.requests);
        println!("| a dry run of them: one listing each | {:.0} ms | | |", millis(dry.took));
        let (ten, thousand) = (Synced::of(10, false), Synced::of(1000, false));
        let each = (thousand.cpu - ten.cpu).as_secs_f64() * 1e6 / 990.0;
        println!("| CPU for each further target of a dry run | {each:.0} µs | | |");
        let sealed = first.cpu.saturating_sub(dry.cpu).as_secs_f64() * 1e6 / 20.0;
        println!("| CPU for each target with 3 secrets to write | {:.1} ms | | |", sealed / 1000.0);
        println!(
            "| resident memory of a dry run at its highest, 10 and 1,000 targets | {:.1} and {:.1} MiB | | |",
            ten.peak, thousand.peak
        );
    }

    struct Synced {
        took: Duration,
        cpu: Duration,
        requests: usize,
        peak: f64,
    }

    impl Synced {
        /// Of so many repositories: the first one, or a dry run, for which GitHub's limits do not matter.
        fn of(count: usize, first: bool) -> Self {
            let github = GithubServer::start();
            let names: Vec<String> = (0..count).map(|number| format!("acme/r{number}")).collect();
            names.iter().for_each(|name| github.add_repository(name));
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let home = Home::with_folder();
            home.write(&synced::credential().json());
            home.write_config(&synced::config(&github, &repositories(&names)));
            let arguments: &[&str] = if first { &["sync", "--json"] } else { &["sync", "--dry-run", "--json"] };
            let begun = Instant::now();
            let mut running = command(&home, arguments).stdout(Stdio::null()).spawn().expect("built");
            // The last figures before it ends; its first requests come long after its start.
            let (mut cpu, mut peak) = (Duration::ZERO, 0.0);
            while running.try_wait().expect("our child").is_none() {
                let read =
                    |file: &str| fs::read_to_string(format!("/proc/{}/{file}", running.id())).unwrap_or_default();
                let nanoseconds = read("schedstat").split(' ').next().and_then(|text| text.parse().ok()).unwrap_or(0);
                let threads = fs::read_dir(format!("/proc/{}/task", running.id())).into_iter().flatten().flatten();
                let all: u64 = threads
                    .filter_map(|task| fs::read_to_string(task.path().join("schedstat")).ok())
                    .filter_map(|text| text.split(' ').next()?.parse::<u64>().ok())
                    .sum();
                cpu = cpu.max(Duration::from_nanos(all.max(nanoseconds)));
                let status = read("status");
                let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
                let kib: f64 = line.split_whitespace().next().and_then(|word| word.parse().ok()).unwrap_or(0.0);
                peak = f64::max(peak, kib / 1024.0);
                std::thread::sleep(Duration::from_micros(500));
            }
            Self { took: begun.elapsed(), cpu, requests: github.requests().len(), peak }
        }
    }

    fn row(what: &str, unit: &str, wick: f64, sample: f64) {
        // No more digits than another run would show again.
        let places = |number: f64| {
            if number < 0.1 {
                3
            } else if number < 20.0 {
                1
            } else {
                0
            }
        };
        let figure = |number: f64| format!("{number:.0$} {unit}", places(number)).trim_end().to_owned();
        println!("| {what} | {} | {} | {:.1} |", figure(wick), figure(sample), wick / sample);
    }

    fn median(times: usize, mut measure: impl FnMut() -> Duration) -> Duration {
        let mut all: Vec<Duration> = (0..times).map(|_| measure()).collect();
        all.sort();
        all[times / 2]
    }

    fn millis(duration: Duration) -> f64 {
        duration.as_secs_f64() * 1000.0
    }

    /// A program that ends with this value, also when the benchmark panics.
    struct Running(Child);

    impl Drop for Running {
        fn drop(&mut self) {
            drop(self.0.kill());
            drop(self.0.wait());
        }
    }

    struct Usage {
        cpu: f64,
        switches: f64,
        resident: f64,
        private: f64,
    }

    impl Usage {
        /// Nanoseconds and switches since the process began; MiB now.
        fn of(running: &Running) -> Self {
            let process = format!("/proc/{}", running.0.id());
            let read = |path: String| fs::read_to_string(path).unwrap_or_default();
            let number = |text: &str, key: &str| -> f64 {
                let line = text.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_default();
                line.split_whitespace().next().and_then(|word| word.parse().ok()).unwrap_or_default()
            };
            let (mut cpu, mut switches) = (0.0, 0.0);
            for task in fs::read_dir(format!("{process}/task")).expect("it runs") {
                let task = task.expect("a readable folder").path();
                cpu += number(&read(format!("{}/schedstat", task.display())), "");
                switches += number(&read(format!("{}/status", task.display())), "voluntary_ctxt_switches:");
            }
            let memory = read(format!("{process}/smaps_rollup"));
            let mebibytes = |key| number(&memory, key) / 1024.0;
            Self { cpu, switches, resident: mebibytes("Rss:"), private: mebibytes("Private_Dirty:") }
        }

        /// Percent of a core and switches a second since then.
        fn since(self, before: &Self, seconds: u64) -> Self {
            let seconds = seconds as f64;
            let cpu = (self.cpu - before.cpu) / 1e9 / seconds * 100.0;
            Self { cpu, switches: (self.switches - before.switches) / seconds, ..self }
        }
    }
}
