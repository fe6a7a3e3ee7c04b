//! `state.json` on a real disk.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use jiff::Timestamp;

use wick::domain::alert::{AlertMemory, Announced};
use wick::domain::state::memory::Part;
use wick::platform::state_file::JsonFile;
use wick::platform::sync_lock::FileSyncLock;
use wick::ports::{StateFile, SyncLock};

use crate::support::home::Home;
#[cfg(not(target_os = "macos"))]
use crate::support::opened;

fn memory(deadline_ms: i64) -> Part {
    Part::Alerts(AlertMemory { access: Some(Announced { deadline_ms, announced_s: 240 }), ..AlertMemory::default() })
}

#[test]
fn the_format_is_the_documented_one_and_private() {
    let home = Home::new();
    let file = JsonFile::new(home.state());
    file.save("file:/home/ada/.claude/.credentials.json", memory(5)).unwrap();
    let text = fs::read_to_string(home.state().join("state.json")).unwrap();
    let expected = r#"{"schema":1,"sources":{"file:/home/ada/.claude/.credentials.json":{"alerts":{"access":{"deadline_ms":5,"announced_s":240}}}}}"#;
    assert_eq!(text, expected);
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(home.state()), mode(home.state().join("state.json"))), (0o700, 0o600));
}

#[test]
fn what_another_version_wrote_survives() {
    let home = Home::new();
    fs::create_dir_all(home.state()).unwrap();
    fs::write(home.state().join("state.json"), r#"{"schema":1,"sources":{"other":{"kept":[1.50]}},"windows":{"a":1}}"#)
        .unwrap();
    JsonFile::new(home.state()).save("mine", memory(5)).unwrap();
    let text = fs::read_to_string(home.state().join("state.json")).unwrap();
    assert!(text.contains(r#""kept":[1.5"#) && text.contains(r#""windows":{"a":1}"#), "{text}");
}

#[test]
fn a_broken_file_is_set_aside_and_stops_nobody() {
    let home = Home::new();
    fs::create_dir_all(home.state()).unwrap();
    fs::write(home.state().join("state.json"), "{\"schema\":1,").unwrap();
    let file = JsonFile::new(home.state());
    assert!(file.load().is_empty());
    assert_eq!(fs::read_to_string(home.state().join("state.json.broken")).unwrap(), "{\"schema\":1,");
    file.save("mine", memory(5)).unwrap();
    assert_eq!(file.load().len(), 1);
    // As one of a later version is, whose members may mean something else.
    let later = r#"{"schema":2,"sources":{"mine":{}}}"#;
    fs::write(home.state().join("state.json"), later).unwrap();
    assert!(file.load().is_empty());
    assert_eq!(fs::read_to_string(home.state().join("state.json.schema-2")).unwrap(), later);
}

#[test]
fn writers_at_the_same_time_lose_nothing() {
    let home = Home::new();
    std::thread::scope(|scope| {
        for writer in 0..8 {
            let file = JsonFile::new(home.state());
            scope.spawn(move || {
                for round in 0..5 {
                    file.save(&format!("source {writer}"), memory(round)).unwrap();
                }
            });
        }
    });
    assert_eq!(JsonFile::new(home.state()).load().len(), 8);
}

#[test]
fn a_lock_is_let_go_although_a_child_that_is_being_started_has_a_copy_of_it() {
    let home = Home::new();
    let lock = FileSyncLock(home.state().join("sync.lock"));
    let held = lock.take().unwrap().expect("nobody else has it");
    let ((mut forked, told), (waits, go_on)) = (std::io::pipe().unwrap(), std::io::pipe().unwrap());
    let mut child = Command::new("/bin/true");
    let stop_before_the_program = move || {
        (&told).write_all(b"x")?;
        (&waits).read_exact(&mut [0])
    };
    // SAFETY: between fork and exec it only writes to and reads from open pipes.
    #[expect(unsafe_code, reason = "nothing else stops a child there")]
    unsafe {
        child.pre_exec(stop_before_the_program);
    }
    std::thread::scope(|scope| {
        let started = scope.spawn(move || child.status().unwrap());
        forked.read_exact(&mut [0]).unwrap();
        drop(held);
        let again = lock.take().unwrap();
        (&go_on).write_all(b"x").unwrap();
        assert!(started.join().unwrap().success());
        assert!(again.is_some(), "the child keeps it");
    });
}

#[test]
fn what_cannot_be_read_is_an_error_that_names_it_and_nothing_waits_for_it() {
    let put = |path: &Path, kind: &str| match kind {
        "folder" => fs::create_dir(path).unwrap(),
        _ => assert!(Command::new("mkfifo").arg(path).status().unwrap().success()),
    };
    for name in ["state.json", "sync.log"] {
        for kind in ["folder", "pipe"] {
            let home = Home::new();
            fs::create_dir_all(home.state()).unwrap();
            put(&home.state().join(name), kind);
            let file = JsonFile::new(home.state());
            let error = file.load_sync().expect_err("it is no file");
            assert!(error.path.ends_with(name), "{kind}: {error:?}");
            assert!(file.change_sync(&mut |_| {}).is_err() && file.load().is_empty());
            assert!(file.begin_sync(Timestamp::UNIX_EPOCH, BTreeSet::new()).is_err(), "{kind} as {name}");
        }
    }
}

#[test]
fn the_number_of_the_log_and_its_first_line_are_taken_as_they_come() {
    let home = Home::new();
    fs::create_dir_all(home.state()).unwrap();
    let largest = format!(r#"{{"schema":1,"log":{}}}"#, u64::MAX);
    fs::write(home.state().join("state.json"), largest).unwrap();
    fs::write(home.state().join("sync.log"), "of another time\n").unwrap();
    let file = JsonFile::new(home.state());
    file.begin_sync(Timestamp::UNIX_EPOCH, BTreeSet::new()).unwrap();
    assert!(file.load_sync().unwrap().under_way.is_some());
    file.change_sync(&mut |memory| memory.under_way = None).unwrap();
    assert!(file.load_sync().unwrap().under_way.is_none());
}

#[test]
fn a_snapshot_of_a_later_version_takes_its_log_aside_with_it() {
    let home = Home::new();
    let file = JsonFile::new(home.state());
    file.begin_sync(Timestamp::UNIX_EPOCH, BTreeSet::new()).unwrap();
    fs::write(home.state().join("state.json"), r#"{"schema":2}"#).unwrap();
    assert!(file.load_sync().unwrap().under_way.is_none());
    for name in ["state.json.schema-2", "sync.log.schema-2"] {
        assert!(home.state().join(name).exists(), "{name}");
    }
}

#[cfg(not(target_os = "macos"))]
#[test]
fn an_app_that_cannot_read_what_was_allowed_sends_nothing_anywhere_by_itself() {
    use crate::support::desktop::{App, Bus, Panel};
    use crate::support::refreshed::{configure, home_and_server};
    use crate::support::token_server::TokenServer;
    use crate::support::wait_for;
    use wick::words::refresh::new_endpoint;

    let Some(bus) = Bus::start("state_file::an_app_that_cannot_read_what_was_allowed") else { return };
    let panel = Panel::start(&bus);
    let (home, first) = home_and_server(7 * 3600);
    let automatic = "automatic = true";
    configure(&home, &first, automatic);
    let app = App::start(&home, Some(&bus));
    let state = home.state().join("state.json");
    wait_for("the first places", || fs::read_to_string(&state).ok().filter(|text| text.contains("places")));
    app.terminate();
    app.wait();
    // Another endpoint, a token that is due, and a log that is none.
    let elsewhere = TokenServer::start("tok-sentinel-refresh");
    configure(&home, &elsewhere, automatic);
    home.write(&crate::support::refreshed::credential(60).json());
    fs::create_dir(home.state().join("sync.log")).unwrap();
    let icons = panel.icons();
    let app = App::start(&home, Some(&bus));
    wait_for("the icon", || (panel.icons() > icons).then_some(()));
    let icon = panel.icon();
    wait_for("the menu's line", || icon.texts().iter().any(|text| *text == new_endpoint(false)).then_some(()));
    assert_eq!((elsewhere.posts().len(), first.posts().len()), (0, 0));
    let (report, code) = doctor(&home);
    assert_eq!(code, Some(1));
    let state = report["checks"].as_array().unwrap().iter().find(|check| check["id"] == "state").unwrap();
    assert!(state["verdict"] == "fail" && state["detail"].as_str().unwrap().contains("sync.log"), "{state}");
    app.terminate();
    app.wait();
    assert_eq!((elsewhere.posts().len(), first.posts().len()), (0, 0));
}

#[cfg(not(target_os = "macos"))]
fn doctor(home: &Home) -> (serde_json::Value, Option<i32>) {
    let output = home.run(&["doctor", "--json"]);
    (serde_json::from_slice(&output.stdout).unwrap(), output.status.code())
}

/// A status bar asks for it every few seconds.
#[cfg(not(target_os = "macos"))]
#[test]
fn a_status_reads_what_is_remembered_once() {
    let home = Home::signed_in(3600);
    JsonFile::new(home.state()).save("mine", memory(5)).unwrap();
    let files = ["state.lock", "state.json"].map(|name| home.state().join(name));
    for arguments in [&["status", "--line"][..], &["status"], &["status", "--json"]] {
        let count = opened(&files, || assert_eq!(home.run(arguments).status.code(), Some(0)));
        assert_eq!(count, 2, "{arguments:?}: the lock and the file");
    }
}
