//! Going to sleep and waking up as systemd's logind reports it: the signal `PrepareForSleep` of
//! `org.freedesktop.login1.Manager`, whose argument is true before the sleep and false after it. It waits for those who hold a
//! delay of `Inhibit`, as long as its setting `InhibitDelayMaxSec` says (5 s by default).

use std::time::Duration;

use zbus::blocking::Connection;
use zbus::message::{Message, Type};
use zbus::zvariant::{OwnedFd, Structure};

use super::bus;
use super::sleep::COMPUTER;
use crate::domain::state::event::Event;
use crate::ports::{EventSink, start_thread};

const LOGIND: &str = "org.freedesktop.login1";
const PATH: &str = "/org/freedesktop/login1";
const MANAGER: &str = "org.freedesktop.login1.Manager";
const RULE: &str = "type='signal',sender='org.freedesktop.login1',path='/org/freedesktop/login1',\
                    interface='org.freedesktop.login1.Manager',member='PrepareForSleep'";
/// How long an answer is waited for.
const LIMIT: Duration = Duration::from_secs(10);
/// The same where a refresh waits for it.
const SHORT_LIMIT: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub struct Watch;

/// Reports each time that this computer goes to sleep or wakes up, from a thread that sleeps otherwise, and makes it wait for
/// what must not be cut. Without a system bus or logind nothing is reported: the loop's clocks show it within a minute.
pub fn watch(events: &EventSink) -> Watch {
    let events = EventSink::clone(events);
    let follow = move || {
        if let Err(error) = follow(&events) {
            tracing::info!("nothing reports when this computer sleeps and wakes up ({error}): seen within a minute");
        }
        if COMPUTER.is_going() {
            // Nobody would say so any more.
            COMPUTER.is_awake(None);
            events(Event::Woke);
        }
    };
    if let Err(error) = start_thread("wake", Box::new(follow)) {
        tracing::warn!("no thread to wait for waking up: {error}");
    }
    Watch
}

/// Holds the sleep off until what it returns is dropped; `None` where this computer goes to sleep already.
pub fn hold_off() -> Option<Box<dyn Send>> {
    let in_flight = COMPUTER.begin()?;
    if COMPUTER.is_delayed() {
        return Some(Box::new(in_flight));
    }
    // A command keeps no watch, and has a delay only for this.
    let own = bus::system(SHORT_LIMIT).ok().and_then(|bus| delay(&bus));
    Some(Box::new((in_flight, own)))
}

fn follow(events: &EventSink) -> zbus::Result<()> {
    let bus = bus::system(LIMIT)?;
    // First: what goes to sleep right after the delay was asked for is heard of.
    let messages = bus::listen(&bus, &[RULE])?;
    COMPUTER.is_awake(delay(&bus));
    for message in messages {
        let message = message?;
        if !is_of_a_sleep(&message) {
            continue;
        }
        let goes_to_sleep: bool = message.body().deserialize()?;
        if goes_to_sleep {
            events(Event::WillSleep);
            COMPUTER.goes();
        } else {
            COMPUTER.is_awake(delay(&bus));
            events(Event::Woke);
        }
    }
    Ok(())
}

/// Answers to our own calls and what the bus says of ourselves come here too.
fn is_of_a_sleep(message: &Message) -> bool {
    let header = message.header();
    message.message_type() == Type::Signal
        && header.path().is_some_and(|path| path.as_str() == PATH)
        && header.interface().is_some_and(|interface| interface.as_str() == MANAGER)
        && header.member().is_some_and(|member| member.as_str() == "PrepareForSleep")
}

/// Has logind wait with a sleep until what it returns is dropped.
fn delay(bus: &Connection) -> Option<Box<dyn Send>> {
    let wanted = Structure::from(("sleep", "Wick", "a new access token is being stored", "delay"));
    let answer = bus::call(bus, LOGIND, PATH, MANAGER, "Inhibit", &wanted);
    let delay = answer.and_then(|answer| answer.body().deserialize::<OwnedFd>());
    match delay {
        Ok(delay) => Some(Box::new(delay)),
        Err(error) => {
            tracing::info!("this computer does not wait with its sleep for a refresh ({error})");
            None
        }
    }
}
