//! `.ci/macos/look-at-app`, which looks at the app on a Mac in the workflow: what it makes of what it finds there, with stand-ins for
//! the programs that only a Mac has.

use std::fs;
use std::path::Path;
use std::process::{Child, Command};

#[cfg(not(target_os = "macos"))]
use crate::support::desktop::App;
use crate::support::home::Home;
#[cfg(not(target_os = "macos"))]
use crate::support::{at_once, skip, wait_for};

/// Where System Events refuses, as on a runner that may not touch the screen.
const REFUSES: &str = "#!/bin/sh\necho 'osascript is not allowed assistive access. (-25211)' >&2\nexit 1\n";

struct Mac {
    home: Home,
    /// What is the app to the script, until it is ended.
    app: Option<Child>,
}

impl Mac {
    /// With an app of which only its process counts.
    fn new() -> Self {
        let home = Home::new();
        for folder in ["Wick.app/Contents/MacOS", "runner", ".local/state/wick"] {
            fs::create_dir_all(home.path().join(folder)).unwrap();
        }
        for (name, text) in [
            ("osascript", REFUSES),
            ("open", "#!/bin/sh\n"),
            ("log", "#!/bin/sh\nexec sleep 60\n"),
            ("pgrep", "#!/bin/sh\ncat \"$HOME/.local/state/wick/app.lock\"\necho\n"),
            ("top", "#!/bin/sh\nsleep 1\necho 'PID COMMAND TIME MEM'\necho '42 wick 00:00.03 9M'\n"),
            ("sudo", "#!/bin/sh\necho 'unable to get smc values' >&2\nexit 1\n"),
        ] {
            home.add_program(name, text);
        }
        Self { home, app: None }
    }

    /// With a process that does this.
    fn running(program: &str, arguments: &[&str]) -> Self {
        let mut mac = Self::new();
        let app = Command::new(program).args(arguments).spawn().unwrap();
        fs::write(mac.home.path().join(".local/state/wick/app.lock"), app.id().to_string()).unwrap();
        mac.app = Some(app);
        // A second launch, which asks the first and leaves.
        mac.home.add_program("wick", "#!/bin/sh\n");
        fs::rename(mac.home.path().join("bin/wick"), mac.program()).unwrap();
        mac
    }

    fn program(&self) -> std::path::PathBuf {
        self.home.path().join("Wick.app/Contents/MacOS/wick")
    }

    /// Whether it passes, what it prints, and the summary.
    fn look(&self, what: &[&str]) -> (bool, String, String) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(".ci/macos/look-at-app");
        let summary = self.home.path().join("runner/summary.md");
        let mut command = self.home.program(script.to_str().unwrap());
        command.args(what).envs([("CI", "true"), ("LOOK_PAUSE", "1")]);
        command.env("APP", self.home.path().join("Wick.app")).env("RUNNER_TEMP", self.home.path().join("runner"));
        let output = command.env("GITHUB_STEP_SUMMARY", &summary).output().unwrap();
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        (output.status.success(), said, fs::read_to_string(summary).unwrap_or_default())
    }
}

impl Drop for Mac {
    fn drop(&mut self) {
        if let Some(app) = &mut self.app {
            drop(app.kill());
            drop(app.wait());
        }
    }
}

fn sleeping() -> Mac {
    Mac::running("sleep", &["600"])
}

#[test]
fn what_a_runner_cannot_show_is_said_and_fails_nothing() {
    let mac = sleeping();
    for (what, unseen) in [
        (&["menu"][..], "the menu after a press by System Events: osascript is not allowed assistive access"),
        (&["notifications"], "a word of Notification Center about dev.wick.Wick"),
        (&["idle", "1"], "wake-ups by powermetrics: unable to get smc values"),
    ] {
        let (passes, said, summary) = mac.look(what);
        assert!(passes && summary.contains(&format!("- not seen here: {unseen}")), "{what:?}: {said}");
        assert!(said.contains("::notice title=Not seen on this runner::"), "{said}");
    }
}

