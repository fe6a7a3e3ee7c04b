//! The drawing thread where the menu bar lives in the main event loop, as macOS demands.

use std::sync::mpsc;
use std::time::Duration;

use tao::event::{Event as LoopEvent, StartCause};
use tao::event_loop::{ControlFlow, EventLoop, EventLoopBuilder};

use super::drawing::Drawing;
use super::line::Line;
use super::message::{Click, Clicks, Message, TrayScreen};
use super::{host, view};
use crate::domain::action::Action;
use crate::domain::facts::TrayHost;
use crate::domain::state::event::Event;
use crate::ports::screen::{HostWords, TrayView};

/// Longer than a refresh in flight takes.
const LONGEST_END: Duration = Duration::from_secs(45);

/// Draws until the worker closes its screen. `start` gets that screen and must not block.
///
/// Does not return: the loop ends the process.
pub fn run(clicks: &Clicks, words: HostWords, start: impl FnOnce(TrayScreen)) {
    let mut event_loop = EventLoopBuilder::<Message>::with_user_event().build();
    stay_out_of_the_dock(&mut event_loop);
    let (proxy, for_clicks, for_host) =
        (event_loop.create_proxy(), event_loop.create_proxy(), event_loop.create_proxy());
    let (closed, has_closed) = mpsc::channel();
    // All fail only where the loop has ended, and then the process has.
    view::report_clicks(clicks, move |message| drop(for_clicks.send_event(message)));
    host::watch(move |host| drop(for_host.send_event(Message::Host(host))));
    start(TrayScreen::new(move |message| {
        if matches!(message, Message::Close) {
            let _nobody_waits_yet = closed.send(());
        }
        drop(proxy.send_event(message));
    }));
    let (mut drawing, mut line) = (Drawing::new(clicks), Line::new(words));
    let clicks = Clicks::clone(clicks);
    let mut started = false;
    let (mut waiting, mut host) = (None, None);
    event_loop.run(move |event, _, flow| {
        *flow = ControlFlow::Wait;
        match event {
            // An icon that is built before the loop runs does not show over full-screen apps.
            LoopEvent::NewEvents(StartCause::Init) => started = true,
            LoopEvent::UserEvent(Message::Draw(view)) => {
                line.show(view.clone());
                waiting = Some(view);
            }
            LoopEvent::UserEvent(Message::Host(found)) => {
                line.heard(found.clone());
                host = Some(found);
            }
            LoopEvent::UserEvent(Message::Clicked(id)) => drawing.clicked(&id),
            LoopEvent::UserEvent(Message::Asked(answer)) => {
                let _has_gone = answer.send(drawing.place(line.icon()));
            }
            LoopEvent::UserEvent(Message::Close) => {
                line.end();
                *flow = ControlFlow::Exit;
            }
            // A logout ends the loop without asking: the worker ends first, with a refresh in flight.
            LoopEvent::LoopDestroyed => {
                clicks(Click { profile: 0, event: Event::Chosen(Action::Quit) });
                let _ended_or_hangs = has_closed.recv_timeout(LONGEST_END);
            }
            // A second launch, the way in when the icon is hidden; or something else, which the rules tell apart.
            LoopEvent::Reopen { .. } => clicks(Click { profile: 0, event: Event::Reopened }),
            _ => {}
        }
        // One that has to wait is tried at each event; there is one when the menu shuts.
        if started {
            draw(&mut drawing, &mut line, &mut host, &mut waiting);
        }
    })
}

fn draw(drawing: &mut Drawing, line: &mut Line, host: &mut Option<TrayHost>, waiting: &mut Option<TrayView>) {
    let built = host.take().and_then(|host| drawing.heard(&host));
    if let Some(built) = built {
        line.built(built);
    }
    waiting.take_if(|view| {
        let (is_done, built) = drawing.show(view, menu_is_open());
        if let Some(built) = built {
            line.built(built);
        }
        is_done
    });
}

/// While a menu is open, the main thread runs the loop in a mode of its own.
#[cfg(target_os = "macos")]
fn menu_is_open() -> bool {
    let mode = core_foundation::runloop::CFRunLoop::get_current().current_mode();
    mode.is_some_and(|mode| mode == "NSEventTrackingRunLoopMode")
}

/// GTK does not tell.
#[cfg(not(target_os = "macos"))]
fn menu_is_open() -> bool {
    false
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
