//! One POST to the token endpoint: no redirect, no retry, a limit on time and length.

use std::path::PathBuf;
use std::time::Duration;

use reqwest::Response;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use zeroize::Zeroizing;

use super::http;
use crate::domain::network::NetworkError;
use crate::domain::refresh::{Answer, Failure};
use crate::domain::secret::Secret;
use crate::ports::TokenEndpoint;

/// Claude Codes that wait for our locks give up after 7 to 9 s, and theirs count as left behind after 10 (2.1.197) or
/// 60: the heartbeat keeps ours alive for as long as this takes.
const LIMIT: Duration = Duration::from_secs(15);
/// More than any answer.
const LONGEST_ANSWER: usize = 256 * 1024;

/// The token endpoint over HTTP. `SSL_CERT_FILE` names certificates that are trusted beside the system's.
#[derive(Debug)]
pub struct HttpTokenEndpoint(pub Option<PathBuf>);

impl HttpTokenEndpoint {
    async fn exchange(&self, url: &str, body: &Secret) -> Result<Answer, Failure> {
        // Made anew for each POST, some eight hours apart: nothing is kept open or in memory in between.
        let client = http::client(url, self.0.as_deref()).map_err(Failure::Offline)?;
        let request = client.post(url).header(CONTENT_TYPE, "application/json").body(body.expose().to_owned());
        let response = request.timeout(LIMIT).send().await.map_err(|error| {
            let why = http::cause(&error);
            if http::was_sent(&error) { Failure::NoAnswer(why) } else { Failure::Offline(why) }
        })?;
        let header = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()).map(str::to_owned);
        Ok(Answer { status: response.status().as_u16(), retry_after: header, body: read(response).await? })
    }
}

/// The body, or nothing where it is longer than any answer.
async fn read(mut response: Response) -> Result<Option<Secret>, Failure> {
    let mut bytes = Zeroizing::new(Vec::new());
    while let Some(chunk) = response.chunk().await.map_err(|error| Failure::NoAnswer(http::cause(&error)))? {
        if bytes.len() + chunk.len() > LONGEST_ANSWER {
            return Ok(None);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(Some(Secret::from(String::from_utf8_lossy(&bytes).into_owned())))
}

impl TokenEndpoint for HttpTokenEndpoint {
    fn post(&self, url: &str, body: &Secret) -> Result<Answer, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Failure::Offline(NetworkError::System(error.to_string())))?;
        let answer = runtime.block_on(self.exchange(url, body));
        // A look-up of a name that never ends must not hold up the locks.
        runtime.shutdown_background();
        answer
    }
}
