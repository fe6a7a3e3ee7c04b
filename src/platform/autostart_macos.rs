//! Opening at login by `SMAppService`, which macOS 13 brought. Type-checked on Linux; only a Mac can run it.
//!
//! It registers the app bundle that this program runs from, under the app's name and with its icon in System Settings.

use std::path::{Path, PathBuf};

use objc2::runtime::AnyClass;
use smappservice_rs::{AppService, ServiceStatus, ServiceType};

use crate::domain::autostart::{Autostart, AutostartError, Place};
use crate::platform::bundle;
use crate::platform::environment::Environment;
use crate::platform::pool::in_a_pool;
use crate::ports::{LoginItem, Stamp, Versioned};

/// The user's login items.
#[derive(Debug)]
pub struct SystemLoginItem;

impl SystemLoginItem {
    /// Those of this user. An app is opened without arguments, so with the usual config.
    pub fn new(_environment: &Environment, _config: Option<&Path>) -> Self {
        Self
    }
}

/// The service of this app, or why there is none.
fn service() -> Result<AppService, AutostartError> {
    if bundle::path().is_none() {
        return Err(AutostartError::NoBundle);
    }
    // An older system lacks the class, and asking for it would end the process.
    if AnyClass::get(c"SMAppService").is_none() {
        return Err(AutostartError::OldSystem);
    }
    Ok(AppService::new(ServiceType::MainApp))
}

/// Where this app lies.
fn place() -> Place {
    bundle::path().map_or(Place::Lasting, |path| Place::of(&path))
}

impl LoginItem for SystemLoginItem {
    fn state(&self) -> Autostart {
        in_a_pool(|| match service().map(|service| service.status()) {
            Err(why) => Autostart::Unavailable(why),
            Ok(ServiceStatus::Enabled) => place().state(true),
            Ok(ServiceStatus::RequiresApproval) => Autostart::NeedsApproval,
            // "Not found" is also the answer to an app that never registered.
            Ok(ServiceStatus::NotRegistered | ServiceStatus::NotFound) => place().state(false),
        })
    }

    fn set(&self, on: bool) -> Result<(), AutostartError> {
        in_a_pool(|| set(on))
    }
}

fn set(on: bool) -> Result<(), AutostartError> {
    let service = service()?;
    match (on, service.status()) {
        (true, ServiceStatus::Enabled) | (false, ServiceStatus::NotRegistered | ServiceStatus::NotFound) => Ok(()),
        // The user said no there once, and only there can that be taken back.
        (true, ServiceStatus::RequiresApproval) => {
            AppService::open_system_settings_login_items();
            Ok(())
        }
        // It would be refused, and the system does not say why.
        (true, _) if place() == Place::Translocated => Err(AutostartError::Translocated),
        (true, _) => service.register().map_err(|error| AutostartError::Failed(error.to_string())),
        (false, _) => service.unregister().map_err(|error| AutostartError::Failed(error.to_string())),
    }
}

impl Versioned for SystemLoginItem {
    fn stamp(&self) -> Stamp {
        Stamp::default()
    }

    fn watched(&self) -> Vec<(PathBuf, Vec<String>)> {
        Vec::new()
    }
}
