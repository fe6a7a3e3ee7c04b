//! Gathers what the doctor judges.

use super::config::settings;
use super::profiles::apart;
use crate::domain::credential::Reading;
use crate::domain::settings::{Settings, Target};
use crate::ports::{Patience, Ports};
use crate::report::doctor::Report;
use crate::report::doctor::check::{RefreshFacts, SyncFacts};

/// Looks at every part. `reading` is what the last look at the credential brought.
pub fn diagnose(ports: &Ports, reading: Reading, patience: Patience) -> Report {
    // A config that is not understood is one of the things it reports.
    let config = settings(&*ports.config_file, &ports.home, &ports.profile);
    let found = config.as_ref().map(|(_, found)| *found).map_err(Clone::clone);
    let settings = config.map_or_else(|_| Settings::read_only(), |(settings, _)| settings);
    let memory = ports.state_file.load().remove(&reading.location.to_string()).unwrap_or_default().refresh;
    let refresh = RefreshFacts { memory, journal: (ports.find_journal)(&reading.location) };
    let at_github = settings.own_targets().any(Target::is_at_github);
    let token = at_github.then(|| ports.github_tokens.find(settings.github.host(), patience).map(|found| found.source));
    let sync = SyncFacts { memory: ports.state_file.load_sync(), token };
    let facts = ports.inspector.inspect(reading, &settings.credential, found);
    let report = Report::of(&facts, &refresh, &sync, &settings, &ports.clock.now());
    // Said once: by the default one's.
    if !settings.profile.is_default() {
        return report;
    }
    let (_, left_out) = apart(ports, settings.clone());
    report.with_profiles(&settings, &left_out)
}
