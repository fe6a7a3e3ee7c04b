//! A desktop on a private bus: tray host, notification service, and a person who reads and clicks.

mod app;
mod hanging;
mod logind;
mod notifications;

pub use app::{App, give_display};
pub use hanging::{Hanging, SilentService};
pub use logind::Logind;
pub use notifications::{NotificationDaemon, Shown};

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use tempfile::TempDir;
use zbus::blocking::{Connection, MessageIterator, connection::Builder};
use zbus::object_server::SignalEmitter;
use zbus::zvariant::{OwnedValue, Structure, Value};

use super::{skip, sweep, wait_for};

const WATCHER: &str = "org.kde.StatusNotifierWatcher";
const WATCHER_PATH: &str = "/StatusNotifierWatcher";
const ITEM: &str = "org.kde.StatusNotifierItem";
const MENU: &str = "com.canonical.dbusmenu";

/// A bus that knows no service to start by itself: nothing of this machine's desktop takes part.
const BUS_CONFIG: &str = r#"<busconfig>
  <type>session</type><listen>ADDRESS</listen><auth>EXTERNAL</auth>
  <policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>"#;

/// A private session bus. Ends with this value.
pub struct Bus {
    daemon: Child,
    pub address: String,
    /// Everything that anyone says over it.
    overheard: Option<JoinHandle<Vec<u8>>>,
    _folder: TempDir,
}

impl Bus {
    /// Starts one, or says why `test` is skipped.
    pub fn start(test: &str) -> Option<Self> {
        Self::start_at(test, "unix:tmpdir=/tmp")
    }

    /// The same at this address.
    pub fn start_at(test: &str, address: &str) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let config = folder.path().join("session.conf");
        std::fs::write(&config, BUS_CONFIG.replace("ADDRESS", address)).expect("a writable folder");
        let started = Command::new("dbus-daemon")
            .args(["--nofork", "--nopidfile", "--print-address"])
            .arg(format!("--config-file={}", config.display()))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let Ok(mut daemon) = started else {
            skip(test, "dbus-daemon is not installed");
            return None;
        };
        let mut address = String::new();
        let stdout = daemon.stdout.take().expect("piped above");
        BufReader::new(stdout).read_line(&mut address).expect("dbus-daemon prints its address");
        let mut bus = Self { daemon, address: address.trim().to_owned(), overheard: None, _folder: folder };
        bus.overheard = Some(bus.overhear());
        Some(bus)
    }

    /// Whether someone has this name.
    pub fn has(&self, name: &str) -> bool {
        let connection = self.builder().build().expect("the bus runs");
        let proxy = zbus::blocking::fdo::DBusProxy::new(&connection).expect("every bus has it");
        proxy.name_has_owner(name.try_into().expect("a name")).expect("the bus answers")
    }

    /// Listens until the bus ends. From its return on nothing is missed.
    fn overhear(&self) -> JoinHandle<Vec<u8>> {
        let connection = self.builder().build().expect("the bus runs");
        let messages = MessageIterator::from(&connection);
        let monitor = zbus::blocking::fdo::MonitoringProxy::new(&connection).expect("every bus has it");
        monitor.become_monitor(&[], 0).expect("the bus is our own");
        std::thread::spawn(move || {
            let messages = messages.map_while(Result::ok);
            messages.flat_map(|message| message.data().bytes().to_vec()).collect()
        })
    }

    fn builder(&self) -> Builder<'_> {
        Builder::address(self.address.as_str()).expect("an address")
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        self.daemon.kill().expect("it runs");
        self.daemon.wait().expect("it ran");
        let overheard = self.overheard.take().map(JoinHandle::join);
        if let Some(Ok(said)) = overheard.filter(|_| !std::thread::panicking()) {
            sweep::check("what was said over the bus", said);
        }
    }
}

struct Watcher {
    items: Arc<Mutex<Vec<String>>>,
}

