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
use crate::domain::credential::{Location, SourceKind};
use crate::domain::facts::{Facts, FileFacts};
use crate::domain::order::sorted;
use crate::domain::settings::CredentialSettings;
use crate::domain::system::SystemError;
use crate::ports::{Inspector, LoginItem, Look, after, lock, seen_until};

/// What each part gets. A bus that never answers takes 3 s, a service on one that does 4 s more.
const LIMIT: Duration = Duration::from_millis(6500);

/// This computer.
#[derive(Clone)]
pub struct SystemInspector {
    pub environment: Arc<Environment>,
    pub login_item: Arc<dyn LoginItem>,
    pub state_folder: PathBuf,
}

/// What is looked at.
struct Here {
    computer: SystemInspector,
    location: Location,
    settings: CredentialSettings,
}

/// Each beside the others: a disk, a bus or a service may hang.
const LOOKS: [Look<Here, Facts>; 11] = [
    |here, facts| {
        let file = here.computer.environment.claude_dir(&here.settings).credentials_file();
        lock(facts).file = if here.location.kind == SourceKind::File { self::file(&file) } else { None };
    },
    |here, facts| {
        lock(facts).locks = store::locks(&here.settings, &here.location, &here.computer.environment).facts();
    },
    |here, facts| lock(facts).keychain = store::keychain_facts(&here.settings, &here.computer.environment),
    |here, facts| lock(facts).state_folder.1 = usable(&here.computer.state_folder),
    |here, facts| lock(facts).icon = instance::icon_of_the_other(&here.computer.state_folder),
    |_, facts| lock(facts).tray = tray::host::find(),
    |_, facts| lock(facts).notifications = notifier::find(),
    |here, facts| lock(facts).autostart = here.computer.login_item.state(),
    |here, facts| {
        let claude = program::find("claude", &here.computer.environment);
        lock(facts).claude = claude.map(|path| path.display().to_string());
    },
    |here, facts| {
        lock(facts).certificates = certificates::trusted(&here.computer.environment.certificates).faults;
    },
    |here, facts| lock(facts).overruling = claude::overruling(&here.settings, &here.computer.environment),
];

impl Inspector for SystemInspector {
    fn inspect(&self, location: &Location, settings: &CredentialSettings) -> Facts {
        let silent = SystemError::new(&self.state_folder.display(), &ErrorKind::TimedOut);
        let unseen = Facts {
            state_folder: (self.state_folder.display().to_string(), Err(silent.clone())),
            relative: self.environment.relative.clone(),
            unknown_time_zone: self.environment.unknown_time_zone.clone(),
            ..Facts::unknown(silent)
        };
        let here = Here { computer: self.clone(), location: location.clone(), settings: settings.clone() };
        seen_until(after(LIMIT), here, unseen, &LOOKS)
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
