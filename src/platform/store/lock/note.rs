//! What stands in Wick's own lock file: the folders that its holder made, and the locks of others that it met and since when
//! they have not changed. That is counted by a clock that no one sets, since a lock's date may lie in any future.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

use super::identity::{Id, LEFT_BEHIND, Look, new_name, old_name, remove};
use crate::platform::at::OrWarn;
use crate::platform::clock;
use crate::platform::private_file::Locked;

/// The open lock file and what stands in it.
pub(super) struct Note {
    file: Locked,
    content: Content,
    /// This start of the computer.
    boot: String,
}

#[derive(Default, Serialize, Deserialize)]
struct Content {
    made: Vec<Id>,
    met: Vec<Met>,
}

/// A lock of someone else's, as it has looked since a moment after this start of the computer.
#[derive(Serialize, Deserialize)]
struct Met {
    look: Look,
    boot: String,
    since: Duration,
}

impl Note {
    /// To be called with the file locked: then whoever wrote the note has ended.
    pub(super) fn open(file: File) -> Self {
        let mut file = Locked(file);
        let mut text = String::new();
        let read = file.0.seek(SeekFrom::Start(0)).and_then(|_| file.0.read_to_string(&mut text));
        let content = read.ok().and_then(|_| serde_json::from_str(&text).ok()).unwrap_or_default();
        Self { file, content, boot: clock::boot() }
    }

    /// Removes what a killed Wick left at these locks and beside them.
    pub(super) fn sweep(&mut self, locks: &[PathBuf]) {
        // Once: a folder that another program makes later is never taken for one of these.
        let ids = std::mem::take(&mut self.content.made);
        if !ids.is_empty() {
            self.write();
        }
        for id in ids.iter().filter(|id| id.born.is_some() && Id::of(&id.path).as_ref() == Some(id)) {
            tracing::warn!("{} was left by a Wick that was killed", id.path.display());
            remove(&id.path);
        }
        for path in locks {
            // Nobody else gives them these names.
            [new_name(path), old_name(path)].iter().filter(|path| is_there(path)).for_each(|path| remove(path));
        }
    }

    /// A folder is about to become the lock that it names.
    pub(super) fn made(&mut self, id: &Id) {
        self.content.made.retain(|known| known.path != id.path);
        self.content.made.push(id.clone());
        self.write();
    }

    /// Whether it has looked like this for a minute by the computer's own running time; begins to count where it has not.
    pub(super) fn knows_as_left_behind(&mut self, look: &Look) -> bool {
        let (boot, now) = (&self.boot, running());
        if let Some(met) = self.content.met.iter().find(|met| met.look == *look && met.boot == *boot) {
            return now.saturating_sub(met.since) >= LEFT_BEHIND;
        }
        self.content.met.retain(|met| met.look.path != look.path);
        self.content.met.push(Met { look: look.clone(), boot: boot.clone(), since: now });
        self.write();
        false
    }

    /// Without it the folders count as left behind in a minute, and locks of others a minute later.
    fn write(&mut self) {
        let text = serde_json::to_vec(&self.content).expect("paths and numbers are JSON");
        let file = &mut self.file.0;
        let written = file.set_len(0).and_then(|()| file.write_all(&text));
        written.or_warn(|| "which locks are Wick's is not noted".to_owned());
    }
}

fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// For how long the computer has run, by the clock that nobody sets and that on Linux stands still while it sleeps.
fn running() -> Duration {
    Duration::try_from(clock_gettime(ClockId::Monotonic)).unwrap_or_default()
}
