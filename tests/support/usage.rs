//! What a process has used so far and has now, as Linux counts it.
#![allow(dead_code, reason = "the benchmark shows more of it than the tests assert")]

use std::fs;
use std::time::Duration;

/// The number behind this word in a file of `/proc`; 0 where it is not there any more.
pub fn kibibytes(file: &str, key: &str) -> f64 {
    let text = fs::read_to_string(file).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_default();
    line.split_whitespace().next().and_then(|word| word.parse().ok()).unwrap_or(0.0)
}

/// The processor time of a process in nanoseconds, with that of threads that have ended: `/proc` has it in ticks of 10 ms.
fn cpu(process: u32) -> f64 {
    let process = process.try_into().expect("a process's number");
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    #[expect(unsafe_code, reason = "nothing safe reads the clock of another process")]
    let failed = unsafe {
        let mut clock = 0;
        libc::clock_getcpuclockid(process, &raw mut clock) != 0 || libc::clock_gettime(clock, &raw mut time) != 0
    };
    assert!(!failed, "the process runs");
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

/// What a running program has used so far, and has now.
#[derive(Clone, Copy)]
pub struct Usage {
    /// Nanoseconds.
    cpu: f64,
    switches: f64,
    /// MiB.
    pub resident: f64,
    /// MiB that no other program shares.
    pub private: f64,
    pub threads: usize,
    pub descriptors: usize,
}

impl Usage {
    pub fn of(process: u32) -> Self {
        let place = format!("/proc/{process}");
        let tasks: Vec<_> = fs::read_dir(format!("{place}/task")).expect("it runs").flatten().collect();
        let switches =
            |task: &fs::DirEntry| kibibytes(&task.path().join("status").to_string_lossy(), "voluntary_ctxt_switches:");
        let memory = |key| kibibytes(&format!("{place}/smaps_rollup"), key) / 1024.0;
        let descriptors = fs::read_dir(format!("{place}/fd")).expect("it runs").count();
        let (resident, private) = (memory("Rss:"), memory("Private_Dirty:"));
        let (cpu, switches) = (cpu(process), tasks.iter().map(switches).sum());
        Self { cpu, switches, resident, private, threads: tasks.len(), descriptors }
    }

    /// Percent of a core since then.
    pub fn cpu_since(&self, before: &Self, span: Duration) -> f64 {
        (self.cpu - before.cpu) / 1e9 / span.as_secs_f64() * 100.0
    }

    /// Voluntary context switches of all threads since then, a second.
    pub fn switches_since(&self, before: &Self, span: Duration) -> f64 {
        (self.switches - before.switches) / span.as_secs_f64()
    }
}
