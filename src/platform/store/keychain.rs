//! The credential in the macOS keychain: its date by attributes, its content through `/usr/bin/security`.
//!
//! Claude Code reads the item with that program, and the item's access list names it. Reading the content with the
//! framework would raise a prompt after each rotation, and writing with it would make Claude Code's own reads prompt
//! for ever (akitaonrails/ai-usagebar#148). Nothing here is specific to macOS but the program's name, so all of it is
//! tested on Linux against a stand-in for that program.

use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use zeroize::Zeroizing;

use super::lock::LOCKS;
use crate::domain::credential::{Contents, Location, Problem, ProgramError, Reading, SourceKind};
use crate::platform::deadline::signed;
use crate::platform::process::{self, ProcessError};
use crate::ports::{CredentialStore, Patience, Stamp, Versioned, lock};

/// The system's own program.
pub(super) const SECURITY: &str = "/usr/bin/security";
// Long enough for an unlocked keychain, which takes some 20 ms; short enough that a hidden prompt is noticed.
const BACKGROUND_LIMIT: Duration = Duration::from_secs(5);
// Someone has clicked, and may have to find the prompt and type a password.
const CLICK_LIMIT: Duration = Duration::from_secs(120);
/// errSecItemNotFound of Security/SecBase.h.
pub const NOT_FOUND: i32 = -25_300;
/// Dates of items have whole seconds: a younger one may hide a second change.
const SETTLED_AFTER: SignedDuration = SignedDuration::from_secs(2);

#[derive(Clone, Debug)]
pub struct Item {
    pub service: String,
    pub account: String,
    /// Claude Code's folder, where its locks appear and vanish when it writes.
    pub lock_folder: PathBuf,
}

/// What can be learnt of an item without asking for its content, and so without a prompt.
pub trait Attributes: Send + Sync {
    /// When it was last written; `None` where there is no such item.
    fn modified(&self, item: &Item) -> Result<Option<Timestamp>, Problem>;
    /// Whether the keychain is locked, so that asking for the content would prompt.
    fn is_locked(&self) -> bool;
    /// Now, on the clock that dates items.
    #[expect(clippy::disallowed_methods, reason = "compared with the keychain's own dates, not with a rule's time")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// One item of the login keychain.
#[derive(Debug)]
pub struct KeychainStore<A> {
    item: Item,
    attributes: A,
    program: PathBuf,
    background_limit: Duration,
    /// What the last refusal was: nothing in the background asks again before a click.
    refusal: Mutex<Option<Problem>>,
}

impl<A: Attributes> KeychainStore<A> {
    /// The item, read with the system's own program.
    pub fn new(item: Item, attributes: A) -> Self {
        Self::with_program(item, attributes, PathBuf::from(SECURITY), BACKGROUND_LIMIT)
    }

    /// The item, read with a program that behaves like `/usr/bin/security`.
    pub fn with_program(item: Item, attributes: A, program: PathBuf, background_limit: Duration) -> Self {
        Self { item, attributes, program, background_limit, refusal: Mutex::default() }
    }

    fn is_settled(&self, modified: Timestamp) -> bool {
        self.attributes.now().duration_since(modified).abs() >= SETTLED_AFTER
    }

    fn refusal(&self) -> MutexGuard<'_, Option<Problem>> {
        lock(&self.refusal)
    }

    fn load(&self, patience: Patience) -> Result<Contents, Problem> {
        if patience == Patience::Background {
            if let Some(problem) = self.refusal().clone() {
                return Err(problem);
            }
            if self.attributes.is_locked() {
                return Err(Problem::KeychainLocked);
            }
        }
        let limit = if patience == Patience::Click { CLICK_LIMIT } else { self.background_limit };
        let outcome = content(&self.program, &self.item, limit);
        // Locked by the program's own account, too, where the attributes said otherwise.
        *self.refusal() = outcome.as_ref().err().filter(|problem| problem.might_prompt()).cloned();
        Ok(Contents::parse(&outcome?)?)
    }
}

