//! Finds what `wick doctor` judges.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::at::At;
use super::environment::Environment;
use super::{certificates, instance, notifier, private_file, program, store, tray};
use crate::domain::credential::{Location, SourceKind};
use crate::domain::facts::{Facts, FileFacts};
use crate::domain::settings::CredentialSettings;
use crate::domain::system::SystemError;
use crate::ports::{Inspector, LoginItem};

/// This computer.
pub struct SystemInspector {
    pub environment: Arc<Environment>,
    pub login_item: Arc<dyn LoginItem>,
    pub state_folder: PathBuf,
}

impl Inspector for SystemInspector {
    fn inspect(&self, location: &Location, settings: &CredentialSettings) -> Facts {
        Facts {
            file: (location.kind == SourceKind::File)
                .then(|| file(&self.environment.claude_dir(settings).credentials_file()))
                .flatten(),
            locks: store::locks(settings, location, &self.environment).facts(),
            keychain: store::keychain_facts(settings, &self.environment),
            state_folder: (self.state_folder.display().to_string(), usable(&self.state_folder)),
            relative: self.environment.relative.clone(),
            unknown_time_zone: self.environment.unknown_time_zone.clone(),
            tray: tray::host::find(),
            notifications: notifier::find(),
            autostart: self.login_item.state(),
            claude: program::find("claude", &self.environment).map(|path| path.display().to_string()),
            certificates: certificates::trusted(&self.environment.certificates).faults,
        }
    }
}

fn file(path: &Path) -> Option<FileFacts> {
    let symlink = fs::symlink_metadata(path).ok()?.is_symlink();
    let metadata = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    let ours = metadata.uid() == rustix::process::geteuid().as_raw();
    Some(FileFacts { mode: metadata.mode() & 0o7777, ours, symlink })
}

/// Tries what the state file will do: make the folder, and a file in it. Whatever else lies there must be files of Wick's
/// own.
fn usable(folder: &Path) -> Result<(), SystemError> {
    private_file::create_folder(folder).and_then(|()| tempfile::tempfile_in(folder).map(drop)).at(folder)?;
    let mut entries: Vec<PathBuf> = fs::read_dir(folder).at(folder)?.flatten().map(|entry| entry.path()).collect();
    entries.sort();
    let files = entries.iter().filter(|path| path.file_name() != Some(instance::SOCKET.as_ref()));
    files.into_iter().try_for_each(|path| private_file::check(path).at(path))
}
