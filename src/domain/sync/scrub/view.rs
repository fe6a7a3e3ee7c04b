//! A text as someone reads it who looks for a secret: its letters and digits alone, each with the place it stands at.

use std::collections::HashMap;
use std::ops::Range;

use super::forms::{PART, forms, is_telling};
use crate::domain::secret::Secret;

/// So many escapes of letters in a row, of which none needs one.
const FEWEST_ESCAPES: usize = 3;
/// More digits than any of a page's escapes of ASCII has.
const LONGEST_NUMBER: usize = 6;

/// Characters, and from where to where in the text each is written.
pub(super) struct View(Vec<(char, Range<usize>)>);

impl View {
    pub(super) fn of(text: &[char]) -> Self {
        Self(text.iter().enumerate().map(|(index, letter)| (*letter, index..index + 1)).collect())
    }

    /// Marks where a part of a secret stands, with whatever stands between its letters.
    pub(super) fn hide(&self, secrets: &[&Secret], hidden: &mut [bool]) {
        let telling: Vec<(u8, &Range<usize>)> =
            self.0.iter().filter_map(|(letter, place)| Some((is_telling(*letter)?, place))).collect();
        let mut parts: HashMap<[u8; PART], Vec<usize>> = HashMap::new();
        for (index, part) in telling.windows(PART).enumerate() {
            parts.entry(std::array::from_fn(|offset| part[offset].0)).or_default().push(index);
        }
        if parts.is_empty() {
            return;
        }
        for form in secrets.iter().flat_map(|secret| forms(secret)) {
            for part in form.windows(PART) {
                for index in parts.get(part).into_iter().flatten() {
                    hidden[telling[*index].1.start..telling[index + PART - 1].1.end].fill(true);
                }
            }
        }
    }

    /// Marks what is written in escapes though it need not be: nobody can read it but a program.
    pub(super) fn hide_escaped(&self, hidden: &mut [bool]) {
        let (mut index, mut begun, mut count) = (0, 0, 0);
        while index < self.0.len() {
            // That of a line's end is for people.
            let length = self.escape(index).map_or(1, |(_, length)| length);
            if length > 2 {
                (begun, count) = (if count == 0 { index } else { begun }, count + 1);
            } else {
                count = 0;
            }
            index += length;
            if count >= FEWEST_ESCAPES {
                hidden[self.0[begun].1.start..self.0[index - 1].1.end].fill(true);
            }
        }
    }

    /// The same with one layer of escapes taken off; `None` where there is none.
    pub(super) fn unescaped(&self) -> Option<Self> {
        let (mut bare, mut index, mut found) = (Vec::new(), 0, false);
        while index < self.0.len() {
            let escape = self.escape(index);
            found |= escape.is_some();
            let (letter, length) = escape.unwrap_or((self.0[index].0, 1));
            bare.push((letter, self.0[index].1.start..self.0[index + length - 1].1.end));
            index += length;
        }
        found.then_some(Self(bare))
    }

    /// What an escape at this place stands for, and how long it is: those of JSON, of programs, of addresses, of mails and
    /// of web pages.
    fn escape(&self, index: usize) -> Option<(char, usize)> {
        let at = |offset: usize| self.0.get(index + offset).map(|(letter, _)| *letter);
        let number = |from: usize, digits: usize, base: u32| self.number(index + from..index + from + digits, base);
        match (at(0)?, at(1)?) {
            ('\\', 'u' | 'U') => number(2, 4, 16).map(|letter| (letter, 6)),
            ('\\' | '0', 'x' | 'X') => number(2, 2, 16).map(|letter| (letter, 4)),
            ('%' | '=', _) => number(1, 2, 16).map(|letter| (letter, 3)),
            ('\\', 'n' | 'r' | 't' | 'f' | 'b' | 'v') => Some((' ', 2)),
            ('\\', '\\') => Some(('\\', 2)),
            ('\\', '0'..='3') => number(1, 3, 8).map(|letter| (letter, 4)),
            ('&', '#') => {
                let (from, base) = if matches!(at(2)?, 'x' | 'X') { (3, 16) } else { (2, 10) };
                let is_digit = |offset: &usize| at(from + offset).is_some_and(|letter| letter.is_digit(base));
                let digits = (0..LONGEST_NUMBER).take_while(is_digit).count();
                let end = usize::from(at(from + digits) == Some(';'));
                number(from, digits, base).filter(|_| digits > 0).map(|letter| (letter, from + digits + end))
            }
            _ => None,
        }
    }

    /// The ASCII character of this number.
    fn number(&self, digits: Range<usize>, base: u32) -> Option<char> {
        let mut number = 0_u32;
        for (digit, _) in self.0.get(digits)? {
            number = number * base + digit.to_digit(base)?;
        }
        char::from_u32(number).filter(char::is_ascii)
    }
}
