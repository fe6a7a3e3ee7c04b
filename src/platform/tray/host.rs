//! Whether anything draws tray icons here.

use crate::domain::doctor::TrayHost;

/// Asks the session bus for a panel that shows icons.
#[cfg(not(target_os = "macos"))]
pub fn find() -> TrayHost {
    const WATCHER: &str = "org.kde.StatusNotifierWatcher";
    let connection = match zbus::blocking::Connection::session() {
        Ok(connection) => connection,
        Err(error) => return TrayHost::NoBus(error.to_string()),
    };
    let properties = zbus::blocking::fdo::PropertiesProxy::builder(&connection)
        .destination(WATCHER)
        .and_then(|builder| builder.path("/StatusNotifierWatcher"))
        .and_then(zbus::blocking::proxy::Builder::build);
    let present = properties.ok().and_then(|properties| {
        let interface = zbus::names::InterfaceName::try_from(WATCHER).ok()?;
        let value = properties.get(interface, "IsStatusNotifierHostRegistered").ok()?;
        bool::try_from(value).ok()
    });
    if present == Some(true) { TrayHost::Present } else { TrayHost::NoHost }
}

/// A Mac always has its menu bar.
#[cfg(target_os = "macos")]
pub fn find() -> TrayHost {
    TrayHost::Present
}