#[zbus::interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    fn register_status_notifier_item(&self, service: &str, #[zbus(header)] header: zbus::message::Header<'_>) {
        let sender = header.sender().map(ToString::to_string).unwrap_or_default();
        let item = if service.starts_with('/') {
            format!("{sender}{service}")
        } else {
            format!("{service}/StatusNotifierItem")
        };
        self.items.lock().expect("not poisoned").push(item);
    }

    fn register_status_notifier_host(&self, _service: &str) {}

    #[zbus(property)]
    fn registered_status_notifier_items(&self) -> Vec<String> {
        self.items.lock().expect("not poisoned").clone()
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }

    #[zbus(signal)]
    async fn status_notifier_host_registered(emitter: &SignalEmitter<'_>) -> zbus::Result<()>;
}

/// A panel that shows tray icons. Dropping it is a panel that ends.
pub struct Panel {
    connection: Connection,
    items: Arc<Mutex<Vec<String>>>,
}

impl Panel {
    pub fn start(bus: &Bus) -> Self {
        let items = Arc::new(Mutex::new(Vec::new()));
        let watcher = Watcher { items: Arc::clone(&items) };
        let builder = bus.builder().serve_at(WATCHER_PATH, watcher).expect("a path");
        let connection = builder.name(WATCHER).expect("a name").build().expect("the bus runs");
        Self { connection, items }
    }

    /// The first icon that registers.
    #[track_caller]
    pub fn icon(&self) -> TrayItem {
        let item = wait_for("a tray icon", || self.items.lock().expect("not poisoned").last().cloned());
        let (name, path) = item.split_once('/').expect("a name and a path");
        TrayItem { connection: self.connection.clone(), name: name.to_owned(), path: format!("/{path}") }
    }

    /// Until the last icon that has registered has this title, whichever that is by then.
    #[track_caller]
    pub fn wait_for_title(&self, title: &str) {
        wait_for(title, || {
            let shown = self.icon().try_property("Title").ok()?;
            (String::try_from(shown).expect("a text") == title).then_some(())
        });
    }

    pub fn icons(&self) -> usize {
        self.items.lock().expect("not poisoned").len()
    }
}

/// An icon on the panel.
pub struct TrayItem {
    connection: Connection,
    name: String,
    path: String,
}

/// One line of a menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub id: i32,
    pub label: String,
    pub enabled: bool,
    pub checked: bool,
}

impl TrayItem {
    pub fn title(&self) -> String {
        String::try_from(self.property("Title")).expect("a text")
    }

    /// Until it is this one.
    #[track_caller]
    pub fn wait_for_title(&self, title: &str) {
        wait_for(title, || (self.title() == title).then_some(()));
    }

    /// Heading and text.
    pub fn tooltip(&self) -> (String, String) {
        let value = self.property("ToolTip");
        let tooltip = Structure::try_from(value).expect("a structure");
        let text =
            |index: usize| String::try_from(tooltip.fields()[index].try_clone().expect("no handles")).expect("a text");
        (text(2), text(3))
    }

    /// Width, height and bytes of the picture.
    pub fn picture(&self) -> (i32, i32, Vec<u8>) {
        let pictures = Vec::<(i32, i32, Vec<u8>)>::try_from(self.property("IconPixmap")).expect("pictures");
        pictures.into_iter().next().expect("one picture")
    }

    /// The menu's lines, those of a menu within it after its heading; separators are empty.
    pub fn menu(&self) -> Vec<Line> {
        let layout = self.menu_call("GetLayout", &(0_i32, -1_i32, Vec::<String>::new()));
        type Layout = (u32, (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>));
        let (_, (_, _, children)) = layout.body().deserialize::<Layout>().expect("a layout");
        children.into_iter().flat_map(lines).collect()
    }

    pub fn texts(&self) -> Vec<String> {
        self.menu().into_iter().map(|line| line.label).collect()
    }

    /// Whether an item of this label has its mark.
    pub fn is_checked(&self, label: &str) -> bool {
        self.menu().iter().any(|line| line.label == label && line.checked)
    }

