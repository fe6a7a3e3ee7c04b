//! A process that holds tokens leaves none of its memory behind when it crashes, and lets no other program of the user's
//! read it.

use std::sync::OnceLock;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::at::OrWarn;

/// What it was when the process was started.
static BEFORE: OnceLock<Rlimit> = OnceLock::new();

/// To be called once, before any token is read.
pub fn forbid() {
    let before = getrlimit(Resource::Core);
    BEFORE.get_or_init(|| before);
    set(Rlimit { current: Some(0), ..before });
    forbid_reading();
}

/// Gives back what was before, for the program that Wick becomes. The rest the system gives back with it.
pub fn allow() {
    BEFORE.get().copied().into_iter().for_each(set);
}

fn set(limit: Rlimit) {
    let what = || "the limit of core dumps could not be set".to_owned();
    setrlimit(Resource::Core, limit).map_err(Into::into).or_warn(what);
}

/// A program that collects core dumps gets them whatever the limit is.
#[cfg(target_os = "linux")]
fn forbid_reading() {
    use rustix::process::{DumpableBehavior, set_dumpable_behavior};
    let what = || "the process can be dumped".to_owned();
    set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(Into::into).or_warn(what);
}

#[cfg(not(target_os = "linux"))]
fn forbid_reading() {}
