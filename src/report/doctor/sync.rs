//! The doctor's checks of syncing: the GitHub token, the targets, who holds the refresh token.

use jiff::ZonedDateTime;

use super::check::{Check, SyncFacts, Verdict, check, said};
use crate::domain::credential::{Tokens, ci_token};
use crate::domain::facts::Facts;
use crate::domain::settings::Settings;
use crate::domain::sync::TargetState;
use crate::domain::sync::standing;
use crate::words::{ci_token as ci_words, doctor as words, sync as sync_words, sync_failure, targets as target_words};

pub(super) fn checks(facts: &Facts, sync: &SyncFacts, settings: &Settings, now: &ZonedDateTime) -> [Check; 4] {
    [
        token(sync, settings, now),
        targets(facts, sync, settings, now),
        holders(facts, sync, settings),
        ci_token(sync, settings, now),
    ]
}

fn token(sync: &SyncFacts, settings: &Settings, now: &ZonedDateTime) -> Check {
    let host = settings.github.host();
    match &sync.token {
        None => check("github", Verdict::Skip, words::no_github_needed()),
        Some(Ok(source)) => {
            let pace = sync.memory.pace.get(&settings.github.api_url);
            let ends = pace.and_then(|pace| pace.token_expires);
            let ended = ends.is_some_and(|end| end <= now.timestamp());
            let verdict = if ended { Verdict::Fail } else { Verdict::Pass };
            let ends = ends.map(|end| sync_words::token_ends(end, now));
            check("github", verdict, words::github_token(host, &source.to_string(), ends, ended))
        }
        Some(Err(failure)) => {
            check("github", Verdict::Fail, said(sync_failure::failure_at(failure, &settings.github, now)))
        }
    }
}

fn targets(facts: &Facts, sync: &SyncFacts, settings: &Settings, now: &ZonedDateTime) -> Check {
    let statuses = standing::targets(settings, &sync.memory, facts.reading.credential().map(Tokens::from));
    let Some(worst) = statuses.iter().max_by_key(|status| status.state) else {
        return check("targets", Verdict::Skip, words::no_targets(target_words::none(settings)));
    };
    let detail: Vec<String> =
        statuses.iter().map(|status| format!("{}: {}", status.target, target_words::state(status, now))).collect();
    let action = worst.cause.as_ref().map(|cause| sync_words::cause(cause, worst.target, now).action);
    let verdict = match worst.state {
        TargetState::InSync => Verdict::Pass,
        TargetState::Failed => Verdict::Fail,
        _ => Verdict::Warn,
    };
    check("targets", verdict, words::targets(&detail, action, worst.state == TargetState::InSync))
}

fn ci_token(sync: &SyncFacts, settings: &Settings, now: &ZonedDateTime) -> Check {
    let Some(memory) = sync.memory.ci_tokens.get(settings.profile.as_str()) else {
        let verdict = if settings.needs_the_ci_token() { Verdict::Fail } else { Verdict::Skip };
        return check("ci_token", verdict, said(ci_words::none()));
    };
    let left = memory.end().time_left(now.timestamp());
    let verdict = match left {
        left if !left.is_positive() => Verdict::Fail,
        left if left <= ci_token::ALERTS[0] => Verdict::Warn,
        _ => Verdict::Pass,
    };
    let action = (verdict != Verdict::Pass).then(|| ci_words::none().action);
    check("ci_token", verdict, (ci_words::clock(memory, now), action))
}

fn holders(facts: &Facts, sync: &SyncFacts, settings: &Settings) -> Check {
    let holders = sync.memory.holders(settings);
    let stored = facts.reading.credential().and_then(|credential| credential.refresh_token.as_ref());
    if stored.is_none() && holders.is_empty() {
        return check("refresh_token", Verdict::Skip, words::no_refresh_token());
    }
    let verdict = if holders.is_empty() { Verdict::Pass } else { Verdict::Warn };
    check("refresh_token", verdict, words::holders(&holders))
}
