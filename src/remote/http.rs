//! What all connections have in common: who is trusted, who we say we are, and that nothing is sent twice by itself.

use std::error::Error;
use std::fs;
use std::path::Path;

use hyper_util::client::proxy::matcher::Matcher;
use reqwest::{Certificate, Client, ClientBuilder, redirect, retry};

use crate::domain::network::NetworkError;

/// A client for this address. Redirects are not followed, nothing is repeated, and the proxies of the environment and the
/// system are used. `certificates` is `SSL_CERT_FILE`: trusted beside the system's roots.
pub(super) fn client(url: &str, certificates: Option<&Path>) -> Result<ClientBuilder, NetworkError> {
    // Fails where one is installed already, which is then the same one.
    drop(rustls::crypto::ring::default_provider().install_default());
    let builder = Client::builder()
        .user_agent(concat!("wick/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        // The system's own verifier does not know the variable on macOS.
        .tls_certs_merge(own(certificates)?);
    // Plain HTTP is for loopback alone: a proxy would carry the token off this computer.
    if url.starts_with("http:") {
        return Ok(builder.no_proxy());
    }
    if let Some(proxy) = url.parse().ok().and_then(|url| Matcher::from_system().intercept(&url)) {
        // Without what one logs in to it with.
        let port = proxy.uri().port().map_or(String::new(), |port| format!(":{port}"));
        tracing::info!("the proxy is {}{port}", proxy.uri().host().unwrap_or_default());
    }
    Ok(builder)
}

fn own(certificates: Option<&Path>) -> Result<Vec<Certificate>, NetworkError> {
    let Some(path) = certificates else { return Ok(Vec::new()) };
    let unusable = |detail| NetworkError::Certificates { path: path.display().to_string(), detail };
    let pem = fs::read(path).map_err(|error| unusable(error.to_string()))?;
    Certificate::from_pem_bundle(&pem).map_err(|error| unusable(last_cause(&error)))
}

/// What went wrong, without the address.
pub(super) fn cause(error: &reqwest::Error) -> NetworkError {
    if error.is_timeout() { NetworkError::TimedOut } else { NetworkError::System(last_cause(error)) }
}

/// The last of its causes says the most.
fn last_cause(error: &reqwest::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause: &&(dyn Error + 'static)| (*cause).source());
    causes.last().map_or_else(|| "the connection failed".to_owned(), ToString::to_string)
}
