//! `wick sync` against a real HTTP server that opens every box: what arrives where, and what is left as it is.

use crate::support::synced::{home_and_github, sync, value};

#[test]
fn what_arrives_is_what_is_stored() {
    let (home, github) = home_and_github(&["acme/api"]);
    let ran = sync(&home, &[]);
    assert_eq!((ran.outcome("acme/api"), ran.code), ("synced", Some(0)), "{ran:?}");
    assert_eq!(value(&github, "acme/api", "CLAUDE_ACCESS_TOKEN"), "tok-sentinel-access");
}
