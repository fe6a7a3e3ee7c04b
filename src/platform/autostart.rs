//! Opening at login by an entry in the user's autostart folder, as freedesktop.org's Desktop Application Autostart
//! Specification 0.5 says. An entry of the same name for all users counts where the user has none.

use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::domain::autostart::{Autostart, AutostartError};
use crate::domain::system::SystemError;
use crate::platform::at::At;
use crate::platform::environment::Environment;
use crate::platform::{atomic_file, file_stamp, private_file};
use crate::ports::{LoginItem, Stamp, Versioned};

/// What is written; the line below then names the program.
const ENTRY: &str = include_str!("../../bundle/linux/autostart/wick.desktop");
const PROGRAM_LINE: &str = "Exec=wick";
const NAME: &str = "autostart/wick.desktop";
/// The entry in the user's folder.
#[derive(Debug)]
pub struct SystemLoginItem {
    own: PathBuf,
    for_all: Vec<PathBuf>,
    program: Option<PathBuf>,
    /// The full path of another config file than the usual one.
    config: Option<PathBuf>,
}

impl SystemLoginItem {
    /// The entry of this user, for this program, with the config that it was started with.
    pub fn new(environment: &Environment, config: Option<&Path>) -> Self {
        Self {
            own: environment.config_home().join(NAME),
            for_all: environment.xdg_config_dirs.iter().map(|folder| folder.join(NAME)).collect(),
            program: environment.program.clone(),
            config: config.map(Path::to_owned),
        }
    }

    /// What an administrator has set up for everyone.
    fn is_on_for_all(&self) -> bool {
        self.for_all.iter().find_map(|path| fs::read_to_string(path).ok()).is_some_and(|entry| is_on(&entry))
    }
}

impl LoginItem for SystemLoginItem {
    fn state(&self) -> Autostart {
        match fs::read_to_string(&self.own) {
            Ok(entry) if !is_on(&entry) => Autostart::Off,
            Ok(entry) => match program_of(&entry).filter(|program| program.is_absolute() && !program.exists()) {
                Some(gone) => Autostart::Broken(gone.display().to_string()),
                None => Autostart::On,
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound && self.is_on_for_all() => Autostart::On,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Autostart::Off,
            Err(error) => Autostart::Unavailable(SystemError::new(&self.own.display(), &error).into()),
        }
    }

    fn set(&self, on: bool) -> Result<(), AutostartError> {
        let entry = if on {
            let unknown = || AutostartError::Failed(io::Error::from(io::ErrorKind::NotFound).to_string());
            let program = self.program.as_ref().ok_or_else(unknown)?;
            let config = self.config.as_ref().map(|path| format!(" --config {}", quoted(path))).unwrap_or_default();
            ENTRY.replace(PROGRAM_LINE, &format!("Exec={}{config}", quoted(program)))
        } else if self.is_on_for_all() {
            format!("{ENTRY}Hidden=true\n")
        } else {
            return self.forget();
        };
        atomic_file::replace_in_place(&self.own, entry.as_bytes(), &|| true).at(&self.own)?;
        Ok(())
    }

    fn is_kept(&self) -> bool {
        fs::symlink_metadata(&self.own).is_ok()
    }

    fn forget(&self) -> Result<(), AutostartError> {
        private_file::remove(&self.own).at(&self.own)?;
        Ok(())
    }
}

impl Versioned for SystemLoginItem {
    fn stamp(&self) -> Stamp {
        let all = [&self.own].into_iter().chain(&self.for_all);
        Stamp(all.flat_map(|path| file_stamp::of(path).0).collect())
    }

    fn watched(&self) -> Vec<(PathBuf, Vec<String>)> {
        file_stamp::watched(&self.own)
    }
}

/// Whether a desktop would start something by this entry. One that a user switched off has one of two keys for it.
fn is_on(entry: &str) -> bool {
    value(entry, "Exec").is_some()
        && value(entry, "Hidden") != Some("true")
        && value(entry, "X-GNOME-Autostart-enabled") != Some("false")
}

/// What the one group that counts has under a key.
fn value<'a>(entry: &'a str, key: &str) -> Option<&'a str> {
    let mut lines = entry.lines().map(str::trim).skip_while(|line| *line != "[Desktop Entry]").skip(1);
    let mut pairs = lines.by_ref().take_while(|line| !line.starts_with('[')).filter_map(|line| line.split_once('='));
    pairs.find_map(|(name, value)| (name.trim() == key).then_some(value.trim()))
}

/// A path as the first word of an `Exec` line. Two layers, by the Desktop Entry Specification 1.5: quotes, in which some
/// characters are escaped, and around them the escapes of every value.
fn quoted(program: &Path) -> String {
    let mut word = String::from("\"");
    for letter in program.to_string_lossy().chars() {
        match letter {
            '"' | '`' | '$' => word.extend(['\\', '\\', letter]),
            '\\' => word.push_str(r"\\\\"),
            '%' => word.push_str("%%"),
            _ => word.push(letter),
        }
    }
    word + "\""
}

/// The program that an entry names, where its `Exec` line begins as [`quoted`] writes it or is one plain word.
fn program_of(entry: &str) -> Option<PathBuf> {
    let line = value(entry, "Exec")?;
    let Some(inside) = line.strip_prefix('"') else { return line.split(' ').next().map(PathBuf::from) };
    let inside = inside.replace("%%", "%").replace(r"\\", r"\");
    let mut word = String::new();
    let mut letters = inside.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => return Some(PathBuf::from(word)),
            '\\' => word.extend(letters.next()),
            _ => word.push(letter),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_comes_back_from_its_line() {
        for path in ["/usr/bin/wick", "/home/ada/my apps/wick", r#"/opt/a"b`c$d\e%f/wick"#] {
            let entry = ENTRY.replace(PROGRAM_LINE, &format!("Exec={}", quoted(Path::new(path))));
            assert_eq!(program_of(&entry), Some(PathBuf::from(path)), "{entry}");
        }
        assert_eq!(program_of("[Desktop Entry]\nExec=/usr/bin/wick --flag\n"), Some(PathBuf::from("/usr/bin/wick")));
        assert_eq!(program_of("[Desktop Entry]\nName=Wick\n"), None);
    }

    #[test]
    fn an_entry_is_on_where_a_desktop_would_start_it() {
        for (entry, on) in [
            (ENTRY, true),
            ("", false),
            ("Exec=wick\n", false),
            ("[Desktop Entry]\nName=Wick\n", false),
            ("[Desktop Entry]\nExec = wick\n", true),
            ("[Desktop Entry]\nExec=wick\nHidden = true\n", false),
            ("[Desktop Entry]\nExec=wick\nX-GNOME-Autostart-enabled=false\n", false),
            ("# Wick\n[Desktop Entry]\nExec=wick\n[Desktop Action x]\nHidden=true\nExec=y\n", true),
        ] {
            assert_eq!(is_on(entry), on, "{entry}");
        }
    }

    #[test]
    fn the_line_of_the_program_is_there_once() {
        assert_eq!(ENTRY.lines().filter(|line| *line == PROGRAM_LINE).count(), 1);
        assert!(ENTRY.ends_with('\n'), "a line is appended to it");
    }
}
