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

/// These texts in one row, or where that is too long each in rows of its own. The terminal itself breaks none, so that
/// [`over()`] erases them all.
pub fn rows(texts: &[&str], columns: usize) -> Vec<String> {
    let whole = texts.join(" | ");
    if whole.chars().count() < columns {
        return vec![whole];
    }
    let broken = texts.iter().flat_map(|text| wrapped(text, columns.saturating_sub(1).max(1)));
    broken.map(|row| cut(&row, columns)).collect()
}

/// What brings a terminal back to the first of so many rows, and erases them.
pub fn over(rows: usize) -> String {
    let up = if rows > 1 { format!("\u{1b}[{}A", rows - 1) } else { String::new() };
    format!("\r{up}\u{1b}[J")
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

/// So wide a column of text is worth reading; what is narrower stands below its head instead.
const NARROW: usize = 24;
/// How far it is put in there.
const BELOW: usize = 10;

/// A line of help in so many columns: what is too long goes on under its own column, or under what follows a label.
pub fn hung(line: &str, columns: usize) -> Vec<String> {
    if line.chars().count() <= columns {
        return vec![line.to_owned()];
    }
    let begun = line.len() - line.trim_start().len();
    let gap = line[begun..].find("  ").map(|at| begun + at);
    let label = line.find(' ').filter(|end| line[..*end].ends_with(':'));
    let column = gap.map(|gap| line.len() - line[gap..].trim_start().len());
    let (head, text) = line.split_at(column.or(label.map(|end| end + 1)).unwrap_or(begun));
    let indent = head.chars().count();
    let is_below = gap.is_some() && columns < indent + NARROW;
    let indent = if is_below { BELOW } else { indent };
    let mut lines = wrapped(text, columns.saturating_sub(indent).max(1));
    for (number, line) in lines.iter_mut().enumerate() {
        let is_first = number == 0 && !is_below;
        *line = if is_first { format!("{head}{line}") } else { format!("{:indent$}{line}", "") };
    }
    if is_below {
        lines.insert(0, head.trim_end().to_owned());
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
    fn clocks_that_do_not_fit_into_one_row_have_one_each() {
        let texts = ["Access token: 2h 59m left", "Sign-in: 29d left"];
        assert_eq!(rows(&texts, 46), ["Access token: 2h 59m left | Sign-in: 29d left"]);
        assert_eq!(rows(&texts, 45), texts);
        assert_eq!(rows(&texts, 20), ["Access token: 2h", "59m left", texts[1]]);
        assert_eq!(rows(&["\"a long command\" left"], 10), ["\"a long …", "left"]);
        assert_eq!([over(0), over(1), over(3)], ["\r\u{1b}[J", "\r\u{1b}[J", "\r\u{1b}[2A\u{1b}[J"]);
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

    #[test]
    fn a_line_of_help_goes_on_under_its_own_column() {
        let check = |line: &str, columns: usize, lines: &[&str]| assert_eq!(hung(line, columns), lines, "{columns}");
        let option = "  -q, --quiet  Print only errors, and the answer";
        check(option, 80, &[option]);
        check(option, 39, &["  -q, --quiet  Print only errors, and", "               the answer"]);
        check(option, 30, &["  -q, --quiet", "          Print only errors,", "          and the answer"]);
        check("Usage: wick sync [OPTIONS] [TARGET]", 30, &["Usage: wick sync [OPTIONS]", "       [TARGET]"]);
        check("        put in, without columns", 20, &["        put in,", "        without", "        columns"]);
        check("A sentence: not a label", 16, &["A sentence: not", "a label"]);
        for columns in 1..60 {
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            assert_eq!(words(&hung(option, columns).join("\n")), words(option), "{columns}");
        }
    }
}
