//! A text in a terminal that is so many columns wide.

/// One line in so many columns. A line that wraps could not be erased: only its last row would be. Half a number would be
/// another one.
pub fn cut(text: &str, columns: usize) -> String {
    if text.chars().count() < columns {
        return text.to_owned();
    }
    let room = columns.saturating_sub(2);
    let end = text.char_indices().nth(room).map_or(text.len(), |(end, _)| end);
    let (kept, rest) = text.split_at(end);
    let is_of_a_word = |letter: char| !letter.is_whitespace();
    let begun = if rest.starts_with(is_of_a_word) { kept.trim_end_matches(is_of_a_word).len() } else { kept.len() };
    let whole = if kept[begun..].contains(|letter: char| letter.is_ascii_digit()) { &kept[..begun] } else { kept };
    format!("{whole}…")
}

/// Lines of so many columns each, broken at blanks. What stands in quotation marks is a command to be copied: it stays in one
/// line, which the terminal itself breaks where it is longer than that.
pub fn wrapped(text: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for part in quoted_whole(text) {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + part.chars().count() <= columns => {
                line.push(' ');
                line.push_str(part);
            }
            _ => lines.push(part.to_owned()),
        }
    }
    lines
}

/// Its words; those in quotation marks are one.
fn quoted_whole(text: &str) -> Vec<&str> {
    let (mut parts, mut begun, mut is_quoted) = (Vec::new(), 0, false);
    for (at, letter) in text.char_indices() {
        match letter {
            '"' => is_quoted = !is_quoted,
            ' ' if !is_quoted => {
                parts.push(&text[begun..at]);
                begun = at + 1;
            }
            _ => {}
        }
    }
    let rest = &text[begun..];
    // A mark without its fellow is no quotation.
    if is_quoted {
        parts.extend(rest.split(' '));
    } else {
        parts.push(rest);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    // See: https://github.com/travis-ci/travis-ci/issues/6896
    #[test]
    fn a_line_is_cut_beside_its_numbers() {
        let text = "Access token: 2h 59m left";
        for columns in 0..40 {
            let cut = cut(text, columns);
            assert!(cut.chars().count() <= columns.max(1), "{columns}: {cut}");
            let Some(kept) = cut.strip_suffix('…') else { continue };
            assert!(text.starts_with(kept), "{columns}: {cut}");
            let (last, next) = (kept.split(' ').next_back(), text[kept.len()..].split(' ').next());
            let word = [last, next].map(Option::unwrap_or_default).concat();
            let is_whole =
                last == Some("") || next == Some("") || !word.contains(|letter: char| letter.is_ascii_digit());
            assert!(is_whole, "{columns}: {cut}");
        }
        assert_eq!((cut(text, 20).as_str(), cut(text, 80).as_str()), ("Access token: 2h …", text));
    }

    #[test]
    fn a_text_is_wrapped_at_blanks_and_a_command_is_not_torn() {
        let text = "expired 08:00; run \"wick refresh --force\", or use Claude Code";
        let check = |columns: usize, lines: &[&str]| assert_eq!(wrapped(text, columns), lines, "{columns}");
        check(80, &[text]);
        check(30, &["expired 08:00; run", "\"wick refresh --force\", or use", "Claude Code"]);
        check(16, &["expired 08:00;", "run", "\"wick refresh --force\",", "or use Claude", "Code"]);
        assert_eq!(wrapped("", 10), [""]);
        assert_eq!(wrapped("5\" of wax left", 8), ["5\" of", "wax left"]);
        for columns in 1..70 {
            assert_eq!(wrapped(text, columns).join(" "), text, "{columns}");
            let longest = wrapped(text, columns).iter().map(|line| line.chars().count()).max().unwrap_or_default();
            assert!(longest <= columns.max("\"wick refresh --force\",".len()), "{columns}");
        }
    }
}
