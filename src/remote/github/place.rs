//! One place of GitHub's that holds secrets: its listing, its key, its writes.

use std::collections::BTreeMap;
use std::rc::Rc;

use async_trait::async_trait;
use http::Method;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::answer::{Answer, Repository};
use super::connection::{Body, Connection};
use super::paths;
use super::seal::{GivenKey, StoreKey};
use crate::domain::secret::Secret;
use crate::domain::settings::{Choice, Store, VARIABLE, Visibility, is_repository, is_secret_name};
use crate::domain::sync::scrub::repeats;
use crate::domain::sync::{AnswerFault, Failure, KeyFault, Listed, Listing, Refusal};
use crate::ports::{Put, SecretSink};

/// The most that GitHub gives at once.
const PAGE: usize = 100;
/// An organization has a thousand secrets at most, and a selection may name more repositories than that.
const MOST_PAGES: usize = 50;
/// A thousand secrets have some 200 kB, and a page of repositories 700 kB, of which nobody selects thousands.
const LONGEST_LIST: usize = 16 * 1024 * 1024;

/// One place.
pub(super) struct GithubPlace {
    connection: Rc<Connection>,
    place: Store,
    /// The path of what it belongs to. Another one once a rename was noticed.
    owner: String,
    /// Its secrets within that.
    store: String,
    /// Its variables within that.
    variables: String,
    key: Option<StoreKey>,
    /// Whether the key was asked for a second time already.
    key_was_renewed: bool,
    /// The repositories that the config selects, by GitHub's numbers.
    selected: Option<Vec<u64>>,
}

/// One page of a list, under whichever name GitHub gives it.
#[derive(Deserialize)]
pub(super) struct Page {
    total_count: usize,
    #[serde(alias = "secrets", alias = "repositories", alias = "variables", alias = "environments")]
    pub(super) items: Vec<Box<RawValue>>,
}

/// Takes one of what an answer lists, and says whether that is enough.
type Take<'a> = &'a mut dyn FnMut(&Answer, &RawValue) -> Result<bool, Failure>;

/// What came with a list.
#[derive(Default)]
struct Pages {
    /// Whether it was found under another address than was asked.
    moved: bool,
    token_expires: Option<Timestamp>,
    /// Of the first page, where that was all.
    etag: Option<String>,
    /// Whether it is still the one that the tag was of; then nothing is listed.
    is_unchanged: bool,
}

#[derive(Deserialize)]
pub(super) struct ListedSecret {
    name: String,
    created_at: Option<Timestamp>,
    updated_at: Option<Timestamp>,
    visibility: Option<String>,
}

#[derive(Deserialize)]
struct Environment {
    name: String,
}

/// By their names in upper case, each with this before it.
fn listed(before: &str, items: &[ListedSecret]) -> BTreeMap<String, Listed> {
    let mut listed = BTreeMap::new();
    for secret in items {
        let visibility = secret.visibility.as_deref().and_then(Visibility::of_word);
        let (created_at, updated_at) = (secret.created_at, secret.updated_at);
        let name = format!("{before}{}", secret.name).to_ascii_uppercase();
        listed.insert(name, Listed { created_at, updated_at, visibility });
    }
    listed
}

impl GithubPlace {
    pub(super) fn new(connection: Rc<Connection>, place: &Store) -> Self {
        let (owner, store) = paths::of(place, "secrets");
        let (_, variables) = paths::of(place, "variables");
        let place = place.clone();
        Self { connection, place, owner, store, variables, key: None, key_was_renewed: false, selected: None }
    }

    /// Of a secret or a variable.
    fn path_of(&self, name: &str) -> String {
        format!("{}{}", self.owner, self.within(name))
    }

    fn within(&self, name: &str) -> String {
        let (store, name) = match name.strip_prefix(VARIABLE) {
            Some(name) => (&self.variables, name),
            None => (&self.store, name),
        };
        format!("{store}/{}", paths::segment(name))
    }

    /// Has all of the list at this path within what the place belongs to taken, page by page, until it ends or that is
    /// enough. One for all kinds of items.
    async fn pages(&mut self, within: &str, etag: Option<&str>, take: Take<'_>) -> Result<Pages, Refusal> {
        let (mut seen, mut length) = (0, 0);
        let mut pages = Pages::default();
        for number in 1..=MOST_PAGES {
            let path = format!("{}{within}?per_page={PAGE}&page={number}", self.owner);
            let answer = self.connection.get_unless(&path, etag.filter(|_| number == 1)).await?;
            // From here on the right way at once: a write that is pointed elsewhere costs two requests.
            let moved = answer.moved_to.as_deref().and_then(|path| path.split_once(within));
            if let Some((owner, _)) = moved {
                owner.clone_into(&mut self.owner);
            }
            pages.moved |= answer.moved_to.is_some();
            pages.token_expires = answer.token_expires();
            pages.is_unchanged = answer.is_unchanged();
            if pages.is_unchanged {
                break;
            }
            pages.etag = answer.etag(&self.connection.token).filter(|_| number == 1);
            length += answer.length();
            if length > LONGEST_LIST {
                return Err(Failure::BadAnswer { what: AnswerFault::Endless, status: 0 }.into());
            }
            let page = answer.json::<Page>()?;
            let mut is_last = page.items.is_empty();
            seen += page.items.len();
            for item in &page.items {
                is_last = take(&answer, item)?;
            }
            if is_last || seen >= page.total_count {
                break;
            }
        }
        Ok(pages)
    }

