//! What a screen makes of a text, and what nobody sees of it.

pub mod escapes;
pub mod fit;
pub mod near;

/// Without what a terminal would obey: a path, a variable or an argument may have been named by somebody else.
pub fn harmless(text: &str) -> String {
    text.replace(|letter: char| letter.is_control() && !"\n\t".contains(letter), " ")
}

/// A text as one word of a POSIX shell.
pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Whether it only tells how others are to be shown: from right to left, joined, or not at all. With those, a text reads
/// otherwise than it is; pages and chats put some between or around words.
pub fn is_invisible(letter: char) -> bool {
    matches!(letter,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}
