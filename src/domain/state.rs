//! The whole of what Wick knows, and the one function that changes it.
//!
//! `step` takes what happened and returns what should be done. It runs nothing: the shell in `app` runs the effects
//! and sends their outcomes back as events.

mod alerting;
mod looking;
mod refreshing;
mod syncing;

pub use refreshing::Refreshing;
pub use syncing::Syncing;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp, ZonedDateTime};

use super::alert;
use super::autostart::Autostart;
use super::ci_token::CiTokenMemory;
use super::memory::{Memory, Part};
use super::message::{self, item};
use super::places::Places;
use super::refresh::{Report, Trigger};
use super::settings::{RefreshMode, Setting, Settings};
use super::source::Reading;
use super::sync::memory::SyncMemory;
use super::sync::{self, Progress, Scope};
use super::time;
use super::view::{self, Action};
use looking::{LOOK_EVERY, look};

/// How long the first look is waited for before something is drawn without it.
const FIRST_LOOK: SignedDuration = SignedDuration::from_millis(300);

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
    /// Whether Wick opens at login; `None` before that was looked at.
    autostart: Option<Autostart>,
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
    /// Something was written in the credential's folder or the config's.
    FilesMoved,
    /// The menu was opened, and is to say what is true now.
    MenuOpened,
    /// A look has found that what opens Wick at login is another one.
    LoginItemMoved,
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
    /// This computer was asleep until now.
    Woke,
    /// Another profile's loop has ended, and all end together.
    Leave,
    /// Whether Wick opens at login.
    AutostartFound(Autostart),
    /// This computer reaches the internet by another way, or again.
    NetworkChanged,
    /// The user chose something, in the menu or by a notification's button.
    Chosen(Action),
    /// Something that the user chose did not work: what, and why.
    ActionFailed(&'static str, String),
}

impl Event {
    /// Whether this is the user's word to end the app.
    pub fn asks_to_quit(&self) -> bool {
        matches!(self, Self::Chosen(Action::Quit))
    }
}

