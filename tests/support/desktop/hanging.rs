//! Neighbors that are there and never answer.

use std::os::unix::net::UnixListener;
use std::thread;

use tempfile::TempDir;
use zbus::blocking::Connection;

use super::Bus;

/// A bus that takes connections and says nothing.
pub struct Hanging {
    pub address: String,
    _folder: TempDir,
}

impl Hanging {
    pub fn accepting() -> Self {
        let (listener, hanging) = Self::bind();
        thread::spawn(move || {
            let mut taken = Vec::new();
            listener.incoming().for_each(|connection| taken.push(connection));
        });
        hanging
    }

    /// Does not even take the connections that the system keeps for it.
    pub fn not_accepting() -> Self {
        let (listener, hanging) = Self::bind();
        // Until the tests end: closed, it would refuse.
        std::mem::forget(listener);
        hanging
    }

    fn bind() -> (UnixListener, Self) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("bus");
        let listener = UnixListener::bind(&path).expect("a writable folder");
        (listener, Self { address: format!("unix:path={}", path.display()), _folder: folder })
    }
}

/// Has a name on a bus, and answers no call.
pub struct SilentService(#[expect(dead_code, reason = "the name goes with it")] Connection);

impl SilentService {
    /// Without an object on it, a connection answers nothing.
    pub fn start(bus: &Bus, name: &'static str) -> Self {
        let connection = bus.builder().name(name).expect("a name").build().expect("the bus runs");
        Self(connection)
    }
}
