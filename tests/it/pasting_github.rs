//! A GitHub token as people paste it at a terminal: it arrives at GitHub whole, or is refused with how long it was.

use serde_json::json;

use crate::pasting::{BEGINS, ended, shell, wrapped};
use crate::support::anthropic::{Answer, Loopback};
use crate::support::at_once;
use crate::support::home::Home;
use wick::domain::keyring::KeyringError;
use wick::words::github::paste;
use wick::words::terminal::half;

fn token() -> String {
    format!("github_pat_{:A<82}", "EXAMPLE-tok_sentinel")
}

#[test]
fn half_of_a_github_token_is_refused() {
    let (home, fine) = (Home::new(), token());
    for keys in [format!("{}\r", &fine[..80]), format!("\x1b[200~{}\r{}\r\x1b[201~\r", &fine[..40], &fine[50..])] {
        let mut terminal = shell(&home, "wick github login");
        terminal.wait_for(paste("github.com").as_str());
        terminal.type_in(&keys);
        if !keys.starts_with(BEGINS) {
            terminal.wait_for(&half(80));
            terminal.type_in("\r");
        }
        let (code, drawn) = ended(&home, terminal);
        assert!(code == 1 && drawn.contains(" characters: ") && !drawn.contains("tok_sentinel"), "{drawn}");
    }
}

#[test]
fn a_github_token_that_is_wrapped_colored_or_quoted_arrives_whole() {
    let (fine, classic) = (token(), format!("ghp_{:A<36}", "EXAMPLEtoksentinel"));
    let mut pastes = vec![(classic.clone(), classic.clone()), (format!("\x1b[32m{classic}\x1b[0m"), classic)];
    for columns in [40, 79, 80] {
        for line_break in ["\r", "\r ", " │\r│ "] {
            pastes.push((wrapped(&fine, columns, line_break), fine.clone()));
        }
    }
    for text in [
        format!("  {fine}  "),
        format!("'{fine}'"),
        format!("export GH_TOKEN=\"{fine}\""),
        format!("\x1b[38;5;208m{fine}\x1b[0m"),
        format!("\x1b[33m{}\x1b[0m\r\x1b[33m{}\x1b[0m", &fine[..80], &fine[80..]),
        format!("\u{feff}{}\u{200b}{}", &fine[..20], &fine[20..]),
    ] {
        pastes.push((text, fine.clone()));
    }
    let both = |(text, token): (String, String)| {
        [(format!("{text}\r"), token.clone()), (format!("{BEGINS}{text}\x1b[201~\r"), token)]
    };
    at_once(pastes.into_iter().flat_map(both), |(keys, token)| {
        let github = Loopback::start(|_| Answer::json(200, &json!({ "login": "ada" })));
        let home = Home::new();
        home.write_config(&format!("[github]\napi_url = \"{}\"\n", github.url()));
        let mut terminal = shell(&home, "wick github login");
        terminal.wait_for(paste(github.url().trim_start_matches("http://")).as_str());
        terminal.type_in(&keys);
        let (_, drawn) = ended(&home, terminal);
        // It gets that far: there is no keyring here to keep it in.
        assert!(drawn.contains(&wick::words::keyring::error(&KeyringError::Absent)), "{keys:?}: {drawn}");
        assert!(!drawn.contains("EXAMPLE"), "{keys:?}: {drawn}");
        let sent: Vec<String> = github.asked().iter().map(|asked| asked.header("authorization").to_owned()).collect();
        assert_eq!(sent, [format!("Bearer {token}")], "{keys:?}");
    });
}
