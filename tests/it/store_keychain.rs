//! The keychain store against a program that behaves as security(1) documents, and as badly as it can.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;
use wick::domain::action::Action;
use wick::domain::credential::{Contents, Malformed, Problem, ProgramError, SourceKind};
use wick::domain::state::event::Event;
use wick::platform::store::auto::AutoStore;
use wick::platform::store::file::FileStore;
use wick::platform::store::keychain::{Attributes, Item, KeychainStore};
use wick::ports::{CredentialStore, Patience, Versioned};

use crate::support::credential::CredentialText;
use crate::support::home::{Home, in_seconds};
use crate::support::scenario::{Scenario, run};
use crate::support::{wait_for, write_program};

const PROGRAM: &str = r#"#!/bin/sh
folder=$(dirname "$0")
echo "$*" >> "$folder/calls"
case $(cat "$folder/mode") in
plain) cat "$folder/item"; echo ;;
hex) od -An -tx1 -v "$folder/item" | tr -d ' \n'; echo ;;
negative) od -An -tx1 -v "$folder/item" | tr -d ' \n' | sed 's/../& /g; s/[89a-f][0-9a-f] /ffffff&/g; s/ //g'; echo ;;
absent) echo 'security: SecKeychainSearchCopyNext: The specified item could not be found in the keychain.' >&2; exit 44 ;;
locked) echo 'security: SecKeychainItemCopyContent: User interaction is not allowed.' >&2; exit 36 ;;
cancelled) exit 128 ;;
refused) exit 51 ;;
interaction) exit 29 ;;
authorization) exit 153 ;;
dark) exit 24 ;;
broken) echo 'tok-sentinel-echo' >&2; exit 1 ;;
killed) kill -9 $$ ;;
hang) sleep 300 & echo $! > "$folder/sleeper"; wait ;;
flood) yes ;;
flood_both) yes >&2 & yes ;;
esac
"#;

const HANGS: Duration = Duration::from_millis(500);

/// The attributes that the framework would tell.
#[derive(Clone, Default)]
struct FakeAttributes {
    modified: Arc<AtomicI64>,
    now: Arc<AtomicI64>,
    locked: Arc<AtomicBool>,
}

impl Attributes for FakeAttributes {
    fn modified(&self, _item: &Item) -> Result<Option<Timestamp>, Problem> {
        let second = self.modified.load(Ordering::SeqCst);
        Ok((second > 0).then(|| Timestamp::from_second(second).unwrap()))
    }

    fn is_locked(&self) -> bool {
        self.locked.load(Ordering::SeqCst)
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.now.load(Ordering::SeqCst)).unwrap()
    }
}

struct Keychain {
    folder: TempDir,
    attributes: FakeAttributes,
    store: Arc<KeychainStore<FakeAttributes>>,
}

impl Keychain {
    fn new(mode: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("security");
        write_program(&program, PROGRAM);
        let attributes = FakeAttributes::default();
        attributes.modified.store(1_800_000_000, Ordering::SeqCst);
        attributes.now.store(1_800_000_100, Ordering::SeqCst);
        let item = Item {
            service: "Claude Code-credentials".to_owned(),
            account: "ada".to_owned(),
            lock_folder: PathBuf::from("/home/ada/.claude"),
        };
        // Long where an answer comes, so that a busy machine does not fail a test.
        let limit = if mode == "hang" { HANGS } else { Duration::from_secs(20) };
        let store = Arc::new(KeychainStore::with_program(item, attributes.clone(), program, limit));
        let keychain = Self { folder, attributes, store };
        keychain.behave(mode);
        keychain.put(&CredentialText::ending(in_seconds(3600)).json());
        keychain
    }

    fn behave(&self, mode: &str) {
        fs::write(self.folder.path().join("mode"), mode).unwrap();
    }

    fn put(&self, content: &str) {
        fs::write(self.folder.path().join("item"), content).unwrap();
    }

