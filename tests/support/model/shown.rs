//! What the user is shown, and what must hold of it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::{SignedDuration, Timestamp, ZonedDateTime};
use wick::domain::alert::AlertMemory;
use wick::domain::fingerprint::Fingerprint;
use wick::domain::refresh::Outcome;
use wick::domain::state::State;
use wick::ports::notifier::{Answers, Button, Notification, Subject};
use wick::ports::screen::{Entry, TrayView};
use wick::ports::{Notifier, NotifierError, Screen, lock};
use wick::view::menu_bar;

use super::super::credential::SENTINEL;
use super::process::Process;

/// How long a click counts for what is sent after it.
const CLICKED: SignedDuration = SignedDuration::from_mins(10);

#[derive(Default)]
pub struct Shown {
    living: BTreeSet<u64>,
    /// Of the app that runs: whether it shows a failure of refreshing, and of which token.
    failure: Option<Option<Fingerprint>>,
    is_refresh_failing: bool,
    pub standing: Option<String>,
    pub alerts_shown: usize,
    pub alerts_to_remember: usize,
    /// What the app that runs has said, as it is to be remembered.
    pub announced: AlertMemory,
    refresh_asked: Option<Timestamp>,
    pub sync_asked: Option<Timestamp>,
    pub draws: Arc<AtomicUsize>,
}

impl Shown {
    pub fn begins(&mut self, process: u64) {
        self.living.insert(process);
    }

    pub fn ends(&mut self, process: u64) {
        self.living.remove(&process);
    }

    pub fn is_alive(&self, process: u64) -> bool {
        self.living.contains(&process)
    }

    /// A new app shows nothing yet.
    pub fn restart(&mut self) {
        (self.failure, self.is_refresh_failing, self.standing) = (None, false, None);
        (self.alerts_shown, self.alerts_to_remember, self.announced) = (0, 0, AlertMemory::default());
    }

    pub fn says_that_refreshing_failed(&self, stored: Option<&Fingerprint>) -> bool {
        self.is_refresh_failing || self.failure.as_ref().is_some_and(|failure| failure.as_ref() == stored)
    }

    pub fn ask_for_a_refresh(&mut self, now: Timestamp) {
        self.refresh_asked = Some(now);
    }

    pub fn was_a_refresh_asked_for(&self, now: Timestamp) -> bool {
        self.refresh_asked.is_some_and(|at| now.duration_since(at) <= CLICKED)
    }
}

pub struct ModelScreen(pub Process);

impl Screen for ModelScreen {
    fn draw(&mut self, state: &State, now: &ZonedDateTime) {
        let view = menu_bar(state, now);
        let mut world = lock(&self.0.world);
        world.shown.draws.fetch_add(1, Ordering::Relaxed);
        if texts(&view).iter().any(|text| text.contains(SENTINEL)) {
            world.must_not_be("a token is shown in the menu");
        }
        let moment = now.timestamp();
        if state.wake_at(moment) < moment {
            world.must_not_be("the next thing to do is in the past");
        }
        let standing = state.standing_failure();
        world.shown.standing = standing.map(|failure| format!("{:?}", failure.failure));
        world.shown.failure = standing.map(|failure| Some(failure.token.clone()));
        let last = state.refreshing.last.as_ref();
        world.shown.is_refresh_failing = last.is_some_and(|(_, report)| report.outcome == Outcome::Failed);
        if let Some((_, report)) = last
            && format!("{report:?}").contains(SENTINEL)
        {
            world.must_not_be("a token is in a report");
        }
    }
}

fn texts(view: &TrayView) -> Vec<&str> {
    fn of<'a>(entries: &'a [Entry], texts: &mut Vec<&'a str>) {
        for entry in entries {
            match entry {
                Entry::Separator => {}
                Entry::Text(text) | Entry::Button(_, text) => texts.push(text),
                Entry::Switch(_, text, _) => texts.push(text),
                Entry::Group(text, entries) | Entry::Profile(_, text, entries) => {
                    texts.push(text);
                    of(entries, texts);
                }
            }
        }
    }
    let mut found = vec![view.title.as_str(), view.tooltip.as_str()];
    of(&view.menu, &mut found);
    found
}

pub struct ModelNotifier(pub Process);

impl Notifier for ModelNotifier {
    fn listen(&self, _: &[Vec<Button>], _: Answers) {}

    fn ask(&self) {}

    fn show(&self, notification: &Notification) -> Result<(), NotifierError> {
        self.0.begin();
        let mut world = lock(&self.0.world);
        world.note("notified", format!("{} {}", notification.summary, notification.body.replace('\n', " ")));
        if format!("{notification:?}").contains(SENTINEL) {
            world.must_not_be("a token is in a notification");
        }
        if matches!(notification.subject.1, Subject::Alert(_)) {
            world.shown.alerts_shown += 1;
        }
        Ok(())
    }
}
