//! The menu bar as plain data: icon, title, tooltip and menu of a state at a moment.

mod buttons;
mod profiles;
mod targets;

pub use buttons::{renewing, way_in};
pub use profiles::{ProfileView, together};

use jiff::{SignedDuration, Timestamp, ZonedDateTime};

use super::alert::Clock;
use super::autostart::Autostart;
use super::credential::{Contents, Credential};
use super::expiry::Freshness;
use super::message::{self, autostart as autostart_words, item, refresh as words, title};
use super::refresh::{Outcome, Trigger};
use super::settings::{IconStyle, RefreshMode, Title};
use super::source::{Problem, Reading};
use super::state::State;
use super::target::TargetId;
use super::time::{EpochMillis, short};

/// Everything the menu bar shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrayView {
    /// The picture.
    pub icon: Icon,
    /// The text beside it; empty for none.
    pub title: String,
    /// The text under the pointer.
    pub tooltip: String,
    /// The menu, from top to bottom.
    pub menu: Vec<Entry>,
}

/// What the icon tells, by its shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Icon {
    /// A burning candle of so many [`CANDLE_STEPS`].
    Candle(u8),
    /// A burnt-out stub: the token has ended.
    BurntOut,
    /// A candle that was never lit: nobody is signed in.
    Unlit,
    /// An exclamation mark: what is there is not known.
    Unknown,
    /// A candle of so many steps with an exclamation mark beside it: a refresh or a sync failed, and the user is to act.
    Troubled(u8),
    /// A candle of so many steps with an arrow beside it: targets are being written to.
    Syncing(u8),
    /// The time left, such as `3h`, `12m` or `26d`.
    Digits(String),
}

/// How many heights a burning candle has.
pub const CANDLE_STEPS: u8 = 8;
/// How long an access token usually lives, by what users report; a longer one is shown as a whole candle.
const ACCESS_LIFE: SignedDuration = SignedDuration::from_hours(8);
/// How long a sign-in usually lives: 27 to 30 days by what users report.
const LOGIN_LIFE: SignedDuration = SignedDuration::from_hours(28 * 24);

/// One line of the menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A line between groups.
    Separator,
    /// Something to read.
    Text(String),
    /// Something to click.
    Button(Action, String),
    /// Something that is on or off.
    Switch(Action, &'static str, bool),
    /// A menu of its own under a heading.
    Group(String, Vec<Self>),
    /// The menu of the profile of this number under its heading, where there are several.
    Profile(usize, String, Vec<Self>),
}

/// What a click asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Show both clocks as a notification.
    ShowClocks,
    /// Open Claude Code's own sign-in in a terminal.
    SignIn,
    /// Read the credential now, waiting as long as a person needs to approve a prompt.
    TryAgain,
    /// Refresh the access token.
    Refresh,
    /// Open at login from now on, or no more.
    SwitchAutostart,
    /// Refresh by itself from now on, or no more.
    SwitchAutomatic,
    /// Sync every target.
    SyncAll,
    /// Sync this one.
    SyncTarget(TargetId),
    /// Sync by itself from now on, or no more.
    SwitchAutomaticSync,
    /// Give targets the refresh token from now on, or no more.
    ShareRefreshToken(bool),
    /// Open the config.
    OpenSettings,
    /// Write the doctor's report and open it.
    Diagnose,
    /// End Wick.
    Quit,
}

impl TrayView {
    /// What is shown of `state` at `now`.
    pub fn of(state: &State, now: &ZonedDateTime) -> Self {
        let lines = lines(state, now);
        let tooltip = complaints(state, now).iter().chain(&lines).take(2).cloned().collect::<Vec<_>>().join("\n");
        let mut groups = own(state, now);
        let mut common = common(state);
        // Alone, what is one's own and what is common stand together.
        if let (Some(last), Some(first)) = (groups.last_mut(), common.first_mut()) {
            last.splice(1..1, first.drain(..));
        }
        groups.extend(common.into_iter().filter(|group| !group.is_empty()));
        Self { icon: icon(state, now), title: shown_title(state, now), tooltip, menu: groups.join(&Entry::Separator) }
    }

    /// Nothing at all.
    fn empty() -> Self {
        Self { icon: Icon::Unknown, title: String::new(), tooltip: String::new(), menu: Vec::new() }
    }

    /// The menu's lines that are there to be read.
    pub fn texts(&self) -> Vec<&str> {
        self.menu.iter().filter_map(Entry::text).collect()
    }
}

impl Entry {
    fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Profile(_, text, _) => Some(text),
            Self::Separator | Self::Button(..) | Self::Switch(..) | Self::Group(..) => None,
        }
    }
}

