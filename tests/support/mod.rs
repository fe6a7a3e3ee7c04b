//! What tests stand on: homes in temporary folders, credentials with sentinel tokens, fakes that keep state, and a
//! desktop on a private bus.

pub mod credential;
#[cfg(not(target_os = "macos"))]
pub mod desktop;
pub mod fakes;
pub mod home;

use std::time::{Duration, Instant};

/// Far longer than anything here takes, so that a busy machine does not fail a test.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Waits for something that another process does. Tests of rules pass a clock in instead.
pub fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited {PATIENCE:?} in vain for {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Whether the tests run as root, to whom every file can be read.
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}
