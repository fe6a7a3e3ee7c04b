//! What a program says on its way into a pipe, for whoever must answer it: until a token begins, and nothing after that.

use zeroize::Zeroizing;

use crate::domain::text::escapes::Escapes;

/// What every token of Anthropic's begins with.
const MARK: &[u8] = b"sk-ant-";
/// A code is passed on only when it is complete. Longer than any that draws, or than a link's address.
const LONGEST_CODE: usize = 4096;
/// Longer than any code that only sets a mode.
const LONGEST_MODE: usize = 32;

/// Lets text through up to the first token. Where that ends is not guessed, since a program may draw it in any order and
/// any number of times: from then on only the codes pass by which a program leaves the terminal as it was.
pub struct Echo {
    escapes: Escapes,
    /// The byte before.
    last: u8,
    /// The code that has not ended yet.
    code: Zeroizing<Vec<u8>>,
    /// How much of the mark stood last, whatever was strewn into it.
    seen: usize,
    is_over: bool,
}

impl Default for Echo {
    fn default() -> Self {
        let code = Zeroizing::new(Vec::with_capacity(LONGEST_CODE));
        Self { escapes: Escapes::default(), last: 0, code, seen: 0, is_over: false }
    }
}

impl Echo {
    /// What may be shown of the next bytes.
    pub fn take(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut shown = Vec::with_capacity(bytes.len());
        for byte in bytes {
            // Bytes above ASCII are parts of characters; of a code's only where they are a control of their own.
            let is_one = byte.is_ascii() || self.last == 0xc2;
            self.last = *byte;
            let (was_in_a_code, was_in_words) = (self.escapes.is_in_a_code(), self.escapes.is_in_words());
            let text = self.escapes.take(if is_one { char::from(*byte) } else { '·' });
            let is_in_a_code = self.escapes.is_in_a_code();
            // Another code that begins within it ends it before its time.
            self.is_over |= was_in_words && is_in_a_code && !self.escapes.is_in_words();
            if !was_in_a_code && !is_in_a_code || was_in_a_code && matches!(byte, b'\r' | b'\n') {
                // What a line's end cut off is not passed on.
                self.is_over |= was_in_words;
                self.code.clear();
                self.show(*byte, text, &mut shown);
                continue;
            }
            if self.code.len() < LONGEST_CODE {
                self.code.push(*byte);
            }
            if !is_in_a_code {
                self.is_over |= was_in_words && !is_whole(&self.code);
                if may_pass(&self.code, self.is_over) {
                    shown.extend_from_slice(&self.code);
                }
                self.code.clear();
            }
        }
        shown
    }

    fn show(&mut self, byte: u8, text: Option<char>, shown: &mut Vec<u8>) {
        if self.is_over {
            return;
        }
        shown.push(byte);
        let is_of_a_token = |letter: &char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
        // A line break or a color may stand within it.
        let Some(letter) = text.filter(is_of_a_token) else { return };
        let fits = char::from(MARK[self.seen]) == letter;
        self.seen = if fits { self.seen + 1 } else { usize::from(char::from(MARK[0]) == letter) };
        if self.seen == MARK.len() {
            self.is_over = true;
            shown.extend("…\r\n".as_bytes());
        }
    }
}

/// Whether a code with a text in it ends as it should, and no token begins in it. Else the rest of one may come after it.
fn is_whole(code: &[u8]) -> bool {
    code.len() < LONGEST_CODE
        && matches!(code, [.., 0x07 | 0x9c] | [.., 0x1b, b'\\'])
        && !code.windows(MARK.len()).any(|part| part == MARK)
}

/// Whether a terminal may get a code. Of those with a text only a link's address: a title may be kept, and the clipboard
/// gets what it gets in another form.
fn may_pass(code: &[u8], is_over: bool) -> bool {
    let is_control = |rest: &[u8]| rest.iter().all(|byte| matches!(byte, b' '..=b'?'));
    match code {
        [0x1b, b'[', rest @ .., b'h' | b'l' | b'm' | b'u'] if is_over => code.len() < LONGEST_MODE && is_control(rest),
        _ if is_over => false,
        [0x1b, b'[', rest @ .., _] => code.len() < LONGEST_CODE && is_control(rest),
        [0x1b, b']', b'8', b';', ..] => is_whole(code),
        // Such as one that keeps the cursor's place.
        [0x1b, _] | [0x1b, b' '..=b'/', _] => true,
        _ => false,
    }
}
