//! What a search through GitHub has found: names and dates of secrets that are named like Claude's, never a value.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::domain::credential::CiTokenMemory;
use crate::domain::settings::{CI_TOKEN_NAME, Field, Mapping, Place, Settings, Target};

/// How Claude's own variables begin, which people keep their secrets under.
const BEGINNINGS: [&str; 2] = ["CLAUDE_", "ANTHROPIC_"];
/// A search that was cut off is gone on with for so long: what was seen before it may be otherwise by then.
const RESUMED_FOR: SignedDuration = SignedDuration::from_hours(1);

/// Whether a secret of this name is for Claude: by its own beginning, or because the config gives it that name.
pub fn is_claudes(name: &str, settings: &Settings) -> bool {
    let upper = name.to_ascii_uppercase();
    BEGINNINGS.iter().any(|beginning| upper.starts_with(beginning))
        || settings.secrets.0.iter().any(|mapping| mapping.is_named(name))
}

/// Whether a secret was written before the stored one-year token was there; `None` where that is not known. GitHub's seconds
/// are whole: what was sent within the same one is not older.
pub fn is_older(updated_at: Option<Timestamp>, stored: Option<&CiTokenMemory>) -> Option<bool> {
    Some(updated_at?.as_second() < stored?.stored_at.as_second())
}

/// What the last search at one GitHub found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundMemory {
    pub began_at: Timestamp,
    /// The places that were looked at, where it was cut off; nothing where it came to its end.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    looked_at: BTreeSet<String>,
    /// The places that the token may not look at: what is known of them was seen by an earlier search. Nothing after the `@` for
    /// all environments of a repository.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    refused: BTreeSet<String>,
    /// By the place's name as a target has it; by the secret's name, when it was last written.
    #[serde(default)]
    pub places: BTreeMap<String, BTreeMap<String, Option<Timestamp>>>,
}

impl FoundMemory {
    /// One that goes on where an earlier one was cut off, else a new one. It has what is known, too: cut off before it comes
    /// there, or not let in, it must not forget that.
    pub fn resumed(earlier: Option<&Self>, now: Timestamp) -> Self {
        let age = |earlier: &&Self| now.duration_since(earlier.began_at);
        let may_go_on = |earlier: &&Self| {
            !earlier.looked_at.is_empty() && !age(earlier).is_negative() && age(earlier) < RESUMED_FOR
        };
        let (began_at, looked_at) = match earlier.filter(may_go_on) {
            Some(earlier) => (earlier.began_at, earlier.looked_at.clone()),
            None => (now, BTreeSet::new()),
        };
        let places = earlier.map(|earlier| earlier.places.clone()).unwrap_or_default();
        Self { began_at, looked_at, refused: BTreeSet::new(), places }
    }

    /// Whether this place was looked at in this search.
    pub fn knows(&self, place: &str) -> bool {
        self.looked_at.contains(place)
    }

    /// Whether another search goes on where this one was cut off.
    pub fn is_cut_off(&self) -> bool {
        !self.looked_at.is_empty()
    }

    /// Whether one of this kind was looked at.
    pub fn has_seen(&self, is_of_kind: impl Fn(&str) -> bool) -> bool {
        self.looked_at.iter().any(|name| is_of_kind(name))
    }

    /// Notes that the token may not look there.
    pub fn refuse(&mut self, place: &str) {
        self.refused.insert(place.to_owned());
    }

    /// Where the token may not look, as people write it.
    pub fn refused(&self) -> Vec<String> {
        self.refused.iter().map(|name| if name.ends_with('@') { format!("{name}*") } else { name.clone() }).collect()
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

    /// The environments that hold some.
    pub fn environments(&self) -> impl Iterator<Item = (&String, &BTreeMap<String, Option<Timestamp>>)> {
        self.places.iter().filter(|(name, _)| name.contains('@'))
    }

    /// All was looked at that may be: what was not is there no longer.
    pub fn end(&mut self) {
        let looked_at = std::mem::take(&mut self.looked_at);
        self.places.retain(|name, _| looked_at.contains(name) || self.refused.contains(name));
    }

    /// Each place beside what the config says of it.
    pub fn beside<'a>(&'a self, settings: &'a Settings) -> impl Iterator<Item = FoundPlace<'a>> {
        let listed: BTreeMap<String, &Target> =
            settings.targets.iter().map(|target| (target.to_string().to_lowercase(), target)).collect();
        self.places.iter().map(move |(name, secrets)| {
            let target = listed.get(&name.to_lowercase()).copied();
            let gets = target.map(|target| settings.mappings(target)).unwrap_or_default();
            FoundPlace { name, secrets, target, gets, missing: missing(secrets.keys(), target, gets, settings) }
        })
    }

    /// How many places hold a secret that Wick could keep fresh, and does not.
    pub fn not_synced(&self, settings: &Settings) -> usize {
        self.beside(settings).filter(|place| !place.missing.is_empty()).count()
    }
}

/// A place that was found, beside what the config says of it.
#[derive(Debug)]
pub struct FoundPlace<'a> {
    /// As a target has it.
    pub name: &'a str,
    /// By its name, when each was last written.
    pub secrets: &'a BTreeMap<String, Option<Timestamp>>,
    /// The target that it is, of whichever profile.
    pub target: Option<&'a Target>,
    pub gets: &'a [Mapping],
    /// Which of its secrets Wick could keep fresh, and does not.
    pub missing: Vec<Mapping>,
}

