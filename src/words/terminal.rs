//! What is said in a terminal, beside what a command answers.

use super::sentence::{Sentence, say};
use crate::domain::facts::TrayHost;

/// Wick crashed, and nothing else is left to say it.
pub fn crashed() -> Sentence {
    say!("fault" => "Wick crashed (a bug)", "see the end of wick.log in its state folder")
}

pub fn not_printed(detail: &str) -> String {
    format!("wick: the output could not be written: {detail}")
}

/// Another Wick already has the menu bar, and was asked to show itself if someone listened.
pub fn already_running(pid: Option<u32>, asked: bool) -> String {
    let process = pid.map(|pid| format!(" (process {pid})")).unwrap_or_default();
    let what_next = if asked { "it was asked to show both clocks" } else { "look for its candle in the menu bar" };
    format!("Wick is already running{process}: {what_next}")
}

pub const IN_THE_TRAY: &str = "Wick is in the menu bar. Quit it from its menu, or with Ctrl-C here.";
/// No session bus is there.
pub const NO_TRAY: &str = "No menu bar to draw in, so here is the time left. Ctrl-C quits.";
/// The bus is there, but nobody draws icons.
pub const NO_TRAY_HOST: &str = "No panel shows tray icons here (GNOME needs its AppIndicator extension). Until one does, the time left is printed below.";
/// The bus or the panel takes what it is asked, and does not answer.
pub const SILENT: &str = "No panel has answered yet. Until one does, the time left is printed below. Ctrl-C quits.";
/// The bus has ended.
pub const GONE: &str = "Wick is no longer in the panel: the session bus has ended. Trying again; until then, the time left is printed below.";

/// Where the icon is.
pub fn host(host: &TrayHost) -> &'static str {
    match host {
        TrayHost::Present => IN_THE_TRAY,
        TrayHost::NoHost => NO_TRAY_HOST,
        TrayHost::NoBus(_) => NO_TRAY,
        TrayHost::Silent => SILENT,
        TrayHost::Gone => GONE,
    }
}

/// While the doctor looks.
pub const CHECKING: &str = "Checking every part…";
/// While a GitHub is asked.
pub const ASKING_GITHUB: &str = "Asking GitHub…";
/// While a sync begins.
pub const LOOKING: &str = "Looking at the targets…";

/// Said in a terminal that was opened for something, when that is done.
pub const IS_DONE: &str = "Press Enter to close this window. ";

/// Nothing of a token is shown: this stands in its place.
pub fn pasted(characters: usize) -> String {
    format!("({characters} characters; now press Enter) ")
}

/// The terminal does not say where a paste ends, and this may be its first line.
pub fn half(characters: usize) -> String {
    format!("({characters} characters, not a whole token yet; press Enter if that is all) ")
}

/// A terminal has said that a paste begins, and then neither went on nor said that it ends.
pub fn cut_off(characters: usize) -> String {
    format!("the paste was cut off after {characters} characters")
}

/// What was given for a token has no end.
pub const TOO_MUCH: &str = "more than any token has, with all that can stand around it";
