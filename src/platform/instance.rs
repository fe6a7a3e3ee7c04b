//! One running app per user: a lock that the system drops with the process, however it ends. By a socket beside the lock, a
//! second one asks the first to show itself, and the doctor asks where its icon is.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixDatagram as Sender;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::net::UnixDatagram;
use tokio::time::timeout;

use super::at::OrWarn;
use super::private_file;
use super::scratch::Scratch;
use super::tray::IconAsker;
use crate::domain::action::Action;
use crate::domain::facts::IconPlace;
use crate::domain::settings::Choice;
use crate::domain::state::event::Event;
use crate::ports::EventSink;

/// What is asked of the running app: nothing else can be.
const SHOW: &[u8] = b"show";
const ICON: &[u8] = b"icon";
/// So long the running app has to answer, and its thread that draws to say what.
const ANSWERS: Duration = Duration::from_secs(2);
const DRAWS: Duration = Duration::from_secs(1);
/// Its name in the state folder.
pub(super) const SOCKET: &str = "app.socket";

/// More than any word has letters that is spoken over the socket.
const WORD: usize = 16;
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

/// Asks the running app where its icon is. `None` where nobody is there to ask, or no answer came in time.
pub fn icon_of_the_other(state_folder: &Path) -> Option<IconPlace> {
    let path = socket(state_folder);
    // Where no app has run there is nobody to make a place for an answer for.
    path.exists().then_some(())?;
    let scratch = Scratch::make().ok()?;
    let asker = Sender::bind(scratch.folder("ask").ok()?.join("icon")).ok()?;
    asker.set_nonblocking(true).ok()?;
    asker.send_to(ICON, path).ok()?;
    asker.set_nonblocking(false).and_then(|()| asker.set_read_timeout(Some(ANSWERS))).ok()?;
    let mut word = [0; WORD];
    let length = asker.recv(&mut word).ok()?;
    IconPlace::of_word(str::from_utf8(&word[..length]).ok()?)
}

/// Answers what [`show_the_other`] and [`icon_of_the_other`] ask, until the app ends. To be called by the one that has the
/// lock, inside the worker's runtime.
pub async fn answer(state_folder: PathBuf, events: EventSink, icon: IconAsker) {
    let path = socket(&state_folder);
    // Left by one that was killed: the lock says that nobody listens there any more.
    drop(fs::remove_file(&path));
    let private = |socket| fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).map(|()| socket);
    let socket = match UnixDatagram::bind(&path).and_then(private) {
        Ok(socket) => socket,
        Err(error) => return tracing::warn!("a second launch will not be answered: {}: {error}", path.display()),
    };
    let mut message = [0; WORD];
    while let Ok((length, asker)) = socket.recv_from(&mut message).await {
        match (&message[..length], asker.as_pathname()) {
            (SHOW, _) => events(Event::Chosen(Action::ShowClocks)),
            (ICON, Some(asker)) => {
                if let Ok(Ok(place)) = timeout(DRAWS, icon.ask()).await {
                    // One that waits no longer is not waited for.
                    drop(socket.try_send_to(place.word().as_bytes(), asker));
                }
            }
            _ => {}
        }
    }
}
