//! The requests for one place's secrets.

use serde_json::{Value, json};

use super::answer::{Answer, Outcome, iso_time, not_found, page, refusal};
use super::request::{ROOT, Request};
use super::routes::described;
use super::store::{Holdings, Place, StoredSecret};

/// Answers a request with this rest of a path behind `secrets`.
pub(super) fn answer(
    request: &Request,
    origin: &str,
    holdings: &mut Holdings,
    place: &Place,
    rest: &[&str],
) -> Outcome {
    match (request.method.as_str(), rest) {
        ("GET", []) => Ok(list(request, origin, holdings, place)),
        ("GET", ["public-key"]) => {
            let keys = &holdings.store(place).keys;
            Ok(Answer::json(200, &json!({ "key_id": keys.id, "key": keys.public_key() })))
        }
        ("GET", [name]) => {
            let secrets = &holdings.store(place).secrets;
            let (name, secret) = secrets.get_key_value(&name.to_ascii_uppercase()).ok_or_else(not_found)?;
            Ok(Answer::json(200, &listed(origin, place, name, secret)))
        }
        ("GET", [name, "repositories"]) if matches!(place, Place::Organization(..) | Place::User(_)) => {
            repositories(request, origin, holdings, place, name)
        }
        ("PUT", [name]) => write(request, holdings, place, name),
        ("DELETE", [name]) => delete(holdings, place, name),
        _ => Err(not_found()),
    }
}

fn list(request: &Request, origin: &str, holdings: &mut Holdings, place: &Place) -> Answer {
    let secrets = &holdings.store(place).secrets;
    let all: Vec<Value> = secrets.iter().map(|(name, secret)| listed(origin, place, name, secret)).collect();
    page(request, origin, &all, |items| json!({ "total_count": all.len(), "secrets": items }))
}

/// What GitHub tells about a secret: never its value.
fn listed(origin: &str, place: &Place, name: &str, secret: &StoredSecret) -> Value {
    let mut members = json!({
        "name": name,
        "created_at": iso_time(secret.created_at),
        "updated_at": iso_time(secret.updated_at),
    });
    let owner = match place {
        Place::Organization(organization, app) => format!("orgs/{organization}/{}", app.name()),
        Place::User(app) => format!("user/{}", app.name()),
        Place::Repository(..) | Place::Environment(..) => return members,
    };
    members["visibility"] = json!(secret.visibility);
    if secret.visibility.as_deref() == Some("selected") {
        let url = format!("{origin}{ROOT}/{owner}/secrets/{name}/repositories");
        members["selected_repositories_url"] = Value::String(url);
    }
    members
}

fn repositories(request: &Request, origin: &str, holdings: &mut Holdings, place: &Place, name: &str) -> Outcome {
    let secret = holdings.store(place).secrets.get(&name.to_ascii_uppercase()).ok_or_else(not_found)?;
    let selected = secret.selected.clone();
    let all: Vec<Value> = selected.into_iter().filter_map(|id| holdings.repository(id)).map(described).collect();
    Ok(page(request, origin, &all, |items| json!({ "total_count": all.len(), "repositories": items })))
}

fn write(request: &Request, holdings: &mut Holdings, place: &Place, name: &str) -> Outcome {
    check_writable(holdings, place)?;
    check_name(name)?;
    let body: Value = serde_json::from_str(&request.body).map_err(|_| refusal(400, "Problems parsing JSON"))?;
    let encrypted_value = text_member(&body, "encrypted_value")?;
    let key_id = text_member(&body, "key_id")?;
    let (visibility, selected) = match place {
        Place::Organization(..) => audience(&body)?,
        Place::User(_) => (Some("selected".to_owned()), selected_by_user(&body)?),
        Place::Repository(..) | Place::Environment(..) => (None, Vec::new()),
    };
    let store = holdings.store(place);
    let value = if key_id == store.keys.id { store.keys.open(encrypted_value) } else { None };
    let value =
        value.ok_or_else(|| refusal(422, "Bad request - validation failed due to an improperly encrypted secret"))?;
    let is_new = !store.secrets.contains_key(&name.to_ascii_uppercase());
    let secret = store.put(name, value, request.at.div_euclid(1_000));
    secret.visibility = visibility;
    secret.selected = selected;
    secret.writes += 1;
    Ok(if is_new { Answer::new(201, "{}") } else { Answer::new(204, "") })
}

fn delete(holdings: &mut Holdings, place: &Place, name: &str) -> Outcome {
    check_writable(holdings, place)?;
    let removed = holdings.store(place).secrets.remove(&name.to_ascii_uppercase());
    removed.map(|_| Answer::new(204, "")).ok_or_else(not_found)
}

pub(super) fn check_writable(holdings: &Holdings, place: &Place) -> Result<(), Answer> {
    if holdings.is_archived(place) {
        return Err(refusal(403, "Repository was archived so is read-only."));
    }
    Ok(())
}

pub(super) fn check_name(name: &str) -> Result<(), Answer> {
    let letters = name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    if !letters || name.is_empty() || name.starts_with(|first: char| first.is_ascii_digit()) {
        return Err(refusal(
            422,
            "Secret names can only contain alphanumeric characters ([a-z], [A-Z], [0-9]) or underscores (_). Spaces \
             are not allowed. Must start with a letter ([a-z], [A-Z]) or underscores (_).",
        ));
    }
    if name.to_ascii_uppercase().starts_with("GITHUB_") {
        return Err(refusal(422, "Secret names must not start with GITHUB_."));
    }
    Ok(())
}

/// Who sees an organization's secret. What a request does not say again is gone.
pub(super) fn audience(body: &Value) -> Result<(Option<String>, Vec<u64>), Answer> {
    let visibility = text_member(body, "visibility")?;
    if !["all", "private", "selected"].contains(&visibility) {
        return Err(refusal(422, "Invalid request.\n\n\"visibility\" is not a member of [all, private, selected]."));
    }
    let selected = match &body["selected_repository_ids"] {
        Value::Null => Vec::new(),
        Value::Array(_) if visibility != "selected" => {
            return Err(refusal(422, "selected_repository_ids can only be given when the visibility is selected."));
        }
        ids => serde_json::from_value(ids.clone()).map_err(|_| {
            refusal(422, "Invalid request.\n\n\"selected_repository_ids\" is not an array of integers.")
        })?,
    };
    Ok((Some(visibility.to_owned()), selected))
}

/// A user's secret is for selected repositories, and for no others.
fn selected_by_user(body: &Value) -> Result<Vec<u64>, Answer> {
    if !body["visibility"].is_null() {
        return Err(refusal(422, "Invalid request.\n\n\"visibility\" is not a permitted key."));
    }
    serde_json::from_value(body["selected_repository_ids"].clone())
        .map_err(|_| refusal(422, "Invalid request.\n\n\"selected_repository_ids\" wasn't supplied."))
}

pub(super) fn text_member<'a>(body: &'a Value, name: &str) -> Result<&'a str, Answer> {
    body[name].as_str().ok_or_else(|| refusal(422, &format!("Invalid request.\n\n\"{name}\" wasn't supplied.")))
}
