//! `state.json` and `sync.log`, apart by a byte that neither has: whatever stands there is read without harm, and what is
//! remembered after it is read again.

#![no_main]

use std::cell::RefCell;
use std::fs;

use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;
use wick::platform::state_file::JsonFile;
use wick::ports::StateFile;

thread_local! {
    static FOLDER: RefCell<TempDir> = RefCell::new(tempfile::tempdir().expect("a temporary folder"));
}

fuzz_target!(|bytes: &[u8]| {
    FOLDER.with_borrow(|folder| {
        for entry in fs::read_dir(folder.path()).expect("our folder") {
            fs::remove_file(entry.expect("our folder").path()).expect("our file");
        }
        let split = bytes.iter().position(|byte| *byte == 0xff).unwrap_or(bytes.len());
        fs::write(folder.path().join("state.json"), &bytes[..split]).expect("a writable folder");
        fs::write(folder.path().join("sync.log"), bytes.get(split + 1..).unwrap_or_default())
            .expect("a writable folder");
        let file = JsonFile::new(folder.path().to_owned());
        let before = file.load_sync().expect("what makes no sense is set aside");
        let sources = file.load();
        // Folds the log into the snapshot.
        file.change_sync(&mut |_| {}).expect("a writable folder");
        assert_eq!(file.load_sync().expect("it was just written"), before);
        assert_eq!(JsonFile::new(folder.path().to_owned()).load(), sources);
    });
});
