//! What is remembered of one source across restarts: its part of `state.json`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::domain::alert::AlertMemory;
use crate::domain::refresh::RefreshMemory;

/// The entry of one source. Members that another version of Wick wrote are kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    /// What was said of each clock.
    #[serde(default)]
    pub alerts: AlertMemory,
    /// What stands in the way of the next refresh.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub refresh: RefreshMemory,
    #[serde(flatten)]
    other: Map<String, Value>,
}

/// One of its parts; each has one writer, and leaves what the others wrote as it is.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// Written by the app.
    Alerts(AlertMemory),
    /// Written by whoever refreshes: the app or a command.
    Refresh(RefreshMemory),
}

impl Memory {
    /// Takes in a part.
    pub fn set(&mut self, part: Part) {
        match part {
            Part::Alerts(alerts) => self.alerts = alerts,
            Part::Refresh(refresh) => self.refresh = refresh,
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
