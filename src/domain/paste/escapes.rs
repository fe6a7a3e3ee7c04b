//! Tells text from the codes by which a program colors it and moves the cursor (ECMA-48).

/// Where in a code the reader is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum At {
    #[default]
    Text,
    /// After an escape.
    Escape,
    /// Within `ESC [ … letter`.
    Control,
    /// Within `ESC ] … BEL`, such as a link or a title.
    Words,
    /// After an escape within that, which may end it.
    WordsEscape,
}

/// A reader that takes one character after the other.
#[derive(Clone, Copy, Debug, Default)]
pub struct Escapes(At);

impl Escapes {
    /// Whether a code has begun and not ended.
    pub fn is_in_a_code(self) -> bool {
        self.0 != At::Text
    }

    /// Whether that is one with a text in it, such as a title or a link's address.
    pub fn is_in_words(self) -> bool {
        matches!(self.0, At::Words | At::WordsEscape)
    }

    /// The character as far as it is text. A code that moves the cursor stands for a blank or a line break; of any other,
    /// nothing is left.
    pub fn take(&mut self, letter: char) -> Option<char> {
        let (at, text) = match (self.0, letter) {
            (At::Text | At::Control | At::Escape, '\x1b') | (At::Escape, ' '..='/') => (At::Escape, None),
            (At::Text, '\u{9b}') | (At::Escape, '[') => (At::Control, None),
            (At::Escape, ']' | 'P' | 'X' | '^' | '_') | (At::Text, '\u{90}' | '\u{98}' | '\u{9d}'..='\u{9f}') => {
                (At::Words, None)
            }
            (At::Control, '@'..='~') => (At::Text, moved(letter)),
            // A code that was cut off ends with its line: it must not swallow what follows.
            (_, '\r' | '\n') | (At::Text, _) => (At::Text, Some(letter)),
            (At::Control, _) => (At::Control, None),
            (At::Words, '\x1b') => (At::WordsEscape, None),
            (At::Words, '\x07' | '\u{9c}') | (At::Escape | At::WordsEscape, _) => (At::Text, None),
            (At::Words, _) => (At::Words, None),
        };
        self.0 = at;
        text
    }
}

/// What a cursor that moves leaves between what stands before and after it.
fn moved(letter: char) -> Option<char> {
    match letter {
        'C' => Some(' '),
        'A' | 'B' | 'D'..='H' | 'J' | 'd' | 'f' => Some('\n'),
        _ => None,
    }
}
