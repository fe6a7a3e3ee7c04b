//! The credential's file or keychain item: whatever stands there is understood or left alone, and a refresh changes
//! nothing that is not its own.

#![no_main]

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use wick::domain::credential::{Contents, Document, SIGN_IN};
use wick::domain::fingerprint::Fingerprint;
use wick::domain::refresh::{Answer, GrantRequest, NewTokens, Rewrite, rewrite::rewrite};
use wick::domain::secret::Secret;

fuzz_target!(|bytes: &[u8]| {
    let contents = Contents::parse(bytes);
    // Claude Code reads past such bytes; Wick does where they stand in nothing of its own, and writes none of it.
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let bare = text.strip_prefix('\u{feff}').unwrap_or(text);
    if let Ok(document) = Document::parse(bare) {
        let written = document.to_json();
        assert_eq!(Document::parse(written.expose()).expect("as it was written"), document);
    }
    let Ok(Contents::SignedIn(credential)) = contents else { return };
    let Some(request) = GrantRequest::of(&credential) else { return };
    let body = r#"{"access_token":"fuzz-access","refresh_token":"fuzz-refresh","expires_in":28800}"#;
    let answer = Answer { status: 200, retry_after: None, body: Some(Secret::from(body.to_owned())) };
    let tokens = NewTokens::granted(&answer, &request, Timestamp::UNIX_EPOCH).expect("a grant");
    let spent = Fingerprint::of(&request.refresh_token);
    let written = match rewrite(&Secret::from(text.to_owned()), &spent, &tokens) {
        Rewrite::Write(written) => written,
        other => panic!("a sign-in that was read is not written: {other:?}"),
    };
    match Contents::parse(written.expose().as_bytes()) {
        Ok(Contents::SignedIn(after)) => {
            assert_eq!(after.access_token.expose(), "fuzz-access");
            assert_eq!(after.refresh_token.as_ref().map(Secret::expose), Some("fuzz-refresh"));
            assert_eq!(after.expires_at, Some(tokens.expires_at));
            assert_eq!(after.subscription_type, credential.subscription_type);
        }
        other => panic!("what was written is no sign-in: {other:?}"),
    }
    let without = |text: &str| {
        let mut document = Document::parse(text).expect("an object");
        document.remove(SIGN_IN);
        document
    };
    assert_eq!(without(written.expose()), without(bare), "a neighbor's member");
});
