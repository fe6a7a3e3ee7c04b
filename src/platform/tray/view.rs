//! The icon with its menu, as they are on the screen; touches only what differs from what is there.

use std::fmt::Display;

use tray_icon::menu::{CheckMenuItem, IsMenuItem, Menu, MenuEvent, MenuId, MenuItem, PredefinedMenuItem, Submenu};
use tray_icon::{MouseButton, MouseButtonState, TrayIcon, TrayIconBuilder, TrayIconEvent};

use super::difference::{Edit, difference};
use super::icon;
use super::message::{Click, Clicks, Message};
use crate::domain::action::Action;
use crate::domain::state::event::Event;
use crate::ports::screen::{Entry, TrayView};

/// What the icon is called where icons are remembered: without it macOS may hide it for good under a number.
const AUTOSAVE_NAME: &str = "dev.wick.tray";
/// What panels show where a title is expected and none is wanted.
const NAME: &str = "Wick";

pub(super) struct Tray {
    icon: TrayIcon,
    menu: Menu,
    items: Vec<Item>,
    shown: TrayView,
}

/// A row on the screen, with what a click on it means now.
enum Item {
    Line(MenuItem, Option<Action>),
    Switch(CheckMenuItem, Action, bool),
    Separator(PredefinedMenuItem),
    /// With the number of the profile that all of it is about, where it says one.
    Group(Submenu, Vec<Self>, Option<usize>),
}

impl Item {
    fn new(entry: &Entry) -> Self {
        match entry {
            Entry::Separator => Self::Separator(PredefinedMenuItem::separator()),
            Entry::Text(text) => Self::Line(MenuItem::new(escaped(text), false, None), None),
            Entry::Button(action, label) => Self::Line(MenuItem::new(escaped(label), true, None), Some(*action)),
            Entry::Switch(action, label, on) => {
                Self::Switch(CheckMenuItem::new(escaped(label), true, *on, None), *action, *on)
            }
            Entry::Group(label, rows) | Entry::Profile(_, label, rows) => {
                let profile = if let Entry::Profile(number, ..) = entry { Some(*number) } else { None };
                let (menu, mut items) = (Submenu::new(escaped(label), true), Vec::new());
                apply(&menu, &mut items, &difference(&[], rows));
                Self::Group(menu, items, profile)
            }
        }
    }

    fn change(&mut self, entry: &Entry) {
        match (self, entry) {
            (Self::Line(item, action), Entry::Text(text) | Entry::Button(_, text)) => {
                *action = if let Entry::Button(action, _) = entry { Some(*action) } else { None };
                item.set_text(escaped(text));
                if item.is_enabled() != action.is_some() {
                    item.set_enabled(action.is_some());
                }
            }
            (Self::Switch(item, _, shown), Entry::Switch(_, label, on)) => {
                item.set_text(escaped(label));
                item.set_checked(*on);
                *shown = *on;
            }
            (Self::Group(menu, ..), Entry::Group(label, _) | Entry::Profile(_, label, _)) => {
                menu.set_text(escaped(label));
            }
            // The difference of two menus makes nothing else of it.
            _ => {}
        }
    }

    fn as_menu_item(&self) -> &dyn IsMenuItem {
        match self {
            Self::Line(item, _) => item,
            Self::Switch(item, ..) => item,
            Self::Separator(item) => item,
            Self::Group(item, ..) => item,
        }
    }
}

/// A menu, or one within it.
trait Container {
    fn put_in(&self, item: &dyn IsMenuItem, position: usize) -> tray_icon::menu::Result<()>;
    fn take_out(&self, item: &dyn IsMenuItem) -> tray_icon::menu::Result<()>;
}

macro_rules! container {
    ($($menu:ty),*) => {$(
        impl Container for $menu {
            fn put_in(&self, item: &dyn IsMenuItem, position: usize) -> tray_icon::menu::Result<()> {
                self.insert(item, position)
            }

            fn take_out(&self, item: &dyn IsMenuItem) -> tray_icon::menu::Result<()> {
                self.remove(item)
            }
        }
    )*};
}
container!(Menu, Submenu);

