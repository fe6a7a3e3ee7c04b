//! What a shell is told that may come next.

use crate::commands::stdout;
use crate::support::home::Home;

const CONFIG: &str = "\
    [secrets]\nCLAUDE_ACCESS_TOKEN = \"accessToken\"\nCLAUDE_EXPIRES_AT = \"expiresAt\"\n\n\
    [[targets]]\nrepo = \"acme/api\"\n\n\
    [[targets]]\nrepo = \"acme/web\"\nenvironment = \"production\"\n\n\
    [[targets]]\norg = \"acme\"\n\n\
    [[targets]]\nrepo = \"acme/of-work\"\nprofile = \"work\"\n\n\
    [[profiles]]\nname = \"work\"\nconfig_dir = \"~/work/.claude\"\n";

/// What may stand in the place of the last of these words.
fn offered(home: &Home, words: &[&str]) -> Vec<String> {
    let mut command = home.wick(&[&["--", "wick"], words].concat());
    let output = command.env("_WICK_COMPLETE", "fish").output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{words:?}: {output:?}");
    // Behind a tab is what it means.
    stdout(&output).lines().map(|line| line.split('\t').next().unwrap().to_owned()).collect()
}

#[test]
fn the_names_in_the_config_are_offered_where_they_may_be_written() {
    let home = Home::new();
    home.write_config(CONFIG);
    let all = ["acme/api", "acme/web@production", "org:acme"];
    for (words, expected) in [
        (&["sync", ""][..], &all[..]),
        (&["sync", "acme/api", "o"], &["org:acme"]),
        (&["sync", "--dry-run", "acme/w"], &["acme/web@production"]),
        (&["targets", "remove", ""], &all),
        (&["targets", "set", ""], &all),
        (&["targets", "set", "acme/api", "--no-secret", "CLAUDE_E"], &["CLAUDE_EXPIRES_AT"]),
        (&["exec", "--only", ""], &["CLAUDE_ACCESS_TOKEN", "CLAUDE_EXPIRES_AT"]),
        (&["--profile", ""], &["work", "default"]),
        (&["status", "--profile", "w"], &["work"]),
        (&["--profile", "work", "sync", ""], &["acme/of-work"]),
        (&["sync", "--profile", "work", ""], &["acme/of-work"]),
        (&["--profile=work", "sync", ""], &["acme/of-work"]),
        (&["recipe", "tm"], &["tmux"]),
        (&["targets", "re"], &["remove"]),
        (&["init", "--gets", "one"], &["one-year"]),
        (&["completions", "z"], &["zsh"]),
        (&["version", "--prof"], &[]),
    ] {
        let offered = offered(&home, words);
        let names: Vec<&str> = offered.iter().map(String::as_str).filter(|name| !name.starts_with("--")).collect();
        assert_eq!(names, expected, "{words:?}: {offered:?}");
    }
    assert!(offered(&home, &["sync", "--f"]).contains(&"--force".to_owned()));
}

/// Whoever may make an environment chooses its name, and not every shell quotes what it fills in.
#[test]
fn what_a_shell_would_run_is_not_offered() {
    let home = Home::new();
    let names =
        ["$(touch pwned)", "`touch pwned`", "a;b", "a&b", "a|b", "a>b", "a<b", "a\"b", "a\\b", "!b", "a*", "it's"];
    for name in names {
        let target = format!("[[targets]]\nrepo = \"acme/web\"\nenvironment = {name:?}\n");
        home.write_config(&format!("{CONFIG}\n{target}"));
        assert_eq!(offered(&home, &["sync", "acme/web@"]), ["acme/web@production"], "{name}");
    }
}

#[test]
fn another_config_is_read_where_it_is_named() {
    let home = Home::new();
    home.write_config(CONFIG);
    let other = home.path().join("other.toml");
    std::fs::write(&other, "[[targets]]\nrepo = \"acme/other\"\n").unwrap();
    let other = other.to_str().unwrap();
    for flag in [&["--config", other][..], &[&format!("--config={other}")]] {
        assert_eq!(offered(&home, &[flag, &["sync", ""]].concat())[0], "acme/other", "{flag:?}");
    }
}

/// It runs at each tab: a shell shows nothing of what is wrong, and nothing is left of it.
#[test]
fn nothing_is_said_and_nothing_is_kept() {
    let home = Home::new();
    for config in ["", "[tray]\ntitel = 1\n", "[[targets]]\nrepo = \"acme/api\"\ntoken = "] {
        home.write_config(config);
        assert!(!offered(&home, &["sync", ""]).iter().any(|name| name.contains("acme")), "{config}");
        assert!(offered(&home, &["sy"]).contains(&"sync".to_owned()), "{config}");
    }
    assert!(!home.state().exists() && !home.path().join(".claude").exists());
    let output = home.wick(&["--", "wick", "sy"]).env("_WICK_COMPLETE", "no-such-shell").output().unwrap();
    assert_eq!((output.status.code(), output.stdout, output.stderr), (Some(2), vec![], vec![]));
}

/// A tab in the shells themselves.
#[cfg(not(target_os = "macos"))]
mod in_a_shell {
    use std::os::unix::fs::symlink;
    use std::process::Command;
    use std::time::{Duration, Instant};

