//! Where each kind of place is in GitHub's API.

use http::Uri;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::domain::settings::{Holder, Store};

/// What a path's segment may have as it is; all else is written as `%xx`, a slash in an environment's name too.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The API's address.
pub(super) struct Base(pub(super) Uri);

impl Base {
    /// The path, below the API's own, that a redirect points to; `None` where it leads elsewhere.
    pub(super) fn path_of(&self, location: &str) -> Option<String> {
        let uri: Uri = location.parse().ok()?;
        let same = |ours: Option<&str>, theirs: Option<&str>| {
            theirs.is_none_or(|theirs| ours.is_some_and(|ours| ours.eq_ignore_ascii_case(theirs)))
        };
        let host = |uri: &Uri| uri.authority().map(ToString::to_string);
        if !same(self.0.scheme_str(), uri.scheme_str()) || !same(host(&self.0).as_deref(), host(&uri).as_deref()) {
            return None;
        }
        let path = uri.path_and_query()?.as_str();
        let rest = path.strip_prefix(self.0.path().trim_end_matches('/'))?;
        // Two slashes begin a host's name to some.
        (rest.starts_with('/') && !rest.starts_with("//")).then(|| rest.to_owned())
    }
}

/// The parts of a store's path: what it belongs to, and its `secrets` or `variables` within that.
pub(super) fn of(store: &Store, what: &str) -> (String, String) {
    let owner = match store.kind.holder {
        Holder::Repository | Holder::Environment => repository(&store.owner),
        Holder::Organization => format!("/orgs/{}", segment(&store.owner)),
        Holder::User => "/user".to_owned(),
    };
    let within = match &store.environment {
        Some(name) => format!("/environments/{}/{what}", segment(name)),
        None => format!("/{}/{what}", store.kind.app),
    };
    (owner, within)
}

pub(super) fn repository(repo: &str) -> String {
    let (owner, name) = repo.split_once('/').unwrap_or((repo, ""));
    format!("/repos/{}/{}", segment(owner), segment(name))
}

pub(super) fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::settings::Kind;

    #[test]
    fn a_redirect_is_followed_within_the_same_api_alone() {
        let check = |base: &str, location: &str, expected: Option<&str>| {
            let base = Base(base.parse().expect("an address"));
            assert_eq!(base.path_of(location).as_deref(), expected, "{location}");
        };
        let api = "https://api.github.com";
        check(api, "https://api.github.com/repositories/5/x?page=2", Some("/repositories/5/x?page=2"));
        check(api, "/repositories/5", Some("/repositories/5"));
        check(api, "https://API.github.com/repositories/5", Some("/repositories/5"));
        check(api, "http://api.github.com/repositories/5", None);
        check(api, "https://api.github.com.evil.example/repositories/5", None);
        check(api, "https://api.github.com:8443/repositories/5", None);
        check(api, "//evil.example/repositories/5", None);
        let enterprise = "https://git.acme.example/api/v3";
        check(enterprise, "https://git.acme.example/api/v3/repositories/5", Some("/repositories/5"));
        check(enterprise, "https://git.acme.example/login", None);
        check(enterprise, "https://git.acme.example/api/v3evil/login", None);
    }

    #[test]
    fn names_stay_one_segment() {
        let environment = |name: &str| {
            let kind = Kind::of(Holder::Environment).next().expect("there is one");
            of(&Store::new(kind, "acme/api", Some(name)).expect("a name"), "secrets").1
        };
        assert_eq!(environment("a/../b c?é"), "/environments/a%2F..%2Fb%20c%3F%C3%A9/secrets");
        assert_eq!(repository("acme/b.c_d"), "/repos/acme/b.c_d");
    }
}
