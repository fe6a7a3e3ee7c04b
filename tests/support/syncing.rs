//! A loop that syncs: its usual beginning, what happens beside it, what a person clicks and reads.

use wick::domain::action::Action;
use wick::domain::state::event::Event;
use wick::domain::time::EpochMillis;
use wick::ports::screen::Entry;

use super::credential::CredentialText;
use super::fakes::START;
use super::scenario::Scenario;

pub const HOUR: i64 = 3600;
pub const ACCESS: &str = "CLAUDE_ACCESS_TOKEN";

/// A credential whose access token has this in its name, and ends so much after the start.
pub fn ending(seconds: i64, token: &str) -> String {
    let text = CredentialText::ending(EpochMillis((START + seconds) * 1000)).json();
    text.replace("sentinel-access", &format!("sentinel-{token}"))
}

/// A config with these repositories, which get the refresh token too.
pub fn config(automatic: bool, repositories: &[&str]) -> String {
    let targets: String = repositories.iter().map(|name| format!("[[targets]]\nrepo = \"{name}\"\n")).collect();
    format!("[sync]\nautomatic = {automatic}\nshare_refresh_token = true\n{targets}")
}

impl Scenario {
    /// Signed in for seven hours with the access token `one`, over that config.
    pub fn syncing(automatic: bool, repositories: &[&str]) -> Self {
        Self::start_with_config(&ending(7 * HOUR, "one"), &config(automatic, repositories))
    }

    /// Somebody refreshes: now it is another access token.
    pub fn put_token(&self, token: &str) {
        self.store.put(&ending(7 * HOUR, token));
    }

    /// The access token that this place holds, without what all of them begin with.
    pub fn sent(&self, place: &str) -> Option<String> {
        let held = self.github.secret(place, ACCESS)?;
        Some(held.strip_prefix("tok-sentinel-").expect("one of this test's").to_owned())
    }

    /// The line of this target.
    pub fn line(&self, target: &str) -> String {
        let found = self.view().menu.into_iter().find_map(|entry| match entry {
            Entry::Button(Action::SyncTarget(_), text) if text.contains(&format!(" {target}: ")) => Some(text),
            _ => None,
        });
        found.unwrap_or_else(|| panic!("no {target} in {:?}", self.view().menu))
    }

    pub fn click(&self, wanted: &str) {
        let action = self.view().menu.into_iter().find_map(|entry| match entry {
            Entry::Button(action, text) if text.contains(wanted) => Some(action),
            _ => None,
        });
        self.send(Event::Chosen(action.expect("the item is there")));
    }
}
