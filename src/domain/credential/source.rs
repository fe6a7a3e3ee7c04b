//! Where the credential is kept on this computer, and what a look at that place brought.
//!
//! The rules of place were observed of Claude Code 2.1.197 and 2.1.330 on Linux; the keychain's were read in its
//! shipped code.

use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;

use super::expiry::{Doubt, doubt};
use super::record::{Contents, Credential, Malformed};

/// The keychain service of a sign-in without a config folder of its own; others begin so.
pub const SERVICE: &str = "Claude Code-credentials";
/// What Claude Code files the item under when the user's name has characters it does not take.
const FALLBACK_ACCOUNT: &str = "claude-code-user";

/// The folder that Claude Code keeps its things in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigDir {
    /// The folder, in Unicode's composed form.
    pub path: PathBuf,
    /// Whether someone named it: then the keychain item's name carries its hash, even for the default folder.
    pub named: bool,
}

impl ConfigDir {
    /// Applies Claude Code's rules.
    ///
    /// `configured` is Wick's own setting, which stands for `CLAUDE_CONFIG_DIR`. `secure_storage` and `config` are the
    /// variables `CLAUDE_SECURESTORAGE_CONFIG_DIR` and `CLAUDE_CONFIG_DIR`; the first wins wherever it is set, and
    /// means the default folder when it is set to nothing.
    pub fn resolve(
        configured: Option<&OsStr>,
        secure_storage: Option<&OsStr>,
        config: Option<&OsStr>,
        home: &Path,
    ) -> Self {
        let chosen = configured.or(secure_storage).or(config).filter(|path| !path.is_empty());
        match chosen {
            Some(path) => Self { path: composed(path), named: true },
            None => Self { path: composed(home.join(".claude").as_os_str()), named: false },
        }
    }

    /// The file that holds the credential where no keychain does.
    pub fn credentials_file(&self) -> PathBuf {
        self.path.join(".credentials.json")
    }

    /// The service of the keychain item: with the first 8 hex digits of the folder's SHA-256 where it was named.
    pub fn keychain_service(&self) -> String {
        if !self.named {
            return SERVICE.to_owned();
        }
        let digest = Sha256::digest(self.path.as_os_str().as_encoded_bytes());
        format!("{SERVICE}-{}", hex::encode(&digest[..4]))
    }
}

/// What is no text has no such form, and stays as it is.
fn composed(path: &OsStr) -> PathBuf {
    path.to_str().map_or_else(|| PathBuf::from(path), |path| path.nfc().collect::<String>().into())
}

/// The account that the keychain item is filed under: `$USER`, else the system's name for the user.
pub fn keychain_account(user: Option<&str>, system_name: Option<&str>) -> String {
    let name = user.filter(|name| !name.is_empty()).or(system_name).unwrap_or_default();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    if !name.is_empty() && name.bytes().all(plain) { name.to_owned() } else { FALLBACK_ACCOUNT.to_owned() }
}

/// The kind of place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// An item of the macOS login keychain.
    Keychain,
    File,
}

impl SourceKind {
    /// The word for it in files, JSON and sentences.
    pub fn word(self) -> &'static str {
        match self {
            Self::Keychain => "keychain",
            Self::File => "file",
        }
    }
}

/// One place: displayed as `file:/home/ada/.claude/.credentials.json`, which is also its key in `state.json`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The kind of place.
    pub kind: SourceKind,
    /// The path of the file or the service of the keychain item.
    pub place: String,
}

impl fmt::Display for Location {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.kind.word(), self.place)
    }
}

/// What one look brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Where it was read.
    pub location: Location,
    /// When the place was last written, where it says so.
    pub modified: Option<Timestamp>,
    /// False while the place could have been written again without its date showing it; one more look is due.
    pub settled: bool,
    pub outcome: Result<Contents, Problem>,
}

impl Reading {
    /// The credential, where there is one.
    pub fn credential(&self) -> Option<&Credential> {
        match &self.outcome {
            Ok(Contents::SignedIn(credential)) => Some(credential),
            _ => None,
        }
    }

    /// What is doubtful about it at `now`. `seen` is a moment that is known to have passed.
    pub fn doubt(&self, seen: Option<Timestamp>, now: Timestamp) -> Option<Doubt> {
        let credential = self.credential()?;
        let unclear = credential.end_is_unclear.then_some(Doubt::Unclear);
        doubt(credential.expires_at, self.modified, seen, now).or(unclear)
    }
}

