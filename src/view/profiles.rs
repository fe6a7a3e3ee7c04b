//! Several profiles in one menu bar. With one, nothing of this is to be seen.

use jiff::{Timestamp, ZonedDateTime};

use super::icon::{headline, main_end};
use super::menu_bar::{common, ending, menu_bar, own};
use crate::domain::settings::ProfileName;
use crate::domain::state::State;
use crate::domain::sync::scrub::without_tokens;
use crate::ports::screen::{Entry, TrayView};
use crate::words::profiles as words;

/// What one profile puts on the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileView {
    name: ProfileName,
    headline: String,
    /// When the clock ends that its title is about.
    end: Option<Timestamp>,
    /// All that is shown where there is no other.
    alone: TrayView,
    /// What stands under its name where there are others.
    own: Vec<Vec<Entry>>,
    common: Vec<Entry>,
}

impl ProfileView {
    /// What is shown of `state` at `now`, alone or among others.
    pub fn of(state: &State, now: &ZonedDateTime, is_alone: bool) -> Self {
        Self {
            name: state.settings.profile.clone(),
            headline: headline(state, now),
            end: main_end(state),
            alone: menu_bar(state, now),
            own: if is_alone { Vec::new() } else { own(state, now, false) },
            common: common(state),
        }
    }
}

/// All profiles on one screen, and which of them the title is about: the one that ends first of those that live, else the
/// one that has ended last.
pub fn together(views: &[ProfileView], now: Timestamp) -> (TrayView, usize) {
    let (mut view, shown) = unscrubbed(views, now);
    // A path may have one in it.
    view.tooltip = without_tokens(&view.tooltip);
    view.menu.iter_mut().for_each(scrub);
    (view, shown)
}

fn scrub(entry: &mut Entry) {
    match entry {
        Entry::Separator | Entry::Switch(..) => {}
        Entry::Text(text) | Entry::Button(_, text) => *text = without_tokens(text),
        Entry::Group(heading, entries) | Entry::Profile(_, heading, entries) => {
            *heading = without_tokens(heading);
            entries.iter_mut().for_each(scrub);
        }
    }
}

fn unscrubbed(views: &[ProfileView], now: Timestamp) -> (TrayView, usize) {
    let [first, _, ..] = views else {
        return (views.first().map_or_else(TrayView::empty, |view| view.alone.clone()), 0);
    };
    let living = views.iter().enumerate().filter(|(_, view)| view.end.is_some_and(|end| end > now));
    let ended = views.iter().enumerate().filter(|(_, view)| view.end.is_some_and(|end| end <= now));
    let chosen = living.min_by_key(|(_, view)| view.end).or_else(|| ended.max_by_key(|(_, view)| view.end));
    let (shown, view) = chosen.unwrap_or((0, first));
    let title = match &view.alone.title {
        title if title.is_empty() || view.name.is_default() => title.clone(),
        title => format!("{} {title}", view.name),
    };
    let group = |(index, view): (usize, &ProfileView)| {
        let entries = view.own.join(&Entry::Separator);
        Entry::Profile(index, words::of(&view.name, &view.headline), entries)
    };
    let profiles: Vec<Entry> = views.iter().enumerate().map(group).collect();
    let menu = [profiles, first.common.clone(), ending()].join(&Entry::Separator);
    let lines: Vec<String> = views.iter().map(|view| words::of(&view.name, &view.headline)).collect();
    (TrayView { icon: view.alone.icon.clone(), title, tooltip: lines.join("\n"), menu }, shown)
}
