//! Words about handing the token to other programs.

use jiff::SignedDuration;

use super::sentence::{SIGN_IN, Sentence};
use crate::domain::settings::Field;
use crate::domain::time::short;

/// A program cannot be started.
pub fn not_run(program: &str, detail: &str) -> String {
    format!("wick: {program}: {detail}")
}

/// What was to come first did not.
pub fn not_refreshed(detail: &str) -> String {
    format!("wick: the access token was not refreshed first: {detail}")
}

/// It is near its end, and Wick may only read.
pub fn may_not_refresh(left: SignedDuration) -> String {
    format!("wick: the access token ends in {}, and refresh.mode \"never\" forbids to refresh it", short(left))
}

/// It has ended, and why no refresh has mended that.
pub fn expired(why: Option<&Sentence>, read_only: bool) -> Sentence {
    const EXPIRED: &str = "the access token has expired";
    match why {
        Some(why) => Sentence::new("expired", format!("{EXPIRED}: {}", why.message), why.action.clone()),
        None if read_only => Sentence::new(
            "expired",
            format!("{EXPIRED}, and refresh.mode \"never\" forbids to refresh it"),
            "use Claude Code for a moment, which refreshes it",
        ),
        None => Sentence::new(
            "expired",
            format!("{EXPIRED}, and nothing is stored to refresh it with"),
            format!("{SIGN_IN} again"),
        ),
    }
}

/// It lives for less than was asked for.
pub fn ends_too_soon(left: SignedDuration, min_left: SignedDuration) -> Sentence {
    Sentence::new(
        "ends_too_soon",
        format!("the access token ends in {}, sooner than in {}", short(left), short(min_left)),
        "ask for a shorter span, or use Claude Code for a moment near its end, which renews it; none lives for more than \
         some eight hours",
    )
}

/// A token is not for the eyes of whoever looks over a shoulder.
pub fn at_a_terminal() -> Sentence {
    Sentence::new(
        "at_a_terminal",
        "a token is not printed at a terminal, where it would stay to be seen",
        "pipe it to where it is needed, use \"wick exec\", or insist with --show",
    )
}

/// Nobody took it.
pub fn not_written(detail: &str) -> String {
    format!("wick: the token could not be written: {detail}")
}

/// A mapping makes no sense.
pub fn not_understood() -> Sentence {
    let fields: Vec<&str> = Field::NAMES.iter().map(|(name, _)| *name).collect();
    // What was written is not repeated: it may be a token in the wrong place.
    Sentence::new(
        "not_understood",
        "--env is not understood",
        format!("write NAME=FIELD; fields are {}", fields.join(", ")),
    )
}

/// No secret of the config has this name.
pub fn unknown_name(name: &str, known: &[&str]) -> Sentence {
    Sentence::new(
        "unknown_name",
        format!("no secret is named {name} in the config"),
        format!("choose one of {}, or add one with --env NAME=FIELD", known.join(", ")),
    )
}

/// What carries the refresh token is not handed out by the way.
pub fn refresh_token_kept(name: &str) -> Sentence {
    Sentence::new(
        "refresh_token_kept",
        format!("{name} carries the refresh token, which works once: whoever spends it signs the others out"),
        "leave it out, or say --with-refresh-token",
    )
}

/// Nothing would be handed over.
pub fn nothing_mapped() -> Sentence {
    Sentence::new(
        "nothing_mapped",
        "there is nothing to hand over: the config's [secrets] name nothing else than the refresh token",
        "name something with --env NAME=FIELD, or say --with-refresh-token",
    )
}

/// The credential has nothing for it.
pub fn absent(field: Field) -> Sentence {
    let message = format!("the stored sign-in has no {}", field.name());
    Sentence::new("field_absent", message, "leave it out, or sign in again with a newer Claude Code")
}

/// The same, where nobody asked for it by name.
pub fn left_out(name: &str, field: Field) -> String {
    if field == Field::CiToken {
        return format!("wick: {name} is left out: no one-year token can be read");
    }
    format!("wick: {name} is left out: the stored sign-in has no {}", field.name())
}
