//! A repository's address, as a browser shows it and as git writes it.

use super::names::is_repository;

/// The host and `owner/name` of an address: `https://HOST/owner/name/…`, `git@HOST:owner/name.git`, `ssh://…`. `None` for
/// all else, a target's own name too.
pub fn of_repository(address: &str) -> Option<(String, String)> {
    let address = address.trim();
    let (host, path) = match address.split_once("://") {
        Some((_, rest)) => rest.split_once('/')?,
        // As scp writes it: the colon comes before any slash, and someone is named before it.
        None => address.split_once(':').filter(|(host, _)| host.contains('@') && !host.contains('/'))?,
    };
    let host = host.rsplit('@').next().unwrap_or_default();
    let path = path.split(['?', '#']).next().unwrap_or_default().trim_start_matches('/');
    let mut parts = path.split('/');
    let (owner, name) = (parts.next()?, parts.next()?);
    let name = format!("{owner}/{}", name.strip_suffix(".git").unwrap_or(name));
    is_repository(&name).then(|| (host.to_lowercase(), name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_in_any_form_is_that_of_its_repository() {
        let known = Some(("github.com".to_owned(), "acme/api".to_owned()));
        for good in [
            "https://github.com/acme/api",
            "https://github.com/acme/api/",
            "https://github.com/acme/api.git\n",
            "https://ada@GitHub.com/acme/api/tree/main?plain=1#L3",
            "git@github.com:acme/api.git",
            "ssh://git@github.com/acme/api.git",
            "git://github.com/acme/api.git",
        ] {
            assert_eq!(of_repository(good), known, "{good}");
        }
        assert_eq!(of_repository("http://127.0.0.1:80/a/b").map(|(host, _)| host).as_deref(), Some("127.0.0.1:80"));
        for bad in [
            "",
            "acme/api",
            "acme/web@prod:eu",
            "org:acme",
            "user:codespaces",
            "https://github.com/acme",
            "/home/ada/api",
        ] {
            assert_eq!(of_repository(bad), None, "{bad}");
        }
    }
}
