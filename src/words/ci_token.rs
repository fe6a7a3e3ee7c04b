//! Words about the one-year token for CI.

use jiff::ZonedDateTime;

use super::keyring;
use super::moment::local;
use super::profiles::sync_command;
use super::sentence::Sentence;
use crate::domain::credential::{CiTokenMemory, KeptIn, NotOne};
use crate::domain::keyring::KeyringError;
use crate::domain::settings::ProfileName;
use crate::domain::system::SystemError;
use crate::domain::time::short;

/// The line in menu and terminal.
pub const CI_TOKEN: &str = "CI token";
/// The question at the terminal.
pub const PASTE: &str = "Paste the token that \"claude setup-token\" printed";
/// What is done about one that ends.
const MAKE_ANEW: &str = "run \"claude setup-token\", and give its token to \"wick ci-token set\"";

/// Its clock, without a subject.
pub fn clock(memory: &CiTokenMemory, now: &ZonedDateTime) -> String {
    let (end, left) = (memory.end(), memory.end().time_left(now.timestamp()));
    let moment = end.timestamp().map(|moment| local(moment, now)).unwrap_or_default();
    if left.is_positive() {
        format!("{} left, until about {moment}", short(left))
    } else {
        format!("ended about {moment}")
    }
}

/// Summary and body of a warning.
pub fn alert(left: &str, until: &str, has_ended: bool) -> (String, String) {
    if has_ended {
        return (
            format!("{CI_TOKEN} ended"),
            format!("About {until}, a year after it was stored. For a new one, {MAKE_ANEW}."),
        );
    }
    (format!("{CI_TOKEN}: {left} left"), format!("Until about {until}, a year after it was stored. Then {MAKE_ANEW}."))
}

/// What was read is none.
pub fn not_one(why: NotOne) -> Sentence {
    let (code, message) = match why {
        NotOne::NoToken => ("no_token", "what was read is no token"),
        NotOne::RefreshToken => ("refresh_token", "this is a refresh token: it works once, and CI would sign you out"),
        NotOne::ApiKey => ("api_key", "this is an API key, which no sign-in pays for"),
        NotOne::Unlike => ("not_a_ci_token", "this is not what \"claude setup-token\" prints"),
        NotOne::AccessToken => ("access_token", "this is the access token of your sign-in, which ends in hours"),
    };
    Sentence::new(code, message, "run \"claude setup-token\", and copy the token that it prints, alone")
}

/// Nothing could be read.
pub fn not_read(detail: &str) -> Sentence {
    Sentence::new("not_read", format!("no token could be read: {detail}"), "pipe it in, or run it in a terminal")
}

/// It could not be kept.
pub fn not_kept(why: &KeyringError) -> Sentence {
    let detail = keyring::error(why);
    Sentence::new("not_kept", format!("the token could not be kept: {detail}"), "mend that, and try again")
}

/// It is kept, and nothing says so.
pub fn not_noted(detail: &SystemError) -> Sentence {
    Sentence::new("not_noted", format!("the token is kept, but not noted: {detail}"), "mend that, and set it again")
}

/// It could not be taken out.
pub fn not_forgotten(why: &KeyringError) -> Sentence {
    let detail = keyring::error(why);
    Sentence::new("not_forgotten", format!("the token could not be taken out: {detail}"), "mend that, and try again")
}

/// No profile has this name.
pub fn unknown_profile(detail: &str) -> Sentence {
    Sentence::new("not_forgotten", format!("the token could not be taken out: {detail}"), "mend that, and try again")
}

/// It is still noted.
pub fn still_noted(detail: &SystemError) -> Sentence {
    Sentence::new("not_forgotten", format!("the token could not be taken out: {detail}"), "mend that, and try again")
}

/// It is kept.
pub fn kept(place: &KeptIn, memory: &CiTokenMemory, now: &ZonedDateTime) -> String {
    let place = match place {
        KeptIn::Keychain => "the login keychain",
        KeptIn::Keyring => "the desktop's keyring",
        KeptIn::File(path) => path,
    };
    format!("{CI_TOKEN}: kept in {place}; {} (an estimate: a year from today)", clock(memory, now))
}

/// What to add, so that targets get it.
pub fn hint(mapping_is_there: bool, profile: &ProfileName) -> Option<String> {
    let add = format!(
        "hint: to sync it, write this line into a [[targets]] of the config, and run \"{}\":\n\n\
         secrets = {{ CLAUDE_CODE_OAUTH_TOKEN = \"ciToken\" }}",
        sync_command(profile)
    );
    (!mapping_is_there).then_some(add)
}

/// What is stored.
pub fn status(memory: &CiTokenMemory, now: &ZonedDateTime) -> String {
    let stored = local(memory.stored_at, now);
    format!("{CI_TOKEN}: {} (an estimate: stored {stored}, and made for a year)", clock(memory, now))
}

/// Nothing is stored.
pub fn none() -> Sentence {
    Sentence::new("no_ci_token", "no one-year token is stored", MAKE_ANEW)
}

/// What became of the one that was stored.
pub fn forgotten(was_there: bool, was_noted: bool) -> &'static str {
    if was_there {
        "The one-year token is forgotten here. It works on until its end: to end it now, see claude.ai's settings"
    } else if was_noted {
        "The one-year token is forgotten, and was not found where it was kept. If a keyring has it that does not answer \
         here, run this again in your desktop session"
    } else {
        "No one-year token is stored"
    }
}
