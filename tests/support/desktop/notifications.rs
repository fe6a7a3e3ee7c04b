//! A notification service that records, or hangs.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::{Duration, Instant};

use zbus::blocking::Connection;
use zbus::object_server::SignalEmitter;
use zbus::zvariant::OwnedValue;

use super::Bus;
use crate::support::PATIENCE;

const NOTIFICATIONS: &str = "org.freedesktop.Notifications";
const NOTIFICATIONS_PATH: &str = "/org/freedesktop/Notifications";

/// A notification as the service received it.
#[derive(Clone, Debug)]
pub struct Shown {
    pub id: u32,
    /// The id of the one whose place it takes; 0 for none.
    pub replaces: u32,
    pub summary: String,
    pub body: String,
    /// Key and label, in turn.
    pub actions: Vec<String>,
    /// A name or a file; empty for none.
    pub icon: String,
    pub hints: Arc<HashMap<String, OwnedValue>>,
}

impl Shown {
    /// A hint of one byte.
    pub fn urgency(&self) -> u8 {
        self.hints["urgency"].downcast_ref().expect("a byte")
    }
}

struct Service {
    shown: Arc<Mutex<Vec<Shown>>>,
    capabilities: Vec<&'static str>,
    /// Whether it never answers.
    is_silent: bool,
}

#[zbus::interface(name = "org.freedesktop.Notifications")]
impl Service {
    #[expect(clippy::too_many_arguments, reason = "so many has the specification")]
    fn notify(
        &self,
        _app: &str,
        replaces: u32,
        icon: &str,
        summary: &str,
        body: &str,
        actions: Vec<String>,
        hints: HashMap<String, OwnedValue>,
        _timeout: i32,
    ) -> u32 {
        let mut shown = self.shown.lock().expect("not poisoned");
        let id = if replaces == 0 { u32::try_from(shown.len() + 1).expect("few") } else { replaces };
        let (summary, body, icon) = (summary.to_owned(), body.to_owned(), icon.to_owned());
        shown.push(Shown { id, replaces, summary, body, actions, icon, hints: Arc::new(hints) });
        id
    }

    async fn get_capabilities(&self) -> Vec<&'static str> {
        if self.is_silent {
            std::future::pending::<()>().await;
        }
        self.capabilities.clone()
    }

    fn get_server_information(&self) -> (&str, &str, &str, &str) {
        ("test service", "wick", "1", "1.2")
    }

    fn close_notification(&self, _id: u32) {}

    #[zbus(signal)]
    async fn action_invoked(emitter: &SignalEmitter<'_>, id: u32, key: &str) -> zbus::Result<()>;
}

/// A notification service that records.
pub struct NotificationDaemon {
    connection: Connection,
    shown: Arc<Mutex<Vec<Shown>>>,
}

impl NotificationDaemon {
    pub fn start(bus: &Bus, capabilities: &[&'static str]) -> Self {
        Self::serve(bus, capabilities, false)
    }

    /// One that hangs.
    pub fn silent(bus: &Bus) -> Self {
        Self::serve(bus, &[], true)
    }

    fn serve(bus: &Bus, capabilities: &[&'static str], is_silent: bool) -> Self {
        let shown = Arc::new(Mutex::new(Vec::new()));
        let service = Service { shown: Arc::clone(&shown), capabilities: capabilities.to_vec(), is_silent };
        let builder = bus.builder().serve_at(NOTIFICATIONS_PATH, service).expect("a path");
        let connection = builder.name(NOTIFICATIONS).expect("a name").build().expect("the bus runs");
        Self { connection, shown }
    }

    pub fn shown(&self) -> Vec<Shown> {
        self.shown.lock().expect("not poisoned").clone()
    }

    #[track_caller]
    pub fn wait_for(&self, summary: &str) -> Shown {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let shown = self.shown();
            if let Some(found) = shown.iter().rev().find(|shown| shown.summary.contains(summary)) {
                return found.clone();
            }
            let summaries: Vec<&str> = shown.iter().map(|shown| shown.summary.as_str()).collect();
            assert!(Instant::now() < deadline, "waited {PATIENCE:?} in vain for {summary:?}; shown were {summaries:?}");
            sleep(Duration::from_millis(5));
        }
    }

    /// Clicks a button.
    pub fn click(&self, id: u32, key: &str) {
        self.emit("ActionInvoked", &(id, key));
    }

    /// A person closes one.
    pub fn close(&self, id: u32) {
        const BY_THE_USER: u32 = 2;
        self.emit("NotificationClosed", &(id, BY_THE_USER));
    }

    fn emit<B: serde::Serialize + zbus::zvariant::DynamicType>(&self, signal: &str, body: &B) {
        let told = self.connection.emit_signal(None::<&str>, NOTIFICATIONS_PATH, NOTIFICATIONS, signal, body);
        told.expect("the bus runs");
    }
}
