//! What someone pastes as a one-year token.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wick::domain::credential::ci_token;
use wick::domain::secret::Secret;

fuzz_target!(|text: String| {
    if let Ok(token) = ci_token::parse(&Secret::from(text.clone()), None) {
        assert!(token.expose().bytes().all(|byte| byte.is_ascii_graphic()), "it goes into a header");
        assert_eq!(token.expose(), text.trim(), "a part of what was pasted");
    }
});
