//! What was found on this computer, as data: what the doctor judges.

use super::autostart::{Autostart, AutostartError};
use super::credential::Overruling;
use super::network::CertificatesFault;
use super::settings::Choice;
use super::system::SystemError;

/// What was found on this computer.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Who owns the credential's file and who may read it, where it is a file that can be looked at.
    pub file: Option<FileFacts>,
    /// The locks around a refresh that stand there.
    pub locks: Vec<LockFacts>,
    /// What the keychain shows; `None` where there is none.
    pub keychain: Option<KeychainFacts>,
    /// The state folder's path, and why it or what lies in it cannot be used.
    pub state_folder: (String, Result<(), SystemError>),
    /// Variables that are ignored because they are no full path, with their value.
    pub relative: Vec<(&'static str, String)>,
    /// `TZ`, where no time zone of this name is known: all is shown in UTC then.
    pub unknown_time_zone: Option<String>,
    /// Where icons are drawn.
    pub tray: TrayHost,
    /// What the running app says of its icon; `None` where none runs, or none answers.
    pub icon: Option<IconPlace>,
    /// Where notifications are shown.
    pub notifications: NotificationService,
    /// Whether Wick opens at login.
    pub autostart: Autostart,
    /// Where the installed Claude Code is.
    pub claude: Option<String>,
    /// What is wrong with the certificates that variables name.
    pub certificates: Vec<CertificatesFault>,
    /// What Claude Code uses instead of the sign-in, the strongest first.
    pub overruling: Vec<Overruling>,
}

impl Facts {
    /// Where nothing answered; what is said of the state folder then.
    pub fn unknown(state_folder: SystemError) -> Self {
        Self {
            file: None,
            locks: Vec::new(),
            keychain: None,
            state_folder: (String::new(), Err(state_folder)),
            relative: Vec::new(),
            unknown_time_zone: None,
            tray: TrayHost::Silent,
            icon: None,
            notifications: NotificationService::Silent,
            autostart: Autostart::Unavailable(AutostartError::Silent),
            claude: None,
            certificates: Vec::new(),
            overruling: Vec::new(),
        }
    }
}

/// A file's owner and mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileFacts {
    /// The permission bits.
    pub mode: u32,
    /// Whether it belongs to the user who runs Wick.
    pub ours: bool,
    /// Whether the name is a symbolic link.
    pub symlink: bool,
}

/// One of Claude Code's locks that stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockFacts {
    pub path: String,
    pub state: LockState,
}

/// What stands at a lock's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockState {
    /// A lock with a heartbeat within the last minute.
    Held,
    /// A lock without one, or with a date that lies ahead.
    LeftBehind,
    /// A file, a link, or a folder with something in it: no program can remove it as a lock.
    NotALock,
}

/// Where icons are drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrayHost {
    /// A panel shows them.
    Present,
    /// There is a session bus, and no panel that shows them.
    NoHost,
    /// There is no session bus, in the system's words.
    NoBus(String),
    /// What is there did not answer in time.
    Silent,
    /// The session bus has ended, and the icon with it. Only the running app finds this.
    Gone,
}

/// Where the running app's icon is, as far as it can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IconPlace {
    Shown,
    /// It has a place where nobody can see it at the moment. Only macOS tells.
    Hidden,
    /// There is none.
    Nowhere,
}

/// The words by which two processes speak of it.
impl Choice for IconPlace {
    const WORDS: &'static [(&'static str, Self)] =
        &[("shown", Self::Shown), ("hidden", Self::Hidden), ("nowhere", Self::Nowhere)];
}

/// Where notifications are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotificationService {
    /// A service that shows them.
    Present {
        /// What it calls itself.
        name: String,
        /// Whether it shows buttons.
        buttons: bool,
    },
    /// The user is asked for permission when the menu is opened first.
    NotAskedYet(Signature),
    /// The user said no to this app, or the system did, which never saw it being opened.
    Refused {
        /// Where it is, as a shell takes it.
        app: String,
    },
    /// The system takes none from a program outside an app bundle.
    NoBundle,
    /// The service did not answer in time.
    Silent,
    /// None can be used, in the system's words.
    Absent(String),
    /// There is one, and it does not know this app.
    Unreachable {
        /// Where it is, as a shell takes it.
        app: String,
        /// In the system's words.
        reason: String,
    },
}

/// Whom an app says it is from. macOS is reported to refuse even to ask for one that does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signature {
    /// From somebody whom Apple knows.
    Named,
    /// From nobody: whole, but anyone could have made it.
    AdHoc,
    /// Not signed at all.
    None,
    /// It could not be found out.
    Unknown,
}

impl Signature {
    /// Reads what `codesign --display --verbose=2` says.
    pub fn of(understood: bool, said: &str) -> Self {
        match (understood, said) {
            (true, said) if said.contains("Signature=adhoc") => Self::AdHoc,
            (true, said) if said.contains("Authority=") => Self::Named,
            (false, said) if said.contains("not signed at all") => Self::None,
            _ => Self::Unknown,
        }
    }
}

/// What the keychain shows without a prompt.
#[derive(Clone, Debug)]
pub struct KeychainFacts {
    /// The item that Wick reads.
    pub asked: KeychainItem,
    /// Every item that Claude Code could have made, or why they could not be listed.
    pub items: Result<Vec<KeychainItem>, String>,
    /// Which programs may read that item without a prompt, by what they are signed with; `None` where that is not known, as
    /// while the keychain is locked.
    pub partitions: Option<Vec<String>>,
}

/// An item's names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeychainItem {
    pub service: String,
    pub account: String,
}

/// The partition list in an access list's description: a property list in hex, as `security dump-keychain -a` shows it
/// too.
pub fn partitions(description: &str) -> Option<Vec<String>> {
    let digits: Vec<u8> =
        description.bytes().filter_map(|byte| char::from(byte).to_digit(16)?.try_into().ok()).collect();
    let bytes = digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect();
    let text = String::from_utf8(bytes).ok()?;
    let list = text.split_once("<key>Partitions</key>")?.1.split_once("</array>")?.0;
    let mut names = list.split("<string>").skip(1);
    names.try_fold(Vec::new(), |mut names, name| {
        names.push(name.split_once("</string>")?.0.to_owned());
        Some(names)
    })
}
