//! `cargo bench`: what Wick costs, on the real disk of the build folder. Prints one table in Markdown; `docs/performance.md`
//! has the last one. Judges nothing. Linux only: it reads `/proc`.
//!
//! | variable | what it sets |
//! |---|---|
//! | `WICK_BENCH_BESIDE` | another Wick to measure in the same run |
//! | `WICK_BENCH_ONLY` | words; only rows that have one of them are measured |
//! | `WICK_BENCH_IDLE` | for how many seconds the idle app is watched (60) |
//! | `WICK_BENCH_SOAK` | for how many minutes it is soaked (5) |
//! | `WICK_BENCH_PAGE` | the page whose table is replaced by this one |
#![allow(missing_docs, unreachable_pub, dead_code, unused_imports, reason = "nobody links against a benchmark")]
#![allow(
    clippy::pedantic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "it measures real time and prints"
)]

#[cfg(not(target_os = "macos"))]
mod app;
#[cfg(not(target_os = "macos"))]
mod by_gh;
#[cfg(not(target_os = "macos"))]
mod measure;
#[cfg(not(target_os = "macos"))]
#[path = "../support/mod.rs"]
mod support;
#[cfg(not(target_os = "macos"))]
mod syncing;
#[cfg(not(target_os = "macos"))]
mod table;

#[cfg(target_os = "macos")]
fn main() {
    println!("this benchmark reads /proc, which only Linux has");
}

#[cfg(not(target_os = "macos"))]
fn main() {
    // Run again by itself, it is the bare sample.
    if std::env::args().any(|argument| argument == "--sample") {
        return app::sample();
    }
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    tempfile::env::override_temp_dir(folder).expect("before any other use");
    let mut table = table::Table::new();
    table.begin(&measure::circumstances(folder));
    app::rows(&mut table);
    syncing::rows(&mut table);
    by_gh::rows(&mut table);
    table.end();
}
