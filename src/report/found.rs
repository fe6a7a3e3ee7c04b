//! `wick targets find`: the JSON object.

use jiff::Timestamp;
use serde::Serialize;

use crate::domain::credential::CiTokenMemory;
use crate::domain::settings::Settings;
use crate::domain::sync::found::{self, FoundMemory};

/// What `wick targets find --json` prints.
#[derive(Debug, Default, Serialize)]
pub struct FindReport {
    /// Whether all was looked at.
    complete: bool,
    /// Where the token may not look: what is said of these was seen earlier.
    not_searched: Vec<String>,
    places: Vec<Place>,
}

/// A place that holds a secret of Claude's.
#[derive(Debug, Serialize)]
struct Place {
    target: String,
    /// Whether a target of the config was of that name before.
    listed: bool,
    /// Whether the config was changed so that all of its secrets that Wick has are synced.
    added: bool,
    secrets: Vec<Secret>,
}

#[derive(Debug, Serialize)]
struct Secret {
    name: String,
    updated_at: Option<Timestamp>,
    /// Whether it was written before the stored one-year token was there.
    older: Option<bool>,
    /// Whether its target got something under that name before.
    synced: bool,
}

impl FindReport {
    /// What was found, beside these settings and the one-year token that was stored; `added` are the targets' names.
    pub fn of(
        found: &FoundMemory,
        complete: bool,
        settings: &Settings,
        stored: Option<&CiTokenMemory>,
        added: &[String],
    ) -> Self {
        let place = |place: found::FoundPlace<'_>| {
            let secret = |(name, at): (&String, &Option<Timestamp>)| Secret {
                name: name.clone(),
                updated_at: *at,
                older: found::is_older(*at, stored),
                synced: place.gets.iter().any(|mapping| mapping.is_named(name)),
            };
            Place {
                target: place.name.to_owned(),
                listed: place.target.is_some(),
                added: added.iter().any(|name| name.eq_ignore_ascii_case(place.name)),
                secrets: place.secrets.iter().map(secret).collect(),
            }
        };
        Self { complete, not_searched: found.refused(), places: found.beside(settings).map(place).collect() }
    }
}
