//! Which path is answered by what.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::answer::{Answer, Outcome, not_found, page};
use super::request::{ROOT, Request};
use super::secrets;
use super::store::{App, Found, Holdings, Place, Repository};
use super::variables;

/// Answers a request that is let in, and applies it. The origin is what comes before a path.
pub(super) fn answer(request: &Request, origin: &str, holdings: &mut Holdings) -> Answer {
    let segments = request.segments();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let outcome = match (request.method.as_str(), &segments[..]) {
        ("GET", ["user"]) => Ok(Answer::json(200, &json!({ "login": "ada", "id": 1, "type": "User" }))),
        ("GET", ["user", "repos"]) => Ok(repositories(request, origin, holdings)),
        ("GET", ["rate_limit"]) => Ok(rate_limit(request)),
        (_, ["repos", owner, name, rest @ ..]) => match holdings.find(&format!("{owner}/{name}")) {
            Some(Found::Here(id)) => in_repository(request, origin, holdings, id, rest),
            Some(Found::Moved(id)) => Ok(moved(request, origin, id)),
            None => Err(not_found()),
        },
        (_, ["repositories", id, rest @ ..]) => {
            id.parse().map_err(|_| not_found()).and_then(|id| in_repository(request, origin, holdings, id, rest))
        }
        (_, ["user", app, "secrets", rest @ ..]) => holdings
            .user(app)
            .ok_or_else(not_found)
            .and_then(|place| secrets::answer(request, origin, holdings, &place, rest)),
        (_, ["orgs", name, "actions", "variables", rest @ ..]) => holdings
            .organization(name, "actions")
            .ok_or_else(not_found)
            .and_then(|place| variables::answer(request, origin, holdings, &place, rest)),
        (_, ["orgs", name, app, "secrets", rest @ ..]) => holdings
            .organization(name, app)
            .ok_or_else(not_found)
            .and_then(|place| secrets::answer(request, origin, holdings, &place, rest)),
        _ => Err(not_found()),
    };
    tagged(request, outcome.unwrap_or_else(|refused| refused))
}

/// With a tag of what it says, as GitHub sends one with each; or that this is what the client has already.
fn tagged(request: &Request, answer: Answer) -> Answer {
    if request.method != "GET" || answer.status != 200 {
        return answer;
    }
    let digest = Sha256::digest(&answer.body);
    let tag = format!("W/\"{}\"", hex::encode(digest));
    if request.header("if-none-match") == Some(&tag) {
        return Answer::new(304, "").with_header("etag", tag);
    }
    answer.with_header("etag", tag)
}

fn in_repository(request: &Request, origin: &str, holdings: &mut Holdings, id: u64, rest: &[&str]) -> Outcome {
    holdings.repository(id).ok_or_else(not_found)?;
    let of_variables = match rest {
        ["actions", "variables", rest @ ..] => Some((Some(Place::Repository(id, App::Actions)), rest)),
        ["environments", name, "variables", rest @ ..] => Some((holdings.environment(id, name), rest)),
        _ => None,
    };
    if let Some((place, rest)) = of_variables {
        return variables::answer(request, origin, holdings, &place.ok_or_else(not_found)?, rest);
    }
    let repository = holdings.repository(id).ok_or_else(not_found)?;
    let (place, rest) = match rest {
        [] if request.method == "GET" => return Ok(Answer::json(200, &described(repository))),
        ["environments"] if request.method == "GET" => return Ok(environments(request, origin, repository)),
        [app, "secrets", rest @ ..] => (App::named(app).map(|app| Place::Repository(id, app)), rest),
        ["environments", name, "secrets", rest @ ..] => (holdings.environment(id, name), rest),
        _ => return Err(not_found()),
    };
    secrets::answer(request, origin, holdings, &place.ok_or_else(not_found)?, rest)
}

/// Leads from a former name to the id. A client may remember that only where nothing was to be changed.
fn moved(request: &Request, origin: &str, id: u64) -> Answer {
    let status = if request.method == "GET" { 301 } else { 307 };
    let location = format!("{origin}{ROOT}/repositories/{id}{}", request.after(3));
    let documentation = "https://docs.github.com/rest/guides/best-practices-for-using-the-rest-api#follow-redirects";
    let body = json!({ "message": "Moved Permanently", "url": location, "documentation_url": documentation });
    Answer::json(status, &body).with_header("location", location)
}

fn repositories(request: &Request, origin: &str, holdings: &Holdings) -> Answer {
    let all: Vec<Value> = holdings.repositories().into_iter().map(described).collect();
    page(request, origin, &all, |items| json!(items))
}

fn environments(request: &Request, origin: &str, repository: &Repository) -> Answer {
    let all: Vec<Value> = repository.environments.iter().map(|name| json!({ "id": 1, "name": name })).collect();
    page(request, origin, &all, |items| json!({ "total_count": all.len(), "environments": items }))
}

pub(super) fn described(repository: &Repository) -> Value {
    let (owner, name) = repository.full_name.split_once('/').expect("checked when it was added");
    json!({
        "id": repository.id,
        "name": name,
        "full_name": repository.full_name,
        "owner": { "login": owner },
        "private": true,
        "archived": repository.archived,
        "permissions": { "admin": true, "push": true, "pull": true },
    })
}

/// Always of an untouched hour: what is limited here are writes, and GitHub does not tell about those either.
fn rate_limit(request: &Request) -> Answer {
    let core = json!({ "limit": 5_000, "used": 0, "remaining": 5_000, "reset": request.at / 1_000 + 3_600 });
    Answer::json(200, &json!({ "resources": { "core": core }, "rate": core }))
}
