//! `src/lib.rs` draws the arrows; this reads every import of `src/` and fails on a wrong one, and on any circle of files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Which rooms a room may use, beside itself.
const ARROWS: [(&str, &[&str]); 11] = [
    ("domain", &[]),
    ("words", &["domain"]),
    ("report", &["words", "domain"]),
    ("ports", &["domain"]),
    ("view", &["report", "words", "ports", "domain"]),
    ("config", &["words", "domain"]),
    ("platform", &["ports", "domain", "fault"]),
    ("remote", &["ports", "domain"]),
    ("fault", &[]),
    ("app", &["view", "report", "words", "ports", "config", "domain", "fault"]),
    ("cli", &["app", "view", "report", "words", "ports", "config", "domain"]),
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

/// The files of `src/`, by the module that each is.
struct Sources {
    files: BTreeMap<String, File>,
}

struct File {
    path: PathBuf,
    /// Without tests and comments.
    code: String,
    /// The modules that it declares.
    children: BTreeSet<String>,
}

impl Sources {
    fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut files = BTreeMap::new();
        for path in rust_files(&root) {
            if path.ends_with("tests.rs") || path.ends_with("properties.rs") {
                continue;
            }
            let relative = path.strip_prefix(&root).unwrap().with_extension("");
            let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy().into_owned()).collect();
            let code = without_tests_and_comments(&fs::read_to_string(&path).unwrap());
            let children = declared(&code);
            files.insert(parts.join("::"), File { path, code, children });
        }
        assert!(files.len() > 100, "only {} files were found", files.len());
        Self { files }
    }

    /// The deepest file that a path below the crate leads into.
    fn file_of(&self, path: &str) -> Option<&str> {
        let mut path = path;
        loop {
            if let Some((module, _)) = self.files.get_key_value(path) {
                return Some(module);
            }
            path = path.rsplit_once("::")?.0;
        }
    }

    /// The files that a file uses.
    fn used_by(&self, module: &str) -> BTreeSet<&str> {
        let file = &self.files[module];
        let named = paths(&file.code).into_iter().filter_map(|path| absolute(&path, module, &file.children));
        named.filter_map(|path| self.file_of(&path)).filter(|used| *used != module).collect()
    }
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

fn without_tests_and_comments(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn declared(code: &str) -> BTreeSet<String> {
    let name = |line: &str| {
        let line = line.trim().trim_start_matches("pub ").trim_start_matches("pub(super) ");
        line.strip_prefix("mod ")?.strip_suffix(';').map(str::to_owned)
    };
    code.lines().filter_map(name).collect()
}

/// Every path in a file: of `use` trees, each written out, and those in the code.
fn paths(code: &str) -> Vec<String> {
    let (mut paths, mut rest) = (Vec::new(), code.to_owned());
    while let Some(start) = rest.find("use ") {
        let is_word = start == 0 || !rest[..start].ends_with(|letter: char| letter.is_alphanumeric() || letter == '_');
        let Some(length) = rest[start..].find(';') else { break };
        if is_word {
            flatten("", &rest[start + "use ".len()..start + length], &mut paths);
        }
        rest.replace_range(start..start + "use".len(), "");
    }
    let separators = |letter: char| !(letter.is_alphanumeric() || letter == '_' || letter == ':');
    paths.extend(code.split(separators).filter(|word| word.contains("::") && !word.ends_with("::")).map(str::to_owned));
    paths
}

fn flatten(before: &str, tree: &str, paths: &mut Vec<String>) {
    let tree = tree.trim();
    let Some((head, inner)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap_or_default().trim();
        return paths.push(format!("{before}{path}"));
    };
    let inner = inner.rsplit_once('}').map_or(inner, |(inner, _)| inner);
    let (mut depth, mut part) = (0, String::new());
    for letter in inner.chars().chain([',']) {
        match letter {
            ',' if depth == 0 => flatten(&format!("{before}{head}"), &std::mem::take(&mut part), paths),
            _ => {
                depth += i32::from(letter == '{') - i32::from(letter == '}');
                part.push(letter);
            }
        }
    }
}

/// A path as it is from the crate's root; `None` where it leads out of the crate.
fn absolute(path: &str, module: &str, children: &BTreeSet<String>) -> Option<String> {
    let mut segments = path.split("::").filter(|segment| !segment.is_empty()).peekable();
    let first = *segments.peek()?;
    let mut base: Vec<&str> = module.split("::").collect();
    match first {
        "crate" | "wick" => base.clear(),
        "self" => {}
        "super" => {}
        child if children.contains(child) => {
            if ["lib", "main"].contains(&module) {
                base.clear();
            }
            base.push(child);
        }
        _ => return None,
    }
    for segment in segments.skip(usize::from(first != "super")) {
        match segment {
            "super" => drop(base.pop()),
            "self" => {}
            other => base.push(other),
        }
    }
    Some(base.join("::"))
}

fn room_of(module: &str) -> &str {
    module.split("::").next().unwrap_or_default()
}

#[test]
fn every_arrow_points_the_right_way() {
    let sources = Sources::read();
    let mut looked_at = 0;
    for (module, file) in &sources.files {
        let room = room_of(module);
        let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == room) else {
            assert!(
                ["main", "lib", "launch"].contains(&room),
                "{room} is no room of the house: {}",
                file.path.display()
            );
            continue;
        };
        for used in sources.used_by(module) {
            looked_at += 1;
            let used = room_of(used);
            assert!(used == room || allowed.contains(&used), "{} uses {used}", file.path.display());
        }
    }
    assert!(looked_at > 300, "only {looked_at} arrows were found: the test reads the source wrongly");
}

