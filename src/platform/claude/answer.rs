//! What the one object says that `claude --print --output-format json` prints, as 2.1.332 was seen to print it: also where
//! it fails, with `is_error`, the status of the API under `api_error_status`, and a sentence for people under `result`.

use serde::Deserialize;

use crate::domain::credential::{CheckFailure, NotProven};
use crate::domain::secret::Secret;
use crate::domain::sync::scrub::scrubbed;

#[derive(Deserialize)]
struct Printed {
    is_error: bool,
    #[serde(default)]
    api_error_status: Option<u16>,
    #[serde(default)]
    result: String,
}

/// Before what went wrong on the way to the API or there; then comes the status, where there was one.
const API_ERROR: &str = "API Error: ";

/// Whether it was an answer. What it said is repeated without the token.
pub(super) fn judge(stdout: &[u8], succeeded: bool, token: &Secret) -> Result<(), CheckFailure> {
    let failed = |why, said: &str| Err(CheckFailure { why, said: scrubbed(said, &[token]) });
    let Ok(Printed { is_error, api_error_status, result }) = serde_json::from_slice(stdout) else {
        return failed(NotProven::Unclear, &String::from_utf8_lossy(stdout));
    };
    if succeeded && !is_error {
        return Ok(());
    }
    let (_, detail) = result.split_once(API_ERROR).unwrap_or_default();
    // Releases before that member have the number in the sentence alone.
    let status = api_error_status.or_else(|| detail.split(' ').next()?.parse().ok());
    let why = match status {
        Some(401 | 403) if result.contains("revoked") => NotProven::Revoked,
        Some(429) => NotProven::Limited,
        Some(status @ 400..=499) => NotProven::Refused { status },
        Some(status) => NotProven::ServerError { status },
        None if result.starts_with(API_ERROR) => NotProven::Network,
        None => NotProven::Unclear,
    };
    failed(why, &result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_printed_is_one_of_few_things() {
        let token = Secret::from("sk-ant-oat01-EXAMPLE".to_owned());
        let check = |printed: &str, expected: Result<(), NotProven>| {
            let found = judge(printed.as_bytes(), expected.is_ok(), &token);
            assert_eq!(found.as_ref().map_err(|failure| failure.why).copied(), expected, "{printed}");
            assert!(!format!("{found:?}").contains("EXAMPLE"), "{found:?}");
        };
        let error = |status: &str, result: &str| {
            format!(
                r#"{{"is_error":true,"api_error_status":{status},"result":"{result}","terminal_reason":"api_error"}}"#
            )
        };
        check(r#"{"is_error":false,"api_error_status":null,"result":"yes"}"#, Ok(()));
        let revoked = "Failed to authenticate. API Error: 401 OAuth token has been revoked.";
        check(&error("401", revoked), Err(NotProven::Revoked));
        check(&error("null", revoked), Err(NotProven::Revoked));
        let revoked = "Failed to authenticate: OAuth token revoked. Please log in again or contact your administrator.";
        check(&error("403", revoked), Err(NotProven::Revoked));
        let refused = "Failed to authenticate. API Error: 401 Invalid bearer token sk-ant-oat01-EXAMPLE";
        check(&error("401", refused), Err(NotProven::Refused { status: 401 }));
        check(&error("429", "API Error: Server is temporarily limiting requests"), Err(NotProven::Limited));
        check(&error("529", "API Error: 529 x"), Err(NotProven::ServerError { status: 529 }));
        check(&error("null", "API Error: Connection refused (ECONNREFUSED)"), Err(NotProven::Network));
        check(&error("null", "Not logged in"), Err(NotProven::Unclear));
        check("Segmentation fault", Err(NotProven::Unclear));
        check("", Err(NotProven::Unclear));
        // An exit code that says otherwise is believed.
        let ended_badly = judge(br#"{"is_error":false,"result":"yes"}"#, false, &token);
        assert_eq!(ended_badly.map_err(|failure| failure.why), Err(NotProven::Unclear));
    }
}
