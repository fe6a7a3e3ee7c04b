//! Words about several profiles.

use super::sentence::{Sentence, say, typed};
use crate::domain::settings::ProfileName;

/// What is said of one profile, where there are several: in the menu's headings and in notifications.
pub fn of(name: &ProfileName, what: &str) -> String {
    format!("{name}: {what}")
}

/// Profiles that have another one's sign-in.
pub fn left_out(profiles: &[ProfileName]) -> Sentence {
    let list = profiles.iter().map(ProfileName::as_str).collect::<Vec<_>>().join(", ");
    say!("same_sign_in" => "the same sign-in as another profile, so the app leaves it out: {list}",
        "give each profile a `config_dir` of its own, or remove one")
}

/// The command that syncs its targets.
pub fn sync_command(name: &ProfileName) -> String {
    command(name, "sync")
}

/// A command that is about its sign-in.
pub fn command(name: &ProfileName, arguments: &str) -> String {
    if name.is_default() { format!("wick {arguments}") } else { format!("wick --profile {name} {arguments}") }
}

pub fn unknown(name: &ProfileName, known: &[String]) -> String {
    let known =
        if known.is_empty() { "none are listed".to_owned() } else { format!("there are: {}", known.join(", ")) };
    let name = typed(name.as_str());
    format!("no profile is named `{name}` ({known}); add it under `[[profiles]]`, or leave out --profile")
}

/// The app was started for one.
pub fn app_has_all() -> Sentence {
    say!("all_profiles" => "the app shows all profiles", "leave out --profile, or name a command")
}
