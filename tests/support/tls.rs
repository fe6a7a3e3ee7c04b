//! TLS on loopback: a front that ends it, and a proxy to come through.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio_rustls::TlsAcceptor;

/// A port that ends TLS and passes on what it hears.
pub struct TlsFront {
    pub port: u16,
    /// In PEM, for whoever is to trust it.
    pub certificate: String,
}

impl TlsFront {
    /// With a certificate for `name`, before the server at this address.
    pub fn before(name: &str, behind: String) -> Self {
        Self::before_all(&[name], behind)
    }

    /// The same for several names.
    pub fn before_all(names: &[&str], behind: String) -> Self {
        let (acceptor, certificate) = identity(names);
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback works");
        let port = listener.local_addr().expect("loopback works").port();
        listener.set_nonblocking(true).expect("loopback works");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().expect("loopback works");
        thread::spawn(move || {
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).expect("loopback works");
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(pass_on(acceptor.clone(), stream, behind.clone()));
                }
            });
        });
        Self { port, certificate }
    }
}

fn identity(names: &[&str]) -> (TlsAcceptor, String) {
    let names = names.iter().map(ToString::to_string).collect::<Vec<_>>();
    let mut parameters = CertificateParams::new(names).expect("names");
    // macOS trusts no server whose certificate does not say that it is one.
    parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let signing_key = KeyPair::generate().expect("a key");
    let cert = parameters.self_signed(&signing_key).expect("a certificate");
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).expect("just made");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config =
        ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("ring has them");
    let config = config.with_no_client_auth().with_single_cert(vec![cert.der().clone()], key).expect("just made");
    (Arc::new(config).into(), cert.pem())
}

/// A client that does not trust us goes away in the handshake.
async fn pass_on(acceptor: TlsAcceptor, stream: tokio::net::TcpStream, behind: String) -> std::io::Result<()> {
    // What comes in two pieces would wait for an acknowledgment otherwise, which the system puts off by 40 ms.
    stream.set_nodelay(true)?;
    let mut tls = acceptor.accept(stream).await?;
    let mut server = tokio::net::TcpStream::connect(behind).await?;
    server.set_nodelay(true)?;
    tokio::io::copy_bidirectional(&mut tls, &mut server).await.map(drop)
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
