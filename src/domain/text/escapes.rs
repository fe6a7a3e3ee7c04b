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
        // Two controls end every code, and so do those that stand for a code of their own.
        let ends = matches!(letter, '\x18' | '\x1a' | '\u{80}'..='\u{9f}');
        let (at, text) = match (self.0, letter) {
            (At::Words | At::WordsEscape, '\x1b') => (At::WordsEscape, None),
            // Whatever was begun before, another code begins here.
            (_, '\x1b') => (At::Escape, None),
            (_, '\u{9b}') | (At::Escape | At::WordsEscape, '[') => (At::Control, None),
            (_, '\u{90}' | '\u{98}' | '\u{9d}'..='\u{9f}')
            | (At::Escape | At::WordsEscape, ']' | 'P' | 'X' | '^' | '_') => (At::Words, None),
            // A code that was cut off ends with its line: it must not swallow what follows.
            (_, '\r' | '\n') | (At::Text, _) => (At::Text, Some(letter)),
            (At::Words, _) if !ends && letter != '\x07' => (At::Words, None),
            (At::Control, '@'..='~') => (At::Text, left_by_a_move(letter)),
            (At::Control, _) if !ends => (At::Control, None),
            // Other controls do their work within a code.
            (At::Escape | At::WordsEscape, '\0'..='/') if !ends => (At::Escape, None),
            _ => (At::Text, None),
        };
        self.0 = at;
        text
    }
}

/// What a cursor that moves leaves between what stands before and after it.
fn left_by_a_move(letter: char) -> Option<char> {
    match letter {
        'C' => Some(' '),
        'A' | 'B' | 'D'..='H' | 'J' | 'd' | 'f' => Some('\n'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cut off, or not.
    const BEGUN: [&str; 17] = [
        "",
        "\x1b",
        "\x1b[",
        "\x1b[31",
        "\x1b[3;\x07",
        "\x1b]",
        "\x1b]0;t",
        "\x1bP1",
        "\x1b(",
        "\x1b\x07",
        "\u{9b}",
        "\u{9b}31",
        "\u{9d}0;t",
        "\u{90}",
        "\x1b]0;t\x1b",
        "\u{84}",
        "\x1b]0;\u{9b}3",
    ];
    const WHOLE: [&str; 12] = [
        "\x1b[31m",
        "\x1b[?25h",
        "\u{9b}31m",
        "\x1b]0;x\x07",
        "\x1b]0;x\x1b\\",
        "\u{9d}0;x\u{9c}",
        "\x1bP1\x1b\\",
        "\x1b7",
        "\x1b(B",
        "\x1b_x\u{9c}",
        "\x1b[3\x18",
        "\x1b]0;x\x1a",
    ];

    fn left(text: &str) -> String {
        let mut escapes = Escapes::default();
        text.chars().filter_map(|letter| escapes.take(letter)).filter(|letter| !letter.is_control()).collect()
    }

    #[test]
    fn nothing_is_left_of_a_code_whatever_was_begun_before_it() {
        for first in BEGUN {
            for second in BEGUN {
                for whole in WHOLE {
                    let text = format!("before{first}{second}{whole}after");
                    assert_eq!(left(&text), "beforeafter", "{text:?}");
                    let cut = format!("before{first}{second}\nafter");
                    assert_eq!(left(&cut), "beforeafter", "{cut:?}");
                }
            }
        }
    }
}
