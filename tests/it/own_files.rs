//! What others have put in the place of Wick's own files, whose they are, and what a kill leaves of them.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, lchown, symlink};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::ci_token::TOKEN;
use crate::support::home::{Home, NOBODY, everything_in, with_input};
use crate::support::refreshed::home_and_server;
use crate::support::{at_once, is_root, wait_for};

/// Each file of the state folder.
pub(crate) fn names(home: &Home) -> Vec<String> {
    let source = format!("file:{}", home.credentials().display());
    let short = hex::encode(&Sha256::digest(source.as_bytes())[..4]);
    let own = [format!("journal-{short}"), format!("refresh-{short}.lock")];
    let all = ["state.json", "sync.log", "state.lock", "sync.lock", "app.lock", "wick.log", "ci-token-default"];
    all.map(str::to_owned).into_iter().chain(own).collect()
}

const ODD: [&str; 6] = ["a link", "a link to nowhere", "a link without an end", "a pipe", "a folder", "another user's"];

fn put(path: &Path, kind: &str, victim: &Path) {
    match kind {
        "a link" => symlink(victim, path).unwrap(),
        "a link to nowhere" => symlink(victim.with_extension("not-there"), path).unwrap(),
        "a link without an end" => symlink("/dev/zero", path).unwrap(),
        "a pipe" => assert!(Command::new("mkfifo").arg(path).status().unwrap().success()),
        "a folder" => fs::create_dir(path).unwrap(),
        _ => {
            fs::write(path, "theirs").unwrap();
            chown(path, Some(NOBODY), None).unwrap();
        }
    }
}

