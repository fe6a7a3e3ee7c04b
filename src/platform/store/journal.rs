//! The journal of one source as a file of mode 0600: two fixed regions, so that writing the answer cannot harm the intent,
//! and both have their place on the disk before anything is sent. After the answer, on a line of its own, stands what a
//! credential that was written in place by half is explained by.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Seek, SeekFrom, Write};
use std::path::PathBuf;

use crate::domain::refresh::{Intent, NewTokens, Overwrite, Record, WriteError};
use crate::domain::secret::Secret;
use crate::fault;
use crate::platform::at::{At, Written};
use crate::platform::private_file;
use crate::ports::Journal;

/// Where the answer begins, in bytes: a multiple of what disks write at once.
const ANSWER_AT: usize = 4096;
/// Room for an answer, in bytes: many times what one has.
const ROOM: usize = 60 * 1024;
/// How much longer a text of JSON may be within JSON: each of its quotes takes two bytes there.
const QUOTED: usize = 2;

/// Several times what it has with the largest credential in it.
const SIZE_LIMIT: u64 = 8 * 1024 * 1024;

/// The file, which is there only while a refresh is under way or was cut off.
#[derive(Debug)]
pub struct FileJournal {
    path: PathBuf,
    open: Option<File>,
}

impl FileJournal {
    pub fn new(path: PathBuf) -> Self {
        Self { path, open: None }
    }

    fn create(&self, overwrite: usize) -> io::Result<File> {
        let folder = private_file::folder(&self.path);
        private_file::create_folder(folder)?;
        private_file::remove(&self.path)?;
        let mut file = private_file::create(&self.path)?;
        fault::point("journal-created");
        // Blanks are written, not skipped: skipped bytes would have no place on the disk.
        file.write_all(&vec![b' '; ANSWER_AT + ROOM + overwrite * QUOTED])?;
        file.sync_all()?;
        File::open(folder)?.sync_all()?;
        Ok(file)
    }

    fn write(&mut self, place: usize, text: &[u8]) -> io::Result<&File> {
        if self.open.is_none() {
            // An earlier run has made it.
            self.open = Some(private_file::open_to_write(&self.path)?);
        }
        let file = self.open.as_mut().ok_or(ErrorKind::NotFound)?;
        file.seek(SeekFrom::Start(place as u64))?;
        file.write_all(text)?;
        Ok(file)
    }
}

impl Journal for FileJournal {
    fn load(&self) -> Result<Option<Record>, WriteError> {
        let bytes = match private_file::read(&self.path, SIZE_LIMIT) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            read => read.at(&self.path)?,
        };
        let (intent, rest) = bytes.split_at(bytes.len().min(ANSWER_AT));
        let text = |bytes| std::str::from_utf8(bytes).unwrap_or_default();
        // Cut off while the intent was written: nothing was sent.
        let Ok(intent) = serde_json::from_str(text(intent)) else { return Ok(None) };
        let (answer, overwrite) = text(rest).trim_end().split_once('\n').unwrap_or((text(rest).trim_end(), ""));
        Ok(Some(Record { intent, answer: NewTokens::parse(answer), overwrite: Overwrite::parse(overwrite) }))
    }

    fn reserve(&mut self, overwrite: usize) -> Result<(), WriteError> {
        // Half of it says nothing, and takes the room that is missing.
        let file = self.create(overwrite).inspect_err(|_| drop(fs::remove_file(&self.path)));
        self.open = Some(file.written(&self.path)?);
        Ok(())
    }

    fn begin(&mut self, intent: &Intent) -> Result<(), WriteError> {
        let text = serde_json::to_vec(intent).map_err(io::Error::from).at(&self.path)?;
        if text.len() > ANSWER_AT {
            return Err(WriteError::PathTooLong(self.path.display().to_string()));
        }
        self.write(0, &text).and_then(File::sync_all).written(&self.path)
    }

    fn answer(&mut self, _intent: &Intent, answer: &NewTokens) -> Result<(), WriteError> {
        let text = answer.to_json();
        let file = self.write(ANSWER_AT, text.expose().as_bytes());
        fault::point("answer-written");
        file.and_then(File::sync_all).written(&self.path)
    }

    fn cover(&mut self, answer: &NewTokens, overwrite: &Overwrite) -> Result<(), WriteError> {
        let text = Secret::from(format!("{}\n{}", answer.to_json().expose(), overwrite.to_json().expose()));
        let file = self.write(ANSWER_AT, text.expose().as_bytes());
        file.and_then(File::sync_all).written(&self.path)
    }

    fn discard(&mut self) -> Result<(), WriteError> {
        self.open = None;
        private_file::remove(&self.path).at(&self.path)?;
        Ok(())
    }
}
