//! The whole of what Wick knows, and the one function that changes it.
//!
//! `step` takes what happened and returns what should be done. It runs nothing: the shell in `app` runs the effects
//! and sends their outcomes back as events.

mod refreshing;
mod syncing;

pub use refreshing::Refreshing;
pub use syncing::Syncing;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp, ZonedDateTime};

use super::alert;
use super::credential::Contents;
use super::memory::{Memory, Part};
use super::message::{self, item};
use super::refresh::{Report, Trigger};
use super::settings::{CredentialSettings, RefreshMode, Setting, Settings};
use super::source::{Problem, Reading};
use super::sync::memory::SyncMemory;
use super::sync::{self, Progress, Scope};
use super::time;
use super::view::{self, Action};

/// The longest sleep of the loop. Also how long a changed clock, a woken laptop or an absent folder goes unnoticed where
/// nothing reports it.
const LOOK_EVERY: SignedDuration = SignedDuration::from_secs(60);
/// The timer may be a little early or late against [`LOOK_EVERY`]; a look is then taken all the same.
const LOOK_TOLERANCE: SignedDuration = SignedDuration::from_secs(5);
/// How long the first look is waited for before something is drawn without it.
const FIRST_LOOK: SignedDuration = SignedDuration::from_millis(300);
/// How long a file that suddenly makes no sense is given to be written to its end.
const HALF_WRITTEN: SignedDuration = SignedDuration::from_millis(500);
/// Dates of keychain items have whole seconds: one that is younger may hide a second change.
const UNSETTLED: SignedDuration = SignedDuration::from_secs(2);

/// What Wick knows.
#[derive(Clone, Debug, Default)]
pub struct State {
    settings: Settings,
    home: String,
    config_error: Option<String>,
    /// Whether the settings in use were read, and are not the defaults for want of others.
    settings_were_read: bool,
    reading: Option<Reading>,
    memories: BTreeMap<String, Memory>,
    /// The latest moment that is known to have passed.
    seen: Option<Timestamp>,
    looked_at: Option<Timestamp>,
    /// A look that is due before the regular one.
    look_due: Option<Timestamp>,
    /// Until then, bytes that make no sense where a credential was may be half-written.
    suspicious_until: Option<Timestamp>,
    started_at: Option<Timestamp>,
    /// Whether this state only shows what others do.
    only_watches: bool,
    refreshing: Refreshing,
    syncing: Syncing,
}

/// What happened.
#[derive(Debug)]
pub enum Event {
    /// The loop begins.
    Started,
    /// A moment came that [`State::wake_at`] had named.
    Tick,
    /// Something was written in the credential's folder or the config's, or the menu was opened.
    FilesMoved,
    /// A look has ended, and the credential was read.
    Loaded(Reading),
    /// A look has ended, and nothing had moved.
    NothingMoved,
    /// The config was read again; `Err` says what is wrong with it.
    ConfigLoaded(Result<Settings, String>),
    /// A refresh has ended.
    RefreshEnded(Report),
    /// A look has found the journal of a refresh that was not brought to its end.
    JournalFound,
    /// A look has found that more is remembered of syncing, as after a command.
    SyncRemembered(SyncMemory),
    /// How far the sync is that runs.
    SyncProgressed(Progress),
    /// A sync has ended, and this is remembered now.
    SyncEnded(sync::report::Report, SyncMemory),
    /// This computer reaches the internet by another way, or again.
    NetworkChanged,
    /// The user chose something, in the menu or by a notification's button.
    Chosen(Action),
    /// Something that the user chose did not work: what, and why.
    ActionFailed(&'static str, String),
}

/// What should be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Look at the credential's place and at the config, and read what moved.
    Look(Look),
    /// Look at another place from now on.
    OpenStore(CredentialSettings),
    /// Show a notification.
    Notify(Notification),
    /// Keep this of a source across restarts.
    Remember(String, Part),
    /// Refresh the credential, if it is due and may be.
    Refresh(Trigger),
    /// Sync this.
    Sync(sync::Request),
    /// Remember these places as given, where none are remembered.
    SeePlaces(BTreeSet<String>),
    /// Write this switch into the config.
    Set(Setting),
    /// Do what the user chose.
    Act(Action),
}

