//! Why a program that is there could not be started: the system has one word for several things.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::domain::sync::StartFault;
use crate::domain::sync::scrub::without_tokens;

/// More than the system reads of a first line.
const LONGEST_LINE: u64 = 256;

pub(super) fn of(program: &Path, error: &io::Error) -> StartFault {
    let system = || StartFault::System { detail: error.to_string() };
    let Ok(metadata) = fs::metadata(program) else { return system() };
    if metadata.is_dir() {
        return StartFault::Folder;
    }
    if metadata.permissions().mode() & 0o111 == 0 {
        return StartFault::NotExecutable;
    }
    let line = if metadata.is_file() { first_line(program) } else { Vec::new() };
    let Some(interpreter) = line.strip_prefix(b"#!") else {
        return if error.raw_os_error() == Some(libc::ENOEXEC) { StartFault::NoFirstLine } else { system() };
    };
    if line.ends_with(b"\r") {
        return StartFault::CarriageReturn;
    }
    let interpreter = interpreter.trim_ascii().split(u8::is_ascii_whitespace).next().unwrap_or_default();
    let interpreter = Path::new(OsStr::from_bytes(interpreter));
    if interpreter.exists() { system() } else { StartFault::NoInterpreter(shown(interpreter)) }
}

/// A file's text: whatever stands there.
fn shown(interpreter: &Path) -> String {
    without_tokens(&interpreter.display().to_string().replace(char::is_control, " "))
}

/// Without what ends it; empty where it cannot be read.
fn first_line(program: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    // What could be read until then says as much.
    let _read = File::open(program).and_then(|file| file.take(LONGEST_LINE).read_to_end(&mut bytes));
    bytes.split(|byte| *byte == b'\n').next().unwrap_or_default().to_vec()
}
