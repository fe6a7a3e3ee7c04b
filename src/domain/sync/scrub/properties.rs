//! What holds of everything that others say, not of the examples alone.

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD};
use proptest::prelude::*;

use super::scrubbed;
use crate::domain::properties::cases;
use crate::domain::secret::Secret;

/// A token as it may come back, with what stood before it in whatever was encoded.
fn written(form: usize, token: &str, before: &str) -> String {
    let whole = format!("{before}{token}");
    let each = |form: fn(u8) -> String| token.bytes().map(form).collect();
    match form {
        0 => token.to_owned(),
        1 => token.chars().rev().collect(),
        2 => BASE64_STANDARD.encode(whole),
        3 => BASE64_STANDARD_NO_PAD.encode(whole),
        4 => BASE64_URL_SAFE.encode(whole),
        5 => BASE64_URL_SAFE_NO_PAD.encode(whole),
        6 => each(|byte| format!("{byte:02x}")),
        7 => each(|byte| format!("{byte:02X}")),
        8 => each(|byte| format!("%{byte:02x}")),
        9 => each(|byte| format!("%{byte:02X}")),
        10 => each(|byte| format!("\\u{byte:04x}")),
        11 => each(|byte| format!("\\u{byte:04X}")),
        12 => each(|byte| format!("={byte:02X}")),
        13 => each(|byte| format!("\\x{byte:02x}")),
        14 => each(|byte| format!("0x{byte:02x},")),
        15 => each(|byte| format!("\\{byte:03o}")),
        16 => each(|byte| format!("&#x{byte:x};")),
        _ => each(|byte| format!("{byte},")),
    }
}

fn in_pieces(text: &str, length: usize, between: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    letters.chunks(length).map(|piece| piece.iter().collect()).collect::<Vec<String>>().join(between)
}

fn bare(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).collect()
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn nothing_of_a_token_is_left_however_it_is_written_and_cut(
        token in "sk-ant-oat01-[A-Za-z0-9_-]{20,80}|[A-Za-z0-9+/]{40}",
        form in 0..18usize,
        before in "[a-z]{0,3}",
        length in prop_oneof![4 => Just(usize::MAX), 3 => 4..70usize, 1 => 1..4usize],
        between in prop::sample::select(vec![" ", "\n", "\r\n", "-", ":", ", ", "\u{200b}", "\" \""]),
    ) {
        let encoded = written(form, &token, &before);
        let said = format!("cannot store {} here", in_pieces(&encoded, length, between));
        let shown = scrubbed(&said, &[&Secret::from(token)]);
        let (shown, encoded) = (bare(&shown), bare(&encoded));
        // So long is what twelve letters of the token come to.
        let part = match form { 0..=5 => 12, 6..=9 | 12 => 24, 10..=11 => 60, 14 => 48, _ => 36 };
        for start in 0..=encoded.len().saturating_sub(part) {
            let part = &encoded[start..(start + part).min(encoded.len())];
            prop_assert!(!shown.contains(part), "{} is shown of {}", shown, said);
        }
    }

    #[test]
    fn whatever_is_said_is_one_short_line_that_no_terminal_obeys(
        text in "\\PC{0,300}|[ -~\n\u{1b}\u{202e}\u{200b}]{0,600}|(.|\n){0,80}",
    ) {
        let shown = scrubbed(&text, &[]);
        prop_assert!(shown.chars().count() <= 200);
        let turns = |letter| matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        prop_assert!(!shown.contains(|letter: char| letter.is_control() || turns(letter)), "{:?}", shown);
    }

    #[test]
    fn what_people_say_to_people_stays(
        words in prop::collection::vec("[A-Z]?[a-z]{1,12}[.,:]?|[0-9]{1,4}|\\([a-z]{1,8}\\)", 1..12),
    ) {
        let said = words.join(" ");
        let token = Secret::from("sk-ant-oat01-EXAMPLE-EXAMPLE-EXAMPLE".to_owned());
        prop_assume!(said.chars().count() <= 200);
        prop_assert_eq!(scrubbed(&said, &[&token]), said);
    }
}
