//! `src/lib.rs` draws the arrows; this reads `src/` and fails on a wrong one.

use std::fs;
use std::path::{Path, PathBuf};

/// Which rooms a room may use.
const ARROWS: [(&str, &[&str]); 8] = [
    ("domain", &["domain"]),
    ("config", &["config", "domain"]),
    ("ports", &["ports", "domain"]),
    ("platform", &["platform", "ports", "domain", "fault"]),
    ("remote", &["remote", "ports", "domain"]),
    ("fault", &[]),
    ("app", &["app", "ports", "config", "domain", "fault"]),
    ("cli", &["cli", "app", "ports", "config", "domain"]),
];

/// What the rules may not even name: input and output, clocks, threads, operating systems, logs.
const IMPURE: [&str; 11] = [
    "std::fs",
    "std::env",
    "std::process",
    "std::thread",
    "std::net",
    "std::io",
    "tokio",
    "tracing",
    "::now()",
    "target_os",
    "async ",
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// The room that a file belongs to, and its text without tests and comments.
fn rooms() -> Vec<(String, PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let room = |path: &Path| {
        let first = path.strip_prefix(&root).unwrap().components().next().unwrap();
        first.as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned()
    };
    let text = |path: &Path| {
        let text = fs::read_to_string(path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default().to_owned();
        code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
    };
    sources(&root).into_iter().map(|path| (room(&path), path.clone(), text(&path))).collect()
}

/// The rooms named after `crate::`, also in `use crate::{a::b, c}`.
fn used(text: &str) -> Vec<String> {
    let mut rooms = Vec::new();
    for (start, _) in text.match_indices("crate::") {
        let rest = &text[start + "crate::".len()..];
        let group = rest.strip_prefix('{').and_then(|rest| rest.split('}').next());
        for path in group.map_or_else(|| vec![rest], |group| group.split(',').collect()) {
            let word = path.trim().split(|letter: char| !letter.is_alphanumeric() && letter != '_').next();
            rooms.extend(word.filter(|word| !word.is_empty()).map(str::to_owned));
        }
    }
    rooms
}

#[test]
fn every_arrow_points_the_right_way() {
    let mut looked_at = 0;
    for (room, path, text) in rooms() {
        let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == room) else {
            assert!(
                ["main", "lib", "launch"].contains(&room.as_str()),
                "{room} is no room of the house: {}",
                path.display()
            );
            continue;
        };
        for target in used(&text) {
            looked_at += 1;
            assert!(allowed.contains(&target.as_str()), "{} uses {target}", path.display());
        }
    }
    assert!(looked_at > 50, "only {looked_at} arrows were found: the test reads the source wrongly");
}

#[test]
fn the_rules_touch_nothing_outside_themselves() {
    for (room, path, text) in rooms() {
        if room == "domain" {
            for word in IMPURE {
                assert!(!text.contains(word), "{} has {word}", path.display());
            }
        }
    }
}

#[test]
fn no_file_is_longer_than_a_reader_can_hold() {
    for path in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines <= 400, "{} has {lines} lines: split it by what a newcomer would look for", path.display());
    }
}
