//! The drawing thread where the menu bar needs no event loop of its own: it sleeps until the worker sends something.

use std::sync::mpsc;

use super::{Clicks, Message, TrayScreen, host, view};
use crate::domain::facts::TrayHost;
use crate::platform::terminal::StatusLine;
use crate::ports::screen::TerminalTexts;

/// Draws until the worker closes its screen. `start` gets that screen and must not block.
pub fn run(clicks: &Clicks, texts: TerminalTexts, start: impl FnOnce(TrayScreen)) {
    let (sender, receiver) = mpsc::channel();
    view::report_clicks(clicks);
    // The receiver goes only when this function has returned.
    start(TrayScreen::new(Box::new(move |message| drop(sender.send(message)))));
    let mut tray = None;
    let mut line = StatusLine::new(texts);
    while let Ok(Message::Draw(view)) = receiver.recv() {
        match &mut tray {
            None => match view::Tray::build(view.clone()) {
                Ok(built) => tray = Some(built),
                Err(error) => {
                    tracing::warn!("no tray icon: {error}");
                    line.begin(&TrayHost::NoBus(error));
                    return draw_lines(&receiver, line, &view);
                }
            },
            Some(tray) => tray.update(view.clone()),
        }
        if !line.is_silent() {
            line.begin(&host::find());
            line.draw(&view);
        }
    }
    line.end();
}

fn draw_lines(receiver: &mpsc::Receiver<Message>, mut line: StatusLine, first: &crate::ports::screen::TrayView) {
    line.draw(first);
    while let Ok(Message::Draw(view)) = receiver.recv() {
        line.draw(&view);
    }
    line.end();
}
