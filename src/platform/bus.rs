//! Connections to D-Bus. None is waited for without a limit: a bus may take a connection and never say a word.

use std::io;
use std::time::Duration;

use tokio::runtime;
use tokio::time::timeout;
use zbus::blocking::Connection;
use zbus::connection::Builder;

/// What a bus gets to let us in, which takes it milliseconds.
const CONNECT_LIMIT: Duration = Duration::from_secs(3);

/// The user's own bus. Each call on it gets this long.
pub fn session(limit: Duration) -> zbus::Result<Connection> {
    connect(Builder::session()?, limit)
}

/// This computer's bus.
pub fn system(limit: Duration) -> zbus::Result<Connection> {
    connect(Builder::system()?, limit)
}

/// Whether no answer came in time, which is no word about who is there.
pub fn is_silent(error: &zbus::Error) -> bool {
    matches!(error, zbus::Error::InputOutput(error) if error.kind() == io::ErrorKind::TimedOut)
}

fn connect(builder: Builder<'_>, limit: Duration) -> zbus::Result<Connection> {
    let runtime = runtime::Builder::new_current_thread().enable_time().build()?;
    // What is given up is dropped, and leaves neither a thread nor a descriptor behind.
    let connected = runtime.block_on(async { timeout(CONNECT_LIMIT, builder.method_timeout(limit).build()).await });
    let silent = || io::Error::new(io::ErrorKind::TimedOut, "the bus did not answer");
    connected.unwrap_or_else(|_| Err(silent().into())).map(Connection::from)
}