    /// Clicks an item, again where the menu was laid out anew between the look and the click.
    pub fn click(&self, label: &str) {
        wait_for(label, || {
            let line = self.menu().into_iter().find(|line| line.label == label && line.enabled)?;
            let click = self.try_menu_call("Event", &(line.id, "clicked", Value::from(""), 0_u32));
            // An app that quits on the click may be gone before it answers.
            click.map_or_else(|error| (!error.to_string().contains("id not found")).then_some(()), |_| Some(()))
        });
    }

    /// Clicks the first item of this label after a heading that begins so.
    pub fn click_below(&self, heading: &str, label: &str) {
        wait_for(label, || {
            let menu = self.menu();
            let below = menu.iter().skip_while(|line| !line.label.starts_with(heading)).skip(1);
            let line = below.into_iter().find(|line| line.label == label && line.enabled)?;
            let click = self.try_menu_call("Event", &(line.id, "clicked", Value::from(""), 0_u32));
            click.map_or_else(|error| (!error.to_string().contains("id not found")).then_some(()), |_| Some(()))
        });
    }

    /// Clicks the item whose label has this in it now, whatever its state is; does nothing where it is not there.
    pub fn click_if_there(&self, part: &str) {
        if let Some(line) = self.menu().into_iter().find(|line| line.label.contains(part) && line.enabled) {
            // Laid out anew between the look and the click: whoever waits for an effect clicks again.
            drop(self.try_menu_call("Event", &(line.id, "clicked", Value::from(""), 0_u32)));
        }
    }

    /// A left click on the icon.
    pub fn activate(&self) {
        let call =
            self.connection.call_method(Some(self.name.as_str()), self.path.as_str(), Some(ITEM), "Activate", &(0, 0));
        call.expect("the icon can be clicked");
    }

    fn menu_call<B: serde::Serialize + zbus::zvariant::DynamicType>(&self, method: &str, body: &B) -> zbus::Message {
        self.try_menu_call(method, body).unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    fn try_menu_call<B: serde::Serialize + zbus::zvariant::DynamicType>(
        &self,
        method: &str,
        body: &B,
    ) -> zbus::Result<zbus::Message> {
        let path = zbus::zvariant::OwnedObjectPath::try_from(self.property("Menu")).expect("a path");
        self.connection.call_method(Some(self.name.as_str()), path, Some(MENU), method, body)
    }

    fn property(&self, name: &str) -> OwnedValue {
        self.try_property(name).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    fn try_property(&self, name: &str) -> zbus::fdo::Result<OwnedValue> {
        let proxy = zbus::blocking::fdo::PropertiesProxy::builder(&self.connection)
            .destination(self.name.as_str())
            .and_then(|builder| builder.path(self.path.as_str()))
            .and_then(zbus::blocking::proxy::Builder::build)
            .expect("a proxy");
        proxy.get(ITEM.try_into().expect("an interface"), name)
    }
}

fn lines(child: OwnedValue) -> Vec<Line> {
    let fields = Structure::try_from(child).expect("a menu item").into_fields();
    let [id, properties, children] = <[Value<'_>; 3]>::try_from(fields).expect("three fields");
    let mut properties = HashMap::<String, OwnedValue>::try_from(properties).expect("properties");
    let label = properties.remove("label").map(|label| String::try_from(label).expect("a text")).unwrap_or_default();
    let checked = properties.remove("toggle-state").is_some_and(|state| i32::try_from(state).expect("a number") == 1);
    let enabled = properties.remove("enabled").is_none_or(|enabled| bool::try_from(enabled).expect("a truth value"));
    let line = Line { id: i32::try_from(id).expect("a number"), label: label.replace("__", "_"), enabled, checked };
    let within = Vec::<OwnedValue>::try_from(children).expect("menu items");
    [line].into_iter().chain(within.into_iter().flat_map(lines)).collect()
}
