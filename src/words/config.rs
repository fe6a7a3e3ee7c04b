//! Words about the config file: where it stands, and why it is not followed.

use std::path::Path;

use super::sentence::{Sentence, say};
use crate::domain::settings::{ConfigFileError, Distrust};
use crate::domain::text::quoted;

pub fn invalid(error: &str) -> Sentence {
    say!("config_invalid" => "config error: {error}", "fix it, then run \"wick config check\"")
}

/// An edit was not written.
pub fn not_written(error: &str) -> Sentence {
    say!("config_not_written" => "the config is as it was: {error}", "fix that, then run the command again")
}

/// The config is not understood; until it is, the last good one goes on, or where there was none nothing is changed.
pub fn kept(error: &str, had_a_good_one: bool) -> [String; 2] {
    let until = if had_a_good_one { "Using the last working config until then" } else { "Wick only reads until then" };
    [format!("Config error: {error}"), until.to_owned()]
}

/// The file that `--config` names is not there, and the command would not make it.
pub fn absent(path: &str) -> Sentence {
    say!("usage" => "there is no {path}, which --config names",
        "correct the path, or write a first config there: wick --config '{path}' config init")
}

/// What `wick config init` did.
pub fn created(path: &str, wrote: bool) -> String {
    if wrote {
        format!("Created {path}; every line in it is the default")
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

fn untrusted(why: Distrust, path: &Path) -> String {
    let path = quoted(&path.display().to_string());
    match why {
        Distrust::Folder => "this is a folder, not a config file; name a file in it, or move it away".to_owned(),
        Distrust::NotAFile => "the config is not a regular file; move it away".to_owned(),
        Distrust::OtherOwner => {
            format!("the config belongs to another user; make it yours: sudo chown -h \"$USER\" {path}")
        }
        Distrust::OthersCanWrite => format!("others can write the config; make it yours alone: chmod go-w {path}"),
        Distrust::TooLarge => "the config is larger than any is; write a shorter one".to_owned(),
        Distrust::NotText => "the config is not UTF-8 text; save it as UTF-8".to_owned(),
    }
}

/// Reading it hangs.
pub fn silent(seconds: u64) -> String {
    format!("it could not be read within {seconds} s")
}

/// Why a config file is not used.
pub fn file(error: &ConfigFileError) -> String {
    match error {
        ConfigFileError::Untrusted(why, path) => untrusted(*why, path),
        ConfigFileError::Roots(path) => {
            let path = path.display();
            format!("only root can write {path}; change it where it is made, as in the system's configuration")
        }
        ConfigFileError::System(detail) => detail.clone(),
        ConfigFileError::Changing => "another program keeps changing it; try again when it is done".to_owned(),
    }
}