    use super::*;
    use crate::support::skip;
    use crate::targets::Terminal;

    /// What was typed before a tab, and what a program gets then.
    const COMPLETED: [(&str, &str); 8] = [
        ("wick syn", "<wick><sync>"),
        ("wick sync acme/a", "<wick><sync><acme/api>"),
        ("wick sync acme/web@", "<wick><sync><acme/web@production>"),
        ("wick sync acme/web@pr", "<wick><sync><acme/web@production>"),
        ("wick sync org:", "<wick><sync><org:acme>"),
        ("wick sync org:a", "<wick><sync><org:acme>"),
        ("wick sync acme/api acme/cli#", "<wick><sync><acme/api><acme/cli#dependabot>"),
        ("wick recipe one-", "<wick><recipe><one-year-token>"),
    ];

    fn home() -> Home {
        let home = Home::new();
        home.write_config(&format!("{CONFIG}\n[[targets]]\nrepo = \"acme/cli\"\napp = \"dependabot\"\n"));
        symlink(env!("CARGO_BIN_EXE_wick"), home.path().join("bin/wick")).unwrap();
        home
    }

    /// A shell that has taken the script, ready for the first key.
    fn shell(home: &Home, program: &str, arguments: &[&str], takes: &str) -> Terminal {
        let mut shell = home.program(program);
        shell.args(arguments).env("PS1", "here> ");
        let mut terminal = Terminal::of_kind(shell, "dumb", 200);
        terminal.wait_for("here> ");
        terminal.type_in(&format!("{takes}; echo ta''ken\n"));
        terminal.wait_for("taken");
        terminal
    }

    /// What the line is after these keys and a tab. The command itself is not run.
    fn completed(terminal: &mut Terminal, keys: &str) -> String {
        let before = terminal.drawn().len();
        terminal.type_in(&format!("{keys}\t\x01printf '<%s>' \x05; echo; echo en''d\n"));
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let drawn = terminal.drawn()[before..].to_owned();
            if let Some((said, _)) = drawn.split_once("\nend") {
                let line = said.lines().rfind(|line| line.starts_with('<')).unwrap_or_else(|| panic!("{drawn}"));
                return line.trim().to_owned();
            }
            assert!(Instant::now() < deadline, "{drawn}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Types each of these, and looks at what the line is then.
    fn assert_completed(terminal: &mut Terminal, cases: &[(&str, &str)]) {
        for (keys, line) in cases {
            assert_eq!(completed(terminal, keys), *line, "{keys}");
        }
    }

    /// Whether this machine has the shell; else the test is skipped.
    fn is_there(shell: &str) -> bool {
        let is_there = Command::new(shell).arg("--version").output().is_ok();
        if !is_there {
            skip(&format!("completions::in_a_shell::{shell}"), &format!("{shell} is not installed"));
        }
        is_there
    }

    fn end(mut terminal: Terminal) {
        terminal.type_in("\x15exit\n");
        terminal.end();
    }

    #[test]
    fn bash_fills_in_a_target_whatever_signs_are_in_its_name() {
        let home = home();
        let mut bash = shell(&home, "/bin/bash", &["--norc", "--noprofile", "-i"], "eval \"$(wick completions bash)\"");
        let more = [
            ("wick sync \"acme/a", "<wick><sync><acme/api>"),
            ("wick --profile=wo", "<wick><--profile=work>"),
            ("wick --profile work sync ", "<wick><--profile><work><sync><acme/of-work>"),
        ];
        assert_completed(&mut bash, &COMPLETED);
        assert_completed(&mut bash, &more);
        bash.type_in("wick sync \t\t");
        for name in ["acme/api", "acme/web@production", "org:acme"] {
            bash.wait_for(name);
        }
        end(bash);
    }

    #[test]
    fn zsh_does_too_and_at_the_first_tab_where_the_script_is_one_of_its_functions() {
        if !is_there("zsh") {
            return;
        }
        let home = home();
        let mut zsh = shell(
            &home,
            "zsh",
            &["-f", "-i"],
            "autoload -U compinit; compinit -u -D; eval \"$(wick completions zsh)\"",
        );
        assert_completed(&mut zsh, &COMPLETED);
        end(zsh);
        let packaged = "mkdir own; wick completions zsh > own/_wick; fpath=($PWD/own $fpath); autoload -U compinit; \
                        compinit -u -D";
        let mut zsh = shell(&home, "zsh", &["-f", "-i"], packaged);
        assert_completed(&mut zsh, &[("wick sync org:", "<wick><sync><org:acme>")]);
        end(zsh);
    }

    #[test]
    fn fish_does_too() {
        if !is_there("fish") {
            return;
        }
        let home = home();
        for (keys, line) in COMPLETED {
            let script = format!("wick completions fish | source; complete -C '{keys}'");
            let output = home.program("fish").args(["--no-config", "-c", &script]).output().unwrap();
            let last = line.rsplit('<').next().unwrap().trim_end_matches('>');
            let offered = stdout(&output);
            assert!(offered.lines().any(|line| line.split('\t').next() == Some(last)), "{keys}: {output:?}");
        }
    }
}
