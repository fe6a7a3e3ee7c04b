//! A logind that reports sleep, on a private bus.

use zbus::blocking::Connection;

use super::Bus;

const NAME: &str = "org.freedesktop.login1";
const PATH: &str = "/org/freedesktop/login1";
const MANAGER: &str = "org.freedesktop.login1.Manager";

/// Has logind's name, and sends its signal.
pub struct Logind(Connection);

impl Logind {
    pub fn start(bus: &Bus) -> Self {
        Self(bus.builder().name(NAME).expect("a name").build().expect("the bus runs"))
    }

    /// Says that the computer goes to sleep, or that it woke up.
    pub fn emit(&self, goes_to_sleep: bool) {
        let told = self.0.emit_signal(None::<&str>, PATH, MANAGER, "PrepareForSleep", &goes_to_sleep);
        told.expect("the bus runs");
    }
}
