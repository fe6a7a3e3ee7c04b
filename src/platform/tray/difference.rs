//! What has to be done to a menu so that it reads like another one: rows are edited in their places as far as they can
//! be, and only the others are taken out and put in.
//!
//! Knows nothing of how a menu is drawn.

use std::mem::discriminant;

use crate::ports::screen::Entry;

/// To be made in their order: each place is the one after the edits before.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Edit<'a> {
    /// The row in this place reads and does this from now on; of a menu within the menu, only its heading is meant.
    Change(usize, &'a Entry),
    /// In the menu within the menu in this place.
    Within(usize, Vec<Self>),
    Insert(usize, &'a Entry),
    Remove(usize),
}

impl Edit<'_> {
    /// Whether rows come or go, and others move under the pointer.
    pub(super) fn moves_rows(&self) -> bool {
        match self {
            Self::Insert(..) | Self::Remove(_) => true,
            Self::Within(_, edits) => edits.iter().any(Self::moves_rows),
            Self::Change(..) => false,
        }
    }
}

pub(super) fn difference<'a>(old: &[Entry], new: &'a [Entry]) -> Vec<Edit<'a>> {
    let shorter = old.len().min(new.len());
    let head = old.iter().zip(new).take_while(|(old, new)| is_same_row(old, new)).count();
    let ends = old.iter().rev().zip(new.iter().rev()).take(shorter - head);
    let tail = ends.take_while(|(old, new)| is_same_row(old, new)).count();
    let (old_end, new_end) = (old.len() - tail, new.len() - tail);
    let mut edits = Vec::new();
    for index in 0..old_end.max(new_end) {
        let at = index.min(new_end);
        match (old[..old_end].get(index), new[..new_end].get(index)) {
            (Some(old), Some(new)) if is_same_slot(old, new) => change(&mut edits, at, old, new),
            (before, after) => {
                edits.extend(before.map(|_| Edit::Remove(at)));
                edits.extend(after.map(|entry| Edit::Insert(at, entry)));
            }
        }
    }
    for (index, (old, new)) in old[old_end..].iter().zip(&new[new_end..]).enumerate() {
        change(&mut edits, new_end + index, old, new);
    }
    edits
}

fn change<'a>(edits: &mut Vec<Edit<'a>>, at: usize, old: &Entry, new: &'a Entry) {
    let (Some((old_label, old_rows)), Some((label, rows))) = (menu_within(old), menu_within(new)) else {
        return edits.extend((old != new).then_some(Edit::Change(at, new)));
    };
    edits.extend((old_label != label).then_some(Edit::Change(at, new)));
    let within = difference(old_rows, rows);
    edits.extend((!within.is_empty()).then_some(Edit::Within(at, within)));
}

fn menu_within(entry: &Entry) -> Option<(&str, &[Entry])> {
    match entry {
        Entry::Group(label, rows) | Entry::Profile(_, label, rows) => Some((label, rows)),
        Entry::Separator | Entry::Text(_) | Entry::Button(..) | Entry::Switch(..) => None,
    }
}

fn is_same_row(old: &Entry, new: &Entry) -> bool {
    discriminant(old) == discriminant(new) && is_same_slot(old, new)
}

