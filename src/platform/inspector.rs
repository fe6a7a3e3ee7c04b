//! Finds what `wick doctor` judges.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::at::At;
use super::environment::Environment;
use super::{certificates, claude, instance, notifier, private_file, program, store, tray};
use crate::domain::autostart::{Autostart, AutostartError};
use crate::domain::credential::{Location, SourceKind};
use crate::domain::facts::{Facts, FileFacts, NotificationService, TrayHost};
use crate::domain::order::sorted;
use crate::domain::settings::CredentialSettings;
use crate::domain::system::SystemError;
use crate::ports::{Beside, Inspector, LoginItem, after};

/// What each part gets. A bus that never answers takes 3 s, a service on one that does 4 s more.
const LIMIT: Duration = Duration::from_millis(6500);

/// This computer.
pub struct SystemInspector {
    pub environment: Arc<Environment>,
    pub login_item: Arc<dyn LoginItem>,
    pub state_folder: PathBuf,
}

impl Inspector for SystemInspector {
    fn inspect(&self, location: &Location, settings: &CredentialSettings) -> Facts {
        let here = || (Arc::clone(&self.environment), settings.clone());
        let is_file = location.kind == SourceKind::File;
        let app = self.state_folder.clone();
        let (folder, login_item, place) = (self.state_folder.clone(), Arc::clone(&self.login_item), location.clone());
        // Each beside the others: a disk, a bus or a service may hang.
        let (environment, settings_here) = here();
        let file = Beside::begin(move || {
            is_file.then(|| file(&environment.claude_dir(&settings_here).credentials_file())).flatten()
        });
        let (environment, settings_here) = here();
        let locks = Beside::begin(move || store::locks(&settings_here, &place, &environment).facts());
        let (environment, settings_here) = here();
        let keychain = Beside::begin(move || store::keychain_facts(&settings_here, &environment));
        let state_folder = Beside::begin(move || usable(&folder));
        let icon = Beside::begin(move || instance::icon_of_the_other(&app));
        let (tray, notifications) = (Beside::begin(tray::host::find), Beside::begin(notifier::find));
        let autostart = Beside::begin(move || login_item.state());
        let (environment, _) = here();
        let claude =
            Beside::begin(move || program::find("claude", &environment).map(|path| path.display().to_string()));
        let (environment, _) = here();
        let faults = Beside::begin(move || certificates::trusted(&environment.certificates).faults);
        let (environment, settings_here) = here();
        let overruling = Beside::begin(move || claude::overruling(&settings_here, &environment));
        let end = after(LIMIT);
        let silent = || Err(SystemError::new(&self.state_folder.display(), &ErrorKind::TimedOut));
        Facts {
            file: file.until(end).flatten(),
            locks: locks.until(end).unwrap_or_default(),
            keychain: keychain.until(end).flatten(),
            state_folder: (self.state_folder.display().to_string(), state_folder.until(end).unwrap_or_else(silent)),
            relative: self.environment.relative.clone(),
            unknown_time_zone: self.environment.unknown_time_zone.clone(),
            tray: tray.until(end).unwrap_or(TrayHost::Silent),
            icon: icon.until(end).flatten(),
            notifications: notifications.until(end).unwrap_or(NotificationService::Silent),
            autostart: autostart.until(end).unwrap_or(Autostart::Unavailable(AutostartError::Silent)),
            claude: claude.until(end).flatten(),
            certificates: faults.until(end).unwrap_or_default(),
            overruling: overruling.until(end).unwrap_or_default(),
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
    let entries = sorted(fs::read_dir(folder).at(folder)?.flatten().map(|entry| entry.path()), Ord::cmp);
    let mut files = entries.iter().filter(|path| path.file_name() != Some(instance::SOCKET.as_ref()));
    files.try_for_each(|path| private_file::check(path).at(path))
}
