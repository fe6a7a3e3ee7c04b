//! Other computers: the server that gives new tokens, and GitHub.
//!
//! Knows HTTP. Decides nothing: what an answer means is in `domain`.

pub mod github;
mod http;
pub mod token_endpoint;
