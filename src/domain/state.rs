//! The whole of what Wick knows.
//!
//! [`step`](step::step) takes what happened and returns what should be done. It runs nothing: the shell in `app` runs the
//! effects and sends their outcomes back as events.

mod alerting;
mod due;
pub mod event;
mod looking;
pub mod memory;
pub mod notice;
mod refreshing;
mod sleeping;
pub mod step;
mod syncing;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use jiff::{SignedDuration, Timestamp};

use super::alert::AlertMemory;
use super::autostart::Autostart;
use super::credential::{CiTokenMemory, Credential, Material, Overruling, Reading, Tokens};
use super::fingerprint::Fingerprint;
use super::refresh::{FailureMemory, Remark, Report, Trigger};
use super::settings::Settings;
use super::settings::places::Places;
use super::sync::pace::LONGEST_PAUSE;
use super::sync::standing::Overview;
use super::sync::{self, Cause, Progress, Request, Standing, SyncMemory};
use super::time::{Wait, believable};
use event::{Effect, Look};
use memory::Memory;
use notice::Notice;

/// How long the first look is waited for before something is drawn without it.
const FIRST_LOOK: SignedDuration = SignedDuration::from_millis(300);

/// What Wick knows. Anyone may look; once it is made, only [`step`](step::step) changes it.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// The settings in use.
    pub settings: Settings,
    /// The user's home folder, to be written as `~`.
    pub home: String,
    /// What is wrong with the config, where the last good one is in use instead.
    pub config_error: Option<String>,
    /// Whether the settings in use were read, and are not the defaults for want of others.
    pub settings_were_read: bool,
    /// What the last look brought; `None` before the first.
    pub material: Option<Material>,
    /// What Claude Code uses instead of the sign-in, the strongest first.
    pub overruling: Vec<Overruling>,
    pub(super) memories: BTreeMap<String, Memory>,
    /// The latest moment that is known to have passed: a clock that shows an earlier one went back.
    pub seen: Option<Timestamp>,
    pub(super) looked_at: Option<Timestamp>,
    /// A look that is due before the regular one.
    pub(super) look_due: Option<Timestamp>,
    /// Until then, bytes that make no sense where a credential was may be half-written.
    pub(super) suspicious_until: Option<Timestamp>,
    pub(super) started_at: Option<Timestamp>,
    pub(super) asleep: Option<Asleep>,
    pub(super) reopening: Reopening,
    /// What was said last of each subject, as long as it may turn out that it was not shown, and what is yet to be said.
    pub(super) said: Vec<Said>,
    /// Whether this state only shows what others do.
    pub only_watches: bool,
    /// Whether Wick opens at login; `None` before that was looked at.
    pub autostart: Option<Autostart>,
    /// Worked out when it is asked for first, and anew once settings, material or the memory of syncing were set.
    overview: OnceLock<Overview>,
    pub refreshing: Refreshing,
    pub syncing: Syncing,
}

/// What is known of refreshing.
#[derive(Clone, Debug, Default)]
pub struct Refreshing {
    /// Why the one that runs was begun.
    pub running: Option<Trigger>,
    /// When the last one ended, and what came of it. What was never tried is not here.
    pub last: Option<(Timestamp, Report)>,
    /// Whether an answer waits in the journal for its place.
    pub kept: bool,
    /// Whether a click waits for the end of the one that only finishes what an earlier run has left.
    pub(super) clicked: bool,
    /// Nothing by itself before this.
    pub(super) not_before: Option<Wait>,
    /// What the user was last notified of, if it failed.
    pub(super) notified: Option<Notified<Remark>>,
}

impl Refreshing {
    /// Whether one runs that may bring a new token.
    pub(super) fn is_spending(&self) -> bool {
        self.running.is_some_and(|trigger| trigger > Trigger::Finish)
    }
}

/// What is known of syncing.
#[derive(Clone, Debug, Default)]
pub struct Syncing {
    /// How far the one is that runs.
    pub running: Option<Progress>,
    /// What is remembered of the targets.
    pub memory: SyncMemory,
    /// Why the one that runs was begun.
    pub(super) trigger: Option<sync::Trigger>,
    /// Begins when the refresh under way has ended.
    pub(super) waiting: Option<Request>,
    /// Goes on then, where a limit cut short what someone had asked for.
    pub(super) resume: Option<Resume>,
    /// Nothing by itself before this.
    pub(super) not_before: Option<Wait>,
    /// The refresh token that the last one found to be spent: by itself none is begun to send that.
    pub(super) spent: Option<Fingerprint>,
    /// How many in a row could not be tried as a whole.
    pub(super) refusals: u32,
    /// What the user was last notified of, by target's name; of the sync as a whole under the empty name.
    pub(super) notified: BTreeMap<String, Notified<Cause>>,
}

/// What the user was last notified of: about the refresh, or about one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Notified<C> {
    /// Nothing yet: it was out of reach once. A laptop that wakes has no network for a moment.
    OfflineOnce,
    Cause(C),
}

impl<C> Notified<C> {
    /// What is kept of this cause, which comes after `before`, and whether it is to be shown.
    fn next(before: Option<Self>, cause: C, is_offline: bool, is_like: fn(&C, &C) -> bool) -> (Self, bool) {
        match before {
            Some(Self::Cause(notified)) if is_like(&notified, &cause) => (Self::Cause(cause), false),
            None | Some(Self::Cause(_)) if is_offline => (Self::OfflineOnce, false),
            _ => (Self::Cause(cause), true),
        }
    }
}