    /// The repository's name today, where it is another one.
    async fn present_name(&self) -> Result<Option<String>, Refusal> {
        let name = self.connection.get(&self.owner).await?.json::<Repository>()?.full_name;
        // It goes into the settings, by hand, and into sentences.
        let is_name = is_repository(&name) && !repeats(&name, &[&self.connection.token]);
        let fits = is_name && !name.eq_ignore_ascii_case(&self.place.owner);
        Ok(fits.then_some(name))
    }

    async fn fetch_key(&self) -> Result<StoreKey, Refusal> {
        let given = self.connection.get(&format!("{}{}/public-key", self.owner, self.store)).await?.json::<GivenKey>();
        let given = given.map_err(|failure| match failure {
            Failure::BadAnswer { what: AnswerFault::Broken, .. } => Failure::BadKey { what: KeyFault::Absent },
            other => other,
        })?;
        Ok(StoreKey::check(given)?)
    }

    /// A box that GitHub cannot open: its key may be another one by now.
    async fn after_invalid(&mut self, said: String) -> Refusal {
        if std::mem::replace(&mut self.key_was_renewed, true) {
            return Failure::Invalid(said).into();
        }
        let old = self.key.take().map(|key| key.id);
        let key = match self.fetch_key().await {
            Ok(key) => self.key.insert(key),
            Err(refusal) => return refusal,
        };
        if Some(&key.id) == old.as_ref() { Failure::Invalid(said).into() } else { Refusal::KeyRotated }
    }

    /// Who may use the secret: those whom the config names, else those who may already.
    async fn audience(
        &mut self,
        name: &str,
        listed: Option<&Listed>,
    ) -> Result<(Option<&'static str>, Option<Vec<u64>>), Refusal> {
        let (kind, chosen) = (self.place.kind, self.place.audience.visibility);
        if !kind.has_audience() {
            return Ok((None, None));
        }
        // Where nobody has said anything: what GitHub's own tool does.
        let usual = if kind.has_visibility() { Visibility::Private } else { Visibility::Selected };
        let present = listed.and_then(|listed| listed.visibility).filter(|_| kind.has_visibility());
        let wanted = chosen.or(present).unwrap_or(usual);
        let selected = match (wanted, chosen) {
            (Visibility::All | Visibility::Private, _) => None,
            (Visibility::Selected, Some(_)) => {
                if self.selected.is_none() {
                    self.selected = Some(self.numbers().await?);
                }
                self.selected.clone()
            }
            (Visibility::Selected, None) if listed.is_none() => Some(Vec::new()),
            (Visibility::Selected, None) => {
                let (within, mut ids) = (format!("{}/repositories", self.within(name)), Vec::new());
                let mut take = |answer: &Answer, item: &RawValue| {
                    ids.push(answer.item::<Repository>(item)?.id);
                    Ok(false)
                };
                self.pages(&within, None, &mut take).await?;
                Some(ids)
            }
        };
        Ok((kind.has_visibility().then(|| wanted.word()), selected))
    }

    /// Those of these names, each with this before it in the list that is wanted.
    async fn list_of(
        &mut self,
        before: &str,
        names: &[&str],
        etag: Option<&str>,
    ) -> Result<(Vec<ListedSecret>, Pages), Refusal> {
        let within = if before.is_empty() { self.store.clone() } else { self.variables.clone() };
        let is_wanted = |secret: &ListedSecret, name: &str| {
            name.strip_prefix(before).is_some_and(|name| name.eq_ignore_ascii_case(&secret.name))
        };
        let mut found = Vec::new();
        let mut take = |answer: &Answer, item: &RawValue| {
            let secret: ListedSecret = answer.item(item)?;
            if names.iter().any(|name| is_wanted(&secret, name)) {
                found.push(secret);
            }
            Ok(found.len() >= names.len())
        };
        let pages = self.pages(&within, etag, &mut take).await?;
        Ok((found, pages))
    }

