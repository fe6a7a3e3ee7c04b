//! Claude Code beside Wick: it takes the same locks, spends the same tokens, and writes the same file, a step at a time.

use jiff::SignedDuration;

use super::super::credential::CredentialText;
use super::disk::{ClaudeLock, Owner, credential};
use super::stored::{is_left_behind, storage_is_free};
use super::world::World;
use wick::domain::time::EpochMillis;

/// It refreshes in the last five minutes.
const MARGIN: SignedDuration = SignedDuration::from_mins(5);

#[derive(Default)]
pub enum Claude {
    #[default]
    Idle,
    Locked,
    /// It is about to send this one.
    Read(String),
    /// It has sent the first, and got the second, an access token and a refresh token, or was refused.
    Sent(String, Option<(String, String)>),
    /// It has written, under the lock for that.
    Writing,
}

impl Claude {
    /// The refresh token that only it knows.
    pub fn holds(&self) -> Option<&str> {
        match self {
            Self::Sent(_, Some((_, refresh))) => Some(refresh),
            _ => None,
        }
    }

    pub fn is_idle(&self) -> bool {
        matches!(self, Self::Idle)
    }
}

/// Goes a step further. `is_refused` says that the API refused its access token, so that it refreshes before it is due.
pub fn step(world: &mut World, is_refused: bool) {
    let now = world.time.wall();
    let due = world.disk.signed_in().filter(|found| {
        found.refresh_token.is_some()
            && (is_refused || found.expires_at.is_some_and(|end| end.time_left(now) <= MARGIN))
    });
    world.claude = match std::mem::take(&mut world.claude) {
        Claude::Idle => {
            let is_free = world.disk.claude_lock.is_none_or(|held| is_left_behind(&held, now));
            if due.is_none() || !is_free {
                return;
            }
            world.note("claude", "takes the lock");
            world.disk.claude_lock = Some(ClaudeLock { owner: Owner::Claude, left_at: None });
            Claude::Locked
        }
        Claude::Locked => match due.and_then(|found| found.refresh_token) {
            Some(token) => Claude::Read(token.expose().to_owned()),
            None => unlock(world),
        },
        Claude::Read(token) => {
            let granted = world.server.spend(&token);
            world.note("claude", format!("spends {token}: {}", granted.is_some()));
            Claude::Sent(token, granted)
        }
        Claude::Sent(spent, granted) if storage_is_free(world) => {
            world.disk.storage_lock = Some(Owner::Claude);
            match written(world, &spent, granted.as_ref()) {
                Some(text) => {
                    world.disk.write(Some(text), now);
                    world.note("claude", "writes");
                    Claude::Writing
                }
                None => unlock(world),
            }
        }
        sent @ Claude::Sent(..) => sent,
        Claude::Writing => unlock(world),
    };
}

/// What it writes: what it got, or that the sign-in has ended, unless someone else's token is there by now.
fn written(world: &World, spent: &str, granted: Option<&(String, String)>) -> Option<String> {
    let stored = world.disk.signed_in();
    let login_end = stored.as_ref().and_then(|found| found.login_expires_at);
    let now = world.time.wall();
    if let Some((access, refresh)) = granted {
        // The user's own word since counts more.
        world.disk.credential.as_ref()?;
        if stored.is_some_and(|found| found.refresh_token.is_none_or(|token| token.expose() != spent)) {
            return None;
        }
        let login_end = login_end.unwrap_or(EpochMillis(now.as_millisecond() + 20 * 86_400_000));
        let account = world.server.families.iter().find(|family| family.newest == *refresh)?.account;
        return Some(credential(account, access, refresh, now, 28_800, login_end));
    }
    let is_the_same = stored?.refresh_token.is_some_and(|token| token.expose() == spent);
    is_the_same.then(|| CredentialText::ending(EpochMillis(0)).signed_out().with_neighbors().json())
}

fn unlock(world: &mut World) -> Claude {
    world.disk.claude_lock.take_if(|held| held.owner == Owner::Claude);
    world.disk.storage_lock.take_if(|owner| *owner == Owner::Claude);
    Claude::Idle
}

/// It is killed: what only it knew is lost, which is its own doing.
pub fn kill(world: &mut World) {
    if world.claude.is_idle() {
        return;
    }
    world.note("claude", "is killed");
    if world.claude.holds() == Some(world.server.latest().newest.as_str()) {
        world.server.latest_mut().ended = Some("Claude Code lost it");
    }
    let now = world.time.wall();
    if let Some(held) = world.disk.claude_lock.as_mut().filter(|held| held.owner == Owner::Claude) {
        held.left_at = Some(now);
    }
    world.disk.storage_lock.take_if(|owner| *owner == Owner::Claude);
    world.claude = Claude::Idle;
}
