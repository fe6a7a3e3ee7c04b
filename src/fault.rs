//! Points at which tests stop this process from outside, to kill it there or to change the world around it.
//!
//! Does nothing in the shipped program: only the cargo feature `fault-points` gives the function a body.

/// Stops the process here when a test has asked for it by name, until the test lets it go on; or crashes, where it was
/// asked for that. `NAME N` stops at the point only after N passes.
///
/// # Panics
///
/// Where a test has asked for it, and where the system does not let a process stop itself.
#[cfg(feature = "fault-points")]
#[expect(clippy::disallowed_methods, reason = "only in builds for tests, which name the point this way")]
pub fn point(name: &str) {
    use std::sync::atomic::{AtomicUsize, Ordering};

    static PASSED: AtomicUsize = AtomicUsize::new(0);
    let wanted = std::env::var("WICK_FAULT_POINT").unwrap_or_default();
    assert!(wanted.strip_prefix("crash ") != Some(name), "a crash that a test has asked for");
    let (wanted, times) = wanted
        .rsplit_once(' ')
        .and_then(|(wanted, times)| Some((wanted, times.parse().ok()?)))
        .unwrap_or((wanted.as_str(), 0));
    if wanted == name && PASSED.fetch_add(1, Ordering::SeqCst) == times {
        let this = rustix::process::getpid();
        rustix::process::kill_process(this, rustix::process::Signal::STOP).expect("a process may stop itself");
        // The signal may reach another thread first; this one must not run ahead of it.
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
}

/// Nothing.
#[cfg(not(feature = "fault-points"))]
#[inline]
pub fn point(_name: &str) {}
