//! From what was found on this computer to a verdict on each part, and what to do about it.
//!
//! Knows facts as data. Does not look at anything itself, and says no secret: it is not given one.

use jiff::{Timestamp, ZonedDateTime};
use serde::Serialize;

use super::credential::Contents;
use super::expiry::{Doubt, Freshness};
use super::message::{self, Sentence};
use super::settings::Settings;
use super::source::{Reading, SourceKind};
use super::time::EpochMillis;

/// What was found on this computer.
#[derive(Clone, Debug)]
pub struct Facts {
    /// What a look at the credential brought.
    pub reading: Reading,
    /// Who owns the credential's file and who may read it, where it is a file that can be looked at.
    pub file: Option<FileFacts>,
    /// The config's path, and what is wrong with it.
    pub config: (String, Result<ConfigFound, String>),
    /// The state folder's path, and why it cannot be used.
    pub state_folder: (String, Result<(), String>),
    /// Where icons are drawn.
    pub tray: TrayHost,
    /// Where notifications are shown.
    pub notifications: NotificationService,
    /// Where the installed Claude Code is.
    pub claude: Option<String>,
}

/// A file's owner and mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileFacts {
    /// The permission bits.
    pub mode: u32,
    /// Whether it belongs to the user who runs Wick.
    pub ours: bool,
    /// Whether the name is a symbolic link.
    pub symlink: bool,
}

/// Whether there is a config.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfigFound {
    /// It is there and understood.
    Read,
    /// There is none; the defaults are in use.
    Absent,
}

/// Where icons are drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrayHost {
    /// A panel shows them.
    Present,
    /// There is a session bus, and no panel that shows them.
    NoHost,
    /// There is no session bus.
    NoBus(String),
}

/// Where notifications are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotificationService {
    /// A service that shows them.
    Present {
        /// What it calls itself.
        name: String,
        /// Whether it shows buttons.
        buttons: bool,
    },
    /// None can be used, and why.
    Absent(String),
}

/// The JSON object of `wick doctor --json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    schema: u32,
    /// Each part.
    pub checks: Vec<Check>,
    error: Option<Sentence>,
}

/// One part with its verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// A word for programs.
    pub id: &'static str,
    /// The verdict.
    pub verdict: Verdict,
    /// What was found.
    pub detail: String,
    /// What to do; null where there is nothing to do.
    pub action: Option<String>,
}

/// A verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As it should be.
    Pass,
    /// Works, but should be looked at.
    Warn,
    /// Does not work.
    Fail,
    /// Could not be looked at, because something before it failed.
    Skip,
}

impl Report {
    /// Judges what was found.
    pub fn of(facts: &Facts, settings: &Settings, now: &ZonedDateTime) -> Self {
        let mut checks = vec![config(facts), source(facts), file_mode(facts), readable(facts)];
        checks.extend(clocks(facts, settings, now));
        checks.extend([state_folder(facts), tray(facts), notifications(facts), claude(facts)]);
        Self { schema: 1, checks, error: None }
    }

    /// Whether any part does not work.
    pub fn failed(&self) -> bool {
        self.checks.iter().any(|check| check.verdict == Verdict::Fail)
    }

