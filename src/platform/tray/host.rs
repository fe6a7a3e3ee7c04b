//! Whether anything draws tray icons here.

use crate::domain::facts::TrayHost;

/// Asks the session bus for a panel that shows icons.
#[cfg(not(target_os = "macos"))]
pub fn find() -> TrayHost {
    use zbus::zvariant::OwnedValue;

    const WATCHER: &str = "org.kde.StatusNotifierWatcher";
    /// The thread that draws waits for this answer.
    const LIMIT: std::time::Duration = std::time::Duration::from_secs(2);

    let session = zbus::blocking::connection::Builder::session();
    let connection = match session.and_then(|session| session.method_timeout(LIMIT).build()) {
        Ok(connection) => connection,
        Err(error) => return TrayHost::NoBus(error.to_string()),
    };
    let property = (WATCHER, "IsStatusNotifierHostRegistered");
    let properties = Some("org.freedesktop.DBus.Properties");
    let answer = connection.call_method(Some(WATCHER), "/StatusNotifierWatcher", properties, "Get", &property);
    let value = answer.and_then(|answer| answer.body().deserialize::<OwnedValue>());
    if value.is_ok_and(|value| value.try_into() == Ok(true)) { TrayHost::Present } else { TrayHost::NoHost }
}

/// A Mac always has its menu bar.
#[cfg(target_os = "macos")]
pub fn find() -> TrayHost {
    TrayHost::Present
}
