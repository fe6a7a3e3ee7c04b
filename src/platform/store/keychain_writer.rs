//! Writes keychain items through `/usr/bin/security -i`: never by the framework, which would make Claude Code's own reads
//! prompt for ever, and never with a secret in its arguments, which every process can read.
//!
//! Tested on Linux against a stand-in for that program; no Mac has run it.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use super::keychain::{self, Item};
use crate::domain::credential::{Location, Malformed, Problem, ProgramError, SourceKind};
use crate::domain::keyring::KeyringError;
use crate::domain::refresh::{Intent, NewTokens, Overwrite, Record, WriteError};
use crate::domain::secret::Secret;
use crate::fault;
use crate::platform::process;
use crate::ports::{CredentialWriter, Journal, Stop};

/// The longest line that `security -i` takes, in bytes, by Claude Code 2.1.330, which writes longer ones as arguments.
const LONGEST_LINE: usize = 4032;
/// By how much new tokens may make the line longer.
const GROWTH: usize = 512;
// As for reading in the background: an unlocked keychain takes some 20 ms.
const LIMIT: Duration = Duration::from_secs(5);

/// One item of the login keychain, and the program that reads and writes it.
#[derive(Clone, Debug)]
pub struct KeychainWriter {
    pub item: Item,
    /// Behaves like `/usr/bin/security`.
    pub program: PathBuf,
}

impl KeychainWriter {
    /// Whether the line for a content of so many bytes is one that the program takes.
    fn fits(&self, bytes: usize, growth: usize) -> Result<(), WriteError> {
        let length = self.line("").len() + 2 * bytes + growth;
        if length > LONGEST_LINE { Err(WriteError::TooLong(length)) } else { Ok(()) }
    }

    fn line(&self, hex: &str) -> String {
        // Account and service have neither quotes nor backslashes: see `keychain_account` and `keychain_service`.
        format!("add-generic-password -U -a \"{}\" -s \"{}\" -X \"{hex}\"\n", self.item.account, self.item.service)
    }

    fn write(&self, text: &Secret) -> Result<(), WriteError> {
        self.fits(text.expose().len(), 0)?;
        let hex = Secret::from(hex::encode(text.expose()));
        let line = Secret::from(self.line(hex.expose()));
        run(Command::new(&self.program).arg("-i"), Some(&line))?;
        // What the program says of itself does not count: what is there does.
        let stored = self.load().map_err(|problem| self.unreadable(problem))?;
        if stored == *text { Ok(()) } else { Err(WriteError::ReadBackDiffers) }
    }

    pub(crate) fn unreadable(&self, problem: Problem) -> WriteError {
        let location = Location { kind: SourceKind::Keychain, place: self.item.service.clone() };
        WriteError::Unreadable(problem, location)
    }

    pub(crate) fn delete(&self) -> Result<(), WriteError> {
        let mut command = Command::new(&self.program);
        command.args(["delete-generic-password", "-a", &self.item.account, "-s", &self.item.service]);
        match run(&mut command, None)? {
            Some(0 | 44) => Ok(()),
            code => Err(WriteError::Program(code.map_or(ProgramError::Unexpected, ProgramError::Code))),
        }
    }
}

fn run(command: &mut Command, input: Option<&Secret>) -> Result<Option<i32>, WriteError> {
    let output = process::run_with_input(command, input, LIMIT, &Stop::default());
    let failed = |error| WriteError::Program(keychain::no_answer(error, LIMIT));
    Ok(output.map_err(failed)?.status.code())
}

impl CredentialWriter for KeychainWriter {
    fn load(&self) -> Result<Secret, Problem> {
        let bytes = keychain::content(&self.program, &self.item, LIMIT)?;
        let text = std::str::from_utf8(&bytes).map_err(|_| Malformed::NotText)?;
        Ok(Secret::from(text.trim_end_matches('\n').to_owned()))
    }

    /// An item is replaced as a whole: nothing is ever left beside it.
    fn tidy(&self) {}

