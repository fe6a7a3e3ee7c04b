//! Neighbors that are there and never answer, or go: nobody is kept waiting for any of them.

use std::fs;
use std::net::TcpListener;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use wick::domain::keyring::KeyringError;
use wick::domain::system::{Obstacle, SystemError};
use wick::words::system::cure;
use wick::words::targets::sync_all;
use wick::words::terminal::{GONE, IN_THE_TRAY, NO_TRAY, SILENT};

use crate::ci_token::TOKEN;
use crate::support::desktop::{App, Bus, Hanging, NotificationDaemon, Panel, SilentService};
use crate::support::github::{GithubServer, TOKEN as GITHUB_TOKEN};
use crate::support::home::Home;
use crate::support::said;
use crate::support::{PATIENCE, at_once, wait_for};

/// A busy machine may take as long again, and for its start some seconds more.
const FOR_A_BUSY_MACHINE: Duration = Duration::from_secs(3);
const END: Duration = Duration::from_secs(2);
const DOCTOR: Duration = Duration::from_secs(10);

/// Asks it to end, and checks that it does in time.
fn end(app: App, what: &str) -> String {
    let asked = Instant::now();
    app.terminate();
    let (_, printed) = app.wait();
    assert!(asked.elapsed() < END + FOR_A_BUSY_MACHINE, "{what}: {:?}", asked.elapsed());
    printed
}

fn on_bus(mut command: Command, address: &str) -> Command {
    command.env("DBUS_SESSION_BUS_ADDRESS", address).env("DBUS_SYSTEM_BUS_ADDRESS", address);
    command
}

