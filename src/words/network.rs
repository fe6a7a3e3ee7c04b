//! Words about connections.

use crate::domain::network::NetworkError;

/// What stood between this computer and a server; `None` where that was not noted.
pub fn error(error: &NetworkError) -> Option<String> {
    match error {
        NetworkError::Unknown => None,
        NetworkError::TimedOut => Some("it took too long".to_owned()),
        NetworkError::Slow(seconds) => Some(format!("it took longer than {seconds} s")),
        NetworkError::NoAddress => Some("github.api_url is no address".to_owned()),
        NetworkError::Certificates { path, detail } => Some(format!("SSL_CERT_FILE {path}: {detail}")),
        NetworkError::System(detail) => Some(detail.clone()),
    }
}
