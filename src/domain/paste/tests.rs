use super::echo::Echo;
use super::find::{Shape, Unclear, find};
use super::plain::plain;
use super::typed::{Key, Typed};
use crate::domain::secret::Secret;

const SHAPE: Shape = Shape { beginning: "sk-ant-oat01-", length: 108 };
const ROUNDS: u64 = 3000;

/// An invented token, another one for each seed.
fn token(random: &mut fastrand::Rng) -> String {
    let letter = |random: &mut fastrand::Rng| match random.u8(0..12) {
        0 => '-',
        1 => '_',
        _ => random.alphanumeric(),
    };
    let rest: String = std::iter::repeat_with(|| letter(random)).take(93).collect();
    format!("sk-ant-oat01-{rest}AA")
}

fn found(text: &str) -> Result<String, Unclear> {
    find(&plain(&Secret::from(text.to_owned())), &[SHAPE]).map(|token| token.expose().to_owned())
}

/// The text in lines of so many characters, as a terminal breaks it, whatever stands before it.
fn wrapped(text: &str, columns: usize, line_break: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    letters.chunks(columns).map(|line| line.iter().collect::<String>()).collect::<Vec<_>>().join(line_break)
}

fn one_of<'a>(random: &mut fastrand::Rng, choices: &[&'a str]) -> &'a str {
    choices[random.usize(0..choices.len())]
}

/// A token as people come to copy it.
fn dressed(token: &str, random: &mut fastrand::Rng) -> String {
    let name = one_of(random, &["", "", "CLAUDE_CODE_OAUTH_TOKEN=", "export CLAUDE_CODE_OAUTH_TOKEN=", "$ export T="]);
    let quote = one_of(random, &["", "", "\"", "'", "`", "“"]);
    let line_break = one_of(random, &["\n", "\r\n", "\r", "\n ", " \n  ", "\n> ", " │\n│ ", " \\\n", "\u{200b}\n"]);
    let columns = [25, 40, 79, 80, 100, 107, 132, 400][random.usize(0..8)];
    let mut text = wrapped(&format!("{name}{quote}{token}"), columns, line_break);
    // From the end on, so that none is strewn into another.
    let mut places: Vec<usize> = (0..random.usize(0..4)).map(|_| random.usize(0..=text.len())).collect();
    places.sort_unstable_by(|one, other| other.cmp(one));
    for at in places.into_iter().filter(|at| text.is_char_boundary(*at)).collect::<Vec<_>>() {
        let code = ["\u{200b}", "\u{feff}", "\x1b[0m", "\x1b[38;5;208m", "\x1b[K", "\0", "\x1b]8;;\x07"];
        text.insert_str(at, one_of(random, &code));
    }
    let before = one_of(
        random,
        &["", "", "\n", "  ", "\u{a0}", "Your OAuth token (valid for 1 year):\r\n\r\n ", "\x1b[2A", "> "],
    );
    let after = one_of(
        random,
        &[
            "",
            "\n",
            "\r\n\r\n Store this token securely. You won't be able to see it again.",
            "\x1b[3C\n$ ",
            ".",
            ", thanks",
        ],
    );
    format!("{before}{text}{}{after}", if quote.is_empty() { "" } else { quote })
}

#[test]
fn however_it_is_dressed_the_token_is_found() {
    for seed in 0..ROUNDS {
        let mut random = fastrand::Rng::with_seed(seed);
        let token = token(&mut random);
        let text = dressed(&token, &mut random);
        assert_eq!(found(&text).as_ref(), Ok(&token), "{seed}: {text:?}");
        // The same one again is still one.
        let again = format!("{text}\n\n{}", dressed(&token, &mut random));
        assert_eq!(found(&again).as_ref(), Ok(&token), "{seed}: {again:?}");
        let other = self::token(&mut random);
        assert_eq!(found(&format!("{text}\nor {other}")), Err(Unclear::Several(2)), "{seed}: {text:?}");
    }
}

