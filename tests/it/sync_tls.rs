//! `wick sync` over TLS: whom it trusts, and that a proxy is used for https and never for plain http.

use std::fs;

use crate::support::github::{GithubServer, TOKEN};
use crate::support::home::Home;
use crate::support::synced::{Synced, credential, repositories, value};
use crate::support::tls::{TlsFront, proxy};

fn world() -> (Home, GithubServer, TlsFront) {
    let github = GithubServer::start();
    github.add_repository("acme/api");
    let front = TlsFront::before("localhost", github.host());
    let home = Home::with_folder();
    home.write(&credential().json());
    let settings = format!("[github]\napi_url = \"https://localhost:{}/api/v3\"\n", front.port);
    home.write_config(&format!("{settings}[sync]\nshare_refresh_token = true\n{}", repositories(&["acme/api"])));
    fs::write(home.path().join("ca.pem"), &front.certificate).unwrap();
    (home, github, front)
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_sent_nothing() {
    let (home, github, _front) = world();
    let mut command = home.wick(&["sync", "--json"]);
    let output = command.env_remove("HTTPS_PROXY").env("GH_ENTERPRISE_TOKEN", TOKEN).output().unwrap();
    let ran = Synced::of(&home, &output);
    assert_eq!((ran.error("acme/api"), ran.code), ("offline", Some(4)), "{ran:?}");
    assert_eq!(github.requests().len(), 0);
}

#[test]
fn the_variable_for_certificates_and_a_proxy_are_honored() {
    let (home, github, front) = world();
    let asked = home.path().join("asked");
    let proxy = format!("http://127.0.0.1:{}", proxy(asked.clone(), None));
    let mut command = home.wick(&["sync", "--json"]);
    command.env("SSL_CERT_FILE", home.path().join("ca.pem")).env("GH_ENTERPRISE_TOKEN", TOKEN);
    for name in ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"] {
        command.env(name, &proxy);
    }
    let ran = Synced::of(&home, &command.output().unwrap());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(value(&github, "acme/api", "CLAUDE_ACCESS_TOKEN"), "tok-sentinel-access");
    assert!(fs::read_to_string(&asked).unwrap().starts_with(&format!("CONNECT localhost:{}", front.port)));
}
