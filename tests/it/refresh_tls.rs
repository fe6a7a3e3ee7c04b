//! `wick refresh` over TLS, against a server whose certificate only `SSL_CERT_FILE` vouches for, and through a proxy.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::refresh::{Ran, home_and_server, is_usable};
use crate::support::home::Home;

/// A port that ends TLS and passes on what it hears.
struct TlsFront {
    port: u16,
    certificate: String,
}

impl TlsFront {
    /// Before the server at this address.
    fn before(behind: String) -> Self {
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = Arc::new(config.with_no_client_auth().with_single_cert(vec![cert.der().clone()], key).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
                let (mut tls, behind) = (StreamOwned::new(connection, stream), behind.clone());
                // A client that does not trust us goes away in the handshake.
                thread::spawn(move || drop(pass_on(&mut tls, &behind)));
            }
        });
        Self { port, certificate: cert.pem() }
    }
}

/// One request with its body, and the answer.
fn pass_on(tls: &mut (impl Read + Write), behind: &str) -> std::io::Result<()> {
    let mut request = Vec::new();
    let mut reader = BufReader::new(&mut *tls);
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let lower = line.to_ascii_lowercase();
        length = lower.strip_prefix("content-length:").and_then(|value| value.trim().parse().ok()).unwrap_or(length);
        request.extend_from_slice(line.as_bytes());
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    drop(reader);
    let mut server = TcpStream::connect(behind)?;
    server.write_all(&[request, body].concat())?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer)?;
    tls.write_all(&answer)?;
    tls.flush()
}

/// A proxy that connects to wherever it is told on this computer, and notes where that was.
fn proxy(asked: PathBuf) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            let mut reader = BufReader::new(client.try_clone().unwrap());
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            fs::write(&asked, &line).unwrap();
            let port = line.split([' ', ':']).nth(2).unwrap().to_owned();
            while line.trim() != "" {
                line.clear();
                reader.read_line(&mut line).unwrap();
            }
            let server = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
            client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
            let (mut from, mut to) = (server.try_clone().unwrap(), client.try_clone().unwrap());
            thread::spawn(move || {
                drop(std::io::copy(&mut from, &mut to));
                drop(to.shutdown(Shutdown::Both));
            });
            thread::spawn(move || drop(std::io::copy(&mut reader, &mut &server)));
        }
    });
    port
}

fn configured(url: &str) -> (Home, crate::support::token_server::TokenServer, TlsFront) {
    let (home, server) = home_and_server(-60);
    let behind = server.url().split('/').nth(2).unwrap().to_owned();
    let front = TlsFront::before(behind);
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
    let proxy = format!("http://127.0.0.1:{}", proxy(asked.clone()));
    let mut command = home.wick(&["refresh", "--json", "--force"]);
    command.env("SSL_CERT_FILE", home.path().join("ca.pem"));
    for name in ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"] {
        command.env(name, &proxy);
    }
    assert_eq!(Ran::of(&home, &command.output().unwrap()).outcome(), ("refreshed", Some(0)));
    assert!(fs::read_to_string(&asked).unwrap().starts_with(&format!("CONNECT localhost:{}", front.port)));
    fs::remove_file(&asked).unwrap();
    crate::refresh::configure(&home, &server, "");
    assert_eq!(Ran::of(&home, &command.output().unwrap()).outcome(), ("refreshed", Some(0)));
    assert!(!asked.exists(), "a token in plain text went to a proxy");
}
