//! Opening at login by an entry in the user's autostart folder, as freedesktop.org's Desktop Application Autostart
//! Specification 0.5 says. An entry of the same name for all users counts where the user has none.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use crate::domain::autostart::Autostart;
use crate::platform::environment::Environment;
use crate::platform::{file_stamp, private_file};
use crate::ports::LoginItem;

/// What is written; the line below then names the program.
const ENTRY: &str = include_str!("../../../bundle/linux/autostart/wick.desktop");
const PROGRAM_LINE: &str = "Exec=wick";
const NAME: &str = "autostart/wick.desktop";
/// Desktops that let a user switch an entry off without removing it write one of these.
const OFF: [&str; 2] = ["Hidden=true", "X-GNOME-Autostart-enabled=false"];

/// The entry in the user's folder.
#[derive(Debug)]
pub struct SystemLoginItem {
    own: PathBuf,
    for_all: Vec<PathBuf>,
    /// Asked for at the start: a program that was replaced since has no name any more.
    program: io::Result<PathBuf>,
}

impl SystemLoginItem {
    /// The entry of this user, for this program.
    pub fn new(environment: &Environment) -> Self {
        Self {
            own: environment.config_home().join(NAME),
            for_all: environment.xdg_config_dirs.iter().map(|folder| folder.join(NAME)).collect(),
            program: env::current_exe(),
        }
    }

    /// What an administrator has set up for everyone.
    fn is_on_for_all(&self) -> bool {
        self.for_all.iter().find_map(|path| fs::read_to_string(path).ok()).is_some_and(|entry| !is_off(&entry))
    }
}

impl LoginItem for SystemLoginItem {
    fn state(&self) -> Autostart {
        match fs::read_to_string(&self.own) {
            Ok(entry) if is_off(&entry) => Autostart::Off,
            Ok(entry) => match program_of(&entry).filter(|program| program.is_absolute() && !program.exists()) {
                Some(gone) => Autostart::Broken { program: gone.display().to_string() },
                None => Autostart::On,
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if self.is_on_for_all() {
                    Autostart::On
                } else {
                    Autostart::Off
                }
            }
            Err(error) => Autostart::Unavailable(format!("{}: {error}", self.own.display())),
        }
    }

    fn set(&self, on: bool) -> Result<(), String> {
        let failed = |error: &io::Error| format!("{}: {error}", self.own.display());
        if on {
            let program = self.program.as_ref().map_err(ToString::to_string)?;
            let entry = ENTRY.replace(PROGRAM_LINE, &format!("Exec={}", quoted(program)));
            return private_file::replace_among_others(&self.own, entry.as_bytes()).map_err(|error| failed(&error));
        }
        if self.is_on_for_all() {
            let entry = format!("{ENTRY}{}\n", OFF[0]);
            return private_file::replace_among_others(&self.own, entry.as_bytes()).map_err(|error| failed(&error));
        }
        match fs::remove_file(&self.own) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(&error)),
            _ => Ok(()),
        }
    }

    fn watched(&self) -> Vec<(PathBuf, Vec<String>)> {
        file_stamp::watched(&self.own)
    }
}

fn is_off(entry: &str) -> bool {
    entry.lines().any(|line| OFF.contains(&line.trim()))
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
    let line = entry.lines().find_map(|line| line.strip_prefix("Exec="))?.trim();
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
        assert_eq!(program_of("Exec=/usr/bin/wick --flag\n"), Some(PathBuf::from("/usr/bin/wick")));
        assert_eq!(program_of("Name=Wick\n"), None);
    }

    #[test]
    fn the_line_of_the_program_is_there_once() {
        assert_eq!(ENTRY.lines().filter(|line| *line == PROGRAM_LINE).count(), 1);
        assert!(ENTRY.ends_with('\n'), "a line is appended to it");
    }
}
