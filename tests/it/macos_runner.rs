//! `.cargo/macos-runner` makes a bundle around a binary. What a Mac does with the bundle, only a Mac can show.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::support::write_program;

struct Target {
    folder: TempDir,
}

impl Target {
    /// A target folder with a program of this name that says how it was called.
    fn with(name: &str) -> (Self, PathBuf) {
        let target = Self { folder: tempfile::tempdir().unwrap() };
        let program = target.folder.path().join("debug").join(name);
        write_program(&program, "#!/bin/sh\necho \"$0 $*\"\nexit 7\n");
        (target, program)
    }
}

fn run(program: &Path, arguments: &[&str]) -> Output {
    let runner = Path::new(env!("CARGO_MANIFEST_DIR")).join(".cargo/macos-runner");
    Command::new(runner).arg(program).args(arguments).output().unwrap()
}

#[test]
fn wick_and_the_demo_run_inside_a_bundle() {
    for name in ["wick", "demo"] {
        let (target, program) = Target::with(name);
        for _ in 0..2 {
            let output = run(&program, &["status", "--json"]);
            let inside = target.folder.path().join("debug/Wick.app/Contents/MacOS").join(name);
            assert_eq!(String::from_utf8_lossy(&output.stdout), format!("{} status --json\n", inside.display()));
            assert_eq!(output.status.code(), Some(7), "the exit code comes through");
        }
        let plist = fs::read_to_string(target.folder.path().join("debug/Wick.app/Contents/Info.plist")).unwrap();
        for part in [
            "<key>LSUIElement</key><true/>",
            "<key>CFBundleIdentifier</key>",
            env!("CARGO_PKG_VERSION"),
            &format!("<string>{name}</string>"),
        ] {
            assert!(plist.contains(part), "{part} is missing:\n{plist}");
        }
    }
}

#[test]
fn test_binaries_pass_through() {
    let (target, program) = Target::with("it-0123456789abcdef");
    let output = run(&program, &["--nocapture"]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), format!("{} --nocapture\n", program.display()));
    assert!(!target.folder.path().join("debug/Wick.app").exists());
}
