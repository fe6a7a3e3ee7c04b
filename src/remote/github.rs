//! GitHub's REST API, over octocrab: one request at a time, asked once, and every answer read to its end.
//!
//! What octocrab does by itself is switched off or gone around, for each was seen to do harm: its retry hammers a server
//! that asks for patience, its redirects lose a write to a renamed repository, its errors repeat what the server said, and
//! it leaves answers unread, which costs a connection each.

mod answer;
mod paths;
mod place;
mod seal;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use http::{Method, Request, Uri};
use http_body_util::{BodyExt, Limited};
use octocrab::service::middleware::base_uri::BaseUriLayer;
use octocrab::service::middleware::reqwest_connector::ReqwestConnector;
use octocrab::{AuthState, Octocrab, OctocrabBuilder};
use serde::Serialize;

use super::github::answer::Answer;
use super::github::paths::Base;
use super::http as connections;
use crate::domain::network::NetworkError;
use crate::domain::secret::Secret;
use crate::domain::settings::{GithubSettings, Store, is_repository};
use crate::domain::sync::scrub::scrubbed;
use crate::domain::sync::{AnswerFault, Failure, Refusal};
use crate::ports::{Answering, Github, GithubOpener, SecretSink, User};

/// GitHub itself ends a request after 10 s; this is for the whole of it, so that no server can drip it out.
const LIMIT: Duration = Duration::from_secs(12);
/// Shorter than the whole, so that a server which cannot be reached is told from one that does not answer.
const CONNECT_LIMIT: Duration = Duration::from_secs(8);
/// More than any answer: a page of a hundred repositories has some 700 kB.
const LONGEST_ANSWER: usize = 8 * 1024 * 1024;
/// A repository that was renamed and given to someone else has two.
const MOST_REDIRECTS: usize = 3;
/// So many pages of a hundred repositories are offered to choose from.
const MOST_PAGES: usize = 30;

/// Connects to any GitHub. `certificates` is `SSL_CERT_FILE`: trusted beside the system's roots.
pub fn opener(certificates: Option<PathBuf>) -> GithubOpener {
    Arc::new(move |settings, token| {
        let api = GithubApi::open(settings, token, certificates.as_deref())?;
        Ok(Box::new(api) as Box<dyn Github>)
    })
}

/// One GitHub, with one token.
pub struct GithubApi(Rc<Connection>);

/// The connection that all places share.
struct Connection {
    crab: Octocrab,
    base: Base,
    token: Secret,
}

impl GithubApi {
    /// Connects to nothing yet. To be called where a tokio runtime runs.
    pub fn open(settings: &GithubSettings, token: &Secret, certificates: Option<&Path>) -> Result<Self, Failure> {
        let url = &settings.api_url;
        let client = connections::client(url, certificates).map_err(|why| Failure::Offline { why })?;
        let client = client.connect_timeout(CONNECT_LIMIT).build();
        let client = client.map_err(|error| Failure::Offline { why: connections::cause(&error) })?;
        let uri: Uri = url.parse().map_err(|_| Failure::Offline { why: NetworkError::NoAddress })?;
        let auth = AuthState::AccessToken { token: token.expose().to_owned().into() };
        let crab = OctocrabBuilder::new_empty()
            .with_service(ReqwestConnector::new(client))
            .with_layer(&BaseUriLayer::new(uri.clone()))
            .with_auth(auth)
            .build();
        let Ok(crab) = crab;
        Ok(Self(Rc::new(Connection { crab, base: Base::new(uri), token: token.clone() })))
    }
}

impl Connection {
    async fn get(&self, path: &str) -> Result<Answer, Refusal> {
        self.call(Method::GET, path, None::<&()>, &[]).await
    }

