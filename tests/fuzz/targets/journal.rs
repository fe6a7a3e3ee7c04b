//! A journal that a crash, a full disk or another version has left: understood as it was written, or not at all.

#![no_main]

use std::cell::RefCell;
use std::fs;

use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;
use wick::domain::refresh::NewTokens;
use wick::platform::store::journal::FileJournal;
use wick::ports::Journal;

thread_local! {
    static FOLDER: RefCell<TempDir> = RefCell::new(tempfile::tempdir().expect("a temporary folder"));
}

fuzz_target!(|bytes: &[u8]| {
    FOLDER.with_borrow(|folder| {
        let path = folder.path().join("journal");
        // The answer has a place of its own, which no short input would reach.
        let split = bytes.iter().position(|byte| *byte == 0xff).unwrap_or(bytes.len());
        let mut text = bytes[..split].to_vec();
        if split < bytes.len() {
            text.resize(text.len().max(4096), b' ');
            text.extend_from_slice(&bytes[split + 1..]);
        }
        fs::write(&path, text).expect("a writable folder");
        let Ok(Some(record)) = FileJournal::new(path).load() else { return };
        if let Some(answer) = record.answer {
            assert_eq!(NewTokens::parse(answer.to_json().expose()), Some(answer));
        }
    });
});
