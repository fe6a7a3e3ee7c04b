//! `wick sync` over TLS: whom it trusts, and that a proxy is used for https and never for plain http.

use std::fs;

use crate::support::github::{GithubServer, TOKEN};
use crate::support::home::Home;
use crate::support::synced::{Synced, credential, home_and_github, repositories, value};
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

/// A certificate that is none.
const BAD: &str = "-----BEGIN CERTIFICATE-----\nMIIBRXhhbXBsZQ==\n-----END CERTIFICATE-----\n";

fn sync_with(home: &Home, variable: &str, path: &str) -> Synced {
    let mut command = home.wick(&["sync", "--json"]);
    command.env_remove("HTTPS_PROXY").env("GH_ENTERPRISE_TOKEN", TOKEN).env(variable, home.path().join(path));
    Synced::of(home, &command.output().unwrap())
}

// See: https://github.com/prefix-dev/pixi/issues/6816
// See: https://github.com/Jake-Shadle/xwin/issues/172
#[test]
fn certificates_that_cannot_be_used_are_left_out_and_named() {
    let (home, github, front) = world();
    let write = |name: &str, text: &str| fs::write(home.path().join(name), text).unwrap();
    write("mixed.pem", &format!("{BAD}{}\nand a remark: é\n{BAD}", front.certificate));
    write("bad.pem", BAD);
    write("empty.pem", "");
    fs::create_dir(home.path().join("folder")).unwrap();
    fs::create_dir(home.path().join("bare")).unwrap();
    write("folder/ours.pem", &front.certificate);
    for (variable, path) in
        [("SSL_CERT_FILE", "mixed.pem"), ("NODE_EXTRA_CA_CERTS", "mixed.pem"), ("SSL_CERT_DIR", "folder")]
    {
        let ran = sync_with(&home, variable, path);
        assert_eq!(ran.code, Some(0), "{variable} {path}: {ran:?}");
    }
    home.write(&credential().json().replace("sentinel-access", "sentinel-newer"));
    github.forget_requests();
    for (variable, path) in [
        ("SSL_CERT_FILE", "bad.pem"),
        ("SSL_CERT_FILE", "empty.pem"),
        ("SSL_CERT_FILE", "missing.pem"),
        ("SSL_CERT_DIR", "bare"),
        ("SSL_CERT_DIR", "missing"),
        ("NODE_EXTRA_CA_CERTS", "missing.pem"),
    ] {
        let ran = sync_with(&home, variable, path);
        assert_eq!((ran.error("acme/api"), ran.code), ("certificates", Some(4)), "{variable} {path}: {ran:?}");
        let sentence = ran.sentence("acme/api");
        assert!(sentence.contains(variable) && sentence.contains(path), "{sentence}");
        let doctor = home.wick(&["doctor", "--json"]).env(variable, home.path().join(path)).output().unwrap();
        let doctor: serde_json::Value = serde_json::from_slice(&doctor.stdout).unwrap();
        let check = doctor["checks"].as_array().unwrap().iter().find(|check| check["id"] == "certificates").unwrap();
        assert_eq!(check["verdict"], "warn", "{check}");
        assert!(check["detail"].as_str().unwrap().contains(path), "{check}");
    }
    assert_eq!(github.requests().len(), 0);
}

#[test]
fn certificates_are_nothing_to_plain_loopback() {
    let (home, github) = home_and_github(&["acme/api"]);
    for path in ["missing.pem", "bad.pem"] {
        fs::write(home.path().join("bad.pem"), BAD).unwrap();
        let ran = sync_with(&home, "SSL_CERT_FILE", path);
        assert_eq!(ran.code, Some(0), "{ran:?}");
    }
    assert_eq!(value(&github, "acme/api", "CLAUDE_ACCESS_TOKEN"), "tok-sentinel-access");
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
