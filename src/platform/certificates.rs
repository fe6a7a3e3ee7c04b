//! The certificates that variables name, as other programs of the user's trust them, too.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rustls::RootCertStore;

use crate::domain::network::{CertificatesFault, CertificatesProblem, Trusted};

/// Far more than all that any system trusts.
const LONGEST_FILE: u64 = 16 * 1024 * 1024;
const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END";

/// What these variables name: files in PEM, or folders of such. What makes no sense is left out, and said.
pub fn trusted(named: &[(&'static str, PathBuf)]) -> Trusted {
    let mut trusted = Trusted::default();
    for (variable, path) in named {
        let what = match texts(path) {
            Err(error) => Some(CertificatesProblem::Unreadable(error.to_string())),
            Ok(texts) => take(&texts, &mut trusted.certificates),
        };
        let fault = |what| CertificatesFault { variable, path: path.display().to_string(), what };
        trusted.faults.extend(what.map(fault));
    }
    for fault in &trusted.faults {
        tracing::warn!("{} names {}, which is not usable as it is: see wick doctor", fault.variable, fault.path);
    }
    trusted
}

/// The file's text, or those of a folder's files that can be read.
fn texts(path: &Path) -> io::Result<Vec<String>> {
    if !fs::metadata(path)?.is_dir() {
        return Ok(vec![text(path)?]);
    }
    Ok(fs::read_dir(path)?.flatten().filter_map(|entry| text(&entry.path()).ok()).collect())
}

fn text(path: &Path) -> io::Result<String> {
    // A pipe would be waited for.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(LONGEST_FILE).read_to_end(&mut bytes)?;
    // Certificates are ASCII; what stands between them may be anything.
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Takes the certificates that are some.
fn take(texts: &[String], certificates: &mut Vec<Vec<u8>>) -> Option<CertificatesProblem> {
    let (mut bad, mut all) = (0, 0);
    for section in texts.iter().flat_map(|text| text.split(BEGIN).skip(1)) {
        all += 1;
        match certificate(section) {
            Some(certificate) => certificates.push(certificate),
            None => bad += 1,
        }
    }
    match (bad, all) {
        (_, 0) => Some(CertificatesProblem::NoneThere),
        (0, _) => None,
        _ => Some(CertificatesProblem::LeftOut { bad, all }),
    }
}

/// From behind its first line to its last one.
fn certificate(section: &str) -> Option<Vec<u8>> {
    let (lines, _) = section.split_once(END)?;
    let digits: String = lines.split_ascii_whitespace().collect();
    let certificate = BASE64_STANDARD.decode(digits).ok()?;
    RootCertStore::empty().add(certificate.clone().into()).ok()?;
    Some(certificate)
}
