//! What a person pastes, types or pipes in where a token is asked for: the one token is found in it, whatever stands around.
//!
//! Terminals break a long token into lines, color it and frame it; people copy its quotes, its variable's name and the
//! sentence before it. Knows texts alone, not where they come from, and shows nothing of them.

pub mod echo;
pub mod find;
pub mod plain;
pub mod typed;

pub use echo::Echo;
pub use find::{Shape, Unclear, find};
pub use plain::plain;
pub use typed::Typed;

#[cfg(test)]
mod tests;
