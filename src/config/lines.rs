//! How a file ends its lines, which an edit of it keeps.

/// What Windows' editors put before a file's text.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Edits a text whose lines end in `\n` alone, and gives each line of the outcome the end that it had: `\r\n`, or none
/// for the last one. What is new ends as most of the text does.
pub(super) fn keep_ends<E>(text: &str, edit: impl FnOnce(&str) -> Result<String, E>) -> Result<String, E> {
    let (mark, text) = text.strip_prefix(BYTE_ORDER_MARK).map_or(("", text), |rest| (BYTE_ORDER_MARK, rest));
    let edited = edit(&text.replace("\r\n", "\n"))?;
    let lines: Vec<(&str, &str)> = text.split_inclusive('\n').map(parted).collect();
    let count = |usual: &str| lines.iter().filter(|(_, end)| *end == usual).count();
    let usual = if count("\r\n") > count("\n") { "\r\n" } else { "\n" };
    let (mut result, mut rest) = (mark.to_owned(), lines.as_slice());
    for (line, _) in edited.split_inclusive('\n').map(parted) {
        let same = rest.iter().position(|(old, _)| *old == line);
        let end = same.map(|at| rest[at].1).filter(|end| !end.is_empty()).unwrap_or(usual);
        rest = &rest[same.map_or(0, |at| at + 1)..];
        result.push_str(line);
        result.push_str(end);
    }
    let had_no_end = lines.last().is_some_and(|(_, end)| end.is_empty());
    let kept = result.trim_end_matches(['\r', '\n']).len();
    result.truncate(if had_no_end { kept } else { result.len() });
    Ok(result)
}

/// A line and its end.
fn parted(line: &str) -> (&str, &str) {
    let end = ["\r\n", "\n", ""].into_iter().find(|end| line.ends_with(end)).unwrap_or_default();
    (&line[..line.len() - end.len()], end)
}
