//! What all connections have in common: who is trusted, who we say we are, and that nothing is sent twice by itself.

use std::error::Error;
use std::path::Path;
use std::time::Duration;
use std::{fs, iter};

use hyper_util::client::proxy::matcher::Matcher;
use reqwest::{Certificate, Client, ClientBuilder, redirect, retry};

use crate::domain::network::NetworkError;
use crate::domain::sync::scrub::scrubbed;

/// Shorter than what any answer gets, so that a server which cannot be reached is not taken for one that does not answer.
const CONNECT_LIMIT: Duration = Duration::from_secs(8);

/// A client for this address. Redirects are not followed, nothing is repeated, and the proxies of the environment and the
/// system are used. `certificates` is `SSL_CERT_FILE`: trusted beside the system's roots.
pub(super) fn client(url: &str, certificates: Option<&Path>) -> Result<Client, NetworkError> {
    builder(url, certificates)?.build().map_err(|error| cause(&error))
}

/// The same before it is made.
pub(super) fn builder(url: &str, certificates: Option<&Path>) -> Result<ClientBuilder, NetworkError> {
    // Fails where one is installed already, which is then the same one.
    drop(rustls::crypto::ring::default_provider().install_default());
    let builder = Client::builder()
        .user_agent(concat!("wick/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .connect_timeout(CONNECT_LIMIT)
        // The system's own verifier does not know the variable on macOS.
        .tls_certs_merge(own(certificates)?);
    // Plain HTTP is for loopback alone: a proxy would carry the token off this computer.
    let is_loopback = url.starts_with("http:");
    let proxy = || url.parse().ok().and_then(|url| Matcher::from_system().intercept(&url));
    if let Some(proxy) = (!is_loopback).then(proxy).flatten() {
        // Without what one logs in to it with.
        let port = proxy.uri().port().map_or(String::new(), |port| format!(":{port}"));
        tracing::info!("the proxy is {}{port}", proxy.uri().host().unwrap_or_default());
    }
    Ok(if is_loopback { builder.no_proxy() } else { builder })
}

fn own(certificates: Option<&Path>) -> Result<Vec<Certificate>, NetworkError> {
    let Some(path) = certificates else { return Ok(Vec::new()) };
    let unusable = |detail| NetworkError::Certificates { path: path.display().to_string(), detail };
    let pem = fs::read(path).map_err(|error| unusable(error.to_string()))?;
    Certificate::from_pem_bundle(&pem).map_err(|error| unusable(last(&error).to_string()))
}

/// What went wrong, without the address. The last cause says the most: octocrab's and reqwest's own words say nothing.
pub(super) fn cause(error: &(dyn Error + 'static)) -> NetworkError {
    let last = last(error);
    if of_reqwest(error).any(reqwest::Error::is_timeout) {
        NetworkError::TimedOut
    } else if last.is::<reqwest::Error>() {
        NetworkError::Unknown
    } else {
        // What is wrong with a certificate is said with the names in it, which a server chose.
        NetworkError::System(scrubbed(&last.to_string(), &[]))
    }
}

/// Whether the server may have got what it was asked.
pub(super) fn was_sent(error: &(dyn Error + 'static)) -> bool {
    !of_reqwest(error).any(|error| error.is_connect() || error.is_builder())
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    iter::successors(Some(error), |error| (*error).source())
}

fn of_reqwest<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a reqwest::Error> {
    chain(error).filter_map(|error| error.downcast_ref())
}

fn last<'a>(error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    chain(error).last().unwrap_or(error)
}
