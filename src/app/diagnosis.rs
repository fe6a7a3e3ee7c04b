//! Gathers what the doctor judges.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;

use super::config::settings;
use super::github::token;
use super::profiles::apart;
use crate::domain::credential::{Location, Problem, Reading};
use crate::domain::facts::Facts;
use crate::domain::keyring::KeyringError;
use crate::domain::settings::{Settings, Target};
use crate::domain::state::memory::Memory;
use crate::domain::sync::{Failure, SyncMemory};
use crate::domain::system::SystemError;
use crate::ports::{Beside, CredentialStore, Look, Patience, Ports, after, lock, seen_until};
use crate::report::doctor::Report;
use crate::report::doctor::check::{Examined, GithubToken};
use crate::words;
use crate::words::system::STATE_FOLDER;

/// What the settings get, and then everything else at once: what hangs is reported, and not waited for.
const SETTINGS_LIMIT: Duration = Duration::from_secs(1);
/// What GitHub gets to say whether it takes a token: of the rest, the token is looked for.
const TOKEN_LIMIT: Duration = Duration::from_secs(2);
const LIMIT: SignedDuration = SignedDuration::from_secs(7);

/// What is looked at.
struct Here {
    ports: Ports,
    settings: Settings,
    store: Arc<dyn CredentialStore>,
    location: Location,
    /// Whether the last look at the credential is known.
    is_read: bool,
}

/// What the looks brought.
#[derive(Clone)]
struct Seen {
    reading: Reading,
    token: Option<Result<GithubToken, Failure>>,
    sync: Option<Result<SyncMemory, SystemError>>,
    memory: Memory,
    journal: bool,
    facts: Facts,
}

const LOOKS: [Look<Here, Seen>; 6] = [
    |here, seen| {
        if !here.is_read {
            lock(seen).reading = here.store.read(Patience::Background);
        }
    },
    |here, seen| {
        if here.settings.own_targets().any(Target::is_at_github) {
            let used = token(&here.ports, &here.settings.github, Patience::Background, TOKEN_LIMIT);
            lock(seen).token = Some(used.map(|used| (used.source, used.passed_over)));
        }
    },
    |here, seen| lock(seen).sync = Some(here.ports.state_file.load_sync()),
    |here, seen| {
        lock(seen).memory = here.ports.state_file.load().remove(&here.location.to_string()).unwrap_or_default();
    },
    |here, seen| lock(seen).journal = (here.ports.find_journal)(&here.location),
    |here, seen| lock(seen).facts = here.ports.inspector.inspect(&here.location, &here.settings.credential),
];

/// Looks at every part. `reading` is what the last look at the credential brought, where one was taken.
///
/// Asks nobody anything: a prompt that is not answered would hold up the whole.
pub fn diagnose(ports: &Ports, reading: Option<Reading>) -> Report {
    let of_all = ports.clone();
    let read_settings = move || settings(&of_all);
    // A config that is not understood is one of the things it reports.
    let (settings, config) = match Beside::begin(read_settings).until(after(SETTINGS_LIMIT)) {
        Some(Ok((settings, is_there))) => (settings, Ok(is_there)),
        Some(Err(error)) => (Settings::read_only(), Err(error.to_string())),
        None => (Settings::read_only(), Err(words::config::silent(SETTINGS_LIMIT.as_secs()))),
    };
    let store = (ports.open_store)(&settings.credential);
    let location = store.location();
    let (place, outcome) = (location.clone(), Err(Problem::Silent(LIMIT)));
    let silent = || Reading { location: place, modified: None, settled: true, outcome };
    let (host, why) = (settings.github.host().to_owned(), Some(KeyringError::TimedOut(LIMIT)));
    let is_read = reading.is_some();
    let unseen = Seen {
        reading: reading.unwrap_or_else(silent),
        token: settings.own_targets().any(Target::is_at_github).then_some(Err(Failure::NoToken { host, why })),
        sync: None,
        memory: Memory::default(),
        journal: false,
        facts: Facts::unknown(SystemError::new(&STATE_FOLDER, &ErrorKind::TimedOut)),
    };
    let here = Here { ports: ports.clone(), settings: settings.clone(), store, location, is_read };
    let seen = seen_until(after(LIMIT.unsigned_abs()), here, unseen, &LOOKS);
    let facts = seen.facts;
    let silent = || SystemError::new(&facts.state_folder.0, &ErrorKind::TimedOut);
    let (sync, unread) = match seen.sync.unwrap_or_else(|| Err(silent())) {
        Ok(memory) => (memory, None),
        Err(error) => (SyncMemory::unread(), Some(error)),
    };
    let report = Report::of(&Examined {
        settings: &settings,
        now: &ports.clock.now(),
        config: (ports.config_file.path().display().to_string(), config),
        facts,
        refresh: seen.memory.refresh,
        alert_command: seen.memory.alert_command,
        journal: seen.journal,
        reading: seen.reading,
        sync,
        unread,
        token: seen.token,
    });
    // Said once: by the default one's.
    if !settings.profile.is_default() {
        return report;
    }
    let (_, left_out) = apart(ports, settings.clone());
    report.with_profiles(&settings, &left_out)
}
