//! What the computer keeps: the credential, Wick's journal, what it remembers, the config, and who has the locks.

use std::collections::BTreeMap;

use jiff::Timestamp;
use wick::domain::credential::{Contents, Credential, Location, SourceKind};
use wick::domain::fingerprint::Fingerprint;
use wick::domain::refresh::{Record, RefreshMemory};
use wick::domain::secret::Secret;
use wick::domain::state::memory::Memory;
use wick::domain::sync::SyncMemory;

use super::super::credential::CredentialText;
use super::world::World;
use wick::domain::time::EpochMillis;

pub const PLACE: &str = "/home/ada/.claude/.credentials.json";

pub fn place() -> Location {
    Location { kind: SourceKind::File, place: PLACE.to_owned() }
}

#[derive(Default)]
pub struct Disk {
    /// The file of the credential; `None` where there is none.
    pub credential: Option<String>,
    pub credential_version: i64,
    pub written_at: Option<Timestamp>,
    /// Whether the file can only be written over where it stands, as one that is a mount of its own.
    pub is_in_place: bool,
    /// Wick's journal; a run that was killed early leaves one without any sense.
    pub journal: Option<Option<Record>>,
    pub sources: BTreeMap<String, Memory>,
    pub sync: SyncMemory,
    pub state_version: i64,
    /// Of what a sync has noted and did not bring to its end: how much, and since when there was nothing more.
    pub noted: Option<(i64, Timestamp)>,
    pub config: String,
    pub config_version: i64,
    /// The process that has Wick's own lock.
    pub own_lock: Option<u64>,
    pub claude_lock: Option<ClaudeLock>,
    pub storage_lock: Option<Owner>,
    pub sync_lock: Option<u64>,
}

/// Who has made a lock that Claude Code knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    Wick(u64),
    Claude,
}

#[derive(Clone, Copy, Debug)]
pub struct ClaudeLock {
    pub owner: Owner,
    /// The heartbeat of whoever has it, by the clock on the wall; `None` while that one lives.
    pub left_at: Option<Timestamp>,
}

impl Disk {
    /// Someone writes the credential.
    pub fn write(&mut self, text: Option<String>, now: Timestamp) {
        self.credential = text;
        self.credential_version += 1;
        self.written_at = Some(now);
    }

    /// What is remembered is written as a whole.
    pub fn fold(&mut self) {
        (self.state_version, self.noted) = (self.state_version + 1, None);
    }

    /// What the file holds, where that is a sign-in.
    pub fn signed_in(&self) -> Option<Credential> {
        match Contents::parse(self.credential.as_deref()?.as_bytes()) {
            Ok(Contents::SignedIn(credential)) => Some(*credential),
            _ => None,
        }
    }

    /// Whether everyone sees that nobody is signed in.
    pub fn is_signed_out(&self) -> bool {
        let Some(text) = &self.credential else { return true };
        matches!(Contents::parse(text.as_bytes()), Ok(Contents::SignedOut(_) | Contents::NoSignIn { .. }))
    }

    pub fn access_lives(&self, now: Timestamp) -> bool {
        self.signed_in().is_some_and(|found| found.lives(now))
    }

    pub fn refresh_token(&self) -> Option<Secret> {
        self.signed_in()?.refresh_token
    }

    pub fn remembered(&self) -> RefreshMemory {
        self.sources.get(&place().to_string()).map(|memory| memory.refresh.clone()).unwrap_or_default()
    }
}

/// A credential with these tokens, which end so many seconds after `now`.
pub fn credential(
    account: u32,
    access: &str,
    refresh: &str,
    now: Timestamp,
    ends: i64,
    login_end: EpochMillis,
) -> String {
    let end = EpochMillis(now.as_millisecond() + ends * 1000);
    let text = CredentialText::ending(end).login_ending(login_end).with_neighbors().json();
    let text = text.replace("tok-sentinel-access", access).replace("tok-sentinel-refresh", refresh);
    text.replace("1a2b3c4d-aaaa", &format!("1a2b3c4d-{account:04}"))
}

/// Where a usable sign-in is, or what says that there may be none any more. `None`: it was lost without a word.
pub fn whereabouts(world: &World) -> Option<&'static str> {
    let (disk, family) = (&world.disk, world.server.latest());
    if let Some(why) = family.ended {
        return Some(why);
    }
    let newest = Secret::from(family.newest.clone());
    if disk.credential.as_ref().is_some_and(|text| text.contains(&format!("\"{}\"", newest.expose()))) {
        return Some("stored");
    }
    if disk
        .journal
        .iter()
        .flatten()
        .filter_map(|record| record.answer.as_ref())
        .any(|kept| kept.refresh_token == newest)
    {
        return Some("in the journal");
    }
    if world.claude.holds() == Some(newest.expose()) {
        return Some("with Claude Code");
    }
    if let Some((holder, token)) = &world.server.held
        && world.shown.is_alive(*holder)
        && token == newest.expose()
    {
        return Some("in Wick's hands");
    }
    if disk.is_signed_out() {
        return Some("said: signed out");
    }
    let stored = disk.refresh_token().map(|token| Fingerprint::of(&token));
    if disk.journal.iter().flatten().any(|record| Some(&record.intent.spent) == stored.as_ref()) {
        return Some("said: the journal's intent");
    }
    if disk.remembered().failure.is_some_and(|failure| Some(&failure.token) == stored.as_ref()) {
        return Some("said: remembered");
    }
    if disk.signed_in().is_none() {
        return Some("said: what is stored makes no sense");
    }
    world.shown.says_that_refreshing_failed(stored.as_ref()).then_some("said: shown")
}
