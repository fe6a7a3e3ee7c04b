//! The drawing thread where the menu bar lives in the main event loop, as macOS demands.

use std::sync::mpsc;
use std::time::Duration;

use tao::event::{Event as LoopEvent, StartCause};
use tao::event_loop::{ControlFlow, EventLoop, EventLoopBuilder};

use super::{Clicks, Message, TrayScreen, host, view};
use crate::domain::action::Action;
use crate::domain::facts::TrayHost;
use crate::domain::state::event::Event;
use crate::platform::terminal::StatusLine;
use crate::ports::EventSink;
use crate::ports::screen::TerminalTexts;

/// Longer than a refresh in flight takes.
const LONGEST_END: Duration = Duration::from_secs(45);

/// Draws until the worker closes its screen. `start` gets that screen and must not block.
///
/// Does not return: the loop ends the process.
pub fn run(clicks: &Clicks, texts: TerminalTexts, start: impl FnOnce(TrayScreen)) {
    let mut event_loop = EventLoopBuilder::<Message>::with_user_event().build();
    stay_out_of_the_dock(&mut event_loop);
    view::report_clicks(clicks);
    let proxy = event_loop.create_proxy();
    let (closed, has_closed) = mpsc::channel();
    // Both fail only where the loop has ended, and then the process has.
    start(TrayScreen::new(Box::new(move |message| {
        if matches!(message, Message::Close) {
            let _nobody_waits_yet = closed.send(());
        }
        drop(proxy.send_event(message));
    })));
    let events = EventSink::clone(&clicks.of_all);
    let mut tray: Option<view::Tray> = None;
    let mut line = StatusLine::new(texts);
    let mut started = false;
    let mut waiting = None;
    event_loop.run(move |event, _, flow| {
        *flow = ControlFlow::Wait;
        match event {
            // An icon that is built before the loop runs does not show over full-screen apps.
            LoopEvent::NewEvents(StartCause::Init) => started = true,
            LoopEvent::UserEvent(Message::Draw(view)) => waiting = Some(view),
            LoopEvent::UserEvent(Message::Close) => {
                line.end();
                *flow = ControlFlow::Exit;
            }
            // A logout ends the loop without asking: the worker ends first, with a refresh in flight.
            LoopEvent::LoopDestroyed => {
                events(Event::Chosen(Action::Quit));
                let _ended_or_hangs = has_closed.recv_timeout(LONGEST_END);
            }
            // A second launch: the way in when the icon is hidden.
            LoopEvent::Reopen { .. } => events(Event::Chosen(Action::ShowClocks)),
            _ => {}
        }
        let Some(view) = waiting.take_if(|_| started) else { return };
        match &mut tray {
            Some(tray) => in_a_pool(|| tray.update(view.clone())),
            // Tried once: where there is no session bus now, none comes to this process later.
            None if line.is_begun() => {}
            None => match view::Tray::build(view.clone()) {
                Ok(built) => tray = Some(built),
                Err(error) => {
                    tracing::warn!("no tray icon: {error}");
                    line.begin(&TrayHost::NoBus(error));
                }
            },
        }
        if !line.is_silent() {
            if tray.is_some() {
                line.begin(&host::find());
            }
            line.draw(&view);
        }
    })
}

/// Frees at once what `AppKit` puts aside for later: an update comes by no event of its own, and until one arrives the main
/// loop's pool keeps everything.
#[cfg(target_os = "macos")]
fn in_a_pool(update: impl FnOnce()) {
    objc2::rc::autoreleasepool(|_| update());
}

#[cfg(not(target_os = "macos"))]
fn in_a_pool(update: impl FnOnce()) {
    update();
}

#[cfg(target_os = "macos")]
fn stay_out_of_the_dock(event_loop: &mut EventLoop<Message>) {
    use tao::platform::macos::{ActivationPolicy, EventLoopExtMacOS};
    event_loop.set_activation_policy(ActivationPolicy::Accessory);
    // Opened at login, it must not take the keyboard from whoever types by then.
    event_loop.set_activate_ignoring_other_apps(false);
}

#[cfg(not(target_os = "macos"))]
fn stay_out_of_the_dock(_event_loop: &mut EventLoop<Message>) {}