/// How hard to look; of two, the greater one does the work of both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Look {
    /// Read only what moved since the last read, and nothing that might raise a prompt again.
    IfMoved,
    /// Read whether or not it moved.
    Again,
    /// Read, and wait as long as a person needs to approve a prompt.
    Patiently,
}

/// A notification as plain data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// The first line.
    pub summary: String,
    /// The rest.
    pub body: String,
    /// Buttons, where the system has them.
    pub buttons: Vec<(Action, &'static str)>,
}

impl State {
    /// A state that has read nothing yet. `memories` is what `state.json` holds, by source.
    pub fn new(settings: Settings, home: String, memories: BTreeMap<String, Memory>) -> Self {
        Self { settings, home, memories, ..Self::default() }
    }

    /// The same for one who only shows: it refreshes and syncs nothing.
    #[must_use]
    pub fn only_watching(mut self) -> Self {
        self.only_watches = true;
        self
    }

    /// The same with what is remembered of syncing.
    #[must_use]
    pub fn remembering(mut self, memory: SyncMemory) -> Self {
        self.syncing.memory = memory;
        self
    }

    /// The settings in use.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The user's home folder, to be written as `~`.
    pub fn home(&self) -> &str {
        &self.home
    }

    /// What is wrong with the config, where the last good one is in use instead.
    pub fn config_error(&self) -> Option<&str> {
        self.config_error.as_deref()
    }

    /// Whether the settings in use were read, and are not the defaults for want of others.
    pub fn settings_were_read(&self) -> bool {
        self.settings_were_read
    }

    /// Whether there is something to draw: the first look takes a moment, unless the keychain keeps it waiting.
    pub fn is_worth_drawing(&self, now: Timestamp) -> bool {
        self.reading.is_some() || self.started_at.is_some_and(|started| now.duration_since(started) >= FIRST_LOOK)
    }

    /// What the last look brought; `None` before the first.
    pub fn reading(&self) -> Option<&Reading> {
        self.reading.as_ref()
    }

    /// The latest moment that is known to have passed: a clock that shows an earlier one went back.
    pub fn seen(&self) -> Option<Timestamp> {
        self.seen
    }

    /// The next moment at which something visible or due changes.
    pub fn wake_at(&self, now: Timestamp) -> Timestamp {
        let regular = now.saturating_add(LOOK_EVERY).unwrap_or(Timestamp::MAX);
        let credential = self.reading.as_ref().and_then(Reading::credential);
        let clocks = credential.into_iter().flat_map(|credential| [credential.expires_at, credential.login_expires_at]);
        let texts = clocks.flatten().filter_map(|end| time::next_change(end, now));
        let alert = self.deadlines().and_then(|deadlines| alert::next(deadlines, &self.settings.alerts, now));
        let first =
            self.started_at.and_then(|started| started.checked_add(FIRST_LOOK).ok()).filter(|first| *first > now);
        // One that is due already begins when the look under way has ended.
        let refresh = self.refresh_due(now).filter(|due| *due > now);
        let sync = self.sync_due(now).filter(|due| *due > now);
        let moments = texts.chain(alert).chain(self.look_due).chain(refresh).chain(sync).chain(first);
        moments.chain([regular]).min().unwrap_or(regular).max(now)
    }

    fn deadlines(&self) -> Option<alert::Deadlines> {
        let reading = self.reading.as_ref()?;
        Some(alert::Deadlines::of(reading.credential()?, self.access_speaks()))
    }
}

