//! What the doctor says of each part: what was found, and what to do where something is to be done.

use jiff::Timestamp;

use super::moment::utc;
use super::sentence::SIGN_IN;
use super::targets;
use crate::domain::credential::{Location, SourceKind};
use crate::domain::settings::RefreshMode;

/// What was found, and what to do; `None` where there is nothing to do.
pub type Finding = (String, Option<String>);

fn fine(detail: impl Into<String>) -> Finding {
    (detail.into(), None)
}

pub(super) fn act(detail: impl Into<String>, action: impl Into<String>) -> Finding {
    (detail.into(), Some(action.into()))
}

/// The first line of a report.
pub fn heading(version: &str, now: Timestamp) -> String {
    format!("Wick {version}, {}", utc(now))
}

/// What depends on settings that are not known.
pub fn without_settings() -> Finding {
    fine("not judged: the config is not understood")
}

/// The config is not understood.
pub fn config_broken(path: &str, error: &str) -> Finding {
    act(format!("{path}: {error}"), "mend the line")
}

/// Where the credential is kept.
pub fn source(location: &Location, modified: Option<Timestamp>) -> Finding {
    let named = match location.kind {
        SourceKind::File => location.place.clone(),
        SourceKind::Keychain => format!("keychain item \"{}\"", location.place),
    };
    let written = modified.map(|moment| format!(", written {}", utc(moment)));
    fine(format!("{named}{}", written.unwrap_or_default()))
}

/// The credential is no file, or cannot be looked at.
pub fn no_file() -> Finding {
    fine("no file to look at")
}

/// The file belongs to someone else.
pub fn other_owner() -> Finding {
    act("the file belongs to another user", "find out which program wrote it")
}

/// The file is open to others.
pub fn open_to_others(mode: u32, path: &str) -> Finding {
    act(format!("mode {mode:04o}: others on this computer may reach your tokens"), format!("chmod 600 '{path}'"))
}

/// The file is as it should be.
pub fn private_file(mode: u32, symlink: bool) -> Finding {
    let link = if symlink { ", a symbolic link: Claude Code replaces it by a file when it writes" } else { "" };
    fine(format!("mode {mode:04o}{link}"))
}

/// There is a sign-in.
pub fn sign_in(account: Option<String>) -> Finding {
    fine(format!("a sign-in: {}", account.unwrap_or_else(|| "no account stored".to_owned())))
}

/// There is none to look at.
pub fn nothing_to_look_at() -> Finding {
    fine("no sign-in to look at")
}

/// The access token's clock.
pub fn access_token(clock: String, ended: bool) -> Finding {
    (clock, ended.then(|| "use Claude Code for a moment: it renews its token by itself".to_owned()))
}

/// The sign-in's clock.
pub fn login(clock: String, ended: bool) -> Finding {
    (clock, ended.then(|| SIGN_IN.to_owned()))
}

/// The computer's clock is believed.
pub fn clock_agrees(zone: Option<&str>) -> Finding {
    fine(format!("agrees with the credential's date; time zone {}", zone.unwrap_or("unnamed")))
}

/// The state folder cannot be used.
pub fn state_folder_unusable(path: &str, error: &str) -> Finding {
    let action = format!("make {path} a folder of yours that you can write; until then alerts may repeat");
    act(format!("{path} cannot be written: {error}"), action)
}

/// The state folder can be used.
pub fn state_folder(path: &str) -> Finding {
    fine(path)
}

/// Icons are shown.
pub fn tray() -> Finding {
    fine("a panel shows tray icons")
}

/// There is a bus and no panel.
pub fn no_tray_host() -> Finding {
    act(
        "no panel shows tray icons; the icon appears as soon as one does",
        "on GNOME install its AppIndicator extension; elsewhere add the tray to your panel",
    )
}

/// There is no bus.
pub fn no_bus(reason: &str) -> Finding {
    act(
        format!("no session bus ({reason})"),
        "start Wick from your desktop session; in a plain terminal it prints the time left instead",
    )
}

/// Notifications are shown.
pub fn notifications(name: &str, buttons: bool) -> Finding {
    fine(format!("{name}, {} buttons", if buttons { "with" } else { "without" }))
}

/// Notifications are not shown.
pub fn no_notifications(reason: &str) -> Finding {
    act(format!("none can be shown ({reason})"), "start a notification service, or watch the icon")
}

/// Nobody was asked for leave yet.
pub fn notifications_not_asked() -> Finding {
    fine("macOS asks you for leave at the first alert")
}

/// Nobody was asked for leave yet, and perhaps nobody will be.
pub fn notifications_of_an_unknown() -> Finding {
    act(
        "macOS asks you for leave at the first alert, but may refuse to for an app that nobody has signed by name",
        "nothing, if it asks; else watch the icon, or sign Wick.app with an identity of yours",
    )
}

/// The user said no.
pub fn notifications_refused() -> Finding {
    act("Wick may show no alerts", "allow them in System Settings > Notifications > Wick, or watch the icon")
}

/// macOS takes none from here.
pub fn notifications_need_a_bundle() -> Finding {
    act("macOS takes none from a program outside an app bundle", "start Wick.app; the menu says the same as they would")
}

/// Where Claude Code is.
pub fn claude(path: &str) -> Finding {
    fine(path)
}

/// Claude Code was not found.
pub fn no_claude() -> Finding {
    act("Claude Code was not found", "install it, or add it to PATH")
}

/// Refreshing is forbidden.
pub fn read_only() -> Finding {
    fine("Wick only reads: refresh.mode is \"never\"")
}

/// A refresh is under way, or was cut off.
pub fn journal() -> Finding {
    act("a refresh is under way or was cut off", "run \"wick refresh\", which finishes it")
}

/// How refreshing is set up, where nothing stands in its way.
pub fn refresh(mode: RefreshMode, automatic: bool, token_url: &str) -> Finding {
    let when = if automatic { "by itself and when asked" } else { "when asked" };
    match mode {
        RefreshMode::Claude => fine(format!("{when}, by asking Claude Code")),
        RefreshMode::Direct | RefreshMode::Never => fine(format!("{when}, at {token_url}")),
    }
}

/// No target is at GitHub.
pub fn no_github_needed() -> Finding {
    fine("no target is at GitHub")
}

/// The GitHub token that would be used.
pub fn github_token(host: &str, source: &str, ends: Option<String>, ended: bool) -> Finding {
    let ends = ends.map(|ends| format!("; {ends}")).unwrap_or_default();
    let detail = format!("a token for {host} from {source}{ends}");
    if ended { act(detail, "log in anew: run \"gh auth login\" or \"wick github login\"") } else { fine(detail) }
}

/// Nothing is synced.
pub fn no_targets(said: String) -> Finding {
    fine(said)
}

/// What each target holds.
pub fn targets(detail: &[String], action: Option<String>, all_well: bool) -> Finding {
    const NAMED: usize = 8;
    let more = detail.len().saturating_sub(NAMED);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    let detail = format!("{}{more}", detail.iter().take(NAMED).cloned().collect::<Vec<_>>().join("; "));
    if all_well { fine(detail) } else { act(detail, action.unwrap_or_else(|| "run \"wick sync\"".to_owned())) }
}

/// There is none that anyone could hold.
pub fn no_refresh_token() -> Finding {
    fine("no refresh token is stored")
}

/// Who holds the refresh token.
pub fn holders(names: &[&str]) -> Finding {
    let detail = targets::holders(names);
    if names.is_empty() {
        return fine(detail);
    }
    let action = "if a job refreshes too, give it a sign-in of its own; or set share_refresh_token to false, \
                  and delete the secret there";
    act(detail, action)
}
