//! TLS on loopback: a front that ends it, and a proxy to come through.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// A port that ends TLS and passes on what it hears.
pub struct TlsFront {
    pub port: u16,
    /// In PEM, for whoever is to trust it.
    pub certificate: String,
}

impl TlsFront {
    /// With a certificate for `name`, before the server at this address.
    pub fn before(name: &str, behind: String) -> Self {
        let mut parameters = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        // macOS trusts no server whose certificate does not say that it is one.
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let signing_key = KeyPair::generate().expect("a key");
        let cert = parameters.self_signed(&signing_key).expect("a certificate");
        let key = PrivateKeyDer::try_from(signing_key.serialize_der()).expect("loopback works");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("loopback works");
        let config = Arc::new(
            config.with_no_client_auth().with_single_cert(vec![cert.der().clone()], key).expect("loopback works"),
        );
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback works");
        let port = listener.local_addr().expect("loopback works").port();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let connection = ServerConnection::new(Arc::clone(&config)).expect("loopback works");
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

/// A proxy that notes where it is asked to connect to, and connects to that port of this computer, or to `always`.
pub fn proxy(asked: PathBuf, always: Option<u16>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback works");
    let port = listener.local_addr().expect("loopback works").port();
    thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            let mut reader = BufReader::new(client.try_clone().expect("loopback works"));
            let mut line = String::new();
            reader.read_line(&mut line).expect("loopback works");
            fs::write(&asked, &line).expect("loopback works");
            let port = always
                .map_or_else(|| line.split([' ', ':']).nth(2).unwrap_or_default().to_owned(), |port| port.to_string());
            while line.trim() != "" {
                line.clear();
                reader.read_line(&mut line).expect("loopback works");
            }
            let server = TcpStream::connect(format!("127.0.0.1:{port}")).expect("loopback works");
            client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").expect("loopback works");
            let (mut from, mut to) =
                (server.try_clone().expect("loopback works"), client.try_clone().expect("loopback works"));
            thread::spawn(move || {
                drop(std::io::copy(&mut from, &mut to));
                drop(to.shutdown(Shutdown::Both));
            });
            thread::spawn(move || drop(std::io::copy(&mut reader, &mut &server)));
        }
    });
    port
}
