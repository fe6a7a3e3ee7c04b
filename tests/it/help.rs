//! Each `--help`, and what is said of arguments that make no sense, in terminals of several widths.

use std::collections::BTreeSet;

use crate::support::home::Home;
use crate::targets::Terminal;
use wick::cli;

/// What the program prints in a terminal that is so wide.
fn drawn(home: &Home, arguments: &[&str], columns: u16) -> String {
    Terminal::of_kind(home.wick(arguments), "xterm", columns).end().1.replace("\r\n", "\n")
}

/// Of each command, how it is called.
fn calls(command: &clap::Command, above: &[String], found: &mut Vec<Vec<String>>) {
    found.push(above.to_vec());
    for child in command.get_subcommands().filter(|child| child.get_name() != "help") {
        calls(child, &[above, &[child.get_name().to_owned()]].concat(), found);
    }
}

/// That no line is longer than the terminal is wide, but for a single word. An example stays in one line, to be copied.
fn assert_fits(text: &str, columns: u16, of: &[&str]) {
    for line in text.lines() {
        let fits = line.chars().count() <= usize::from(columns.min(100));
        assert!(
            fits || line.trim().starts_with("wick ") || !line.trim().contains(' '),
            "{of:?}, {columns} columns: {line}\n{text}"
        );
    }
}

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

#[test]
fn each_help_is_laid_out_for_its_terminal_and_loses_no_word() {
    let (home, mut found) = (Home::new(), Vec::new());
    calls(&cli::command(), &[], &mut found);
    assert!(found.len() > 30, "{found:?}");
    for call in &found {
        let arguments: Vec<&str> = call.iter().map(String::as_str).chain(["--help"]).collect();
        let whole = String::from_utf8(home.run(&arguments).stdout).unwrap();
        for columns in [40, 60, 80, 200] {
            let shown = drawn(&home, &arguments, columns);
            assert_fits(&shown, columns, &arguments);
            assert_eq!(words(&shown), words(&whole), "{arguments:?}, {columns} columns");
        }
    }
}

#[test]
fn a_wrong_word_is_told_all_the_right_ones_in_any_width() {
    let home = Home::new();
    let recipes = String::from_utf8(home.run(&["recipe"]).stdout).unwrap();
    let recipes: BTreeSet<&str> = recipes.lines().filter_map(|line| line.split(' ').next()).collect();
    for columns in [40, 60, 80, 200] {
        let shown = drawn(&home, &["recipe", "NOPE"], columns);
        assert_fits(&shown, columns, &["recipe", "NOPE"]);
        let (_, list) = shown.split_once("possible values:").unwrap_or_else(|| panic!("{shown}"));
        let (list, _) = list.split_once(']').unwrap_or_else(|| panic!("{shown}"));
        assert_eq!(list.split(',').map(str::trim).collect::<BTreeSet<_>>(), recipes, "{shown}");
        let near = words(&drawn(&home, &["recipe", "swiftbr"], columns)).join(" ");
        assert!(near.contains("similar value exists: 'swiftbar'"), "{near}");
    }
}
