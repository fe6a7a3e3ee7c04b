//! Sealed boxes: what GitHub takes in place of a secret's text, and only its own key can open.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use crypto_box::aead::OsRng;
use crypto_box::{KEY_SIZE, PublicKey};
use curve25519_dalek::MontgomeryPoint;
use serde::Deserialize;

use crate::domain::secret::Secret;
use crate::domain::sync::{Failure, KeyFault};

/// The key of one store of secrets.
pub(super) struct StoreKey {
    pub(super) id: String,
    key: PublicKey,
}

/// As GitHub gives it.
#[derive(Deserialize)]
pub(super) struct GivenKey {
    key_id: String,
    key: String,
}

impl StoreKey {
    /// Takes a key that is one: strict base64 of exactly 32 bytes, and no point whose secrets anyone could open.
    pub(super) fn check(given: GivenKey) -> Result<Self, Failure> {
        let bytes = BASE64_STANDARD.decode(&given.key).map_err(|_| Failure::BadKey { what: KeyFault::NotBase64 })?;
        let bytes: [u8; KEY_SIZE] = bytes.try_into().map_err(|_| Failure::BadKey { what: KeyFault::WrongLength })?;
        // Multiplied by any secret key, a point of low order is zero: the box would be open to everyone.
        if MontgomeryPoint(bytes).mul_clamped([1; KEY_SIZE]).0 == [0; KEY_SIZE] {
            return Err(Failure::BadKey { what: KeyFault::OpenToEveryone });
        }
        Ok(Self { id: given.key_id, key: PublicKey::from(bytes) })
    }

    /// The text for this store's eyes only, in base64.
    pub(super) fn seal(&self, value: &Secret) -> Result<String, Failure> {
        let sealed = self.key.seal(&mut OsRng, value.expose().as_bytes());
        let sealed = sealed.map_err(|_| Failure::BadKey { what: KeyFault::SealsNothing })?;
        Ok(BASE64_STANDARD.encode(sealed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(key: &str) -> Result<(), Failure> {
        StoreKey::check(GivenKey { key_id: "1".to_owned(), key: key.to_owned() }).map(|_| ())
    }

    #[test]
    fn only_a_key_is_taken_for_one() {
        let of = |bytes: &[u8]| checked(&BASE64_STANDARD.encode(bytes));
        assert_eq!(of(&[9; 32]), Ok(()));
        for bytes in [[9; 31].as_slice(), &[9; 33], &[]] {
            assert_eq!(of(bytes), Err(Failure::BadKey { what: KeyFault::WrongLength }));
        }
        for text in
            ["*", "CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk", "CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=\n"]
        {
            assert_eq!(checked(text), Err(Failure::BadKey { what: KeyFault::NotBase64 }));
        }
    }

    #[test]
    fn a_key_of_low_order_is_refused() {
        let mut one = [0; 32];
        one[0] = 1;
        let order_eight = [
            0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a, 0xda, 0x09,
            0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00,
        ];
        for bytes in [[0; 32], one, order_eight] {
            let refused = checked(&BASE64_STANDARD.encode(bytes));
            assert_eq!(refused, Err(Failure::BadKey { what: KeyFault::OpenToEveryone }));
        }
    }
}
