//! Whether Wick opens when the user logs in.

/// What is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Autostart {
    On,
    /// It does, and no longer once an upgrade has put the app into another folder.
    UntilUpgrade,
    Off,
    /// The entry is there, and the program that it names is not: it was moved or removed.
    Broken(String),
    /// It was asked for, and the user has to allow it in the system's settings.
    NeedsApproval,
    /// It cannot, and why.
    Unavailable(AutostartError),
}

impl Autostart {
    /// Whether it was asked for, so that asking again means the opposite.
    pub fn is_on(&self) -> bool {
        matches!(self, Self::On | Self::UntilUpgrade | Self::Broken(_))
    }
}

/// What becomes of the folder that an app on macOS lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Lasting,
    /// Homebrew or Nix made it for one version.
    OfOneVersion,
    /// The system runs a download from a copy that goes with the process, until somebody moves it.
    Translocated,
}

impl Place {
    /// That of the app in this bundle.
    pub fn of(bundle: &str) -> Self {
        let is_below = |folder: &&str| bundle.contains(*folder);
        if is_below(&"/AppTranslocation/") {
            Self::Translocated
        } else if ["/Cellar/", "/Caskroom/", "/nix/store/"].iter().any(is_below) {
            Self::OfOneVersion
        } else {
            Self::Lasting
        }
    }

    /// What it means that an app in this place is registered to be opened at login, or is not.
    pub fn state(self, is_registered: bool) -> Autostart {
        match (is_registered, self) {
            (true, Self::OfOneVersion) => Autostart::UntilUpgrade,
            (true, Self::Lasting | Self::Translocated) => Autostart::On,
            (false, Self::Translocated) => Autostart::Unavailable(AutostartError::Translocated),
            (false, Self::Lasting | Self::OfOneVersion) => Autostart::Off,
        }
    }
}

/// Why opening at login cannot be changed or looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AutostartError {
    /// The system opens only apps at login, and this program is not inside one.
    NoBundle,
    /// The system runs this app from a copy that is gone the next time (rajish/cc-hdrm#108).
    Translocated,
    /// The system is older than its interface for this.
    OldSystem,
    /// The system did not answer in time.
    Silent,
    /// Anything else, in the system's words.
    Failed(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_is_opened_at_login_as_long_as_it_stays_where_it_is() {
        let unavailable = Autostart::Unavailable(AutostartError::Translocated);
        for (bundle, registered, not_registered) in [
            ("/Applications/Wick.app", Autostart::On, Autostart::Off),
            ("/Users/ada/nix/Cellar.app/Wick.app", Autostart::On, Autostart::Off),
            ("/opt/homebrew/Cellar/wick/0.1.0/Wick.app", Autostart::UntilUpgrade, Autostart::Off),
            ("/usr/local/Caskroom/wick-app/0.1.0/Wick.app", Autostart::UntilUpgrade, Autostart::Off),
            ("/nix/store/0a1b-wick-0.1.0/Applications/Wick.app", Autostart::UntilUpgrade, Autostart::Off),
            ("/private/var/folders/x0/T/AppTranslocation/9F-2A/d/Wick.app", Autostart::On, unavailable),
        ] {
            let place = Place::of(bundle);
            assert_eq!((place.state(true), place.state(false)), (registered, not_registered), "{bundle}");
        }
    }
}
