//! What the pages claim: their links lead somewhere, and the commands, flags, config keys, JSON and codes that they name
//! are Wick's.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use clap::Command;
use wick::{cli, config};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// `README.md` and each page of `docs/`, with the folder that its links start from.
fn pages() -> Vec<(PathBuf, String)> {
    let docs = fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let pages: Vec<_> = docs
        .chain([root().join("README.md"), root().join("resources/recipes/README.md"), root().join("CHANGELOG.md")])
        .collect();
    assert!(pages.len() > 10, "{pages:?}");
    pages.into_iter().map(|page| (page.clone(), fs::read_to_string(page).unwrap())).collect()
}

/// The blocks of this language, and what stands around all blocks.
fn blocks(text: &str, language: &str) -> (Vec<String>, String) {
    let (mut found, mut around) = (Vec::new(), String::new());
    for (number, part) in text.split("\n```").enumerate() {
        match part.split_once('\n') {
            Some((kind, block)) if number % 2 == 1 && kind == language => found.push(block.to_owned()),
            _ if number % 2 == 0 => around.push_str(part),
            _ => {}
        }
    }
    (found, around)
}

/// As GitHub makes them of headings.
fn anchors(text: &str) -> BTreeSet<String> {
    let (_, text) = blocks(text, "");
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let anchor = |line: &str| {
        let words = line.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
        words.chars().filter(|sign| sign.is_alphanumeric() || "-_".contains(*sign)).collect()
    };
    headings.map(anchor).collect()
}

#[test]
fn each_link_leads_to_a_file_and_a_heading_that_are_there() {
    for (page, text) in pages() {
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.contains("://") {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { page.clone() } else { page.parent().unwrap().join(file) };
            assert!(target.exists(), "{link} in {}", page.display());
            let known = || anchors(&fs::read_to_string(&target).unwrap());
            assert!(anchor.is_empty() || known().contains(anchor), "{link} in {}", page.display());
        }
    }
}

#[test]
fn the_first_page_is_short_and_leads_to_all_others() {
    let readme = read("README.md");
    assert!(readme.len() <= 8192, "{} bytes", readme.len());
    for (page, _) in pages() {
        let name = page.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
        assert!(name == "README.md" || readme.contains(&name), "nothing leads to {name}");
    }
}

/// All commands, with all that each inherits.
fn whole() -> Command {
    let mut whole = cli::command();
    whole.build();
    whole
}

/// Each command's name with those above it, and its help.
fn helps(command: &mut Command, above: &str, found: &mut Vec<(String, String)>) {
    let name = format!("{above}{}", command.get_name());
    found.push((name.clone(), command.render_long_help().to_string()));
    for child in command.get_subcommands_mut().filter(|child| child.get_name() != "help") {
        helps(child, &format!("{name} "), found);
    }
}

/// A pipe's other end, what a shell puts around it, and where its input is from are no part of a command.
fn call(shown: &str) -> Vec<&str> {
    let (_, wick) = shown.split_at(shown.find("wick").unwrap());
    let words: Vec<&str> = wick.split_whitespace().take_while(|word| !["|", "<"].contains(word)).collect();
    words.into_iter().map(|word| word.trim_end_matches([')', '"'])).collect()
}

#[test]
fn each_help_has_examples_that_are_understood_and_names_pages_that_are_there() {
    let (mut found, mut named) = (Vec::new(), BTreeSet::new());
    helps(&mut whole(), "", &mut found);
    assert!(found.len() > 30, "{found:?}");
    for (command, help) in found {
        let (_, end) = help.split_once("\nExamples:\n").unwrap_or_else(|| panic!("{command} has no examples:\n{help}"));
        let (examples, pages) = end.split_once("\nMore: ").unwrap_or_else(|| panic!("{command} names no page"));
        for line in examples.lines() {
            let shown = line.trim().split("  ").next().unwrap();
            let read = cli::parse(call(shown).into_iter().map(Into::into));
            assert!(read.is_ok(), "{command}: {shown}: {}", read.unwrap_err());
            assert!(line.chars().count() <= 80, "{command}: longer than a terminal: {line}");
        }
        named.extend(pages.trim().split(", ").map(str::to_owned));
    }
    for page in &named {
        assert!(root().join(page).is_file(), "{page}");
    }
    let for_developers = ["README.md", "CHANGELOG.md", "docs/developing.md", "docs/releasing.md"];
    for (page, _) in pages() {
        let page = page.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
        assert!(named.contains(&page) || for_developers.contains(&page.as_str()), "no help names {page}");
    }
}

#[test]
fn getting_started_has_its_steps_in_the_order_in_which_a_new_user_meets_them() {
    let page = read("docs/getting-started.md");
    let steps =
        ["cargo install", "wick status", "wick init", "wick sync", "wick recipe one-year-token >", "wick autostart on"];
    let mut rest = page.split("\n## ").skip(1);
    for step in steps {
        let section = rest.next().unwrap_or_default();
        assert!(blocks(section, "sh").0.concat().contains(step) || section.contains(&format!("$ {step}")), "{step}");
    }
}

const SENTENCES: &str = "tests/it/snapshots/it__words__every_sentence_stands_beside_its_cause.snap";

