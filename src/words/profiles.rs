//! Words about several profiles.

use super::sentence::{Sentence, say, typed};
use crate::domain::settings::ProfileName;
use crate::domain::text::near::one_slip_apart;

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

/// `--profile` names none that the config lists.
pub fn unknown(name: &ProfileName, known: &[String]) -> Sentence {
    let near = one_slip_apart(name.as_str(), known);
    let near = near.map(|near| format!("did you mean {near}? Else ")).unwrap_or_default();
    let usual = ProfileName::default();
    let known = [usual.as_str()].into_iter().chain(known.iter().map(String::as_str)).collect::<Vec<_>>().join(", ");
    say!("unknown_profile" => "no profile is named {name}; there are: {known}",
        "{near}leave out --profile, or add the profile to the config under [[profiles]]", name = typed(name.as_str()))
}

/// The app was started for one.
pub fn app_has_all() -> Sentence {
    say!("all_profiles" => "the app shows all profiles", "leave out --profile, or name a command")
}
