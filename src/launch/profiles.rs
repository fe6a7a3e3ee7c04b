//! Several profiles in one app: each has a loop of its own, and all share one screen, one menu and one turn to sync.

use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use jiff::{Timestamp, ZonedDateTime};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::app;
use crate::app::profiles::apart;
use crate::app::{Ended, Purpose};
use crate::domain::action::Action;
use crate::domain::settings::{ProfileName, Settings};
use crate::domain::state::State;
use crate::domain::state::event::Event;
use crate::platform::sync_lock::InTurn;
use crate::platform::tray::{Click, TrayScreen};
use crate::ports::notifier::{Answer, Answers, Button, Notification};
use crate::ports::{EventSink, Notifier, NotifierError, Ports, Screen, SyncLock};
use crate::view::{ProfileView, together};
use crate::words::profiles as words;

/// What one profile shows from a moment on.
struct Drawn {
    profile: usize,
    view: ProfileView,
    at: Timestamp,
}

/// A profile's part of the one screen.
struct Part {
    profile: usize,
    is_alone: bool,
    drawn: UnboundedSender<Drawn>,
}

impl Screen for Part {
    fn draw(&mut self, state: &State, now: &ZonedDateTime) {
        let view = ProfileView::of(state, now, self.is_alone);
        let drawn = Drawn { profile: self.profile, view, at: now.timestamp() };
        // Fails only where all loops have ended.
        drop(self.drawn.send(drawn));
    }
}

/// Says whose a notification is.
struct Named {
    name: ProfileName,
    notifier: Arc<dyn Notifier>,
}

impl Notifier for Named {
    fn listen(&self, sets: &[Vec<Button>], answers: Answers) {
        self.notifier.listen(sets, answers);
    }

    fn ask(&self) {
        self.notifier.ask();
    }

    fn show(&self, notification: &Notification) -> Result<(), NotifierError> {
        let summary = words::of(&self.name, &notification.summary);
        self.notifier.show(&Notification { summary, ..notification.clone() })
    }
}

/// The settings of each profile, the default one first; what is wrong with the config is said by the first look.
fn settings(ports: &Ports) -> Vec<Settings> {
    let default = app::settings(ports).map_or_else(|_| Settings::read_only(), |(settings, _)| settings);
    let (kept, left_out) = apart(ports, default);
    for name in left_out {
        tracing::warn!("the profile {name} is left out: it has the same sign-in as another one");
    }
    kept
}

/// Where the loops hear, in the order of the profiles.
struct Loops(Vec<(ProfileName, EventSink)>);

impl Loops {
    fn send_all(&self, event: impl Fn() -> Event) {
        self.0.iter().for_each(|(_, sink)| sink(event()));
    }

    /// Takes what happened to the loops that it concerns. `titled` is the profile whose time the title is.
    fn send_click(&self, Click { profile, event }: Click, titled: usize) {
        match event {
            Event::WillSleep => self.send_all(|| Event::WillSleep),
            Event::Woke => self.send_all(|| Event::Woke),
            Event::MenuOpened => self.send_all(|| Event::MenuOpened),
            Event::Chosen(Action::Quit) => self.send_all(|| Event::Chosen(Action::Quit)),
            event => {
                let profile =
                    if matches!(event, Event::Reopened | Event::Chosen(Action::ShowClocks)) { titled } else { profile };
                // No longer there where the config has just dropped it.
                if let Some((_, sink)) = self.0.get(profile) {
                    sink(event);
                }
            }
        }
    }

    /// All hear of it: which profile's loop hears of a reopen depends on what the title shows.
    fn send_answer(&self, Answer { profile, action }: Answer) {
        self.send_all(|| Event::NotificationAnswered);
        let its = self.0.iter().find(|(name, _)| *name == profile);
        if let (Some(action), Some((_, sink))) = (action, its) {
            sink(Event::Chosen(action));
        }
    }
}

