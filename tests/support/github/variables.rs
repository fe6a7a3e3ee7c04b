//! The requests for one place's variables, which anyone can read that sees the place.

use serde_json::{Value, json};

use super::answer::{Answer, Outcome, iso_time, not_found, page, refusal};
use super::request::Request;
use super::secrets::{audience, check_name, check_writable, text_member};
use super::store::{Holdings, Place, StoredSecret};

/// Answers a request with this rest of a path behind `variables`.
pub(super) fn answer(
    request: &Request,
    origin: &str,
    holdings: &mut Holdings,
    place: &Place,
    rest: &[&str],
) -> Outcome {
    match (request.method.as_str(), rest) {
        ("GET", []) => {
            let all: Vec<Value> =
                holdings.store(place).variables.iter().map(|(name, variable)| listed(name, variable)).collect();
            Ok(page(request, origin, &all, |items| json!({ "total_count": all.len(), "variables": items })))
        }
        ("POST", []) => write(request, holdings, place, None),
        ("PATCH", [name]) => write(request, holdings, place, Some(name)),
        ("DELETE", [name]) => {
            check_writable(holdings, place)?;
            let removed = holdings.store(place).variables.remove(&name.to_ascii_uppercase());
            removed.map(|_| Answer::new(204, "")).ok_or_else(not_found)
        }
        _ => Err(not_found()),
    }
}

fn listed(name: &str, variable: &StoredSecret) -> Value {
    json!({
        "name": name,
        "value": String::from_utf8_lossy(&variable.value),
        "created_at": iso_time(variable.created_at),
        "updated_at": iso_time(variable.updated_at),
        "visibility": variable.visibility,
    })
}

/// Makes one, or changes the one of this name.
fn write(request: &Request, holdings: &mut Holdings, place: &Place, changed: Option<&str>) -> Outcome {
    check_writable(holdings, place)?;
    let body: Value = serde_json::from_str(&request.body).map_err(|_| refusal(400, "Problems parsing JSON"))?;
    let (name, value) = (text_member(&body, "name")?, text_member(&body, "value")?);
    check_name(name)?;
    let (visibility, selected) = match place {
        Place::Organization(..) => audience(&body)?,
        _ => (None, Vec::new()),
    };
    let store = holdings.store(place);
    let is_there = store.variables.contains_key(&changed.unwrap_or(name).to_ascii_uppercase());
    match (changed, is_there) {
        (None, true) => return Err(refusal(409, "Already exists - Variable already exists")),
        (Some(_), false) => return Err(not_found()),
        _ => {}
    }
    let now = request.at.div_euclid(1_000);
    let variable = store.variables.entry(name.to_ascii_uppercase()).or_insert_with(|| StoredSecret {
        value: Vec::new(),
        created_at: now,
        updated_at: now,
        visibility: None,
        selected: Vec::new(),
        writes: 0,
    });
    variable.value = value.as_bytes().to_vec();
    variable.updated_at = now;
    variable.writes += 1;
    (variable.visibility, variable.selected) = (visibility, selected);
    Ok(if changed.is_none() { Answer::new(201, "{}") } else { Answer::new(204, "") })
}
