//! The report's part about notifications: who shows them, and why nobody does.

use super::check::{Check, Verdict, check};
use crate::domain::facts::{Facts, NotificationService, Signature};
use crate::words::doctor as words;

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
        NotificationService::Silent => {
            (Verdict::Warn, words::no_notifications("Notification Center did not answer within 5 s"))
        }
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
