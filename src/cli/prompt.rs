//! Questions at the terminal. Where there is none, nobody is asked.

use std::io::{self, IsTerminal, Read};

use crate::domain::secret::Secret;
use crate::words::targets as words;

/// More than any token.
const LONGEST_TOKEN: u64 = 64 * 1024;
/// So many lines of a list fit on every terminal.
const ROWS: usize = 12;

/// Whether someone sits there who can be asked.
pub(super) fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Whether targets get the refresh token; `None` where the question was broken off.
pub(super) fn share_refresh_token() -> Option<bool> {
    let [spent, without] = words::SHARE_MEANING;
    super::output::complaint(&format!("{spent}\n{without}"));
    cliclack::confirm(words::SHARE_PROMPT).initial_value(false).interact().ok()
}

/// Lets someone choose among names; `None` where the choice was broken off.
pub(super) fn pick(names: &[String]) -> Option<Vec<String>> {
    let items: Vec<(String, &str, &str)> = names.iter().map(|name| (name.clone(), name.as_str(), "")).collect();
    cliclack::multiselect(words::PICK).items(&items).max_rows(ROWS).filter_mode().required(false).interact().ok()
}

/// A token from standard input: typed unseen at a terminal, else all that is there.
pub(super) fn token(question: &str) -> io::Result<Secret> {
    if can_ask() {
        return cliclack::password(question).mask('*').interact().map(Secret::from);
    }
    let mut text = zeroize::Zeroizing::new(String::new());
    io::stdin().take(LONGEST_TOKEN).read_to_string(&mut text)?;
    Ok(Secret::from(std::mem::take(&mut *text)))
}
