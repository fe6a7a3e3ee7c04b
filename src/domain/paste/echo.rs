//! What a program says on its way into a pipe, for the eyes of whoever must answer it, without the token.

use super::escapes::Escapes;

/// What every token of Anthropic's begins with.
const MARK: &[u8] = b"sk-ant-";

/// Lets bytes through, and holds a token back: from its beginning to the next empty line.
#[derive(Debug, Default)]
pub struct Echo {
    escapes: Escapes,
    /// How much of the mark stood last, whatever was strewn into it.
    seen: usize,
    /// While something is held back: whether the line has been empty so far.
    hides: Option<bool>,
}

impl Echo {
    /// What may be shown of the next bytes.
    pub fn take(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut shown = Vec::with_capacity(bytes.len());
        for byte in bytes {
            let was_hiding = self.hides.is_some();
            // Bytes above ASCII are parts of characters, and none of a code's.
            let letter = if byte.is_ascii() { char::from(*byte) } else { '·' };
            let text = self.escapes.take(letter);
            match &mut self.hides {
                Some(is_empty) => match text {
                    Some('\n') if *is_empty => {
                        self.hides = None;
                        shown.extend(b"\r\n\r\n");
                    }
                    Some('\n') => *is_empty = true,
                    Some(other) if !other.is_whitespace() => *is_empty = false,
                    _ => {}
                },
                None => self.look_for_the_mark(text),
            }
            if !was_hiding {
                shown.push(*byte);
                if self.hides.is_some() {
                    shown.extend("…".as_bytes());
                }
            }
        }
        shown
    }

    fn look_for_the_mark(&mut self, text: Option<char>) {
        let is_of_a_token = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
        // A line break or a color may stand within it.
        let Some(letter) = text.filter(|letter| is_of_a_token(*letter)) else { return };
        let fits = char::from(MARK[self.seen]) == letter;
        self.seen = if fits { self.seen + 1 } else { usize::from(char::from(MARK[0]) == letter) };
        if self.seen == MARK.len() {
            self.seen = 0;
            self.hides = Some(false);
        }
    }
}
