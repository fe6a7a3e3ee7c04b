//! Words about connections.

use crate::domain::network::NetworkError;

/// What stood between this computer and a server; `None` where that was not noted.
pub fn error(error: &NetworkError) -> Option<String> {
    Some(match error {
        NetworkError::Unknown => return None,
        NetworkError::TimedOut => "it took too long".to_owned(),
        NetworkError::Slow(seconds) => format!("it took longer than {seconds} s"),
        NetworkError::NoAddress => "github.api_url is not an address".to_owned(),
        NetworkError::Certificates { path, detail } => format!("SSL_CERT_FILE {path}: {detail}"),
        NetworkError::System(detail) => detail.clone(),
    })
}
