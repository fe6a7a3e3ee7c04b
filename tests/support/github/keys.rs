//! Key pairs that secrets are sealed for, and public keys that are none.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use dryoc::classic::crypto_box::{PublicKey, SecretKey, crypto_box_keypair, crypto_box_seal_open};
use dryoc::constants::CRYPTO_BOX_SEALBYTES;
use serde_json::Value;

/// Ids look like GitHub's: numbers of 18 digits.
const FIRST_KEY_ID: u64 = 568_250_167_242_549_743;

/// What is wrong with a public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyFault {
    NotBase64,
    /// 31 bytes.
    Short,
    /// 33 bytes.
    Long,
    AllZero,
    /// A point of order one. What is sealed for it can be opened by everybody.
    LowOrder,
    /// The right key in the alphabet for URLs, which shows in its text, and without padding.
    UrlSafe,
    /// The answer has no member `key`.
    Missing,
}

impl KeyFault {
    /// The body that tells a public key, with this wrong about it. Any other body stays as it is.
    pub(super) fn spoil(self, body: &[u8]) -> Vec<u8> {
        let mut told: Value = serde_json::from_slice(body).unwrap_or_default();
        let Some(key) = told["key"].as_str().and_then(|key| STANDARD.decode(key).ok()) else {
            return body.to_vec();
        };
        let mut identity = [0; 32];
        identity[0] = 1;
        let spoiled = match self {
            Self::NotBase64 => Some("this is not base64!".to_owned()),
            Self::Short => Some(STANDARD.encode(&key[..31])),
            Self::Long => Some(STANDARD.encode([&key[..], &[1]].concat())),
            Self::AllZero => Some(STANDARD.encode([0; 32])),
            Self::LowOrder => Some(STANDARD.encode(identity)),
            Self::UrlSafe => Some(URL_SAFE_NO_PAD.encode(key)),
            Self::Missing => None,
        };
        match spoiled {
            Some(key) => told["key"] = Value::String(key),
            None => drop(told.as_object_mut().and_then(|members| members.remove("key"))),
        }
        told.to_string().into_bytes()
    }
}

/// A place's key pair.
pub(super) struct KeyPair {
    pub(super) id: String,
    public: PublicKey,
    secret: SecretKey,
}

impl KeyPair {
    /// The one of this number. The text of its public key has a character that the alphabet for URLs lacks.
    pub(super) fn new(number: u64) -> Self {
        loop {
            let (public, secret) = crypto_box_keypair();
            if STANDARD.encode(public).contains(['+', '/']) {
                return Self { id: (FIRST_KEY_ID + number).to_string(), public, secret };
            }
        }
    }

    pub(super) fn public_key(&self) -> String {
        STANDARD.encode(self.public)
    }

    /// What was sealed for this pair, or `None` where it was not.
    pub(super) fn open(&self, encrypted_value: &str) -> Option<Vec<u8>> {
        let sealed = STANDARD.decode(encrypted_value).ok()?;
        let mut value = vec![0; sealed.len().checked_sub(CRYPTO_BOX_SEALBYTES)?];
        crypto_box_seal_open(&mut value, &sealed, &self.public, &self.secret).ok()?;
        Some(value)
    }
}
