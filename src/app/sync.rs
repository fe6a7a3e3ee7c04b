//! Syncs once: looks at all targets first, then writes what is to be written, as fast as GitHub's limits allow.
//!
//! What is sent is decided by [`domain::sync`](crate::domain::sync::request); here is the order of it. Everything runs on one
//! thread of its own, eight requests at a time, and what became of each secret is on the disk before the next is sent: an
//! interrupted sync goes on where it stopped. `run` drives it; a target's way is in `target`; around that stand what is
//! stored (`stored`), what was sent and is remembered (`ledger`), GitHub's limits (`gate`), and what came of each
//! target (`outcomes`).

mod connection;
mod gate;
mod job;
mod ledger;
mod outcomes;
mod run;
mod stored;
mod target;

pub use job::Job;
