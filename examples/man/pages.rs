//! The pages of the manual: one a command, from what clap knows of it, and one for the config, from its page in `docs/`.

use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Inline, Roff, bold, roman};

const CONFIG: &str = include_str!("../../docs/configuration.md");
const EXAMPLE: &str = include_str!("../../resources/config.example.toml");

/// Each page with the name of its file.
pub(crate) fn all() -> Vec<(String, String)> {
    let mut wick = wick::cli::command().disable_help_subcommand(true);
    wick.build();
    let mut found = vec![("wick-config.5".to_owned(), config())];
    commands(&wick, None, &mut found);
    found
}

/// The page of a command, and those of the commands under it. `above` is the page of the one that it is under.
fn commands(command: &Command, above: Option<&str>, found: &mut Vec<(String, String)>) {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name());
    for child in command.get_subcommands() {
        commands(child, Some(name), found);
    }
    found.push((format!("{name}.1"), page(command, name, above)));
}

fn page(command: &Command, name: &str, above: Option<&str>) -> String {
    let (man, mut text) = (Man::new(command.clone()), titled(name, "1").render().into_bytes());
    let written = man
        .render_name_section(&mut text)
        .and_then(|()| man.render_synopsis_section(&mut text))
        .and_then(|()| man.render_description_section(&mut text))
        .and_then(|()| man.render_options_section(&mut text))
        .and_then(|()| if command.has_subcommands() { man.render_subcommands_section(&mut text) } else { Ok(()) });
    written.expect("a vector takes all");
    let mut text = String::from_utf8(text).expect("a manual is text");
    text.push_str(&end(&command.get_after_help().map(ToString::to_string).unwrap_or_default(), above));
    text
}

fn titled(name: &str, section: &str) -> Roff {
    let mut roff = Roff::new();
    // Of no date, so that the same source gives the same page.
    roff.control("TH", [&*name.to_uppercase(), section, "\"\"", concat!("Wick ", env!("CARGO_PKG_VERSION")), "Wick"]);
    roff
}

/// The examples as they stand in the help, and where there is more.
fn end(after_help: &str, above: Option<&str>) -> String {
    let mut roff = Roff::new();
    let (examples, pages) = after_help.split_once("\nMore: ").unwrap_or((after_help, ""));
    roff.control("SH", ["EXAMPLES"]);
    verbatim(&mut roff, examples.trim_start_matches("Examples:\n").trim_end());
    roff.control("SH", ["SEE ALSO"]);
    let mut others = vec!["wick-config(5)".to_owned()];
    others.extend(above.map(|above| format!("{above}(1)")));
    roff.text([roman(format!("{}, and of the documentation {pages}", others.join(", ")))]);
    roff.render()
}

fn verbatim(roff: &mut Roff, text: &str) {
    roff.control("nf", []);
    for line in text.lines() {
        roff.text([roman(line)]);
    }
    roff.control("fi", []);
}

/// `wick-config(5)`.
fn config() -> String {
    let mut roff = titled("wick-config", "5");
    roff.control("SH", ["NAME"]).text([roman("wick-config - the config file of Wick")]);
    roff.control("SH", ["FILES"]).text([roman("~/.config/wick/config.toml")]);
    let (about, accounts) = CONFIG.split_once("\n## Several accounts\n").unwrap_or((CONFIG, ""));
    let is_row = |line: &&str| line.starts_with('|');
    roff.control("SH", ["DESCRIPTION"]);
    prose(&mut roff, about.lines().filter(|line| !is_row(line) && !line.starts_with('#')));
    roff.control("SH", ["KEYS"]);
    // After the heading and the line below it.
    for row in about.lines().filter(is_row).skip(2) {
        let row = row.replace("\\|", "\u{a6}");
        let cells: Vec<String> = row.split('|').map(|cell| cell.trim().replace('\u{a6}', "|")).collect();
        let [_, key, default, means, _] = &cells[..] else { panic!("a row of the keys has not three cells: {row}") };
        let mut head = inline(key);
        if !default.is_empty() {
            head.push(roman(" (default: "));
            head.extend(inline(default));
            head.push(roman(")"));
        }
        roff.control("TP", []).text(head).text(inline(means));
    }
    roff.control("SH", ["SEVERAL ACCOUNTS"]);
    for (number, part) in accounts.split("```").enumerate() {
        match part.split_once('\n') {
            Some(("toml", sample)) if number % 2 == 1 => verbatim(&mut roff, sample.trim_end()),
            _ => prose(&mut roff, part.lines()),
        }
    }
    roff.control("SH", ["EXAMPLE"]);
    verbatim(&mut roff, EXAMPLE.trim_end());
    roff.control("SH", ["SEE ALSO"]).text([roman("wick(1), wick-config(1)")]);
    roff.render()
}

fn prose<'a>(roff: &mut Roff, lines: impl Iterator<Item = &'a str>) {
    for line in lines.filter(|line| !line.is_empty()) {
        roff.control("PP", []).text(inline(line));
    }
}

/// What is code is bold, and of a link its words are left.
fn inline(markdown: &str) -> Vec<Inline> {
    let mut plain = markdown.to_owned();
    while let Some(start) = plain.find("](") {
        let length = plain[start..].find(')').expect("a link has an end");
        plain.replace_range(start..=start + length, "");
        let open = plain[..start].rfind('[').expect("a link has a beginning");
        plain.remove(open);
    }
    let parts = plain.split('`').enumerate();
    parts.map(|(number, part)| if number % 2 == 1 { bold(part) } else { roman(part) }).collect()
}
