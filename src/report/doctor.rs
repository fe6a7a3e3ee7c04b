//! From what was found on this computer to a verdict on each part, and what to do about it.
//!
//! Knows facts as data, and has the English of each verdict beside its judge. Does not look at anything itself, and says
//! no secret: it is not given one.

pub mod check;
mod computer;
mod keychain;
mod sign_in;
mod sync;

use jiff::ZonedDateTime;
use serde::Serialize;

use crate::domain::settings::{ProfileName, Settings};
use crate::report::rows::{Row, Size, lines};
use crate::words::moment::with_zone;
use crate::words::profiles;
use check::{Check, Examined, Verdict, found};

/// What `wick doctor --json` prints.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    pub checks: Vec<Check>,
}

/// What only the settings can tell: without them it is not judged.
const OF_THE_SETTINGS: [&str; 7] = ["alerts", "keychain", "refresh", "github", "targets", "refresh_token", "ci_token"];

/// What only the state file can tell.
const OF_THE_STATE: [&str; 3] = ["targets", "refresh_token", "ci_token"];

impl Report {
    pub fn of(examined: &Examined<'_>) -> Self {
        let mut checks = [
            ("config", computer::config(&examined.config)),
            ("source", sign_in::source(examined)),
            ("file_mode", sign_in::file_mode(examined)),
            ("keychain", keychain::keychain(examined)),
            ("readable", sign_in::readable(&examined.reading)),
            ("access_token", sign_in::access_token(examined)),
            ("login", sign_in::login(examined)),
            ("overruled", sign_in::overruled(&examined.facts.overruling)),
            ("clock", sign_in::clock(examined)),
            ("refresh", sign_in::refresh(examined)),
            ("locks", computer::locks(&examined.facts.locks)),
            ("github", sync::token(examined)),
            ("targets", sync::targets(examined)),
            ("refresh_token", sync::holders(examined)),
            ("ci_token", sync::ci_token(examined)),
            ("environment", computer::environment(&examined.facts)),
            ("state", computer::state_folder(examined)),
            ("tray", computer::tray(&examined.facts)),
            ("notifications", computer::notifications(&examined.facts.notifications)),
            ("alerts", computer::alerts(examined)),
            ("autostart", computer::autostart(&examined.facts.autostart)),
            ("claude", computer::claude(examined.facts.claude.as_deref())),
            ("certificates", computer::certificates(&examined.facts.certificates)),
        ];
        if examined.unread.is_some() {
            for (_, found) in checks.iter_mut().filter(|(id, _)| OF_THE_STATE.contains(id)) {
                *found = found!(Skip => "not judged: what was synced cannot be read");
            }
        }
        if examined.config.1.is_err() {
            for (_, found) in checks.iter_mut().filter(|(id, _)| OF_THE_SETTINGS.contains(id)) {
                *found = found!(Skip => "not judged: the config is not understood");
            }
        }
        Self { checks: checks.map(|(id, found)| Check { id, found }).into() }
    }

    /// The same with the profiles, where there are any; these have another one's sign-in.
    #[must_use]
    pub fn with_profiles(mut self, settings: &Settings, left_out: &[ProfileName]) -> Self {
        let names = settings.profiles.iter().map(|profile| profile.name.as_str()).collect::<Vec<_>>().join(", ");
        let found = if left_out.is_empty() {
            found!(Pass => "beside the default one, each with a sign-in of its own: {names}")
        } else {
            Verdict::Warn.said(profiles::left_out(left_out))
        };
        self.checks.extend((!names.is_empty()).then_some(Check { id: "profiles", found }));
        self
    }

    /// Whether any part does not work.
    pub fn failed(&self) -> bool {
        self.checks.iter().any(|check| check.found.verdict == Verdict::Fail)
    }

    /// For people to read and to attach to an issue: what is merely not used is left out, and the verdict comes last. With
    /// `is_quiet`, only what failed and the verdict.
    pub fn lines(&self, now: &ZonedDateTime, size: Option<Size>, is_quiet: bool) -> Vec<String> {
        let is_shown = |verdict| if is_quiet { verdict == Verdict::Fail } else { verdict != Verdict::Skip };
        let shown = self.checks.iter().filter(|check| is_shown(check.found.verdict));
        let rows: Vec<Row> = shown.map(Check::row).collect();
        let text = |text| lines(&[Row { text, ..Row::default() }], size);
        let title = (!is_quiet).then(|| text(format!("Wick {}, {}", env!("CARGO_PKG_VERSION"), with_zone(now))));
        let mut parts = vec![title.unwrap_or_default(), lines(&rows, size), self.verdict().map(text).concat()];
        parts.retain(|part| !part.is_empty());
        parts.join(&String::new())
    }

    /// What all of it came to, and the one thing to do first.
    fn verdict(&self) -> [String; 2] {
        let of = |verdict| self.checks.iter().filter(move |check| check.found.verdict == verdict);
        let (failed, warned) = (of(Verdict::Fail).count(), of(Verdict::Warn).count());
        let whole = match (failed, warned) {
            (0, 0) => "All is well".to_owned(),
            (0, warned) => format!("Nothing failed, {warned} to look at"),
            (failed, 0) => format!("{failed} failed"),
            (failed, warned) => format!("{failed} failed, {warned} to look at"),
        };
        let first = of(Verdict::Fail).chain(of(Verdict::Warn)).find_map(|check| {
            let action = check.found.action.as_ref()?.lines().next()?;
            Some(format!("Do this first ({}): {action}", check.id))
        });
        [whole, first.unwrap_or_else(|| "Nothing is to be done".to_owned())]
    }
}
