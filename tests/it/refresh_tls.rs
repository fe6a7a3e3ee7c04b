//! `wick refresh` over TLS, against a server whose certificate only `SSL_CERT_FILE` vouches for, and through a proxy.

use std::fs;

use crate::support::home::Home;
use crate::support::refreshed::{Ran, home_and_server, is_usable};
use crate::support::tls::{TlsFront, proxy};

fn configured(url: &str) -> (Home, crate::support::token_server::TokenServer, TlsFront) {
    let (home, server) = home_and_server(-60);
    let behind = server.url().split('/').nth(2).unwrap().to_owned();
    let front = TlsFront::before("localhost", behind);
    home.write_config(&format!("[refresh]\ntoken_url = \"{}\"\n", url.replace("PORT", &front.port.to_string())));
    fs::write(home.path().join("ca.pem"), &front.certificate).unwrap();
    (home, server, front)
}

const URL: &str = "https://localhost:PORT/v1/oauth/token";

#[test]
fn a_certificate_that_nobody_vouches_for_is_sent_nothing() {
    let (home, server, _front) = configured(URL);
    let output = home.wick(&["refresh", "--json"]).env_remove("HTTPS_PROXY").output().unwrap();
    let ran = Ran::of(&home, &output);
    assert_eq!((ran.outcome(), ran.error()), (("failed", Some(1)), "offline"), "{ran:?}");
    assert_eq!(server.posts().len(), 0);
}

#[test]
fn the_variable_for_certificates_is_honored_and_a_missing_file_is_named() {
    let (home, server, _front) = configured(URL);
    let run = |file: &str| {
        let mut command = home.wick(&["refresh", "--json"]);
        command.env_remove("HTTPS_PROXY").env("SSL_CERT_FILE", home.path().join(file));
        Ran::of(&home, &command.output().unwrap())
    };
    let missing = run("no-such.pem");
    assert!(missing.report["error"]["message"].as_str().unwrap().contains("no-such.pem"), "{missing:?}");
    assert_eq!(run("ca.pem").outcome(), ("refreshed", Some(0)));
    assert!(is_usable(&home, &server) && server.posts().len() == 1);
}

#[test]
fn a_proxy_from_the_environment_is_used_for_https_and_never_for_plain_http() {
    let (home, server, front) = configured(URL);
    let asked = home.path().join("asked");
    let proxy = format!("http://127.0.0.1:{}", proxy(asked.clone(), None));
    let mut command = home.wick(&["refresh", "--json", "--force"]);
    command.env("SSL_CERT_FILE", home.path().join("ca.pem"));
    for name in ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"] {
        command.env(name, &proxy);
    }
    assert_eq!(Ran::of(&home, &command.output().unwrap()).outcome(), ("refreshed", Some(0)));
    assert!(fs::read_to_string(&asked).unwrap().starts_with(&format!("CONNECT localhost:{}", front.port)));
    fs::remove_file(&asked).unwrap();
    crate::support::refreshed::configure(&home, &server, "");
    assert_eq!(Ran::of(&home, &command.output().unwrap()).outcome(), ("refreshed", Some(0)));
    assert!(!asked.exists(), "a token in plain text went to a proxy");
}