/// The item's content, by the program; may prompt where the keychain is locked.
pub(super) fn content(program: &Path, item: &Item, limit: Duration) -> Result<Zeroizing<Vec<u8>>, Problem> {
    let mut command = Command::new(program);
    command.args(["find-generic-password", "-a", &item.account, "-s", &item.service, "-w"]);
    let output = process::run(&mut command, limit).map_err(|error| Problem::Program(no_answer(error, limit)))?;
    match output.status.code() {
        Some(0) => Ok(plain(output.stdout)),
        // The exit code is the low byte of the framework's error number.
        Some(code) => Err(meaning(|error| error & 0xff == code).unwrap_or(Problem::Program(ProgramError::Code(code)))),
        None => Err(Problem::Program(ProgramError::Signal(output.status.signal().unwrap_or_default()))),
    }
}

/// What the framework means by an error of its own, as far as that is known.
pub fn meaning(is_it: impl Fn(i32) -> bool) -> Option<Problem> {
    let known = [
        (NOT_FOUND, Problem::Absent),
        (-25_308, Problem::KeychainLocked), // errSecInteractionNotAllowed
        (-25_315, Problem::KeychainLocked), // errSecInteractionRequired
        (-60_007, Problem::KeychainLocked), // errAuthorizationInteractionNotAllowed
        (-25_320, Problem::Program(ProgramError::InDarkWake)), // errSecInDarkWake
        (-25_293, Problem::KeychainDenied), // errSecAuthFailed
        (-128, Problem::KeychainDenied),    // errSecUserCanceled
    ];
    known.into_iter().find_map(|(error, problem)| is_it(error).then_some(problem))
}

/// What it means that the program gave no answer.
pub(super) fn no_answer(error: ProcessError, limit: Duration) -> ProgramError {
    match error {
        ProcessError::TimedOut => ProgramError::TimedOut(signed(limit)),
        ProcessError::Flooded => ProgramError::Flooded,
        error @ (ProcessError::Io(_) | ProcessError::Stopped) => ProgramError::NotRun(error.to_string()),
    }
}

impl<A: Attributes> CredentialStore for KeychainStore<A> {
    fn location(&self) -> Location {
        Location { kind: SourceKind::Keychain, place: self.item.service.clone() }
    }

    fn read(&self, patience: Patience) -> Reading {
        // The date first: what is written after it shows in the next stamp.
        let modified = self.attributes.modified(&self.item);
        let outcome = match &modified {
            Ok(None) => Err(Problem::Absent),
            Ok(Some(_)) => self.load(patience),
            Err(problem) => Err(problem.clone()),
        };
        let modified = modified.ok().flatten();
        let settled = modified.is_none_or(|modified| self.is_settled(modified));
        Reading { location: self.location(), modified, settled, outcome }
    }
}

impl<A: Attributes> Versioned for KeychainStore<A> {
    fn stamp(&self) -> Stamp {
        match self.attributes.modified(&self.item) {
            Ok(Some(modified)) => Stamp(vec![modified.as_second(), i64::from(self.is_settled(modified))]),
            Ok(None) => Stamp(vec![0]),
            Err(_) => Stamp(vec![-1]),
        }
    }

    fn watched(&self) -> Vec<(PathBuf, Vec<String>)> {
        vec![(self.item.lock_folder.clone(), LOCKS.map(str::to_owned).to_vec())]
    }
}

/// The item's content: `security` adds a newline, and prints as hex what has bytes that a terminal would not show. Up to
/// macOS 15 it may print such a byte as a negative number, with three of 0xFF before it, which no text has.
fn plain(printed: Zeroizing<Vec<u8>>) -> Zeroizing<Vec<u8>> {
    match hex::decode(printed.trim_ascii()).map(Zeroizing::new) {
        Ok(mut bytes) if !bytes.is_empty() => {
            bytes.retain(|byte| *byte != 0xff);
            bytes
        }
        _ => printed,
    }
}
