//! What a value can be: a switch, one of a few words, a span, a folder, an address.

use std::net::IpAddr;

use jiff::{SignedDuration, Span, SpanRelativeTo};

use super::error::ConfigError;
use super::section::Found;
use crate::domain::settings::{Choice, ShareRefreshToken};

type Result<T> = std::result::Result<T, ConfigError>;

pub(super) fn switch(found: &Found<'_>) -> Result<bool> {
    found.value.as_bool().ok_or_else(|| found.refuse("`true` or `false`"))
}

pub(super) fn word<T: Choice>(found: &Found<'_>) -> Result<T> {
    found.choice(T::WORDS)
}

pub(super) fn share_refresh_token(found: &Found<'_>) -> Result<ShareRefreshToken> {
    match (found.value.as_str(), found.value.as_bool()) {
        (Some("ask"), _) => Ok(ShareRefreshToken::Ask),
        (_, Some(yes)) => Ok(yes.into()),
        _ => Err(found.refuse("\"ask\", true or false")),
    }
}

/// A span such as `"4m"`, `"1h 30m"` or `"7d"`; a day is 24 hours.
pub(super) fn span(found: &Found<'_>) -> Result<SignedDuration> {
    let expected = "a span such as \"4m\", \"2h\" or \"7d\"";
    parse_span(found.text(expected)?).ok_or_else(|| found.refuse(expected))
}

pub(super) fn spans(found: &Found<'_>) -> Result<Vec<SignedDuration>> {
    let expected = "spans such as [\"7d\", \"3d\", \"1d\"]";
    let spans = found.texts(expected)?.iter().map(|text| parse_span(text)).collect::<Option<_>>();
    spans.ok_or_else(|| found.refuse(expected))
}

/// A program and its arguments.
pub(super) fn program(found: &Found<'_>) -> Result<Vec<String>> {
    let expected = "the program and its arguments, as [\"program\", \"argument\"]";
    let command = found.texts(expected)?;
    if command.first().is_none_or(String::is_empty) { Err(found.refuse(expected)) } else { Ok(command) }
}

/// At most a year, and more than nothing: what lies outside is a slip of the pen.
fn parse_span(text: &str) -> Option<SignedDuration> {
    let span: Span = text.trim().parse().ok()?;
    let span = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
    (span.is_positive() && span <= SignedDuration::from_hours(366 * 24)).then_some(span)
}

/// `home` stands for a leading `~`.
pub(super) fn folder(found: &Found<'_>, home: &str) -> Result<String> {
    let expected = "a folder's full path, or one that begins with `~/`";
    let text = found.text(expected)?;
    match text.strip_prefix('~') {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => Ok(format!("{home}{rest}")),
        None if text.starts_with('/') => Ok(text.to_owned()),
        _ => Err(found.refuse(expected)),
    }
}

/// Tokens go to such addresses: https, or plain http where they do not leave this computer.
pub(super) fn url(found: &Found<'_>) -> Result<String> {
    let expected = "an address that begins with `https://` (plain `http://` for this computer's loopback only)";
    let text = found.text(expected)?;
    let is_allowed = |rest: &str, is_plain: bool| {
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        text.bytes().all(|byte| byte.is_ascii_graphic())
            && !rest.contains(['?', '#', '\\'])
            // A user name before the host would make `http://127.0.0.1@elsewhere/` look like loopback.
            && !authority.is_empty() && !authority.contains('@')
            && (!is_plain || is_loopback(authority))
    };
    let secure = text.strip_prefix("https://").map(|rest| (rest, false));
    let address = secure.or_else(|| text.strip_prefix("http://").map(|rest| (rest, true)));
    let is_good = address.is_some_and(|(rest, is_plain)| is_allowed(rest, is_plain));
    if is_good { Ok(text.to_owned()) } else { Err(found.refuse(expected)) }
}

fn is_loopback(authority: &str) -> bool {
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.parse::<u16>().is_ok() => host,
        _ => authority,
    };
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    host == "localhost" || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