#[test]
fn what_was_cut_is_never_taken_for_a_token() {
    for seed in 0..ROUNDS {
        let mut random = fastrand::Rng::with_seed(seed);
        let token = token(&mut random);
        let kept = random.usize(13..108);
        let text = dressed(&token[..kept], &mut random);
        assert!(matches!(found(&text), Err(Unclear::Half { of: 108, .. })), "{seed}: {text:?}");
        let end = dressed(&token[108 - kept.min(90)..], &mut random);
        assert!(found(&end).is_err(), "{seed}: {end:?}");
        // Nor with anything that stands after it.
        let noise: String = std::iter::repeat_with(|| one_of(&mut random, &["ab ", "done\n", "4ae3f1\n", " ", "x.y "]))
            .take(20)
            .collect();
        let text = format!("{}\n{noise}", &token[..79]);
        assert!(found(&text).is_err(), "{seed}: {text:?}");
    }
}

#[test]
fn the_first_line_of_a_wrapped_one_is_counted() {
    let token = token(&mut fastrand::Rng::with_seed(1));
    assert_eq!(found(&token[..79]), Err(Unclear::Half { characters: 79, of: 108 }));
    assert_eq!(
        found(&format!("{}\nStore this token securely", &token[..79])),
        Err(Unclear::Half { characters: 79, of: 108 })
    );
    assert_eq!(found(" \n"), Err(Unclear::Nothing));
    assert_eq!(found("hunter2"), Err(Unclear::Unlike));
    assert_eq!(found(&token.replace("oat", "api")), Err(Unclear::Unlike));
    assert_eq!(
        found(&format!("{token}{}", "x".repeat(200))),
        Err(Unclear::TooLong { characters: token.len() + 200, of: 108 }),
        "it runs on"
    );
    assert_eq!(found(&format!("{token}{token}")), Ok(token));
}

/// What Claude Code 2.1.332 wrote into a pipe.
#[test]
fn it_is_found_in_what_claude_code_writes() {
    let token = token(&mut fastrand::Rng::with_seed(2));
    let text = format!(
        "\x1b[?2004h\x1b[?1004hWelcome to Claude Code v2.1.332\r\n\r\n This will guide you through long-lived (1-year) auth \
         token setup\r\n \x1b]8;id=x;https://claude.ai/oauth/authorize?a=b\x07https://claude.ai/oauth/authorize?a=b\x1b]8;;\x07\r\n\
         Paste code here if prompted\r\n │ \x1b[7m \x1b[27m │\x1b[3C\x1b[2A\x1b[20D\x1b[2BWelcome\r\n\r\n Your OAuth token (valid \
         for 1 year):\r\n\r\n {token}\r\n\r\n Store this token securely. You won't be able to see it again.\r\n\r\n Use this token \
         by setting: export CLAUDE_CODE_OAUTH_TOKEN=<token>\r\n\r\n\x1b[>4m\x1b[<u\x1b[?25h"
    );
    assert_eq!(found(&text).as_ref(), Ok(&token));
    let shown = String::from_utf8(Echo::default().take(text.as_bytes())).expect("text");
    let (before, _) = text.split_once(&token[7..]).expect("it stands there");
    assert_eq!(shown, format!("{before}…\r\n\x1b[>4m\x1b[<u\x1b[?25h"), "and the terminal is left as it was");
}

