//! The rules of syncing: what goes where, what is left as it is, how fast GitHub lets it go, and what an answer means.
//!
//! Knows what was read, listed and remembered. Does not know how anything is sent.

pub mod approval;
pub mod failure;
pub mod found;
pub mod listing;
pub mod mark;
pub mod memory;
pub mod pace;
pub mod plan;
pub mod refusal;
pub mod report;
pub mod request;
pub mod scrub;
pub mod standing;
pub mod value;

#[cfg(test)]
mod properties;

pub use approval::Approval;
pub use failure::{AnswerFault, CommandEnd, Failure, KeyFault, Permission, StartFault, TokenSource};
pub use listing::{Listed, Listing};
pub use mark::{Mark, TargetMark};
pub use memory::{SecretMemory, SyncMemory, TargetFailure, TargetMemory, UnderWay};
pub use pace::Pace;
pub use plan::{Basis, Plan, Planned, Step, Write};
pub use refusal::{Limit, LimitKind, Refusal, Refused};
pub use report::{Cause, Obstacle, Report, SecretOutcome, SecretReport, TargetOutcome, TargetReport};
pub use request::{Progress, Request, Scope, Trigger, USUAL_WAIT, nobody_is_signed_in, sendable};
pub use standing::{Standing, TargetState, held_whole};
pub use value::wanted;
