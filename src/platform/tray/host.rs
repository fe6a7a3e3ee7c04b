//! Whether anything draws tray icons here: a panel on the session bus, which may come late, go, or hang.

use std::thread;
use std::time::Duration;

use zbus::blocking::Connection;
use zbus::message::{Message, Type};
use zbus::zvariant::{OwnedValue, Structure};

use crate::domain::facts::TrayHost;
use crate::platform::bus;
use crate::ports::start_thread;

const WATCHER: &str = "org.kde.StatusNotifierWatcher";
const WATCHER_PATH: &str = "/StatusNotifierWatcher";
/// What says that the answer may be another one by now.
const RULES: [&str; 3] = [
    "type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0='org.kde.StatusNotifierWatcher'",
    "type='signal',interface='org.kde.StatusNotifierWatcher',member='StatusNotifierHostRegistered'",
    "type='signal',interface='org.kde.StatusNotifierWatcher',member='StatusNotifierHostUnregistered'",
];
const LIMIT: Duration = Duration::from_secs(2);
/// The pauses between two tries to find a bus, or one that answers.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// Asks the session bus for a panel that shows icons.
pub fn find() -> TrayHost {
    bus::session(LIMIT).map_or_else(|error| absent(&error), |connection| ask(&connection).unwrap_or(TrayHost::NoHost))
}

/// Reports what is there, and whatever becomes of it, from a thread that sleeps while nothing does.
pub(super) fn watch(report: impl Fn(TrayHost) + Send + 'static) {
    let follow = move || {
        let (mut pause, mut was_told) = (SHORTEST_PAUSE, false);
        loop {
            match bus::session(LIMIT) {
                Ok(connection) => {
                    let mut has_answered = false;
                    let reported = |host| {
                        has_answered = true;
                        report(host);
                    };
                    if let Err(error) = follow(&connection, reported) {
                        tracing::warn!("the session bus has ended: {error}");
                    }
                    if has_answered {
                        pause = SHORTEST_PAUSE;
                    }
                    report(TrayHost::Gone);
                }
                // Said once: the next tries bring the same.
                Err(error) if !was_told => report(absent(&error)),
                Err(_) => {}
            }
            was_told = true;
            thread::sleep(pause);
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    };
    if let Err(error) = start_thread("panel", Box::new(follow)) {
        tracing::warn!("no thread to look for a panel: {error}");
    }
}

/// Asks for the panel's name of the moment on the bus.
pub(super) fn panel() -> impl Fn() -> Option<String> {
    let bus = bus::session(LIMIT).ok();
    move || {
        let answer = bus::of_the_bus(bus.as_ref()?, "GetNameOwner", WATCHER);
        answer.ok()?.body().deserialize().ok()
    }
}

/// Until the bus ends.
fn follow(connection: &Connection, mut report: impl FnMut(TrayHost)) -> zbus::Result<()> {
    let messages = bus::listen(connection, &RULES)?;
    report_answer(connection, &mut report);
    for message in messages {
        if is_news(&message?) {
            report_answer(connection, &mut report);
        }
    }
    Ok(())
}

/// Asks a panel that is there and does not answer again, later and later: it may be as busy as this computer at login.
fn report_answer(connection: &Connection, report: &mut impl FnMut(TrayHost)) {
    let mut pause = SHORTEST_PAUSE;
    while pause < LONGEST_PAUSE {
        match ask(connection) {
            Some(host) => return report(host),
            None if pause == SHORTEST_PAUSE => report(TrayHost::NoHost),
            None => {}
        }
        thread::sleep(pause);
        pause *= 2;
    }
}

/// Answers to our own calls and what the bus says of ourselves come here too.
fn is_news(message: &Message) -> bool {
    let header = message.header();
    let member = header.member().map_or("", |member| member.as_str());
    message.message_type() == Type::Signal && (member == "NameOwnerChanged" || member.starts_with("StatusNotifierHost"))
}

/// `None` where there is a panel's name on the bus, and no answer.
fn ask(connection: &Connection) -> Option<TrayHost> {
    let property = Structure::from((WATCHER, "IsStatusNotifierHostRegistered"));
    let answer = bus::call(connection, WATCHER, WATCHER_PATH, "org.freedesktop.DBus.Properties", "Get", &property);
    let value = answer.and_then(|answer| answer.body().deserialize::<OwnedValue>());
    match value.map(TryInto::try_into) {
        Ok(Ok(true)) => Some(TrayHost::Present),
        Err(error) if bus::is_silent(&error) => None,
        _ => Some(TrayHost::NoHost),
    }
}

fn absent(error: &zbus::Error) -> TrayHost {
    if bus::is_silent(error) { TrayHost::Silent } else { TrayHost::NoBus(error.to_string()) }
}
