//! One running app per user: a lock that the system drops with the process, however it ends. A second one asks the first,
//! by a socket beside the lock, to show itself.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixDatagram as Sender;
use std::path::{Path, PathBuf};

use tokio::net::UnixDatagram;

use super::at::OrWarn;
use super::private_file;
use crate::domain::action::Action;
use crate::domain::state::event::Event;
use crate::ports::EventSink;

/// What is asked of the running app: nothing else can be.
const SHOW: &[u8] = b"show";
/// Its name in the state folder.
pub(super) const SOCKET: &str = "app.socket";

/// More than any process number has digits.
const NUMBER: u64 = 32;

/// What asking for the lock brought.
#[derive(Debug)]
pub enum Claim {
    /// This process is the app, until this is dropped.
    Ours(File),
    /// Another one is, with this process number as far as it says.
    Taken(Option<u32>),
}

/// Asks to be the one running app of this user.
pub fn claim(state_folder: &Path) -> io::Result<Claim> {
    let mut file = private_file::open_or_create(&state_folder.join("app.lock"))?;
    if !private_file::try_lock(&file)? {
        let mut text = String::new();
        (&file).take(NUMBER).read_to_string(&mut text)?;
        return Ok(Claim::Taken(text.trim().parse().ok()));
    }
    // Only for the next one to name us; the lock itself holds on a full disk too.
    let named = file.set_len(0).and_then(|()| write!(file, "{}", std::process::id()));
    named.or_warn(|| "the lock does not say whose it is".to_owned());
    Ok(Claim::Ours(file))
}

fn socket(state_folder: &Path) -> PathBuf {
    state_folder.join(SOCKET)
}

/// Asks the running app to show both clocks, the way in where its icon is hidden. Says whether anyone was there to ask.
pub fn show_the_other(state_folder: &Path) -> bool {
    let asked = Sender::unbound().and_then(|sender| {
        // One that hangs takes nothing, and is not waited for.
        sender.set_nonblocking(true)?;
        sender.send_to(SHOW, socket(state_folder))
    });
    asked.inspect_err(|error| tracing::info!("the running Wick could not be asked to show itself: {error}")).is_ok()
}

/// Answers what [`show_the_other`] asks, until the app ends. To be called by the one that has the lock, inside the worker's
/// runtime.
pub async fn answer(state_folder: PathBuf, events: EventSink) {
    let path = socket(&state_folder);
    // Left by one that was killed: the lock says that nobody listens there any more.
    drop(fs::remove_file(&path));
    let private = |socket| fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).map(|()| socket);
    let socket = match UnixDatagram::bind(&path).and_then(private) {
        Ok(socket) => socket,
        Err(error) => return tracing::warn!("a second launch will not be answered: {}: {error}", path.display()),
    };
    let mut message = [0; SHOW.len()];
    while socket.recv(&mut message).await.is_ok() {
        events(Event::Chosen(Action::ShowClocks));
    }
}