/// What it printed, in no more time than it takes.
fn run(home: &Home, arguments: &[&str]) -> Output {
    let running = home.wick(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (ended, end) = mpsc::channel();
    // Read meanwhile: a pipe that is full would hold it up.
    thread::spawn(move || ended.send(running.wait_with_output()));
    wait_for(&format!("the end of {arguments:?}"), || end.try_recv().ok()).unwrap()
}

#[test]
fn whatever_stands_in_the_place_of_a_file_nothing_waits_for_it_or_follows_it_and_doctor_names_it() {
    at_once(ODD, |kind| {
        if kind == "another user's" && !is_root() {
            return;
        }
        let (home, _server) = home_and_server(60);
        let victim = home.path().join("victim");
        for name in names(&home) {
            drop(fs::remove_dir_all(home.state()));
            fs::create_dir_all(home.state()).unwrap();
            fs::write(&victim, "mine").unwrap();
            let path = home.state().join(&name);
            put(&path, kind, &victim);
            let doctor = run(&home, &["doctor", "--json"]);
            let report: serde_json::Value = serde_json::from_slice(&doctor.stdout).unwrap();
            let state = report["checks"].as_array().unwrap().iter().find(|check| check["id"] == "state").unwrap();
            let names_it = |text: &serde_json::Value| text.as_str().unwrap().contains(path.to_str().unwrap());
            assert!(state["verdict"] == "fail", "{kind} as {name}: {state}");
            assert!(names_it(&state["detail"]) && names_it(&state["action"]), "{kind} as {name}: {state}");
            for arguments in [["refresh", "--force"], ["sync", "--force"], ["ci-token", "status"], ["status", "--json"]]
            {
                run(&home, &arguments);
            }
            let set = with_input(home.wick(&["ci-token", "set"]), TOKEN);
            assert!(set.status.code().is_some());
            assert_eq!(fs::read_to_string(&victim).unwrap(), "mine", "{kind} as {name}");
            assert!(!home.path().join("victim.not-there").exists(), "{kind} as {name}");
        }
    });
}

#[test]
fn what_is_larger_than_wick_makes_it_is_not_read() {
    let home = Home::signed_in(3600);
    fs::create_dir_all(home.state()).unwrap();
    for name in ["state.json", "ci-token-default"] {
        let file = fs::File::create(home.state().join(name)).unwrap();
        file.set_len(1 << 40).unwrap();
    }
    home.write_config("[secrets]\nT = \"ciToken\"\n");
    let said = String::from_utf8(run(&home, &["exec", "--", "/bin/true"]).stderr).unwrap();
    assert!(said.contains("ci-token-default: it is larger"), "{said}");
    let said = String::from_utf8(run(&home, &["ci-token", "status"]).stderr).unwrap();
    assert!(said.contains("state.json: it is larger"), "{said}");
}

#[test]
fn modes_are_the_same_under_every_umask() {
    for umask in ["0000", "0777"] {
        let home = Home::signed_in(3600);
        let mut command = home.program("/bin/sh");
        command.args(["-c", &format!("umask {umask}; exec \"$0\" ci-token set"), env!("CARGO_BIN_EXE_wick")]);
        assert!(with_input(command, TOKEN).status.success());
        let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
        assert_eq!(mode(&home.state()), 0o700, "{umask}");
        assert_eq!(mode(home.state().parent().unwrap()), 0o700, "{umask}");
        for entry in fs::read_dir(home.state()).unwrap() {
            let path = entry.unwrap().path();
            assert_eq!(mode(&path), 0o600, "{umask}: {}", path.display());
        }
    }
}

#[test]
fn what_a_killed_run_has_left_is_gone_after_the_next_start() {
    let home = Home::signed_in(3600);
    assert!(with_input(home.wick(&["ci-token", "set"]), TOKEN).status.success());
    for name in [".wick-a1B2c3", "ci-token-default.new", "state.json.new"] {
        fs::write(home.state().join(name), TOKEN).unwrap();
    }
    home.run(&["status"]);
    let mut left: Vec<_> = fs::read_dir(home.state()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["ci-token-default", "ci-token.lock", "state.json", "state.lock"]);
    assert!(home.run(&["ci-token", "clear"]).status.success());
    assert!(!everything_in(home.path()).contains("tok-sentinel-year"));
}

/// `WICK_KILLS` says how often.
#[test]
fn a_killed_set_leaves_no_token_that_clear_does_not_remove() {
    let kills = std::env::var("WICK_KILLS").ok().and_then(|count| count.parse().ok()).unwrap_or(12);
    let home = Home::signed_in(3600);
    let begun = std::time::Instant::now();
    assert!(with_input(home.wick(&["ci-token", "set"]), TOKEN).status.success());
    let whole = u64::try_from(begun.elapsed().as_micros()).unwrap();
    let (mut ended, mut left) = (0, 0);
    for _ in 0..kills {
        let mut command = home.wick(&["ci-token", "set"]);
        command.stdin(Stdio::from(fs::File::open(token_file(&home)).unwrap()));
        let mut running = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // Any moment of its life: none is waited for.
        std::thread::sleep(Duration::from_micros(fastrand::u64(0..whole)));
        drop(running.kill());
        ended += i32::from(running.wait().unwrap().success());
        let files = fs::read_dir(home.state()).unwrap().map(|entry| entry.unwrap().path());
        let is_other = |path: &Path| !path.ends_with("ci-token-default");
        let holds = |path: &Path| String::from_utf8_lossy(&fs::read(path).unwrap()).contains("tok-sentinel");
        left += i32::from(files.filter(|path| is_other(path)).any(|path| holds(&path)));
    }
    assert!(home.run(&["ci-token", "clear"]).status.success());
    fs::remove_file(token_file(&home)).unwrap();
    let found = everything_in(home.path());
    assert!(!found.contains("tok-sentinel-year"), "of {kills} kills: {found}");
    tell(&format!("{kills} kills: {ended} came too late, {left} left the token in another file until the next start"));
}

fn token_file(home: &Home) -> std::path::PathBuf {
    let file = home.path().join("token");
    if !file.exists() {
        fs::write(&file, TOKEN).unwrap();
    }
    file
}

#[cfg(target_os = "linux")]
#[test]
fn no_memory_with_tokens_is_dumped_and_what_wick_becomes_is_as_it_would_be_without_wick() {
    let home = Home::signed_in(3600);
    let limit = |pid: u32| {
        let limits = fs::read_to_string(format!("/proc/{pid}/limits")).unwrap();
        let line = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
        line.split_whitespace().skip(4).take(2).map(str::to_owned).collect::<Vec<_>>()
    };
    let nobody = Path::new("/proc/self").metadata().unwrap().uid();
    let mut watching = home.wick(&["status", "--watch"]).stdout(Stdio::null()).spawn().unwrap();
    let own = limit(std::process::id());
    // What cannot be dumped is root's there; for root, it is the limit alone that shows.
    wait_for("the limit", || (limit(watching.id())[0] == "0").then_some(()));
    assert_eq!(limit(watching.id())[1], own[1], "the hard limit stays");
    if !is_root() {
        wait_for("its files to be root's", || {
            (fs::metadata(format!("/proc/{}/environ", watching.id())).unwrap().uid() != nobody).then_some(())
        });
    }
    watching.kill().unwrap();
    watching.wait().unwrap();
    let exec = ["exec", "--", "/bin/sh", "-c", "grep 'Max core' /proc/$$/limits; stat -c %u /proc/$$/environ"];
    let told = |output: Output| String::from_utf8(output.stdout).unwrap();
    let direct = home.program("/bin/sh").args(&exec[3..]).output().unwrap();
    assert_eq!(told(home.run(&exec)), told(direct));
}

// See: https://github.com/Geocodio/yak/issues/16
#[test]
fn as_root_in_another_users_home_nothing_is_done() {
    if !needs_root("as_root_in_another_users_home_nothing_is_done") {
        return;
    }
    let (home, server) = home_and_server(60);
    let victim = tempfile::NamedTempFile::new().unwrap();
    home.hand_over();
    fs::remove_file(home.path().join("wick")).unwrap();
    let before = everything_in(home.path());
    let owner = format!("sudo chown -R {NOBODY} '{}'", home.state().display());
    for arguments in [&["refresh", "--force"][..], &["status", "--json"], &["ci-token", "clear"], &["doctor"], &[]] {
        let output = run(&home, arguments);
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(output.status.code() == Some(2) && said.contains(&owner), "{arguments:?}: {said}");
    }
    assert_eq!(everything_in(home.path()), before);
    // Not through what the user has put there either.
    fs::create_dir_all(home.state()).unwrap();
    symlink(victim.path(), home.state().join("wick.log")).unwrap();
    run(&home, &["refresh", "--force"]);
    assert_eq!(fs::metadata(victim.path()).unwrap().len(), 0);
    assert!(server.posts().is_empty());
    assert_eq!(run(&home, &["completions", "bash"]).status.code(), Some(0));
}

// See: https://github.com/anthropics/claude-code/issues/78988
#[test]
fn a_relative_folder_is_called_so_and_never_read() {
    let home = Home::signed_in(3600);
    let there = home.path().join("~/.claude");
    fs::create_dir_all(&there).unwrap();
    fs::copy(home.credentials(), there.join(".credentials.json")).unwrap();
    for (name, folder, said) in [
        ("CLAUDE_CONFIG_DIR", "~/.claude", "~/.claude is a relative path (`~` was not replaced)"),
        ("CLAUDE_SECURESTORAGE_CONFIG_DIR", "claude", "claude is a relative path"),
    ] {
        let output = home.wick(&["status", "--json"]).env(name, folder).output().unwrap();
        let status: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let error = &status["error"];
        assert_eq!((&status["state"], &error["code"]), (&"unreadable".into(), &"relative_folder".into()), "{status}");
        assert!(error["message"].as_str().unwrap().contains(said), "{status}");
        assert!(error["action"].as_str().unwrap().contains("full path"), "{status}");
        assert_eq!(output.status.code(), Some(3));
    }
    // The home folder: nothing is known without it.
    for (name, said) in [("~", "`~` was not replaced"), ("home/ada", "HOME is a relative path")] {
        let output = home.wick(&["status", "--json"]).env("HOME", name).output().unwrap();
        let status: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((&status["error"]["code"], output.status.code()), (&"relative_folder".into(), Some(2)));
        assert!(status["error"]["message"].as_str().unwrap().contains(said), "{status}");
    }
}

/// What the doctor says of the variables, with one more.
fn environment(home: &Home, name: &str, value: &str) -> serde_json::Value {
    let output = home.wick(&["doctor", "--json"]).env(name, value).output().unwrap();
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    report["checks"].as_array().unwrap().iter().find(|check| check["id"] == "environment").unwrap().clone()
}

#[test]
fn a_relative_folder_that_is_to_be_ignored_is_named() {
    let home = Home::signed_in(3600);
    for name in ["XDG_CONFIG_HOME", "XDG_STATE_HOME"] {
        let check = environment(&home, name, "~/here");
        assert_eq!(check["verdict"], "warn", "{check}");
        assert!(check["detail"].as_str().unwrap().starts_with(&format!("{name} is a relative path")), "{check}");
        assert_eq!(environment(&home, name, home.path().to_str().unwrap())["verdict"], "pass");
    }
    assert!(!home.path().join("~").exists());
}

#[test]
fn a_time_zone_that_is_not_known_here_is_named() {
    let home = Home::signed_in(3600);
    for (zone, verdict) in [("Nowhere/Atlantis", "warn"), ("UTC", "pass"), ("CET-1CEST,M3.5.0,M10.5.0/3", "pass")] {
        let check = environment(&home, "TZ", zone);
        assert_eq!(check["verdict"], verdict, "{check}");
        assert_eq!(check["detail"].as_str().unwrap().contains(zone), verdict == "warn", "{check}");
    }
}

#[test]
fn the_time_zone_is_the_computers_unless_another_one_is_named() {
    let home = Home::signed_in(3600);
    let until = |zone: Option<&str>| {
        let mut command = home.wick(&["status", "--json"]);
        command.envs(zone.map(|zone| ("TZ", zone)));
        let status: serde_json::Value = serde_json::from_slice(&command.output().unwrap().stdout).unwrap();
        let text = home.wick(&["status"]).envs(zone.map(|zone| ("TZ", zone))).output().unwrap().stdout;
        let until = String::from_utf8_lossy(&text).lines().next().unwrap().split_once("until").unwrap().1.to_owned();
        (status["expires_at"].clone(), until)
    };
    let named = fs::read_link("/etc/localtime").ok();
    let named = named.as_ref().and_then(|link| Some(link.to_str()?.split_once("zoneinfo/")?.1));
    let own = until(None);
    assert!(named.is_none_or(|named| until(Some(named)) == own), "{named:?}: {own:?}");
    let elsewhere = until(Some("NOWHERE-13:37"));
    assert!(elsewhere.0 == own.0 && elsewhere.1 != own.1, "{elsewhere:?}, {own:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_whose_name_is_no_utf_8_is_read_and_written() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let (home, server) = home_and_server(60);
    let odd = OsStr::from_bytes(b"claude-\xff\xfe");
    let folder = home.path().join(odd);
    fs::rename(home.path().join(".claude"), &folder).unwrap();
    let output = home.wick(&["refresh", "--json"]).env("CLAUDE_CONFIG_DIR", &folder).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("\"refreshed\""), "{said}");
    assert_eq!(server.posts().len(), 1);
    // The same for the home folder.
    fs::rename(&folder, folder.with_file_name(".claude")).unwrap();
    let inner = home.path().join(odd);
    fs::create_dir(&inner).unwrap();
    for name in [".claude", ".config"] {
        fs::rename(home.path().join(name), inner.join(name)).unwrap();
    }
    let output = home.wick(&["refresh", "--force", "--json"]).env("HOME", &inner).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("\"refreshed\"") && inner.join(".local/state/wick/state.json").exists(), "{said}");
}

