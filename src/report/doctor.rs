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

/// What a part cannot be judged without.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Needs {
    Nothing,
    Settings,
    /// What is remembered of syncs, and the settings.
    Syncs,
}

impl Report {
    pub fn of(examined: &Examined<'_>) -> Self {
        use Needs::{Nothing, Settings, Syncs};
        let mut checks = [
            ("config", Nothing, computer::config(&examined.config)),
            ("source", Nothing, sign_in::source(examined)),
            ("file_mode", Nothing, sign_in::file_mode(examined)),
            ("keychain", Settings, keychain::keychain(examined)),
            ("readable", Nothing, sign_in::readable(&examined.reading)),
            ("access_token", Nothing, sign_in::access_token(examined)),
            ("login", Nothing, sign_in::login(examined)),
            ("overruled", Nothing, sign_in::overruled(&examined.facts.overruling)),
            ("clock", Nothing, sign_in::clock(examined)),
            ("refresh", Settings, sign_in::refresh(examined)),
            ("locks", Nothing, computer::locks(&examined.facts.locks)),
            ("github", Settings, sync::token(examined)),
            ("targets", Syncs, sync::targets(examined)),
            ("refresh_token", Syncs, sync::holders(examined)),
            ("ci_token", Syncs, sync::ci_token(examined)),
            ("environment", Nothing, computer::environment(&examined.facts)),
            ("state", Nothing, computer::state_folder(examined)),
            ("tray", Nothing, computer::tray(&examined.facts)),
            ("notifications", Nothing, computer::notifications(&examined.facts.notifications)),
            ("alerts", Settings, computer::alerts(examined)),
            ("autostart", Nothing, computer::autostart(&examined.facts.autostart)),
            ("claude", Nothing, computer::claude(examined.facts.claude.as_deref())),
            ("certificates", Nothing, computer::certificates(&examined.facts.certificates)),
        ];
        let (is_unread, is_unset) = (examined.unread.is_some(), examined.config.1.is_err());
        for (_, needs, found) in &mut checks {
            match needs {
                Settings | Syncs if is_unset => *found = found!(Skip => "not judged: the config is not understood"),
                Syncs if is_unread => *found = found!(Skip => "not judged: what was synced cannot be read"),
                Nothing | Settings | Syncs => {}
            }
        }
        Self { checks: checks.map(|(id, _, found)| Check { id, found }).into() }
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