/// Each `wick …` that a page shows: lines of shell blocks, and inline code.
fn commands(text: &str) -> Vec<Vec<String>> {
    let (shell, around) = blocks(text, "sh");
    let shell = shell.join("\n");
    let inline = around.split('`').skip(1).step_by(2);
    let shown = shell.lines().map(|line| line.split(" #").next().unwrap_or_default()).chain(inline);
    let words = |shown: &str| {
        let command =
            shown.split(['|', ';', '(', ')', '&', '"']).find(|part| part.trim_start().starts_with("wick "))?;
        Some(command.split_whitespace().skip(1).map(str::to_owned).collect())
    };
    shown.filter_map(words).collect()
}

/// Each `wick …` that a sentence has in quotation marks.
fn named_acts(text: &str) -> Vec<Vec<String>> {
    let quoted = ["\"wick ", "| wick "].into_iter().flat_map(|before| text.split(before).skip(1));
    let act = |rest: &str| rest.split(['"', '|', '&', '\'']).next().unwrap_or_default().to_owned();
    quoted.map(|rest| act(rest).split_whitespace().map(str::to_owned).collect()).collect()
}

#[test]
fn each_command_and_each_flag_is_one_that_wick_has() {
    let whole = whole();
    let mut checked = 0;
    let sentences = named_acts(&read(SENTENCES));
    assert!(sentences.len() > 40, "{}", sentences.len());
    // `on\|off` in a table is any of them.
    let of_pages = pages().into_iter().map(|(page, text)| (page, commands(&text.replace("\\|", "/"))));
    for (page, all) in of_pages.chain([(SENTENCES.into(), sentences)]) {
        for words in all {
            let (mut command, mut is_value) = (&whole, false);
            for word in words.iter().take_while(|word| *word != "--") {
                if std::mem::take(&mut is_value) {
                    continue;
                }
                let word = word.trim_matches(['[', ']', '…', ',', '.', ':']);
                let place = || format!("wick {} in {}", words.join(" "), page.display());
                if let Some(flag) = word.strip_prefix("--") {
                    let (flag, value) = flag.split_once('=').map_or((flag, None), |(flag, value)| (flag, Some(value)));
                    let known = command.get_arguments().find(|argument| argument.get_long() == Some(flag));
                    is_value = value.is_none() && known.is_some_and(|known| known.get_action().takes_values());
                    assert!(known.is_some() || ["help", "version"].contains(&flag), "--{flag} of {}", place());
                } else if let Some(found) = word.split('/').find_map(|word| command.find_subcommand(word)) {
                    let all = word.split('/').all(|word| command.find_subcommand(word).is_some());
                    assert!(all, "{}", place());
                    command = found;
                } else {
                    let takes = command.get_positionals().next().is_some();
                    assert!(takes || command.get_name() != "wick", "{}", place());
                }
                checked += 1;
            }
        }
    }
    assert!(checked > 100, "only {checked} words of commands were found");
}

#[test]
fn each_sample_of_json_parses_and_each_of_a_config_is_understood() {
    let mut checked = 0;
    for (page, text) in pages() {
        for block in blocks(&text, "json").0 {
            let parsed = serde_json::from_str::<serde_json::Value>(&block);
            assert!(parsed.is_ok(), "{}: {parsed:?}", page.display());
            checked += 1;
        }
        for block in blocks(&text, "toml").0 {
            let parsed = config::parse(&block, "/home/ada");
            assert!(parsed.is_ok(), "{}: {parsed:?}\n{block}", page.display());
            checked += 1;
        }
    }
    assert!(checked >= 3, "only {checked} samples were found");
}

#[test]
fn each_key_of_the_config_stands_in_its_page() {
    let page = read("docs/configuration.md");
    let mut section = String::new();
    for line in read("resources/config.example.toml").lines() {
        let line = line.trim_start_matches("# ").trim();
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.split(']').next()) {
            name.trim_start_matches('[').clone_into(&mut section);
        } else if let Some((key, _)) = line.split_once(" = ")
            && ["credential", "tray", "alerts", "refresh", "github", "sync"].contains(&section.as_str())
        {
            assert!(page.contains(&format!("`{section}.{}`", key.trim())), "{section}.{key}");
        }
    }
}

/// Words in backquotes in the first column of the tables below this heading.
fn codes_in(page: &str) -> BTreeSet<String> {
    let (_, part) = page.split_once("\n## Codes of `error`\n").unwrap();
    let cells = part.lines().filter_map(|line| line.strip_prefix("| `")?.split(" | ").next());
    let mut found = BTreeSet::from(["usage".to_owned(), "config_invalid".to_owned()]);
    for cell in cells {
        found.extend(format!("`{cell}").split('`').skip(1).step_by(2).map(str::to_owned));
    }
    found
}

#[test]
fn each_code_of_an_error_stands_in_the_page_and_no_other() {
    let snapshot = read(SENTENCES);
    let code = |line: &str| {
        let (code, _) = line.strip_prefix("    ")?.split_once(" | ")?;
        code.chars().all(|sign| sign.is_ascii_lowercase() || sign == '_').then(|| code.to_owned())
    };
    let known: BTreeSet<String> = snapshot.lines().filter_map(code).collect();
    let shown = codes_in(&read("docs/commands.md"));
    let (missing, unknown): (Vec<_>, Vec<_>) = (known.difference(&shown).collect(), shown.difference(&known).collect());
    assert!(missing.is_empty() && unknown.is_empty(), "missing {missing:?}, unknown {unknown:?}");
    assert!(known.len() > 60, "{known:?}");
}
