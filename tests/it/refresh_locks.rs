//! Locks that nobody holds, whatever their date says; and what stands at a lock's place and is none.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::support::at_once;
use crate::support::home::Home;
use crate::support::refreshed::{assert_tidy, home_and_server, is_usable, refresh};

/// Claude Code's three, in Wick's order.
fn locks(home: &Home) -> [PathBuf; 3] {
    [".claude/.oauth_refresh.lock", ".claude.lock", ".claude/.storage-write.lock"].map(|name| home.path().join(name))
}

fn date(lock: &Path, at: SystemTime) {
    File::open(lock).unwrap().set_times(fs::FileTimes::new().set_modified(at)).unwrap();
}

/// Minutes ago, by its own date.
fn old() -> SystemTime {
    SystemTime::now() - Duration::from_secs(300)
}

fn tomorrow() -> SystemTime {
    SystemTime::now() + Duration::from_secs(86_400)
}

/// The doctor's line about locks.
fn judged(home: &Home) -> Value {
    let report: Value = serde_json::from_slice(&home.run(&["doctor", "--json"]).stdout).unwrap();
    let check = report["checks"].as_array().unwrap().iter().find(|check| check["id"] == "locks");
    check.expect("a line about locks").clone()
}

/// Makes what stands at the lock's place.
type Kind = (&'static str, fn(&Path));

const ODD: [Kind; 6] = [
    ("a file", |path| fs::write(path, "").unwrap()),
    ("a link to nothing", |path| symlink("nowhere", path).unwrap()),
    ("a link to a folder", |path| symlink("/media", path).unwrap()),
    ("a socket", |path| drop(std::os::unix::net::UnixListener::bind(path).unwrap())),
    ("a folder with a file in it", |path| {
        fs::create_dir(path).unwrap();
        fs::write(path.join(".DS_Store"), "").unwrap();
        date(path, old());
    }),
    ("a folder with a folder in it", |path| {
        fs::create_dir_all(path.join("x")).unwrap();
        date(path, old());
    }),
];

#[test]
fn what_is_no_lock_and_cannot_be_removed_as_one_is_named_and_nothing_is_sent() {
    at_once(ODD, |(kind, make)| {
        for number in 0..3 {
            let (home, server) = home_and_server(-60);
            let path = &locks(&home)[number];
            make(path);
            let name = path.file_name().unwrap().to_str().unwrap();
            let ran = refresh(&home, &[]);
            assert_eq!((ran.outcome(), ran.error()), (("failed", Some(1)), "no_lock"), "{kind}: {ran:?}");
            assert_eq!(server.posts().len(), 0, "{kind}");
            for said in ["message", "action"] {
                assert!(ran.report["error"][said].as_str().unwrap().contains(name), "{kind}: {ran:?}");
            }
            let check = judged(&home);
            assert_eq!(check["verdict"], "fail", "{kind}: {check}");
            assert!(check["action"].as_str().unwrap().contains(name), "{kind}: {check}");
            // What it says helps.
            fs::rename(path, home.path().join("moved away")).unwrap();
            assert_eq!(refresh(&home, &[]).outcome(), ("refreshed", Some(0)), "{kind}");
            assert_tidy(&home);
        }
    });
}

/// Has the computer run for a minute more since Wick first met the locks of others.
fn a_minute_later(home: &Home) {
    for entry in fs::read_dir(home.state()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "lock") && path.metadata().unwrap().len() > 0 {
            let mut note: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
            for met in note["met"].as_array_mut().unwrap() {
                let since = met["since"]["secs"].as_u64().unwrap();
                met["since"]["secs"] = since.checked_sub(60).expect("a computer that has run for a minute").into();
            }
            fs::write(&path, note.to_string()).unwrap();
        }
    }
}

// See: https://github.com/anthropics/claude-code/issues/95739
#[test]
fn a_lock_that_stands_still_for_a_minute_is_nobodys_whatever_its_date_says() {
    at_once([0, 1, 2], |number| {
        let (home, server) = home_and_server(-60);
        let path = &locks(&home)[number];
        let name = path.file_name().unwrap().to_str().unwrap();
        fs::create_dir(path).unwrap();
        date(path, tomorrow());
        let ran = refresh(&home, &[]);
        assert_eq!((ran.outcome(), server.posts().len()), (("busy", Some(1)), 0), "{name}: {ran:?}");
        let action = ran.report["error"]["action"].as_str().unwrap();
        assert!(action.contains("rmdir") && action.contains(name), "{action}");
        let check = judged(&home);
        assert_eq!(check["verdict"], "warn", "{check}");
        assert!(check["action"].as_str().unwrap().contains("rmdir"), "{check}");
        // A heartbeat: somebody has it after all.
        a_minute_later(&home);
        date(path, tomorrow() + Duration::from_secs(5));
        assert_eq!((refresh(&home, &[]).outcome(), server.posts().len()), (("busy", Some(1)), 0), "{name}");
        a_minute_later(&home);
        assert_eq!(refresh(&home, &[]).outcome(), ("refreshed", Some(0)), "{name}");
        assert!(is_usable(&home, &server));
        assert_tidy(&home);
        assert_eq!(judged(&home)["verdict"], "pass");
    });
}

#[test]
fn what_a_killed_run_left_under_a_name_of_its_own_is_swept() {
    let (home, server) = home_and_server(-60);
    for path in locks(&home) {
        for ending in ["lock.wick-new", "lock.wick-old"] {
            fs::create_dir(path.with_extension(ending)).unwrap();
        }
    }
    assert_eq!(refresh(&home, &[]).outcome(), ("refreshed", Some(0)));
    assert!(is_usable(&home, &server));
    assert_tidy(&home);
    let left = fs::read_dir(home.path())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().contains("wick-"));
    assert_eq!(left.count(), 0);
}