/// What should be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Look at the credential's place and at the config, and read what moved.
    Look(Look),
    /// Look at the place that the settings name, from now on.
    OpenStore,
    /// Show a notification.
    Notify(Notification),
    /// Keep this of a source across restarts.
    Remember(String, Part),
    /// Refresh the credential, if it is due and may be.
    Refresh(Trigger),
    /// Sync this.
    Sync(sync::Request),
    /// Remember these places as given, where none are remembered.
    SeePlaces(Places),
    /// Write this switch into the config.
    Set(Setting),
    /// See whether Wick opens at login.
    LookAtAutostart,
    /// Open at login from now on, or no more.
    SetAutostart(bool),
    /// Do what the user chose.
    Act(Action),
    /// End this loop, since the profiles are other ones.
    Leave,
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

    /// The same with what is remembered of the one-year tokens alone.
    #[must_use]
    pub fn with_ci_tokens(mut self, memory: &SyncMemory) -> Self {
        self.syncing.memory.ci_tokens.clone_from(&memory.ci_tokens);
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

    /// Whether Wick opens at login; `None` before that was looked at.
    pub fn autostart(&self) -> Option<&Autostart> {
        self.autostart.as_ref()
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

    /// What is known of the stored one-year token.
    pub fn ci_token(&self) -> Option<&CiTokenMemory> {
        self.syncing.memory.ci_tokens.get(self.settings.profile.as_str())
    }

    fn deadlines(&self) -> Option<alert::Deadlines> {
        let credential = self.reading.as_ref()?.credential();
        Some(alert::Deadlines::of(credential, self.access_speaks(), self.ci_token().map(CiTokenMemory::end)))
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
            if !state.only_watches {
                effects.push(Effect::LookAtAutostart);
            }
            // What an earlier run left is brought to its end, or in mode `never` told of.
            effects.extend(refreshing::begin(state, Trigger::Finish));
        }
        Event::FilesMoved => effects.push(look(state, Look::IfMoved, moment)),
        Event::MenuOpened => effects.extend([look(state, Look::IfMoved, moment), Effect::LookAtAutostart]),
        Event::LoginItemMoved if !state.only_watches => effects.push(Effect::LookAtAutostart),
        Event::LoginItemMoved => {}
        Event::Tick => effects.extend(looking::regular_look(state, moment)),
        Event::Leave => effects.push(Effect::Leave),
        Event::Woke => effects.extend(looking::woke(state, moment)),
        Event::AutostartFound(autostart) => state.autostart = Some(autostart),
        Event::Loaded(reading) => {
            effects.extend(looking::loaded(state, reading, moment));
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
            let moved = settings.credential != state.settings.credential
                || settings.needs_the_ci_token() != state.settings.needs_the_ci_token();
            if !state.only_watches && !same_profiles(&settings, &state.settings) {
                effects.push(Effect::Leave);
            }
            let before = std::mem::replace(&mut state.settings, settings);
            syncing::config_changed(state, &before);
            (state.config_error, state.settings_were_read) = (None, true);
            effects.extend(syncing::see_places(state));
            if moved {
                effects.push(Effect::OpenStore);
                effects.push(look(state, Look::Again, moment));
            } else if state.settings != before {
                // What the edit has made due is not left to the next regular look.
                effects.push(look(state, Look::IfMoved, moment));
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

fn chosen(state: &mut State, action: Action, now: &ZonedDateTime) -> Option<Effect> {
    let effect = match action {
        Action::TryAgain => look(state, Look::Patiently, now.timestamp()),
        Action::ShowClocks => {
            let summary = message::clocks_summary(&view::headline(state, now));
            let body = view::TrayView::of(state, now).texts().join("\n");
            let buttons = view::way_in(state);
            Effect::Notify(Notification { summary, body, buttons })
        }
        Action::Refresh if state.settings.refresh.mode == RefreshMode::Never => {
            let error = state.config_error.as_deref().filter(|_| !state.settings_were_read);
            let why = error.map_or_else(message::refresh::read_only, message::config::invalid);
            let (summary, body) = message::refresh::failed_notice(&why);
            Effect::Notify(Notification { summary, body, buttons: vec![(Action::OpenSettings, item::OPEN_SETTINGS)] })
        }
        Action::Refresh => return refreshing::begin(state, Trigger::Clicked),
        Action::SwitchAutostart => Effect::SetAutostart(!state.autostart.as_ref().is_some_and(Autostart::is_on)),
        Action::SwitchAutomatic => Effect::Set(Setting::AutomaticRefresh(!state.settings.refresh.automatic)),
        Action::SyncAll => return syncing::asked(state, Scope::All, now.timestamp()),
        Action::SyncTarget(id) => return syncing::asked(state, Scope::Only(vec![id]), now.timestamp()),
        Action::SwitchAutomaticSync => Effect::Set(Setting::AutomaticSync(!state.settings.sync.automatic)),
        Action::ShareRefreshToken(yes) => Effect::Set(Setting::ShareRefreshToken(yes)),
        Action::SignIn | Action::OpenSettings | Action::Diagnose | Action::Quit => Effect::Act(action),
    };
    Some(effect)
}

/// Whether both list the same ones: each has a loop of its own, unless the default one has the same sign-in.
fn same_profiles(one: &Settings, other: &Settings) -> bool {
    let names = |settings: &Settings| -> Vec<_> {
        settings.profiles.iter().map(|profile| (profile.name.clone(), profile.config_dir.clone())).collect()
    };
    names(one) == names(other) && (one.profiles.is_empty() || one.credential == other.credential)
}

/// What falls due once it is known what is stored now.
fn due(state: &mut State, now: &ZonedDateTime) -> Vec<Effect> {
    let mut effects: Vec<Effect> = refreshing::begin_due(state, now.timestamp()).into_iter().collect();
    effects.extend(syncing::begin_due(state, now.timestamp()));
    effects.extend(alerting::due(state, now));
    effects
}
