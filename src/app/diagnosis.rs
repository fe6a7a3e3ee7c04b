//! Gathers what the doctor judges.

use super::config::settings;
use super::profiles::apart;
use crate::domain::credential::Reading;
use crate::domain::settings::{Settings, Target};
use crate::domain::sync::SyncMemory;
use crate::ports::{Patience, Ports};
use crate::report::doctor::Report;
use crate::report::doctor::check::Examined;

/// Looks at every part. `reading` is what the last look at the credential brought, where one was taken.
pub fn diagnose(ports: &Ports, reading: Option<Reading>, patience: Patience) -> Report {
    // A config that is not understood is one of the things it reports.
    let (settings, config) = match settings(ports) {
        Ok((settings, is_there)) => (settings, Ok(is_there)),
        Err(error) => (Settings::read_only(), Err(error)),
    };
    let reading = reading.unwrap_or_else(|| (ports.open_store)(&settings.credential).read(patience));
    let at_github = settings.own_targets().any(Target::is_at_github);
    let token = at_github.then(|| ports.github_tokens.find(settings.github.host(), patience).map(|found| found.source));
    let (sync, unread) = match ports.state_file.load_sync() {
        Ok(memory) => (memory, None),
        Err(error) => (SyncMemory::unread(), Some(error)),
    };
    let memory = ports.state_file.load().remove(&reading.location.to_string()).unwrap_or_default();
    let report = Report::of(&Examined {
        settings: &settings,
        now: &ports.clock.now(),
        config: (ports.config_file.path().display().to_string(), config),
        facts: ports.inspector.inspect(&reading.location, &settings.credential),
        refresh: memory.refresh,
        alert_command: memory.alert_command,
        journal: (ports.find_journal)(&reading.location),
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
