//! The rules of refreshing: when it is due, what is asked of the server, what its answer means, and when to try again.

pub mod decide;
pub mod failure;
pub mod grant;
pub mod journal;
pub mod report;
pub mod rewrite;
pub mod write_error;

#[cfg(test)]
mod properties;

pub use decide::{End, Outcome, Trigger, due_at, is_due, next_automatic, wants_a_refresh};
pub use failure::{AnswerFault, Class, ClaudeError, Failure, FailureMemory, RefreshMemory};
pub use grant::{Answer, GrantRequest};
pub use journal::{Intent, NewTokens, Overwrite, Record};
pub use report::{Clocks, Remark, Report};
pub use rewrite::Rewrite;
pub use write_error::WriteError;
