//! Words about handing the token to other programs.

use jiff::{SignedDuration, Timestamp, ZonedDateTime};

use super::ci_token::MAKE_ANEW;
use super::credential::{lacks, not_a_token};
use super::moment::local;
use super::sentence::{SIGN_IN, Sentence, or, say, typed};
use crate::domain::settings::{Choice, Field, NotAMapping};
use crate::domain::time::short;

const USE_CLAUDE_CODE: &str = "use Claude Code for a moment, which refreshes it";

pub fn not_run(program: &str, detail: &str) -> String {
    format!("wick: {}: {detail}", typed(program))
}

/// What was to come first did not.
pub fn not_refreshed(detail: &str) -> String {
    format!("wick: the access token was not refreshed first: {detail}")
}

/// It is near its end, and Wick may only read.
pub fn may_not_refresh(left: SignedDuration) -> String {
    format!("wick: the access token expires in {}, and refresh.mode \"never\" forbids refreshing it", short(left))
}

/// It has expired, and why it could not be refreshed.
pub fn expired(why: Option<&Sentence>, read_only: bool) -> Sentence {
    match why {
        Some(Sentence { message, action, .. }) => {
            say!("expired" => "the access token has expired: {message}", "{action}")
        }
        None if read_only => say!("expired" =>
            "the access token has expired, and refresh.mode \"never\" forbids refreshing it", "{USE_CLAUDE_CODE}"),
        None => say!("expired" => "the access token has expired, and no refresh token is stored to refresh it with",
            "{SIGN_IN} again"),
    }
}

/// It lives for less than was asked for.
pub fn ends_too_soon(end: Timestamp, min_left: SignedDuration, now: &ZonedDateTime) -> Sentence {
    // Two spans that differ by seconds would read alike.
    let (end, asked) = (local(end, now), short(min_left));
    say!("ends_too_soon" => "the access token expires {end}, sooner than in {asked}",
        "ask for less than eight hours, which is as long as one lives; or, near its expiry, {USE_CLAUDE_CODE}")
}

/// A token is not for the eyes of whoever looks over a shoulder.
pub fn at_a_terminal() -> Sentence {
    say!("at_a_terminal" => "not printing a token to the terminal, where others could read it later",
        "pipe it, use \"wick exec\", or add --show")
}

/// The stored refresh token is dead: its successor is in the journal still.
pub fn refresh_token_spent() -> Sentence {
    say!("refresh_token_spent" =>
        "the stored refresh token was used up by a refresh that is not finished, so it is handed to nobody",
        "run \"wick refresh\", which finishes it or says what is in its way")
}

/// It was granted so, and a pipe or a header would take it for something else.
pub fn no_token() -> Sentence {
    say!("no_token" => "the stored access token has characters in it that no token has, so it is not printed",
        "{SIGN_IN} again")
}

pub fn not_written(detail: &str) -> String {
    format!("wick: the token could not be written: {detail}")
}

/// A mapping makes no sense. What was written is not repeated: it may be a token in the wrong place.
pub fn not_a_mapping(option: &str, why: NotAMapping) -> Sentence {
    let fields = || or(Field::words());
    match why {
        NotAMapping::Form => {
            say!("not_understood" => "{option} takes NAME=FIELD, such as CLAUDE_ACCESS_TOKEN=accessToken",
            "a field is {fields}", fields = fields())
        }
        NotAMapping::Name => {
            say!("not_understood" => "{option}: before the \"=\" stands no name that GitHub takes for a secret",
            "write a name of letters, digits and \"_\" that begins with neither a digit nor \"GITHUB_\"")
        }
        NotAMapping::Field(Some(near)) => say!("not_understood" => "{option}: there is no such field",
            "did you mean {near}?"),
        NotAMapping::Field(None) => say!("not_understood" => "{option}: there is no such field",
            "write {fields}", fields = fields()),
    }
}

pub fn unknown_name(name: &str, known: &[&str]) -> Sentence {
    let (name, known) = (typed(name), or(known.iter().copied()));
    say!("unknown_name" => "no secret is named {name} in the config",
        "choose {known}; or add one with --env NAME=FIELD")
}

/// What carries the refresh token is not handed out by the way.
pub fn refresh_token_kept(name: &str) -> Sentence {
    let name = typed(name);
    say!("refresh_token_kept" =>
        "{name} carries the refresh token, which works once: whoever spends it signs the others out",
        "leave it out, or add --with-refresh-token")
}

pub fn nothing_mapped() -> Sentence {
    say!("nothing_mapped" => "there is nothing to pass on: the config's [secrets] name the refresh token alone",
        "name something with --env NAME=FIELD, or add --with-refresh-token")
}

pub fn absent(field: Field) -> Sentence {
    let lacks = lacks(field);
    if field.is_of_the_ci_token() {
        return say!("field_absent" => "{lacks}", "{MAKE_ANEW}, or leave it out");
    }
    say!("field_absent" => "{lacks}", "leave it out, or {SIGN_IN} again with a newer Claude Code")
}

/// The same, where nobody asked for it by name.
pub fn left_out(name: &str, field: Field, none: Option<Field>) -> String {
    let why = none.map_or_else(|| lacks(field), |none| not_a_token(none).message);
    format!("wick: {} is left out: {why}", typed(name))
}
