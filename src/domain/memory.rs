//! What is remembered of one source across restarts: its part of `state.json`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::alert::AlertMemory;

/// The entry of one source. Members that another version of Wick wrote are kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    /// What was said of each clock.
    #[serde(default)]
    pub alerts: AlertMemory,
    #[serde(flatten)]
    other: Map<String, Value>,
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