/// What goes on when a limit is over.
#[derive(Clone, Debug)]
pub(super) struct Resume {
    pub(super) at: Timestamp,
    pub(super) request: Request,
    /// Whose credential it was asked for.
    pub(super) account: Option<Fingerprint>,
}

impl Resume {
    /// When it goes on: at once, where a clock has set that which has gone back since.
    fn due(&self, now: Timestamp) -> Timestamp {
        believable(self.at, now, LONGEST_PAUSE).unwrap_or(now)
    }
}

/// The computer was said to go to sleep, and not yet to be awake.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asleep {
    /// Since when it has run without sleeping, by its clocks.
    pub(super) runs_since: Timestamp,
    /// The network is another one since, and what failed for want of it was not tried again.
    pub(super) network_changed: bool,
}

/// What is known of reopens.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Reopening {
    /// When the one that is held is answered.
    pub(super) due: Option<Timestamp>,
    /// While it lasts, a reopen is not a person's.
    pub(super) quiet: Option<Wait>,
}

/// A notification that was said, or waits to be.
#[derive(Clone, Debug)]
pub(super) struct Said {
    pub(super) notice: Notice,
    pub(super) alerts: Option<SaidAlerts>,
    /// How often in a row it could not be shown.
    pub(super) failures: u32,
    /// When it is said again; `None` where it was shown, as far as is known.
    pub(super) again: Option<Wait>,
}

/// What counts as said by a notification, and what had been said before it.
#[derive(Clone, Debug)]
pub(super) struct SaidAlerts {
    pub(super) source: String,
    pub(super) before: AlertMemory,
    pub(super) after: AlertMemory,
}

impl State {
    /// A state that has read nothing yet. `memories` is what `state.json` holds, by source.
    pub fn new(settings: Settings, home: String, memories: BTreeMap<String, Memory>) -> Self {
        Self { settings, home, memories, ..Self::default() }
    }

    /// Whether there is something to draw: the first look takes a moment, unless the keychain keeps it waiting.
    pub fn is_worth_drawing(&self, now: Timestamp) -> bool {
        self.material.is_some() || self.started_at.is_some_and(|started| now.duration_since(started) >= FIRST_LOOK)
    }

    /// What the last look brought; `None` before the first.
    pub fn reading(&self) -> Option<&Reading> {
        self.material.as_ref().map(|material| &material.sign_in)
    }

    /// The credential that the last look brought.
    pub fn credential(&self) -> Option<&Credential> {
        self.reading().and_then(Reading::credential)
    }

    /// What can be sent, as the last look brought it; `None` before the first.
    pub fn tokens(&self) -> Option<Tokens<'_>> {
        self.material.as_ref().map(Material::tokens)
    }

    /// Notes that a look is taken now.
    pub(super) fn look(&mut self, how: Look, now: Timestamp) -> Effect {
        self.looked_at = Some(now);
        // One that reads only what moved does not do the work of one that was asked to read again.
        if how != Look::IfMoved {
            self.look_due = None;
        }
        Effect::Look(how)
    }

    /// What is known of the stored one-year token.
    pub fn ci_token(&self) -> Option<&CiTokenMemory> {
        self.syncing.memory.ci_tokens.get(self.settings.profile.as_str())
    }

    /// Whether an edit of the token endpoint waits for a click.
    pub fn waits_for_a_click(&self) -> bool {
        let settings = &self.settings.refresh;
        settings.automatic && !self.syncing.memory.places.allow_endpoint(settings)
    }

    /// What is remembered of what is stored now.
    pub(super) fn memory(&self) -> Option<&Memory> {
        self.memories.get(&self.reading()?.location.to_string())
    }

    /// The failure that stands in the way of refreshing what is stored now.
    pub fn standing_failure(&self) -> Option<&FailureMemory> {
        self.memory()?.refresh.standing(self.credential()?, &self.settings.refresh)
    }

    pub(super) fn set_settings(&mut self, settings: Settings) -> Settings {
        self.overview.take();
        std::mem::replace(&mut self.settings, settings)
    }

    pub(super) fn set_material(&mut self, material: Material) {
        self.overview.take();
        self.material = Some(material);
    }

    pub(super) fn set_memory(&mut self, memory: SyncMemory) -> SyncMemory {
        self.overview.take();
        std::mem::replace(&mut self.syncing.memory, memory)
    }

    pub(super) fn set_spent(&mut self, spent: Option<Fingerprint>) {
        self.overview.take();
        self.syncing.spent = spent;
    }

    /// Where secrets may go by themselves, to be changed.
    pub(super) fn places(&mut self) -> &mut Places {
        self.overview.take();
        &mut self.syncing.memory.places
    }

    /// What is known of the targets as a whole.
    pub fn overview(&self) -> &Overview {
        let (settings, syncing) = (&self.settings, &self.syncing);
        self.overview.get_or_init(|| Overview::of(settings, &syncing.memory, self.tokens(), syncing.spent.as_ref()))
    }

    /// What each target is known to hold.
    pub fn targets(&self) -> impl Iterator<Item = Standing<'_>> {
        self.overview().standings(&self.settings)
    }
}

#[cfg(test)]
mod tests;
