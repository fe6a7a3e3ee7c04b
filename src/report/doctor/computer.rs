//! The doctor's checks of what Wick runs on: its config and state, the desktop, Claude Code.

use super::check::{Examined, Found, Verdict, acts, found};
use crate::domain::autostart::{Autostart, AutostartError};
use crate::domain::facts::{Facts, IconPlace, LockFacts, LockState, NotificationService, Signature, TrayHost};
use crate::domain::network::CertificatesFault;
use crate::domain::system::SystemError;
use crate::words::moment::local;
use crate::words::sentence::{Sentence, typed};
use crate::words::system::{cure, relative};
use crate::words::{autostart as autostart_words, config as config_words, network, sync_failure};

pub(super) fn config((path, outcome): &(String, Result<bool, String>)) -> Found {
    match outcome {
        Ok(is_there) => Verdict::Pass.alone(config_words::understood(path, *is_there)),
        Err(error) => Verdict::Fail.with(format!("{path}: {error}"), Some(config_words::invalid(error).action)),
    }
}

pub(super) fn environment(facts: &Facts) -> Found {
    if let Some((name, value)) = facts.relative.first() {
        return found!(Warn => "{what}, and ignored: {value}", "write the full path into {name}",
            what = relative(name, value));
    }
    match &facts.unknown_time_zone {
        Some(zone) => found!(Warn => "TZ is {zone}, and no such time zone is known here: times are shown in UTC",
            "install the system's time zones (tzdata), or set TZ to a name that they have, such as Europe/Berlin"),
        None => found!(Pass => "every variable that Wick reads is understood"),
    }
}

pub(super) fn state_folder(Examined { facts, unread, .. }: &Examined<'_>) -> Found {
    let (path, outcome) = &facts.state_folder;
    if let Some(error) = unread {
        let SystemError { path, detail, .. } = error;
        return found!(Fail => "{path} cannot be read: {detail}", "{yours}; until then Wick does nothing by itself",
            yours = cure(error, || format!("make {path} a file of yours that you can read, or move it away")));
    }
    match outcome {
        Ok(()) => found!(Pass => "{path}"),
        Err(error) => {
            let SystemError { path, detail, .. } = error;
            found!(Fail => "{path} cannot be used: {detail}", "{yours}; until then alerts may repeat",
                yours = cure(error, || format!("make {path} a folder of yours that you can write")))
        }
    }
}

pub(super) fn locks(locks: &[LockFacts]) -> Found {
    let of = |state| locks.iter().find(|lock| lock.state == state).map(|lock| &lock.path);
    if let Some(path) = of(LockState::NotALock) {
        return found!(Fail => "{path} is in the way of every refresh, and no empty folder that \"rmdir\" could remove",
            "if no Claude Code is running, move {path} away");
    }
    if let Some(path) = of(LockState::LeftBehind) {
        return found!(Warn => "{path} stands there without a sign of life, or with a date that lies ahead",
            "if no Claude Code is running, run \"rmdir {path}\"; Wick itself waits a minute for it, and removes it then");
    }
    match of(LockState::Held) {
        Some(path) => found!(Pass => "{path} is held: somebody is refreshing at the moment"),
        None => found!(Pass => "no refresh is under way, and none has left a lock"),
    }
}

pub(super) fn tray(Facts { tray, icon, .. }: &Facts) -> Found {
    match (icon, tray) {
        (Some(IconPlace::Shown), _) => found!(Pass => "the running Wick shows its icon"),
        (Some(IconPlace::Hidden), _) => found!(Warn =>
            "the running Wick has an icon, and nobody can see it now: System Settings, the notch, a full-screen app or a \
             menu bar organizer may hide it",
            "allow Wick in System Settings > Menu Bar, or quit other menu bar apps to make room; until then open Wick.app \
             once more, which shows both clocks"),
        (Some(IconPlace::Nowhere), TrayHost::Present) => found!(Warn =>
            "tray icons are shown here, and the running Wick has none", "quit Wick and start it again; its log says why"),
        (None, TrayHost::Present) => {
            found!(Pass => "tray icons are shown here; no running Wick was there to ask for its own")
        }
        (_, TrayHost::NoHost) => found!(Warn => "no panel shows tray icons; the icon appears as soon as one does",
            "on GNOME install its AppIndicator extension; elsewhere add the tray to your panel"),
        (_, TrayHost::NoBus(_)) => found!(Warn => "no session bus was found",
            "start Wick from your desktop session; in a plain terminal it prints the time left instead"),
        (_, TrayHost::Silent | TrayHost::Gone) => found!(Warn => "the session bus does not answer",
            "log out and in again; until then Wick prints the time left in a terminal"),
    }
}

