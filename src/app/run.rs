//! The loop: one event after the other, until the user quits.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::Instant;

use super::effects::Effects;
use crate::domain::action::Action;
use crate::domain::settings::Settings;
use crate::domain::state::State;
pub use crate::domain::state::event::Ended;
use crate::domain::state::event::{Effect, Event};
use crate::domain::state::step::step;
use crate::domain::sync::SyncMemory;
use crate::ports::{EventSink, Ports, Screen};

/// A sleep this long counts. A clock that the network keeps right moves by less.
const SLEPT: SignedDuration = SignedDuration::from_secs(5);

/// What the loop is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To do all that the settings say.
    Serve,
    /// To show what others do: it refreshes, syncs, says and remembers nothing.
    Watch,
}

/// Runs until the user quits. `settings` is what the config said; the first look reads it again.
///
/// `events` feeds the other end of `received`: watchers and buttons report by it.
pub async fn run(
    purpose: Purpose,
    ports: Ports,
    settings: Settings,
    mut screen: Box<dyn Screen>,
    events: EventSink,
    mut received: UnboundedReceiver<Event>,
) -> Ended {
    let watches = purpose == Purpose::Watch;
    // First the version of what is remembered, then the memory itself: what is written in between shows in the next one.
    let mut effects = Effects::new(watches, &ports, &settings, &events);
    let (mut memories, memory) = ports.state_file.load_all();
    if watches {
        // Read once, it would stand against what others note of their refreshes later.
        memories.clear();
    }
    let mut state = State::new(settings, ports.home.clone(), memories);
    state.only_watches = watches;
    // Why it cannot be read is in the log.
    state.syncing.memory = memory.unwrap_or_else(|_| {
        effects.memory_is_unread();
        SyncMemory::unread()
    });
    events(Event::Started);
    let mut clocks = Clocks { wall: ports.clock.now().timestamp(), running: Instant::now() };
    let ended = 'running: loop {
        let now = ports.clock.now();
        if state.is_worth_drawing(now.timestamp()) {
            screen.draw(&state, &now);
        }
        let sleep = until(&state.wake_at(now.timestamp()).duration_since(now.timestamp()));
        // In a fixed order, so that the same happenings are always the same run; looks are first, being begun by the others.
        let mut events = tokio::select! {
            biased;
            events = effects.looked() => events,
            event = received.recv() => vec![event.unwrap_or(Event::Chosen(Action::Quit))],
            () = tokio::time::sleep(sleep) => vec![Event::Tick],
        };
        let now = ports.clock.now();
        if clocks.slept(now.timestamp()) {
            begin_with_the_sleep(&mut events, &mut effects);
        }
        if events.iter().any(|event| matches!(event, Event::SyncEnded(_, None))) {
            effects.memory_is_unread();
        }
        for effect in events.into_iter().flat_map(|event| step(&mut state, event, &now)).collect::<Vec<_>>() {
            if let Effect::End(ended) = effect {
                break 'running ended;
            }
            effects.run(effect, &state);
        }
        effects.go_on();
    };
    effects.finish().await;
    ended
}

/// What a look that began before has read may be hours old; one look does the work of all.
fn begin_with_the_sleep(events: &mut Vec<Event>, effects: &mut Effects) {
    if events.iter().any(|event| matches!(event, Event::Loaded(_))) {
        effects.distrust_last_look();
    }
    events.retain(|event| !is_superseded(event));
    events.insert(0, Event::Slept);
}

/// Whether a look after a sleep makes this one void.
fn is_superseded(event: &Event) -> bool {
    matches!(event, Event::Tick | Event::Loaded(_) | Event::NothingMoved)
}

/// The clock on the wall, and the one that stands still while the computer sleeps.
struct Clocks {
    wall: Timestamp,
    running: Instant,
}

impl Clocks {
    /// Whether the computer slept since the last call, or someone set the clock ahead, which comes to the same.
    fn slept(&mut self, now: Timestamp) -> bool {
        let ran = SignedDuration::try_from(self.running.elapsed()).unwrap_or(SignedDuration::MAX);
        let slept = now.duration_since(self.wall) - ran >= SLEPT;
        *self = Self { wall: now, running: Instant::now() };
        slept
    }
}

/// A timer fires at whole milliseconds; one that fired early would find nothing due.
fn until(span: &SignedDuration) -> Duration {
    span.unsigned_abs() + Duration::from_millis(1)
}