    /// A variable is no box: it is made by one request and changed by another.
    async fn put_variable(
        &mut self,
        name: &str,
        variable: &str,
        value: &Secret,
        listed: Option<&Listed>,
    ) -> Result<Put, Refusal> {
        let (visibility, selected_repository_ids) = self.audience(name, listed).await?;
        let (variable, value) = (Some(variable), Some(value.expose()));
        let body = Body { name: variable, value, visibility, selected_repository_ids, ..Body::default() };
        let all = format!("{}{}", self.owner, self.variables);
        let one = self.path_of(name);
        let (make, change) = ((Method::POST, all, 201), (Method::PATCH, one, 204));
        let order = if listed.is_some() { [change, make] } else { [make, change] };
        for (place, (method, path, expected)) in order.into_iter().enumerate() {
            match self.connection.call(method, &path, Some(&body), &[]).await {
                // It was made or deleted since the list, or by a try whose answer was lost.
                Err(Refusal::Failure(Failure::NotFound(_) | Failure::ServerError { status: 409 })) if place == 0 => {}
                Err(refusal) => return Err(refusal),
                Ok(answer) if answer.status == expected => {
                    return Ok(Put { created: expected == 201, at: answer.date() });
                }
                Ok(answer) => return Err(answer.not_githubs().into()),
            }
        }
        Err(Failure::Unsettled.into())
    }

    async fn numbers(&self) -> Result<Vec<u64>, Refusal> {
        let mut ids = Vec::new();
        for name in self.place.selected() {
            ids.push(self.connection.get(&paths::repository(&name)).await?.json::<Repository>()?.id);
        }
        Ok(ids)
    }
}

#[async_trait(?Send)]
impl SecretSink for GithubPlace {
    async fn list(&mut self, names: &[String], etag: Option<&str>) -> Result<Listing, Refusal> {
        let (variables, names): (Vec<&str>, Vec<&str>) =
            names.iter().map(String::as_str).partition(|name| name.starts_with(VARIABLE));
        // A tag is of one list: where there are two, both are read.
        let etag = etag.filter(|_| variables.is_empty());
        let (found, mut pages) = self.list_of("", &names, etag).await?;
        let mut secrets = listed("", &found);
        if !variables.is_empty() {
            let (found, _) = self.list_of(VARIABLE, &variables, None).await?;
            secrets.extend(listed(VARIABLE, &found));
            pages.etag = None;
        }
        let moved_to = if pages.moved && is_repository(&self.place.owner) { self.present_name().await? } else { None };
        let (token_expires, is_unchanged) = (pages.token_expires, pages.is_unchanged);
        // Under another address the same tag could be of something else.
        let etag = pages.etag.filter(|_| !pages.moved);
        Ok(Listing { secrets, moved_to, token_expires, etag, is_unchanged })
    }

    async fn find(
        &mut self,
        wanted: &dyn for<'name> Fn(&'name str) -> bool,
    ) -> Result<BTreeMap<String, Option<Timestamp>>, Refusal> {
        let token = self.connection.token.clone();
        // It is shown at a terminal.
        let is_name = |name: &str| is_secret_name(name) && !repeats(name, &[&token]);
        let (within, mut found) = (self.store.clone(), BTreeMap::new());
        let mut take = |answer: &Answer, item: &RawValue| {
            let secret: ListedSecret = answer.item(item)?;
            if wanted(&secret.name) && is_name(&secret.name) {
                found.insert(secret.name.to_ascii_uppercase(), secret.updated_at);
            }
            Ok(false)
        };
        self.pages(&within, None, &mut take).await?;
        Ok(found)
    }

    async fn environments(&mut self) -> Result<Vec<String>, Refusal> {
        let token = self.connection.token.clone();
        let mut names = Vec::new();
        let mut take = |answer: &Answer, item: &RawValue| {
            let Environment { name } = answer.item(item)?;
            if !repeats(&name, &[&token]) {
                names.push(name);
            }
            Ok(false)
        };
        self.pages("/environments", None, &mut take).await?;
        Ok(names)
    }

    async fn put(&mut self, name: &str, value: &Secret, listed: Option<&Listed>) -> Result<Put, Refusal> {
        if let Some(variable) = name.strip_prefix(VARIABLE) {
            return self.put_variable(name, variable, value, listed).await;
        }
        let key = match self.key.take() {
            Some(key) => key,
            None => self.fetch_key().await?,
        };
        let key = self.key.insert(key);
        let (encrypted_value, key_id) = (Some(key.seal(value)?), Some(key.id.clone()));
        let (visibility, selected_repository_ids) = self.audience(name, listed).await?;
        let body = Body { encrypted_value, key_id, visibility, selected_repository_ids, ..Body::default() };
        let path = self.path_of(name);
        let answer = match self.connection.call(Method::PUT, &path, Some(&body), &[value]).await {
            Err(Refusal::Failure(Failure::Invalid(said))) => return Err(self.after_invalid(said).await),
            other => other?,
        };
        match answer.status {
            201 => Ok(Put { created: true, at: answer.date() }),
            204 => Ok(Put { created: false, at: answer.date() }),
            _ => Err(answer.not_githubs().into()),
        }
    }

    async fn delete(&mut self, name: &str) -> Result<(), Refusal> {
        match self.connection.call(Method::DELETE, &self.path_of(name), None, &[]).await {
            Err(Refusal::Failure(Failure::NotFound(_))) => Ok(()),
            Ok(answer) if answer.status == 204 => Ok(()),
            // A page that a proxy shows deletes nothing.
            Ok(answer) => Err(answer.not_githubs().into()),
            Err(refusal) => Err(refusal),
        }
    }
}
