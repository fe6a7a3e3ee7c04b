//! The file store and the folder watch against a real file system.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use wick::domain::credential::{Contents, Malformed, Problem};
use wick::platform::store::file::FileStore;
use wick::platform::watch::FolderWatcher;
use wick::ports::{CredentialStore, Patience, Versioned, Watcher};

use crate::support::credential::CredentialText;
use crate::support::home::{Home, in_seconds};
use crate::support::{is_root, wait_for};

fn store(home: &Home) -> FileStore {
    FileStore(home.credentials())
}

fn problem(home: &Home) -> Problem {
    store(home).read(Patience::Background).outcome.expect_err("no credential can be read here")
}

fn text() -> String {
    CredentialText::ending(in_seconds(3600)).json()
}

/// A watcher, and how often it has reported.
fn counting_watcher() -> (FolderWatcher, Arc<AtomicUsize>) {
    let reports = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&reports);
    let report = move || {
        count.fetch_add(1, Ordering::SeqCst);
    };
    (FolderWatcher::new(Box::new(report)), reports)
}

#[test]
fn each_thing_in_the_way_is_its_own_problem() {
    let home = Home::new();
    assert_eq!(problem(&home), Problem::FolderAbsent);
    fs::create_dir(home.path().join(".claude")).unwrap();
    assert_eq!(problem(&home), Problem::Absent);
    fs::create_dir(home.credentials()).unwrap();
    assert_eq!(problem(&home), Problem::NotAFile);
    fs::remove_dir(home.credentials()).unwrap();
    home.write("");
    assert_eq!(problem(&home), Problem::Malformed(Malformed::Empty));
    home.write(&text()[..50]);
    assert_eq!(problem(&home), Problem::Malformed(Malformed::NotJson { line: 1, column: 50 }));
    home.write_bytes(&vec![b' '; 10 * 1024 * 1024]);
    assert_eq!(problem(&home), Problem::TooLarge { bytes: 10 * 1024 * 1024 });
    home.write(&text());
    assert!(store(&home).read(Patience::Background).credential().is_some());
}

#[test]
fn a_file_where_the_folder_should_be_is_an_absent_folder() {
    let home = Home::new();
    fs::write(home.path().join(".claude"), "").unwrap();
    assert_eq!(problem(&home), Problem::FolderAbsent);
}

#[test]
fn a_named_pipe_in_the_files_place_holds_nobody_up() {
    let home = Home::with_folder();
    assert!(std::process::Command::new("mkfifo").arg(home.credentials()).status().unwrap().success());
    assert_eq!(problem(&home), Problem::NotAFile);
}

#[test]
fn a_link_in_a_circle_is_a_failure_with_the_systems_words() {
    let home = Home::with_folder();
    symlink(home.credentials(), home.credentials()).unwrap();
    assert!(matches!(problem(&home), Problem::Failed { .. }));
}

#[test]
fn a_file_of_mode_0000_is_refused_to_anyone_but_root() {
    let home = Home::signed_in(3600);
    fs::set_permissions(home.credentials(), fs::Permissions::from_mode(0o000)).unwrap();
    if is_root() {
        // Root reads it, as the system lets it; `bad_input` runs the program as another user.
        assert!(store(&home).read(Patience::Background).credential().is_some());
    } else {
        assert_eq!(problem(&home), Problem::PermissionDenied);
    }
}

#[test]
fn the_stamp_moves_with_everything_that_matters_and_with_nothing_else() {
    let home = Home::signed_in(3600);
    let store = store(&home);
    let mut last = store.stamp();
    assert_eq!(store.stamp(), last);
    store.read(Patience::Background);
    assert_eq!(store.stamp(), last, "reading is no change");
    let mut moved = |what: &str| {
        let new = store.stamp();
        assert_ne!(new, last, "{what}");
        last = new;
    };
    home.write(&text());
    moved("another file renamed over it");
    fs::set_permissions(home.credentials(), fs::Permissions::from_mode(0o644)).unwrap();
    moved("another mode");
    fs::remove_file(home.credentials()).unwrap();
    moved("the file is gone");
    fs::remove_dir(home.path().join(".claude")).unwrap();
    moved("the folder is gone");
}

#[test]
fn a_link_is_followed_and_both_folders_are_watched() {
    let home = Home::with_folder();
    let elsewhere = home.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    fs::write(elsewhere.join("real.json"), text()).unwrap();
    symlink(elsewhere.join("real.json"), home.credentials()).unwrap();
    let store = store(&home);
    assert!(matches!(store.read(Patience::Background).outcome, Ok(Contents::SignedIn(_))));
    let before = store.stamp();
    fs::write(elsewhere.join("real.json"), text()).unwrap();
    assert_ne!(store.stamp(), before);
    let watched: Vec<String> = store.watched().into_iter().flat_map(|(_, names)| names).collect();
    assert_eq!(watched, [".credentials.json", "real.json"]);
}

