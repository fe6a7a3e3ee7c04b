//! What holds of every target's name, not of the examples alone.

use proptest::prelude::*;

use super::kind::{Holder, KINDS, Store};
use super::target::{Place, Target};
use crate::domain::properties::cases;
use crate::domain::settings::{ProfileName, Settings};

fn store() -> impl Strategy<Value = Store> {
    let environment = "\\PC{1,12}|[a-z@#/ ]{1,12}";
    (0..KINDS.len(), "[A-Za-z0-9_-]{1,8}", "[A-Za-z0-9_.-]{0,6}[a-z]", environment).prop_map(
        |(kind, owner, name, environment)| {
            let kind = &KINDS[kind];
            let owner = match kind.holder {
                Holder::Repository | Holder::Environment => format!("{owner}/{name}"),
                Holder::Organization => owner,
                Holder::User => String::new(),
            };
            let environment = (kind.holder == Holder::Environment).then_some(environment.as_str());
            Store::new(kind, &owner, environment).expect("GitHub takes such names")
        },
    )
}

fn target(store: Store) -> Target {
    Target { place: Place::Github(store), secrets: None, profile: ProfileName::default() }
}

proptest! {
    #![proptest_config(cases(150))]

    #[test]
    fn a_name_is_read_as_it_is_shown(store in store()) {
        prop_assert_eq!(Place::parse(&store.to_string()), Some(Place::Github(store)));
    }

    #[test]
    fn what_is_read_as_a_name_is_shown_so(
        text in "(org:|user:)?[a-z./]{0,8}(@.{0,6})?(#?(dependabot|agents|codespaces))?|.{0,20}",
    ) {
        if let Some(Place::Github(store)) = Place::parse(&text) {
            prop_assert_eq!(store.to_string(), text);
        }
    }

    #[test]
    fn two_places_are_remembered_under_two_keys(one in store(), other in store()) {
        let (settings, one, other) = (Settings::default(), target(one), target(other));
        let is_same = one.to_string().to_lowercase() == other.to_string().to_lowercase();
        prop_assert_eq!(settings.key(&one) == settings.key(&other), is_same);
        prop_assert_eq!(settings.permit(&one) == settings.permit(&other), is_same);
    }
}
