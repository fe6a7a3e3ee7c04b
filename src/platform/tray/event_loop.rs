//! The drawing thread where the menu bar needs no event loop of its own: it sleeps until a message comes.

use std::sync::mpsc;

use super::drawing::Drawing;
use super::message::{Clicks, Message, TrayScreen};
use super::view;
use crate::ports::screen::HostWords;

/// Draws until the worker closes its screen. `start` gets that screen and must not block.
pub fn run(clicks: &Clicks, words: HostWords, start: impl FnOnce(TrayScreen)) {
    let (sender, receiver) = mpsc::channel();
    // The receiver goes only when this function has returned.
    let send = move |message| drop(sender.send(message));
    view::report_clicks(clicks, send.clone());
    start(TrayScreen::new(send));
    let mut drawing = Drawing::new(words, clicks);
    for message in receiver {
        match message {
            // The panel does not tell whether the menu is open there.
            Message::Draw(view) => {
                drawing.show(&view, false);
            }
            Message::Clicked(id) => drawing.clicked(&id),
            Message::Close => break,
        }
    }
    drawing.end();
}
