//! Notifications over the session bus, as freedesktop.org's Desktop Notifications Specification 1.2 says.
//!
//! One connection, and one thread that listens for clicks, however many notifications are shown: one that is closed leaves
//! nothing behind, and neither does a service that crashes or never answers.

use std::collections::VecDeque;
use std::env;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use zbus::blocking::Connection;
use zbus::fdo;
use zbus::message::Message;
use zbus::zvariant::{Dict, Signature, StructureBuilder, Value};

use super::bus;
use super::tray::icon::{self, Ink};
use crate::domain::facts::NotificationService;
use crate::ports::notifier::{Answer, Answers, Button, Notification, action_of, key};
use crate::ports::screen::{CANDLE_STEPS, Icon, Wax};
use crate::ports::{Notifier, NotifierError, lock, start_thread};

const SERVICE: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";
const BUS: &str = "org.freedesktop.DBus";
/// What the listener is to hear.
const RULES: [&str; 2] = [
    "type='signal',sender='org.freedesktop.Notifications',interface='org.freedesktop.Notifications'",
    "type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0='org.freedesktop.Notifications'",
];
/// How long an answer is waited for; a service that the bus has to start first takes a while.
const LIMIT: Duration = Duration::from_secs(10);
/// The same where someone waits for the doctor.
const FIND_LIMIT: Duration = Duration::from_secs(2);
/// Where a package puts the icon, beside the folder of the program.
const ICON: &str = "share/icons/hicolor/128x128/apps/wick.png";
/// The side of the one that is drawn where there is no package, in pixels.
const PICTURE: u16 = 48;
/// How urgent the specification lets one be; a critical one stays until it is closed.
const NORMAL: u8 = 1;
const CRITICAL: u8 = 2;
/// As many are remembered: some services never report that one was closed.
const MOST: usize = 16;

/// The service of this session. Nothing is asked of it before the first notification.
#[derive(Default)]
pub struct SystemNotifier {
    session: Mutex<Option<Session>>,
    answers: OnceLock<Answers>,
}

impl Notifier for SystemNotifier {
    fn listen(&self, _sets: &[Vec<Button>], answers: Answers) {
        // Another one would be of another app.
        drop(self.answers.set(answers));
    }

    /// Nobody has to be asked here.
    fn ask(&self) {}

    fn show(&self, notification: &Notification) -> Result<(), NotifierError> {
        let mut kept = lock(&self.session);
        let open = || Session::open(self.answers.get().cloned());
        let shown = kept.take().map_or_else(open, Ok).and_then(|session| {
            let shown = session.show(notification);
            match &shown {
                // An answer, if a bad one.
                Ok(()) | Err(zbus::Error::MethodError(..)) => *kept = Some(session),
                // The bus has ended, or the service is silent: the next one tries anew. With the connection its threads
                // end.
                Err(_) => drop(session.connection.close()),
            }
            shown
        });
        shown.map_err(|error| NotifierError::Failed(error.to_string()))
    }
}

/// A connection with its listener.
struct Session {
    connection: Connection,
    known: Arc<Mutex<Known>>,
}

/// Which service there is, and what it shows of ours.
#[derive(Default)]
struct Known {
    service: Option<Service>,
    shown: VecDeque<Shown>,
}

/// Whoever owned the service's name when it was last asked.
struct Service {
    /// The connection's own name, which is never given to another one.
    name: String,
    capabilities: Vec<String>,
}

struct Shown {
    id: u32,
    /// Without its buttons once one was clicked.
    notification: Notification,
}

impl Service {
    /// Has the bus start one where none runs.
    fn ask(connection: &Connection) -> zbus::Result<Self> {
        let answer = bus::ask(connection, SERVICE, PATH, SERVICE, "GetCapabilities")?;
        let name = answer.header().sender().map(ToString::to_string).unwrap_or_default();
        Ok(Self { name, capabilities: answer.body().deserialize()? })
    }

    fn has(&self, capability: &str) -> bool {
        self.capabilities.iter().any(|known| known == capability)
    }
}

impl Session {
    fn open(answers: Option<Answers>) -> zbus::Result<Self> {
        let connection = bus::session(LIMIT)?;
        let known = Arc::<Mutex<Known>>::default();
        let (messages, heard) = (bus::listen(&connection, &RULES)?, Arc::clone(&known));
        // Ends with the connection.
        let listen =
            move || messages.map_while(Result::ok).for_each(|message| hear(&message, &heard, answers.as_ref()));
        start_thread("notifications", Box::new(listen))?;
        Ok(Self { connection, known })
    }

    fn show(&self, notification: &Notification) -> zbus::Result<()> {
        // Locked until the id is known, or an early click would match nothing.
        let mut known = lock(&self.known);
        let is_old = known.service.is_some();
        let mut id = self.send(&mut known, notification);
        if is_old && id.as_ref().is_err_and(has_gone) {
            *known = Known::default();
            id = self.send(&mut known, notification);
        }
        known.add(Shown { id: id?, notification: notification.clone() });
        Ok(())
    }