/// Takes in what happened and returns what should be done.
pub fn step(state: &mut State, event: Event, now: &ZonedDateTime) -> Vec<Effect> {
    let moment = now.timestamp();
    let mut effects = Vec::new();
    match event {
        Event::Started => {
            state.started_at = Some(moment);
            effects.push(look(state, Look::IfMoved, moment));
            // What an earlier run left is brought to its end, or in mode `never` told of.
            effects.extend(refreshing::begin(state, Trigger::Finish));
        }
        Event::FilesMoved => effects.push(look(state, Look::IfMoved, moment)),
        Event::Tick => effects.extend(regular_look(state, moment)),
        Event::Loaded(reading) => {
            effects.extend(loaded(state, reading, moment));
            effects.extend(due(state, now));
        }
        Event::NothingMoved => effects.extend(due(state, now)),
        Event::RefreshEnded(report) => {
            effects.extend(refreshing::ended(state, report, now));
            effects.extend(syncing::refresh_ended(state));
        }
        Event::JournalFound => refreshing::journal_found(state),
        Event::SyncRemembered(memory) => effects.extend(syncing::remembered(state, memory)),
        Event::SyncProgressed(progress) => syncing::progressed(state, progress),
        Event::SyncEnded(report, memory) => effects.extend(syncing::ended(state, &report, memory, now)),
        Event::NetworkChanged => {
            effects.extend(refreshing::network_changed(state, moment));
            effects.extend(syncing::network_changed(state, moment));
        }
        Event::ConfigLoaded(Ok(settings)) => {
            let moved = settings.credential != state.settings.credential;
            let before = std::mem::replace(&mut state.settings, settings);
            syncing::config_changed(state, &before);
            (state.config_error, state.settings_were_read) = (None, true);
            effects.extend(syncing::see_places(state));
            if moved {
                effects.push(Effect::OpenStore(state.settings.credential.clone()));
                effects.push(look(state, Look::Again, moment));
            }
        }
        Event::ConfigLoaded(Err(error)) => state.config_error = Some(error),
        Event::Chosen(action) => effects.extend(chosen(state, action, now)),
        Event::ActionFailed(what, detail) => {
            let (summary, body) = message::action_failed(what, &detail);
            effects.push(Effect::Notify(Notification { summary, body, buttons: Vec::new() }));
        }
    }
    state.seen = state.seen.max(Some(moment));
    effects
}

fn look(state: &mut State, how: Look, now: Timestamp) -> Effect {
    state.looked_at = Some(now);
    // One that reads only what moved does not do the work of one that was asked to read again.
    if how != Look::IfMoved {
        state.look_due = None;
    }
    Effect::Look(how)
}

fn regular_look(state: &mut State, now: Timestamp) -> Option<Effect> {
    if state.look_due.is_some_and(|due| due <= now) {
        return Some(look(state, Look::Again, now));
    }
    let since = state.looked_at.map(|then| now.duration_since(then));
    // A negative span: the clock went back, and the next regular look would be as far away as it went.
    let due = since.is_none_or(|since| since.is_negative() || since + LOOK_TOLERANCE >= LOOK_EVERY);
    // Before an alert speaks it is made sure that what it is about is still what is stored.
    let is_due = |due: Option<Timestamp>| due.is_some_and(|due| due <= now);
    let work = is_due(state.refresh_due(now)) || is_due(state.sync_due(now));
    (due || work || is_alert_due(state, now)).then(|| look(state, Look::IfMoved, now))
}

fn is_alert_due(state: &State, now: Timestamp) -> bool {
    let Some(reading) = &state.reading else { return false };
    let memory = state.memories.get(&reading.location.to_string()).cloned().unwrap_or_default();
    state.deadlines().is_some_and(|deadlines| alert::is_due(deadlines, &state.settings.alerts, &memory.alerts, now))
}

