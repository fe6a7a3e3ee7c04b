//! The doctor's checks of syncing: the GitHub token, the targets, who holds the refresh token, the one-year token.

use super::check::{Examined, Found, Verdict, acts, found};
use crate::domain::credential::{ALERTS, Tokens};
use crate::domain::order::sorted;
use crate::domain::sync::{Standing, TargetState, standing};
use crate::words::sentence::named;
use crate::words::{Sentence, ci_token as ci_words, rotate, sync as sync_words, sync_failure, targets as words};

pub(super) fn token(Examined { sync, token, settings, now, .. }: &Examined<'_>) -> Found {
    let (host, pace) = (settings.github.host(), sync.pace.get(&settings.github.api_url));
    match token {
        None => found!(Skip => "no target is at GitHub"),
        Some(Err(failure)) => Verdict::Fail.said(sync_failure::failure_at(failure, &settings.github, now)),
        Some(Ok((_, passed_over))) if !passed_over.is_empty() => {
            let said = passed_over.iter().map(|source| (source.to_string(), sync_failure::passed_over(source)));
            let said: Vec<(String, Sentence)> = said.collect();
            let detail = said.iter().map(|(_, said)| said.message.as_str()).collect::<Vec<_>>().join("; ");
            Verdict::Warn.with(detail, acts(said.into_iter().map(|(source, said)| (source, said.action))))
        }
        Some(Ok((source, _))) => {
            let end = pace.and_then(|pace| pace.token_expires);
            let ends = end.map(|end| format!("; {}", sync_words::token_ends(end, now))).unwrap_or_default();
            if end.is_some_and(|end| end <= now.timestamp()) {
                found!(Fail => "a token for {host} from {source}{ends}",
                    "log in again: run \"gh auth login\" or \"wick github login\"")
            } else {
                found!(Pass => "a token for {host} from {source}{ends}")
            }
        }
    }
}

pub(super) fn targets(examined: &Examined<'_>) -> Found {
    let Examined { sync, settings, now, .. } = examined;
    let known = standing::targets(settings, sync, examined.credential().map(Tokens::from));
    let Some(worst) = known.iter().max_by_key(|target| target.state) else {
        return Verdict::Skip.alone(words::none(settings));
    };
    let lines: Vec<String> =
        known.iter().map(|target| format!("{}: {}", target.target, words::state(target, now))).collect();
    let detail = named(&lines.iter().map(String::as_str).collect::<Vec<_>>(), 8, "; ");
    let cure = |target: &Standing<'_>| {
        let act = target.cause.as_ref().map(|cause| sync_words::cause(cause, target.target, now).action);
        (target.target.to_string(), act.unwrap_or_else(|| "run \"wick sync\"".to_owned()))
    };
    let wrong = known.iter().filter(|target| target.state != TargetState::InSync);
    let wrong = sorted(wrong, |one, other| other.state.cmp(&one.state));
    let verdict = match worst.state {
        TargetState::InSync => Verdict::Pass,
        TargetState::Failed => Verdict::Fail,
        _ => Verdict::Warn,
    };
    verdict.with(detail, acts(wrong.into_iter().map(cure)))
}

pub(super) fn ci_token(Examined { sync, settings, now, .. }: &Examined<'_>) -> Found {
    let profile = settings.profile.as_str();
    if sync.unsettled_ci_tokens.contains(profile) {
        return Verdict::Fail.said(rotate::unsettled(&settings.profile, sync.rotations.contains_key(profile)));
    }
    let Some(memory) = sync.ci_tokens.get(profile) else {
        let verdict = if settings.needs_the_ci_token() { Verdict::Fail } else { Verdict::Skip };
        return verdict.said(ci_words::none());
    };
    let clock = ci_words::clock(memory, now);
    if let Some(check) = memory.failed_check.filter(|check| check.why.is_of_the_token()) {
        return Verdict::Fail.with(clock, Some(ci_words::not_proven(&check.why.into()).action));
    }
    if memory.is_dated_ahead(now.timestamp()) {
        return Verdict::Warn.with(clock, Some(ci_words::set_the_clock()));
    }
    let cure = Some(ci_words::none().action);
    match memory.end().time_left(now.timestamp()) {
        left if !left.is_positive() => Verdict::Fail.with(clock, cure),
        left if left <= ALERTS[0] => Verdict::Warn.with(clock, cure),
        _ => Verdict::Pass.alone(clock),
    }
}

pub(super) fn holders(examined: &Examined<'_>) -> Found {
    let holders = examined.sync.holders(examined.settings);
    let detail = words::holders(&holders);
    if !holders.is_empty() {
        return found!(Warn => "{detail}",
            "if a job refreshes too, give it a sign-in of its own; or set share_refresh_token to false, and delete the \
             secret there");
    }
    match examined.credential().and_then(|credential| credential.refresh_token.as_ref()) {
        Some(_) => Verdict::Pass.alone(detail),
        None => found!(Skip => "no refresh token is stored"),
    }
}
