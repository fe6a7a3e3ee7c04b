//! Puts a [`TrayView`] on the screen, and touches only what differs from what is there.

use std::sync::Arc;

use tray_icon::menu::{CheckMenuItem, IsMenuItem, Menu, MenuEvent, MenuId, MenuItem, PredefinedMenuItem, Submenu};
use tray_icon::{MouseButton, MouseButtonState, TrayIcon, TrayIconBuilder, TrayIconEvent};

use super::{Clicks, icon};
use crate::domain::action::Action;
use crate::domain::settings::TargetId;
use crate::domain::state::event::Event;
use crate::ports::EventSink;
use crate::ports::screen::{Entry, TrayView};

/// What the icon is called where icons are remembered: without it macOS may hide it for good under a number.
const AUTOSAVE_NAME: &str = "dev.wick.tray";
/// What panels show where a title is expected and none is wanted.
const NAME: &str = "Wick";

/// The icon with its menu, as they are on the screen.
pub struct Tray {
    icon: TrayIcon,
    menu: Menu,
    items: Vec<Item>,
    shown: TrayView,
}

enum Item {
    Plain(MenuItem),
    Check(CheckMenuItem),
    Separator(PredefinedMenuItem),
    Group(Submenu, Vec<Self>),
}

impl Item {
    /// What is in the menu of a profile goes to that one.
    fn new(entry: &Entry, profile: usize) -> Self {
        match entry {
            Entry::Separator => Self::Separator(PredefinedMenuItem::separator()),
            Entry::Text(text) => Self::Plain(MenuItem::new(escaped(text), false, None)),
            Entry::Switch(action, label, on) => {
                Self::Check(CheckMenuItem::with_id(id_of(*action, profile), escaped(label), true, *on, None))
            }
            Entry::Button(action, label) => {
                Self::Plain(MenuItem::with_id(id_of(*action, profile), escaped(label), true, None))
            }
            Entry::Group(label, entries) | Entry::Profile(_, label, entries) => {
                let profile = if let Entry::Profile(number, ..) = entry { *number } else { profile };
                let menu = Submenu::new(escaped(label), true);
                let items: Vec<Self> = entries.iter().map(|entry| Self::new(entry, profile)).collect();
                for item in &items {
                    log_failure("menu item", menu.append(item.as_menu_item()).map_err(|error| error.to_string()));
                }
                Self::Group(menu, items)
            }
        }
    }

    fn as_menu_item(&self) -> &dyn IsMenuItem {
        match self {
            Self::Plain(item) => item,
            Self::Check(item) => item,
            Self::Separator(item) => item,
            Self::Group(item, _) => item,
        }
    }
}

/// A menu, or one within it.
trait Container {
    fn put_in(&self, item: &dyn IsMenuItem, position: usize) -> tray_icon::menu::Result<()>;
    fn take_out(&self, item: &dyn IsMenuItem) -> tray_icon::menu::Result<()>;
}

impl Container for Menu {
    fn put_in(&self, item: &dyn IsMenuItem, position: usize) -> tray_icon::menu::Result<()> {
        self.insert(item, position)
    }

    fn take_out(&self, item: &dyn IsMenuItem) -> tray_icon::menu::Result<()> {
        self.remove(item)
    }
}

impl Container for Submenu {
    fn put_in(&self, item: &dyn IsMenuItem, position: usize) -> tray_icon::menu::Result<()> {
        self.insert(item, position)
    }

    fn take_out(&self, item: &dyn IsMenuItem) -> tray_icon::menu::Result<()> {
        self.remove(item)
    }
}

impl Tray {
    /// Shows the icon. Fails where there is nothing to show it in, such as without a session bus.
    pub fn build(view: TrayView) -> Result<Self, String> {
        let menu = Menu::new();
        let items: Vec<Item> = view.menu.iter().map(|entry| Item::new(entry, 0)).collect();
        for item in &items {
            menu.append(item.as_menu_item()).map_err(|error| error.to_string())?;
        }
        let builder =
            TrayIconBuilder::new().with_id(NAME).with_menu(Box::new(menu.clone())).with_tooltip(&view.tooltip);
        let builder = with_icon(builder.with_title(title(&view)), &view);
        let icon = builder.build().map_err(|error| error.to_string())?;
        Ok(Self { icon, menu, items, shown: view })
    }

    /// Shows `view` in place of what is there.
    pub fn update(&mut self, view: TrayView) {
        if view.icon != self.shown.icon {
            set_icon(&mut self.icon, &view);
        }
        if view.title != self.shown.title {
            self.icon.set_title(Some(title(&view)));
        }
        if view.tooltip != self.shown.tooltip {
            log_failure("tooltip", self.icon.set_tooltip(Some(&view.tooltip)).map_err(|error| error.to_string()));
        }
        update_menu(&self.menu, &mut self.items, &self.shown.menu, &view.menu, 0);
        self.shown = view;
    }
}

/// Items that stay in their place are edited; those between are taken out and put in. The menu itself is never replaced,
/// which would close it under the user's hand (tauri-apps/muda#200).
fn update_menu(menu: &dyn Container, items: &mut Vec<Item>, old: &[Entry], new: &[Entry], profile: usize) {
    let head = old.iter().zip(new).take_while(|(old, new)| same_kind(old, new)).count();
    let rest = old.len().min(new.len()) - head;
    let tail = old.iter().rev().zip(new.iter().rev()).take(rest).take_while(|(old, new)| same_kind(old, new)).count();
    for item in
        items.splice(head..old.len() - tail, new[head..new.len() - tail].iter().map(|entry| Item::new(entry, profile)))
    {
        log_failure("menu item", menu.take_out(item.as_menu_item()).map_err(|error| error.to_string()));
    }
    for (index, item) in items.iter().enumerate().take(new.len() - tail).skip(head) {
        let inserted = menu.put_in(item.as_menu_item(), index);
        log_failure("menu item", inserted.map_err(|error| error.to_string()));
    }
    let moved = new.len() - tail;
    for (index, entry) in new.iter().enumerate().filter(|(index, _)| *index < head || *index >= moved) {
        let before = if index < head { &old[index] } else { &old[old.len() - (new.len() - index)] };
        update_item(&mut items[index], before, entry, profile);
    }
}