/// Why a place could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Claude Code's folder is not there: it was never started, or under another `CLAUDE_CONFIG_DIR`.
    FolderAbsent,
    /// The folder is no full path, and would be another one in each working folder; not looked into.
    RelativeFolder,
    /// The folder is there, the credential is not.
    Absent,
    /// The system refuses the file to this user.
    PermissionDenied,
    /// Something that is no regular file has the file's name.
    NotAFile,
    /// More bytes than any credential has; not read.
    TooLarge { bytes: u64 },
    /// Read, and not a credential; never overwritten.
    Malformed(Malformed),
    /// The keychain is locked; looked at again once a minute, which does not prompt.
    KeychainLocked,
    /// Someone or something refused the keychain's prompt; not asked again before a click.
    KeychainDenied,
    /// The place gave no answer in this time, as a disk that has gone. Only the doctor stops waiting for it.
    Silent(SignedDuration),
    /// The settings name the keychain, and this system has none.
    NoKeychain,
    /// The keychain's program did not do its work. "Unknown", never "signed out". Where it gave no answer in time, a prompt
    /// may be hidden behind a window, and it is not asked again before a click.
    Program(ProgramError),
    /// The system failed otherwise. "Unknown", never "signed out".
    Failed {
        /// The system's own words, without any part of the content.
        detail: String,
    },
}

/// Why a program of the system's gave no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProgramError {
    /// It could not be started or waited for, in the system's words.
    NotRun(String),
    /// It did not end in this time.
    TimedOut(SignedDuration),
    /// It wrote more than any answer has.
    Flooded,
    /// The keychain stays closed while this computer is awake in the dark, for the system's own sake; passes by itself.
    InDarkWake,
    /// It ended with a code that is known for nothing.
    Code(i32),
    /// A signal ended it.
    Signal(i32),
    /// It did not say what is documented of it.
    Unexpected,
}

impl Problem {
    /// Whether it may pass without the place being written: then it is read again, which raises no prompt.
    pub fn may_pass(&self) -> bool {
        let asks = matches!(self, Self::KeychainDenied | Self::Program(ProgramError::TimedOut(_)));
        self.needs_a_click() && !asks
    }

    /// Whether asking again might prompt: nothing in the background does, before a click.
    pub fn might_prompt(&self) -> bool {
        matches!(self, Self::KeychainDenied | Self::KeychainLocked | Self::Program(ProgramError::TimedOut(_)))
    }

    /// Whether only the user can get past it, by a click and perhaps a prompt.
    pub fn needs_a_click(&self) -> bool {
        matches!(self, Self::Failed { .. } | Self::Program(_) | Self::KeychainLocked | Self::KeychainDenied)
    }
}

impl From<Malformed> for Problem {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_config_folder_follows_claude_codes_order() {
        let check = |configured: Option<&str>, secure: Option<&str>, config: Option<&str>, expected: (&str, bool)| {
            let [configured, secure, config] = [configured, secure, config].map(|path| path.map(OsStr::new));
            let dir = ConfigDir::resolve(configured, secure, config, Path::new("/home/ada"));
            assert_eq!((dir.path.to_str().expect("text"), dir.named), expected);
        };
        check(None, None, None, ("/home/ada/.claude", false));
        check(None, None, Some("/c"), ("/c", true));
        check(None, None, Some(""), ("/home/ada/.claude", false));
        check(None, Some("/s"), Some("/c"), ("/s", true));
        check(None, Some(""), Some("/c"), ("/home/ada/.claude", false));
        check(Some("/w"), Some("/s"), Some("/c"), ("/w", true));
        // Decomposed e-acute comes out composed.
        check(None, None, Some("/e\u{301}"), ("/\u{e9}", true));
    }

    #[test]
    fn a_named_folder_marks_the_keychain_service() {
        let service = |config: Option<&str>| {
            ConfigDir::resolve(None, None, config.map(OsStr::new), Path::new("/Users/ada")).keychain_service()
        };
        assert_eq!(service(None), "Claude Code-credentials");
        // printf %s /Users/ada/.claude | sha256sum
        assert_eq!(service(Some("/Users/ada/.claude")), "Claude Code-credentials-09747320");
    }

    #[test]
    fn the_account_is_the_users_name_where_that_is_plain() {
        let check = |user, system, expected: &str| assert_eq!(keychain_account(user, system), expected);
        check(Some("ada"), Some("root"), "ada");
        check(Some(""), Some("ada.l-2_x"), "ada.l-2_x");
        check(None, Some("ada"), "ada");
        check(Some("ada lovelace"), None, "claude-code-user");
        check(None, None, "claude-code-user");
    }
}
