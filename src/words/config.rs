//! Words about the config file: where it stands, and why it is not followed.

use std::path::Path;

use super::sentence::Sentence;
use crate::domain::settings::{ConfigFileError, Distrust};

/// The config is not understood.
pub fn invalid(error: &str) -> Sentence {
    Sentence::new(
        "config_invalid",
        format!("the settings are not understood: {error}"),
        "mend that; \"wick config check\" looks at it again",
    )
}

/// The config is not understood; until it is, the last good one goes on, or where there was none nothing is changed.
pub fn kept(error: &str, had_a_good_one: bool) -> [String; 2] {
    let until = if had_a_good_one { "the last good settings are in use" } else { "Wick only reads" };
    [format!("Settings: {error}"), format!("Until that is mended, {until}")]
}

/// What `wick config init` did.
pub fn created(path: &str, wrote: bool) -> String {
    if wrote {
        format!("{path} is written; every line in it is the default")
    } else {
        format!("{path} is already there, and left as it is")
    }
}

/// What `wick config check` found, where nothing is wrong.
pub fn understood(path: &str, there: bool) -> String {
    if there {
        format!("{path} is understood")
    } else {
        format!("there is no {path}: the defaults are in use; \"wick config init\" writes one")
    }
}

/// Why a config file is not even read, and what to do.
fn untrusted(why: Distrust, path: &Path) -> String {
    let path = path.display();
    match why {
        Distrust::NotAFile => format!("{path} is no regular file; move it away"),
        Distrust::OtherOwner => format!("the file belongs to another user; make it yours: chown $USER '{path}'"),
        Distrust::OthersCanWrite => format!("others can write the file; take that away: chmod go-w '{path}'"),
        Distrust::TooLarge => "the file is larger than any config; write a shorter one".to_owned(),
    }
}

/// Why a config file is not used.
pub fn file(error: &ConfigFileError) -> String {
    match error {
        ConfigFileError::Untrusted(why, path) => untrusted(*why, path),
        ConfigFileError::System(detail) => detail.clone(),
        ConfigFileError::AlreadyThere => "someone else has made it meanwhile; try again".to_owned(),
    }
}
