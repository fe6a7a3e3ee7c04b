//! The pages that name tests, and each of these is there.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const PAGE: &str = include_str!("../../docs/reliability.md");
const PLATFORMS: &str = include_str!("../../docs/platforms.md");

/// The names of functions in all files below a folder.
fn functions(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            functions(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let name = |line: &str| Some(line.trim().strip_prefix("fn ")?.split(['(', '<']).next()?.to_owned());
            // A table names its tests beside what they are about.
            let tabled = |line: &str| Some(line.strip_suffix(" {")?.rsplit_once(" => ")?.1.to_owned());
            found.extend(text.lines().filter_map(|line| name(line).or_else(|| tabled(line))));
        }
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn all_functions() -> BTreeSet<String> {
    let mut there = BTreeSet::new();
    for folder in ["src", "tests"] {
        functions(&root().join(folder), &mut there);
    }
    there
}

#[test]
fn what_macos_is_expected_to_do_is_held_by_a_test_that_is_there_or_said_not_to_be() {
    let there = all_functions();
    let (_, expected) = PLATFORMS.split_once("| Held on Linux by |\n|---|---|---|\n").expect("the table");
    let rows: Vec<_> = expected.lines().take_while(|line| line.starts_with("| ")).collect();
    assert!(rows.len() >= 15, "{} rows were found", rows.len());
    for row in rows {
        let held_by = row.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        let tests: Vec<_> = held_by.split('`').skip(1).step_by(2).collect();
        assert_eq!(tests.is_empty(), held_by == "nothing: linked, not run", "{row}");
        for test in tests {
            assert!(there.contains(test), "{test} is not there: {row}");
        }
    }
}

#[test]
fn every_fault_of_the_record_is_held_by_a_test_that_is_there() {
    let (root, there) = (root(), all_functions());
    let (_, faults) = PAGE.split_once("## Faults that were found").expect("the heading");
    let rows: Vec<_> = faults.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| Fault")).collect();
    assert!(rows.len() >= 25, "{} rows were found", rows.len());
    for row in rows {
        let held_by = row.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        let named: Vec<_> = held_by.split('`').skip(1).step_by(2).collect();
        let is_place = |name: &&str| name.contains("::") || root.join(format!("tests/it/{name}.rs")).exists();
        let tests: Vec<_> = named.iter().filter(|name| !is_place(name)).collect();
        assert!(!tests.is_empty(), "no test holds: {row}");
        for test in tests {
            assert!(there.contains(*test), "{test} is not there: {row}");
        }
    }
}

#[test]
fn every_file_of_the_record_is_there() {
    let root = root();
    let files =
        PAGE.split('`').skip(1).step_by(2).filter(|word| word.starts_with("tests/") || word.starts_with(".ci/"));
    for file in files.filter_map(|word| word.split(' ').next()) {
        assert!(root.join(file).exists(), "{file}");
    }
}
