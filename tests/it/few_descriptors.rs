//! Each command where it may open only a few files: it says what fails, and loses nothing.

use std::process::Command;

use crate::support::at_once;
use crate::support::home::Home;
use crate::support::refreshed::home_and_server;

fn limited(home: &Home, files: u32, arguments: &[&str]) -> Command {
    let mut command = home.program("/bin/sh");
    command
        .args(["-c", &format!("ulimit -n {files} && exec \"$0\" \"$@\""), env!("CARGO_BIN_EXE_wick")])
        .args(arguments);
    command
}

#[test]
fn a_command_that_may_open_few_files_says_what_failed() {
    at_once(5..24, |files| {
        let (home, _server) = home_and_server(-60);
        for arguments in [&["status"][..], &["targets", "add", "acme/api", "--no-check"], &["sync"], &["refresh"]] {
            let output = limited(&home, files, arguments).output().unwrap();
            let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
            assert!(matches!(output.status.code(), Some(0..=4)) && !said.is_empty(), "{files}, {arguments:?}: {said}");
        }
    });
}
