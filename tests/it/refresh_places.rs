//! Where the credential lies and what the process may do: either the new token is where Claude Code reads it, or nothing was
//! sent.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::refresh_disk::given_to;
use crate::support::home::Home;
use crate::support::refreshed::{Ran, assert_tidy, credential, home_and_server, is_usable, journals, refresh, stored};
use crate::support::token_server::TokenServer;
use crate::support::{is_root, skip};

/// What is mounted at a path until this is dropped.
pub(crate) struct Mounted(PathBuf);

impl Mounted {
    /// A file or folder over itself or over another one, where mounting is allowed.
    pub(crate) fn bind(from: &Path, to: &Path) -> Option<Self> {
        let mounted = Command::new("mount").arg("--bind").args([from, to]).output();
        mounted.is_ok_and(|output| output.status.success()).then(|| Self(to.to_owned()))
    }

    fn read_only(self) -> Self {
        assert!(Command::new("mount").args(["-o", "remount,bind,ro"]).arg(&self.0).status().unwrap().success());
        self
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        drop(Command::new("umount").arg(&self.0).status());
    }
}

/// The credential lies elsewhere, and is mounted into Claude Code's folder alone, as into a container.
pub(crate) fn mounted_alone(home: &Home) -> Option<Mounted> {
    let outside = home.path().join("outside.json");
    fs::copy(home.credentials(), &outside).unwrap();
    Mounted::bind(&outside, &home.credentials())
}

fn assert_nothing_was_sent(what: &str, ran: &Ran, server: &TokenServer) {
    assert_eq!((ran.outcome(), server.posts().len()), (("failed", Some(1)), 0), "{what}: {ran:?}");
    assert!(["not_writable", "no_lock", "no_journal"].contains(&ran.error()), "{what}: {ran:?}");
}

// See: https://github.com/umputun/ralphex/issues/411
// See: https://github.com/anthropics/claude-code/issues/18443
#[test]
fn a_file_that_is_a_mount_of_its_own_is_written_where_it_stands() {
    let (home, server) = home_and_server(300);
    let Some(_mounted) = mounted_alone(&home) else {
        return skip("a_file_that_is_a_mount_of_its_own_is_written_where_it_stands", "a mount");
    };
    for round in 1..=2 {
        let ran = refresh(&home, &["--force"]);
        assert_eq!((ran.outcome(), server.posts().len()), (("refreshed", Some(0)), round), "{ran:?}");
        assert!(is_usable(&home, &server));
        assert_tidy(&home);
    }
    let outside = fs::read_to_string(home.path().join("outside.json")).unwrap();
    assert_eq!(outside, fs::read_to_string(home.credentials()).unwrap());
    // Longer than what comes after it: nothing of it may stay behind the end.
    let current = server.current().unwrap().1;
    let long = credential(300).json().replace("tok-sentinel-access", &"a".repeat(9000));
    fs::write(home.credentials(), long.replace("tok-sentinel-refresh", &current)).unwrap();
    assert_eq!(refresh(&home, &["--force"]).outcome(), ("refreshed", Some(0)));
    assert!(is_usable(&home, &server));
    stored(&home);
}

#[test]
fn a_mount_that_is_read_only_is_found_out_before_anything_is_sent() {
    for folder in [false, true] {
        let (home, server) = home_and_server(-60);
        let claude = home.path().join(".claude");
        let mounted = if folder { Mounted::bind(&claude, &claude) } else { mounted_alone(&home) };
        let Some(mounted) = mounted else {
            return skip("a_mount_that_is_read_only_is_found_out_before_anything_is_sent", "a mount");
        };
        let _mounted = mounted.read_only();
        let ran = refresh(&home, &[]);
        assert_nothing_was_sent(&format!("the folder: {folder}"), &ran, &server);
        assert_eq!(journals(&home), 0);
        let message = ran.report["error"]["message"].as_str().unwrap();
        assert!(message.to_lowercase().contains("read-only"), "{message}");
    }
}

