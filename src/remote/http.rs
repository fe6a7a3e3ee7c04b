//! What all connections have in common: who is trusted, who we say we are, and that nothing is sent twice by itself.

use std::error::Error;
use std::time::Duration;
use std::{io, iter};

use hyper_util::client::proxy::matcher::Matcher;
use reqwest::{Certificate, Client, ClientBuilder, redirect, retry};

use crate::domain::network::{CertificatesFault, NetworkError, Trusted};
use crate::domain::sync::scrub::scrubbed;

/// Shorter than what any answer gets, so that a server which cannot be reached is not taken for one that does not answer.
const CONNECT_LIMIT: Duration = Duration::from_secs(8);

/// A client for this address. Redirects are not followed, nothing is repeated, and the proxies of the environment and the
/// system are used. `trusted` is trusted beside the system's roots.
pub(super) fn client(url: &str, trusted: &Trusted) -> Result<Client, NetworkError> {
    build(builder(url, trusted), &trusted.faults)
}

/// The client that was described.
pub(super) fn build(builder: ClientBuilder, faults: &[CertificatesFault]) -> Result<Client, NetworkError> {
    // With no roots at all there is nothing to make a verifier of.
    builder.build().map_err(|error| match faults.first() {
        Some(fault) => NetworkError::Certificates(fault.clone()),
        None => cause(&error, &[]),
    })
}

/// The same before it is made.
pub(super) fn builder(url: &str, trusted: &Trusted) -> ClientBuilder {
    // Fails where one is installed already, which is then the same one.
    drop(rustls::crypto::ring::default_provider().install_default());
    let builder = Client::builder()
        .user_agent(concat!("wick/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .connect_timeout(CONNECT_LIMIT);
    // Plain HTTP is for loopback alone: a proxy would carry the token off this computer.
    let is_loopback = url.starts_with("http:");
    let proxy = || url.parse().ok().and_then(|url| Matcher::from_system().intercept(&url));
    if let Some(proxy) = (!is_loopback).then(proxy).flatten() {
        // Without what one logs in to it with.
        let port = proxy.uri().port().map_or(String::new(), |port| format!(":{port}"));
        tracing::info!("the proxy is {}{port}", proxy.uri().host().unwrap_or_default());
    }
    if is_loopback {
        // No certificate is asked for there: that some cannot be used, or that the system has none, must not matter.
        return builder.no_proxy().tls_certs_only([]);
    }
    // The system's own verifier does not know the variables on macOS.
    let more = trusted.certificates.iter().filter_map(|certificate| Certificate::from_der(certificate).ok());
    builder.tls_certs_merge(more)
}

/// What went wrong, without the address. The last cause says the most: octocrab's and reqwest's own words say nothing.
/// Where nobody vouches for the server, certificates that could not be used are why.
pub(super) fn cause(error: &(dyn Error + 'static), faults: &[CertificatesFault]) -> NetworkError {
    let last = last(error);
    if let Some(fault) = faults.first().filter(|_| chain(error).any(is_of_a_certificate)) {
        return NetworkError::Certificates(fault.clone());
    }
    if of_reqwest(error).any(reqwest::Error::is_timeout) {
        NetworkError::TimedOut
    } else if last.is::<reqwest::Error>() {
        NetworkError::Unknown
    } else {
        // What is wrong with a certificate is said with the names in it, which a server chose.
        NetworkError::System(scrubbed(&last.to_string(), &[]))
    }
}

/// An error of input and output does not list what it was made of among its causes.
fn is_of_a_certificate(error: &(dyn Error + 'static)) -> bool {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(within) => is_of_a_certificate(within),
        None => matches!(error.downcast_ref(), Some(rustls::Error::InvalidCertificate(_))),
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
