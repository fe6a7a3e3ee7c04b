//! One request as it was read, and what its path says.

use super::Headers;

/// What every path begins with.
pub(super) const ROOT: &str = "/api/v3";

/// One request. It holds the token, so it cannot be printed.
#[derive(Clone)]
pub struct Request {
    pub method: String,
    /// As it was sent: from `/api/v3` on, with the query.
    pub path: String,
    /// Their names are in lower case.
    pub headers: Headers,
    pub body: String,
    /// `None` where the connection was reset without an answer, or no answer ever comes.
    pub status: Option<u16>,
    /// When it was read, by the server's clock in milliseconds.
    pub at: i64,
    /// Which connection it came through: a number that requests of the same one share.
    pub connection: usize,
}

impl Request {
    /// The first header of this name, which is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn is_write(&self) -> bool {
        ["PUT", "POST", "PATCH", "DELETE"].contains(&self.method.as_str())
    }

    pub(super) fn is_for_public_key(&self) -> bool {
        self.method == "GET" && self.bare_path().ends_with("/public-key")
    }

    pub(super) fn closes_connection(&self) -> bool {
        self.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"))
    }

    /// The token in the `Authorization` header.
    pub(super) fn token(&self) -> Option<&str> {
        let (scheme, token) = self.header("authorization")?.split_once(' ')?;
        let known = ["bearer", "token"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
        known.then_some(token)
    }

    /// The parts of the path below the root, decoded. Of a path that is elsewhere, none.
    pub(super) fn segments(&self) -> Vec<String> {
        let below = self.bare_path().strip_prefix(ROOT).and_then(|path| path.strip_prefix('/'));
        below.map(|path| path.split('/').map(percent_decoded).collect()).unwrap_or_default()
    }

    /// What follows the first so many segments, as it was sent: a path with its slash, the query, both, or nothing.
    pub(super) fn after(&self, segments: usize) -> String {
        let below = self.bare_path().strip_prefix(ROOT).unwrap_or_default();
        let rest = below.split('/').skip(1 + segments).map(|segment| format!("/{segment}")).collect::<String>();
        rest + &self.path[self.bare_path().len()..]
    }

    /// A number in the query.
    pub(super) fn number(&self, name: &str) -> Option<usize> {
        self.parameters().find_map(|parameter| parameter.strip_prefix(name)?.strip_prefix('=')?.parse().ok())
    }

    /// The path with another `page` in its query.
    pub(super) fn path_of_page(&self, page: usize) -> String {
        let others = self.parameters().filter(|parameter| !parameter.starts_with("page="));
        let query: Vec<_> = others.map(str::to_owned).chain([format!("page={page}")]).collect();
        format!("{}?{}", self.bare_path(), query.join("&"))
    }

    fn bare_path(&self) -> &str {
        self.path.split_once('?').map_or(self.path.as_str(), |(path, _)| path)
    }

    fn parameters(&self) -> impl Iterator<Item = &str> {
        let query = self.path.split_once('?').map_or("", |(_, query)| query);
        query.split('&').filter(|parameter| !parameter.is_empty())
    }
}

/// A `%` that does not begin two hexadecimal digits stands for itself.
fn percent_decoded(segment: &str) -> String {
    let mut decoded = Vec::new();
    let mut rest = segment.as_bytes();
    while let [first, others @ ..] = rest {
        let byte = match others {
            [high, low, ..] if *first == b'%' => hex_byte(*high, *low),
            _ => None,
        };
        decoded.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &others[2..] } else { others };
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

fn hex_byte(high: u8, low: u8) -> Option<u8> {
    let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(digit(high)? * 16 + digit(low)?)
}
