//! Answers of whoever stands where the token endpoint should: two bytes of status, a `Retry-After` up to a line's end, and
//! a body.

#![no_main]

use jiff::{SignedDuration, Timestamp};
use libfuzzer_sys::fuzz_target;
use wick::domain::credential::Contents;
use wick::domain::refresh::{Answer, Failure, GrantRequest, NewTokens};
use wick::domain::secret::Secret;

const STORED: &[u8] = br#"{"claudeAiOauth":{"accessToken":"a","refreshToken":"r","scopes":["s"]}}"#;

fuzz_target!(|bytes: &[u8]| {
    let Ok(Contents::SignedIn(credential)) = Contents::parse(STORED) else { unreachable!("a sign-in") };
    let request = GrantRequest::of(&credential).expect("a refresh token");
    let Some((status, rest)) = bytes.split_first_chunk() else { return };
    let status = 100 + u16::from_be_bytes(*status) % 500;
    let text = String::from_utf8_lossy(rest);
    let (retry_after, body) =
        text.split_once('\n').map_or((None, &*text), |(head, body)| (Some(head.to_owned()), body));
    let now = Timestamp::from_second(1_800_000_000).expect("a moment of this century");
    let answer = Answer { status, retry_after, body: Some(Secret::from(body.to_owned())) };
    match NewTokens::granted(&answer, &request, now) {
        Ok(tokens) => {
            assert_eq!(status, 200);
            assert!(tokens.expires_at.time_left(now).is_positive(), "it has ended before it is used");
            assert_eq!(NewTokens::parse(tokens.to_json().expose()), Some(tokens));
        }
        Err(Failure::RateLimited(Some(wait)) | Failure::ServerError { retry_after: Some(wait), .. }) => {
            assert!(!wait.is_negative() && wait <= SignedDuration::from_hours(24));
        }
        Err(_) => {}
    }
});