/// What is wrong, and what to do, a line each.
fn complaints(state: &State, now: &ZonedDateTime) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(sentence) = state.reading().and_then(|reading| reading.complaint(state.seen(), now.timestamp())) {
        lines.push(message::capital(&sentence.message));
        lines.push(message::capital(&sentence.action));
    }
    if let Some(error) = state.config_error() {
        lines.extend(message::config::kept(error, state.settings_were_read()));
    }
    lines
}

/// Refreshing: what became of the last one, the button, the switch.
fn refreshing(state: &State, now: &ZonedDateTime) -> Vec<Entry> {
    let settings = &state.settings().refresh;
    if settings.mode == RefreshMode::Never {
        if state.config_error().is_some() && !state.settings_were_read() {
            // For want of settings, which is said above.
            return Vec::new();
        }
        let report = state.refreshing().last.as_ref().filter(|(_, report)| report.outcome == Outcome::NotAllowed);
        let left = report.and_then(|(_, report)| report.error.as_ref());
        let left =
            left.into_iter().flat_map(|error| [message::capital(&error.message), message::capital(&error.action)]);
        return [words::READ_ONLY.to_owned()].into_iter().chain(left).map(Entry::Text).collect();
    }
    let credential = state.reading().and_then(Reading::credential);
    if credential.is_none() && !state.refreshing().kept {
        return Vec::new();
    }
    let mut entries = Vec::new();
    if let Some((at, report)) = &state.refreshing().last {
        entries.push(Entry::Text(match report.outcome {
            Outcome::Refreshed => words::done(*at, now),
            Outcome::AlreadyRefreshed => words::adopted(*at, now),
            _ => words::failed_at(*at, report.error.as_ref().map_or("", |error| &error.message), now),
        }));
        entries.extend(report.error.as_ref().map(|error| Entry::Text(message::capital(&error.action))));
    } else if let Some(failure) = state.standing_failure() {
        let sentence = words::remembered(failure);
        entries.push(Entry::Text(words::failed_at(failure.at, &sentence.message, now)));
        entries.push(Entry::Text(message::capital(&sentence.action)));
    }
    if let Some(next) = state.next_try(now.timestamp()) {
        entries.push(Entry::Text(words::next_try(next, now)));
    }
    if state.waits_for_a_click() {
        entries.push(Entry::Text(words::NEW_ENDPOINT.to_owned()));
    }
    if state.refreshing().running.is_some_and(|trigger| trigger > Trigger::Finish) {
        entries.push(Entry::Text(words::REFRESHING.to_owned()));
    } else if state.refreshing().kept || credential.is_some_and(|found| found.refresh_token.is_some()) {
        entries.push(Entry::Button(Action::Refresh, words::REFRESH_NOW.to_owned()));
    }
    entries.push(Entry::Switch(Action::SwitchAutomatic, words::AUTOMATICALLY, settings.automatic));
    entries
}

/// What is about one profile, group by group.
fn own(state: &State, now: &ZonedDateTime) -> Vec<Vec<Entry>> {
    let try_again = state.reading().is_some_and(|reading| reading.outcome.as_ref().is_err_and(Problem::needs_a_click));
    let groups = [
        complaints(state, now).into_iter().map(Entry::Text).collect(),
        lines(state, now).into_iter().map(Entry::Text).collect(),
        refreshing(state, now),
        targets::entries(state, now),
        try_again.then_some(Entry::Button(Action::TryAgain, item::TRY_AGAIN.to_owned())).into_iter().collect(),
        vec![
            Entry::Button(Action::SignIn, item::SIGN_IN.to_owned()),
            Entry::Button(Action::Diagnose, item::DIAGNOSE.to_owned()),
        ],
    ];
    groups.into_iter().filter(|group: &Vec<Entry>| !group.is_empty()).collect()
}

/// What is about the app as a whole, group by group.
fn common(state: &State) -> Vec<Vec<Entry>> {
    let mut settings = vec![Entry::Button(Action::OpenSettings, item::OPEN_SETTINGS.to_owned())];
    settings.extend(autostart(state));
    vec![settings, vec![Entry::Button(Action::Quit, item::QUIT.to_owned())]]
}

/// The switch for opening at login, where that is possible.
fn autostart(state: &State) -> Vec<Entry> {
    let Some(known) = state.autostart().filter(|known| !matches!(known, Autostart::Unavailable(_))) else {
        return Vec::new();
    };
    let switch = Entry::Switch(Action::SwitchAutostart, autostart_words::OPEN_AT_LOGIN, known.is_on());
    let hint = autostart_words::hint(known).map(|hint| Entry::Text(message::capital(&hint)));
    [switch].into_iter().chain(hint).collect()
}

