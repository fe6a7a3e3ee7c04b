//! One short line for the status lines of other programs: the candle's shape, and the time left.

use jiff::{SignedDuration, ZonedDateTime};

use super::icon::{headline, icon, main_end, steps};
use crate::domain::settings::{IconStyle, Title};
use crate::domain::state::State;
use crate::ports::screen::{Icon, Mark, Wax};
use crate::report::rows::Tone;
use crate::words::menu::title;

/// A burning candle, from its last step to a whole one.
const CANDLE: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// What the line says, and how much it matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusLine {
    /// The shape and the words, without color.
    pub text: String,
    /// For those who like to see it in color, too.
    pub tone: Tone,
}

impl StatusLine {
    /// Of `state` at `now`.
    pub fn of(mut state: State, now: &ZonedDateTime) -> Self {
        // The time left stands beside it.
        state.settings.tray.icon = IconStyle::Candle;
        let window = match state.settings.tray.title {
            Title::Login => state.settings.alerts.login.iter().copied().max().unwrap_or_default(),
            Title::Access | Title::Soonest | Title::None => state.settings.expiry_window(),
        };
        let left = main_end(&state).map(|end| end.duration_since(now.timestamp()));
        let icon = icon(&state, now);
        let alive = if left.is_some_and(|left: SignedDuration| left <= window) { Tone::Warning } else { Tone::Good };
        let (shape, mut tone) = match icon {
            Icon::Candle(Wax::Steps(_) | Wax::Puddle, _) => {
                (CANDLE[usize::from(steps(&state, now, 8).max(1)) - 1], alive)
            }
            Icon::Candle(Wax::BurntOut, _) => ('×', Tone::Bad),
            Icon::Unlit => ('○', Tone::Bad),
            Icon::Unknown | Icon::Digits(_) => ('?', Tone::Bad),
        };
        let failed = matches!(icon, Icon::Candle(_, Some(Mark::Failed)));
        if failed {
            tone = Tone::Bad;
        }
        let mark = if failed { "!" } else { "" };
        Self { text: format!("{shape}{mark} {}", headline(&state, now)), tone }
    }

    /// Where the config is not understood.
    pub fn config_error() -> Self {
        Self { text: format!("? {}", title::CONFIG_ERROR), tone: Tone::Bad }
    }

    /// The line, in the colors of a terminal where that is wanted: green, yellow, red.
    pub fn painted(&self, is_colored: bool) -> String {
        if is_colored { self.tone.paint(&self.text) } else { self.text.clone() }
    }
}
