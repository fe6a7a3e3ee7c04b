//! A folder to pack in, with stand-ins for what signs.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use super::{VERSION, root, said};
use crate::support::{skip, write_program};

/// A folder to pack in, with a program to pack.
pub(super) struct Packer {
    pub(super) folder: TempDir,
}

impl Packer {
    pub(super) fn new() -> Self {
        let packer = Self { folder: tempfile::tempdir().unwrap() };
        if cfg!(target_os = "macos") {
            // There it is signed, so it is a real one.
            fs::copy(env!("CARGO_BIN_EXE_wick"), packer.program()).unwrap();
        } else {
            write_program(&packer.program(), "#!/bin/sh\necho packed\n");
            // The real one signs a real program in `.ci/macos-link`.
            packer.stand_in("rcodesign", "for app; do :; done; mkdir \"$app/Contents/_CodeSignature\"; echo >\"$app/Contents/_CodeSignature/CodeResources\"");
        }
        for page in ["man1/wick.1", "man5/wick-config.5"] {
            let page = packer.man().join(page);
            fs::create_dir_all(page.parent().unwrap()).unwrap();
            fs::write(page, ".TH WICK\n").unwrap();
        }
        packer
    }

    /// None where a program is missing that packing or looking into the zip needs.
    pub(super) fn if_possible(test: &str) -> Option<Self> {
        for program in ["zip", "zipinfo"] {
            if Command::new(program).arg("-h").output().is_err() {
                skip(test, &format!("{program} is not installed"));
                return None;
            }
        }
        Some(Self::new())
    }

    pub(super) fn program(&self) -> PathBuf {
        self.folder.path().join("program")
    }

    fn man(&self) -> PathBuf {
        self.folder.path().join("man")
    }

    pub(super) fn bin(&self) -> PathBuf {
        self.folder.path().join("bin")
    }

    pub(super) fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// A program that writes down how it was called, before it does this.
    pub(super) fn stand_in(&self, name: &str, does: &str) {
        let text = format!("#!/bin/sh\necho \"{name} $*\" >>\"{}\"\n{does}\n", self.log().display());
        write_program(&self.bin().join(name), &text);
    }

    /// How the stand-ins were called, in order.
    pub(super) fn calls(&self) -> Vec<String> {
        fs::read_to_string(self.log()).unwrap_or_default().lines().map(str::to_owned).collect()
    }

    pub(super) fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    pub(super) fn zip(&self) -> PathBuf {
        self.out().join(format!("Wick-{VERSION}-macos.zip"))
    }

    pub(super) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.out().join(name)).unwrap()
    }

    /// What lies in the folder that is packed to, in order.
    pub(super) fn made(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.out()) else { return Vec::new() };
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// The script with these arguments, under a umask that gives nobody else anything, and without the settings of
    /// whoever runs the tests.
    pub(super) fn script(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", "umask 077 && exec \"$0\" \"$@\""])
            .arg(root().join("bundle/macos/package.sh"))
            .args(arguments)
            .arg("--out")
            .arg(self.out())
            .env("PATH", format!("{}:{}", self.bin().display(), std::env::var("PATH").unwrap()));
        for name in [
            "GITHUB_REPOSITORY",
            "WICK_REPOSITORY",
            "WICK_SIGN_IDENTITY",
            "WICK_NOTARY_KEY",
            "WICK_NOTARY_KEY_ID",
            "WICK_NOTARY_ISSUER",
        ] {
            command.env_remove(name);
        }
        command
    }

    pub(super) fn pack(&self) -> Command {
        self.script(&["--binary", self.program().to_str().unwrap(), "--man", self.man().to_str().unwrap()])
    }

    /// Packs, and gives what was said on the way.
    pub(super) fn packed(&self) -> String {
        let output = self.pack().output().unwrap();
        let said = said(&output);
        assert!(output.status.success(), "{said}");
        said
    }
}
