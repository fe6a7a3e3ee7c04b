//! From what was found on this computer to a verdict on each part, and what to do about it.
//!
//! Knows facts as data. Does not look at anything itself, and says no secret: it is not given one.

pub mod check;
mod keychain;
mod notifications;
mod sync;

use jiff::{Timestamp, ZonedDateTime};
use serde::Serialize;

use crate::domain::autostart::Autostart;
use crate::domain::credential::{Concern, Contents, Doubt, Freshness};
use crate::domain::facts::{ConfigFound, Facts, FileFacts, TrayHost};
use crate::domain::settings::{ProfileName, RefreshMode, Settings};
use crate::domain::time::EpochMillis;
use crate::words::doctor::{self as words, Finding};
use crate::words::{
    autostart as autostart_words, config as config_words, credential, moment, profiles as profile_words,
    refresh as refresh_words,
};
use check::{Check, RefreshFacts, SyncFacts, Verdict, check, said};

/// What `wick doctor --json` prints.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Each part.
    pub checks: Vec<Check>,
}

/// What only the settings can tell: without them it is not judged.
const OF_THE_SETTINGS: [&str; 6] = ["keychain", "refresh", "github", "targets", "refresh_token", "ci_token"];

impl Report {
    /// Judges what was found.
    pub fn of(
        facts: &Facts,
        refresh: &RefreshFacts,
        sync: &SyncFacts,
        settings: &Settings,
        now: &ZonedDateTime,
    ) -> Self {
        let mut checks =
            vec![config(facts), source(facts), file_mode(facts), keychain::keychain(facts, settings), readable(facts)];
        checks.extend(clocks(facts, settings, now));
        checks.push(self::refresh(facts, refresh, settings));
        checks.extend(sync::checks(facts, sync, settings, now));
        checks.extend([
            state_folder(facts),
            tray(facts),
            notifications::notifications(facts),
            autostart(facts),
            claude(facts),
        ]);
        if facts.config.1.is_err() {
            for judged in checks.iter_mut().filter(|check| OF_THE_SETTINGS.contains(&check.id)) {
                *judged = check(judged.id, Verdict::Skip, words::without_settings());
            }
        }
        Self { checks }
    }

    /// The same with a word on the profiles, where there are any; these have another one's sign-in.
    #[must_use]
    pub fn with_profiles(mut self, settings: &Settings, left_out: &[ProfileName]) -> Self {
        if !settings.profiles.is_empty() {
            self.checks.push(if left_out.is_empty() {
                check("profiles", Verdict::Pass, profile_words::apart(settings))
            } else {
                check("profiles", Verdict::Warn, said(profile_words::left_out(left_out)))
            });
        }
        self
    }

    /// Whether any part does not work.
    pub fn failed(&self) -> bool {
        self.checks.iter().any(|check| check.verdict == Verdict::Fail)
    }

    /// The report for people to read and to attach to an issue.
    pub fn text(&self, version: &str, now: Timestamp) -> String {
        let mut text = format!("{}\n\n", words::heading(version, now));
        for check in &self.checks {
            let sign = match check.verdict {
                Verdict::Pass => "ok  ",
                Verdict::Warn => "warn",
                Verdict::Fail => "FAIL",
                Verdict::Skip => "skip",
            };
            text.push_str(&format!("{sign}  {:<13} {}\n", check.id, check.detail));
            if let Some(action) = &check.action {
                text.push_str(&format!("{:20}-> {action}\n", ""));
            }
        }
        text
    }
}

fn config(facts: &Facts) -> Check {
    let (path, outcome) = &facts.config;
    match outcome {
        Ok(found) => {
            let understood = config_words::understood(path, *found == ConfigFound::Read);
            check("config", Verdict::Pass, (understood, None))
        }
        Err(error) => check("config", Verdict::Fail, words::config_broken(path, error)),
    }
}

fn source(facts: &Facts) -> Check {
    check("source", Verdict::Pass, words::source(&facts.reading.location, facts.reading.modified))
}

fn file_mode(facts: &Facts) -> Check {
    let (verdict, finding) = match facts.file {
        None => (Verdict::Skip, words::no_file()),
        Some(FileFacts { ours: false, .. }) => (Verdict::Warn, words::other_owner()),
        Some(FileFacts { mode, .. }) if mode & 0o077 != 0 => {
            (Verdict::Warn, words::open_to_others(mode, &facts.reading.location.place))
        }
        Some(FileFacts { mode, symlink, .. }) => (Verdict::Pass, words::private_file(mode, symlink)),
    };
    check("file_mode", verdict, finding)
}