impl FoundPlace<'_> {
    /// Whether this one is a one-year token that was written before the stored one was there.
    pub fn is_outdated(&self, name: &str, settings: &Settings, stored: Option<&CiTokenMemory>) -> bool {
        let is_of_it = |mapping: &Mapping| mapping.is_named(name) && mapping.field == Field::CiToken;
        let is_ours = self.target.is_none_or(|target| target.profile == settings.profile);
        let written_at = self.secrets.get(name).copied().flatten();
        is_ours && self.gets.iter().chain(&self.missing).any(is_of_it) && is_older(written_at, stored) == Some(true)
    }

    /// The target that keeps those fresh too; `None` where there are none.
    pub fn completed(&self, settings: &Settings) -> Option<Target> {
        let secrets = Some([self.gets, &self.missing].concat());
        let place = Place::parse(self.name).filter(|_| !self.missing.is_empty())?;
        let new = || Target { place, secrets: None, profile: settings.profile.clone() };
        Some(Target { secrets, ..self.target.cloned().unwrap_or_else(new) })
    }
}

/// The secrets of a place that are not of a kind that Wick does not have, such as keys of the API, and that do not go there.
fn missing<'a>(
    names: impl Iterator<Item = &'a String>,
    target: Option<&Target>,
    gets: &[Mapping],
    settings: &Settings,
) -> Vec<Mapping> {
    if target.is_some_and(|target| target.profile != settings.profile) {
        return Vec::new();
    }
    let mapping = |name: &String| {
        let known = settings.secrets.0.iter().find(|mapping| mapping.is_named(name)).map(|mapping| mapping.field);
        let usual = name.eq_ignore_ascii_case(CI_TOKEN_NAME).then_some(Field::CiToken);
        Some(Mapping { name: name.clone(), field: known.or(usual)? })
    };
    let is_missing = |mapping: &Mapping| {
        // Whoever lists a place without the refresh token has left that out.
        let is_left_out = target.is_some() && mapping.field.carries_the_refresh_token();
        !is_left_out && !gets.iter().any(|known| known.is_named(&mapping.name))
    };
    names.filter_map(mapping).filter(is_missing).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::settings::ProfileName;

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
        assert!(!anew.knows("acme/api") && anew.places == found.places && !found.places.is_empty());
    }

    #[test]
    fn an_environment_is_known_until_a_whole_search_has_not_found_it() {
        let (production, staging) = ("acme/api@production", "acme/api@staging");
        let mut found = found(&[("acme/api", &["CLAUDE_X"]), (production, &["CLAUDE_X"]), (staging, &["CLAUDE_X"])]);
        found.end();
        let mut anew = FoundMemory::resumed(Some(&found), at(10));
        assert!(anew.places.len() == 3 && !anew.knows(production), "{anew:?}");
        anew.note(staging, secrets(&["CLAUDE_X"]));
        assert!(FoundMemory::resumed(Some(&anew), at(7200)).places.contains_key(production), "cut off");
        anew.end();
        assert!(anew.places.keys().eq([staging]), "{anew:?}");
    }

    #[test]
    fn what_is_known_of_a_place_is_kept_while_the_token_may_not_look_there() {
        let mut earlier = found(&[("acme/api", &["CLAUDE_X"]), ("org:acme", &["CLAUDE_X"])]);
        earlier.end();
        let mut anew = FoundMemory::resumed(Some(&earlier), at(10));
        for place in ["org:acme", "acme/web@"] {
            anew.refuse(place);
        }
        anew.end();
        assert!(anew.places.keys().eq(["org:acme"]) && anew.refused() == ["acme/web@*", "org:acme"], "{anew:?}");
        anew = FoundMemory::resumed(Some(&anew), at(20));
        anew.note("org:acme", BTreeMap::new());
        anew.end();
        assert!(anew.places.is_empty() && anew.refused().is_empty(), "it may look there now: {anew:?}");
    }

    fn found(places: &[(&str, &[&str])]) -> FoundMemory {
        let mut found = FoundMemory::resumed(None, at(0));
        for (place, names) in places {
            found.note(place, secrets(names));
        }
        found
    }

    /// What each place lacks, by the names of its secrets.
    fn lacking<'a>(found: &'a FoundMemory, settings: &'a Settings) -> Vec<(&'a str, Vec<String>)> {
        let names = |place: FoundPlace<'a>| (place.name, place.missing.into_iter().map(|one| one.name).collect());
        found.beside(settings).filter(|place| !place.missing.is_empty()).map(names).collect()
    }

    #[test]
    fn only_what_wick_has_is_put_into_a_place_that_was_found() {
        let settings = Settings::default();
        let found = found(&[("acme/api", &[CI_TOKEN_NAME, "ANTHROPIC_API_KEY"]), ("acme/key", &["ANTHROPIC_API_KEY"])]);
        let [api, key] = found.beside(&settings).collect::<Vec<_>>().try_into().expect("two");
        let target = api.completed(&settings).expect("one");
        let expected = Mapping { name: CI_TOKEN_NAME.to_owned(), field: Field::CiToken };
        assert_eq!(target.secrets, Some(vec![expected]));
        assert_eq!(
            (key.completed(&settings), found.not_synced(&settings)),
            (None, 1),
            "a key of the API is none of ours"
        );
        let settings = Settings { targets: vec![target], ..settings };
        assert_eq!(found.not_synced(&settings), 0);
        assert!(is_claudes("anthropic_x", &settings) && !is_claudes("NPM_TOKEN", &settings));
    }

    #[test]
    fn a_target_may_lack_a_secret_that_its_place_holds() {
        let target = |place: &str, profile: &str, secrets: &[(&str, Field)]| {
            let mapping = |(name, field): &(&str, Field)| Mapping { name: (*name).to_owned(), field: *field };
            let secrets = Some(secrets.iter().map(mapping).collect());
            Target { place: Place::parse(place).expect("a place"), secrets, profile: ProfileName::new(profile) }
        };
        let access = [("CLAUDE_ACCESS_TOKEN", Field::AccessToken)];
        let targets = vec![
            target("ACME/api", "default", &access),
            target("acme/all", "default", &[("claude_code_oauth_token", Field::CiToken)]),
            target("acme/left", "default", &access),
            target("acme/work", "work", &access),
        ];
        let settings = Settings { targets, ..Settings::default() };
        let found = found(&[
            ("acme/all", &[CI_TOKEN_NAME]),
            ("acme/api", &[CI_TOKEN_NAME, "CLAUDE_ACCESS_TOKEN"]),
            ("acme/left", &["CLAUDE_REFRESH_TOKEN"]),
            ("acme/work", &[CI_TOKEN_NAME]),
            ("org:acme", &["CLAUDE_REFRESH_TOKEN"]),
        ]);
        let both = ["acme/api", "org:acme"].map(str::to_owned);
        let expected = [vec![CI_TOKEN_NAME.to_owned()], vec!["CLAUDE_REFRESH_TOKEN".to_owned()]];
        assert_eq!(
            lacking(&found, &settings),
            [(both[0].as_str(), expected[0].clone()), (both[1].as_str(), expected[1].clone())]
        );
        let api = found.beside(&settings).find(|place| place.name == "acme/api").expect("found");
        let completed = api.completed(&settings).expect("it lacks one");
        let names: Vec<&str> = completed.secrets.iter().flatten().map(|mapping| mapping.name.as_str()).collect();
        assert_eq!((completed.to_string().as_str(), names), ("ACME/api", vec!["CLAUDE_ACCESS_TOKEN", CI_TOKEN_NAME]));
    }

    #[test]
    fn what_was_written_before_the_stored_token_is_older() {
        let stored = CiTokenMemory::stored(at(0) + SignedDuration::from_millis(600));
        for (updated, expected) in [(-1, true), (0, false), (1, false)] {
            assert_eq!(is_older(Some(at(updated)), Some(&stored)), Some(expected), "{updated}");
        }
        assert_eq!((is_older(None, Some(&stored)), is_older(Some(at(0)), None)), (None, None));
    }
}
