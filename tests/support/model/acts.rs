//! What happens around Wick, drawn by chance.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use wick::app;
use wick::app::material::MaterialStore;
use wick::domain::action::Action;
use wick::domain::refresh::Trigger;
use wick::domain::settings::Settings;
use wick::domain::state::event::Event;
use wick::domain::sync::{Request, Scope, Trigger as SyncTrigger};
use wick::domain::time::EpochMillis;
use wick::ports::{Patience, Stop, lock};

use super::super::credential::CredentialText;
use super::computer::ports;
use super::disk::{ClaudeLock, Owner, credential};
use super::driver::Model;
use super::process::{Pause, Process};
use super::stored::{ModelStore, storage_is_free};
use super::world::World;
use super::{claude, github};

/// How often each thing happens between two steps of Wick's, and how often while it rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Sleep,
    DarkWake,
    SetClock,
    Network,
    Disk,
    Memory,
    ClickRefresh,
    ClickSync,
    ClickSwitch,
    Quit,
    Kill,
    EditConfig,
    SignIn,
    SignOut,
    UseClaude,
    RefuseAccess,
    KillClaude,
    RefreshCommand,
    SyncCommand,
    ChangeSecret,
    MoveFiles,
    Revoke,
    Touch,
    Pass,
}

const AT_REST: [(Act, u32); 24] = [
    (Act::Sleep, 26),
    (Act::DarkWake, 4),
    (Act::SetClock, 3),
    (Act::Network, 8),
    (Act::Disk, 4),
    (Act::Memory, 3),
    (Act::ClickRefresh, 6),
    (Act::ClickSync, 5),
    (Act::ClickSwitch, 2),
    (Act::Quit, 3),
    (Act::Kill, 4),
    (Act::EditConfig, 4),
    (Act::SignIn, 2),
    (Act::SignOut, 1),
    (Act::UseClaude, 16),
    (Act::RefuseAccess, 3),
    (Act::KillClaude, 1),
    (Act::RefreshCommand, 6),
    (Act::SyncCommand, 4),
    (Act::ChangeSecret, 4),
    (Act::MoveFiles, 4),
    (Act::Revoke, 1),
    (Act::Touch, 2),
    (Act::Pass, 8),
];

const BETWEEN: [(Act, u32); 19] = [
    (Act::Sleep, 6),
    (Act::SetClock, 2),
    (Act::Network, 4),
    (Act::Disk, 8),
    (Act::Memory, 4),
    (Act::ClickRefresh, 3),
    (Act::ClickSync, 3),
    (Act::Quit, 4),
    (Act::Kill, 16),
    (Act::EditConfig, 3),
    (Act::SignIn, 3),
    (Act::SignOut, 2),
    (Act::UseClaude, 14),
    (Act::RefuseAccess, 6),
    (Act::KillClaude, 1),
    (Act::RefreshCommand, 8),
    (Act::SyncCommand, 4),
    (Act::ChangeSecret, 3),
    (Act::Pass, 6),
];

fn drawn(world: &mut World, of: &[(Act, u32)]) -> Act {
    let total = of.iter().map(|(_, weight)| weight).sum::<u32>();
    let mut number = world.chance.u32(..total);
    for (act, weight) in of {
        if number < *weight {
            return *act;
        }
        number -= weight;
    }
    Act::Pass
}

/// Something happens while nothing is under way.
pub async fn at_rest(model: &mut Model) {
    let act = drawn(&mut lock(&model.world), &AT_REST);
    if model.app.is_none() && lock(&model.world).once_in(3) {
        model.start();
    }
    match act {
        Act::Kill => {
            model.kill(None).await;
            model.start();
        }
        Act::DarkWake => {
            for _ in 0..3 {
                sleep(model, 1..3 * 3600);
                let awake = lock(&model.world).chance.u64(1..70);
                model.wait(Duration::from_secs(awake)).await;
            }
        }
        Act::Pass => {
            let seconds = lock(&model.world).chance.u64(1..20);
            model.wait(Duration::from_secs(seconds)).await;
        }
        act => happens(model, act).await,
    }
    recover(&mut lock(&model.world));
}