    /// That the keychain takes a write at all is proven by the journal, which goes the same way just after.
    fn prove(&mut self, bytes: usize) -> Result<(), WriteError> {
        self.fits(bytes, GROWTH)
    }

    fn is_in_place(&self) -> bool {
        false
    }

    fn holds_a_part_of(&self, _overwrite: &Overwrite) -> bool {
        false
    }

    fn replace(&mut self, text: &Secret) -> Result<(), WriteError> {
        fault::point("before-rename");
        self.write(text)?;
        fault::point("after-rename");
        Ok(())
    }
}

/// The journal as an item of its own in the same keychain: the answer is a secret, and goes the way of secrets.
#[derive(Clone, Debug)]
pub struct KeychainJournal(pub KeychainWriter);

impl KeychainJournal {
    fn write(&self, intent: &Intent, answer: Option<&NewTokens>) -> Result<(), WriteError> {
        let intent = serde_json::to_string(intent).map_err(|error| WriteError::system(&self.0.item.service, &error))?;
        let text = match answer.map(NewTokens::to_json) {
            Some(answer) => Secret::from(format!("{intent}\n{}", answer.expose())),
            None => Secret::from(intent),
        };
        self.0.write(&text)
    }
}

impl Journal for KeychainJournal {
    fn load(&self) -> Result<Option<Record>, WriteError> {
        let text = match self.0.load() {
            Ok(text) => text,
            Err(Problem::Absent) => return Ok(None),
            Err(problem) => return Err(self.0.unreadable(problem)),
        };
        let (intent, answer) = text.expose().split_once('\n').unwrap_or((text.expose(), ""));
        let Ok(intent) = serde_json::from_str(intent) else { return Ok(None) };
        Ok(Some(Record { intent, answer: NewTokens::parse(answer), overwrite: None }))
    }

    fn reserve(&mut self, _overwrite: usize) -> Result<(), WriteError> {
        Ok(())
    }

    fn begin(&mut self, intent: &Intent) -> Result<(), WriteError> {
        self.write(intent, None)
    }

    fn answer(&mut self, intent: &Intent, answer: &NewTokens) -> Result<(), WriteError> {
        self.write(intent, Some(answer))
    }

    fn cover(&mut self, _answer: &NewTokens, _overwrite: &Overwrite) -> Result<(), WriteError> {
        Ok(())
    }

    fn discard(&mut self) -> Result<(), WriteError> {
        self.0.delete()
    }
}

/// What an item of Wick's own that is no credential makes of it.
impl From<WriteError> for KeyringError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Unreadable(Problem::KeychainLocked, _) => Self::Locked,
            WriteError::Unreadable(Problem::KeychainDenied, _) => Self::Dismissed,
            WriteError::Unreadable(Problem::Program(ProgramError::TimedOut(after)), _)
            | WriteError::Program(ProgramError::TimedOut(after)) => Self::TimedOut(after),
            error => Self::Keychain(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_keychain_did_not_do_says_what_is_to_be_done() {
        let place = "Wick-ci-token-default".to_owned();
        let of = |problem| {
            let location = Location { kind: SourceKind::Keychain, place: place.clone() };
            KeyringError::from(WriteError::Unreadable(problem, location))
        };
        let after = LIMIT.try_into().expect("a short time");
        assert_eq!(of(Problem::KeychainLocked), KeyringError::Locked);
        assert_eq!(of(Problem::KeychainDenied), KeyringError::Dismissed);
        assert_eq!(of(Problem::Program(ProgramError::TimedOut(after))), KeyringError::TimedOut(after));
        assert_eq!(
            KeyringError::from(WriteError::Program(ProgramError::TimedOut(after))),
            KeyringError::TimedOut(after)
        );
        let differs = WriteError::ReadBackDiffers;
        assert_eq!(KeyringError::from(differs.clone()), KeyringError::Keychain(differs));
    }
}
