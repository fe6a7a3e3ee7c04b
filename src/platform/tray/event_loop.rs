//! The drawing where the menu bar needs no event loop of its own: the icon has a thread, and the thread that the caller gave
//! waits for no bus. It prints what there is to say without an icon, and ends with the worker whatever hangs.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use super::drawing::Drawing;
use super::line::Line;
use super::message::{Clicks, Message, TrayScreen};
use super::{host, view};
use crate::platform::deadline::Deadline;
use crate::ports::Stop;
use crate::ports::screen::HostWords;

/// After so long without an icon, the time left is printed.
const LONGEST_START: Duration = Duration::from_secs(5);

/// Draws until the worker closes its screen. `start` gets that screen and must not block.
pub fn run(clicks: &Clicks, words: HostWords, start: impl FnOnce(TrayScreen)) {
    let (sender, receiver) = mpsc::channel();
    let (to_icon, for_icon) = mpsc::channel();
    // All fail only where the receiver's thread has ended.
    let (clicked, heard) = (to_icon.clone(), sender.clone());
    view::report_clicks(clicks, move |message| drop(clicked.send(message)));
    host::watch(move |host| drop(heard.send(Message::Host(host))));
    draw_beside(for_icon, sender.clone(), clicks);
    start(TrayScreen::new(move |message| drop(sender.send(message))));
    follow(&receiver, &to_icon, &mut Line::new(words));
}

/// Until the worker has ended.
fn follow(receiver: &Receiver<Message>, to_icon: &Sender<Message>, line: &mut Line) {
    let stop = Stop::default();
    let mut start = Some(Deadline::after(LONGEST_START, &stop));
    loop {
        let message = match &start {
            Some(start) => receiver.recv_timeout(start.left()),
            None => receiver.recv().map_err(RecvTimeoutError::from),
        };
        match message {
            Ok(Message::Draw(view)) => {
                drop(to_icon.send(Message::Draw(view.clone())));
                line.show(view);
            }
            Ok(Message::Host(host)) => {
                drop(to_icon.send(Message::Host(host.clone())));
                line.heard(host);
            }
            Ok(Message::Built(built)) => line.built(built),
            Err(RecvTimeoutError::Timeout) => {
                start = None;
                line.is_overdue();
            }
            Ok(Message::Asked(answer)) => {
                let _has_gone = answer.send(line.icon());
            }
            // The icon's thread hears of clicks by itself.
            Ok(Message::Clicked(_)) => {}
            Ok(Message::Close) | Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    line.end();
}

/// The icon's own thread: each of its calls may wait for a panel, and none is waited for.
fn draw_beside(messages: Receiver<Message>, answers: Sender<Message>, clicks: &Clicks) {
    let clicks = Clicks::clone(clicks);
    let draw = move || {
        let mut drawing = Drawing::new(&clicks);
        for message in messages {
            let built = match message {
                // The panel does not tell whether the menu is open there.
                Message::Draw(view) => drawing.show(&view, false).1,
                Message::Host(host) => drawing.heard(&host),
                Message::Clicked(id) => {
                    drawing.clicked(&id);
                    None
                }
                Message::Built(_) | Message::Asked(_) | Message::Close => None,
            };
            if let Some(built) = built {
                drop(answers.send(Message::Built(built)));
            }
        }
    };
    if let Err(error) = thread::Builder::new().name("icon".to_owned()).spawn(draw) {
        tracing::warn!("no thread to draw an icon: {error}");
    }
}
