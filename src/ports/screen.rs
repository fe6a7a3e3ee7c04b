//! The menu bar, and what it shows, as plain data.

use jiff::ZonedDateTime;

use crate::domain::action::Action;
use crate::domain::facts::TrayHost;
use crate::domain::state::State;

/// Everything the menu bar shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrayView {
    pub icon: Icon,
    /// The text beside it; empty for none.
    pub title: String,
    /// The text under the pointer.
    pub tooltip: String,
    /// The menu, from top to bottom.
    pub menu: Vec<Entry>,
}

/// What the icon shows, by its shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Icon {
    /// A candle, and what stands beside it.
    Candle(Wax, Option<Mark>),
    /// A candle without a flame, struck out: nobody is signed in.
    Unlit,
    /// An exclamation mark: what is there is not known.
    Unknown,
    /// The time left, such as `3h`, `12m` or `26d`.
    Digits(String),
}

/// What is left of the candle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wax {
    /// It burns, so many of [`CANDLE_STEPS`] high.
    Steps(u8),
    /// A large flame over molten wax: the last minutes.
    Puddle,
    /// A stub that smokes: the token has ended.
    BurntOut,
}

/// What stands beside the candle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// A dot: the sign-in ends within days.
    SignInEnds,
    /// An exclamation mark: a refresh or a sync failed.
    Failed,
    /// An arrow with two heads: a refresh or a sync is under way.
    Busy,
}

/// How many heights a burning candle has: as many as can be told apart at 16 pixels.
pub const CANDLE_STEPS: u8 = 4;

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

impl TrayView {
    pub fn empty() -> Self {
        Self { icon: Icon::Unknown, title: String::new(), tooltip: String::new(), menu: Vec::new() }
    }

    /// The menu's lines that are there to be read.
    pub fn texts(&self) -> Vec<&str> {
        let texts = self.menu.iter().filter_map(|entry| match entry {
            Entry::Text(text) | Entry::Profile(_, text, _) => Some(text.as_str()),
            Entry::Separator | Entry::Button(..) | Entry::Switch(..) | Entry::Group(..) => None,
        });
        texts.collect()
    }
}

/// Where the state is drawn.
pub trait Screen: Send {
    /// Draws what is known at `now`.
    fn draw(&mut self, state: &State, now: &ZonedDateTime);
}

/// Says to whoever started the program in a terminal where the icon is.
pub type HostWords = fn(&TrayHost) -> &'static str;
