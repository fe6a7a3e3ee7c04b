//! What a port promises, checked of the real adapter and of the model's: a model whose disk keeps other promises than a real
//! one proves nothing.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use wick::app::{EditError, edit_config};
use wick::domain::alert::{AlertMemory, Announced};
use wick::domain::credential::{Location, Problem, SourceKind};
use wick::domain::fingerprint::Fingerprint;
use wick::domain::refresh::{Failure, Intent, NewTokens, Overwrite, Record, RefreshMemory};
use wick::domain::secret::Secret;
use wick::domain::settings::{ConfigFileError, CredentialSettings, RefreshSettings};
use wick::domain::state::memory::Part;
use wick::domain::sync::{Mark, Pace, UnderWay};
use wick::domain::time::EpochMillis;
use wick::platform::clock::SystemClock;
use wick::platform::config_file::TomlFile;
use wick::platform::state_file::JsonFile;
use wick::platform::store::file::FileStore;
use wick::platform::store::file_writer::FileWriter;
use wick::platform::store::journal::FileJournal;
use wick::platform::store::lock::ClaudeLocks;
use wick::ports::{Clock, ConfigFile, CredentialStore, LockError, Patience, StateFile, Stop, Tools};

use crate::support::credential::CredentialText;
use crate::support::home::Home;
use crate::support::model;

/// What is checked. Each call of `tools` is another process's.
struct Surroundings {
    store: Arc<dyn CredentialStore>,
    tools: Box<dyn Fn() -> Tools>,
    state: Arc<dyn StateFile>,
    config: Arc<dyn ConfigFile>,
    clock: Arc<dyn Clock>,
}

/// Checks both; `first` is what stands where the credential is.
fn both(first: Option<&str>, check: fn(&Surroundings)) {
    let home = Home::with_folder();
    if let Some(first) = first {
        home.write(first);
    }
    check(&real(&home));
    check(&modeled(first));
}

fn real(home: &Home) -> Surroundings {
    let (credentials, state, folder) = (home.credentials(), home.state(), home.path().join(".claude"));
    // Wick's own lock is beside its state.
    std::fs::create_dir_all(&state).unwrap();
    let (of_tools, file) = (credentials.clone(), JsonFile::new(state.clone()));
    Surroundings {
        store: Arc::new(FileStore(credentials)),
        tools: Box::new(move || Tools {
            writer: Box::new(FileWriter::new(of_tools.clone())),
            journal: Box::new(FileJournal::new(state.join("journal"))),
            locks: Box::new(ClaudeLocks { folder: folder.clone(), own: state.join("own.lock") }),
        }),
        state: Arc::new(file),
        config: Arc::new(TomlFile(home.path().join("config.toml"))),
        clock: Arc::new(SystemClock::default()),
    }
}

fn modeled(first: Option<&str>) -> Surroundings {
    let ports = model::alone(first);
    let (settings, open) = (CredentialSettings::default(), Arc::clone(&ports.open_tools));
    let location = Location { kind: SourceKind::File, place: String::new() };
    Surroundings {
        store: (ports.open_store)(&settings),
        tools: Box::new(move || open(&settings, &location)),
        state: ports.state_file,
        config: ports.config_file,
        clock: ports.clock,
    }
}

fn text(token: &str) -> String {
    CredentialText::ending(EpochMillis(5)).json().replace("-access", token)
}

fn moment(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).expect("a moment of this century")
}

#[test]
fn what_is_written_is_what_everyone_reads_from_then_on() {
    both(Some(&text("-old")), |of| {
        let (mut tools, before) = ((of.tools)(), of.store.stamp());
        assert_eq!(of.store.stamp(), before, "nothing has moved");
        assert_eq!(tools.writer.load().unwrap().expose(), text("-old"));
        tools.writer.prove(text("-old").len()).unwrap();
        assert_eq!(tools.writer.load().unwrap().expose(), text("-old"), "a proof changes nothing");
        let new = Secret::from(text("-new"));
        tools.writer.replace(&new).unwrap();
        assert_eq!(((of.tools)()).writer.load().unwrap().expose(), new.expose());
        assert_ne!(of.store.stamp(), before);
        let reading = of.store.read(Patience::Background);
        assert_eq!(reading.credential().unwrap().access_token.expose(), "tok-sentinel-new");
        // Without a proof before, too.
        (of.tools)().writer.replace(&Secret::from(text("-old"))).unwrap();
        assert_eq!(tools.writer.load().unwrap().expose(), text("-old"));
    });
}