fn update_item(item: &mut Item, before: &Entry, entry: &Entry, profile: usize) {
    match (entry, item) {
        (Entry::Text(text) | Entry::Button(_, text), Item::Plain(item)) if before != entry => {
            item.set_text(escaped(text));
        }
        // A click has changed the mark already; what counts is what the config says.
        (Entry::Switch(_, _, on), Item::Check(item)) if item.is_checked() != *on => item.set_checked(*on),
        (Entry::Group(label, entries) | Entry::Profile(_, label, entries), Item::Group(menu, items)) => {
            let (Entry::Group(old_label, old_entries) | Entry::Profile(_, old_label, old_entries)) = before else {
                return;
            };
            let profile = if let Entry::Profile(number, ..) = entry { *number } else { profile };
            if label != old_label {
                menu.set_text(escaped(label));
            }
            update_menu(&*menu, items, old_entries, entries, profile);
        }
        _ => {}
    }
}

/// Sends every click to the loop. To be called once, on the thread that draws.
pub fn report_clicks(clicks: &Clicks) {
    let of_one = Arc::clone(&clicks.of_one);
    MenuEvent::set_event_handler(Some(move |event: MenuEvent| {
        if let Some((profile, action)) = action_of(event.id()) {
            of_one(profile, Event::Chosen(action));
        }
    }));
    let sink = EventSink::clone(&clicks.of_all);
    TrayIconEvent::set_event_handler(Some(move |event| {
        let TrayIconEvent::Click { button, button_state, .. } = event else { return };
        if cfg!(target_os = "macos") {
            if button_state == MouseButtonState::Down {
                sink(Event::MenuOpened);
            }
        } else if button == MouseButton::Left {
            sink(Event::Chosen(Action::ShowClocks));
        }
    }));
}

fn same_kind(old: &Entry, new: &Entry) -> bool {
    match (old, new) {
        (Entry::Text(_), Entry::Text(_)) | (Entry::Group(..), Entry::Group(..)) => true,
        (Entry::Profile(old, ..), Entry::Profile(new, ..)) => old == new,
        (Entry::Switch(old, ..), Entry::Switch(new, ..)) | (Entry::Button(old, _), Entry::Button(new, _)) => old == new,
        _ => old == new,
    }
}

fn title(view: &TrayView) -> &str {
    // A Linux panel reads the title aloud, or heads the tooltip with it; it is not what stands beside the icon.
    if view.title.is_empty() && cfg!(not(target_os = "macos")) { NAME } else { &view.title }
}

/// A lone `&` marks a keyboard shortcut.
fn escaped(text: &str) -> String {
    text.replace('&', "&&")
}

const ACTIONS: [(&str, Action); 12] = [
    ("refresh", Action::Refresh),
    ("refresh-automatically", Action::SwitchAutomatic),
    ("sync-all", Action::SyncAll),
    ("sync-automatically", Action::SwitchAutomaticSync),
    ("share-refresh-token", Action::ShareRefreshToken(true)),
    ("keep-refresh-token", Action::ShareRefreshToken(false)),
    ("sign-in", Action::SignIn),
    ("try-again", Action::TryAgain),
    ("open-settings", Action::OpenSettings),
    ("diagnose", Action::Diagnose),
    ("open-at-login", Action::SwitchAutostart),
    ("quit", Action::Quit),
];
/// How the id of a target's item begins.
const TARGET: &str = "sync-target-";

/// How the id of an item begins that is about another profile than the first, before its number.
const PROFILE: &str = "profile-";

fn id_of(action: Action, profile: usize) -> MenuId {
    let of = if profile == 0 { String::new() } else { format!("{PROFILE}{profile}-") };
    if let Action::SyncTarget(id) = action {
        return MenuId::new(format!("{of}{TARGET}{}", id.0));
    }
    let known = ACTIONS.iter().find(|(_, known)| *known == action).map_or("", |(id, _)| id);
    MenuId::new(format!("{of}{known}"))
}

fn action_of(id: &MenuId) -> Option<(usize, Action)> {
    let id = id.as_ref();
    let (profile, id) = match id.strip_prefix(PROFILE) {
        Some(rest) => rest.split_once('-').and_then(|(number, id)| Some((number.parse().ok()?, id)))?,
        None => (0, id),
    };
    if let Some(number) = id.strip_prefix(TARGET) {
        return number.parse().ok().map(|number| (profile, Action::SyncTarget(TargetId(number))));
    }
    ACTIONS.iter().find(|(known, _)| id == *known).map(|(_, action)| (profile, *action))
}

fn log_failure(what: &str, outcome: Result<(), String>) {
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
    let drawn = icon::draw(&view.icon, icon::Ink::Template);
    log_failure("icon", tray.set_icon_templated(drawn).map_err(|error| error.to_string()));
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
    let drawn = icon::draw(&view.icon, icon::Ink::Color);
    log_failure("icon", tray.set_icon(drawn).map_err(|error| error.to_string()));
}
