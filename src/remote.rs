//! Other computers: the server that gives new tokens.
//!
//! Knows HTTP. Decides nothing: what an answer means is in `domain`.

pub mod token_endpoint;