/// Something may happen between two steps of Wick's.
pub async fn between(model: &mut Model, pause: Pause) {
    let act = {
        let mut world = lock(&model.world);
        // What has begun to act goes on.
        if !world.claude.is_idle() && world.once_in(2) {
            claude::step(&mut world, false);
        }
        if !world.once_in(14) {
            return;
        }
        drawn(&mut world, &BETWEEN)
    };
    if act == Act::Kill {
        model.kill(Some(pause)).await;
        if lock(&model.world).once_in(2) {
            model.start();
        }
    } else {
        happens(model, act).await;
        model.settle().await;
    }
}

async fn happens(model: &mut Model, act: Act) {
    let now = lock(&model.world).time.truly();
    match act {
        Act::Sleep => sleep(model, 60..14 * 3600),
        Act::SetClock => set_clock(&mut lock(&model.world)),
        Act::ClickRefresh => {
            lock(&model.world).shown.ask_for_a_refresh(now);
            model.send(Event::Chosen(Action::Refresh));
        }
        Act::ClickSync => {
            lock(&model.world).shown.sync_asked = Some(now);
            model.send(Event::Chosen(Action::SyncAll));
        }
        Act::ClickSwitch => model.send(Event::Chosen(Action::SwitchAutomatic)),
        Act::Quit => model.send(Event::Chosen(Action::Quit)),
        Act::MoveFiles => model.send(Event::FilesMoved),
        Act::Pass => {
            let seconds = lock(&model.world).chance.u64(1..20);
            model.pass(Duration::from_secs(seconds)).await;
        }
        Act::RefreshCommand => command(model, refresh_command),
        Act::SyncCommand => {
            lock(&model.world).shown.sync_asked = Some(now);
            command(model, sync_command);
        }
        act => changes(&mut lock(&model.world), act),
    }
    lock(&model.world).note("act", format!("{act:?}"));
}

/// What happens to the world alone.
fn changes(world: &mut World, act: Act) {
    // Claude Code signs in and out under the lock for writing.
    if matches!(act, Act::SignIn | Act::SignOut) && !storage_is_free(world) {
        return;
    }
    match act {
        Act::Network => world.weather.is_offline = !world.weather.is_offline,
        Act::Disk => world.weather.is_disk_full = !world.weather.is_disk_full,
        Act::Memory => world.weather.is_state_unreadable = !world.weather.is_state_unreadable,
        Act::EditConfig => edit_config(world),
        Act::SignIn => sign_in(world),
        Act::SignOut => {
            let marker = world.chance.bool();
            let marker = marker.then(|| CredentialText::ending(EpochMillis(0)).signed_out().json());
            world.server.latest_mut().ended = Some("signed out");
            let now = world.time.wall();
            world.disk.write(marker, now);
        }
        Act::UseClaude | Act::RefuseAccess => {
            for _ in 0..world.chance.u32(1..6) {
                claude::step(world, act == Act::RefuseAccess);
            }
        }
        Act::KillClaude => claude::kill(world),
        Act::ChangeSecret => github::change(world),
        Act::Revoke => world.server.latest_mut().ended = Some("revoked"),
        Act::Touch => world.disk.credential_version += 1,
        _ => {}
    }
}

/// What is in the way goes away sooner or later.
fn recover(world: &mut World) {
    if world.once_in(3) {
        (world.weather.is_offline, world.weather.is_disk_full, world.weather.is_state_unreadable) =
            (false, false, false);
    }
    if world.time.wrong != 0 && world.once_in(5) {
        world.time.wrong = 0;
        world.time.set_at = Some(world.time.truly());
    }
    if !world.claude.is_idle() {
        claude::step(world, false);
    }
}

fn sleep(model: &Model, seconds: std::ops::Range<i64>) {
    let mut world = lock(&model.world);
    let seconds = world.chance.i64(seconds);
    world.time.slept += seconds * 1000;
    world.note("slept", format!("{seconds} s"));
    // A lock without a heartbeat is taken for left behind by whoever wakes first.
    let of_wick = world.disk.claude_lock.is_some_and(|held| matches!(held.owner, Owner::Wick(_)));
    if of_wick && seconds > 60 && world.claude.is_idle() && world.once_in(2) {
        world.disk.claude_lock = Some(ClaudeLock { owner: Owner::Claude, left_at: None });
        world.claude = claude::Claude::Locked;
        world.note("claude", "takes over the lock of a Wick that slept");
    }
}

fn set_clock(world: &mut World) {
    let hours = world.chance.i64(-72..72);
    world.time.wrong = if world.once_in(2) { 0 } else { hours * 3_600_000 + world.chance.i64(0..3_600_000) };
    world.time.set_at = Some(world.time.truly());
    let wrong = world.time.wrong / 1000;
    world.note("clock", format!("is wrong by {wrong} s"));
}