    /// Asks once, and follows where GitHub points to within itself. `secrets` must not show in what it is said to answer.
    async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
        secrets: &[&Secret],
    ) -> Result<Answer, Refusal> {
        let secrets: Vec<&Secret> = secrets.iter().copied().chain([&self.token]).collect();
        let mut path = path.to_owned();
        let mut moved = false;
        for _ in 0..=MOST_REDIRECTS {
            let asked = tokio::time::timeout(LIMIT, self.ask(method.clone(), &path, body)).await;
            let took_too_long = |_| Failure::NoAnswer { why: NetworkError::Slow(LIMIT.as_secs()) };
            let mut answer = asked.map_err(took_too_long)??;
            if let Some(location) = answer.location() {
                path = self.base.path_of(&location).ok_or(Failure::Redirected)?;
                // GitHub answers a write to a renamed repository with 307, where a read gets 301.
                moved = true;
                continue;
            }
            if !(200..300).contains(&answer.status) {
                return Err(answer.refusal(&secrets));
            }
            answer.moved_to = moved.then_some(path);
            return Ok(answer);
        }
        Err(Failure::BadAnswer { what: AnswerFault::Circle }.into())
    }

    async fn ask(&self, method: Method, path: &str, body: Option<&impl Serialize>) -> Result<Answer, Failure> {
        // Relative, so that octocrab adds the token: it gives it to no other host.
        let request = self
            .crab
            .build_request(Request::builder().method(method).uri(path), body)
            .map_err(|error| unsent(&error))?;
        let response = self.crab.execute(request).await.map_err(|error| unsent(&error))?;
        let (head, body) = response.into_parts();
        let body = Limited::new(body, LONGEST_ANSWER).collect().await;
        let body = body.map_err(|error| Failure::NoAnswer { why: cause(&*error) })?.to_bytes();
        Ok(Answer::new(&head, body))
    }
}

/// octocrab's own words for a failure say nothing; what it stands on does.
fn unsent(error: &octocrab::Error) -> Failure {
    match reqwest_error(error) {
        Some(found) if found.is_connect() || found.is_builder() => Failure::Offline { why: connections::cause(found) },
        Some(found) => Failure::NoAnswer { why: connections::cause(found) },
        None => Failure::NoAnswer { why: cause(error) },
    }
}

fn reqwest_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a reqwest::Error> {
    error.downcast_ref().or_else(|| error.source().and_then(reqwest_error))
}

/// The last cause, which says the most.
fn cause(error: &(dyn Error + 'static)) -> NetworkError {
    match (reqwest_error(error), error.source()) {
        (Some(found), _) => connections::cause(found),
        (None, Some(source)) => cause(source),
        (None, None) => NetworkError::System(error.to_string()),
    }
}

impl Github for GithubApi {
    fn place(&self, store: &Store) -> Box<dyn SecretSink> {
        Box::new(place::GithubPlace::new(Rc::clone(&self.0), store))
    }

    fn user(&self) -> Answering<'_, User> {
        Box::pin(async move {
            let answer = self.0.get("/user").await?;
            let clean = |text: String| scrubbed(&text, &[&self.0.token]);
            let login = clean(answer.json::<answer::Login>()?.login);
            let scopes = answer.header("x-oauth-scopes").map(clean);
            Ok(User { login, scopes, expires: answer.token_expires() })
        })
    }

    fn repositories(&self) -> Answering<'_, Vec<String>> {
        Box::pin(async move {
            let mut names = Vec::new();
            for page in 1..=MOST_PAGES {
                let path = format!("/user/repos?per_page=100&sort=full_name&page={page}");
                let found = self.0.get(&path).await?.json::<Vec<answer::Repository>>()?;
                let last = found.len() < 100;
                let takes_secrets = |found: &answer::Repository| {
                    // A name that is none would be drawn on someone's terminal.
                    !found.archived && found.permissions.push && is_repository(&found.full_name)
                };
                names.extend(found.into_iter().filter(takes_secrets).map(|found| found.full_name));
                if last {
                    break;
                }
            }
            Ok(names)
        })
    }
}
