//! Gathers what the doctor judges.

use std::io::ErrorKind;
use std::time::Duration;

use jiff::SignedDuration;

use super::config::settings;
use super::github::token;
use super::profiles::apart;
use crate::domain::credential::{Problem, Reading};
use crate::domain::facts::Facts;
use crate::domain::keyring::KeyringError;
use crate::domain::settings::{Settings, Target};
use crate::domain::sync::{Failure, SyncMemory};
use crate::domain::system::SystemError;
use crate::ports::{Beside, Patience, Ports, after};
use crate::report::doctor::Report;
use crate::report::doctor::check::Examined;
use crate::words;
use crate::words::system::STATE_FOLDER;

/// What the settings get, and then everything else at once: what hangs is reported, and not waited for.
const SETTINGS_LIMIT: Duration = Duration::from_secs(1);
/// What GitHub gets to say whether it takes a token: of the rest, the token is looked for.
const TOKEN_LIMIT: Duration = Duration::from_secs(2);
const LIMIT: SignedDuration = SignedDuration::from_secs(7);

/// Looks at every part. `reading` is what the last look at the credential brought, where one was taken.
///
/// Asks nobody anything: a prompt that is not answered would hold up the whole.
pub fn diagnose(ports: &Ports, reading: Option<Reading>) -> Report {
    // A config that is not understood is one of the things it reports.
    let (settings, config) = match begin(ports, settings).until(after(SETTINGS_LIMIT)) {
        Some(Ok((settings, is_there))) => (settings, Ok(is_there)),
        Some(Err(error)) => (Settings::read_only(), Err(error.to_string())),
        None => (Settings::read_only(), Err(words::config::silent(SETTINGS_LIMIT.as_secs()))),
    };
    let store = (ports.open_store)(&settings.credential);
    let location = store.location();
    let read = Beside::begin(move || reading.unwrap_or_else(|| store.read(Patience::Background)));
    let at_github = settings.own_targets().any(Target::is_at_github);
    let host = settings.github.host().to_owned();
    let token = at_github.then(|| {
        let github = settings.github.clone();
        begin(ports, move |ports| {
            let used = token(ports, &github, Patience::Background, TOKEN_LIMIT);
            used.map(|used| (used.source, used.passed_over))
        })
    });
    let sync = begin(ports, |ports| ports.state_file.load_sync());
    let (place, key) = (location.clone(), location.to_string());
    let memory = begin(ports, move |ports| ports.state_file.load().remove(&key).unwrap_or_default());
    let journal = begin(ports, move |ports| (ports.find_journal)(&place));
    let (place, credential) = (location.clone(), settings.credential.clone());
    let facts = begin(ports, move |ports| ports.inspector.inspect(&place, &credential));
    let end = after(LIMIT.unsigned_abs());
    let silent = |location| Reading { location, modified: None, settled: true, outcome: Err(Problem::Silent(LIMIT)) };
    let reading = read.until(end).unwrap_or_else(|| silent(location));
    let no_token = || Failure::NoToken { host, why: Some(KeyringError::TimedOut(LIMIT)) };
    let token = token.map(|token| token.until(end).unwrap_or_else(|| Err(no_token())));
    let facts =
        facts.until(end).unwrap_or_else(|| Facts::unknown(SystemError::new(&STATE_FOLDER, &ErrorKind::TimedOut)));
    let unread = || SystemError::new(&facts.state_folder.0, &ErrorKind::TimedOut);
    let (sync, unread) = match sync.until(end).unwrap_or_else(|| Err(unread())) {
        Ok(memory) => (memory, None),
        Err(error) => (SyncMemory::unread(), Some(error)),
    };
    let memory = memory.until(end).unwrap_or_default();
    let report = Report::of(&Examined {
        settings: &settings,
        now: &ports.clock.now(),
        config: (ports.config_file.path().display().to_string(), config),
        facts,
        refresh: memory.refresh,
        alert_command: memory.alert_command,
        journal: journal.until(end).unwrap_or_default(),
        reading,
        sync,
        unread,
        token,
    });
    // Said once: by the default one's.
    if !settings.profile.is_default() {
        return report;
    }
    let (_, left_out) = apart(ports, settings.clone());
    report.with_profiles(&settings, &left_out)
}

fn begin<T: Send + 'static>(ports: &Ports, look: impl FnOnce(&Ports) -> T + Send + 'static) -> Beside<T> {
    let ports = ports.clone();
    Beside::begin(move || look(&ports))
}
