//! What Wick says, asked of its own words: tests judge what came of something, and the English is read in one snapshot,
//! beside its causes (`tests/it/words.rs`).

use jiff::Timestamp;
use jiff::tz::TimeZone;
use wick::domain::refresh::Remark;
use wick::domain::settings::{Place, ProfileName, Target};
use wick::domain::sync::{Approval, Cause, Failure, Obstacle, Report, Standing, TargetReport, TargetState};
use wick::words::Sentence;
use wick::words::menu::{ACCESS_TOKEN, LOGIN};
use wick::words::notices;

/// The beginning of the access token's line, and the summary of its warnings.
pub fn access(left: &str) -> String {
    notices::left(ACCESS_TOKEN, left)
}

/// The beginning of the sign-in's line.
pub fn login() -> String {
    format!("{LOGIN}: {}", wick::words::moment::ENDS_BETWEEN)
}

pub fn access_expired() -> String {
    notices::expired(ACCESS_TOKEN)
}

pub fn login_expired() -> String {
    notices::expired(LOGIN)
}

pub fn refreshed() -> String {
    wick::words::refresh::done_notice("").0
}

pub fn refresh_failed() -> String {
    wick::words::refresh::failed_notice(&Sentence::new("", "", ""), None).0
}

/// What there is to say of a refresh, where that names no time.
pub fn remark(remark: &Remark) -> Sentence {
    wick::words::refresh::remark(remark, &Timestamp::UNIX_EPOCH.to_zoned_datetime(TimeZone::UTC))
}

fn summary_of_a_sync(report: &Report) -> String {
    wick::words::sync::notice(report, &Timestamp::UNIX_EPOCH.to_zoned_datetime(TimeZone::UTC)).0
}

pub fn nothing_synced() -> String {
    summary_of_a_sync(&Report::refused(Obstacle::Busy))
}

/// As far as the number of targets.
pub fn sync_failed() -> String {
    let target = Target {
        place: Place::parse("acme/api").expect("a repository"),
        secrets: None,
        profile: ProfileName::default(),
    };
    let failed = TargetReport::failed(target, Cause::Failed(Failure::Archived));
    let summary = summary_of_a_sync(&Report::of(vec![failed]));
    summary.split('1').next().unwrap_or_default().to_owned()
}

/// In the menu and in notifications.
pub fn sign_in() -> String {
    wick::words::sentence::capital(wick::words::sentence::SIGN_IN)
}

/// A target's line in the menu and in `wick status`.
pub fn target(name: &str, state: TargetState, cause: Option<Cause>) -> String {
    line(name, state, None, cause)
}

pub fn failed(name: &str, failure: Failure) -> String {
    target(name, TargetState::Failed, Some(Cause::Failed(failure)))
}

pub fn held(name: &str, approval: Approval) -> String {
    target(name, TargetState::Held, Some(Cause::Held(approval)))
}

/// All of it is there but the refresh token, which was never asked for.
pub fn not_shared(name: &str) -> String {
    target(name, TargetState::InSync, Some(Cause::Held(Approval::RefreshToken)))
}

/// The same so many minutes after all of it was there.
pub fn in_sync(name: &str, minutes: i64) -> String {
    line(name, TargetState::InSync, Some(Timestamp::UNIX_EPOCH - jiff::SignedDuration::from_mins(minutes)), None)
}

fn line(name: &str, state: TargetState, synced_at: Option<Timestamp>, cause: Option<Cause>) -> String {
    let command = || Place::Command { name: name.to_owned(), command: Vec::new() };
    let place = Place::parse(name).unwrap_or_else(command);
    let target = Target { place, secrets: None, profile: ProfileName::default() };
    let standing = Standing { target: &target, state, synced_at, cause };
    wick::words::targets::line(&standing, &Timestamp::UNIX_EPOCH.to_zoned_datetime(TimeZone::UTC))
}

/// The beginning of what a sync says while GitHub's limits hold it up; the time follows.
pub fn paused() -> String {
    let now = Timestamp::UNIX_EPOCH.to_zoned_datetime(TimeZone::UTC);
    wick::words::targets::paused(now.timestamp(), &now).replace("00:00", "")
}
