//! `state.json` on a real disk.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::Command;

use wick::domain::alert::{AlertMemory, Announced};
use wick::domain::state::memory::Part;
use wick::platform::state_file::JsonFile;
use wick::platform::sync_lock::FileSyncLock;
use wick::ports::{StateFile, SyncLock};

use crate::support::home::Home;

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
    let lock = FileSyncLock(home.state());
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
