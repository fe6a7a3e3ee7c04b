//! What the app costs: to start, to follow a change, to rest; and the commands that are run often.

use std::fs;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::measure::{Running, median, wall};
use crate::support::credential::CredentialText;
use crate::support::desktop::{Bus, Panel};
use crate::support::home::{Home, in_seconds};
use crate::support::soak::soak;
use crate::support::token_server::TokenServer;
use crate::support::usage::Usage;
use crate::support::wait_for;
use crate::table::{Program, Table, mebibytes, millis, size};

const STARTS: usize = 15;
const CALLS: usize = 50;

/// What any app with `tray-icon` does at least: an icon, a title, a menu of one item, and sleep.
pub fn sample() {
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

fn seconds(name: &str, default: u64) -> Duration {
    let set = std::env::var(name).ok().and_then(|text| text.parse().ok());
    Duration::from_secs(set.unwrap_or(default))
}

pub fn rows(table: &mut Table) {
    table.row("stripped binary", |program| size(&program.path));
    let home = Home::signed_in(7 * 3600);
    table.row("`wick status`, whole process", |program| {
        millis(median(CALLS, || wall(home.program(&program.path).arg("status"))))
    });
    table.row("`wick status --line`, whole process", |program| {
        millis(median(CALLS, || wall(home.program(&program.path).args(["status", "--line"]))))
    });
    table.row("what `wick exec` adds to a command", |program| {
        let bare = median(CALLS, || wall(&mut home.program("/bin/true")));
        let through = median(CALLS, || wall(home.program(&program.path).args(["exec", "--", "/bin/true"])));
        millis(through.saturating_sub(bare))
    });
    table.row("`wick refresh`, whole process with a server on loopback, and requests of it", |program| {
        let (home, server) = (Home::signed_in(7 * 3600), TokenServer::start("tok-sentinel-refresh"));
        home.write_config(&format!("[refresh]\ntoken_url = \"{}\"\n", server.url()));
        let took = median(STARTS, || wall(home.program(&program.path).args(["refresh", "--force"])));
        format!("{}, {:.2}", millis(took), server.posts().len() as f64 / STARTS as f64)
    });
    let Some(bus) = Bus::start("the benchmark") else { return };
    let panel = Panel::start(&bus);
    let desktop = Desktop { bus: &bus, panel: &panel };
    desktop.starts(table);
    desktop.rests(table);
    desktop.soaks(table);
}

struct Desktop<'a> {
    bus: &'a Bus,
    panel: &'a Panel,
}

impl Desktop<'_> {
    /// Starts it and waits for its icon.
    fn run(&self, mut command: Command) -> Running {
        let before = self.panel.icons();
        command.env("DBUS_SESSION_BUS_ADDRESS", &self.bus.address);
        // There it subscribes to waking up.
        command.env("DBUS_SYSTEM_BUS_ADDRESS", &self.bus.address).stdout(Stdio::null()).stderr(Stdio::null());
        let running = Running(command.spawn().expect("built"));
        wait_for("the icon", || (self.panel.icons() > before).then_some(()));
        running
    }

    fn sample(&self) -> Running {
        let mut command = Command::new(std::env::current_exe().expect("a program has a path"));
        command.arg("--sample");
        self.run(command)
    }

    fn starts(&self, table: &mut Table) {
        let timed = |start: &dyn Fn() -> Running| {
            let timed = || {
                let begun = Instant::now();
                let running = start();
                let took = begun.elapsed();
                drop(running);
                took
            };
            millis(median(STARTS, timed))
        };
        let home = Home::signed_in(7 * 3600);
        table.row("start until the icon is registered (a bare `tray-icon` sample)", |program| {
            let (wick, sample) = (timed(&|| self.run(home.program(&program.path))), timed(&|| self.sample()));
            format!("{wick} ({sample})")
        });
        table.row("file replaced until the title has changed", |program| {
            let _app = self.run(home.program(&program.path));
            let icon = self.panel.icon();
            let changed = || {
                let end = in_seconds(if icon.title() == "5h" { 4 * 3600 + 30 } else { 5 * 3600 + 30 });
                let before = icon.title();
                let begun = Instant::now();
                home.write(&CredentialText::ending(end).json());
                wait_for("the new title", || (icon.title() != before).then_some(()));
                begun.elapsed()
            };
            millis(median(STARTS, changed))
        });
    }

    fn rests(&self, table: &mut Table) {
        let span = seconds("WICK_BENCH_IDLE", 60);
        let watch = |running: Running| {
            // What starting costs is another row. In its first minute Wick reads what it wrote itself, and after two of them
            // the threads end that only the start needed.
            std::thread::sleep(Duration::from_secs(130));
            let before = Usage::of(running.0.id());
            std::thread::sleep(span);
            let after = Usage::of(running.0.id());
            let (cpu, switches) = (after.cpu_since(&before, span), after.switches_since(&before, span));
            let (resident, private) = (mebibytes(after.resident), mebibytes(after.private));
            format!("{cpu:.4} %, {switches:.2}, {resident}, {private}, {}", after.threads)
        };
        let figures = "CPU of a core, voluntary switches a second, resident, of its own, threads";
        let home = Home::signed_in(7 * 3600);
        table.row(&format!("idle: {figures}"), |program| watch(self.run(home.program(&program.path))));
        table.row("idle, with 2,000 targets", |program| {
            let home = Home::signed_in(7 * 3600);
            let targets: String = (0..2000)
                .map(|number| format!("[[targets]]\nname = \"c{number}\"\ncommand = [\"/bin/true\"]\n"))
                .collect();
            home.write_config(&targets);
            watch(self.run(home.program(&program.path)))
        });
        table.row("idle, where 100 files a second are written beside the credential", |program| {
            let busy = Busy::start(&home);
            let watched = watch(self.run(home.program(&program.path)));
            drop(busy);
            watched
        });
        table.row("idle: a bare `tray-icon` sample", |_| watch(self.sample()));
    }

    /// A refresh that fails is asked for again and again, each time with a notification that nobody closes, and the service
    /// of notifications is restarted every 20 seconds.
    fn soaks(&self, table: &mut Table) {
        let minutes = seconds("WICK_BENCH_SOAK", 5).as_secs();
        table.row(
            &format!("soak of {minutes} minutes: threads, descriptors, resident after one and at the end"),
            |program| {
                let home = Home::signed_in(7 * 3600);
                let app = self.run(home.program(&program.path));
                let (after_one, end) = soak(self.bus, self.panel, app.0.id(), Duration::from_secs(minutes * 60));
                let figures =
                    |usage: &Usage| format!("{}, {}, {}", usage.threads, usage.descriptors, mebibytes(usage.resident));
                format!("{}; {}", figures(&after_one), figures(&end))
            },
        );
    }
}

/// Writes a hundred files a second beside the credential, as a busy session does with its transcripts, until it is
/// dropped.
struct Busy {
    stop: Arc<AtomicBool>,
    writer: Option<JoinHandle<()>>,
}

impl Busy {
    fn start(home: &Home) -> Self {
        let (stop, folder) = (Arc::<AtomicBool>::default(), home.path().join(".claude"));
        let stopped = Arc::clone(&stop);
        let writer = std::thread::spawn(move || {
            for number in 0.. {
                if stopped.load(Ordering::SeqCst) {
                    break;
                }
                fs::write(folder.join(format!("transcript-{}.jsonl", number % 10)), "{}\n").expect("a writable home");
                std::thread::sleep(Duration::from_millis(10));
            }
        });
        Self { stop, writer: Some(writer) }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        if let Some(writer) = self.writer.take() {
            drop(writer.join());
        }
    }
}