    fn send(&self, known: &mut Known, notification: &Notification) -> zbus::Result<u32> {
        if known.service.is_none() {
            known.service = Some(Service::ask(&self.connection)?);
        }
        let Some(service) = &known.service else { return Err(zbus::Error::InvalidReply) };
        let body = if service.has("body-markup") { &escaped(&notification.body) } else { &notification.body };
        let buttons = if service.has("actions") { notification.buttons.as_slice() } else { &[] };
        let actions: Vec<String> =
            buttons.iter().flat_map(|(action, label)| [key(*action), (*label).to_owned()]).collect();
        let older = known.shown.iter().find(|shown| shown.notification.subject == notification.subject);
        let replaces = older.map_or(0, |shown| shown.id);
        let (icon, picture) = own_icon();
        let urgency = if notification.is_critical { CRITICAL } else { NORMAL };
        let hints = [("desktop-entry", Value::from("wick")), ("urgency", Value::from(urgency))].into_iter();
        let mut all = Dict::new(&Signature::Str, &Signature::Variant);
        for (hint, value) in hints.chain(picture.map(|picture| ("image-data", picture))) {
            all.append(hint.into(), Value::Value(Box::new(value)))?;
        }
        let as_the_service_likes = -1_i32;
        let [name, icon, summary, body] = ["Wick", &icon, &notification.summary, body].map(Value::from);
        let actions = Value::from(actions);
        let message = [name, replaces.into(), icon, summary, body, actions, all.into(), as_the_service_likes.into()];
        let message = message.into_iter().fold(StructureBuilder::new(), StructureBuilder::append_field).build()?;
        // To this one alone: to another one an id of ours could be someone else's.
        let answer = bus::call(&self.connection, &service.name, PATH, SERVICE, "Notify", &message)?;
        answer.body().deserialize()
    }
}

impl Known {
    fn add(&mut self, shown: Shown) {
        let subject = &shown.notification.subject;
        self.shown.retain(|other| other.id != shown.id && other.notification.subject != *subject);
        self.shown.push_back(shown);
        if self.shown.len() > MOST {
            self.shown.pop_front();
        }
    }

    fn is_service(&self, name: &str) -> bool {
        self.service.as_ref().is_some_and(|service| service.name == name)
    }
}

/// Whether nobody has the name any more that was called, or its owner left before it answered.
fn has_gone(error: &zbus::Error) -> bool {
    use fdo::Error::{NameHasNoOwner, NoReply, ServiceUnknown};
    let error = fdo::Error::from(error.clone());
    matches!(error, ServiceUnknown(_) | NameHasNoOwner(_) | NoReply(_))
}

/// What a signal says of the notifications that stand. One that makes no sense says nothing.
fn hear(message: &Message, known: &Mutex<Known>, answers: Option<&Answers>) {
    let (header, body) = (message.header(), message.body());
    let (Some(sender), Some(member)) = (header.sender(), header.member()) else { return };
    let mut known = lock(known);
    match member.as_str() {
        "NameOwnerChanged" if sender == BUS => {
            if let Ok((SERVICE, before, _)) = body.deserialize::<(&str, &str, &str)>()
                && known.is_service(before)
            {
                *known = Known::default();
            }
        }
        "NotificationClosed" if known.is_service(sender) => {
            if let Ok((closed, _reason)) = body.deserialize::<(u32, u32)>() {
                known.shown.retain(|shown| shown.id != closed);
            }
        }
        "ActionInvoked" if known.is_service(sender) => {
            let Ok((id, key)) = body.deserialize::<(u32, &str)>() else { return };
            let Some(Shown { notification, .. }) = known.shown.iter_mut().find(|shown| shown.id == id) else { return };
            let Some(action) = action_of(key, &notification.buttons) else { return };
            // A second click would be another one's, or meant for the first.
            notification.buttons.clear();
            let profile = notification.subject.0.clone();
            drop(known);
            if let Some(answers) = answers {
                answers(Answer { profile, action: Some(action) });
            }
        }
        _ => {}
    }
}

/// The icon as it was installed beside this program, else as it is drawn. By its file: a theme has it only where its folder is
/// one of the session's.
fn own_icon() -> (String, Option<Value<'static>>) {
    let program = env::current_exe().and_then(|program| program.canonicalize()).unwrap_or_default();
    let file = program.parent().and_then(Path::parent).map(|prefix| prefix.join(ICON)).filter(|file| file.is_file());
    if let Some(file) = file.as_deref().and_then(Path::to_str) {
        return (file.to_owned(), None);
    }
    let side = i32::from(PICTURE);
    let pixels = icon::pixels(&Icon::Candle(Wax::Steps(CANDLE_STEPS), None), Ink::Color, PICTURE);
    // Width, height, bytes a row, whether there is transparency, bits a sample, samples a pixel.
    (String::new(), Some(Value::from((side, side, side * 4, true, 8, 4, pixels))))
}

/// A service that takes markup would drop the rest of `<1m left`.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The service that would show a notification now.
pub fn find() -> NotificationService {
    let found = bus::session(FIND_LIMIT).and_then(|connection| {
        let service = Service::ask(&connection)?;
        let answer = bus::ask(&connection, SERVICE, PATH, SERVICE, "GetServerInformation")?;
        let (name, ..): (String, String, String, String) = answer.body().deserialize()?;
        Ok(NotificationService::Present { name, buttons: service.has("actions") })
    });
    found.unwrap_or_else(|error| match error {
        silent if bus::is_silent(&silent) => NotificationService::Silent,
        error => NotificationService::Absent(error.to_string()),
    })
}
