//! What someone pastes as a one-year token.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wick::domain::credential::ci_token;
use wick::domain::secret::Secret;

fuzz_target!(|text: String| {
    if let Ok(token) = ci_token::parse(&Secret::from(text.clone()), None) {
        assert!(token.expose().bytes().all(|byte| byte.is_ascii_graphic()), "it goes into a header");
        // Line breaks, blanks and what a terminal adds are left out; nothing else is, and nothing comes to it.
        let mut pasted = text.chars();
        let is_there = |letter| pasted.any(|other| other == letter);
        assert!(token.expose().chars().all(is_there), "not what was pasted: {}", token.expose());
    }
});
