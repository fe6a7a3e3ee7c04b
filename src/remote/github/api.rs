//! One GitHub with one token: whose the token is, and what it may write to.

use std::rc::Rc;
use std::sync::Arc;

use async_trait::async_trait;

use super::answer::{Login, Repository};
use super::connection::Connection;
use super::place::GithubPlace;
use crate::domain::settings::names::is_owner;
use crate::domain::settings::{Store, is_repository};
use crate::domain::sync::Refusal;
use crate::domain::sync::scrub::repeats;
use crate::ports::{Github, GithubOpener, SecretSink, TrustedCertificates, User};

/// So many pages of a hundred repositories are offered to choose from.
const MOST_PAGES: usize = 30;

/// Connects to any GitHub; these are trusted beside the system's certificates.
pub fn opener(trusted: TrustedCertificates) -> GithubOpener {
    Arc::new(move |settings, token| {
        let connection = Connection::open(settings, token, trusted())?;
        Ok(Box::new(GithubApi(Rc::new(connection))))
    })
}

struct GithubApi(Rc<Connection>);

#[async_trait(?Send)]
impl Github for GithubApi {
    fn place(&self, store: &Store) -> Box<dyn SecretSink> {
        Box::new(GithubPlace::new(Rc::clone(&self.0), store))
    }

    async fn user(&self) -> Result<User, Refusal> {
        let answer = self.0.get("/user").await?;
        let secrets = [&self.0.token];
        let Login { login } = answer.json()?;
        // It goes into sentences and JSON. An app's has brackets at its end.
        if !is_owner(login.strip_suffix("[bot]").unwrap_or(&login)) || repeats(&login, &secrets) {
            return Err(answer.not_githubs().into());
        }
        Ok(User { login, scopes: answer.names("x-oauth-scopes", &secrets), expires: answer.token_expires() })
    }

    async fn repositories(&self) -> Result<Vec<String>, Refusal> {
        let takes_secrets = |found: &Repository| {
            // A name that is none would be drawn on someone's terminal.
            let is_name = is_repository(&found.full_name) && !repeats(&found.full_name, &[&self.0.token]);
            !found.archived && found.permissions.push && is_name
        };
        let mut names = Vec::new();
        for page in 1..=MOST_PAGES {
            let path = format!("/user/repos?per_page=100&sort=full_name&page={page}");
            let found = self.0.get(&path).await?.json::<Vec<Repository>>()?;
            let last = found.len() < 100;
            names.extend(found.into_iter().filter(takes_secrets).map(|found| found.full_name));
            if last {
                break;
            }
        }
        Ok(names)
    }
}
