//! Which profiles have a sign-in of their own.

use std::path::PathBuf;

use crate::domain::settings::{ProfileName, Settings};
use crate::ports::Ports;

/// The settings of each profile, the default one first; apart from them the names of those that have the same sign-in as
/// one before: two loops over one would take each other's memory for their own.
pub fn apart(ports: &Ports, default: Settings) -> (Vec<Settings>, Vec<ProfileName>) {
    let others = default.profiles.iter().filter_map(|profile| default.clone().of_profile(&profile.name));
    let others: Vec<Settings> = others.collect();
    let (mut places, mut kept, mut left_out) = (Vec::new(), Vec::new(), Vec::new());
    for settings in [default].into_iter().chain(others) {
        let location = (ports.open_store)(&settings.credential).location();
        // As a path, `a/./b` is `a/b`.
        let place = (location.kind, PathBuf::from(location.place));
        if places.contains(&place) {
            left_out.push(settings.profile);
        } else {
            places.push(place);
            kept.push(settings);
        }
    }
    (kept, left_out)
}
