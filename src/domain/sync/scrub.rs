//! What another program or computer said, made fit to be shown: short, one line, and without anything of a secret.

use crate::domain::secret::Secret;

/// What stands in place of a secret.
const REDACTED: &str = "[redacted]";
/// So many characters in a row that also stand in a secret are taken for a part of it.
const PART: usize = 8;
/// More than anyone reads.
const LONGEST: usize = 200;
/// Longer texts are not even looked through.
const LOOKED_AT: usize = 4096;

/// The text without any part of these secrets that is 8 characters or longer, without anything that looks like a token,
/// without characters that a terminal would take for commands, and cut to 200 characters.
pub fn scrubbed(text: &str, secrets: &[&Secret]) -> String {
    let harmless = |letter: char| if letter.is_control() { ' ' } else { letter };
    let plain: Vec<char> = text.chars().take(LOOKED_AT).map(harmless).collect();
    let mut hidden = vec![false; plain.len()];
    for secret in secrets {
        hide_parts(&plain, secret.expose(), &mut hidden);
    }
    hide_tokens(&plain, &mut hidden);
    let mut shown = String::new();
    for (index, letter) in plain.iter().enumerate() {
        if !hidden[index] {
            shown.push(*letter);
        } else if index == 0 || !hidden[index - 1] {
            shown.push_str(REDACTED);
        }
    }
    let words = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.chars().count() <= LONGEST {
        return words;
    }
    words.chars().take(LONGEST - 1).chain(['…']).collect()
}

fn hide_parts(text: &[char], secret: &str, hidden: &mut [bool]) {
    if secret.chars().count() < PART {
        return;
    }
    for start in 0..text.len().saturating_sub(PART - 1) {
        let part: String = text[start..start + PART].iter().collect();
        if secret.contains(&part) {
            hidden[start..start + PART].fill(true);
        }
    }
}

/// How the tokens of Anthropic and GitHub begin.
const BEGINNINGS: [&str; 7] = ["sk-ant-", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"];

/// Also a token that is not ours to know.
fn hide_tokens(text: &[char], hidden: &mut [bool]) {
    // A byte a character, so that a place in one is the same place in the other.
    let whole: String = text.iter().map(|letter| if letter.is_ascii() { *letter } else { ' ' }).collect();
    for beginning in BEGINNINGS {
        for (start, _) in whole.match_indices(beginning) {
            let of_token = |letter: &&char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-');
            let length = text[start..].iter().take_while(of_token).count();
            hidden[start..start + length].fill(true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_part_of_a_secret_is_left_however_it_is_cut() {
        let token = Secret::from("tok-sentinel-0123456789".to_owned());
        let check = |text: &str, expected: &str| assert_eq!(scrubbed(text, &[&token]), expected);
        check("Bad credentials", "Bad credentials");
        check("you sent tok-sentinel-0123456789!", "you sent [redacted]!");
        check("tok-sentin\r\nel-0123456789", "[redacted] [redacted]");
        check("begins tok-senti", "begins [redacted]");
        check("é tok-sentinel-0123456789 é", "é [redacted] é");
    }

    #[test]
    fn what_looks_like_a_token_is_hidden_too() {
        assert_eq!(scrubbed("x ghp_EXAMPLE and é sk-ant-oat01-EXAMPLE.", &[]), "x [redacted] and é [redacted].");
    }

    #[test]
    fn it_is_one_short_line_that_no_terminal_obeys() {
        assert_eq!(scrubbed("a\u{1b}[2J\n  b", &[]), "a [2J b");
        let long = scrubbed(&"word ".repeat(2000), &[]);
        assert!(long.chars().count() == LONGEST && long.ends_with('…'));
    }
}
