//! Where the disk or the folder is the trouble: nothing is sent that could not be stored.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::home::Home;
use crate::support::is_root;
use crate::support::refreshed::{Ran, home_and_server, is_usable, refresh};

/// Somebody who is not root.
const NOBODY: u32 = 65_534;

#[test]
fn a_link_is_followed_to_a_file_of_ours_and_stays_a_link() {
    let (home, server) = home_and_server(-60);
    let elsewhere = home.path().join("dotfiles");
    fs::create_dir(&elsewhere).unwrap();
    let real = elsewhere.join("claude.json");
    fs::rename(home.credentials(), &real).unwrap();
    symlink(&real, home.credentials()).unwrap();
    assert_eq!(refresh_through_link(&home).outcome(), ("refreshed", Some(0)));
    assert!(fs::symlink_metadata(home.credentials()).unwrap().is_symlink());
    assert!(is_usable(&home, &server));
    assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 1, "nothing is left beside it");
}

/// What is remembered may say that the token may no longer work.
#[test]
fn where_what_is_remembered_cannot_be_read_nothing_is_risked_while_the_access_token_lives() {
    let (home, server) = home_and_server(100);
    fs::create_dir_all(home.state().join("state.json")).unwrap();
    let ran = refresh(&home, &[]);
    assert_eq!((ran.outcome(), ran.error(), server.posts().len()), (("failed", Some(1)), "no_journal", 0));
    fs::remove_dir(home.state().join("state.json")).unwrap();
    assert_eq!(refresh(&home, &[]).outcome(), ("refreshed", Some(0)));
}

/// Without the sweep of that folder, in which the credential itself lies.
fn refresh_through_link(home: &Home) -> Ran {
    refresh(home, &[])
}

#[test]
fn a_file_of_someone_else_is_not_replaced() {
    if !is_root() {
        return;
    }
    let (home, server) = home_and_server(-60);
    let theirs = home.path().join("theirs");
    fs::create_dir(&theirs).unwrap();
    let real = theirs.join("file.json");
    fs::rename(home.credentials(), &real).unwrap();
    symlink(&real, home.credentials()).unwrap();
    for (file, folder) in [(NOBODY, 0), (0, NOBODY)] {
        chown(&real, Some(file), None).unwrap();
        chown(&theirs, Some(folder), None).unwrap();
        let before = fs::metadata(&real).unwrap().ino();
        let ran = refresh(&home, &[]);
        assert_eq!((ran.outcome(), ran.error()), (("failed", Some(1)), "not_writable"));
        assert_eq!((server.posts().len(), fs::metadata(&real).unwrap().ino()), (0, before));
    }
}

/// The home given to a user who is not root, where the tests run as root.
fn given_away(home: &Home) -> Command {
    given_to(NOBODY, home)
}

/// The same to this one.
pub(crate) fn given_to(user: u32, home: &Home) -> Command {
    let mut command = home.wick(&["refresh", "--json"]);
    if is_root() {
        fn give(path: &Path, user: u32) {
            chown(path, Some(user), Some(user)).unwrap();
            if path.is_dir() {
                fs::read_dir(path).unwrap().for_each(|entry| give(&entry.unwrap().path(), user));
            }
        }
        give(home.path(), user);
        // The program itself may lie where only root can go.
        let program = home.path().join("wick");
        fs::copy(env!("CARGO_BIN_EXE_wick"), &program).unwrap();
        let mut other = Command::new(program);
        other
            .args(["refresh", "--json"])
            .env_clear()
            .envs(command.get_envs().filter_map(|(key, value)| Some((key, value?))));
        other.current_dir("/").uid(user).gid(user);
        command = other;
    }
    command
}

fn run(home: &Home, command: &mut Command) -> Ran {
    // Copied a moment ago, and a child of another test may still have it open.
    let output = crate::support::wait_for("the program", || command.output().ok());
    Ran::of(home, &output)
}

#[test]
fn a_folder_that_cannot_be_written_is_found_out_before_anything_is_sent() {
    for read_only in [".claude", ".", ".local/state/wick"] {
        let (home, server) = home_and_server(-60);
        fs::create_dir_all(home.state()).unwrap();
        let mut command = given_away(&home);
        let folder: PathBuf = home.path().join(read_only);
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o500)).unwrap();
        let ran = run(&home, &mut command);
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
        assert_eq!(ran.outcome(), ("failed", Some(1)), "{read_only}");
        assert!(["no_lock", "no_journal", "not_writable"].contains(&ran.error()), "{read_only}: {ran:?}");
        assert_eq!(server.posts().len(), 0, "{read_only}");
        assert_eq!(run(&home, &mut command).outcome(), ("refreshed", Some(0)), "{read_only}, repaired");
        assert!(is_usable(&home, &server));
    }
}

/// A tmpfs is small enough to fill; macOS has none.
#[cfg(target_os = "linux")]
mod full {
    use super::*;
    use crate::support::refreshed::{assert_tidy, credential};
    use crate::support::skip;

    /// A disk of 256 KiB, where one may be mounted.
    struct SmallDisk(PathBuf);

    impl SmallDisk {
        fn mount(path: &Path) -> Option<Self> {
            fs::create_dir_all(path).unwrap();
            let mounted =
                Command::new("mount").args(["-t", "tmpfs", "-o", "size=256k,mode=700", "wick-test"]).arg(path).output();
            mounted.is_ok_and(|output| output.status.success()).then(|| Self(path.to_owned()))
        }

        /// Leaves room for so many bytes.
        fn fill(&self, leave: usize) {
            let filler = self.0.join("filler");
            drop(fs::write(&filler, vec![b'x'; 1024 * 1024]));
            let size = fs::metadata(&filler).unwrap().len();
            fs::File::options().write(true).open(&filler).unwrap().set_len(size.saturating_sub(leave as u64)).unwrap();
        }
    }

    impl Drop for SmallDisk {
        fn drop(&mut self) {
            drop(Command::new("umount").arg(&self.0).status());
        }
    }

    #[test]
    fn a_full_disk_costs_no_token() {
        for place in [".claude", ".local/state/wick"] {
            let (home, server) = home_and_server(-60);
            let text = fs::read_to_string(home.credentials()).unwrap();
            let Some(disk) = SmallDisk::mount(&home.path().join(place)) else {
                return skip("a_full_disk_costs_no_token", "a small disk to mount");
            };
            home.write(&text);
            // From no room at all to room for all: it either works, or nothing was sent.
            for leave in [0, 4096, 8192, 16_384, 24_576, 40_960, 65_536, 81_920, 131_072] {
                home_write(&home, &server);
                disk.fill(leave);
                let before = server.posts().len();
                let ran = refresh(&home, &[]);
                let sent = server.posts().len() - before;
                assert_eq!(ran.outcome().0 == "refreshed", sent == 1, "{place}, {leave}: {ran:?}");
                assert!(is_usable(&home, &server), "{place}, {leave}");
                fs::remove_file(home.path().join(place).join("filler")).unwrap();
                if place == ".local/state/wick" {
                    assert_tidy(&home);
                }
            }
            assert!(!server.posts().is_empty(), "with room it works");
        }
    }

    /// Makes the stored end lie in the past again, with the token that is valid now.
    fn home_write(home: &Home, server: &crate::support::token_server::TokenServer) {
        let current = server.current().unwrap().1;
        home.write(&credential(-60).json().replace(crate::support::refreshed::REFRESH, &current));
    }
}
