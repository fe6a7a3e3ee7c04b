//! The places that a credential is read from and written to.

pub mod auto;
pub mod file;
pub mod file_writer;
pub mod journal;
pub mod keychain;
#[cfg(target_os = "macos")]
pub mod keychain_attributes;
pub mod keychain_writer;
pub mod lock;

use std::path::PathBuf;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::environment::Environment;
#[cfg(target_os = "macos")]
use crate::domain::credential::SERVICE;
use crate::domain::credential::{ConfigDir, Location, SourceKind, keychain_account};
use crate::domain::facts::KeychainFacts;
#[cfg(target_os = "macos")]
use crate::domain::facts::KeychainItem;
use crate::domain::settings::{CredentialSettings, SourceChoice};
use crate::ports::{CredentialStore, Tools};

/// The store that the settings name.
pub fn open(settings: &CredentialSettings, environment: &Environment) -> Arc<dyn CredentialStore> {
    let file = file::FileStore::new(PathBuf::from(environment.claude_dir(settings).credentials_file()));
    match (settings.source, keychain(settings, environment)) {
        (SourceChoice::Auto, Some(keychain)) => Arc::new(auto::AutoStore::new(keychain, Arc::new(file))),
        (SourceChoice::Auto | SourceChoice::File, _) => Arc::new(file),
        (SourceChoice::Keychain, Some(keychain)) => keychain,
        (SourceChoice::Keychain, None) => {
            Arc::new(keychain::NoKeychain::new(environment.claude_dir(settings).keychain_service()))
        }
    }
}

#[cfg(target_os = "macos")]
#[expect(clippy::unnecessary_wraps, reason = "other systems have none")]
fn keychain(settings: &CredentialSettings, environment: &Environment) -> Option<Arc<dyn CredentialStore>> {
    let item = item(environment.claude_dir(settings), environment);
    Some(Arc::new(keychain::KeychainStore::new(item, keychain_attributes::LoginKeychain)))
}

/// The item of a folder's credential.
fn item(dir: ConfigDir, environment: &Environment) -> keychain::Item {
    keychain::Item {
        service: dir.keychain_service(),
        account: keychain_account(environment.user.as_deref(), system_user_name(environment).as_deref()),
        lock_folder: PathBuf::from(dir.path),
    }
}

/// An item of Wick's own, under the same account, with the program that writes it.
#[cfg(target_os = "macos")]
pub fn own_item(service: &str, environment: &Environment) -> keychain_writer::KeychainWriter {
    let item = item(environment.claude_dir(&CredentialSettings::default()), environment);
    let own = keychain::Item { service: service.to_owned(), ..item };
    keychain_writer::KeychainWriter::new(own, PathBuf::from(keychain::SECURITY))
}

/// What a refresh of this place writes with.
pub fn tools(settings: &CredentialSettings, location: &Location, environment: &Environment) -> Tools {
    let dir = environment.claude_dir(settings);
    let own = environment.state_folder().join(format!("refresh-{}.lock", short_name(location)));
    let locks = Box::new(lock::ClaudeLocks::new(PathBuf::from(&dir.path), own));
    match location.kind {
        SourceKind::File => Tools {
            writer: Box::new(file_writer::FileWriter::new(PathBuf::from(&location.place))),
            journal: Box::new(journal::FileJournal::new(journal_path(location, environment))),
            locks,
        },
        SourceKind::Keychain => {
            let item = item(dir, environment);
            let writer = |item| keychain_writer::KeychainWriter::new(item, PathBuf::from(keychain::SECURITY));
            let journal = keychain_writer::KeychainJournal::new(writer(journal_item(&item, location)));
            Tools { writer: Box::new(writer(item)), journal: Box::new(journal), locks }
        }
    }
}

/// Whether an earlier refresh of this place left a journal. Reads nothing, so that it prompts for nothing.
pub fn has_journal(location: &Location, environment: &Environment) -> bool {
    match location.kind {
        SourceKind::File => journal_path(location, environment).exists(),
        SourceKind::Keychain => keychain_has_journal(location, environment),
    }
}

#[cfg(target_os = "macos")]
fn keychain_has_journal(location: &Location, environment: &Environment) -> bool {
    use crate::platform::store::keychain::Attributes;

    let item = item(environment.claude_dir(&CredentialSettings::default()), environment);
    let found = keychain_attributes::LoginKeychain.modified(&journal_item(&item, location));
    found.is_ok_and(|modified| modified.is_some())
}

/// What the keychain tells of Claude Code's items without a prompt.
#[cfg(target_os = "macos")]
pub fn keychain_facts(settings: &CredentialSettings, environment: &Environment) -> Option<KeychainFacts> {
    use crate::platform::store::keychain::Attributes;

    let (item, keychain) = (item(environment.claude_dir(settings), environment), keychain_attributes::LoginKeychain);
    let asked = KeychainItem { service: item.service.clone(), account: item.account.clone() };
    let partitions = if keychain.is_locked() { None } else { keychain.partitions(&item) };
    Some(KeychainFacts { asked, items: keychain.items(SERVICE), partitions })
}

/// What the keychain tells: on this system there is none.
#[cfg(not(target_os = "macos"))]
pub fn keychain_facts(_settings: &CredentialSettings, _environment: &Environment) -> Option<KeychainFacts> {
    None
}

#[cfg(not(target_os = "macos"))]
fn keychain_has_journal(_location: &Location, _environment: &Environment) -> bool {
    false
}

fn journal_path(location: &Location, environment: &Environment) -> PathBuf {
    environment.state_folder().join(format!("journal-{}", short_name(location)))
}

fn journal_item(item: &keychain::Item, location: &Location) -> keychain::Item {
    keychain::Item { service: format!("Wick-journal-{}", short_name(location)), ..item.clone() }
}

/// A source's name in file names: the first 8 hex digits of its SHA-256.
fn short_name(location: &Location) -> String {
    let digest = Sha256::digest(location.to_string().as_bytes());
    digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

/// The system's name for the user, where no variable says it.
#[cfg(target_os = "macos")]
fn system_user_name(environment: &Environment) -> Option<String> {
    if environment.user.is_some() {
        return None;
    }
    let mut id = std::process::Command::new("/usr/bin/id");
    let output = super::process::run(id.arg("-un"), std::time::Duration::from_secs(5)).ok()?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The system's name for the user; needed by no system without a keychain.
#[cfg(not(target_os = "macos"))]
fn system_user_name(_environment: &Environment) -> Option<String> {
    None
}

#[cfg(not(target_os = "macos"))]
fn keychain(_settings: &CredentialSettings, _environment: &Environment) -> Option<Arc<dyn CredentialStore>> {
    None
}
