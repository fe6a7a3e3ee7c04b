//! What must hold once nothing is in the way any more: what can be had is had, and what cannot is said.

use std::time::Duration;

use wick::domain::settings::Settings;
use wick::ports::lock;

use super::acts::config;
use super::claude;
use super::disk::whereabouts;
use super::driver::Model;
use super::world::World;

/// Longer than any wait after a failure that may pass, but for those that take the user.
const CALM: Duration = Duration::from_secs(4 * 3600);
const ACCESS: &str = "CLAUDE_ACCESS_TOKEN";

/// Everything works again, and Wick is left alone.
pub async fn calm_down(model: &mut Model) {
    if model.broken() {
        return;
    }
    model.is_calm = true;
    {
        let mut world = lock(&model.world);
        world.note("calm", "");
        world.weather = super::world::Weather::default();
        world.time.wrong = 0;
        for _ in 0..6 {
            if !world.claude.is_idle() {
                claude::step(&mut world, false);
            }
        }
        world.disk.config = config(true, "10m", true, true, 2);
        world.disk.config_version += 1;
    }
    if model.app.is_none() {
        model.start();
    }
    model.wait(CALM).await;
    if model.app.is_none() {
        // Asked to quit just before.
        model.start();
        model.wait(CALM).await;
    }
    if !model.broken() {
        judge(&mut lock(&model.world));
    }
}

fn judge(world: &mut World) {
    let now = world.time.wall();
    let place = whereabouts(world).unwrap_or("nowhere");
    if world.server.latest().ended.is_some() {
        return;
    }
    if place != "stored" && !place.starts_with("said") {
        world.must_not_be(format!("hours later the sign-in is {place}"));
    }
    // A click on the switch that was under way may have turned it off since.
    // An expired sign-in is renewed by the user alone, which the clocks say.
    let is_over = world.disk.signed_in().is_some_and(|found| found.login_has_ended(now));
    let is_to_live =
        settings(world).refresh.automatic && place == "stored" && !world.disk.access_lives(now) && !is_over;
    if is_to_live && world.shown.standing.is_none() {
        world.must_not_be("hours later the access token has expired, and nothing is shown of it");
    }
    if is_to_live && world.shown.standing.as_ref().is_some_and(|why| passes(why)) {
        let why = world.shown.standing.clone();
        world.must_not_be(format!("hours later the access token has expired, for want of another try after {why:?}"));
    }
    judge_targets(world);
}

fn settings(world: &World) -> Settings {
    wick::config::parse(&world.disk.config, "/home/ada").expect("the calm config, with no more than a switch turned")
}

fn passes(why: &str) -> bool {
    !["InvalidGrant", "NoAnswer", "BadAnswer", "Interrupted", "Lost"].iter().any(|kind| why.starts_with(kind))
}

/// Each target holds the access token that is stored, or it is known why it does not.
fn judge_targets(world: &mut World) {
    let now = world.time.wall();
    let Some(stored) = world.disk.signed_in().filter(|found| found.lives(now)) else { return };
    let pace = world.disk.sync.pace.values().next().cloned().unwrap_or_default();
    let settings = settings(world);
    for target in &settings.targets {
        let place = target.to_string();
        let kept = world.github.places.get(&place).and_then(|secrets| secrets.get(ACCESS));
        let is_allowed = world.disk.sync.places.allow_target(target, &settings);
        if !is_allowed || kept.is_some_and(|kept| kept.value == stored.access_token.expose()) {
            continue;
        }
        let memory = world.disk.sync.targets.values().find(|memory| memory.name == place);
        // A pause of a clock that was ahead by less than a day is believed, and shown.
        let is_known = pace.pause(now).is_some()
            || memory.is_some_and(|memory| {
                let is_drifted = memory.secrets.values().any(|secret| secret.drifted);
                memory.failure.is_some() || is_drifted || memory.is_of_another_account(&stored)
            });
        if !is_known {
            world.must_not_be(format!(
                "hours later {place} holds another access token, and nothing is known of it: {memory:?} {pace:?}"
            ));
        }
    }
}