/// Files that use one another are given the same number of the circle that they form.
fn circles(arrows: &BTreeMap<&str, BTreeSet<&str>>) -> Vec<Vec<String>> {
    let reach = |from: &str| {
        let (mut seen, mut left) = (BTreeSet::new(), vec![from.to_owned()]);
        while let Some(module) = left.pop() {
            for used in &arrows[module.as_str()] {
                if seen.insert((*used).to_owned()) {
                    left.push((*used).to_owned());
                }
            }
        }
        seen
    };
    let reached: BTreeMap<&str, BTreeSet<String>> = arrows.keys().map(|module| (*module, reach(module))).collect();
    let (mut found, mut done) = (Vec::new(), BTreeSet::new());
    for (module, seen) in &reached {
        if seen.contains(*module) && !done.contains(*module) {
            let circle: Vec<String> =
                seen.iter().filter(|other| reached[other.as_str()].contains(*module)).cloned().collect();
            done.extend(circle.iter().filter_map(|name| reached.get_key_value(name.as_str()).map(|(name, _)| *name)));
            found.push(circle);
        }
    }
    found
}

#[test]
fn files_form_no_circle() {
    let sources = Sources::read();
    let arrows = sources.files.keys().map(|module| (module.as_str(), sources.used_by(module))).collect();
    let circles = circles(&arrows);
    assert!(circles.is_empty(), "these files form circles: {circles:#?}");
}

#[test]
fn the_rules_touch_nothing_outside_themselves() {
    for (module, file) in Sources::read().files {
        if room_of(&module) == "domain" {
            for word in IMPURE {
                assert!(!file.code.contains(word), "{} has {word}", file.path.display());
            }
        }
    }
}

fn lines(path: &Path) -> Vec<String> {
    fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect()
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

#[test]
fn no_file_is_longer_than_a_reader_can_hold() {
    for path in rust_files(&source()) {
        let lines = lines(&path).len();
        assert!(lines <= 400, "{} has {lines} lines: split it by what a newcomer would look for", path.display());
    }
}

/// The first line of each function, and how many it has, as `cargo fmt` lays them out.
fn functions(lines: &[String]) -> Vec<(usize, usize)> {
    let before = ["pub", "pub(super)", "async", "const", "unsafe", "extern", "\"C\""];
    let begins = |line: &str| line.split_whitespace().find(|word| !before.contains(word)) == Some("fn");
    let ends = |line: &str, indent: &str| {
        let line = line.strip_prefix(indent).filter(|line| !line.starts_with([' ', '#', '/'])).unwrap_or_default();
        line.ends_with([';', '}'])
    };
    let length = |(number, line): (usize, &String)| {
        let indent = &line[..line.len() - line.trim_start().len()];
        let end = lines[number..].iter().position(|line| ends(line, indent)).unwrap();
        (number + 1, end + 1)
    };
    lines.iter().enumerate().filter(|(_, line)| begins(line)).map(length).collect()
}

#[test]
fn no_function_is_longer_than_a_reader_can_hold() {
    let mut looked_at = 0;
    for path in rust_files(&source()) {
        for (number, length) in functions(&lines(&path)) {
            looked_at += 1;
            assert!(length <= 60, "{}:{number} has {length} lines: split it by meaning", path.display());
        }
    }
    assert!(looked_at > 2000, "only {looked_at} functions were found: the test reads the source wrongly");
}

#[test]
fn no_room_is_above_a_third_of_the_house() {
    let mut rooms: BTreeMap<String, usize> = BTreeMap::new();
    for (module, file) in &Sources::read().files {
        let lines = file.code.lines().filter(|line| !line.trim().is_empty()).count();
        *rooms.entry(room_of(module).to_owned()).or_default() += lines;
    }
    let all: usize = rooms.values().sum();
    for (room, lines) in rooms {
        assert!(lines * 3 <= all, "{room} has {lines} of {all} lines of code: it is two rooms");
    }
}