    /// The report for people to read and to attach to an issue.
    pub fn text(&self, version: &str, now: Timestamp) -> String {
        let mut text = format!("Wick {version}, {}\n\n", message::utc(now));
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

fn check(id: &'static str, verdict: Verdict, detail: impl Into<String>, action: Option<&str>) -> Check {
    Check { id, verdict, detail: detail.into(), action: action.map(str::to_owned) }
}

fn config(facts: &Facts) -> Check {
    let (path, outcome) = &facts.config;
    match outcome {
        Ok(ConfigFound::Read) => check("config", Verdict::Pass, format!("{path} is understood"), None),
        Ok(ConfigFound::Absent) => check("config", Verdict::Pass, format!("no {path}: the defaults are in use"), None),
        Err(error) => check("config", Verdict::Fail, format!("{path}: {error}"), Some("mend the line")),
    }
}

fn source(facts: &Facts) -> Check {
    let location = &facts.reading.location;
    let named = match location.kind {
        SourceKind::File => location.place.clone(),
        SourceKind::Keychain => format!("keychain item \"{}\"", location.place),
    };
    let written = facts.reading.modified.map(|moment| format!(", written {}", message::utc(moment)));
    check("source", Verdict::Pass, format!("{named}{}", written.unwrap_or_default()), None)
}

fn file_mode(facts: &Facts) -> Check {
    let path = &facts.reading.location.place;
    match facts.file {
        None => check("file_mode", Verdict::Skip, "no file to look at", None),
        Some(FileFacts { ours: false, .. }) => check(
            "file_mode",
            Verdict::Warn,
            "the file belongs to another user",
            Some("find out which program wrote it"),
        ),
        Some(FileFacts { mode, .. }) if mode & 0o077 != 0 => {
            let detail = format!("mode {mode:04o}: others on this computer may reach your tokens");
            check("file_mode", Verdict::Warn, detail, Some(&format!("chmod 600 '{path}'")))
        }
        Some(FileFacts { mode, symlink, .. }) => {
            let link = if symlink { ", a symbolic link: Claude Code replaces it by a file when it writes" } else { "" };
            check("file_mode", Verdict::Pass, format!("mode {mode:04o}{link}"), None)
        }
    }
}

fn readable(facts: &Facts) -> Check {
    match &facts.reading.outcome {
        Ok(Contents::SignedIn(credential)) if credential.scopes.is_empty() => {
            let sentence = message::no_scopes();
            check("readable", Verdict::Warn, sentence.message, Some(&sentence.action))
        }
        Ok(Contents::SignedIn(credential)) => {
            let account = message::account(credential).unwrap_or_else(|| "no account stored".to_owned());
            check("readable", Verdict::Pass, format!("a sign-in: {account}"), None)
        }
        _ => {
            let sentence = facts.reading.complaint(None, Timestamp::MAX);
            let sentence = sentence.unwrap_or_else(message::no_sign_in);
            check("readable", Verdict::Fail, sentence.message, Some(&sentence.action))
        }
    }
}

fn clocks(facts: &Facts, settings: &Settings, now: &ZonedDateTime) -> [Check; 3] {
    let Some(credential) = facts.reading.credential() else {
        return ["access_token", "login", "clock"].map(|id| check(id, Verdict::Skip, "no sign-in to look at", None));
    };
    let moment = now.timestamp();
    let clock = |id, end: Option<EpochMillis>, action: &str| {
        let freshness = Freshness::of(end, settings.expiry_window(), moment);
        let ended = matches!(freshness, Freshness::Expired { .. });
        let verdict = if ended { Verdict::Warn } else { Verdict::Pass };
        check(id, verdict, message::clock(end, freshness, now), ended.then_some(action))
    };
    let doubt = match facts.reading.doubt(None, moment) {
        None => {
            let zone = now.time_zone().iana_name().unwrap_or("unnamed").to_owned();
            check("clock", Verdict::Pass, format!("agrees with the credential's date; time zone {zone}"), None)
        }
        Some(doubt) => {
            let sentence = message::doubt(&doubt);
            let behind = matches!(doubt, Doubt::ClockBehind { .. } | Doubt::ClockWentBack { .. });
            check("clock", if behind { Verdict::Fail } else { Verdict::Warn }, sentence.message, Some(&sentence.action))
        }
    };
    [
        clock("access_token", credential.expires_at, "use Claude Code for a moment: it renews its token by itself"),
        clock("login", credential.login_expires_at, "run \"claude\" and sign in"),
        doubt,
    ]
}

fn state_folder(facts: &Facts) -> Check {
    let (path, outcome) = &facts.state_folder;
    match outcome {
        Ok(()) => check("state", Verdict::Pass, path.as_str(), None),
        Err(error) => {
            let action = format!("make {path} a folder of yours that you can write; until then alerts may repeat");
            check("state", Verdict::Fail, error.as_str(), Some(&action))
        }
    }
}

fn tray(facts: &Facts) -> Check {
    match &facts.tray {
        TrayHost::Present => check("tray", Verdict::Pass, "a panel shows tray icons", None),
        TrayHost::NoHost => check(
            "tray",
            Verdict::Warn,
            "no panel shows tray icons; the icon appears as soon as one does",
            Some("on GNOME install its AppIndicator extension; elsewhere add the tray to your panel"),
        ),
        TrayHost::NoBus(reason) => check(
            "tray",
            Verdict::Warn,
            format!("no session bus ({reason})"),
            Some("start Wick from your desktop session; in a plain terminal it prints the time left instead"),
        ),
    }
}

fn notifications(facts: &Facts) -> Check {
    match &facts.notifications {
        NotificationService::Present { name, buttons } => {
            let buttons = if *buttons { "with buttons" } else { "without buttons" };
            check("notifications", Verdict::Pass, format!("{name}, {buttons}"), None)
        }
        NotificationService::Absent(reason) => check(
            "notifications",
            Verdict::Warn,
            format!("none can be shown ({reason})"),
            Some("start a notification service, or watch the icon"),
        ),
    }
}

fn claude(facts: &Facts) -> Check {
    match &facts.claude {
        Some(path) => check("claude", Verdict::Pass, path.as_str(), None),
        None => check("claude", Verdict::Warn, "Claude Code was not found", Some("install it, or add it to PATH")),
    }
}
