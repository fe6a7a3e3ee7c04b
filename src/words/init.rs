//! What `wick init` asks and says.

use std::time::Duration;

use super::sentence::named;
use crate::domain::settings::{CI_TOKEN_NAME, Choice, Gets, Mapping, ProfileName, Target};

pub const WHICH: &str = "Which repository? Type to search, enter to choose";
/// Beside a repository in the list.
pub const OF_THIS_FOLDER: &str = "this folder's";

/// Which repository is this folder's is not known.
pub fn git_is_silent(waited: Duration) -> String {
    format!("git did not answer within {} s, so this folder's repository is not known", waited.as_secs())
}

pub const WHAT: &str = "What should it get?";
pub const OPEN_AT_LOGIN: &str = "Open Wick when you log in?";

/// The question was left without an answer.
pub const BROKEN_OFF: &str = "Nothing was changed: the question was not answered";

/// The config says that targets do not get the refresh token.
pub const NOT_SHARED: &str =
    "the config says share_refresh_token = false under [sync]; choose --gets access, or change that first";

/// What the answer in the config means, where it is not given yet: it is one for all targets of a profile.
pub fn shares(profile: &ProfileName, others: &[String]) -> String {
    let others = if others.is_empty() {
        "each that you add later and that names it".to_owned()
    } else {
        format!("{}, and each that you add later,", others.join(", "))
    };
    format!(
        "The config has one answer for {}: with share_refresh_token = true, {others} gets the refresh token too",
        all_targets(profile)
    )
}

fn all_targets(profile: &ProfileName) -> String {
    if profile.is_default() { "all targets".to_owned() } else { format!("all targets of the profile {profile}") }
}

/// The question after that, where there are other targets.
pub const SHARE_TOO: &str = "Share the refresh token with them too?";

/// The answer is in the config now.
pub fn shared(profile: &ProfileName, target: &Target, others: &[String]) -> String {
    let names: Vec<String> = std::iter::once(target.to_string()).chain(others.iter().cloned()).collect();
    format!(
        "Set share_refresh_token = true for {}; the refresh token goes to {}",
        all_targets(profile),
        names.join(", ")
    )
}

/// What was not done because the sync failed.
pub const NOT_OPENED: &str = "Opening at login was not turned on: run \"wick init\" again, or \"wick autostart on\"";

/// A choice, and what it means.
pub fn choice(gets: Gets) -> (&'static str, &'static str) {
    match gets {
        Gets::OneYear => ("The one-year token (recommended)", "made for CI: nobody can sign you out with it"),
        Gets::Access => ("The access token", "works for hours; sync again after each refresh"),
        Gets::AccessAndRefresh => (
            "The access and the refresh token",
            "risky: it works once, and whoever spends it first signs you and the others out",
        ),
    }
}

/// Without a terminal nobody can be asked for these.
pub fn lacking(flags: &[&str]) -> String {
    format!("without a terminal nothing is asked; add {}", named(flags, flags.len(), ", "))
}

pub const NO_REPO: &str = "--repo OWNER/NAME";
pub fn no_gets() -> String {
    format!("--gets {}", Gets::WORDS.iter().map(|(word, _)| *word).collect::<Vec<_>>().join("|"))
}
pub const NO_OPEN_AT_LOGIN: &str = "--open-at-login yes|no";
pub const NO_YES: &str = "--yes, to send without a question";
pub const NO_TOKEN: &str = "the one-year token on standard input: claude setup-token | wick init …";

/// The last question, where flags have answered all others.
pub fn confirm(target: &Target) -> String {
    format!("Send to {target} now?")
}

pub fn sign_in(clock: &str) -> String {
    format!("Sign-in: found; access token {clock}")
}

/// What a dry run would have done.
pub fn plan(target: &Target, mappings: &[Mapping], opens: Option<bool>) -> Vec<String> {
    let names: Vec<&str> = mappings.iter().map(|mapping| mapping.name.as_str()).collect();
    let mut lines = vec![format!("Would add {target} to the config, and send it {}", names.join(", "))];
    lines.extend(opens.filter(|opens| *opens).map(|_| "Would open Wick when you log in".to_owned()));
    lines
}

/// How a workflow uses what was sent.
pub fn workflow(target: &Target, gets: Gets) -> String {
    let secret = gets.mappings().swap_remove(0).name;
    format!("For a workflow of {target}, under env:\n\n    {CI_TOKEN_NAME}: ${{{{ secrets.{secret} }}}}")
}