pub fn sign_in(world: &mut World) {
    let account = if world.once_in(3) { world.chance.u32(..3) } else { 0 };
    let (access, refresh) = world.server.sign_in(account);
    let now = world.time.wall();
    let days = if world.once_in(4) { 2 } else { 29 };
    let login_end = EpochMillis(now.as_millisecond() + days * 86_400_000);
    let seconds = world.chance.i64(60..28_800);
    world.disk.write(Some(credential(account, &access, &refresh, now, seconds, login_end)), now);
    world.note("signed in", refresh);
}

/// One of the configs that a user may have; now and then one that makes no sense for a while.
pub fn edit_config(world: &mut World) {
    let mode = if world.once_in(6) { "mode = \"never\"\n" } else { "" };
    let automatic = !world.once_in(5);
    let (sync, share) = (!world.once_in(4), world.chance.bool());
    let targets = if world.once_in(5) { 60 } else { world.chance.usize(1..4) };
    let before = ["10m", "10m", "30m", "12h"][world.chance.usize(..4)];
    let mut text = config(automatic, before, sync, share, targets);
    text = text.replace("[refresh]\n", &format!("[refresh]\n{mode}"));
    if world.once_in(8) {
        text.push_str("\n[refresh\n");
    }
    world.disk.config = text;
    world.disk.config_version += 1;
}

pub fn config(automatic: bool, before: &str, sync: bool, share: bool, targets: usize) -> String {
    let targets: String = (0..targets).map(|number| format!("[[targets]]\nrepo = \"acme/r{number}\"\n")).collect();
    format!(
        "[refresh]\nautomatic = {automatic}\nbefore = \"{before}\"\n\
         [sync]\nautomatic = {sync}\nshare_refresh_token = {share}\n{targets}"
    )
}

/// Another process of Wick's does its work at once, and may be killed in it.
fn command(model: &mut Model, work: fn(&Process, tokio::time::Instant)) {
    let id = model.next_process();
    let steps = {
        let mut world = lock(&model.world);
        if world.once_in(4) { world.chance.i64(0..20) } else { i64::MAX }
    };
    let (process, begun) = (Process::command(id, &model.world, steps), model.begun);
    std::thread::scope(|scope| {
        // Its own thread: it has a runtime of its own.
        let run = || drop(catch_unwind(AssertUnwindSafe(|| work(&process, begun))));
        scope.spawn(run).join().expect("what it unwinds with is caught");
    });
    super::server::let_go(&model.world, id);
    lock(&model.world).shown.ends(id);
}

fn settings(process: &Process, begun: tokio::time::Instant) -> Settings {
    app::settings(&ports(process, begun)).map_or_else(|_| Settings::read_only(), |(settings, _)| settings)
}

fn refresh_command(process: &Process, begun: tokio::time::Instant) {
    let (ports, settings) = (ports(process, begun), settings(process, begun));
    let trigger = {
        let mut world = lock(&process.world);
        let trigger = [Trigger::Asked, Trigger::Asked, Trigger::Clicked, Trigger::Forced][world.chance.usize(..4)];
        world.note("command", format!("{} refreshes: {trigger:?}", process.id));
        if trigger > Trigger::Asked {
            let now = world.time.truly();
            world.shown.ask_for_a_refresh(now);
        }
        trigger
    };
    let store = Arc::new(ModelStore(process.clone()));
    let report = app::refresh::refresh(&ports, store, &settings, trigger, Patience::Click, &Stop::default());
    lock(&process.world).note("command", format!("{} ended: {:?} {:?}", process.id, report.outcome, report.remark));
}

fn sync_command(process: &Process, begun: tokio::time::Instant) {
    let (ports, settings) = (ports(process, begun), settings(process, begun));
    lock(&process.world).note("command", format!("{} syncs", process.id));
    let request = &Request::new(Scope::All, SyncTrigger::Asked);
    let store = MaterialStore::open(&ports, &settings);
    let (stop, progress) = (&Stop::default(), &|_| {});
    let job = app::sync::Job {
        ports: &ports,
        store,
        settings: &settings,
        request,
        patience: Patience::Click,
        stop,
        progress,
    };
    let report = job.run();
    lock(&process.world).note("command", format!("{} ended: {:?}", process.id, report.obstacle));
}
