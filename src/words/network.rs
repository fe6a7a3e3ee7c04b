//! Words about connections.

use crate::domain::network::{CertificatesFault, CertificatesProblem, NetworkError};

/// What stood between this computer and a server; `None` where that was not noted.
pub fn error(error: &NetworkError) -> Option<String> {
    Some(match error {
        NetworkError::Unknown => return None,
        NetworkError::TimedOut => "it took too long".to_owned(),
        NetworkError::Slow(seconds) => format!("it took longer than {seconds} s"),
        NetworkError::NoAddress => "github.api_url is not an address".to_owned(),
        NetworkError::Certificates(fault) => certificates(fault),
        NetworkError::System(detail) => detail.clone(),
    })
}

/// What is wrong with the certificates that a variable names.
pub fn certificates(CertificatesFault { variable, path, what }: &CertificatesFault) -> String {
    match what {
        CertificatesProblem::Unreadable(detail) => format!("{variable} names {path}, which cannot be read ({detail})"),
        // As it is read from `state.json`.
        CertificatesProblem::NoneThere if variable.is_empty() => {
            "the certificates that a variable names cannot be used".to_owned()
        }
        CertificatesProblem::NoneThere => format!("{variable} names {path}, which has no certificate in it"),
        CertificatesProblem::LeftOut { bad, all } => {
            format!("{variable} names {path}, in which {bad} of {all} certificates cannot be used")
        }
    }
}

/// What to do about it.
pub fn certificates_cure(CertificatesFault { variable, what, .. }: &CertificatesFault) -> String {
    let variable = if variable.is_empty() { "SSL_CERT_FILE" } else { variable };
    match what {
        CertificatesProblem::LeftOut { .. } => {
            format!("remove or replace those, or set {variable} to another file; then start Wick again")
        }
        _ => format!("set {variable} to a file with certificates in PEM, or unset it; then start Wick again"),
    }
}