/// What a program shows beside a token, in ways that only a terminal makes something of.
fn drawn(token: &str, random: &mut fastrand::Rng) -> String {
    let between = [
        "\x1b[2B\x1b[20D",
        "\x1b[1A\x1b[1A",
        "\x1b[H",
        "\x1b[3;1H\r\n\r\n",
        "\r\n\r\n",
        "\n\n\n",
        "\x1b7\x1b8",
        "\x1b[2J\x1b[J",
        "\x1b]0;title\x07",
        "\x1b]8;;https://claude.ai\x1b\\",
        "\x1b[12\n",
        "\x1b]0;cut\n",
        "\u{9b}5m",
        "\u{9d}0;x\u{9c}",
    ];
    let cut = random.usize(1..token.len());
    let text = format!("{}{}{}", &token[..cut], one_of(random, &between), &token[cut..]);
    match random.u8(0..6) {
        0 => format!("\x1b]0;{token}\x07"),
        1 => format!("\x1b]8;;https://claude.ai/?t={token}\x1b\\{}", &token[30..]),
        2 => format!("\x1bP{token}\x1b\\"),
        3 => format!("\x1b]0;{}\x1b[K{}\x07", &token[..cut], &token[cut..]),
        4 => format!("\u{9d}0;{token}\u{9c}"),
        _ => text,
    }
}

#[test]
fn however_it_is_drawn_an_echo_has_no_part_of_a_token() {
    for seed in 0..2 * ROUNDS {
        let mut random = fastrand::Rng::with_seed(seed);
        let token = token(&mut random);
        let dressed = if seed % 2 == 0 { dressed(&token, &mut random) } else { drawn(&token, &mut random) };
        let text = format!("sign in here\r\n\r\n{dressed}\r\n\r\nagain {}\x1b[?25h", drawn(&token, &mut random));
        let (mut echo, mut shown, mut rest) = (Echo::default(), Vec::new(), text.as_bytes());
        while !rest.is_empty() {
            let (now, later) = rest.split_at(random.usize(1..=rest.len()));
            shown.extend(echo.take(now));
            rest = later;
        }
        let shown = String::from_utf8_lossy(&shown);
        assert!(shown.starts_with("sign in here"), "{seed}: {shown:?}");
        let bare: String = shown.chars().filter(char::is_ascii_alphanumeric).collect();
        let bare_token: String = token.chars().filter(char::is_ascii_alphanumeric).collect();
        for part in bare_token.as_bytes()[10..].windows(8) {
            let part = std::str::from_utf8(part).expect("ASCII");
            assert!(!bare.contains(part), "{seed}: {part} of {text:?} in {shown:?}");
        }
    }
}

/// A terminal would put that into the clipboard of whoever sits there.
#[test]
fn an_echo_has_no_token_in_another_form() {
    let shown = Echo::default()
        .take(b"copied \x1b]52;c;c2stYW50LW9hdDAxLUVYQU1QTEU=\x07: \x1b]8;;https://claude.ai\x07go\x1b]8;;\x07");
    assert_eq!(String::from_utf8_lossy(&shown), "copied : \x1b]8;;https://claude.ai\x07go\x1b]8;;\x07");
}

fn typed(keys: &str) -> (Typed, Option<Key>) {
    let mut typed = Typed::default();
    let last = keys.bytes().map(|byte| typed.take(byte)).last();
    (typed, last)
}

#[test]
fn a_paste_ends_where_the_terminal_says_so() {
    let (all, last) = typed("\x1b[200~one\rtwo\r\n\x03\x1b[201~");
    assert_eq!((all.is_ended(), all.is_pasting(), last), (false, false, Some(Key::Pasted)));
    assert_eq!(all.text().expose(), "one\rtwo\r\n\x03");
    assert!(typed("\x1b[200~one\r\x1b[201~\r").0.is_ended());
    assert!(typed("\x1b[200~one\r").0.is_pasting());
    assert!(typed("one\rtwo").0.is_ended(), "where the terminal says nothing");
}

#[test]
fn keys_do_what_they_do_in_a_shell() {
    assert_eq!(typed("abé\x7f\x7fc").0.text().expose(), "ac");
    assert_eq!(typed("\x7fab\x15c").0.text().expose(), "c");
    assert_eq!(typed("ab\x03").1, Some(Key::Interrupt));
    assert_eq!(typed("ab\x04").1, Some(Key::Last));
}
