//! Wick.
fn main() {}
