//! Writes for people and programs. A reader that went away, as `head` does, is no error.

use std::io::{self, IsTerminal, Write};

use serde::Serialize;

use crate::domain::message::{self, Sentence};
use crate::ports::Patience;

/// A line to standard output. Says whether anyone still reads.
pub(super) fn line(text: &str) -> bool {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{text}").and_then(|()| stdout.flush()).is_ok()
}

/// A line to standard error.
pub(super) fn complaint(text: &str) {
    drop(writeln!(io::stderr(), "{text}"));
}

/// What is wrong and what to do, to standard error.
pub(super) fn sentence(sentence: &Sentence) {
    complaint(&format!("{}\nhint: {}", message::capital(&sentence.message), sentence.action));
}

/// A value as one line of JSON. Says whether anyone still reads.
pub(super) fn json(value: &impl Serialize) -> bool {
    line(&serde_json::to_string(value).expect("the reports hold nothing that JSON cannot say"))
}

/// How long a read may take: a prompt is answered only where someone sits.
pub(super) fn patience() -> Patience {
    if io::stderr().is_terminal() { Patience::Click } else { Patience::Background }
}