/// Where there are several, they sync in turn, and each notification names its own.
fn of_profile(name: &ProfileName, ports: &Ports, in_turn: Option<&Arc<dyn SyncLock>>) -> Ports {
    let mut ports = Ports { profile: name.clone(), ..ports.clone() };
    if let Some(sync_lock) = in_turn {
        ports.sync_lock = Arc::clone(sync_lock);
        ports.notifier = Arc::new(Named { name: name.clone(), notifier: ports.notifier });
    }
    ports
}

/// Runs a loop for each profile until the user quits; anew, where the config lists other profiles.
pub(super) async fn run(
    ports: &Ports,
    mut screen: TrayScreen,
    mut clicks: UnboundedReceiver<Click>,
    mut answers: UnboundedReceiver<Answer>,
) {
    let sync_lock: Arc<dyn SyncLock> = Arc::new(InTurn::new(Arc::clone(&ports.sync_lock)));
    let (mut quits, mut sleeps) = (false, false);
    while !quits {
        let settings = settings(ports);
        let several = settings.len() > 1;
        let (sender, mut drawn) = unbounded_channel();
        let mut views = vec![None; settings.len()];
        let mut titled = 0;
        let mut loops = Loops(Vec::new());
        let mut running = FuturesUnordered::new();
        for (profile, settings) in settings.into_iter().enumerate() {
            let (events, received) = unbounded_channel();
            // Fails only where this loop has ended.
            let sink: EventSink = Arc::new(move |event| drop(events.send(event)));
            loops.0.push((settings.profile.clone(), EventSink::clone(&sink)));
            let ports = of_profile(&settings.profile, ports, several.then_some(&sync_lock));
            let part = Box::new(Part { profile, is_alone: !several, drawn: sender.clone() });
            running.push(app::run(Purpose::Serve, ports, settings, part, sink, received));
        }
        if sleeps {
            loops.send_all(|| Event::WillSleep);
        }
        loop {
            tokio::select! {
                biased;
                Some(Drawn { profile, view, at }) = drawn.recv() => {
                    views[profile] = Some(view);
                    // The menu is not to be laid out once for each of them.
                    if let Some(views) = views.iter().cloned().collect::<Option<Vec<_>>>() {
                        let (view, of) = together(&views, at);
                        titled = of;
                        screen.show(view);
                    }
                }
                ended = running.next() => {
                    let Some(ended) = ended else { break };
                    quits |= ended == Ended::Quit;
                    loops.send_all(|| Event::Leave);
                }
                // Last: each loop begins before it hears anything.
                Some(click) = clicks.recv() => {
                    // Also where a loop was asked to end for another reason.
                    quits |= click.event.asks_to_quit();
                    sleeps = click.event.says_whether_it_sleeps().unwrap_or(sleeps);
                    loops.send_click(click, titled);
                }
                // Once it is known what there is: Wick may have been launched for it.
                Some(answer) = answers.recv(), if views.iter().all(Option::is_some) => loops.send_answer(answer),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::ports::lock;

    #[test]
    fn all_hear_that_a_notification_was_answered_and_its_own_profile_what_was_chosen() {
        for (profile, action, expected) in [
            ("work", Some(Action::Refresh), ["default answered", "work answered", "work Chosen(Refresh)"].as_slice()),
            ("default", None, &["default answered", "work answered"]),
            ("no longer in the config", Some(Action::Refresh), &["default answered", "work answered"]),
        ] {
            let heard = Arc::<Mutex<Vec<String>>>::default();
            let loops = Loops(["default", "work"].map(|name| (ProfileName::new(name), ears(name, &heard))).to_vec());
            loops.send_answer(Answer { profile: ProfileName::new(profile), action });
            assert_eq!(*lock(&heard), expected, "{profile}");
        }
    }

    fn ears(name: &'static str, heard: &Arc<Mutex<Vec<String>>>) -> EventSink {
        let heard = Arc::clone(heard);
        Arc::new(move |event| {
            let what = match event {
                Event::NotificationAnswered => "answered".to_owned(),
                other => format!("{other:?}"),
            };
            lock(&heard).push(format!("{name} {what}"));
        })
    }
}
