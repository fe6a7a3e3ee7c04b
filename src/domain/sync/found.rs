//! What a search through GitHub has found: names and dates of secrets that are named like Claude's, never a value.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::domain::settings::{Field, Mapping, Place, Settings, Target};

/// How Claude's own variables begin, which people keep their secrets under.
const BEGINNINGS: [&str; 2] = ["CLAUDE_", "ANTHROPIC_"];
/// Where Anthropic's action looks for the one-year token.
const CI_TOKEN: &str = "CLAUDE_CODE_OAUTH_TOKEN";
/// A search that was cut off is gone on with for so long: what was seen before it may be otherwise by then.
const RESUMED_FOR: SignedDuration = SignedDuration::from_hours(1);

/// Whether a secret of this name is for Claude: by its own beginning, or because the config gives it that name.
pub fn is_claudes(name: &str, settings: &Settings) -> bool {
    let upper = name.to_ascii_uppercase();
    BEGINNINGS.iter().any(|beginning| upper.starts_with(beginning))
        || settings.secrets.0.iter().any(|mapping| mapping.name.eq_ignore_ascii_case(name))
}

/// What the last search at one GitHub found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundMemory {
    /// When it began.
    pub began_at: Timestamp,
    /// The places that were looked at, where it was cut off; nothing where it came to its end.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    looked_at: BTreeSet<String>,
    /// By the place's name as a target has it; by the secret's name, when it was last written.
    #[serde(default)]
    pub places: BTreeMap<String, BTreeMap<String, Option<Timestamp>>>,
}

impl FoundMemory {
    /// One that goes on where an earlier one was cut off, else a new one.
    pub fn resumed(earlier: Option<&Self>, now: Timestamp) -> Self {
        let age = |earlier: &&Self| now.duration_since(earlier.began_at);
        let may_go_on = |earlier: &&Self| {
            !earlier.looked_at.is_empty() && !age(earlier).is_negative() && age(earlier) < RESUMED_FOR
        };
        let new = || Self { began_at: now, looked_at: BTreeSet::new(), places: BTreeMap::new() };
        earlier.filter(may_go_on).cloned().unwrap_or_else(new)
    }

    /// Whether this place was looked at in this search.
    pub fn knows(&self, place: &str) -> bool {
        self.looked_at.contains(place)
    }

    /// Notes what a place holds.
    pub fn note(&mut self, place: &str, secrets: BTreeMap<String, Option<Timestamp>>) {
        self.looked_at.insert(place.to_owned());
        if secrets.is_empty() {
            self.places.remove(place);
        } else {
            self.places.insert(place.to_owned(), secrets);
        }
    }

    /// All was looked at.
    pub fn end(&mut self) {
        self.looked_at.clear();
    }

    /// The places that no profile's targets name.
    pub fn unlisted<'a>(&'a self, settings: &Settings) -> impl Iterator<Item = &'a str> {
        let listed: BTreeSet<String> =
            settings.targets.iter().map(|target| target.to_string().to_lowercase()).collect();
        self.places.keys().map(String::as_str).filter(move |name| !listed.contains(&name.to_lowercase()))
    }

    /// The target that would keep the secrets of a place fresh. `None` where all of them are of a kind that Wick does not
    /// have, such as keys of the API.
    pub fn target(&self, place: &str, settings: &Settings) -> Option<Target> {
        let field = |name: &String| {
            let known = settings.secrets.0.iter().find(|mapping| mapping.name.eq_ignore_ascii_case(name));
            let usual = name.eq_ignore_ascii_case(CI_TOKEN).then_some(Field::CiToken);
            Some(Mapping { name: name.clone(), field: known.map(|mapping| mapping.field).or(usual)? })
        };
        let secrets: Vec<Mapping> = self.places.get(place)?.keys().filter_map(field).collect();
        let place = Place::parse(place).filter(|_| !secrets.is_empty())?;
        Some(Target { place, secrets: Some(secrets), profile: settings.profile.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).expect("a moment of this century")
    }

    fn secrets(names: &[&str]) -> BTreeMap<String, Option<Timestamp>> {
        names.iter().map(|name| ((*name).to_owned(), None)).collect()
    }

    #[test]
    fn one_that_was_cut_off_goes_on_for_an_hour() {
        let mut found = FoundMemory::resumed(None, at(0));
        found.note("acme/api", secrets(&["CLAUDE_X"]));
        for (later, goes_on) in [(10, true), (3599, true), (3600, false), (-10, false)] {
            assert_eq!(FoundMemory::resumed(Some(&found), at(later)).knows("acme/api"), goes_on, "{later}");
        }
        found.end();
        let anew = FoundMemory::resumed(Some(&found), at(10));
        assert!(!anew.knows("acme/api") && anew.places.is_empty() && !found.places.is_empty());
    }

    #[test]
    fn only_what_wick_has_is_put_into_a_place_that_was_found() {
        let settings = Settings::default();
        let mut found = FoundMemory::resumed(None, at(0));
        found.note("acme/api", secrets(&["CLAUDE_CODE_OAUTH_TOKEN", "ANTHROPIC_API_KEY"]));
        found.note("acme/key", secrets(&["ANTHROPIC_API_KEY"]));
        let target = found.target("acme/api", &settings).expect("one");
        let expected = Mapping { name: CI_TOKEN.to_owned(), field: Field::CiToken };
        assert_eq!(target.secrets, Some(vec![expected]));
        assert_eq!(found.target("acme/key", &settings), None);
        let settings = Settings { targets: vec![target], ..settings };
        assert_eq!(found.unlisted(&settings).collect::<Vec<_>>(), ["acme/key"]);
        assert!(is_claudes("anthropic_x", &settings) && !is_claudes("NPM_TOKEN", &settings));
    }
}
