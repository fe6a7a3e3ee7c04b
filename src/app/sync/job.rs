//! What a sync is run with.

use std::sync::Arc;

use jiff::Timestamp;

use crate::app::material::MaterialStore;
use crate::domain::credential::Credential;
use crate::domain::refresh::wants_a_refresh;
use crate::domain::settings::{Settings, Target};
use crate::domain::sync::{Progress, Request, Scope};
use crate::ports::{Patience, Ports, Stop};

/// What a sync is run with.
pub struct Job<'a> {
    pub ports: &'a Ports,
    /// The place that is read all the time: it knows what was refused and is not to be asked for again.
    pub store: Arc<MaterialStore>,
    pub settings: &'a Settings,
    pub request: &'a Request,
    /// Whether someone may be approving a prompt.
    pub patience: Patience,
    /// Ends it: what was not sent yet is reported so.
    pub stop: &'a Stop,
    /// Called with how far it is.
    pub progress: &'a dyn Fn(Progress),
}

/// One of the targets that are synced, and its number in the report.
#[derive(Clone, Copy)]
pub(super) struct Turn<'a> {
    pub(super) number: usize,
    pub(super) target: &'a Target,
}

impl<'a> Job<'a> {
    pub(super) fn now(&self) -> Timestamp {
        self.ports.clock.now().timestamp()
    }

    pub(super) fn targets(&self) -> Vec<&'a Target> {
        let wanted = |target: &&Target| match &self.request.scope {
            Scope::All => true,
            Scope::Only(ids) => ids.contains(&target.id()),
        };
        self.settings.own_targets().filter(wanted).collect()
    }

    /// Whether this only says what would be done, and a refresh would come first.
    pub(super) fn is_refreshed_first(&self, credential: &Credential) -> bool {
        self.request.dry_run && wants_a_refresh(credential, &self.settings.refresh, self.now())
    }
}
