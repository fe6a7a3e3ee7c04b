//! What whoever started Wick in a terminal reads: where the icon is, and where there is none the time left.

use super::message::Built;
use crate::domain::facts::{IconPlace, TrayHost};
use crate::platform::terminal::StatusLine;
use crate::ports::screen::{HostWords, TrayView};

pub(super) struct Line {
    status: StatusLine,
    view: Option<TrayView>,
    host: Option<TrayHost>,
    built: Option<Built>,
    is_overdue: bool,
}

impl Line {
    pub(super) fn new(words: HostWords) -> Self {
        Self { status: StatusLine::new(words), view: None, host: None, built: None, is_overdue: false }
    }

    pub(super) fn show(&mut self, view: TrayView) {
        self.view = Some(view);
        self.draw();
    }

    pub(super) fn heard(&mut self, host: TrayHost) {
        if !matches!(host, TrayHost::Present | TrayHost::NoHost) {
            self.built = None;
        }
        self.host = Some(host);
        self.draw();
    }

    pub(super) fn built(&mut self, built: Built) {
        self.built = Some(built);
        self.draw();
    }

    /// Nobody is waited for any longer.
    #[cfg(not(any(target_os = "macos", feature = "tao")))]
    pub(super) fn is_overdue(&mut self) {
        self.is_overdue = true;
        self.draw();
    }

    /// Leaves the terminal at the start of a new line.
    pub(super) fn end(&mut self) {
        self.status.end();
    }

    fn draw(&mut self) {
        if let (Some(view), Some(host)) = (&self.view, self.place()) {
            self.status.draw(view, host);
        }
    }

    /// Where it is for one who asks.
    pub(super) fn icon(&self) -> IconPlace {
        match (&self.host, &self.built) {
            (Some(TrayHost::Present), Some(Ok(()))) => IconPlace::Shown,
            _ => IconPlace::Nowhere,
        }
    }

    /// Where the icon is, as far as that is known.
    fn place(&self) -> Option<TrayHost> {
        match (&self.host, &self.built) {
            (Some(TrayHost::Present | TrayHost::NoHost), Some(Err(error))) => Some(TrayHost::NoBus(error.clone())),
            (None, _) | (Some(TrayHost::Present), None) => self.is_overdue.then_some(TrayHost::Silent),
            (Some(host), _) => Some(host.clone()),
        }
    }
}
