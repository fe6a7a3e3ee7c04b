//! A logind that reports sleep and gives delays, on a private bus.

use std::io::{ErrorKind, Read};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex};

use zbus::blocking::Connection;
use zbus::zvariant::OwnedFd;

use super::Bus;

const NAME: &str = "org.freedesktop.login1";
const PATH: &str = "/org/freedesktop/login1";
const MANAGER: &str = "org.freedesktop.login1.Manager";

/// Has logind's name, and sends its signal.
pub struct Logind {
    connection: Connection,
    delays: Delays,
}

/// Our ends of what was given, in order, each with whether the one before it was held at that moment.
type Delays = Arc<Mutex<Vec<(UnixStream, bool)>>>;

struct Manager(Delays);

#[zbus::interface(name = "org.freedesktop.login1.Manager")]
impl Manager {
    fn inhibit(&self, what: &str, _who: &str, _why: &str, mode: &str) -> OwnedFd {
        assert_eq!((what, mode), ("sleep", "delay"));
        let (ours, theirs) = UnixStream::pair().expect("two ends");
        ours.set_nonblocking(true).expect("a socket");
        let mut delays = self.0.lock().expect("not poisoned");
        let before = delays.last().is_some_and(|(delay, _)| is_held(delay));
        delays.push((ours, before));
        std::os::fd::OwnedFd::from(theirs).into()
    }
}

/// Whoever has the other end has not closed it.
fn is_held(mut delay: &UnixStream) -> bool {
    delay.read(&mut [0]).is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
}

impl Logind {
    pub fn start(bus: &Bus) -> Self {
        let delays = Delays::default();
        let builder = bus.builder().serve_at(PATH, Manager(Arc::clone(&delays))).expect("a path");
        let connection = builder.name(NAME).expect("a name").build().expect("the bus runs");
        Self { connection, delays }
    }

    /// Says that the computer goes to sleep, or that it woke up.
    pub fn emit(&self, goes_to_sleep: bool) {
        let told = self.connection.emit_signal(None::<&str>, PATH, MANAGER, "PrepareForSleep", &goes_to_sleep);
        told.expect("the bus runs");
    }

    /// How many delays were given so far.
    pub fn delays(&self) -> usize {
        self.delays.lock().expect("not poisoned").len()
    }

    /// Whether the last one is held.
    pub fn waits(&self) -> bool {
        self.delays.lock().expect("not poisoned").last().is_some_and(|(delay, _)| is_held(delay))
    }

    /// Whether it was held until the last one was given.
    pub fn waited_before(&self) -> bool {
        self.delays.lock().expect("not poisoned").last().is_some_and(|(_, before)| *before)
    }
}