#[test]
fn what_is_seen_is_in_the_summary() {
    let mac = sleeping();
    mac.home.add_program("osascript", "#!/bin/sh\nprintf 'Wick 2h 59m\\nRefresh now\\nQuit Wick\\n'\n");
    mac.home.add_program("log", "#!/bin/sh\necho 'usernoted: dev.wick.Wick adds Clocks'\nexec sleep 60\n");
    mac.home.add_program("sudo", "#!/bin/sh\nprintf 'Name ID CPU ms/s\\nwick 42 0.01\\n'\n");
    // The report, where no notification may be shown.
    mac.home.add_program("open", "#!/bin/sh\necho doctor > \"$HOME/.local/state/wick/doctor.txt\"\n");
    for (what, seen) in [
        (&["menu"][..], "```\nWick 2h 59m\nRefresh now\nQuit Wick\n```"),
        (&["notifications"], "usernoted: dev.wick.Wick adds Clocks"),
        (&["idle", "1"], "wick 42 0.01"),
        (&["idle", "1"], "42 wick 00:00.03 9M"),
        (&["reopen"], "one process; its report opened"),
    ] {
        let (passes, said, summary) = mac.look(what);
        assert!(passes && summary.contains(seen) && !summary.contains("not seen here"), "{what:?}: {said}");
    }
}

#[test]
fn what_is_wrong_fails() {
    let mac = sleeping();
    mac.home.add_program("osascript", "#!/bin/sh\necho 'Wick 2h 59m'\n");
    let (passes, said, _) = mac.look(&["menu"]);
    assert!(!passes && said.contains("::error::the menu has no Quit"), "{said}");
    mac.home.add_program("pgrep", "#!/bin/sh\nprintf '41\\n42\\n'\n");
    let (passes, said, _) = mac.look(&["reopen"]);
    assert!(!passes && said.contains("::error::opened twice more, there are 2 of it"), "{said}");
    mac.home.add_program("open", "#!/bin/sh\necho 1 > \"$HOME/.local/state/wick/app.lock\"\n");
    let (passes, said, _) = mac.look(&["reopen"]);
    assert!(!passes && said.contains("it is not process"), "{said}");
    let busy = sleeping();
    // A second of it more each time.
    busy.home.add_program("ps", "#!/bin/sh\necho >> \"$HOME/asked\"\necho \"0:0$(wc -l < \"$HOME/asked\").00\"\n");
    let (passes, said, _) = busy.look(&["idle", "1"]);
    assert!(!passes && said.contains("::error::it is not at rest"), "{said}");
}

#[test]
fn a_home_that_is_somebodys_is_left_alone() {
    let home = Home::new();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(".ci/macos/look-at-app");
    let output = home.program(script.to_str().unwrap()).arg("quit-in-refresh").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(!home.config().exists() && !home.credentials().exists() && !home.state().exists());
}

/// The real program, told to quit by each of what a runner has for it.
#[test]
#[cfg(not(target_os = "macos"))]
fn a_refresh_that_quitting_cuts_is_found_out() {
    for needed in ["/usr/bin/jq", "/usr/bin/python3", "/usr/bin/perl"] {
        if !Path::new(needed).exists() {
            return skip("a_refresh_that_quitting_cuts_is_found_out", needed);
        }
    }
    let pid = "$(cat \"$HOME/.local/state/wick/app.lock\")";
    at_once(
        [
            (format!("#!/bin/sh\nkill -TERM {pid}\n"), "- told to quit during a refresh", true),
            (REFUSES.to_owned(), "it got SIGTERM instead", true),
            (format!("#!/bin/sh\nkill -KILL {pid}\n"), "::error::it ended and lost the answer", false),
        ],
        |(quits, expected, passes)| {
            let mac = Mac::new();
            let opened = mac.home.path().join("opened");
            mac.home.add_program("open", "#!/bin/sh\ntouch \"$HOME/opened\"\n");
            mac.home.add_program("osascript", &quits);
            std::thread::scope(|scope| {
                // A child of this process, which is told when it has ended.
                scope.spawn(|| {
                    wait_for("the app to be opened", || opened.exists().then_some(()));
                    App::start(&mac.home, None).wait();
                });
                let (passed, said, _) = mac.look(&["quit-in-refresh"]);
                assert!(passed == passes && said.contains(expected), "{said}");
            });
            let stored = fs::read_to_string(mac.home.credentials()).unwrap();
            assert_eq!(stored.contains("sk-ant-ort01-EXAMPLE-2"), passes, "{stored}");
        },
    );
}
