use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};

use super::*;

const TOKEN: &str = "sk-ant-oat01-EXAMPLE_q7Zx3LmP9vRt2KsW8yBn4Gd6";

fn token() -> Secret {
    Secret::from(TOKEN.to_owned())
}

fn each(bytes: &str, write: impl Fn(u8) -> String) -> String {
    bytes.bytes().map(write).collect()
}

fn in_pieces(text: &str, length: usize, between: &str) -> String {
    text.as_bytes().chunks(length).map(|piece| String::from_utf8_lossy(piece)).collect::<Vec<_>>().join(between)
}

fn reversed(text: &str) -> String {
    text.chars().rev().collect()
}

/// How programs write what they were given when they complain of it.
fn ways() -> Vec<(&'static str, String)> {
    let whole = format!("{{\"NAME\":\"{TOKEN}\"}}");
    vec![
        ("as it is", TOKEN.to_owned()),
        ("base64", BASE64_STANDARD.encode(TOKEN)),
        ("base64, a byte later", BASE64_STANDARD.encode(format!("x{TOKEN}"))),
        ("base64, two bytes later", BASE64_STANDARD.encode(format!("xy{TOKEN}?"))),
        ("base64 for addresses", BASE64_URL_SAFE.encode(&whole)),
        ("base64, wrapped", in_pieces(&BASE64_STANDARD.encode(&whole), 16, "\n")),
        ("base64, backwards", reversed(&BASE64_STANDARD.encode(&whole))),
        ("hex", hex::encode(TOKEN)),
        ("hex, upper case", hex::encode_upper(TOKEN)),
        ("hex with colons", in_pieces(&hex::encode(TOKEN), 2, ":")),
        ("hex in groups", in_pieces(&hex::encode(TOKEN), 4, " ")),
        ("percent", each(TOKEN, |byte| format!("%{byte:02X}"))),
        ("percent of percent", each(TOKEN, |byte| format!("%25{byte:02x}"))),
        ("JSON escapes", each(TOKEN, |byte| format!("\\u{byte:04x}"))),
        ("JSON escapes within JSON", each(TOKEN, |byte| format!("\\\\u{byte:04X}"))),
        ("a program's escapes", each(TOKEN, |byte| format!("\\x{byte:02x}"))),
        ("a program's numbers", each(TOKEN, |byte| format!("0x{byte:02x}, "))),
        ("a list of bytes", each(TOKEN, |byte| format!("{byte}, "))),
        ("octal escapes", each(TOKEN, |byte| format!("\\{byte:03o}"))),
        ("a page's escapes", each(TOKEN, |byte| format!("&#{byte};"))),
        ("a page's other escapes", each(TOKEN, |byte| format!("&#x{byte:x};"))),
        ("quoted for mail", each(TOKEN, |byte| format!("={byte:02X}"))),
        ("backwards", reversed(TOKEN)),
        ("in pieces", in_pieces(TOKEN, 3, " ")),
        ("in pieces with escaped ends", in_pieces(TOKEN, 5, "\\n")),
        ("spelled", in_pieces(TOKEN, 1, "-")),
        ("with what nobody sees", in_pieces(TOKEN, 4, "\u{200b}")),
        ("from right to left", format!("\u{202e}{}\u{202c}", reversed(TOKEN))),
        ("upper case", TOKEN.to_uppercase()),
    ]
}

#[test]
fn no_part_of_a_secret_is_left_however_it_is_written() {
    for (way, written) in ways() {
        let shown = scrubbed(&format!("cannot store {written}, sorry"), &[&token()]);
        let (before, after) = ("cannot store", "sorry");
        assert!(shown.starts_with(before) && shown.contains(REDACTED), "{way}: {shown}");
        let left = shown.replace(REDACTED, "").replace(before, "").replace(after, "");
        let left = left.chars().filter(|letter| letter.is_alphanumeric()).count();
        assert!(left <= 4, "{way}: {shown}");
    }
}

