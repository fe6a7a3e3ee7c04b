//! What targets hold, line by line: `wick status` and `wick targets list`.

use jiff::ZonedDateTime;

use super::rows::{Row, Tone, grouped};
use crate::domain::sync::{Standing, TargetState};
use crate::words::targets as words;

/// So many of a kind are shown one by one; more are one row.
pub(super) const ALIKE: usize = 3;

/// On a terminal those that are alike are in one.
pub fn rows(known: &[Standing<'_>], now: &ZonedDateTime, is_folded: bool) -> Vec<Row> {
    let key = |standing: &Standing<'_>| (standing.state, words::state(standing, now));
    let groups = grouped(known.iter().map(|standing| (key(standing), standing.target.to_string())), is_folded);
    let row = |state: TargetState, text: String| {
        let (state, tone) = (words::sign(state).to_string(), tone(state));
        Row { state, after: " ".to_owned(), tone, text, ..Row::default() }
    };
    let rows = |((state, text), names): ((TargetState, String), Vec<String>)| -> Vec<Row> {
        if names.len() > ALIKE {
            return vec![row(state, words::alike(&names, &text, state == TargetState::Failed))];
        }
        names.iter().map(|name| row(state, words::of_target(name, &text))).collect()
    };
    groups.into_iter().flat_map(rows).collect()
}

/// What all came to; nothing where that is said already.
pub fn closing(known: &[Standing<'_>]) -> Option<String> {
    let states: Vec<TargetState> = known.iter().map(|standing| standing.state).collect();
    words::in_all(&states)
}

fn tone(state: TargetState) -> Option<Tone> {
    match state {
        TargetState::InSync => Some(Tone::Good),
        TargetState::Stale | TargetState::Drifted | TargetState::Held => Some(Tone::Warning),
        TargetState::Failed => Some(Tone::Bad),
        TargetState::Never => None,
    }
}
