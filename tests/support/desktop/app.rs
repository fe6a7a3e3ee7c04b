//! The real app as a process of its own, and everything that it prints.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use super::Bus;
use crate::support::home::Home;
use crate::support::wait_for;

/// The real app, running.
pub struct App {
    process: Child,
    printed: Arc<Mutex<String>>,
    readers: Vec<JoinHandle<()>>,
}

/// Only the loop of the `tao` feature needs a display, and leave to draw on it.
pub fn give_display(command: &mut Command) {
    for name in ["DISPLAY", "XAUTHORITY"] {
        command.envs(std::env::var_os(name).map(|value| (name, value)));
    }
    command.env("GDK_BACKEND", "x11").env("NO_AT_BRIDGE", "1");
}

impl App {
    pub fn start(home: &Home, bus: Option<&Bus>) -> Self {
        Self::run(home.wick(&[]), bus)
    }

    /// The same with what a test has put into its environment.
    pub fn run(mut command: Command, bus: Option<&Bus>) -> Self {
        if let Some(bus) = bus {
            command.env("DBUS_SESSION_BUS_ADDRESS", &bus.address);
        }
        give_display(&mut command);
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program was built");
        let printed = Arc::default();
        let readers = vec![
            read_lines(process.stdout.take().expect("piped above"), &printed),
            read_lines(process.stderr.take().expect("piped above"), &printed),
        ];
        Self { process, printed, readers }
    }

    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    pub fn is_running(&mut self) -> bool {
        self.process.try_wait().expect("our child").is_none()
    }

    /// Everything that it has printed so far.
    pub fn printed(&self) -> String {
        self.printed.lock().expect("not poisoned").clone()
    }

    #[track_caller]
    pub fn wait_for_line(&self, text: &str) {
        wait_for(text, || self.printed().contains(text).then_some(()));
    }

    /// Asks it to end, as a logout does.
    pub fn terminate(&self) {
        let pid = i32::try_from(self.pid()).ok().and_then(rustix::process::Pid::from_raw).expect("a process number");
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("it runs");
    }

    /// Waits for its end: exit code and everything it printed.
    pub fn wait(mut self) -> (Option<i32>, String) {
        let status = wait_for("the app to end", || self.process.try_wait().expect("our child"));
        for reader in self.readers.drain(..) {
            reader.join().expect("lines of text");
        }
        (status.code(), self.printed())
    }
}

fn read_lines(pipe: impl Read + Send + 'static, printed: &Arc<Mutex<String>>) -> JoinHandle<()> {
    let printed = Arc::clone(printed);
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).lines() {
            let line = line.expect("text");
            printed.lock().expect("not poisoned").push_str(&format!("{line}\n"));
        }
    })
}

impl Drop for App {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let (end, threads, printed) = (self.process.try_wait(), threads(self.pid()), self.printed());
            drop(writeln!(
                std::io::stderr(),
                "the app's end: {end:?}; it printed:\n{printed}\nits threads:\n{threads}"
            ));
        }
        // A test that failed must not leave it running; one that waited has none to end.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// Each thread's name and the kernel's function that it waits in, for a test that waited in vain.
fn threads(pid: u32) -> String {
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else { return String::new() };
    let read = |thread: &fs::DirEntry, file: &str| fs::read_to_string(thread.path().join(file)).unwrap_or_default();
    let line = |thread: fs::DirEntry| format!("{:16}{}\n", read(&thread, "comm").trim(), read(&thread, "wchan").trim());
    threads.flatten().map(line).collect()
}
