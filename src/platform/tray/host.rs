//! Whether anything draws tray icons here: a panel on the session bus, which may come late, go, or hang.

use std::thread;
use std::time::Duration;

use zbus::blocking::{Connection, MessageIterator};
use zbus::message::{Message, Type};
use zbus::zvariant::OwnedValue;

use crate::domain::facts::TrayHost;
use crate::platform::bus;

const WATCHER: &str = "org.kde.StatusNotifierWatcher";
const WATCHER_PATH: &str = "/StatusNotifierWatcher";
const BUS: &str = "org.freedesktop.DBus";
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
    bus::session(LIMIT).map_or_else(|error| absent(&error), |connection| ask(&connection))
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
    if let Err(error) = thread::Builder::new().name("panel".to_owned()).spawn(follow) {
        tracing::warn!("no thread to look for a panel: {error}");
    }
}

/// Until the bus ends.
fn follow(connection: &Connection, mut report: impl FnMut(TrayHost)) -> zbus::Result<()> {
    let messages = MessageIterator::from(connection);
    for rule in RULES {
        connection.call_method(Some(BUS), "/org/freedesktop/DBus", Some(BUS), "AddMatch", &rule)?;
    }
    report(ask(connection));
    for message in messages {
        if is_news(&message?) {
            report(ask(connection));
        }
    }
    Ok(())
}

/// Answers to our own calls and what the bus says of ourselves come here too.
fn is_news(message: &Message) -> bool {
    let header = message.header();
    let member = header.member().map_or("", |member| member.as_str());
    message.message_type() == Type::Signal && (member == "NameOwnerChanged" || member.starts_with("StatusNotifierHost"))
}

fn ask(connection: &Connection) -> TrayHost {
    let property = (WATCHER, "IsStatusNotifierHostRegistered");
    let properties = Some("org.freedesktop.DBus.Properties");
    let answer = connection.call_method(Some(WATCHER), WATCHER_PATH, properties, "Get", &property);
    let value = answer.and_then(|answer| answer.body().deserialize::<OwnedValue>());
    if value.is_ok_and(|value| value.try_into() == Ok(true)) { TrayHost::Present } else { TrayHost::NoHost }
}

fn absent(error: &zbus::Error) -> TrayHost {
    if bus::is_silent(error) { TrayHost::Silent } else { TrayHost::NoBus(error.to_string()) }
}
