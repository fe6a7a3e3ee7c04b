//! The places that a credential is read from.

pub mod auto;
pub mod file;
pub mod keychain;
#[cfg(target_os = "macos")]
pub mod keychain_attributes;

use std::path::PathBuf;
use std::sync::Arc;

use super::environment::Environment;
use crate::domain::settings::{CredentialSettings, SourceChoice};
use crate::ports::CredentialStore;

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
    use crate::domain::source::keychain_account;

    let dir = environment.claude_dir(settings);
    let item = keychain::Item {
        service: dir.keychain_service(),
        account: keychain_account(environment.user.as_deref(), system_user_name(environment).as_deref()),
        lock_folder: PathBuf::from(dir.path),
    };
    Some(Arc::new(keychain::KeychainStore::new(item, keychain_attributes::LoginKeychain)))
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

#[cfg(not(target_os = "macos"))]
fn keychain(_settings: &CredentialSettings, _environment: &Environment) -> Option<Arc<dyn CredentialStore>> {
    None
}
