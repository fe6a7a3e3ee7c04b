//! Writes for people and programs. A reader that went away, as `head` does, is no error.

use std::io::{self, Write};

use serde::Serialize;

/// A line to standard output.
pub(super) fn line(text: &str) {
    let mut stdout = io::stdout().lock();
    drop(writeln!(stdout, "{text}").and_then(|()| stdout.flush()));
}

/// A line to standard error.
pub(super) fn complaint(text: &str) {
    drop(writeln!(io::stderr(), "{text}"));
}

/// A value as one line of JSON.
pub(super) fn json(value: &impl Serialize) {
    line(&serde_json::to_string(value).expect("the reports hold nothing that JSON cannot say"));
}
