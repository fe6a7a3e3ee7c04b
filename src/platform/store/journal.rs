//! The journal of one source as a file of mode 0600: two fixed regions, so that writing the answer cannot harm the intent,
//! and both have their place on the disk before anything is sent.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Seek, SeekFrom, Write};
use std::path::PathBuf;

use zeroize::Zeroizing;

use crate::domain::refresh::{Intent, NewTokens, Record, WriteError};
use crate::fault;
use crate::platform::at::At;
use crate::platform::private_file;
use crate::ports::Journal;

/// Where the answer begins, in bytes: a multiple of what disks write at once.
const ANSWER_AT: usize = 4096;
/// Room for an answer, in bytes: many times what one has.
const ROOM: usize = 60 * 1024;

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

    fn create(&self, mut text: Vec<u8>) -> io::Result<File> {
        let folder = private_file::folder(&self.path);
        private_file::create_folder(folder)?;
        private_file::remove(&self.path)?;
        let mut file = private_file::create(&self.path)?;
        fault::point("journal-created");
        // Blanks are written, not skipped: skipped bytes would have no place on the disk.
        text.resize(ANSWER_AT + ROOM, b' ');
        file.write_all(&text)?;
        file.sync_all()?;
        File::open(folder)?.sync_all()?;
        Ok(file)
    }

    fn write_answer(&mut self, answer: &NewTokens) -> io::Result<()> {
        let file = self.open.as_mut().ok_or(ErrorKind::NotFound)?;
        file.seek(SeekFrom::Start(ANSWER_AT as u64))?;
        let text = answer.to_json();
        file.write_all(text.expose().as_bytes())?;
        fault::point("answer-written");
        file.sync_all()
    }
}

impl Journal for FileJournal {
    fn load(&self) -> Result<Option<Record>, WriteError> {
        let bytes = match fs::read(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            read => read.map(Zeroizing::new).at(&self.path)?,
        };
        let (intent, answer) = bytes.split_at(bytes.len().min(ANSWER_AT));
        let text = |bytes| std::str::from_utf8(bytes).unwrap_or_default();
        // Cut off while the intent was written: nothing was sent.
        let Ok(intent) = serde_json::from_str(text(intent)) else { return Ok(None) };
        Ok(Some(Record { intent, answer: NewTokens::parse(text(answer).trim_end()) }))
    }

    fn begin(&mut self, intent: &Intent) -> Result<(), WriteError> {
        let text = serde_json::to_vec(intent).map_err(io::Error::from).at(&self.path)?;
        if text.len() > ANSWER_AT {
            return Err(WriteError::PathTooLong(self.path.display().to_string()));
        }
        // Half of it says nothing, and takes the room that is missing.
        let file = self.create(text).inspect_err(|_| drop(fs::remove_file(&self.path)));
        self.open = Some(file.at(&self.path)?);
        Ok(())
    }

    fn answer(&mut self, _intent: &Intent, answer: &NewTokens) -> Result<(), WriteError> {
        Ok(self.write_answer(answer).at(&self.path)?)
    }

    fn discard(&mut self) -> Result<(), WriteError> {
        self.open = None;
        private_file::remove(&self.path).at(&self.path)?;
        Ok(())
    }
}