/// Whether the one can become the other where it is. A button becomes a text and a text a button, but no button another
/// one: a click on its way must never do what was not written there.
fn is_same_slot(old: &Entry, new: &Entry) -> bool {
    match (old, new) {
        (Entry::Text(_), Entry::Text(_) | Entry::Button(..))
        | (Entry::Button(..), Entry::Text(_))
        | (Entry::Group(..), Entry::Group(..))
        | (Entry::Separator, Entry::Separator) => true,
        (Entry::Button(old, _), Entry::Button(new, _)) | (Entry::Switch(old, ..), Entry::Switch(new, ..)) => old == new,
        (Entry::Profile(old, ..), Entry::Profile(new, ..)) => old == new,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::action::Action;
    use crate::domain::properties::cases;

    fn text(text: &str) -> Entry {
        Entry::Text(text.to_owned())
    }

    fn button(action: Action, text: &str) -> Entry {
        Entry::Button(action, text.to_owned())
    }

    fn group(label: &str, rows: &[Entry]) -> Entry {
        Entry::Group(label.to_owned(), rows.to_vec())
    }

    /// What the thread that draws does with real items.
    fn apply(menu: &mut Vec<Entry>, edits: &[Edit<'_>]) {
        for edit in edits {
            match edit {
                Edit::Insert(at, entry) => menu.insert(*at, (*entry).clone()),
                Edit::Remove(at) => drop(menu.remove(*at)),
                Edit::Within(at, edits) => match &mut menu[*at] {
                    Entry::Group(_, rows) | Entry::Profile(_, _, rows) => apply(rows, edits),
                    other => panic!("{other:?} has no rows"),
                },
                Edit::Change(at, entry) => match (&mut menu[*at], entry) {
                    (Entry::Group(old, _), Entry::Group(new, _)) => old.clone_from(new),
                    (Entry::Profile(old, of, _), Entry::Profile(new, to, _)) if old == new => of.clone_from(to),
                    (Entry::Switch(old, ..), Entry::Switch(new, ..)) => {
                        assert_eq!(old, new);
                        menu[*at] = (*entry).clone();
                    }
                    (Entry::Text(_) | Entry::Button(..), Entry::Text(_) | Entry::Button(..)) => {
                        menu[*at] = (*entry).clone();
                    }
                    (old, new) => panic!("{old:?} cannot become {new:?} in its place"),
                },
            }
        }
    }

    #[test]
    fn rows_are_edited_in_their_places_as_far_as_they_can_be() {
        use Action::{Quit, Refresh, SignIn, SwitchAutomatic, SyncAll};
        use Edit::{Change, Insert, Remove, Within};
        let switch = |on| Entry::Switch(SwitchAutomatic, "Refresh automatically", on);
        let profile = |number, label: &str, row: Entry| Entry::Profile(number, label.to_owned(), vec![row]);
        let check = |name: &str, old: &[Entry], new: &[Entry], expected: &[Edit<'_>]| {
            assert_eq!(difference(old, new), expected, "{name}");
            let mut menu = old.to_vec();
            apply(&mut menu, expected);
            assert_eq!(menu, new, "{name}");
        };
        let (refresh, quit, refreshing) = (button(Refresh, "Refresh"), button(Quit, "Quit"), text("Refreshing…"));
        check("nothing", std::slice::from_ref(&quit), std::slice::from_ref(&quit), &[]);
        check("a text", &[text("3h"), quit.clone()], &[text("2h"), quit.clone()], &[Change(0, &text("2h"))]);
        check("a switch", &[switch(false)], &[switch(true)], &[Change(0, &switch(true))]);
        check(
            "a button that becomes a text",
            &[text("3h"), refresh.clone(), switch(true), quit.clone()],
            &[text("3h"), refreshing.clone(), switch(true), quit.clone()],
            &[Change(1, &refreshing)],
        );
        check(
            "and back, in another group",
            &[group("acme", std::slice::from_ref(&refreshing))],
            &[group("acme", std::slice::from_ref(&refresh))],
            &[Within(0, vec![Change(0, &refresh)])],
        );
        check(
            "no button becomes another one",
            &[refresh.clone(), quit.clone()],
            &[button(SyncAll, "Sync"), quit.clone()],
            &[Remove(0), Insert(0, &button(SyncAll, "Sync"))],
        );
        check(
            "a row between buttons leaves them alone",
            &[refresh.clone(), button(SignIn, "Sign in"), quit.clone()],
            &[refresh.clone(), button(SyncAll, "Sync"), button(SignIn, "Sign in"), quit.clone()],
            &[Insert(1, &button(SyncAll, "Sync"))],
        );
        check(
            "rows that go",
            &[text("signed out"), text("sign in"), Entry::Separator, quit.clone()],
            &[text("3h"), quit.clone()],
            &[Change(0, &text("3h")), Remove(1), Remove(1)],
        );
        check("all", &[], &[text("3h"), quit.clone()], &[Insert(0, &text("3h")), Insert(1, &quit)]);
        check("all gone", &[text("3h"), quit.clone()], &[], &[Remove(0), Remove(0)]);
        check(
            "a heading, and what is below it",
            &[profile(1, "work: 3h", refresh.clone())],
            &[profile(1, "work: 2h", refreshing.clone())],
            &[Change(0, &profile(1, "work: 2h", refreshing.clone())), Within(0, vec![Change(0, &refreshing)])],
        );
        check(
            "another profile",
            &[profile(1, "work", refresh.clone())],
            &[profile(2, "work", refresh.clone())],
            &[Remove(0), Insert(0, &profile(2, "work", refresh.clone()))],
        );
    }

    fn any_menu() -> impl Strategy<Value = Vec<Entry>> {
        let label = || prop::sample::select(vec!["a", "b", "c"]);
        let action = || prop::sample::select(vec![Action::Refresh, Action::SyncAll, Action::SignIn, Action::Quit]);
        let row = prop_oneof![
            Just(Entry::Separator),
            label().prop_map(text),
            (action(), label()).prop_map(|(action, label)| button(action, label)),
            (action(), label(), any::<bool>()).prop_map(|(action, label, on)| Entry::Switch(action, label, on)),
        ];
        let row = row.prop_recursive(2, 24, 7, move |row| {
            let rows = || prop::collection::vec(row.clone(), 0..7);
            prop_oneof![
                (label(), rows()).prop_map(|(label, rows)| Entry::Group(label.to_owned(), rows)),
                (0..2usize, label(), rows()).prop_map(|(number, label, rows)| Entry::Profile(
                    number,
                    label.to_owned(),
                    rows
                )),
            ]
        });
        prop::collection::vec(row, 0..7)
    }

    /// What a row does when it is clicked on.
    fn action(entry: &Entry) -> Option<Action> {
        match entry {
            Entry::Button(action, _) | Entry::Switch(action, ..) => Some(*action),
            Entry::Separator | Entry::Text(_) | Entry::Group(..) | Entry::Profile(..) => None,
        }
    }

    proptest! {
        #![proptest_config(cases(500))]

        #[test]
        fn the_edits_make_any_menu_any_other(old in any_menu(), new in any_menu()) {
            let mut menu = old.clone();
            apply(&mut menu, &difference(&old, &new));
            prop_assert_eq!(&menu, &new);
            prop_assert_eq!(difference(&new, &new), []);
        }

        #[test]
        fn no_row_in_its_place_does_another_thing(old in any_menu(), new in any_menu()) {
            // Such a change is drawn while the menu is open, and someone may be about to click.
            let mut menu = old.clone();
            for edit in difference(&old, &new) {
                if let Edit::Change(at, entry) = &edit {
                    let (before, then) = (action(&menu[*at]), action(entry));
                    prop_assert!(before.is_none() || then.is_none() || before == then);
                }
                apply(&mut menu, &[edit]);
            }
        }
    }
}
