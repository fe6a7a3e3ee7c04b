//! What is remembered of one source across restarts: its part of `state.json`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::domain::alert::AlertMemory;
use crate::domain::refresh::RefreshMemory;
use crate::domain::sync::Failure;
use crate::domain::versions::understood;

/// The entry of one source. Members that another version of Wick wrote are kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    /// What was said of each clock.
    #[serde(default)]
    pub alerts: AlertMemory,
    /// What stands in the way of the next refresh.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub refresh: RefreshMemory,
    /// Why the last alert did not go to the command that the user named for it.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "understood")]
    pub alert_command: Option<AlertFailure>,
    #[serde(flatten)]
    other: Map<String, Value>,
}

/// An alert that did not arrive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertFailure {
    #[serde(flatten)]
    pub failure: Failure,
    pub at: Timestamp,
}

/// One of its parts; each has one writer, and leaves what the others wrote as it is.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// Written by the app.
    Alerts(AlertMemory),
    /// Written by whoever refreshes: the app or a command. Where it is not written under the locks of a refresh, then only
    /// `over` what was known: somebody else may have refreshed since.
    Refresh {
        /// What is remembered from now on.
        now: RefreshMemory,
        /// What was read before.
        over: Option<Box<RefreshMemory>>,
    },
    /// Written by the app after each alert that goes to a command.
    AlertCommand(Option<AlertFailure>),
}

impl Memory {
    /// Takes in a part.
    pub fn set(&mut self, part: Part) {
        match part {
            Part::Alerts(alerts) => self.alerts = alerts,
            Part::Refresh { now, over } => {
                if over.is_none_or(|over| over.is_of_the_same_failure(&self.refresh)) {
                    self.refresh = now;
                }
            }
            Part::AlertCommand(failure) => self.alert_command = failure,
        }
    }
}

fn is_empty(refresh: &RefreshMemory) -> bool {
    *refresh == RefreshMemory::default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_of_another_version_survive() {
        let text = r#"{"alerts":{"access":{"deadline_ms":5,"announced_s":240}},"windows":[1,2]}"#;
        let memory: Memory = serde_json::from_str(text).expect("valid");
        assert_eq!(serde_json::to_string(&memory).expect("serializable"), text);
    }
}