    fn calls(&self) -> Vec<String> {
        let text = fs::read_to_string(self.folder.path().join("calls")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    fn read(&self) -> Result<Contents, Problem> {
        self.store.read(Patience::Background).outcome
    }
}

#[test]
fn the_item_is_asked_for_by_account_and_service() {
    let keychain = Keychain::new("plain");
    assert!(matches!(keychain.read(), Ok(Contents::SignedIn(_))));
    assert_eq!(keychain.calls(), ["find-generic-password -a ada -s Claude Code-credentials -w"]);
}

#[test]
fn hex_is_decoded() {
    let keychain = Keychain::new("hex");
    assert!(matches!(keychain.read(), Ok(Contents::SignedIn(_))));
    keychain.put("not JSON");
    assert!(matches!(keychain.read(), Err(Problem::Malformed(Malformed::NotJson { .. }))));
}

#[test]
fn hex_of_negative_bytes_is_decoded() {
    let keychain = Keychain::new("negative");
    let text = CredentialText::ending(in_seconds(3600)).json().replacen('{', r#"{"note":"café €","#, 1);
    keychain.put(&text);
    let read = keychain.read();
    assert!(matches!(read, Ok(Contents::SignedIn(_))), "{read:?}");
    keychain.behave("plain");
    assert_eq!(keychain.read(), read);
}

#[test]
fn every_exit_code_means_one_thing() {
    let check = |mode: &str, expected: Problem| assert_eq!(Keychain::new(mode).read(), Err(expected), "{mode}");
    check("absent", Problem::Absent);
    for mode in ["locked", "interaction", "authorization"] {
        check(mode, Problem::KeychainLocked);
    }
    check("dark", Problem::Program(ProgramError::InDarkWake));
    check("cancelled", Problem::KeychainDenied);
    check("refused", Problem::KeychainDenied);
    // Unknown is never taken for signed out, and what the program wrote is not repeated.
    check("broken", Problem::Program(ProgramError::Code(1)));
    check("killed", Problem::Program(ProgramError::Signal(9)));
}

#[test]
fn a_program_that_hangs_is_ended_with_all_it_started() {
    let keychain = Keychain::new("hang");
    let after = SignedDuration::from_millis(500);
    assert_eq!(keychain.read(), Err(Problem::Program(ProgramError::TimedOut(after))));
    let sleeper = fs::read_to_string(keychain.folder.path().join("sleeper")).unwrap();
    wait_for("the sleeper's end", || {
        let pid = sleeper.trim().parse().ok().and_then(rustix::process::Pid::from_raw).expect("a process number");
        // Where nobody reaps it, it stays as a zombie.
        let zombie =
            fs::read_to_string(format!("/proc/{}/stat", sleeper.trim())).is_ok_and(|stat| stat.contains(") Z"));
        (zombie || rustix::process::test_kill_process(pid).is_err()).then_some(())
    });
}

#[test]
fn a_program_that_floods_its_pipes_is_ended() {
    for mode in ["flood", "flood_both"] {
        let keychain = Keychain::new(mode);
        assert_eq!(keychain.read(), Err(Problem::Program(ProgramError::Flooded)), "{mode}");
    }
}

#[test]
fn a_program_that_is_not_there_is_a_failure() {
    let keychain = Keychain::new("plain");
    fs::remove_file(keychain.folder.path().join("security")).unwrap();
    assert!(matches!(keychain.read(), Err(Problem::Program(ProgramError::NotRun(_)))));
}

#[test]
fn a_locked_keychain_is_not_asked_in_the_background() {
    let keychain = Keychain::new("plain");
    keychain.attributes.locked.store(true, Ordering::SeqCst);
    assert_eq!(keychain.read(), Err(Problem::KeychainLocked));
    assert_eq!(keychain.calls(), Vec::<String>::new());
    keychain.attributes.locked.store(false, Ordering::SeqCst);
    assert!(keychain.read().is_ok(), "and is asked again once it is unlocked");
}

#[test]
fn after_a_refusal_only_a_click_asks_again() {
    for mode in ["cancelled", "refused", "locked", "interaction", "authorization", "hang"] {
        let keychain = Keychain::new(mode);
        let refused = keychain.read();
        for _ in 0..5 {
            assert_eq!(keychain.read(), refused);
        }
        assert_eq!(keychain.calls().len(), 1, "{mode}");
        keychain.behave("plain");
        assert!(keychain.read().is_err(), "the background still does not ask");
        assert!(keychain.store.read(Patience::Click).outcome.is_ok());
        assert!(keychain.read().is_ok(), "and asks again after the click was answered");
    }
}

#[test]
fn what_passes_with_a_wake_in_the_dark_is_asked_again() {
    let keychain = Keychain::new("dark");
    for calls in 1..=2 {
        assert!(keychain.read().is_err_and(|problem| problem.may_pass()));
        assert_eq!(keychain.calls().len(), calls);
    }
    keychain.behave("plain");
    assert!(keychain.read().is_ok(), "without a click");
}

/// What the whole loop asks of the keychain in an hour, with a click where one is named.
#[test]
fn the_timer_reads_no_secret_while_the_date_stands_still_and_raises_no_prompt() {
    run(async || {
        let keychain = Keychain::new("plain");
        let scenario = Scenario::start_over(Arc::clone(&keychain.store) as _);
        let mut reads = 0;
        let mut after_an_hour = async |what: &str, expected: usize| {
            reads += expected;
            scenario.pass(3600).await;
            assert_eq!(keychain.calls().len(), reads, "{what}");
        };
        after_an_hour("the first read", 1).await;
        after_an_hour("nothing moved", 0).await;
        for _ in 0..3 {
            scenario.send(Event::FilesMoved);
        }
        after_an_hour("menus opened, and locks of Claude Code's that changed nothing", 0).await;
        scenario.clock.jump(9 * 3600);
        after_an_hour("a night's sleep", 0).await;
        keychain.attributes.modified.fetch_add(7200, Ordering::SeqCst);
        keychain.attributes.now.fetch_add(7200, Ordering::SeqCst);
        after_an_hour("Claude Code has written", 1).await;

        keychain.attributes.locked.store(true, Ordering::SeqCst);
        keychain.attributes.modified.fetch_add(7200, Ordering::SeqCst);
        keychain.attributes.now.fetch_add(7200, Ordering::SeqCst);
        after_an_hour("written again, and locked", 0).await;
        keychain.behave("refused");
        scenario.send(Event::Chosen(Action::TryAgain));
        after_an_hour("a click, whose prompt is refused", 1).await;
        keychain.attributes.locked.store(false, Ordering::SeqCst);
        keychain.attributes.modified.fetch_add(7200, Ordering::SeqCst);
        after_an_hour("unlocked and written, but refused before", 0).await;
        keychain.behave("plain");
        scenario.send(Event::Chosen(Action::TryAgain));
        after_an_hour("a click, whose prompt is granted", 1).await;
        scenario.quit().await;
    });
}

#[test]
fn an_absent_item_is_not_asked_for() {
    let keychain = Keychain::new("plain");
    keychain.attributes.modified.store(0, Ordering::SeqCst);
    assert_eq!(keychain.read(), Err(Problem::Absent));
    assert_eq!(keychain.calls(), Vec::<String>::new());
}

#[test]
fn looking_costs_no_read_and_a_young_date_is_looked_at_once_more() {
    let keychain = Keychain::new("plain");
    let old = keychain.store.stamp();
    assert_eq!(keychain.store.stamp(), old);
    keychain.attributes.modified.store(1_800_000_100, Ordering::SeqCst);
    let young = keychain.store.stamp();
    assert_ne!(young, old);
    let reading = keychain.store.read(Patience::Background);
    assert!(!reading.settled, "a second write in this second would not show");
    keychain.put(&CredentialText::ending(in_seconds(7200)).json());
    keychain.attributes.now.store(1_800_000_102, Ordering::SeqCst);
    assert_ne!(keychain.store.stamp(), young, "two seconds later the same date counts as another version");
    let again = keychain.store.read(Patience::Background);
    assert!(again.settled && again.outcome != reading.outcome);
    assert_eq!(keychain.calls().len(), 2);
}

#[test]
fn with_neither_place_there_the_first_is_named_and_a_leftover_file_never_wins() {
    let home = Home::with_folder();
    let auto = |keychain: Keychain| {
        let auto = AutoStore(keychain.store, Arc::new(FileStore(home.credentials())));
        (auto.read(Patience::Background), keychain.folder)
    };
    let kind = |mode: &str| auto(Keychain::new(mode)).0.location.kind;
    assert_eq!(kind("absent"), SourceKind::Keychain);
    home.write(&CredentialText::ending(in_seconds(60)).json());
    assert_eq!(kind("absent"), SourceKind::File);
    assert_eq!(kind("plain"), SourceKind::Keychain);
    assert_eq!(kind("cancelled"), SourceKind::Keychain, "unknown is not absent");
    let neighbors_only = Keychain::new("plain");
    neighbors_only.put(r#"{"mcpOAuth":{}}"#);
    assert_eq!(auto(neighbors_only).0.location.kind, SourceKind::File);
}