/// What is known: both clocks, the account, the source.
fn lines(state: &State, now: &ZonedDateTime) -> Vec<String> {
    let Some(reading) = state.reading() else { return Vec::new() };
    let mut lines = Vec::new();
    if let Some(credential) = reading.credential() {
        let clock = |end: Option<EpochMillis>| {
            let window = state.settings().expiry_window();
            message::clock(end, Freshness::of(end, window, now.timestamp()), now)
        };
        lines.push(format!("{}: {}", message::ACCESS_TOKEN, clock(credential.expires_at)));
        lines.push(format!("{}: {}", message::LOGIN, clock(credential.login_expires_at)));
        lines.extend(message::account(credential).map(|account| format!("{}: {account}", message::ACCOUNT)));
    }
    if let Some(memory) = state.ci_token() {
        lines.push(format!("{}: {}", message::ci_token::CI_TOKEN, message::ci_token::clock(memory, now)));
    }
    lines.push(format!("{}: {}", message::SOURCE, message::source(&reading.location, state.home())));
    lines
}

/// The clock that title and icon are about: which, and what it says.
fn main_clock(state: &State, now: &ZonedDateTime) -> Option<(Clock, Freshness)> {
    let credential = state.reading()?.credential()?;
    let clock = main_clock_of(state, credential);
    let end = if clock == Clock::Login { credential.login_expires_at } else { credential.expires_at };
    Some((clock, Freshness::of(end, state.settings().expiry_window(), now.timestamp())))
}

fn main_clock_of(state: &State, credential: &Credential) -> Clock {
    let (access, login) = (credential.expires_at, credential.login_expires_at);
    let login_first = access.is_none_or(|access| login.is_some_and(|login| login < access));
    match state.settings().tray.title {
        Title::Login => Clock::Login,
        Title::Soonest if login_first => Clock::Login,
        Title::Access | Title::None | Title::Soonest => Clock::Access,
    }
}

/// When the clock ends that title and icon are about.
fn main_end(state: &State) -> Option<Timestamp> {
    let credential = state.reading()?.credential()?;
    let is_login = main_clock_of(state, credential) == Clock::Login;
    let end = if is_login { credential.login_expires_at } else { credential.expires_at };
    end.and_then(EpochMillis::timestamp)
}

fn shown_title(state: &State, now: &ZonedDateTime) -> String {
    if state.settings().tray.title == Title::None { String::new() } else { headline(state, now) }
}

/// The whole in a few characters: `3h 12m`, `expired`, `signed out`.
pub fn headline(state: &State, now: &ZonedDateTime) -> String {
    match main_clock(state, now) {
        Some((_, Freshness::Fresh { left } | Freshness::ExpiringSoon { left })) => short(left),
        Some((_, Freshness::Expired { .. })) => title::EXPIRED.to_owned(),
        Some((_, Freshness::Unknown)) => title::NO_END.to_owned(),
        None => match state.reading().map(|reading| &reading.outcome) {
            None => title::LOADING,
            Some(Err(Problem::Absent | Problem::FolderAbsent)) => title::NOT_FOUND,
            Some(Ok(Contents::SignedOut { .. } | Contents::NoSignIn)) => title::SIGNED_OUT,
            Some(_) => title::UNREADABLE,
        }
        .to_owned(),
    }
}

fn icon(state: &State, now: &ZonedDateTime) -> Icon {
    let lit = |clock: Clock, left: Option<SignedDuration>| {
        let life = if clock == Clock::Login { LOGIN_LIFE } else { ACCESS_LIFE };
        let begun = left.map(|left| left.as_mins() * i64::from(CANDLE_STEPS) / life.as_mins() + 1);
        let begun = begun.and_then(|begun| u8::try_from(begun).ok());
        let steps = begun.map_or(CANDLE_STEPS, |steps| steps.min(CANDLE_STEPS));
        let failed = state.standing_failure().is_some_and(|failure| !failure.passes());
        // What is wrong has a shape of its own, whatever the user likes to see else.
        if state.syncing().running.is_some() {
            return Icon::Syncing(steps);
        }
        if failed || targets::are_failed(state) {
            return Icon::Troubled(steps);
        }
        match left.filter(|_| state.settings().tray.icon == IconStyle::Time) {
            Some(left) => Icon::Digits(short(left).split(' ').next().unwrap_or_default().to_owned()),
            None => Icon::Candle(steps),
        }
    };
    match main_clock(state, now) {
        Some((clock, Freshness::Fresh { left } | Freshness::ExpiringSoon { left })) => lit(clock, Some(left)),
        Some((clock, Freshness::Unknown)) => lit(clock, None),
        Some((_, Freshness::Expired { .. })) => Icon::BurntOut,
        None => match state.reading().map(|reading| &reading.outcome) {
            Some(Ok(_) | Err(Problem::Absent | Problem::FolderAbsent)) => Icon::Unlit,
            None | Some(Err(_)) => Icon::Unknown,
        },
    }
}
