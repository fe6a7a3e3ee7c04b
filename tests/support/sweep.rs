//! The sweep: every token of every test begins with one word, and nothing that leaves the program has that word, in no
//! form in which tokens have been seen to leave programs.

pub mod stranger;
#[cfg(target_os = "linux")]
pub mod witness;

use std::sync::LazyLock;

use base64::Engine;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};

use super::credential::SENTINEL;

/// The word in each form, and what the form is called.
static FORMS: LazyLock<Vec<(String, String)>> = LazyLock::new(|| forms(SENTINEL));

fn forms(word: &str) -> Vec<(String, String)> {
    let each = |form: fn(u8) -> String| word.bytes().map(form).collect::<String>();
    let mut forms = vec![
        ("plain", word.to_owned()),
        ("reversed", word.chars().rev().collect()),
        ("hex", each(|byte| format!("{byte:02x}"))),
        ("hex in upper case", each(|byte| format!("{byte:02X}"))),
        ("percent", each(|byte| format!("%{byte:02x}"))),
        ("percent in upper case", each(|byte| format!("%{byte:02X}"))),
        ("percent where it must be", word.replace('-', "%2D")),
        ("JSON escapes", each(|byte| format!("\\u{byte:04x}"))),
        ("JSON escapes in upper case", each(|byte| format!("\\u{byte:04X}"))),
        ("decimal", word.bytes().map(|byte| byte.to_string()).collect::<Vec<_>>().join(",")),
        ("UTF-16", each(|byte| format!("{}\0", char::from(byte)))),
    ]
    .into_iter()
    .map(|(name, form)| (name.to_owned(), form))
    .collect::<Vec<_>>();
    for (alphabet, engine) in [("base64", BASE64_STANDARD_NO_PAD), ("URLs' base64", BASE64_URL_SAFE_NO_PAD)] {
        for before in 0..3 {
            // Letters that also depend on what stands before or behind the word are left out.
            let encoded = engine.encode([&vec![0; before], word.as_bytes()].concat());
            let whole = encoded[(before * 8).div_ceil(6)..(before + word.len()) * 8 / 6].to_owned();
            forms.push((format!("{alphabet}, {before} bytes in"), whole));
        }
    }
    forms
}

fn without_separators(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).collect()
}

/// The form in which a token is in it, if one is, also where it is cut into pieces by spaces, signs or line breaks.
pub fn token_in(bytes: &[u8]) -> Option<&'static str> {
    let text = String::from_utf8_lossy(bytes);
    let joined = without_separators(&text);
    let is_in = |form: &str| text.contains(form) || joined.contains(&without_separators(form));
    FORMS.iter().find(|(_, form)| is_in(form)).map(|(name, _)| name.as_str())
}

/// Fails where a token is in it.
pub fn check(what: &str, bytes: impl AsRef<[u8]>) {
    let bytes = bytes.as_ref();
    if let Some(form) = token_in(bytes) {
        panic!("{what} has a token ({form}):\n{}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn a_token_is_found_in_every_form_and_nothing_else_is_taken_for_one() {
    let token = format!("{SENTINEL}-access-1");
    for (before, behind) in [("", ""), ("a", "b"), ("ab", "ba"), ("abc", "?~é")] {
        let text = format!("{before}{token}{behind}");
        for (name, form) in forms(&token) {
            assert!(token_in(format!("x {form} y").as_bytes()).is_some(), "{name}");
        }
        for found in [
            BASE64_STANDARD_NO_PAD.encode(&text),
            BASE64_URL_SAFE_NO_PAD.encode(&text),
            text.bytes().map(|byte| format!("{byte:02x} ")).collect(),
            text.bytes().map(|byte| format!("{byte:02X}:")).collect(),
            text.chars().map(|letter| format!("{letter} ")).collect(),
            BASE64_STANDARD_NO_PAD.encode(&text).replace('V', "V\n"),
        ] {
            assert!(token_in(found.as_bytes()).is_some(), "{found}");
        }
    }
    for harmless in ["", "sentinel", "token-sentimental", "tok", "fresh, 3h 12m left"] {
        assert_eq!(token_in(harmless.as_bytes()), None, "{harmless}");
    }
}
