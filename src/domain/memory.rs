//! What is remembered of one source across restarts: its part of `state.json`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::alert::Announced;

/// The entry of one source. Members that another version of Wick wrote are kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    /// What was said of each clock.
    #[serde(default)]
    pub alerts: AlertMemory,
    #[serde(flatten)]
    other: Map<String, Value>,
}

/// The last alert of each clock.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AlertMemory {
    /// Of the access token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access: Option<Announced>,
    /// Of the sign-in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login: Option<Announced>,
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
