//! The connection to one GitHub, over octocrab: one request at a time, asked once, and every answer read to its end.
//!
//! What octocrab does by itself is switched off or gone around, for each was seen to do harm: its retry hammers a server
//! that asks for patience, its redirects lose a write to a renamed repository, its errors repeat what the server said, and
//! it leaves answers unread, which costs a connection each.

use std::error::Error;
use std::time::Duration;

use http::header::IF_NONE_MATCH;
use http::{Method, Request, Uri};
use http_body_util::{BodyExt, Limited};
use octocrab::service::middleware::base_uri::BaseUriLayer;
use octocrab::service::middleware::reqwest_connector::ReqwestConnector;
use octocrab::{AuthState, Octocrab, OctocrabBuilder};
use serde::Serialize;

use super::answer::Answer;
use super::paths::Base;
use crate::domain::network::{CertificatesFault, NetworkError, Trusted};
use crate::domain::secret::Secret;
use crate::domain::settings::GithubSettings;
use crate::domain::sync::{AnswerFault, Failure, Refusal};
use crate::remote::http as connections;

/// GitHub itself ends a request after 10 s; this is for the whole of it, so that no server can drip it out.
const LIMIT: Duration = Duration::from_secs(12);
/// More than any answer: a page of a hundred repositories has some 700 kB.
const LONGEST_ANSWER: usize = 2 * 1024 * 1024;
/// A repository that was renamed and given to someone else has two.
const MOST_REDIRECTS: usize = 3;

/// What a write sends: a sealed value or a variable, and who may use it. One for both, so that there is one way to ask.
#[derive(Default, Serialize)]
pub(super) struct Body<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) encrypted_value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) key_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) value: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) visibility: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) selected_repository_ids: Option<Vec<u64>>,
}

/// Shared by all places of this GitHub.
pub(super) struct Connection {
    crab: Octocrab,
    base: Base,
    pub(super) token: Secret,
    /// What is wrong with the certificates that variables name.
    faults: Vec<CertificatesFault>,
}

impl Connection {
    /// Connects to nothing yet. To be called where a tokio runtime runs.
    pub(super) fn open(settings: &GithubSettings, token: &Secret, trusted: Trusted) -> Result<Self, Failure> {
        let url = &settings.api_url;
        let client = connections::client(url, &trusted).map_err(Failure::not_reached)?;
        let uri: Uri = url.parse().map_err(|_| Failure::Offline(NetworkError::NoAddress))?;
        let Ok(crab) = OctocrabBuilder::new_empty()
            .with_service(ReqwestConnector::new(client))
            .with_layer(&BaseUriLayer::new(uri.clone()))
            .with_auth(AuthState::AccessToken { token: token.expose().to_owned().into() })
            .build();
        Ok(Self { crab, base: Base(uri), token: token.clone(), faults: trusted.faults })
    }

    pub(super) async fn get(&self, path: &str) -> Result<Answer, Refusal> {
        self.get_unless(path, None).await
    }

    /// The same, but with status 304 and no body where the answer would still have this tag: that does not count
    /// against the hourly limit.
    pub(super) async fn get_unless(&self, path: &str, etag: Option<&str>) -> Result<Answer, Refusal> {
        self.follow(Method::GET, path, None, &[], etag).await
    }

    /// `secrets` must not show in what it is said to answer.
    pub(super) async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Body<'_>>,
        secrets: &[&Secret],
    ) -> Result<Answer, Refusal> {
        self.follow(method, path, body, secrets, None).await
    }

    /// Asks once, and follows where GitHub points to within itself.
    async fn follow(
        &self,
        method: Method,
        path: &str,
        body: Option<&Body<'_>>,
        secrets: &[&Secret],
        etag: Option<&str>,
    ) -> Result<Answer, Refusal> {
        let mut path = path.to_owned();
        let mut redirected = false;
        for _ in 0..=MOST_REDIRECTS {
            let asked = tokio::time::timeout(LIMIT, self.ask(method.clone(), &path, body, etag)).await;
            let took_too_long = |_| Failure::NoAnswer(NetworkError::Slow(LIMIT.as_secs()));
            let mut answer = asked.map_err(took_too_long)??;
            if let Some(location) = answer.location() {
                path = self.base.path_of(&location).ok_or(Failure::Redirected)?;
                // GitHub answers a write to a renamed repository with 307, where a read gets 301.
                redirected = true;
                continue;
            }
            let is_asked_for = (200..300).contains(&answer.status) || (etag.is_some() && answer.is_unchanged());
            if answer.is_unchanged() && etag.is_none() {
                return Err(answer.not_githubs().into());
            }
            if !is_asked_for {
                return Err(answer.refusal(&[secrets, &[&self.token]].concat()));
            }
            answer.moved_to = redirected.then_some(path);
            return Ok(answer);
        }
        Err(Failure::BadAnswer { what: AnswerFault::Circle, status: 0 }.into())
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&Body<'_>>,
        etag: Option<&str>,
    ) -> Result<Answer, Failure> {
        // Relative, so that octocrab adds the token: it gives it to no other host.
        let mut request = Request::builder().method(method.clone()).uri(path);
        if let Some(etag) = etag {
            request = request.header(IF_NONE_MATCH, etag);
        }
        let request = self.crab.build_request(request, body).map_err(|error| self.failed(&error))?;
        let response = self.crab.execute(request).await.map_err(|error| self.failed(&error))?;
        let (head, body) = response.into_parts();
        let body = Limited::new(body, LONGEST_ANSWER).collect().await;
        let body = body.map_err(|error| Failure::NoAnswer(connections::cause(&*error, &[])))?.to_bytes();
        tracing::debug!("{method} {path}: {}", head.status);
        Ok(Answer::new(&head, body))
    }

    fn failed(&self, error: &(dyn Error + 'static)) -> Failure {
        let why = connections::cause(error, &self.faults);
        if connections::was_sent(error) { Failure::NoAnswer(why) } else { Failure::not_reached(why) }
    }
}
