//! One POST to the token endpoint: no redirect, no retry, a limit on time and length, and a connection that is open before
//! anything has to be sent over it.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Client, Response};
use tokio::runtime::Runtime;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout};
use tower_layer::Layer;
use tower_service::Service;
use zeroize::Zeroizing;

use super::http;
use crate::domain::network::{CertificatesFault, NetworkError};
use crate::domain::refresh::{Answer, Failure};
use crate::domain::secret::Secret;
use crate::ports::{Connection, TokenEndpoint, TrustedCertificates, block_on, runtime};

/// Claude Codes that wait for our locks give up after 7 to 9 s, and theirs count as left behind after 10 (2.1.197) or
/// 60: the heartbeat keeps ours alive for as long as this takes.
const LIMIT: Duration = Duration::from_secs(15);
/// For an answer that came while this process stood still past the limit.
const GRACE: Duration = Duration::from_secs(1);
/// A connection that has been open unused for longer is not sent over: the server may have closed it.
const OPEN_FOR: Duration = Duration::from_secs(8);
/// More than any answer.
const LONGEST_ANSWER: usize = 256 * 1024;

/// The token endpoint over HTTP; these are trusted beside the system's certificates.
pub struct HttpTokenEndpoint(pub TrustedCertificates);

async fn exchange(
    client: Client,
    url: String,
    body: Secret,
    faults: Vec<CertificatesFault>,
) -> Result<Answer, Failure> {
    let request = client.post(url).header(CONTENT_TYPE, "application/json").body(body.expose().to_owned());
    let response = request.send().await.map_err(|error| {
        let why = http::cause(&error, &faults);
        if http::was_sent(&error) { Failure::NoAnswer(why) } else { Failure::not_reached(why) }
    })?;
    let header = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()).map(str::to_owned);
    Ok(Answer { status: response.status().as_u16(), retry_after: header, body: read(response).await? })
}

/// The body, or nothing where it is longer than any answer.
async fn read(mut response: Response) -> Result<Option<Secret>, Failure> {
    let mut bytes = Zeroizing::new(Vec::new());
    while let Some(chunk) = response.chunk().await.map_err(|error| Failure::NoAnswer(http::cause(&error, &[])))? {
        if bytes.len() + chunk.len() > LONGEST_ANSWER {
            return Ok(None);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(Some(Secret::from(String::from_utf8_lossy(&bytes).into_owned())))
}

/// The limit runs from the POST on, however long its connection took.
async fn in_time<T>(mut exchange: impl Future<Output = Result<T, Failure>> + Unpin) -> Result<T, Failure> {
    if let Ok(ended) = timeout(LIMIT, &mut exchange).await {
        return ended;
    }
    timeout(GRACE, exchange).await.unwrap_or(Err(Failure::NoAnswer(NetworkError::TimedOut)))
}

impl TokenEndpoint for HttpTokenEndpoint {
    fn connect(&self, url: &str, body: &Secret) -> Result<Box<dyn Connection>, Failure> {
        // Made anew for each POST, some eight hours apart: nothing is kept open or in memory in between.
        let gate = Gate::default();
        let trusted = (self.0)();
        let builder = http::builder(url, &trusted).connector_layer(gate.clone());
        let client = http::build(builder, &trusted.faults).map_err(Failure::not_reached)?;
        let runtime = runtime().map_err(|error| Failure::Offline(NetworkError::System(error.to_string())))?;
        let exchange = Box::pin(exchange(client, url.to_owned(), body.clone(), trusted.faults));
        let mut opened = Opened { runtime: Some(runtime), exchange, gate, since: Instant::now() };
        match opened.until_open() {
            None => Ok(Box::new(opened)),
            // Whatever it was, the gate has let nothing pass.
            Some(Err(Failure::NoAnswer(why))) => Err(Failure::not_reached(why)),
            Some(ended) => Err(ended.err().unwrap_or(Failure::Offline(NetworkError::Unknown))),
        }
    }
}

/// A request that waits at the gate, its connection open.
struct Opened {
    /// Absent once this is being dropped.
    runtime: Option<Runtime>,
    exchange: Pin<Box<dyn Future<Output = Result<Answer, Failure>>>>,
    gate: Gate,
    /// When its connection was open.
    since: Instant,
}

impl Opened {
    /// What ended the request before its connection was open.
    fn until_open(&mut self) -> Option<Result<Answer, Failure>> {
        let Self { runtime, exchange, gate, since } = self;
        let ended = block_on(runtime.as_ref()?, async {
            tokio::select! {
                biased;
                () = gate.opened.notified() => None,
                ended = exchange => Some(ended),
                () = sleep(LIMIT) => Some(Err(Failure::not_reached(NetworkError::TimedOut))),
            }
        });
        *since = Instant::now();
        ended
    }
}

impl Connection for Opened {
    fn send(mut self: Box<Self>) -> Result<Answer, Failure> {
        if self.since.elapsed() > OPEN_FOR {
            return Err(Failure::not_reached(NetworkError::TimedOut));
        }
        self.gate.go.notify_one();
        let Self { runtime, exchange, .. } = &mut *self;
        let Some(runtime) = runtime else { return Err(Failure::Offline(NetworkError::Unknown)) };
        block_on(runtime, in_time(exchange))
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        // A look-up of a name that never ends must not hold up the locks.
        self.runtime.take().into_iter().for_each(Runtime::shutdown_background);
    }
}

/// Stands between the connection and what is sent over it.
#[derive(Clone, Default)]
struct Gate {
    opened: Arc<Notify>,
    go: Arc<Notify>,
}

impl<S> Layer<S> for Gate {
    type Service = Gated<S>;

    fn layer(&self, connector: S) -> Gated<S> {
        Gated { connector, gate: self.clone() }
    }
}

/// Opens connections, and holds each back until it may be used.
#[derive(Clone)]
struct Gated<S> {
    connector: S,
    gate: Gate,
}

impl<S, To> Service<To> for Gated<S>
where
    S: Service<To>,
    S::Future: Send + 'static,
    S::Response: Send,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.connector.poll_ready(context)
    }

    fn call(&mut self, to: To) -> Self::Future {
        let (connecting, gate) = (self.connector.call(to), self.gate.clone());
        Box::pin(async move {
            let connection = connecting.await?;
            gate.opened.notify_one();
            gate.go.notified().await;
            Ok(connection)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_answer_has_its_whole_limit_from_the_post_on_and_none_is_waited_for_longer() {
        let (begun, nearly) = (Instant::now(), Duration::from_millis(14_999));
        let late = Box::pin(async {
            sleep(nearly).await;
            Ok(())
        });
        assert_eq!(in_time(late).await, Ok(()));
        assert_eq!(in_time(pending::<Result<(), Failure>>()).await, Err(Failure::NoAnswer(NetworkError::TimedOut)));
        assert_eq!(begun.elapsed(), nearly + LIMIT + GRACE);
        assert_eq!(in_time(ready(Ok(1))).await, Ok(1));
    }
}
