//! The report's part about notifications: who shows them, and why nobody does.

use super::{Check, Facts, Verdict, check};
use crate::domain::message::doctor as words;

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
    /// The user is asked for leave at the first one.
    NotAskedYet(Signature),
    /// The user said no.
    Refused,
    /// The system takes none from a program outside an app bundle.
    NoBundle,
    /// None can be used, and why.
    Absent(String),
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

pub(super) fn notifications(facts: &Facts) -> Check {
    let (verdict, finding) = match &facts.notifications {
        NotificationService::Present { name, buttons } => (Verdict::Pass, words::notifications(name, *buttons)),
        NotificationService::NotAskedYet(Signature::AdHoc | Signature::None) => {
            (Verdict::Warn, words::notifications_of_an_unknown())
        }
        NotificationService::NotAskedYet(Signature::Named | Signature::Unknown) => {
            (Verdict::Pass, words::notifications_not_asked())
        }
        NotificationService::Refused => (Verdict::Warn, words::notifications_refused()),
        NotificationService::NoBundle => (Verdict::Warn, words::notifications_need_a_bundle()),
        NotificationService::Absent(reason) => (Verdict::Warn, words::no_notifications(reason)),
    };
    check("notifications", verdict, finding)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_read_from_what_codesign_says() {
        // As its manual page and Apple's TN2206 show them.
        let ad_hoc = "Identifier=dev.wick.Wick\nCodeDirectory v=20500 flags=0x10002(adhoc,runtime)\nSignature=adhoc\n";
        let named = "Identifier=dev.wick.Wick\nSignature size=8968\nAuthority=Developer ID Application: Ada (A1)\n";
        assert_eq!(Signature::of(true, ad_hoc), Signature::AdHoc);
        assert_eq!(Signature::of(true, named), Signature::Named);
        assert_eq!(Signature::of(false, "wick: code object is not signed at all\n"), Signature::None);
        assert_eq!(Signature::of(false, "wick: No such file or directory\n"), Signature::Unknown);
    }
}
