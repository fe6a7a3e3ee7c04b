//! The formula and the cask for Homebrew.

use std::fs;
use std::process::Command;

use super::{dictionary, root, said};
use crate::support::skip;

/// The text after this word at the start of a line of Ruby.
pub(super) fn field<'a>(ruby: &'a str, name: &str) -> Option<&'a str> {
    ruby.lines().find_map(|line| line.trim_start().strip_prefix(name)?.strip_prefix(" \"")?.strip_suffix('"'))
}

fn template(name: &str) -> String {
    fs::read_to_string(root().join("bundle/macos").join(name)).unwrap()
}

/// The name that Homebrew has for a release of macOS.
fn release(name: &str) -> &str {
    match name {
        "ventura" => "13.0",
        "sonoma" => "14.0",
        "sequoia" => "15.0",
        _ => panic!("which macOS is {name}?"),
    }
}

/// What the linked program says is compared with this list by `.ci/macos-link`.
#[test]
fn everything_agrees_on_the_oldest_system() {
    let info = dictionary(&root().join("bundle/macos/Info.plist"));
    let oldest = info.get("LSMinimumSystemVersion").and_then(plist::Value::as_string).unwrap();
    let read = |path: &str| fs::read_to_string(root().join(path)).unwrap();
    let cargo = format!("MACOSX_DEPLOYMENT_TARGET = {{ value = \"{oldest}\", force = true }}");
    assert!(read(".cargo/config.toml").lines().any(|line| line == cargo), "{cargo}");
    for name in ["wick.rb", "wick-app.rb"] {
        let ruby = template(name);
        let needed = ruby.lines().find_map(|line| line.trim().strip_prefix("depends_on macos: :")).unwrap();
        assert_eq!(release(needed), oldest, "{name}");
    }
    let loads = read(".ci/macos/loads.txt");
    let said: Vec<_> = loads.lines().filter_map(|line| line.split_once(" macOS ")).collect();
    assert_eq!(said.len(), 2, "one for each architecture: {said:?}");
    for (_, versions) in said {
        let (program, sdk) = versions.split_once(" sdk ").unwrap();
        assert_eq!(program, oldest);
        assert_ne!(sdk, oldest, "AppKit behaves as the system of the SDK did");
    }
    let (major, _) = oldest.split_once('.').unwrap();
    assert!(read("README.md").contains(&format!("macOS {major} or later")));
}

/// What `brew style` and `brew audit` look at, as far as it can be read without them.
#[test]
fn the_formula_and_the_cask_are_in_the_style_of_homebrew() {
    for name in ["wick.rb", "wick-app.rb"] {
        let ruby = template(name);
        let description = field(&ruby, "desc").unwrap();
        assert!(description.len() <= 80 && !description.ends_with('.') && !description.starts_with("Wick"), "{name}");
        assert!(!description.contains("Mac"), "{name}: it names the platform");
        assert_eq!(field(&ruby, "homepage"), Some("https://github.com/@REPOSITORY@"), "{name}");
        for line in ruby.lines() {
            assert!(line.len() <= 118 && line.trim_end() == line && !line.contains('\t'), "{name}: {line}");
        }
    }
    let formula = template("wick.rb");
    assert!(formula.starts_with("class Wick < Formula\n"), "the class is the file's name");
    let order = ["desc", "homepage", "url", "sha256", "license", "depends_on", "def install", "def caveats", "test do"];
    let places: Vec<_> = order.iter().map(|start| formula.find(&format!("\n  {start}")).expect(start)).collect();
    assert!(places.is_sorted(), "{order:?}: {places:?}");
    assert_eq!(field(&formula, "license"), Some(env!("CARGO_PKG_LICENSE")));
    assert!(!formula.contains("service do"), "a login item opens it, as the menu's switch says");
    let cask = template("wick-app.rb");
    assert!(cask.contains("\ncask \"wick-app\" do\n"), "the token is the file's name");
    let order =
        ["version", "sha256", "url", "name", "desc", "homepage", "depends_on", "app", "binary", "uninstall", "zap"];
    let places: Vec<_> = order.iter().map(|start| cask.find(&format!("\n  {start} ")).expect(start)).collect();
    assert!(places.is_sorted(), "{order:?}: {places:?}");
}

#[test]
fn what_the_cask_removes_is_what_the_docs_say_is_written() {
    let cask = template("wick-app.rb");
    let (_, zap) = cask.split_once("zap trash: [").unwrap();
    let paths: Vec<_> = zap.lines().filter_map(|line| line.trim().strip_prefix('"')?.strip_suffix("\",")).collect();
    assert_eq!(paths.len(), 3, "{paths:?}");
    let docs = fs::read_to_string(root().join("docs/privacy.md")).unwrap();
    for path in paths {
        assert!(docs.contains(&format!("`{path}")), "{path}");
    }
}

#[test]
fn the_formula_and_the_cask_are_ruby() {
    if Command::new("ruby").arg("--version").output().is_err() {
        skip("the_formula_and_the_cask_are_ruby", "ruby is not installed");
        return;
    }
    for name in ["wick.rb", "wick-app.rb"] {
        let checked = Command::new("ruby").arg("-wc").arg(root().join("bundle/macos").join(name)).output().unwrap();
        assert!(checked.status.success() && checked.stderr.is_empty(), "{name}: {}", said(&checked));
    }
}

/// The formula run by a Homebrew that writes down what it is asked for.
#[test]
fn the_formula_installs_the_app_and_the_command() {
    if Command::new("ruby").arg("--version").output().is_err() {
        skip("the_formula_installs_the_app_and_the_command", "ruby is not installed");
        return;
    }
    let script = root().join("tests/it/bundle/homebrew.rb");
    let ran = Command::new("ruby").arg(script).arg(root().join("bundle/macos/wick.rb")).output().unwrap();
    assert!(ran.status.success(), "{}", said(&ran));
    let done = String::from_utf8(ran.stdout).unwrap();
    let expected = "\
        /keg/Wick.app installs Contents\n\
        /keg/bin links /keg/Wick.app/Contents/MacOS/wick\n\
        /keg/man1 links /keg/Wick.app/Contents/Resources/man/man1/*\n\
        /keg/man5 links /keg/Wick.app/Contents/Resources/man/man5/*\n\
        completions of /keg/bin/wick completions\n";
    assert!(done.starts_with(expected), "{done}");
    for act in ["open /opt/wick/Wick.app", "wick autostart on"] {
        assert!(done.contains(act), "{done}");
    }
}
