//! Connections to D-Bus. None is waited for without a limit: a bus may take a connection and never say a word.

use std::time::Duration;
use std::{io, thread};

use serde::{Serialize, Serializer};
use tokio::runtime;
use tokio::time::timeout;
use zbus::blocking::{Connection, MessageIterator};
use zbus::connection::Builder;
use zbus::message::Message;
use zbus::zvariant::{DynamicType, Signature, Structure};

use crate::ports::block_on;

/// What a bus gets to let us in, which takes it milliseconds.
pub const CONNECT_LIMIT: Duration = Duration::from_secs(3);

/// How many threads zbus and what it is made of start for a connection.
const THREADS: usize = 4;

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

/// What a service said of a call that it refused: without the name before it, which is for programs.
pub fn said(error: &zbus::Error) -> String {
    match error {
        zbus::Error::MethodError(_, Some(text), _) => text.clone(),
        other => other.to_string(),
    }
}

/// Calls a method; each on the bus of this connection gets its limit.
pub fn call(
    connection: &Connection,
    to: &str,
    path: &str,
    interface: &str,
    method: &str,
    body: &Structure<'_>,
) -> zbus::Result<Message> {
    called(connection, to, path, interface, method, Arguments(Some(body)))
}

/// Calls a method without arguments.
pub fn ask(connection: &Connection, to: &str, path: &str, interface: &str, method: &str) -> zbus::Result<Message> {
    called(connection, to, path, interface, method, Arguments(None))
}

/// One for all: each kind of body that had its own would add some tens of kilobytes to the program.
fn called(
    connection: &Connection,
    to: &str,
    path: &str,
    interface: &str,
    method: &str,
    arguments: Arguments<'_>,
) -> zbus::Result<Message> {
    connection.call_method(Some(to), path, Some(interface), method, &arguments)
}

/// What goes with a call, if anything does.
#[derive(Clone, Copy)]
struct Arguments<'a>(Option<&'a Structure<'a>>);

impl DynamicType for Arguments<'_> {
    fn signature(&self) -> Signature {
        self.0.map_or(Signature::Unit, DynamicType::signature)
    }
}

impl Serialize for Arguments<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Some(arguments) => arguments.serialize(serializer),
            None => serializer.serialize_unit(),
        }
    }
}

/// Calls a method of the bus itself.
pub fn of_the_bus(connection: &Connection, method: &str, argument: &str) -> zbus::Result<Message> {
    const BUS: &str = "org.freedesktop.DBus";
    call(connection, BUS, "/org/freedesktop/DBus", BUS, method, &Structure::from((argument,)))
}

/// What comes over this connection from here on, that for which these rules ask among it. Not by zbus's own way to listen, which
/// is some more kilobytes.
pub fn listen(connection: &Connection, rules: &[&str]) -> zbus::Result<MessageIterator> {
    // First: nothing that a rule lets in is missed.
    let messages = MessageIterator::from(connection);
    for rule in rules {
        of_the_bus(connection, "AddMatch", rule)?;
    }
    Ok(messages)
}

fn connect(builder: Builder<'_>, limit: Duration) -> zbus::Result<Connection> {
    try_threads()?;
    let runtime = runtime::Builder::new_current_thread().enable_time().build()?;
    // What is given up is dropped, and leaves neither a thread nor a descriptor behind.
    let connected = block_on(&runtime, async { timeout(CONNECT_LIMIT, builder.method_timeout(limit).build()).await });
    let silent = || io::Error::new(io::ErrorKind::TimedOut, "the bus did not answer");
    connected.unwrap_or_else(|_| Err(silent().into())).map(Connection::from)
}

/// Fails where the system does not give the threads that zbus starts: it asks for them without a pause, for ever.
fn try_threads() -> io::Result<()> {
    let (mut started, mut outcome) = (Vec::new(), Ok(()));
    for _ in 0..THREADS {
        match thread::Builder::new().spawn(thread::park) {
            Ok(thread) => started.push(thread),
            Err(error) => outcome = Err(error),
        }
    }
    for thread in started {
        thread.thread().unpark();
        drop(thread.join());
    }
    outcome
}