pub(super) fn notifications(service: &NotificationService) -> Found {
    let none = |what| Verdict::Warn.with(what, Some("start a notification service, or watch the icon".to_owned()));
    match service {
        NotificationService::Present { name, buttons: true } => found!(Pass => "{name}, with buttons"),
        NotificationService::Present { name, buttons: false } => found!(Pass => "{name}, without buttons"),
        NotificationService::NotAskedYet(Signature::Named | Signature::Unknown) => {
            found!(Pass => "macOS asks for your approval when you first open Wick's menu")
        }
        NotificationService::NotAskedYet(Signature::AdHoc | Signature::None) => found!(Warn =>
            "macOS asks for your approval when you first open Wick's menu, but may not for an app that nobody has signed by name",
            "nothing, if it asks; else watch the icon, or sign Wick.app with an identity of yours"),
        NotificationService::Refused { app } => found!(Warn => "Wick may not show alerts",
            "allow them in System Settings > Notifications > Wick, or watch the icon; if Wick is not there, run \"open {app}\"",
            app = typed(app)),
        NotificationService::NoBundle => found!(Warn =>
            "macOS shows no notifications of a program outside an app bundle",
            "start Wick.app; the menu says the same as they would"),
        NotificationService::Unreachable { app, reason } => found!(Warn =>
            "no notifications can be shown ({reason})",
            "on the Mac's own desktop run \"open {app}\", or watch the icon", app = typed(app)),
        NotificationService::Silent => none("the notification service did not answer in time"),
        NotificationService::Absent(_) => none("no notification service answers here"),
    }
}

pub(super) fn alerts(Examined { settings, alert_command, now, .. }: &Examined<'_>) -> Found {
    let Some(program) = settings.alerts.command.first() else {
        return found!(Skip => "no alerts.command in the config: alerts are notifications alone");
    };
    match alert_command {
        None => found!(Pass => "each alert goes to {program} too", program = typed(program)),
        Some(failed) => {
            let Sentence { message, action, .. } = sync_failure::alert_command(&failed.failure, now);
            found!(Warn => "the alert of {at} did not get through {program}: {message}", "{action}",
                at = local(failed.at, now), program = typed(program))
        }
    }
}

pub(super) fn autostart(autostart: &Autostart) -> Found {
    let verdict = match autostart {
        Autostart::On | Autostart::UntilUpgrade | Autostart::Off => Verdict::Pass,
        Autostart::Broken(_) | Autostart::NeedsApproval | Autostart::Unavailable(AutostartError::Translocated) => {
            Verdict::Warn
        }
        Autostart::Unavailable(_) => Verdict::Skip,
    };
    verdict.with(autostart_words::state(autostart), autostart_words::command(autostart))
}

pub(super) fn claude(path: Option<&str>) -> Found {
    match path {
        Some(path) => found!(Pass => "{path}"),
        None => found!(Warn => "Claude Code was not found", "install it, or add it to PATH"),
    }
}

pub(super) fn certificates(faults: &[CertificatesFault]) -> Found {
    if faults.is_empty() {
        return found!(Pass => "no variable names certificates that cannot be used");
    }
    let detail = faults.iter().map(network::certificates).collect::<Vec<_>>().join("; ");
    Verdict::Warn
        .with(detail, acts(faults.iter().map(|fault| (fault.variable.to_string(), network::certificates_cure(fault)))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::settings::Choice;

    #[test]
    fn what_the_running_app_says_of_its_icon_comes_before_what_is_there_to_show_it_in() {
        let judged = |icon, tray| {
            let error = SystemError::new(&"/state", &std::io::ErrorKind::NotFound);
            let found = self::tray(&Facts { tray, icon, ..Facts::unknown(error) });
            (found.verdict, found.action.is_some())
        };
        for host in [TrayHost::Present, TrayHost::NoHost, TrayHost::Silent] {
            assert_eq!(judged(Some(IconPlace::Shown), host.clone()), (Verdict::Pass, false));
            assert_eq!(judged(Some(IconPlace::Hidden), host.clone()), (Verdict::Warn, true));
            assert_eq!(judged(Some(IconPlace::Nowhere), host), (Verdict::Warn, true));
        }
        assert_eq!(judged(None, TrayHost::Present), (Verdict::Pass, false));
        for place in [IconPlace::Shown, IconPlace::Hidden, IconPlace::Nowhere] {
            assert_eq!(IconPlace::of_word(place.word()), Some(place));
        }
        assert_eq!(IconPlace::of_word(""), None);
    }

    #[test]
    fn where_macos_does_not_know_the_app_the_cure_is_to_open_it() {
        let app = || "'/Users/ada/My Apps/Wick.app'".to_owned();
        for service in [
            NotificationService::Refused { app: app() },
            NotificationService::Unreachable { app: app(), reason: "bundleProxyForCurrentProcess is nil".to_owned() },
        ] {
            let found = notifications(&service);
            assert_eq!(found.verdict, Verdict::Warn);
            let action = found.action.expect("there is a cure");
            assert!(action.contains("\"open '/Users/ada/My Apps/Wick.app'\""), "{action}");
        }
    }
}
