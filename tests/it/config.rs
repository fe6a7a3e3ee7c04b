//! Each file in `fixtures/config/invalid` begins with a comment that says what its complaint must be.

use std::fs;
use std::path::{Path, PathBuf};

use wick::config::{EXAMPLE, parse};
use wick::domain::settings::Settings;

fn fixtures(kind: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/config").join(kind);
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() > 3, "too few fixtures of kind {kind}");
    files
}

#[test]
fn the_example_says_nothing_but_the_defaults() {
    assert_eq!(parse(EXAMPLE, "/home/ada"), Ok(Settings::default()));
    assert_eq!(parse("", "/home/ada"), Ok(Settings::default()));
}

/// The example with all that it says.
fn without_comments() -> String {
    let uncommented = |line: &str| {
        line.strip_prefix("# ").filter(|rest| rest.contains('=') || rest.starts_with('[')).map(str::to_owned)
    };
    let text: Vec<String> = EXAMPLE.lines().map(|line| uncommented(line).unwrap_or_else(|| line.to_owned())).collect();
    text.join("\n")
}

#[test]
fn the_example_with_every_comment_taken_away_is_understood_too() {
    let settings = parse(&without_comments(), "/home/ada").unwrap();
    let targets: Vec<String> = settings.targets.iter().map(ToString::to_string).collect();
    assert_eq!(targets, ["acme/api", "acme/web@production", "org:acme", "user:codespaces", "aws"]);
    assert_eq!(settings.profiles[0].config_dir, "/home/ada/acme/.claude");
}

/// Nobody sees where a token goes from there: into what is shown, or the arguments of a program.
#[test]
fn a_token_is_refused_wherever_a_text_stands_and_not_repeated() {
    let text = without_comments();
    let is_in_a_comment = |at: usize| text[..at].rsplit('\n').next().is_some_and(|line| line.contains('#'));
    let quotes = text.match_indices('"').map(|(at, _)| at).filter(|at| !is_in_a_comment(*at));
    let ends: Vec<usize> = quotes.skip(1).step_by(2).collect();
    let mut lines = std::collections::BTreeSet::new();
    for (number, at) in ends.iter().enumerate() {
        let token = if number % 2 == 0 { "sk-ant-oat01-EXAMPLE-x" } else { "ghp_EXAMPLE000" };
        let text = format!("{}/{token}{}", &text[..*at], &text[*at..]);
        let error = parse(&text, "/home/ada").expect_err(&text);
        assert!(!error.to_string().contains("EXAMPLE"), "{error}");
        if error.to_string().contains("has a token in it") {
            lines.insert(error.line.unwrap());
        }
    }
    assert!(ends.len() > 30 && lines.len() > 20, "{} {lines:?}", ends.len());
}

#[test]
fn every_valid_file_is_understood() {
    for file in fixtures("valid") {
        let text = fs::read_to_string(&file).unwrap();
        parse(&text, "/home/ada").unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }
}

#[test]
fn every_invalid_file_gets_its_line_and_what_to_write_instead() {
    for file in fixtures("invalid") {
        let text = fs::read_to_string(&file).unwrap();
        let expected =
            text.lines().next().and_then(|line| line.strip_prefix("# ")).expect("a first line with the complaint");
        let error = parse(&text, "/home/ada").expect_err(&format!("{} should be refused", file.display()));
        assert_eq!(error.to_string(), expected, "{}", file.display());
    }
}

/// No line is quoted that has a token in it: what is shown may be read over a shoulder.
#[test]
fn what_is_not_understood_is_quoted_with_a_mark_under_it() {
    let quoted = |text: &str, columns| parse(text, "/home/ada").expect_err(text).quoted(columns);
    let text = "[tray]\n\ttitle = \"access\"\nikon = \"time\"\n";
    assert_eq!(quoted(text, 80).unwrap(), "  3 | ikon = \"time\"\n    | ^^^^");
    let secrets = |lines: &str| quoted(&format!("[secrets]\n{lines}\n"), 80).unwrap();
    assert_eq!(secrets("A = \"scopes\"\n1A = \"scopes\""), "  3 | 1A = \"scopes\"\n    | ^^", "the name");
    assert_eq!(secrets("A = \"scopes\"\na = \"scopes\""), "  3 | a = \"scopes\"\n    | ^", "the second");
    let url = format!("[refresh]\ntoken_url = \"http://{}.example/token\"\n", "long.".repeat(20));
    for columns in [10, 40, 80, 200] {
        let quote = quoted(&url, columns).unwrap();
        let (line, mark) = quote.split_once('\n').unwrap();
        assert!(line.chars().count() <= columns && mark.chars().count() <= columns, "{columns}: {quote}");
        assert!(mark.contains('^') && line.contains("\"http") == (columns > 10), "{columns}: {quote}");
    }
    for file in fixtures("invalid") {
        let text = fs::read_to_string(&file).unwrap();
        let error = parse(&text, "/home/ada").unwrap_err();
        let quote = error.quoted(80);
        assert_eq!(
            quote.is_none(),
            error.line.is_none_or(|line| text.lines().nth(line - 1).unwrap_or_default().contains("EXAMPLE")),
            "{quote:?}"
        );
    }
}
