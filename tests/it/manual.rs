//! The manual that the packages bring: made of the same definitions as the program.

#[path = "../../examples/man/pages.rs"]
mod pages;

use std::collections::BTreeMap;

fn all() -> BTreeMap<String, String> {
    let pages = pages::all();
    let count = pages.len();
    let pages: BTreeMap<_, _> = pages.into_iter().collect();
    assert_eq!(pages.len(), count, "two of one name");
    pages
}

/// The names of the pages of a command and of those under it.
fn names(command: &clap::Command, above: &str, found: &mut Vec<String>) {
    let name = format!("{above}{}", command.get_name());
    for child in command.get_subcommands().filter(|child| child.get_name() != "help") {
        names(child, &format!("{name}-"), found);
    }
    found.push(format!("{name}.1"));
}

#[test]
fn each_command_has_its_page_with_its_examples_and_its_flags() {
    let (pages, mut expected) = (all(), vec!["wick-config.5".to_owned()]);
    names(&wick::cli::command(), "", &mut expected);
    expected.sort();
    assert_eq!(pages.keys().cloned().collect::<Vec<_>>(), expected);
    for (name, text) in &pages {
        for section in [".SH NAME", ".SH EXAMPLE", ".SH \"SEE ALSO\""] {
            assert!(text.contains(section), "{section} in {name}:\n{text}");
        }
        assert_eq!(text.matches("\n.TH ").count(), 1, "{name}");
    }
    let sync = &pages["wick-sync.1"];
    for words in ["\\fB\\-\\-dry\\-run\\fR", "wick sync acme/api", "wick(1)", "docs/targets.md"] {
        assert!(sync.contains(words), "{words}:\n{sync}");
    }
    assert!(!pages["wick-version.1"].contains("profile"), "it is about none");
}

#[test]
fn the_page_of_the_config_has_each_key_and_the_whole_example() {
    let page = &all()["wick-config.5"].replace("\\-", "-");
    for key in ["credential.source", "alerts.command", "sync.share_refresh_token", "[[targets]]"] {
        assert!(page.contains(&format!("\\fB{key}\\fR")), "{key}:\n{page}");
    }
    assert!(page.contains("automatic = false                  # also without being asked"), "{page}");
    assert!(page.contains("\\fBwick config init\\fR writes"), "what is code is bold: {page}");
    assert!(!page.contains("]("), "a link is left");
}

/// What groff says of a page, `man` says to whoever reads it. Macs have another program for it.
#[cfg(not(target_os = "macos"))]
#[test]
fn nothing_is_wrong_with_a_page() {
    use std::process::Command;

    if Command::new("groff").arg("--version").output().is_err() {
        return crate::support::skip("manual::nothing_is_wrong_with_a_page", "groff is not installed");
    }
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in all() {
        let path = folder.path().join(&name);
        std::fs::write(&path, text).unwrap();
        let shown =
            Command::new("groff").args(["-man", "-ww", "-Kutf8", "-Tutf8", "-P-cbou"]).arg(path).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&shown.stderr), "", "{name}");
        assert!(String::from_utf8(shown.stdout).unwrap().contains("NAME"), "{name}");
    }
}