#[test]
fn where_nothing_stands_nothing_is_written() {
    both(None, |of| {
        let mut tools = (of.tools)();
        assert_eq!(tools.writer.load().err(), Some(Problem::Absent));
        assert_eq!(of.store.read(Patience::Click).outcome.err(), Some(Problem::Absent));
        assert!(tools.writer.prove(10).is_err());
        assert!(tools.writer.replace(&Secret::from(text("-new"))).is_err());
        assert_eq!(tools.writer.load().err(), Some(Problem::Absent));
    });
}

fn tokens(name: &str) -> NewTokens {
    NewTokens {
        access_token: Secret::from(format!("tok-sentinel-a-{name}")),
        refresh_token: Secret::from(format!("tok-sentinel-r-{name}")),
        expires_at: EpochMillis(5),
        end_is_known: true,
        login_expires_at: None,
        scopes: None,
        asked_scopes: vec!["s".to_owned()],
        account_uuid: None,
        organization_uuid: None,
    }
}

#[test]
fn the_journal_keeps_the_last_intent_and_its_answer_until_it_is_discarded() {
    both(Some("{}"), |of| {
        let load = || (of.tools)().journal.load().unwrap();
        let intent = |token: &str| Intent {
            schema: 1,
            source: "file:/x".to_owned(),
            spent: Fingerprint::of(&Secret::from(token.to_owned())),
            at: moment(0),
        };
        let mut journal = (of.tools)().journal;
        assert_eq!(load(), None);
        assert!(journal.answer(&intent("r1"), &tokens("x")).is_err(), "there is no room that was kept for it");
        journal.discard().unwrap();
        journal.reserve(0).unwrap();
        assert_eq!(load(), None, "room says nothing");
        journal.begin(&intent("r1")).unwrap();
        assert_eq!(load(), Some(Record { intent: intent("r1"), answer: None, overwrite: None }));
        // Another run finds it, and begins anew.
        let mut journal = (of.tools)().journal;
        journal.reserve(64).unwrap();
        journal.begin(&intent("r2")).unwrap();
        journal.answer(&intent("r2"), &tokens("y")).unwrap();
        assert_eq!(load(), Some(Record { intent: intent("r2"), answer: Some(tokens("y")), overwrite: None }));
        let overwrite = Some(Overwrite { before: "old".to_owned().into(), after: "new".to_owned().into() });
        journal.cover(&tokens("y"), overwrite.as_ref().unwrap()).unwrap();
        assert_eq!(load(), Some(Record { intent: intent("r2"), answer: Some(tokens("y")), overwrite }));
        for _ in 0..2 {
            journal.discard().unwrap();
            assert_eq!(load(), None);
        }
        // The disk took no answer at first: what covers a write has to bring it.
        let overwrite = Overwrite { before: "old".to_owned().into(), after: "new".to_owned().into() };
        journal.reserve(64).unwrap();
        journal.begin(&intent("r3")).unwrap();
        journal.cover(&tokens("z"), &overwrite).unwrap();
        let expected = Record { intent: intent("r3"), answer: Some(tokens("z")), overwrite: Some(overwrite) };
        assert_eq!(load(), Some(expected));
        journal.discard().unwrap();
    });
}

#[test]
fn the_locks_are_one_holders_until_they_are_dropped() {
    both(Some("{}"), |of| {
        let stop = Stop::default();
        let (one, other) = ((of.tools)().locks, (of.tools)().locks);
        let held = one.take(&stop).unwrap();
        assert!(held.are_ours());
        drop(held.take_storage(&stop).unwrap());
        other.clear();
        assert!(held.are_ours(), "whoever holds them lives");
        stop.set();
        assert_eq!(other.take(&stop).err(), Some(LockError::Stopped));
        drop(held);
        assert!(other.take(&Stop::default()).unwrap().are_ours());
    });
}

#[test]
fn each_part_that_is_remembered_stays_beside_the_others() {
    both(None, |of| {
        let file = &of.state;
        assert!(file.load().is_empty());
        let said =
            AlertMemory { access: Some(Announced { deadline_ms: 5, announced_s: 240 }), ..AlertMemory::default() };
        let before = file.stamp();
        file.save("one", Part::Alerts(said.clone())).unwrap();
        assert_ne!(file.stamp(), before);
        let mut refresh = RefreshMemory::default();
        let credential = wick::domain::credential::Contents::parse(text("-old").as_bytes()).unwrap();
        let wick::domain::credential::Contents::SignedIn(credential) = credential else { panic!("it is one") };
        refresh.note(&Failure::Interrupted, &credential, &RefreshSettings::default(), moment(0));
        file.save("one", Part::Refresh { now: refresh.clone(), over: None }).unwrap();
        file.save("two", Part::Refresh { now: refresh.clone(), over: None }).unwrap();
        let known = file.load();
        assert_eq!((&known["one"].alerts, &known["one"].refresh), (&said, &refresh));
        assert_eq!((&known["two"].alerts, &known["two"].refresh), (&AlertMemory::default(), &refresh));
        assert_eq!(file.load_sync().unwrap().targets.len(), 0);
        // Another one has refreshed since, and failed: that one's word stays.
        let over = Some(Box::default());
        file.save("one", Part::Refresh { now: RefreshMemory::default(), over }).unwrap();
        assert_eq!(file.load()["one"].refresh, refresh);
        file.save("one", Part::Refresh { now: RefreshMemory::default(), over: Some(Box::new(refresh)) }).unwrap();
        assert_eq!(file.load()["one"].refresh, RefreshMemory::default());
    });
}

