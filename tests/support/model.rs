//! The whole app in a world of its own: the real loop, the real order of a refresh and of a sync, over ports that keep
//! state; beside it Claude Code, a user, servers and a disk that fail, a computer that sleeps, a clock that lies. Months
//! pass in seconds, and what happens is drawn from a seed.

mod acts;
mod claude;
mod computer;
mod disk;
mod driver;
mod ends;
mod github;
mod process;
mod remembered;
mod server;
mod shown;
mod stored;
mod world;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use jiff::SignedDuration;
use wick::ports::{Ports, lock};

use self::computer::ports;
use self::driver::Model;
use self::process::Process;
use self::world::{Shared, Weather, World};

/// A run in which all held that must.
pub struct Run {
    /// How often each kind of thing happened.
    pub counts: BTreeMap<&'static str, usize>,
    /// All that happened, a line each.
    pub story: Vec<String>,
}

/// What a run came to, or what must never be, and what led to it.
pub type Outcome = Result<Run, String>;

/// Runs a seed for so many days.
pub fn run(seed: u64, days: u32) -> Outcome {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).max_blocking_threads(1).build();
    let runtime = runtime.expect("a runtime");
    let outcome = catch_unwind(AssertUnwindSafe(|| runtime.block_on(live(seed, days))));
    runtime.shutdown_background();
    outcome.unwrap_or_else(|_| Err("the model panicked".to_owned()))
}

async fn live(seed: u64, days: u32) -> Outcome {
    let mut world = World::new(seed);
    acts::sign_in(&mut world);
    acts::edit_config(&mut world);
    let end = world.time.truly() + SignedDuration::from_hours(24 * i64::from(days));
    let mut model = Model::new(world);
    model.start();
    while lock(&model.world).time.truly() < end && !model.broken() {
        let seconds = {
            let mut world = lock(&model.world);
            let longest = if world.once_in(3) { 60 } else { 1500 };
            world.chance.u64(1..longest)
        };
        model.wait(std::time::Duration::from_secs(seconds)).await;
        acts::at_rest(&mut model).await;
        model.check();
    }
    ends::calm_down(&mut model).await;
    model.kill(None).await;
    let world = lock(&model.world);
    match &world.broken {
        None => Ok(Run { counts: world.counts.clone(), story: world.story().to_vec() }),
        Some(what) => Err(format!("{what}\n{}", world.end_of_story())),
    }
}

/// The ports of a process that is alone in a world where nothing goes wrong.
pub fn alone(credential: Option<&str>) -> Ports {
    alone_beside_a_journal(credential, false)
}

/// The same; `is_cut_off` says whether a run was killed there before it had noted what it was about to do.
pub fn alone_beside_a_journal(credential: Option<&str>, is_cut_off: bool) -> Ports {
    let mut world = World::new(0);
    world.weather = Weather::default();
    world.disk.is_in_place = false;
    let now = world.time.wall();
    world.disk.write(credential.map(str::to_owned), now);
    world.disk.journal = is_cut_off.then_some(None);
    let process = Process::command(1, &Shared::new(world.into()), i64::MAX);
    lock(&process.world).shown.begins(1);
    ports(&process, tokio::time::Instant::now())
}
