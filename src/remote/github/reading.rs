//! Everything that is read of an answer, on bytes that nobody has vouched for: what the fuzz target calls.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode};
use serde::de::DeserializeOwned;

use super::answer::{Answer, Login, Repository};
use super::place::{ListedSecret, Page};
use super::seal::{GivenKey, StoreKey};
use crate::domain::secret::Secret;
use crate::domain::sync::Failure;

/// What an answer to this token comes to, as text that may be kept. No part of the program but `tests/fuzz` asks for it.
#[doc(hidden)]
pub fn read_answer<'a>(
    status: u16,
    headers: impl Iterator<Item = (&'a [u8], &'a [u8])>,
    body: &[u8],
    token: &Secret,
) -> String {
    let (mut head, ()) = Response::new(()).into_parts();
    head.status = StatusCode::from_u16(status).unwrap_or_default();
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value)) {
            head.headers.append(name, value);
        }
    }
    let answer = Answer::new(&head, Bytes::copy_from_slice(body));
    let sealed = answer.json::<GivenKey>().and_then(StoreKey::check).and_then(|key| key.seal(token));
    let failures = [
        sealed.err(),
        listed::<ListedSecret>(&answer).err(),
        listed::<Repository>(&answer).err(),
        answer.json::<Login>().err(),
    ];
    let clocks = (answer.date(), answer.token_expires());
    format!(
        "{failures:?} {clocks:?} {:?} {:?} {:?}",
        answer.etag(token),
        answer.not_githubs(),
        answer.refusal(&[token])
    )
}

fn listed<T: DeserializeOwned>(answer: &Answer) -> Result<(), Failure> {
    answer.json::<Page>()?.items.iter().try_for_each(|item| answer.item::<T>(item).map(drop))
}