fn output(mut command: Command, input: &str) -> Output {
    use std::io::Write;
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it was built");
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

// See: https://github.com/esengine/DeepSeek-Reasonix/issues/7507
#[test]
fn a_bus_that_never_answers_is_said_and_holds_up_neither_start_nor_end() {
    at_once([Hanging::accepting(), Hanging::not_accepting()], |bus| {
        let home = Home::signed_in(3570);
        let app = App::run(on_bus(home.wick(&[]), &bus.address), None);
        app.wait_for_line(SILENT);
        app.wait_for_line(&said::access("59m"));
        end(app, "a silent bus");
    });
}

#[test]
fn a_panel_that_never_answers_is_said_and_holds_up_neither_start_nor_end() {
    let Some(bus) = Bus::start("hangs::a_panel_that_never_answers") else { return };
    let _panel = SilentService::start(&bus, "org.kde.StatusNotifierWatcher");
    let home = Home::signed_in(3570);
    let app = App::start(&home, Some(&bus));
    app.wait_for_line(&said::access("59m"));
    end(app, "a silent panel");
}

#[test]
fn a_signal_ends_the_app_from_its_first_moment() {
    let bus = Hanging::accepting();
    at_once([0, 1, 5, 10, 20, 40, 80, 160], |millis| {
        let home = Home::signed_in(3570);
        let app = App::run(on_bus(home.wick(&[]), &bus.address), None);
        // Whenever it comes: there is nothing to wait for.
        std::thread::sleep(Duration::from_millis(millis));
        end(app, &format!("{millis} ms after its start"));
    });
}

#[test]
fn the_doctor_answers_in_time_whatever_hangs() {
    let Some(bus) = Bus::start("hangs::the_doctor_answers_in_time") else { return };
    let _panel = SilentService::start(&bus, "org.kde.StatusNotifierWatcher");
    let _keyring = SilentService::start(&bus, "org.freedesktop.secrets");
    let _notifications = NotificationDaemon::silent(&bus);
    let (accepting, not_accepting) = (Hanging::accepting(), Hanging::not_accepting());
    at_once([&bus.address, &accepting.address, &not_accepting.address], |address| {
        let home = Home::signed_in(3570);
        home.add_program("gh", "#!/bin/sh\nexec sleep 600\n");
        home.add_program("claude", "#!/bin/sh\nexec sleep 600\n");
        home.write_config("[[targets]]\nrepo = \"acme/api\"\n");
        let asked = Instant::now();
        let output = on_bus(home.wick(&["doctor", "--json"]), address).output().unwrap();
        assert!(asked.elapsed() < DOCTOR + FOR_A_BUSY_MACHINE, "{address}: {:?}", asked.elapsed());
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let verdict = |id: &str| {
            let checks = report["checks"].as_array().unwrap();
            checks.iter().find(|check| check["id"] == id).unwrap()["verdict"].as_str().unwrap().to_owned()
        };
        assert_eq!((verdict("readable").as_str(), verdict("github").as_str()), ("pass", "fail"), "{report}");
        assert_eq!((verdict("tray").as_str(), verdict("notifications").as_str()), ("warn", "warn"), "{report}");
    });
}

#[test]
fn a_keyring_that_never_answers_is_said_in_time() {
    let Some(bus) = Bus::start("hangs::a_keyring_that_never_answers") else { return };
    let _keyring = SilentService::start(&bus, "org.freedesktop.secrets");
    let hanging = Hanging::accepting();
    // Each says how long it was waited for.
    at_once([(&bus.address, 5), (&hanging.address, 3)], |(address, seconds)| {
        let silent = wick::words::keyring::error(&KeyringError::Silent(jiff::SignedDuration::from_secs(seconds)));
        let home = Home::signed_in(3570);
        let github = GithubServer::start();
        home.write_config(&format!("[github]\napi_url = \"{}\"\n", github.url()));
        for (arguments, input) in [(["ci-token", "set"], TOKEN), (["github", "login"], GITHUB_TOKEN)] {
            let asked = Instant::now();
            let output = output(on_bus(home.wick(&arguments), address), input);
            assert!(asked.elapsed() < DOCTOR + FOR_A_BUSY_MACHINE, "{arguments:?}: {:?}", asked.elapsed());
            let said =
                format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
            assert!(said.contains(&silent), "{arguments:?}: {said}");
        }
    });
}

#[test]
fn a_lock_that_another_wick_keeps_is_said_in_time_and_does_not_hold_up_the_end() {
    let commands: [(&str, &[&str]); 3] = [
        ("ci-token.lock", &["ci-token", "set"]),
        ("ci-token.lock", &["ci-token", "clear"]),
        ("state.lock", &["ci-token", "set"]),
    ];
    at_once(commands, |(lock, arguments)| {
        let home = Home::signed_in(3570);
        fs::create_dir_all(home.state()).unwrap();
        let path = home.state().join(lock);
        let held = fs::File::create(&path).unwrap();
        held.lock().unwrap();
        let app = App::run(on_bus(home.wick(&[]), "unix:path=/nonexistent"), None);
        app.wait_for_line(&said::access("59m"));
        end(app, lock);
        let asked = Instant::now();
        let output = output(home.wick(arguments), TOKEN);
        assert!(asked.elapsed() < PATIENCE, "{lock}, {arguments:?}: {:?}", asked.elapsed());
        let held = SystemError { obstacle: Obstacle::Held, ..SystemError::new(&path.display(), &"") };
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{lock}, {arguments:?}: {said}");
        assert!(said.contains(&cure(&held, String::new)), "{lock}, {arguments:?}: {said}");
        assert!(said.contains(&held.path), "{lock}, {arguments:?}: {said}");
    });
}

#[test]
fn a_sync_that_waits_for_a_silent_server_does_not_hold_up_the_end() {
    let Some(bus) = Bus::start("hangs::a_sync_that_waits_for_a_silent_server") else { return };
    let panel = Panel::start(&bus);
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let home = Home::signed_in(3570);
    home.write_config(&format!(
        "[github]\napi_url = \"http://{}\"\n[sync]\nshare_refresh_token = false\n[[targets]]\nrepo = \"acme/api\"\n",
        server.local_addr().unwrap()
    ));
    let mut command = home.wick(&[]);
    command.env("GH_ENTERPRISE_TOKEN", "tok-sentinel-github");
    let app = App::run(command, Some(&bus));
    panel.icon().click(&sync_all(1));
    let _never_answered = server.accept().unwrap();
    end(app, "a silent server");
}

#[test]
fn a_config_that_cannot_be_read_to_its_end_does_not_hold_up_the_end() {
    let home = Home::signed_in(3570);
    fs::create_dir_all(home.config().parent().unwrap()).unwrap();
    assert!(Command::new("mkfifo").arg(home.config()).status().unwrap().success());
    let app = App::start(&home, None);
    wait_for("its lock", || fs::read_to_string(home.state().join("app.lock")).ok().filter(|pid| !pid.is_empty()));
    end(app, "a config that hangs");
}

#[test]
fn a_bus_that_ends_is_said_and_the_icon_comes_back_with_the_next_one() {
    let test = "hangs::a_bus_that_ends_is_said";
    let folder = tempfile::tempdir().unwrap();
    let address = format!("unix:path={}", folder.path().join("bus").display());
    let Some(first) = Bus::start_at(test, &address) else { return };
    let panel = Panel::start(&first);
    let home = Home::signed_in(3570);
    let app = App::run(on_bus(home.wick(&[]), &address), None);
    panel.icon().wait_for_title("59m");
    app.wait_for_line(IN_THE_TRAY);
    drop(first);
    app.wait_for_line(GONE);
    app.wait_for_line(&said::access("59m"));
    let next = Bus::start_at(test, &address).unwrap();
    let panel = Panel::start(&next);
    panel.icon().wait_for_title("59m");
    wait_for("its word", || (app.printed().matches(IN_THE_TRAY).count() == 2).then_some(()));
    // The menu of the new icon is alive.
    panel.icon().click("Quit Wick");
    assert_eq!(app.wait().0, Some(0));
}

#[test]
fn a_bus_that_comes_late_gets_the_icon() {
    let test = "hangs::a_bus_that_comes_late";
    let folder = tempfile::tempdir().unwrap();
    let address = format!("unix:path={}", folder.path().join("bus").display());
    let home = Home::signed_in(3570);
    let app = App::run(on_bus(home.wick(&[]), &address), None);
    app.wait_for_line(NO_TRAY);
    let Some(bus) = Bus::start_at(test, &address) else { return };
    let panel = Panel::start(&bus);
    panel.icon().wait_for_title("59m");
    app.wait_for_line(IN_THE_TRAY);
    end(app, "a bus that came late");
}
