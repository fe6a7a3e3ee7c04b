//! The letters of a pasted text, without what only a screen makes something of.

use super::escapes::Escapes;
use crate::domain::secret::Secret;

/// The text without colors and other codes, and without characters that have no width.
pub fn plain(text: &Secret) -> Secret {
    let mut escapes = Escapes::default();
    // Of its full size at once: a text that grows would leave copies behind.
    let mut plain = String::with_capacity(text.expose().len());
    let letters = text.expose().chars().filter_map(|letter| escapes.take(letter));
    plain.extend(letters.filter(|letter| letter.is_whitespace() || !letter.is_control() && !is_invisible(*letter)));
    Secret::from(plain)
}

/// Of Unicode's format characters, those that pages and chats put between or around words.
fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}
