//! Whether anything draws tray icons here.

use crate::domain::facts::TrayHost;

/// Asks the session bus for a panel that shows icons.
#[cfg(not(target_os = "macos"))]
pub fn find() -> TrayHost {
    const WATCHER: &str = "org.kde.StatusNotifierWatcher";
    /// The thread that draws waits for this answer.
    const LIMIT: std::time::Duration = std::time::Duration::from_secs(2);

    let session = zbus::blocking::connection::Builder::session();
    let connection = match session.and_then(|session| session.method_timeout(LIMIT).build()) {
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
