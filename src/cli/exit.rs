//! How a command ended.

use std::process::ExitCode;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0
    Done,
    /// 1
    Failed,
    /// 2: wrong usage or config, or not allowed by it.
    Usage,
    /// 3
    NoCredential,
    /// 4: some or all targets failed or are held.
    Targets,
    /// As a shell says that a program could not be started.
    Program(u8),
    /// By the signal that has asked for it.
    Interrupted,
}

/// `Err` where a command could not go on, and has said why.
pub(super) type Ended = Result<Exit, Exit>;

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0_u8,
            Exit::Failed | Exit::Interrupted => 1,
            Exit::Usage => 2,
            Exit::NoCredential => 3,
            Exit::Targets => 4,
            Exit::Program(code) => code,
        })
    }
}
