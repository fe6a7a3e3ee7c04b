//! `cargo run --example man -- FOLDER`: writes the manual, `man1` and `man5`, for the packages.
#![allow(clippy::print_stderr, reason = "it says how it is called")]

mod pages;

use std::path::PathBuf;
use std::process::ExitCode;
use std::{env, fs, io};

fn main() -> io::Result<ExitCode> {
    let Some(folder) = env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: cargo run --example man -- FOLDER");
        return Ok(ExitCode::from(2));
    };
    for (name, text) in pages::all() {
        let section = name.rsplit('.').next().unwrap_or_default();
        let within = folder.join(format!("man{section}"));
        fs::create_dir_all(&within)?;
        fs::write(within.join(name), text)?;
    }
    Ok(ExitCode::SUCCESS)
}
