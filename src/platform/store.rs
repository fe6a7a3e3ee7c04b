//! The places that a credential is read from and written to.

pub mod auto;
pub mod file;
pub mod file_writer;
pub mod journal;
pub mod keychain;
#[cfg_attr(target_os = "macos", path = "store/keychain_attributes_macos.rs")]
pub mod keychain_attributes;
pub mod keychain_writer;
pub mod lock;

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest, Sha256};

use self::auto::AutoStore;
use self::file::FileStore;
use self::file_writer::FileWriter;
use self::journal::FileJournal;
use self::keychain::{Attributes, Item, KeychainStore, SECURITY};
use self::keychain_attributes::{IS_THERE, LoginKeychain};
use self::keychain_writer::{KeychainJournal, KeychainWriter};
use self::lock::ClaudeLocks;
use super::environment::Environment;
use super::process;
use crate::domain::credential::{Location, SourceKind, keychain_account};
use crate::domain::facts::KeychainFacts;
use crate::domain::fingerprint::Fingerprint;
use crate::domain::refresh::Record;
use crate::domain::settings::{CredentialSettings, SourceChoice};
use crate::ports::{CredentialStore, Journal, Tools};

/// The store that the settings name.
pub fn open(settings: &CredentialSettings, environment: &Environment) -> Arc<dyn CredentialStore> {
    let file = || Arc::new(FileStore(environment.claude_dir(settings).credentials_file()));
    let keychain = || Arc::new(KeychainStore::new(item(settings, environment), LoginKeychain));
    match settings.source {
        SourceChoice::Auto if IS_THERE => Arc::new(AutoStore(keychain(), file())),
        SourceChoice::Auto | SourceChoice::File => file(),
        SourceChoice::Keychain => keychain(),
    }
}

/// The item of the credential that the settings name.
fn item(settings: &CredentialSettings, environment: &Environment) -> Item {
    let dir = environment.claude_dir(settings);
    Item {
        service: dir.keychain_service(),
        account: keychain_account(environment.user.as_deref(), system_user_name(environment).as_deref()),
        lock_folder: dir.path,
    }
}

/// The system's name for the user, where no variable says it.
fn system_user_name(environment: &Environment) -> Option<String> {
    if environment.user.is_some() {
        return None;
    }
    let output = process::run(Command::new("/usr/bin/id").arg("-un"), Duration::from_secs(5)).ok()?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn writer(item: Item) -> KeychainWriter {
    KeychainWriter { item, program: PathBuf::from(SECURITY) }
}

/// What writes an item of Wick's own, under the same account.
pub fn own_writer(service: String, environment: &Environment) -> KeychainWriter {
    writer(Item { service, ..item(&CredentialSettings::default(), environment) })
}

/// What a refresh of this place writes with.
pub fn tools(settings: &CredentialSettings, location: &Location, environment: &Environment) -> Tools {
    Tools {
        writer: match location.kind {
            SourceKind::File => Box::new(FileWriter::new(environment.claude_dir(settings).credentials_file())),
            SourceKind::Keychain => Box::new(writer(item(settings, environment))),
        },
        journal: journal(location, environment),
        locks: Box::new(locks(settings, location, environment)),
    }
}

fn journal(location: &Location, environment: &Environment) -> Box<dyn Journal> {
    match location.kind {
        SourceKind::File => Box::new(FileJournal::new(journal_path(location, environment))),
        SourceKind::Keychain => Box::new(KeychainJournal(journal_writer(location, environment))),
    }
}

/// The locks around a refresh of this place.
pub fn locks(settings: &CredentialSettings, location: &Location, environment: &Environment) -> ClaudeLocks {
    let own = environment.state_folder().join(format!("refresh-{}.lock", short_name(location)));
    ClaudeLocks { folder: environment.claude_dir(settings).path, own }
}

/// The refresh token that an earlier refresh of this place has spent, where its successor is in the journal. In mode `never`
/// too nothing is written.
pub fn spent(location: &Location, environment: &Environment) -> Option<Fingerprint> {
    if !has_journal(location, environment) {
        return None;
    }
    let Record { intent, answer, .. } = journal(location, environment).load().ok()??;
    (Fingerprint::of(&answer?.refresh_token) != intent.spent).then_some(intent.spent)
}

/// Whether an earlier refresh of this place left a journal. Reads nothing, so that it prompts for nothing.
pub fn has_journal(location: &Location, environment: &Environment) -> bool {
    match location.kind {
        SourceKind::File => journal_path(location, environment).exists(),
        SourceKind::Keychain => {
            let found = LoginKeychain.modified(&journal_writer(location, environment).item);
            found.is_ok_and(|modified| modified.is_some())
        }
    }
}

fn journal_path(location: &Location, environment: &Environment) -> PathBuf {
    environment.state_folder().join(format!("journal-{}", short_name(location)))
}

fn journal_writer(location: &Location, environment: &Environment) -> KeychainWriter {
    own_writer(format!("Wick-journal-{}", short_name(location)), environment)
}

/// A source's name in file names: the first 8 hex digits of its SHA-256.
fn short_name(location: &Location) -> String {
    hex::encode(&Sha256::digest(location.to_string().as_bytes())[..4])
}

/// What the keychain shows of Claude Code's items without a prompt; `None` where there is no keychain.
pub fn keychain_facts(settings: &CredentialSettings, environment: &Environment) -> Option<KeychainFacts> {
    IS_THERE.then(|| LoginKeychain.facts(item(settings, environment)))?
}
