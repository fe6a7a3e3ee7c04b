//! What a command or a server says of what it was given: shown at a terminal, and nothing of the secret with it. The first byte
//! says how the secret is written and in pieces of what length, the rest is what stands around it.

#![no_main]

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use libfuzzer_sys::fuzz_target;
use wick::domain::secret::Secret;
use wick::domain::sync::scrub::scrubbed;

const TOKEN: &str = "sk-ant-oat01-Qx7Zr9Kd3Vn5Lw8Hb2Tj6Mf4Pc1Gy0Ss";

fn written(form: u8) -> String {
    let each = |form: fn(u8) -> String| TOKEN.bytes().map(form).collect();
    match form % 8 {
        0 => TOKEN.to_owned(),
        1 => TOKEN.chars().rev().collect(),
        2 => BASE64_STANDARD.encode(TOKEN),
        3 => BASE64_URL_SAFE_NO_PAD.encode(format!("a{TOKEN}")),
        4 => BASE64_STANDARD.encode(format!("ab{TOKEN}z")),
        5 => each(|byte| format!("{byte:02x}")),
        6 => each(|byte| format!("%{byte:02X}")),
        _ => each(|byte| format!("\\u{byte:04x}")),
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Some((form, around)) = bytes.split_first() else { return };
    let around = String::from_utf8_lossy(around);
    let (before, after) =
        around.split_at(around.char_indices().nth(around.chars().count() / 2).map_or(0, |(at, _)| at));
    let form_of_it = written(*form);
    let shown = scrubbed(&format!("{before} {form_of_it} {after}"), &[&Secret::from(TOKEN.to_owned())]);
    assert!(shown.chars().count() <= 200, "longer than anyone reads");
    assert!(!shown.contains(char::is_control), "{shown:?}");
    let bare = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
    // What was around it before may be like a part of it by itself.
    let (shown, around, token) = (bare(&shown), bare(&around), bare(&form_of_it));
    for start in 0..token.len().saturating_sub(16) {
        let part = &token[start..start + 16];
        assert!(!shown.contains(part) || around.contains(part), "{part} of the token in {shown}");
    }
});