fn loaded(state: &mut State, reading: Reading, now: Timestamp) -> Option<Effect> {
    let before = state.reading.as_ref().filter(|old| old.location == reading.location);
    let had_credential = before.is_some_and(|old| old.credential().is_some());
    if had_credential && matches!(reading.outcome, Err(Problem::Malformed(_))) {
        let grace_ends = now.checked_add(HALF_WRITTEN).unwrap_or(now);
        // A clock that went back must not make the grace longer.
        let until = state.suspicious_until.map_or(grace_ends, |until| until.min(grace_ends));
        state.suspicious_until = Some(until);
        if now < until {
            state.look_due = Some(until);
            return None;
        }
    }
    state.suspicious_until = None;
    if !reading.settled {
        state.look_due = now.checked_add(UNSETTLED).ok();
    }
    if state.reading.as_ref().is_none_or(|old| old.modified != reading.modified) {
        // Written since: whatever clock was shown before has nothing to do with this one.
        state.seen = Some(now);
    }
    let notice = match &reading.outcome {
        Ok(Contents::SignedOut { login_ended }) if had_credential => {
            let (summary, body) = message::signed_out_notice(login_ended.as_deref());
            let buttons = vec![(Action::SignIn, item::SIGN_IN)];
            Some(Effect::Notify(Notification { summary, body, buttons }))
        }
        _ => None,
    };
    let token = |reading: &Reading| reading.credential().and_then(|credential| credential.refresh_token.clone());
    let anew = state.reading.as_ref().is_some_and(|old| token(old) != token(&reading));
    state.reading = Some(reading);
    if anew {
        refreshing::signed_in_anew(state);
    }
    notice
}

fn chosen(state: &mut State, action: Action, now: &ZonedDateTime) -> Option<Effect> {
    let effect = match action {
        Action::TryAgain => look(state, Look::Patiently, now.timestamp()),
        Action::ShowClocks => {
            let summary = message::clocks_summary(&view::headline(state, now));
            let body = view::TrayView::of(state, now).texts().join("\n");
            let refreshes = state.settings.refresh.mode != RefreshMode::Never
                && state.reading.as_ref().is_some_and(|reading| reading.credential().is_some());
            let mut buttons = vec![(Action::SignIn, item::SIGN_IN), (Action::Diagnose, item::DIAGNOSE)];
            if refreshes {
                buttons.insert(0, (Action::Refresh, item::REFRESH));
            }
            Effect::Notify(Notification { summary, body, buttons })
        }
        Action::Refresh if state.settings.refresh.mode == RefreshMode::Never => {
            let (summary, body) = message::refresh::failed_notice(&message::refresh::read_only());
            Effect::Notify(Notification { summary, body, buttons: vec![(Action::OpenSettings, item::OPEN_SETTINGS)] })
        }
        Action::Refresh => return refreshing::begin(state, Trigger::Clicked),
        Action::SwitchAutomatic => Effect::Set(Setting::AutomaticRefresh(!state.settings.refresh.automatic)),
        Action::SyncAll => return syncing::asked(state, Scope::All, now.timestamp()),
        Action::SyncTarget(id) => return syncing::asked(state, Scope::Only(vec![id]), now.timestamp()),
        Action::SwitchAutomaticSync => Effect::Set(Setting::AutomaticSync(!state.settings.sync.automatic)),
        Action::ShareRefreshToken(yes) => Effect::Set(Setting::ShareRefreshToken(yes)),
        Action::SignIn | Action::OpenSettings | Action::Diagnose | Action::Quit => Effect::Act(action),
    };
    Some(effect)
}

/// What falls due once it is known what is stored now.
fn due(state: &mut State, now: &ZonedDateTime) -> Vec<Effect> {
    let mut effects: Vec<Effect> = refreshing::begin_due(state, now.timestamp()).into_iter().collect();
    effects.extend(syncing::begin_due(state, now.timestamp()));
    effects.extend(due_alert(state, now));
    effects
}

fn due_alert(state: &mut State, now: &ZonedDateTime) -> Vec<Effect> {
    let (Some(reading), Some(deadlines)) = (&state.reading, state.deadlines()) else { return Vec::new() };
    let source = reading.location.to_string();
    let memory = state.memories.entry(source.clone()).or_default();
    let Some(alert) = alert::due(deadlines, &state.settings.alerts, &mut memory.alerts, now.timestamp()) else {
        return Vec::new();
    };
    let (summary, body) = message::alert(&alert, now);
    let button = match alert.clock {
        alert::Clock::Access => (Action::Refresh, item::REFRESH),
        alert::Clock::Login => (Action::SignIn, item::SIGN_IN),
    };
    let notification = Notification { summary, body, buttons: vec![button] };
    vec![Effect::Notify(notification), Effect::Remember(source, Part::Alerts(memory.alerts.clone()))]
}