#[test]
fn the_watch_reports_what_matters_and_outlives_the_folder() {
    let home = Home::signed_in(3600);
    let store = store(&home);
    let (mut watcher, reports) = counting_watcher();
    let seen = |since: usize| wait_for("a report", || (reports.load(Ordering::SeqCst) > since).then_some(()));
    let reported = || reports.load(Ordering::SeqCst);
    watcher.watch(&store.watched());

    home.write(&text());
    seen(0);
    let since = reported();
    fs::remove_file(home.credentials()).unwrap();
    seen(since);
    let since = reported();
    fs::remove_dir(home.path().join(".claude")).unwrap();
    seen(since);
    fs::create_dir(home.path().join(".claude")).unwrap();
    // As the loop does once a minute.
    watcher.watch(&store.watched());
    let since = reported();
    home.write(&text());
    seen(since);
}

#[test]
fn the_watch_stays_silent_for_reads_and_for_neighbors() {
    let home = Home::signed_in(3600);
    let store = store(&home);
    let (mut watcher, reports) = counting_watcher();
    watcher.watch(&store.watched());
    for round in 0..20 {
        store.read(Patience::Background);
        fs::write(home.path().join(".claude/history.jsonl"), round.to_string()).unwrap();
    }
    // What comes after it is reported after it: with this one heard, the others were not.
    home.write(&text());
    wait_for("the one report", || (reports.load(Ordering::SeqCst) > 0).then_some(()));
    // A Mac also says that something came and went in the folder.
    let most = if cfg!(target_os = "macos") { 12 } else { 3 };
    assert!(reports.load(Ordering::SeqCst) <= most, "{} reports of one change", reports.load(Ordering::SeqCst));
}

#[test]
fn a_folder_that_two_paths_lead_to_stays_watched_by_one_when_the_other_is_dropped() {
    let home = Home::signed_in(3600);
    std::os::unix::fs::symlink(home.path().join(".claude"), home.path().join("work")).unwrap();
    let other = FileStore(home.path().join("work/.credentials.json"));
    let (mut watcher, reports) = counting_watcher();
    let folder = |store: &FileStore| vec![store.watched().swap_remove(0)];
    watcher.watch(&[folder(&store(&home)), folder(&other)].concat());
    watcher.watch(&folder(&store(&home)));
    let since = reports.load(Ordering::SeqCst);
    home.write(&text());
    wait_for("a report", || (reports.load(Ordering::SeqCst) > since).then_some(()));
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_is_not_there_yet_is_awaited_by_name_in_the_nearest_one_above_it() {
    let home = Home::new();
    let far = FileStore(home.path().join("acme/cloud/.claude/.credentials.json"));
    let (mut watcher, reports) = counting_watcher();
    let watched = [store(&home).watched(), far.watched()].concat();
    let reported = |of: &str, since: usize| {
        wait_for(of, || (reports.load(Ordering::SeqCst) > since).then(|| reports.load(Ordering::SeqCst)));
    };
    for folder in ["acme", "acme/cloud", "acme/cloud/.claude", ".claude"] {
        // As the loop does at each report.
        watcher.watch(&watched);
        let since = reports.load(Ordering::SeqCst);
        for other in ["history", ".claude.json"] {
            fs::write(home.path().join(other), folder).unwrap();
        }
        fs::create_dir(home.path().join(folder)).unwrap();
        reported(folder, since);
        let of_neighbors = reports.load(Ordering::SeqCst) - since;
        assert!(of_neighbors <= 2, "{folder}: {of_neighbors} reports");
    }
    watcher.watch(&watched);
    let since = reports.load(Ordering::SeqCst);
    fs::write(home.path().join("acme/cloud/.claude/.credentials.json"), text()).unwrap();
    reported("the far credential", since);
    let since = reports.load(Ordering::SeqCst);
    home.write(&text());
    reported("the near credential", since);
    // Nothing is awaited any more; by another watcher, which hears nothing of what was before.
    let (mut watcher, reports) = counting_watcher();
    watcher.watch(&watched);
    fs::create_dir(home.path().join("elsewhere")).unwrap();
    home.write(&text());
    wait_for("the near credential again", || (reports.load(Ordering::SeqCst) > 0).then_some(()));
    assert!(reports.load(Ordering::SeqCst) <= 3, "{} reports of one change", reports.load(Ordering::SeqCst));
}