fn apply(menu: &dyn Container, items: &mut Vec<Item>, edits: &[Edit<'_>]) {
    for edit in edits {
        match edit {
            Edit::Insert(at, entry) => {
                items.insert(*at, Item::new(entry));
                log_failure("menu item", menu.put_in(items[*at].as_menu_item(), *at));
            }
            Edit::Remove(at) => log_failure("menu item", menu.take_out(items.remove(*at).as_menu_item())),
            Edit::Change(at, entry) => items[*at].change(entry),
            Edit::Within(at, edits) => {
                if let Item::Group(menu, items, _) = &mut items[*at] {
                    apply(menu, items, edits);
                }
            }
        }
    }
}

impl Tray {
    /// Shows the icon. Fails where there is nothing to show it in, such as without a session bus.
    pub(super) fn build(view: TrayView) -> Result<Self, String> {
        let (menu, mut items) = (Menu::new(), Vec::new());
        apply(&menu, &mut items, &difference(&[], &view.menu));
        let builder = TrayIconBuilder::new().with_id(NAME).with_menu(Box::new(menu.clone()));
        let builder = builder.with_tooltip(&view.tooltip).with_title(title(&view));
        let icon = with_icon(builder, &view).build().map_err(|error| error.to_string())?;
        Ok(Self { icon, menu, items, shown: view })
    }

    /// Shows `view` in place of what is there, and says whether it did: not where rows come or go while the menu is open,
    /// since a click would land on another row than was aimed at. The menu itself is never replaced, which would close it under the
    /// user's hand (tauri-apps/muda#200).
    pub(super) fn update(&mut self, view: &TrayView, menu_is_open: bool) -> bool {
        let edits = difference(&self.shown.menu, &view.menu);
        if menu_is_open && edits.iter().any(Edit::moves_rows) {
            return false;
        }
        apply(&self.menu, &mut self.items, &edits);
        if view.icon != self.shown.icon {
            set_icon(&mut self.icon, view);
        }
        if view.title != self.shown.title {
            self.icon.set_title(Some(title(view)));
        }
        if view.tooltip != self.shown.tooltip {
            log_failure("tooltip", self.icon.set_tooltip(Some(&view.tooltip)));
        }
        self.shown.clone_from(view);
        true
    }

    /// What a click on the item of this name means; nothing where that has gone.
    pub(super) fn clicked(&self, id: &MenuId) -> Option<Click> {
        let (profile, action) = clicked(&self.items, id, 0)?;
        Some(Click { profile, event: Event::Chosen(action) })
    }
}

/// What is in the menu of a profile goes to that one.
fn clicked(items: &[Item], id: &MenuId, profile: usize) -> Option<(usize, Action)> {
    items.iter().find_map(|item| match item {
        Item::Line(item, Some(action)) if item.id() == id => Some((profile, *action)),
        Item::Switch(item, action, on) if item.id() == id => {
            // The click has changed the mark already; what counts is what the config says.
            item.set_checked(*on);
            Some((profile, *action))
        }
        Item::Group(_, items, of) => clicked(items, id, of.unwrap_or(profile)),
        Item::Line(..) | Item::Switch(..) | Item::Separator(_) => None,
    })
}

/// Reports each click: on an item to the thread that draws, on the icon at once. To be called once, on that thread.
pub(super) fn report_clicks(clicks: &Clicks, send: impl Fn(Message) + Send + Sync + 'static) {
    MenuEvent::set_event_handler(Some(move |event: MenuEvent| send(Message::Clicked(event.id))));
    let clicks = Clicks::clone(clicks);
    TrayIconEvent::set_event_handler(Some(move |event| {
        let TrayIconEvent::Click { button, button_state, .. } = event else { return };
        if cfg!(target_os = "macos") {
            if button_state == MouseButtonState::Down {
                clicks(Click { profile: 0, event: Event::MenuOpened });
            }
        } else if button == MouseButton::Left {
            clicks(Click { profile: 0, event: Event::Chosen(Action::ShowClocks) });
        }
    }));
}

fn title(view: &TrayView) -> &str {
    // A Linux panel reads the title aloud, or heads the tooltip with it; it is not what stands beside the icon.
    if view.title.is_empty() && cfg!(not(target_os = "macos")) { NAME } else { &view.title }
}

/// A lone `&` marks a keyboard shortcut.
fn escaped(text: &str) -> String {
    text.replace('&', "&&")
}

fn log_failure<E: Display>(what: &str, outcome: Result<(), E>) {
    if let Err(error) = outcome {
        tracing::warn!("the {what} could not be drawn: {error}");
    }
}

#[cfg(target_os = "macos")]
fn with_icon(builder: TrayIconBuilder, view: &TrayView) -> TrayIconBuilder {
    let builder = builder.with_autosave_name(AUTOSAVE_NAME);
    match icon::draw(&view.icon, icon::Ink::Template) {
        Some(icon) => builder.with_icon_templated(icon),
        None => builder,
    }
}

#[cfg(target_os = "macos")]
fn set_icon(tray: &mut TrayIcon, view: &TrayView) {
    log_failure("icon", tray.set_icon_templated(icon::draw(&view.icon, icon::Ink::Template)));
}

#[cfg(not(target_os = "macos"))]
fn with_icon(builder: TrayIconBuilder, view: &TrayView) -> TrayIconBuilder {
    match icon::draw(&view.icon, icon::Ink::Color) {
        Some(icon) => builder.with_autosave_name(AUTOSAVE_NAME).with_icon(icon),
        None => builder,
    }
}

#[cfg(not(target_os = "macos"))]
fn set_icon(tray: &mut TrayIcon, view: &TrayView) {
    log_failure("icon", tray.set_icon(icon::draw(&view.icon, icon::Ink::Color)));
}
