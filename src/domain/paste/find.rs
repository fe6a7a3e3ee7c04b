//! Finds the one token in a plain text.

use crate::domain::secret::Secret;

/// How tokens of one kind look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// What each begins with.
    pub beginning: &'static str,
    /// So many characters it has; a shorter one is a part of one.
    pub length: usize,
}

/// Why no token was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unclear {
    /// There is nothing in the text.
    Nothing,
    /// One begins, and does not go on.
    Half {
        /// So many characters are there.
        characters: usize,
        /// So many it should have.
        of: usize,
    },
    /// One begins, and runs on for longer than any.
    TooLong {
        /// So many characters are there.
        characters: usize,
        /// So many one has.
        of: usize,
    },
    /// So many different ones.
    Several(usize),
    /// None begins in it.
    Unlike,
}

/// Longer than any token. What runs on for longer is something else.
const LONGEST: usize = 256;

/// The one token of these shapes in a plain text, the same one several times or not.
pub fn find(text: &Secret, shapes: &[Shape]) -> Result<Secret, Unclear> {
    let runs = runs(text.expose());
    let mut whole: Vec<Secret> = Vec::new();
    let (mut half, mut too_long) = (None, None);
    for shape in shapes {
        for (number, run) in runs.iter().enumerate() {
            for range in ranges(run.text, shape.beginning) {
                if range.len() > LONGEST {
                    too_long = too_long.max(Some((range.len(), shape.length)));
                }
                match grown(&runs[number..], range, *shape) {
                    Some(Ok(token)) if !whole.contains(&token) => whole.push(token),
                    Some(Err(characters)) => half = half.max(Some((characters, shape.length))),
                    _ => {}
                }
            }
        }
    }
    match (whole.len(), half) {
        (1, _) => Ok(whole.remove(0)),
        (0, Some((characters, of))) => Err(Unclear::Half { characters, of }),
        (0, None) if too_long.is_some() => {
            let (characters, of) = too_long.unwrap_or_default();
            Err(Unclear::TooLong { characters, of })
        }
        (0, None) if text.expose().trim().is_empty() => Err(Unclear::Nothing),
        (0, None) => Err(Unclear::Unlike),
        (count, _) => Err(Unclear::Several(count)),
    }
}

/// Characters that a token can have, one after the other.
#[derive(Debug)]
struct Run<'a> {
    text: &'a str,
    /// Whether a token may go on over what stands before: blanks and line breaks, with what frames and quotes put around.
    goes_on: bool,
}

/// Anthropic's and GitHub's tokens are letters, digits and these.
fn is_of_a_token(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_')
}

fn runs(text: &str) -> Vec<Run<'_>> {
    let mut runs = Vec::new();
    let mut rest = text;
    loop {
        let begin = rest.find(is_of_a_token).unwrap_or(rest.len());
        let (between, from) = rest.split_at(begin);
        let end = from.find(|letter| !is_of_a_token(letter)).unwrap_or(from.len());
        if end == 0 {
            return runs;
        }
        runs.push(Run { text: &from[..end], goes_on: is_between_lines(between) });
        rest = &from[end..];
    }
}

fn is_between_lines(text: &str) -> bool {
    text.chars().all(|letter| letter.is_whitespace() || "│┃|>\\".contains(letter))
}

/// Where in a run a token may stand: from its beginning to the next one. The run may also end within the beginning.
fn ranges(run: &str, beginning: &str) -> Vec<std::ops::Range<usize>> {
    let whole: Vec<usize> = run.match_indices(beginning).map(|(at, _)| at).collect();
    let begun = (1..beginning.len()).filter(|length| run.ends_with(&beginning[..*length]));
    let begun = begun.map(|length| run.len() - length..run.len());
    let ends = whole.iter().skip(1).copied().chain([run.len()]);
    whole.iter().copied().zip(ends).map(|(start, end)| start..end).chain(begun).collect()
}

/// The token that begins in this range of the first run, joined with what its lines go on with. `Err` is how much of one
/// stands there; `None` means that none begins.
fn grown(runs: &[Run<'_>], range: std::ops::Range<usize>, shape: Shape) -> Option<Result<Secret, usize>> {
    let (first, following) = runs.split_first()?;
    let is_to_its_end = range.end == first.text.len();
    let mut pieces = vec![&first.text[range]];
    let begun = pieces[0].len();
    if begun > LONGEST {
        return None;
    }
    let mut length = begun;
    let lines = following.iter().take_while(|run| is_to_its_end && run.goes_on && !run.text.contains(shape.beginning));
    for line in lines {
        if length >= shape.length {
            break;
        }
        length += line.text.len();
        pieces.push(line.text);
    }
    let token = Secret::from(pieces.concat());
    if !token.expose().starts_with(shape.beginning) {
        return None;
    }
    let is_whole = pieces.len() == 1 && length >= shape.length || length == shape.length && are_lines(&pieces);
    if is_whole {
        return Some(Ok(token));
    }
    Some(Err(begun))
}

/// Whether these are the lines of one text, or what was: all as wide as one another but for the first, which something may
/// stand before, and the last.
fn are_lines(pieces: &[&str]) -> bool {
    let widest = pieces.iter().map(|text| text.len()).max();
    let within = pieces.get(1..pieces.len().saturating_sub(1)).unwrap_or_default();
    within.iter().all(|text| Some(text.len()) == widest)
}