#[test]
fn a_secret_without_digits_and_of_words_is_found_too() {
    let token = Secret::from("tok-sentinel-access".to_owned());
    for written in [BASE64_STANDARD.encode("\"tok-sentinel-access\""), hex::encode("tok-sentinel-access")] {
        // The letters of base64 at an edge are of what stands beside it, too.
        let shown = scrubbed(&in_pieces(&written, 6, " "), &[&token]);
        assert!(shown.replace(REDACTED, "").trim().len() <= 4, "{shown}");
    }
}

#[test]
fn an_escape_that_is_itself_in_pieces_is_still_read() {
    for escape in [|byte| format!("\\u{byte:04x}"), |byte| format!("\\x{byte:02x}"), |byte| format!("\\{byte:03o}")] {
        let written: String = TOKEN.bytes().map(escape).collect();
        for (length, between) in [(1, " "), (3, "\n"), (5, "\u{200b}-")] {
            let shown = scrubbed(&in_pieces(&written, length, between), &[&token()]);
            let left = shown.replace(REDACTED, "").chars().filter(char::is_ascii_alphanumeric).count();
            assert!(left <= 6, "{shown}");
        }
    }
}

#[test]
fn a_part_is_hidden_and_what_stands_beside_it_is_not() {
    let token = Secret::from("tok-sentinel-0123456789".to_owned());
    let check = |text: &str, expected: &str| assert_eq!(scrubbed(text, &[&token]), expected);
    check("Bad credentials", "Bad credentials");
    check("you sent tok-sentinel-0123456789!", "you sent [redacted]!");
    check("tok-sentin\r\nel-0123456789", "[redacted]");
    check("begins tok-senti", "begins [redacted]");
    check("é tok-sentinel-0123456789 é", "é [redacted] é");
}

#[test]
fn what_looks_like_a_token_is_hidden_too() {
    assert_eq!(scrubbed("x ghp_EXAMPLE and é sk-ant-oat01-EXAMPLE.", &[]), "x [redacted] and é [redacted].");
    assert_eq!(without_tokens("/home/ada/é/SK-ant-oat01-EXAMPLE/x"), "/home/ada/é/[redacted]/x");
    assert!(has_token("acme/ghp_EXAMPLE"));
    for name in ["acme/api#dependabot", "acme/ghp_cli", "WEIGHS_HEAVILY_ON", "task-anthology"] {
        assert!(!has_token(name), "{name}");
    }
}

#[test]
fn what_is_no_word_is_hidden_and_what_people_read_is_not() {
    for opaque in
        ["q7Zx3LmP9vRt2KsW8yBn", "qzxwvutsrqponmlkjihgfedcb", "KRUGS4ZANFZSA5DFON2A", "a/q7Zx3LmP9vRt2KsW8yBn+b="]
    {
        assert_eq!(scrubbed(&format!("at {opaque}!"), &[]), "at [redacted]!");
    }
    assert_eq!(scrubbed("at \\u0074\\u006f\\u006b!", &[]), "at [redacted]!");
    for plain in [
        "caf\\u00e9%20au%20lait",
        "Resource not accessible by personal access token",
        "ResourceNotFoundException: https://docs.github.com/rest/actions/secrets#create-or-update",
        "2026-11-26T10:25:25.123456Z /home/ada/projects/internationalization/main.rs:120",
        "CLAUDE_CODE_OAUTH_TOKEN_EXPIRES_AT has 1800000000000",
    ] {
        assert_eq!(scrubbed(plain, &[&token()]), plain);
    }
}

#[test]
fn it_is_one_short_line_that_no_terminal_obeys() {
    assert_eq!(scrubbed("a\u{1b}[2J\n  b", &[]), "a b");
    assert_eq!(scrubbed("a\u{202e}b\u{2066}c\u{200b}d\u{feff}", &[]), "abcd");
    let long = scrubbed(&"word ".repeat(2000), &[]);
    assert!(long.chars().count() == LONGEST && long.ends_with('…'));
}
