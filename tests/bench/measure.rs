//! What a process costs, as Linux counts it.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::usage::kibibytes;

/// A program that ends with this value, also when the benchmark panics.
pub struct Running(pub Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// The median of so many runs.
pub fn median(times: usize, mut measure: impl FnMut() -> Duration) -> Duration {
    let mut all: Vec<Duration> = (0..times).map(|_| measure()).collect();
    all.sort();
    all[times / 2]
}

/// How long a command takes from its start to its end.
pub fn wall(command: &mut Command) -> Duration {
    let begun = Instant::now();
    let output = command.output().expect("it was built");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    begun.elapsed()
}

/// What one run of a command took, with all that it started.
pub struct Cost {
    pub wall: Duration,
    pub cpu: Duration,
    /// MiB at its highest.
    pub peak: f64,
}

/// A run of it, while its memory is looked at.
pub fn cost(command: &mut Command) -> Cost {
    let (before, begun) = (children_cpu(), Instant::now());
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it was built");
    let mut peak = 0.0;
    while child.try_wait().expect("our child").is_none() {
        peak = f64::max(peak, kibibytes(&format!("/proc/{}/status", child.id()), "VmHWM:") / 1024.0);
        std::thread::sleep(Duration::from_micros(500));
    }
    Cost { wall: begun.elapsed(), cpu: children_cpu().saturating_sub(before), peak }
}

/// The processor time of all children that have ended, in the kernel's ticks of 10 ms.
fn children_cpu() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").expect("Linux");
    let fields: Vec<&str> = stat.rsplit(") ").next().expect("a name in brackets").split(' ').collect();
    let ticks: u64 = fields[13..15].iter().map(|field| field.parse::<u64>().expect("a number")).sum();
    Duration::from_millis(ticks * 10)
}

/// How often a command calls `fsync` or `fdatasync`; `None` where there is no `strace` to count it.
pub fn syncs(command: &Command) -> Option<usize> {
    let log = tempfile::NamedTempFile::new().expect("a temporary file");
    let mut traced = Command::new("strace");
    traced.args(["-f", "-e", "trace=fsync,fdatasync", "-o"]).arg(log.path()).arg(command.get_program());
    traced.args(command.get_args()).env_clear().envs(command.get_envs().filter_map(|(key, value)| Some((key, value?))));
    traced.current_dir(command.get_current_dir()?).stdout(Stdio::null()).stderr(Stdio::null());
    assert!(traced.status().ok()?.success());
    let log = fs::read_to_string(log.path()).expect("written by strace");
    Some(log.lines().filter(|line| line.contains("sync(") && !line.contains("resumed")).count())
}

/// The kind of file system that a folder is on.
pub fn file_system(folder: &Path) -> String {
    let mounts = fs::read_to_string("/proc/self/mountinfo").expect("Linux");
    let mount = |line: &str| {
        let (place, kind) = line.split_once(" - ")?;
        let place = place.split(' ').nth(4)?;
        folder.starts_with(place).then(|| (place.len(), kind.split(' ').next().unwrap_or_default().to_owned()))
    };
    mounts.lines().filter_map(mount).max_by_key(|(length, _)| *length).map(|(_, kind)| kind).unwrap_or_default()
}

/// The computer, the day and the version that was measured, for the table's first line.
pub fn circumstances(folder: &Path) -> String {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("unknown processor");
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let commit = Command::new("git").args(["rev-parse", "--short", "HEAD"]).output().map(|output| output.stdout);
    format!(
        "Linux {}, {cores} × {}, homes on {}, {}, commit {}",
        kernel.trim(),
        model.trim_start_matches([' ', '\t', ':']).trim(),
        file_system(folder),
        &jiff::Timestamp::now().to_string()[..10],
        String::from_utf8_lossy(&commit.unwrap_or_default()).trim(),
    )
}
