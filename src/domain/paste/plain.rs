//! The letters of a pasted text, without what only a screen makes something of.

use crate::domain::secret::Secret;
use crate::domain::text::escapes::Escapes;
use crate::domain::text::is_invisible;

/// The text without colors and other codes, and without characters that have no width.
pub fn plain(text: &Secret) -> Secret {
    let mut escapes = Escapes::default();
    // Of its full size at once: a text that grows would leave copies behind.
    let mut plain = String::with_capacity(text.expose().len());
    let letters = text.expose().chars().filter_map(|letter| escapes.take(letter));
    plain.extend(letters.filter(|letter| letter.is_whitespace() || !letter.is_control() && !is_invisible(*letter)));
    Secret::from(plain)
}
