//! The next moment at which something changes by itself.

use jiff::Timestamp;

use super::looking::LOOK_EVERY;
use super::{FIRST_LOOK, State};
use crate::domain::{alert, time};

impl State {
    /// The next moment at which something visible or due changes.
    pub fn wake_at(&self, now: Timestamp) -> Timestamp {
        let regular = time::after(now, LOOK_EVERY);
        let clocks =
            self.credential().into_iter().flat_map(|credential| [credential.expires_at, credential.login_expires_at]);
        let texts = clocks.flatten().filter_map(|end| time::next_change(end, now));
        let alert = alert::next(&self.deadlines(), now);
        let first =
            self.started_at.and_then(|started| started.checked_add(FIRST_LOOK).ok()).filter(|first| *first > now);
        // One that is due already begins when the look under way has ended.
        let refresh = self.refresh_due(now).filter(|due| *due > now);
        let sync = self.sync_due(now).filter(|due| *due > now);
        let moments = texts.chain(alert).chain(self.look_due).chain(refresh).chain(sync).chain(first);
        moments.chain([regular]).min().unwrap_or(regular).max(now)
    }
}
