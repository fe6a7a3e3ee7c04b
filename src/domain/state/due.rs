//! The next moment at which something changes by itself.

use jiff::Timestamp;

use super::looking::LOOK_EVERY;
use super::{FIRST_LOOK, State};
use crate::domain::{alert, time};

impl State {
    /// The next moment at which something visible or due changes.
    pub fn wake_at(&self, now: Timestamp) -> Timestamp {
        let regular = time::after(now, LOOK_EVERY);
        let clocks = self
            .credential()
            .into_iter()
            .flat_map(|found| [found.expires_at, found.login_expires_at, found.login_ends_from()]);
        let texts = clocks.flatten().filter_map(|end| time::next_change(end, now));
        let alert = alert::next(&self.deadlines(), now);
        let first =
            self.started_at.and_then(|started| started.checked_add(FIRST_LOOK).ok()).filter(|first| *first > now);
        // One that is due already begins when the look under way has ended.
        let refresh = self.refresh_due(now).filter(|due| *due > now);
        let sync = self.sync_due(now).filter(|due| *due > now);
        let moments = texts
            .chain(alert)
            .chain(self.reopening.due)
            .chain(self.said_again_at(now))
            .chain(self.look_due)
            .chain(refresh)
            .chain(sync)
            .chain(first);
        moments.chain([regular]).min().unwrap_or(regular).max(now)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::{SignedDuration, tz::TimeZone};

    use super::*;
    use crate::domain::settings::Settings;
    use crate::domain::state::event::{Effect, Event, Look};
    use crate::domain::state::step::step;

    #[test]
    fn a_look_that_was_due_long_ago_is_taken_once_and_does_not_keep_the_loop_awake() {
        let now = Timestamp::from_second(1_800_000_000).expect("a moment of this century");
        let mut state = State::new(Settings::default(), String::new(), BTreeMap::new());
        state.look_due = Some(now - SignedDuration::from_hours(1));
        assert_eq!(state.wake_at(now), now);
        let zoned = now.to_zoned_datetime(TimeZone::UTC);
        assert_eq!(step(&mut state, Event::Tick, &zoned), [Effect::Look(Look::Again)]);
        assert_eq!(state.wake_at(now), now + LOOK_EVERY);
    }
}