/// Past the test runner's capture.
fn tell(text: &str) {
    writeln!(std::io::stderr(), "{text}").expect("standard error is open");
}

/// Says why, where this test needs to be root.
fn needs_root(test: &str) -> bool {
    if !is_root() {
        tell(&format!("skipped {test}: only root can give files to another user"));
    }
    is_root()
}

// See: https://github.com/nix-community/home-manager/issues/322
#[test]
fn a_config_that_only_root_can_write_is_followed_and_not_edited() {
    if !needs_root("a_config_that_only_root_can_write_is_followed_and_not_edited") {
        return;
    }
    let (home, store) = (Home::signed_in(3600), tempfile::tempdir().unwrap());
    fs::set_permissions(store.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let made = store.path().join("config.toml");
    fs::write(&made, "[[targets]]\nrepo = \"acme/api\"\n").unwrap();
    fs::set_permissions(&made, fs::Permissions::from_mode(0o444)).unwrap();
    fs::create_dir_all(home.config().parent().unwrap()).unwrap();
    symlink(&made, home.config()).unwrap();
    home.hand_over();
    let check = |expected: bool| {
        let output = home.wick_of_nobody(&["config", "check"]).output().unwrap();
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert_eq!(output.status.success(), expected, "{said}");
        said
    };
    check(true);
    let output = home.wick_of_nobody(&["targets", "add", "acme/web"]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && said.contains(&format!("only root can write {}", made.display())), "{said}");
    assert_eq!(fs::read_to_string(&made).unwrap(), "[[targets]]\nrepo = \"acme/api\"\n");
    // What others can write too is nobody's, and so is what a third user has made or linked.
    fs::set_permissions(&made, fs::Permissions::from_mode(0o666)).unwrap();
    check(false);
    fs::set_permissions(&made, fs::Permissions::from_mode(0o444)).unwrap();
    lchown(home.config(), Some(NOBODY - 1), None).unwrap();
    assert!(check(false).contains("sudo chown"));
    lchown(home.config(), Some(0), None).unwrap();
    check(true);
    chown(&made, Some(NOBODY - 1), None).unwrap();
    assert!(check(false).contains("sudo chown"));
}

// See: https://github.com/Geocodio/yak/issues/16
#[test]
fn a_state_folder_that_root_has_left_is_named_with_the_command_that_gives_it_back() {
    if !needs_root("a_state_folder_that_root_has_left_is_named_with_the_command_that_gives_it_back") {
        return;
    }
    let home = Home::signed_in(3600);
    home.hand_over();
    fs::create_dir_all(home.state()).unwrap();
    for folder in [".local", ".local/state/wick"] {
        fs::set_permissions(home.path().join(folder), fs::Permissions::from_mode(0o700)).unwrap();
    }
    let given_back = format!("sudo chown -R \"$USER\" '{}'", home.path().join(".local").display());
    for arguments in [["sync", "--force"], ["refresh", "--force"], ["doctor", "--json"]] {
        home.write_config("[[targets]]\nname = \"x\"\ncommand = [\"true\"]\n");
        chown(home.config(), Some(NOBODY), None).unwrap();
        let output = home.wick_of_nobody(&arguments).output().unwrap();
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap().replace('\\', "");
        assert!(said.contains(&given_back), "{arguments:?}: {said}");
    }
}