#[test]
fn what_a_sync_notes_is_known_at_once_and_shows_in_the_version_at_its_end() {
    both(None, |of| {
        let file = &of.state;
        file.change_sync(&mut |memory| drop(memory.targets.insert("mine".to_owned(), Default::default()))).unwrap();
        let before = file.stamp();
        file.begin_sync(moment(0), BTreeSet::from(["mine".to_owned()])).unwrap();
        let mut pace = Pace::default();
        pace.paused_until = Some(moment(9));
        file.note_sync(&[Mark::Pace("https://api.github.test".to_owned(), pace.clone())]).unwrap();
        file.flush_sync().unwrap();
        assert_eq!(file.stamp(), before, "who follows it reads nothing anew for each mark");
        let known = file.load_sync().unwrap();
        let is_begun = |under_way: &UnderWay| under_way.at == moment(0) && under_way.targets.contains("mine");
        assert!(known.under_way.as_ref().is_some_and(is_begun) && known.targets.contains_key("mine"));
        assert_eq!(known.pace["https://api.github.test"], pace);
        file.change_sync(&mut |memory| memory.under_way = None).unwrap();
        assert_ne!(file.stamp(), before);
        let known = file.load_sync().unwrap();
        assert_eq!((known.under_way, known.pace.len(), known.targets.len()), (None, 1, 1));
    });
}

#[test]
fn a_wait_ends_no_earlier_than_it_is_to_and_at_once_where_the_moment_has_passed() {
    let wait = |clock: &dyn Clock| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let begun = clock.now().timestamp();
            clock.sleep_until(begun - SignedDuration::from_hours(1)).await;
            clock.sleep_until(begun + SignedDuration::from_millis(40)).await;
            let between = clock.now().timestamp();
            assert!(between.duration_since(begun) >= SignedDuration::from_millis(40));
            clock.sleep(std::time::Duration::from_millis(40)).await;
            assert!(clock.now().timestamp().duration_since(between) >= SignedDuration::from_millis(40));
        });
    };
    wait(&*real(&Home::with_folder()).clock);
    wait(&*modeled(None).clock);
}

#[test]
fn a_config_that_changed_since_it_was_read_is_not_written_over() {
    both(None, |it| {
        let config = &it.config;
        let write = |read: Option<&str>, text: &str| config.write(read, text).unwrap();
        let before = config.read().unwrap();
        assert!(write(before.as_deref(), "# one\n"));
        assert!(!write(before.as_deref(), "# two\n"));
        assert_eq!(config.read().unwrap().as_deref(), Some("# one\n"));
        assert!(write(Some("# one\n"), "# two\n"));
        assert!(!write(Some("# one\n"), "# three\n"));
        assert!(!write(None, "# three\n"));
        assert_eq!(config.read().unwrap().as_deref(), Some("# two\n"));
    });
}

#[test]
fn what_an_editor_saves_while_wick_edits_the_config_is_kept_beside_its_edit() {
    let ports = model::alone(None);
    let saved = |text: &str| {
        let before = ports.config_file.read().unwrap();
        assert!(ports.config_file.write(before.as_deref(), text).unwrap());
    };
    let mut tries = 0;
    let edited = edit_config(&ports, |text| {
        tries += 1;
        if tries == 1 {
            saved("# the user's\n");
        }
        Ok(format!("{text}# Wick's\n"))
    });
    assert!(edited.is_ok());
    assert_eq!(ports.config_file.read().unwrap().as_deref(), Some("# the user's\n# Wick's\n"));

    let mut count = 0;
    let never_still = edit_config(&ports, |text| {
        count += 1;
        saved(&format!("# {count}\n"));
        Ok(text.to_owned())
    });
    assert!(matches!(never_still, Err(EditError::File(ConfigFileError::Changing))));
}
