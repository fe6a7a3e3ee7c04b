//! The menu bar, and what it shows, as plain data.

use jiff::ZonedDateTime;

use crate::domain::action::Action;
use crate::domain::facts::TrayHost;
use crate::domain::state::State;

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

/// What the icon shows, by its shape.
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
