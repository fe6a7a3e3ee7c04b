//! Waking up as systemd's logind reports it: the signal `PrepareForSleep` of `org.freedesktop.login1.Manager`, whose
//! argument is true before the sleep and false after it.

use std::thread;

use zbus::blocking::MessageIterator;
use zbus::blocking::connection::Builder;
use zbus::{MatchRule, message};

use crate::domain::state::event::Event;
use crate::ports::EventSink;

/// Keeps the watch.
#[derive(Debug)]
pub struct Watch;

/// Reports each time that this computer wakes up, from a thread that sleeps otherwise. Without a system bus or logind
/// nothing is reported: the loop's clocks show it within a minute.
pub fn watch(events: &EventSink) -> Watch {
    let events = EventSink::clone(events);
    let follow = move || {
        if let Err(error) = follow(&events) {
            tracing::info!("nothing reports when this computer wakes up ({error}): seen within a minute");
        }
    };
    if let Err(error) = thread::Builder::new().name("wake".to_owned()).spawn(follow) {
        tracing::warn!("no thread to wait for waking up: {error}");
    }
    Watch
}

fn follow(events: &EventSink) -> zbus::Result<()> {
    let bus = Builder::system()?.build()?;
    let rule = MatchRule::builder()
        .msg_type(message::Type::Signal)
        .sender("org.freedesktop.login1")?
        .path("/org/freedesktop/login1")?
        .interface("org.freedesktop.login1.Manager")?
        .member("PrepareForSleep")?
        .build();
    for signal in MessageIterator::for_match_rule(rule, &bus, None)? {
        let goes_to_sleep: bool = signal?.body().deserialize()?;
        if !goes_to_sleep {
            events(Event::Woke);
        }
    }
    Ok(())
}
