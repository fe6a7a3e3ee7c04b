//! How a secret may be written.

use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use zeroize::Zeroizing;

use crate::domain::secret::Secret;

/// So many letters and digits in a row that also stand in a secret are taken for a part of it.
pub(super) const PART: usize = 8;

/// Letters and digits, in lower case.
pub(super) type Form = Zeroizing<Vec<u8>>;

/// How programs write a byte as a number, less what is neither letter nor digit.
const NUMBERS: [fn(u8) -> String; 5] = [
    |byte| byte.to_string(),
    |byte| format!("u{byte:04x}"),
    |byte| format!("x{byte:02x}"),
    |byte| format!("0x{byte:02x}"),
    |byte| format!("{byte:03o}"),
];

/// A letter or digit in lower case; `None` for all that stands between them. Without the rest, both alphabets of base64 are
/// one, and it does not matter how something is wrapped, cut into pieces or spelled.
pub(super) fn is_telling(letter: char) -> Option<u8> {
    u8::try_from(letter).ok().filter(u8::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase())
}

/// As it is, in base64 wherever in a larger text it stands, in hexadecimal digits, as numbers of its bytes, in escapes that
/// are themselves in pieces; and each of these backwards.
pub(super) fn forms(secret: &Secret) -> Vec<Form> {
    let bytes = secret.expose().as_bytes();
    let mut forms = vec![form(bytes), form(Zeroizing::new(hex::encode(bytes)).as_bytes())];
    forms.extend(NUMBERS.map(|number| numbers(bytes, number)));
    forms.extend((0..3).filter_map(|skipped| Some(base64(bytes.get(skipped..)?))));
    forms.retain(|form| form.len() >= PART);
    let backwards: Vec<Form> = forms.iter().map(|form| Zeroizing::new(form.iter().rev().copied().collect())).collect();
    forms.extend(backwards);
    forms
}

fn form(text: &[u8]) -> Form {
    Zeroizing::new(text.iter().filter_map(|byte| is_telling(char::from(*byte))).collect())
}

/// Of whole groups of three bytes: what follows changes the letters of the last one.
fn base64(bytes: &[u8]) -> Form {
    let whole = &bytes[..bytes.len() / 3 * 3];
    form(Zeroizing::new(BASE64_STANDARD_NO_PAD.encode(whole)).as_bytes())
}

fn numbers(bytes: &[u8], number: fn(u8) -> String) -> Form {
    let mut digits = Zeroizing::new(String::with_capacity(6 * bytes.len()));
    for byte in bytes {
        digits.push_str(&number(*byte));
    }
    form(digits.as_bytes())
}
