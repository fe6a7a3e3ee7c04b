//! What a sync did, as one line of the log beside `state.json`: each is short, and is taken in once.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::memory::{SyncMemory, TargetMemory, UnderWay};
use super::pace::Pace;
use crate::domain::order::gathered;
use crate::domain::settings::places::Places;

/// What changed in the memory of syncing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// A sync is about to write. On the disk before the first write is sent.
    Begun(UnderWay),
    /// Secrets may go to these places too.
    Allowed(Places),
    /// What is known of a target.
    Target(TargetMark),
    /// All of one GitHub's limits, by the API's address.
    Pace(String, Pace),
}

/// What is known of a target from now on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetMark {
    /// By [`Settings::key`](crate::domain::settings::Settings::key).
    key: String,
    /// Of the secrets, those that are known otherwise than before.
    memory: TargetMemory,
    /// Those of which nothing is known any more.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    gone: BTreeSet<String>,
    /// A write that was begun: the API's address, and when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    write: Option<(String, Timestamp)>,
}

impl TargetMark {
    /// What became of what was known `before`.
    pub fn new(key: String, before: &TargetMemory, now: &TargetMemory, write: Option<(String, Timestamp)>) -> Self {
        let news = now.secrets.iter().filter(|(name, secret)| before.secrets.get(*name) != Some(secret));
        let secrets = gathered(news.map(|(name, secret)| (name.clone(), secret.clone())));
        let gone = gathered(before.secrets.keys().filter(|name| !now.secrets.contains_key(*name)).cloned());
        let (name, account, failure) = (now.name.clone(), now.account.clone(), now.failure.clone());
        let (etag, synced_at) = (now.etag.clone(), now.synced_at);
        let memory = TargetMemory { name, account, secrets, etag, synced_at, failure };
        Self { key, memory, gone, write }
    }
}

impl SyncMemory {
    /// Takes in what a sync has noted.
    pub fn take_in(&mut self, mark: Mark) {
        match mark {
            Mark::Begun(under_way) => {
                // What one has left behind that ended with the computer is not forgotten for the next.
                self.restarted(&under_way.boot);
                self.under_way = Some(under_way);
            }
            Mark::Allowed(places) => self.places.extend(places),
            Mark::Target(TargetMark { key, memory, gone, write }) => {
                let known = self.targets.entry(key).or_default();
                let mut secrets = std::mem::take(&mut known.secrets);
                secrets.retain(|name, _| !gone.contains(name));
                secrets.extend(memory.secrets);
                *known = TargetMemory { secrets, ..memory };
                if let Some((api, at)) = write {
                    self.pace.entry(api).or_default().count(at, 1);
                }
            }
            Mark::Pace(api, pace) => {
                // No wait begins long before its end.
                let at = pace.paused_until.unwrap_or(Timestamp::MIN);
                self.take_in_pace(api, pace, at);
            }
        }
    }

    /// Takes in a sync's own pace. A search beside it may have noted a longer wait.
    pub fn take_in_pace(&mut self, api: String, mut pace: Pace, now: Timestamp) {
        let known = self.pace.entry(api).or_default();
        pace.join(known, now);
        *known = pace;
    }
}
