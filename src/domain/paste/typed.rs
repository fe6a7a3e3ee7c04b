//! What someone types or pastes at a terminal that shows nothing of it, key by key.

use crate::domain::secret::Secret;
use zeroize::Zeroizing;

/// By these a terminal says that what stands between them is pasted (xterm's bracketed paste).
const PASTE_BEGINS: &[u8] = b"\x1b[200~";
const PASTE_ENDS: &[u8] = b"\x1b[201~";
/// Enough for a token with all that is copied along with it: what grows beyond leaves copies behind.
const ROOM: usize = 64 * 1024;

/// What a key means for the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    More,
    /// A paste has ended, and Enter is awaited.
    Pasted,
    /// Ctrl-D: nothing more will come.
    Last,
    /// Ctrl-C.
    Interrupt,
    /// Ctrl-Z.
    Stop,
}

/// What was typed so far.
pub struct Typed {
    bytes: Zeroizing<Vec<u8>>,
    is_pasting: bool,
    is_ended: bool,
}

impl Default for Typed {
    fn default() -> Self {
        Self { bytes: Zeroizing::new(Vec::with_capacity(ROOM)), is_pasting: false, is_ended: false }
    }
}

impl Typed {
    /// Takes in one byte.
    pub fn take(&mut self, byte: u8) -> Key {
        match byte {
            b'\r' | b'\n' if !self.is_pasting => self.is_ended = true,
            0x03 if !self.is_pasting => return Key::Interrupt,
            0x04 if !self.is_pasting => return Key::Last,
            0x1a if !self.is_pasting => return Key::Stop,
            0x08 | 0x7f if !self.is_pasting => {
                self.rub_out();
                return Key::More;
            }
            // Ctrl-U.
            0x15 if !self.is_pasting => {
                self.bytes.clear();
                return Key::More;
            }
            _ => {}
        }
        self.bytes.push(byte);
        if self.drop_end(PASTE_BEGINS) {
            self.is_pasting = true;
        } else if self.drop_end(PASTE_ENDS) {
            self.is_pasting = false;
            return Key::Pasted;
        }
        Key::More
    }

    /// Whether a line break has come that was not pasted: once nothing more follows, that is the end.
    pub fn is_ended(&self) -> bool {
        self.is_ended
    }

    /// Whether a paste has begun and not ended.
    pub fn is_pasting(&self) -> bool {
        self.is_pasting
    }

    /// The rest of the paste got lost, and its end with it.
    pub fn end_paste(&mut self) {
        self.is_pasting = false;
    }

    /// How many bytes there are.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// How many characters there are, of which nothing is to be shown.
    pub fn characters(&self) -> usize {
        self.text().expose().trim().chars().count()
    }

    /// As text; what is none stands for itself, and is part of no token.
    pub fn text(&self) -> Secret {
        Secret::from(String::from_utf8_lossy(&self.bytes).into_owned())
    }

    fn rub_out(&mut self) {
        // All bytes of one character.
        while self.bytes.pop().is_some_and(|byte| byte & 0b1100_0000 == 0b1000_0000) {}
    }

    fn drop_end(&mut self, end: &[u8]) -> bool {
        let has = self.bytes.ends_with(end);
        if has {
            let kept = self.bytes.len() - end.len();
            self.bytes.truncate(kept);
        }
        has
    }
}
