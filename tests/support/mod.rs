//! What tests stand on: homes in temporary folders, credentials with sentinel tokens, fakes that keep state, and a
//! desktop on a private bus.

pub mod anthropic;
pub mod credential;
#[cfg(not(target_os = "macos"))]
pub mod desktop;
pub mod fakes;
pub mod github;
pub mod home;
pub mod model;
pub mod other_program;
pub mod refreshed;
pub mod said;
pub mod scenario;
#[cfg(not(target_os = "macos"))]
pub mod soak;
pub mod sweep;
pub mod synced;
pub mod syncing;
pub mod tls;
pub mod token_server;
#[cfg(not(target_os = "macos"))]
pub mod usage;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Far longer than anything here takes, so that a busy machine does not fail a test; also than the minute after which
/// Wick tries again what it found busy.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// Waits for something that another process does. Tests of rules pass a clock in instead.
#[track_caller]
pub fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited {PATIENCE:?} in vain for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Whether a child has stopped itself and waits for a signal. It can be waited for as before.
#[cfg(feature = "fault-points")]
pub fn has_stopped(process: &std::process::Child) -> bool {
    use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
    let pid = i32::try_from(process.id()).ok().and_then(Pid::from_raw).expect("no pid is 0");
    let options = WaitIdOptions::STOPPED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    waitid(WaitId::Pid(pid), options).expect("our child").is_some_and(|status| status.stopped())
}

/// Checks each case beside the others, where what one costs is mostly waiting.
pub fn at_once<T: Send>(cases: impl IntoIterator<Item = T>, check: impl Fn(T) + Sync) {
    std::thread::scope(|scope| {
        for case in cases {
            let check = &check;
            scope.spawn(move || check(case));
        }
    });
}

/// Whether a test may be skipped for want of a neighbor: never where `CI` is set. Says so past the test runner's capture.
pub fn skip(test: &str, why: &str) {
    assert!(std::env::var_os("CI").is_none(), "{test} needs {why}, and CI must not skip it");
    writeln!(std::io::stderr(), "skipped {test}: {why}").expect("standard error is open");
}

/// Whether the tests run as root, to whom every file can be read.
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// What `/proc` shows of a process; nothing where only root may see it, as of Wick: nothing else can then.
#[cfg(not(target_os = "macos"))]
pub fn process_file(pid: u32, name: &str) -> Vec<u8> {
    match std::fs::read(format!("/proc/{pid}/{name}")) {
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied && !is_root() => Vec::new(),
        read => read.expect("it runs"),
    }
}

/// Writes a program. Another process does it: while this one has the file open for writing, a child that another test
/// forks would have it too, and nobody could run it.
pub fn write_program(path: &Path, text: &str) {
    let mut shell = Command::new("/bin/sh")
        .args(["-c", "mkdir -p \"$(dirname \"$0\")\" && cat > \"$0\" && chmod 755 \"$0\""])
        .arg(path)
        .env("PATH", "/usr/bin:/bin")
        .stdin(Stdio::piped())
        .spawn()
        .expect("every system has a shell");
    shell.stdin.take().expect("piped above").write_all(text.as_bytes()).expect("the shell reads");
    assert!(shell.wait().expect("our child").success());
}

/// How often these files were opened meanwhile, as far as one is not opened several times in a row.
#[cfg(not(target_os = "macos"))]
pub fn opened(files: &[std::path::PathBuf], meanwhile: impl FnOnce()) -> usize {
    use rustix::fs::inotify::{CreateFlags, Reader, WatchFlags, add_watch, init};
    let watch = init(CreateFlags::NONBLOCK).expect("the kernel watches files");
    for file in files {
        add_watch(&watch, file, WatchFlags::OPEN).expect("the file is there");
    }
    meanwhile();
    let mut buffer = [std::mem::MaybeUninit::uninit(); 4096];
    let mut opened = Reader::new(&watch, &mut buffer);
    std::iter::from_fn(|| opened.next().ok().map(drop)).count()
}