fn readable(facts: &Facts) -> Check {
    match &facts.reading.outcome {
        Ok(Contents::SignedIn(credential)) if credential.scopes.is_empty() => {
            check("readable", Verdict::Warn, said(credential::concern(&Concern::NoScopes)))
        }
        Ok(Contents::SignedIn(credential)) => {
            check("readable", Verdict::Pass, words::sign_in(credential::account(credential)))
        }
        _ => {
            let concern = Concern::of(&facts.reading, None, Timestamp::MAX).unwrap_or(Concern::NoSignIn);
            check("readable", Verdict::Fail, said(credential::concern(&concern)))
        }
    }
}

fn clocks(facts: &Facts, settings: &Settings, now: &ZonedDateTime) -> [Check; 3] {
    let Some(credential) = facts.reading.credential() else {
        return ["access_token", "login", "clock"].map(|id| check(id, Verdict::Skip, words::nothing_to_look_at()));
    };
    let moment = now.timestamp();
    let clock = |id, end: Option<EpochMillis>, say: fn(String, bool) -> Finding| {
        let freshness = Freshness::of(end, settings.expiry_window(), moment);
        let ended = matches!(freshness, Freshness::Expired { .. });
        let verdict = if ended { Verdict::Warn } else { Verdict::Pass };
        check(id, verdict, say(moment::clock(end, freshness, now), ended))
    };
    let own = match facts.reading.doubt(None, moment) {
        None => check("clock", Verdict::Pass, words::clock_agrees(now.time_zone().iana_name())),
        Some(doubt) => {
            let wrong = matches!(doubt, Doubt::ClockBehind { .. } | Doubt::ClockWentBack { .. });
            check(
                "clock",
                if wrong { Verdict::Fail } else { Verdict::Warn },
                said(credential::concern(&Concern::Doubt(doubt))),
            )
        }
    };
    [
        clock("access_token", credential.expires_at, words::access_token),
        clock("login", credential.login_expires_at, words::login),
        own,
    ]
}

fn refresh(facts: &Facts, refresh: &RefreshFacts, settings: &Settings) -> Check {
    let settings = &settings.refresh;
    let stored = facts.reading.credential();
    let failure = stored.and_then(|credential| refresh.memory.standing(credential, settings));
    match (settings.mode, failure) {
        (RefreshMode::Never, _) if refresh.journal => {
            check("refresh", Verdict::Fail, said(refresh_words::journal_left()))
        }
        (RefreshMode::Never, _) => check("refresh", Verdict::Skip, words::read_only()),
        (_, Some(failure)) if failure.passes() => {
            check("refresh", Verdict::Warn, said(refresh_words::remembered(failure)))
        }
        (_, Some(failure)) => check("refresh", Verdict::Fail, said(refresh_words::remembered(failure))),
        (_, None) if stored.is_some_and(|credential| credential.refresh_token.is_none()) => {
            check("refresh", Verdict::Warn, said(credential::concern(&Concern::NoRefreshToken)))
        }
        (_, None) if refresh.journal => check("refresh", Verdict::Warn, words::journal()),
        (mode, None) => check("refresh", Verdict::Pass, words::refresh(mode, settings.automatic, &settings.token_url)),
    }
}

fn state_folder(facts: &Facts) -> Check {
    let (path, outcome) = &facts.state_folder;
    match outcome {
        Ok(()) => check("state", Verdict::Pass, words::state_folder(path)),
        Err(error) => check("state", Verdict::Fail, words::state_folder_unusable(path, error)),
    }
}

fn tray(facts: &Facts) -> Check {
    let (verdict, finding) = match &facts.tray {
        TrayHost::Present => (Verdict::Pass, words::tray()),
        TrayHost::NoHost => (Verdict::Warn, words::no_tray_host()),
        TrayHost::NoBus(reason) => (Verdict::Warn, words::no_bus(reason)),
    };
    check("tray", verdict, finding)
}

fn autostart(facts: &Facts) -> Check {
    let verdict = match facts.autostart {
        Autostart::On | Autostart::Off => Verdict::Pass,
        Autostart::Broken { .. } | Autostart::NeedsApproval => Verdict::Warn,
        Autostart::Unavailable(_) => Verdict::Skip,
    };
    check("autostart", verdict, (autostart_words::state(&facts.autostart), autostart_words::command(&facts.autostart)))
}

fn claude(facts: &Facts) -> Check {
    match &facts.claude {
        Some(path) => check("claude", Verdict::Pass, words::claude(path)),
        None => check("claude", Verdict::Warn, words::no_claude()),
    }
}
