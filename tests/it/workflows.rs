//! What must hold of every workflow, and of those that the documentation offers. actionlint asks none of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

fn read(path: impl AsRef<Path>) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// Each file under `.github/workflows`, by its name.
fn workflows() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/workflows");
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let found: Vec<_> = paths.map(|path| (path.display().to_string(), fs::read_to_string(&path).unwrap())).collect();
    assert!(found.len() >= 2, "CI and releases: {found:?}");
    found
}

/// The workflows that are there to be taken.
fn recipes() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("resources/recipes/github-actions");
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.map(|path| (path.display().to_string(), fs::read_to_string(&path).unwrap())).collect()
}

/// The workflows, those that are there to be taken, and the YAML blocks of the documentation.
fn all() -> Vec<(String, String)> {
    let page = read("docs/one-year-token.md");
    let blocks = page.split("\n```yaml\n").skip(1).map(|rest| rest.split("\n```").next().unwrap().to_owned());
    let blocks: Vec<_> = blocks.map(|block| ("a block of docs/one-year-token.md".to_owned(), block)).collect();
    assert!(!blocks.is_empty(), "the page shows how to use the secret");
    workflows().into_iter().chain(recipes()).chain(blocks).collect()
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches([' ', '-']).len()
}

/// What a line gives to a key: `run: |` and `- run: |` give `|`.
fn value<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    line.trim_start_matches([' ', '-']).strip_prefix(key)?.strip_prefix(':').map(str::trim)
}

/// The lines of all scripts.
fn scripts(text: &str) -> Vec<&str> {
    let mut begun_at = None;
    let mut found = Vec::new();
    for line in text.lines() {
        let inside = begun_at.is_some_and(|column| line.trim().is_empty() || indent(line) > column);
        if !inside {
            begun_at = value(line, "run").map(|_| indent(line));
        }
        if begun_at.is_some() {
            found.push(line);
        }
    }
    found
}

#[test]
fn every_action_is_pinned_to_a_commit_and_says_its_version() {
    let mut pins = BTreeMap::new();
    for (file, text) in all() {
        for used in text.lines().filter_map(|line| value(line, "uses")) {
            let pin = used.split_once('@').and_then(|(action, rest)| Some((action, rest.split_once(" # v")?)));
            let (action, (commit, version)) = pin.unwrap_or_else(|| panic!("{file}: {used}"));
            let is_commit = commit.len() == 40 && commit.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            assert!(is_commit && version.split('.').count() == 3, "{file}: {used}");
            let first = pins.entry(action.to_owned()).or_insert_with(|| used.to_owned());
            assert_eq!(first, used, "{file}: one action, one version");
        }
    }
    assert!(pins.len() >= 5, "too few were found: the test reads the files wrongly: {pins:?}");
}

/// GitHub pastes an expression into the script before a shell reads it: a secret would be in an argument, and a title
/// that a stranger wrote would be a command. Through `env` both are only values.
#[test]
fn no_script_has_an_expression_pasted_into_it() {
    let mut looked_at = 0;
    for (file, text) in all() {
        for line in scripts(&text) {
            looked_at += 1;
            assert!(!line.contains("${{"), "{file}: {}", line.trim());
        }
    }
    assert!(looked_at > 100, "only {looked_at} lines were found: the test reads the files wrongly");
}

#[test]
fn every_workflow_may_do_little_and_every_job_ends() {
    for (file, text) in workflows().into_iter().chain(recipes()) {
        assert!(text.lines().any(|line| line == "permissions:"), "{file}: no permissions at the top");
        assert!(!text.contains("pull_request_target"), "{file}: gives strangers' code this repository's rights");
        assert!(!text.contains(env!("CARGO_PKG_RUST_VERSION")), "{file}: Cargo.toml alone names the oldest Rust");
        let jobs = text.split_once("\njobs:\n").unwrap().1;
        let starts = jobs.lines().filter(|line| indent(line) == 2 && !line.trim_start().starts_with('#')).count();
        let ends = jobs.lines().filter(|line| indent(line) == 4 && value(line, "timeout-minutes").is_some()).count();
        assert!(starts > 0 && starts == ends, "{file}: {starts} jobs, of which {ends} have timeout-minutes");
    }
}

/// Names in capitals that stand in backquotes or after `secrets.`.
fn secrets_in(text: &str, before: &str) -> BTreeSet<String> {
    let is_of_it = |sign: char| sign.is_ascii_uppercase() || sign == '_';
    let names = text.split(before).skip(1).map(|rest| rest.chars().take_while(|sign| is_of_it(*sign)).collect());
    names.filter(|name: &String| name.contains('_')).collect()
}

#[test]
fn whoever_releases_is_told_of_each_secret_that_the_workflow_reads() {
    let read = secrets_in(&read(".github/workflows/release.yml"), "secrets.");
    let told = secrets_in(&self::read("docs/releasing.md"), "`");
    assert!(read.len() >= 5, "{read:?}");
    assert_eq!(
        told.iter().filter(|name| name.starts_with("MACOS_")).collect::<Vec<_>>(),
        read.iter().collect::<Vec<_>>()
    );
}

/// What the release workflow takes for its notes.
#[test]
fn the_changelog_says_what_is_new_in_this_version() {
    let changelog = read("CHANGELOG.md");
    let heading = concat!("\n## ", env!("CARGO_PKG_VERSION"), "\n");
    let (_, section) = changelog.split_once(heading).expect("a heading of this version");
    let section = section.split("\n## ").next().unwrap();
    assert!(section.lines().filter(|line| line.starts_with("- ") && line.ends_with('.')).count() > 0, "{section}");
}

#[test]
fn both_architectures_of_linux_are_built_where_they_run() {
    let release = read(".github/workflows/release.yml");
    let (_, linux) = release.split_once("\n  linux:\n").unwrap();
    let linux = linux.split("\n  publish:\n").next().unwrap();
    for (architecture, runner) in [("x86_64", "ubuntu-latest"), ("aarch64", "ubuntu-24.04-arm")] {
        assert!(linux.contains(&format!("architecture: {architecture}\n            runner: {runner}\n")), "{linux}");
    }
    let script = read("bundle/linux/package.sh");
    assert!(script.contains("aarch64 | arm64)"), "it packs what it is built on");
}
