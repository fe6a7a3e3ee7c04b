//! What `wick status` prints of a state, a row each: what the menu says, without what it does.

use jiff::ZonedDateTime;

use super::lines::{Subject, known, problems};
use super::refreshing;
use crate::domain::state::State;
use crate::ports::screen::Entry;
use crate::report::rows::{Row, Tone};
use crate::report::status::{SignInState, Status};

/// The rows of a state, of which `status` is the report.
pub fn rows(state: &State, status: &Status, now: &ZonedDateTime) -> Vec<Row> {
    let (problems, known) = (problems(state, now), known(state, now));
    let bad = if status.state.is_readable() { Tone::Warning } else { Tone::Bad };
    // The first says what is wrong, those below it what to do.
    let tone = status.error.is_some().then_some(bad);
    let rest = refreshing::entries(state, now).into_iter().filter_map(|entry| match entry {
        Entry::Text(text) => Some(plain(text)),
        _ => None,
    });
    let mut wrong: Vec<Row> = problems.into_iter().map(plain).collect();
    wrong.iter_mut().take(1).for_each(|row| row.tone = tone);
    let ends_soon = state.login_ends_soon(now.timestamp());
    let known = known.into_iter().map(|(subject, text)| Row {
        state: format!("{}:", subject.word()),
        after: " ".to_owned(),
        tone: tone_of(subject, status.state, ends_soon),
        text,
        ..Row::default()
    });
    wrong.into_iter().chain(known).chain(rest).collect()
}

/// A row that is all text.
pub fn plain(text: String) -> Row {
    Row { text, ..Row::default() }
}

fn tone_of(subject: Subject, state: SignInState, ends_soon: bool) -> Option<Tone> {
    match (subject, state) {
        (Subject::AccessToken, SignInState::Fresh) => Some(Tone::Good),
        (Subject::AccessToken, SignInState::Expiring) => Some(Tone::Warning),
        (Subject::AccessToken, _) => Some(Tone::Bad),
        (Subject::SignIn, _) => Some(if ends_soon { Tone::Warning } else { Tone::Good }),
        (
            Subject::WhenItEnds
            | Subject::WhenTheTokenEnds
            | Subject::SinceItEnded
            | Subject::Account
            | Subject::CiToken,
            _,
        ) => None,
    }
}
