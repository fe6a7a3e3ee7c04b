//! What is said of a refresh.

use wick::domain::credential::{Concern, Problem, ProgramError};
use wick::domain::network::{CertificatesFault, NetworkError};
use wick::domain::refresh::{AnswerFault, ClaudeError, Failure, Remark, WriteError};
use wick::words::refresh;

use super::{Page, every, failed_before, full, kept_code, locations, networks, now, seconds, text};

fn writes() -> Vec<WriteError> {
    let [file, _] = locations();
    every!(
        WriteError::Unknown => [WriteError::Unknown],
        WriteError::TooLong(_) => [WriteError::TooLong(5000)],
        WriteError::Split => [WriteError::Split],
        WriteError::NotAFile(_) => [WriteError::NotAFile(text("/etc/x"))],
        WriteError::OtherOwner(_) => [WriteError::OtherOwner(text("/etc/x"))],
        WriteError::OtherFolder(_) => [WriteError::OtherFolder(text("/etc/x"))],
        WriteError::Flagged(_) => [WriteError::Flagged(text("/etc/x"))],
        WriteError::ReadOnly(_) => [WriteError::ReadOnly(text("/etc/x"))],
        WriteError::Full(_) => [WriteError::Full(text("/etc/x"))],
        WriteError::Quota(_) => [WriteError::Quota(text("/etc/x"))],
        WriteError::FileLimit(_) => [WriteError::FileLimit(text("/etc/x"))],
        WriteError::TooLarge(_) => [WriteError::TooLarge(text("/etc/x"))],
        WriteError::ReadBackDiffers => [WriteError::ReadBackDiffers],
        WriteError::Malformed => [WriteError::Malformed],
        WriteError::LockHeld(_) => [WriteError::LockHeld(text("/claude/.storage-write.lock"))],
        WriteError::NotALock(_) => [WriteError::NotALock(text("/claude/.storage-write.lock"))],
        WriteError::PathTooLong(_) => [WriteError::PathTooLong(text("/long"))],
        WriteError::Unreadable(..) => [WriteError::Unreadable(Problem::PermissionDenied, file)],
        WriteError::Program(_) => [
            WriteError::Program(ProgramError::Code(36)), WriteError::Program(ProgramError::TimedOut(seconds(30)))
        ],
        WriteError::System(_) => [WriteError::System(full())],
    )
}

pub(crate) fn refresh_failures() -> Vec<Failure> {
    let locked = || WriteError::LockHeld(text("/claude/.storage-write.lock"));
    let oauth = Some(text("invalid_client"));
    let not_found = ClaudeError::NotFound;
    let waiting = Failure::ServerError { status: 503, retry_after: None };
    let mut failures = every!(
        Failure::InvalidGrant { .. } => [
            Failure::InvalidGrant { spent_before: false }, Failure::InvalidGrant { spent_before: true }
        ],
        Failure::Offline { .. } => [Failure::Offline(NetworkError::Unknown)],
        Failure::Certificates(_) => [Failure::Certificates(CertificatesFault::default())],
        Failure::RateLimited { .. } => [Failure::RateLimited(None), Failure::RateLimited(Some(seconds(600)))],
        Failure::ServerError { .. } => [
            Failure::ServerError { status: 0, retry_after: None }, Failure::ServerError { status: 503, retry_after: None }
        ],
        Failure::Refused { .. } => [
            Failure::Refused { status: 0, oauth: None }, Failure::Refused { status: 400, oauth }
        ],
        Failure::Redirected { .. } => [Failure::Redirected { status: 307 }],
        Failure::NoAnswer { .. } => [Failure::NoAnswer(NetworkError::Slow(15))],
        Failure::BadAnswer { .. } => [Failure::BadAnswer { status: 200, what: AnswerFault::NotJson }],
        Failure::Interrupted => [Failure::Interrupted],
        Failure::NotWritable { .. } => [Failure::NotWritable(WriteError::System(full()))],
        Failure::NoJournal { .. } => [Failure::NoJournal(WriteError::System(full()))],
        Failure::Kept { .. } => [Failure::Kept(locked())],
        Failure::Lost { .. } => [Failure::Lost(WriteError::Unknown)],
        Failure::ClaudeDidNot { .. } => [Failure::ClaudeDidNot { why: not_found, instead: Some(WriteError::Split) }],
        Failure::NoLock { .. } => [Failure::NoLock(locked())],
        Failure::NoRefreshToken => [Failure::NoRefreshToken],
        Failure::NotAToken => [Failure::NotAToken],
        Failure::Stopped => [Failure::Stopped],
        Failure::GoesToSleep => [Failure::GoesToSleep],
        Failure::Waiting(_) => [Failure::Waiting(Box::new(failed_before(waiting, true)))],
    );
    failures.extend(networks().into_iter().skip(1).map(Failure::Offline));
    failures.extend(writes().into_iter().map(Failure::NotWritable));
    let answers = every!(
        AnswerFault::NotJson => [AnswerFault::NotJson],
        AnswerFault::TooLong => [AnswerFault::TooLong],
        AnswerFault::NoToken => [AnswerFault::NoToken],
        AnswerFault::OtherKind => [AnswerFault::OtherKind],
    );
    failures.extend(answers.into_iter().skip(1).map(|what| Failure::BadAnswer { status: 200, what }));
    let asked = every!(
        ClaudeError::NothingChanged => [ClaudeError::NothingChanged],
        ClaudeError::NotFound => [ClaudeError::NotFound],
        ClaudeError::TimedOut(_) => [ClaudeError::TimedOut(60)],
        ClaudeError::NotRun(_) => [ClaudeError::NotRun(text("Permission denied"))],
    );
    failures.extend(asked.into_iter().map(|why| Failure::ClaudeDidNot { why, instead: None }));
    failures
}

pub(super) fn of_a_refresh(page: &mut Page) {
    let mut failures = refresh_failures();
    page.sentences("a refresh that failed", &failures, |failure| refresh::failure(failure, &now()));
    failures.retain(Failure::is_remembered);
    for failure in &failures {
        assert_eq!(kept_code(failure), refresh::failure(failure, &now()).code);
    }
    failures.truncate(18);
    let before = |failure: &Failure| refresh::remembered(&failed_before(failure.clone(), false), &now());
    page.sentences("a refresh that failed before", &failures, before);

    let remarks = every!(
        Remark::Busy(_) => [Remark::Busy(None), Remark::Busy(Some(text("/claude/.oauth_refresh.lock")))],
        Remark::ReadOnly => [Remark::ReadOnly],
        Remark::JournalLeft => [Remark::JournalLeft],
        Remark::EndAssumed => [Remark::EndAssumed],
        Remark::ClaudeRenewsLate => [Remark::ClaudeRenewsLate],
        Remark::Crashed => [Remark::Crashed],
        Remark::Concern(_) | Remark::Failed(_) => [Remark::Concern(Concern::NoSignIn)],
    );
    page.sentences("remarks on a refresh", &remarks, |remark| refresh::remark(remark, &now()));
}
