//! What another program or computer said, made fit to be shown at a terminal: short, one line, and without anything of a
//! secret, however it is written there.
//!
//! Even so it is shown at the terminal alone, and kept nowhere: who knows what a program does to what it was given.

mod forms;
mod view;

use std::ops::Range;

use crate::domain::secret::Secret;
use crate::domain::text::escapes::Escapes;
use crate::domain::text::is_invisible;
use view::View;

/// What stands in place of a secret.
const REDACTED: &str = "[redacted]";
/// More than anyone reads.
const LONGEST: usize = 200;
/// Longer texts are not even looked through.
pub const LOOKED_AT: usize = 4096;
/// So often escapes are taken off: what was escaped twice and once more.
const LAYERS: usize = 3;
/// Longer than any word of a language, unless it is put together as names in programs are.
const WORD: usize = 20;
/// The same where digits stand among the letters.
const WORD_WITH_DIGITS: usize = 15;

/// The text without any part of these secrets that has 8 letters and digits or more, in whichever alphabet it is written,
/// escaped, backwards or in pieces; without what looks like a token or is no word of any language; without characters that
/// a terminal would take for commands or that change what is read; and cut to 200 characters.
pub fn scrubbed(text: &str, secrets: &[&Secret]) -> String {
    let mut escapes = Escapes::default();
    let plain = harmless(text.chars().filter_map(|letter| escapes.take(letter)));
    let mut hidden = hidden(&plain, secrets);
    View::of(&plain).hide_escaped(&mut hidden);
    hide_opaque(&plain, &mut hidden);
    let shown = with_marks(&plain, &hidden);
    let words = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.chars().count() <= LONGEST {
        return words;
    }
    words.chars().take(LONGEST - 1).chain(['…']).collect()
}

/// Whether a name that another computer gave has a part of these secrets in it, or what looks like a token.
pub fn repeats(text: &str, secrets: &[&Secret]) -> bool {
    hidden(&harmless(text.chars()), secrets).contains(&true)
}

/// What someone typed or wrote, such as a name or a path, without what looks like a token: one is easily put into the
/// wrong place. All else stays as it is.
pub fn without_tokens(text: &str) -> String {
    let plain: Vec<char> = text.chars().collect();
    let mut hidden = vec![false; plain.len()];
    hide_tokens(&plain, &mut hidden, begins_a_word);
    with_marks(&plain, &hidden)
}

/// Whether something in it looks like a token.
pub fn has_token(text: &str) -> bool {
    without_tokens(text) != text
}

/// Where a part of a secret or what looks like a token stands.
fn hidden(text: &[char], secrets: &[&Secret]) -> Vec<bool> {
    let mut hidden = vec![false; text.len()];
    let mut view = View::of(text);
    for layer in 0..LAYERS {
        view.hide(secrets, &mut hidden);
        let Some(bare) = view.unescaped().filter(|_| layer + 1 < LAYERS) else { break };
        view = bare;
    }
    hide_tokens(text, &mut hidden, |_, _| true);
    hidden
}

/// The beginning of the text, with a space for each control character and without those that nobody sees.
fn harmless(text: impl Iterator<Item = char>) -> Vec<char> {
    let seen = text.filter(|letter| !is_invisible(*letter)).take(LOOKED_AT);
    seen.map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

fn with_marks(text: &[char], hidden: &[bool]) -> String {
    let mut shown = String::new();
    for (index, letter) in text.iter().enumerate() {
        if !hidden[index] {
            shown.push(*letter);
        } else if index == 0 || !hidden[index - 1] {
            shown.push_str(REDACTED);
        }
    }
    shown
}

/// How the tokens of Anthropic and GitHub begin.
const BEGINNINGS: [&str; 7] = ["sk-ant-", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"];

/// Fewer letters after its beginning are no token.
const SHORTEST: usize = 6;

/// Also a token that is not ours to know; one that begins in the middle of a word where `may_begin` lets it.
fn hide_tokens(text: &[char], hidden: &mut [bool], may_begin: impl Fn(&[char], usize) -> bool) {
    // A byte a character, so that a place in one is the same place in the other.
    let whole: String =
        text.iter().map(|letter| if letter.is_ascii() { letter.to_ascii_lowercase() } else { ' ' }).collect();
    for beginning in BEGINNINGS {
        for (start, _) in whole.match_indices(beginning) {
            let of_token = |letter: &&char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-');
            let length = text[start..].iter().take_while(of_token).count();
            if length >= beginning.len() + SHORTEST && may_begin(text, start) {
                hidden[start..start + length].fill(true);
            }
        }
    }
}

/// A name such as `weighs_heavily` has none in it. After a backslash a letter stands for a line's end, say.
fn begins_a_word(text: &[char], start: usize) -> bool {
    let before = |back: usize| start.checked_sub(back).map(|index| text[index]);
    !before(1).is_some_and(char::is_alphanumeric) || before(2) == Some('\\')
}

/// What no language has a word like, with all that is written together with it; and what is left at the edges of
/// something that is hidden.
fn hide_opaque(text: &[char], hidden: &mut [bool]) {
    for run in runs(text, 0..text.len(), |letter| letter.is_ascii_alphanumeric()) {
        let is_begun = !hidden[run.clone()].iter().all(|hidden| *hidden) && hidden[run.clone()].contains(&true);
        if is_begun {
            hidden[run].fill(true);
        }
    }
    let is_of_base64 = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '+' | '/' | '=' | '-' | '_');
    for run in runs(text, 0..text.len(), is_of_base64) {
        let mut words = runs(text, run.clone(), |letter| letter.is_ascii_alphanumeric()).into_iter();
        if words.any(|word| is_opaque(&text[word])) {
            hidden[run].fill(true);
        }
    }
}

/// The longest stretches of such letters.
fn runs(text: &[char], within: Range<usize>, is_of: impl Fn(char) -> bool) -> Vec<Range<usize>> {
    let (mut found, mut start) = (Vec::new(), within.start);
    let stretches = text[within].split(|letter| !is_of(*letter));
    for stretch in stretches {
        found.push(start..start + stretch.len());
        start += stretch.len() + 1;
    }
    found.retain(|run| !run.is_empty());
    found
}

/// Whether letters and digits are no word, no number, and no name that was put together of words, as in
/// `ResourceNotFoundException`.
fn is_opaque(run: &[char]) -> bool {
    if run.iter().any(char::is_ascii_digit) {
        return run.len() > if run.iter().all(char::is_ascii_digit) { WORD } else { WORD_WITH_DIGITS };
    }
    let capitals = run.iter().filter(|letter| letter.is_ascii_uppercase()).count();
    let is_put_together = capitals > 1 && run.len() >= 4 * capitals && run.len() <= 3 * WORD;
    run.len() > WORD && !is_put_together
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