#[test]
fn a_mark_against_changes_is_found_out_before_anything_is_sent_and_named() {
    for mark in ["i", "a"] {
        for place in [".claude/.credentials.json", ".claude", "."] {
            let (home, server) = home_and_server(-60);
            fs::create_dir_all(home.state()).unwrap();
            let marked = home.path().join(place);
            let change = |sign| Command::new("chattr").arg(format!("{sign}{mark}")).arg(&marked).output();
            if !change("+").is_ok_and(|output| output.status.success()) {
                return skip("a_mark_against_changes_is_found_out", "chattr and a file system that keeps its marks");
            }
            let ran = refresh(&home, &[]);
            change("-").unwrap();
            assert_nothing_was_sent(place, &ran, &server);
            let action = ran.report["error"]["action"].as_str().unwrap();
            let real = marked.canonicalize().unwrap();
            assert!(action.contains("chattr") && action.contains(real.to_str().unwrap()), "{place} +{mark}: {action}");
            assert_tidy(&home);
            assert_eq!(refresh(&home, &[]).outcome(), ("refreshed", Some(0)), "{place} +{mark}, repaired");
        }
    }
}

/// Runs it under this limit of the shell's.
fn limited(command: &Command, limit: &str) -> Command {
    let mut shell = Command::new("bash");
    shell.args(["-c", &format!("ulimit {limit} && exec \"$0\" \"$@\"")]);
    shell.arg(command.get_program()).args(command.get_args()).env_clear();
    shell.envs(command.get_envs().filter_map(|(key, value)| Some((key, value?))));
    shell
}

fn check_limit(home: &Home, server: &TokenServer, command: &mut Command, what: &str) -> bool {
    let before = server.posts().len();
    let output = command.output().unwrap();
    let sent = server.posts().len() - before;
    let refreshed = String::from_utf8_lossy(&output.stdout).contains("\"refreshed\"");
    assert_eq!(usize::from(refreshed), sent, "{what}: {output:?}");
    assert!(is_usable(home, server) && journals(home) == 0, "{what}: {output:?}");
    refreshed
}

#[test]
fn a_limit_on_the_length_of_files_costs_no_token() {
    for alone in [false, true] {
        let (home, server) = home_and_server(-60);
        let _mounted = match alone.then(|| mounted_alone(&home)) {
            Some(None) => return skip("a_limit_on_the_length_of_files_costs_no_token", "a mount"),
            mounted => mounted,
        };
        let command = home.wick(&["refresh", "--force", "--json"]);
        // In KiB: from none at all to more than is needed.
        let worked = [0, 1, 2, 4, 8, 16, 32, 63, 64, 65, 68, 80, 128, 1024].map(|limit| {
            check_limit(
                &home,
                &server,
                &mut limited(&command, &format!("-f {limit}")),
                &format!("{limit} KiB, {alone}"),
            )
        });
        assert_eq!((worked.first(), worked.last()), (Some(&false), Some(&true)));
    }
}

#[test]
fn a_limit_on_threads_costs_no_token() {
    if !is_root() {
        return skip("a_limit_on_threads_costs_no_token", "a user of its own");
    }
    let (home, server) = home_and_server(-60);
    // Whose processes count: nobody else's are to be among them.
    let user = 100_000 + std::process::id();
    let mut command = given_to(user, &home);
    command.arg("--force");
    let worked = [1, 2, 3, 4, 8, 64].map(|limit| {
        let mut shell = limited(&command, &format!("-u {limit}"));
        std::os::unix::process::CommandExt::uid(&mut shell, user);
        check_limit(&home, &server, shell.current_dir("/"), &format!("{limit} threads"))
    });
    assert_eq!((worked.first(), worked.last()), (Some(&false), Some(&true)), "{worked:?}");
}

#[test]
fn a_credential_that_could_outgrow_what_is_read_is_left_to_claude_code() {
    let (home, server) = home_and_server(-60);
    let text = fs::read_to_string(home.credentials()).unwrap();
    let padded = |bytes: usize| format!("{{\"padding\":\"{}\",{}", "x".repeat(bytes), &text[1..]);
    home.write(&padded(1024 * 1024 - text.len() - 100));
    let ran = refresh(&home, &[]);
    assert_nothing_was_sent("just below the limit", &ran, &server);
    home.write(&padded(1024 * 1024 - text.len() - 20_000));
    assert_eq!(refresh(&home, &[]).outcome(), ("refreshed", Some(0)));
    assert!(is_usable(&home, &server));
}
