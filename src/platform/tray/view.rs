//! The icon with its menu, as they are on the screen; touches only what differs from what is there.

use std::fmt::Display;

use tray_icon::menu::{
    CheckMenuItem, IsMenuItem, MenuEvent, MenuId, MenuItem, MenuItemKind, PredefinedMenuItem, Submenu,
};
use tray_icon::{Icon, MouseButton, MouseButtonState, TrayIcon, TrayIconAttributes, TrayIconEvent};

use super::button::Button;
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
    button: Option<Button>,
    /// Has a row for each of what is shown.
    menu: Submenu,
    shown: TrayView,
}

fn item(entry: &Entry) -> Box<dyn IsMenuItem> {
    match entry {
        Entry::Separator => Box::new(PredefinedMenuItem::separator()),
        Entry::Text(text) => Box::new(MenuItem::new(escaped(text), false, None)),
        Entry::Button(_, label) => Box::new(MenuItem::new(escaped(label), true, None)),
        Entry::Switch(_, label, on) => Box::new(CheckMenuItem::new(escaped(label), true, *on, None)),
        Entry::Group(label, rows) | Entry::Profile(_, label, rows) => Box::new(submenu(label, rows)),
    }
}

fn submenu(label: &str, rows: &[Entry]) -> Submenu {
    let menu = Submenu::new(escaped(label), true);
    apply(&menu, &difference(&[], rows));
    menu
}

fn apply(menu: &Submenu, edits: &[Edit<'_>]) {
    // A copy of all rows, taken anew only where one came or went.
    let mut rows: Option<Vec<MenuItemKind>> = None;
    for edit in edits {
        match edit {
            // Fails for a keyboard shortcut or a menu within itself alone.
            Edit::Insert(at, entry) => log_failure("menu item", menu.insert(&*item(entry), *at)),
            Edit::Remove(at) => drop(menu.remove_at(*at)),
            Edit::Change(at, entry) => change(&rows.get_or_insert_with(|| menu.items())[*at], entry),
            Edit::Within(at, edits) => {
                if let MenuItemKind::Submenu(menu) = &rows.get_or_insert_with(|| menu.items())[*at] {
                    apply(menu, edits);
                }
            }
        }
        rows = rows.filter(|_| !edit.moves_rows());
    }
}

fn change(item: &MenuItemKind, entry: &Entry) {
    match (item, entry) {
        (MenuItemKind::MenuItem(item), Entry::Text(text) | Entry::Button(_, text)) => {
            item.set_text(escaped(text));
            let enabled = matches!(entry, Entry::Button(..));
            if item.is_enabled() != enabled {
                item.set_enabled(enabled);
            }
        }
        (MenuItemKind::Check(item), Entry::Switch(_, label, on)) => {
            item.set_text(escaped(label));
            item.set_checked(*on);
        }
        (MenuItemKind::Submenu(menu), Entry::Group(label, _) | Entry::Profile(_, label, _)) => {
            menu.set_text(escaped(label));
        }
        // The difference of two menus makes nothing else of it.
        _ => {}
    }
}

impl Tray {
    /// Shows the icon. Fails where there is nothing to show it in, such as without a session bus.
    pub(super) fn build(view: TrayView, clicks: &Clicks) -> Result<Self, String> {
        let menu = submenu(NAME, &view.menu);
        let attributes = TrayIconAttributes {
            icon: icon::draw(&view.icon),
            icon_is_template: true,
            title: Some(title(&view).to_owned()),
            tooltip: Some(view.tooltip.clone()),
            menu: Some(Box::new(menu.clone())),
            autosave_name: Some(AUTOSAVE_NAME.to_owned()),
            ..TrayIconAttributes::default()
        };
        let icon = TrayIcon::with_id(NAME, attributes).map_err(|error| error.to_string())?;
        let button = Button::of(&icon, &menu, clicks);
        let tray = Self { icon, button, menu, shown: view };
        tray.call();
        Ok(tray)
    }

    /// Shows `view` in place of what is there, and says whether it did: not where rows come or go while the menu is open,
    /// since a click would land on another row than was aimed at. The menu itself is never replaced, which would close it under the
    /// user's hand (tauri-apps/muda#200).
    pub(super) fn update(&mut self, view: &TrayView, menu_is_open: bool) -> bool {
        let edits = difference(&self.shown.menu, &view.menu);
        if menu_is_open && edits.iter().any(Edit::moves_rows) {
            return false;
        }
        // Before anything is shown, so that all of it changes at once.
        let picture = (view.icon != self.shown.icon).then(|| icon::draw(&view.icon));
        apply(&self.menu, &edits);
        if let Some(picture) = picture {
            log_failure("icon", set_icon(&self.icon, picture));
        }
        if view.title != self.shown.title {
            self.icon.set_title(Some(title(view)));
        }
        if view.tooltip != self.shown.tooltip {
            log_failure("tooltip", self.icon.set_tooltip(Some(&view.tooltip)));
        }
        self.shown.clone_from(view);
        self.call();
        true
    }

    /// For those who hear it, what others see.
    fn call(&self) {
        if let Some(button) = &self.button {
            button.call(format!("{NAME} {}", self.shown.title).trim_end());
        }
    }

    /// Whether somebody could see the icon now, as far as the system says.
    #[cfg(any(target_os = "macos", feature = "tao"))]
    pub(super) fn can_be_seen(&self) -> bool {
        self.button.as_ref().is_some_and(Button::can_be_seen)
    }

    /// Takes the icon away, and gives what it showed.
    pub(super) fn into_view(self) -> TrayView {
        self.shown
    }

    /// What a click on the item of this name means; nothing where that has gone.
    pub(super) fn clicked(&self, id: &MenuId) -> Option<Click> {
        let (profile, action) = clicked(&self.menu, &self.shown.menu, id, 0)?;
        Some(Click { profile, event: Event::Chosen(action) })
    }
}

/// What is in the menu of a profile goes to that one.
fn clicked(menu: &Submenu, rows: &[Entry], id: &MenuId, profile: usize) -> Option<(usize, Action)> {
    menu.items().iter().zip(rows).find_map(|(item, entry)| match (item, entry) {
        (MenuItemKind::Submenu(menu), Entry::Group(_, rows)) => clicked(menu, rows, id, profile),
        (MenuItemKind::Submenu(menu), Entry::Profile(number, _, rows)) => clicked(menu, rows, id, *number),
        (MenuItemKind::MenuItem(item), Entry::Button(action, _)) if item.id() == id => Some((profile, *action)),
        (MenuItemKind::Check(item), Entry::Switch(action, _, on)) if item.id() == id => {
            // The click has changed the mark already; what counts is what the config says.
            item.set_checked(*on);
            Some((profile, *action))
        }
        _ => None,
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

/// macOS colors it for its menu bar.
#[cfg(target_os = "macos")]
fn set_icon(tray: &TrayIcon, icon: Option<Icon>) -> tray_icon::Result<()> {
    tray.set_icon_templated(icon)
}

#[cfg(not(target_os = "macos"))]
fn set_icon(tray: &TrayIcon, icon: Option<Icon>) -> tray_icon::Result<()> {
    tray.set_icon(icon)
}
