//! A notice in words, with the buttons that answer it.

use jiff::ZonedDateTime;

use super::buttons::{DIAGNOSE, NEW_CI_TOKEN, OPEN_SETTINGS, REFRESH, SIGN_IN, after_sync, possible, renewing, way_in};
use super::icon::headline;
use super::lines::at_the_end;
use super::menu_bar::menu_bar;
use crate::domain::alert::Clock;
use crate::domain::refresh::{Class, Outcome, Remark, Report};
use crate::domain::state::State;
use crate::domain::state::notice::Notice;
use crate::domain::sync::scrub::without_tokens;
use crate::ports::notifier::{Button, Notification, Subject};
use crate::words::{config, moment, notices, refresh, sync};

/// What is shown of a notice.
pub fn notification(notice: &Notice, state: &State, now: &ZonedDateTime) -> Notification {
    let possible = possible(state);
    let ((summary, body), buttons) = match notice {
        Notice::Alert(alert) => {
            let buttons = match alert.clock {
                Clock::Access if is_over(state, now) => vec![SIGN_IN],
                Clock::Access => renewing(possible),
                Clock::Login => vec![SIGN_IN],
                Clock::CiToken => vec![NEW_CI_TOKEN],
            };
            let then = at_the_end(state, now.timestamp());
            (notices::alert(alert, is_over(state, now), &then, now), buttons)
        }
        Notice::SignedOut(why) => (notices::signed_out_notice(why.as_deref()), vec![SIGN_IN]),
        Notice::Clocks => {
            let body = menu_bar(state, now).texts().join("\n");
            ((notices::clocks_summary(&headline(state, now)), body), way_in(possible))
        }
        Notice::RefreshEnded(report) => {
            let clock = moment::clock(report.access_end(), now);
            match (report.outcome, refresh::of_report(report, now)) {
                (Outcome::Refreshed, _) => (refresh::done_notice(&clock), Vec::new()),
                (outcome, Some(why)) if !outcome.is_good() => {
                    let next = state.next_try(now.timestamp()).map(|at| refresh::next_try(at, now));
                    (refresh::failed_notice(&why, next), vec![if is_over(state, now) { SIGN_IN } else { cure(report) }])
                }
                (_, why) => (refresh::nothing_to_do(&clock, why.as_ref()), Vec::new()),
            }
        }
        Notice::ReadOnly(config_error) => {
            let why = config_error.as_deref().map_or_else(|| refresh::remark(&Remark::ReadOnly, now), config::invalid);
            (refresh::failed_notice(&why, None), vec![OPEN_SETTINGS])
        }
        Notice::SyncEnded(report) => {
            let asks = report.asking_to_share().next().is_some();
            (sync::notice(report, now), after_sync((!report.is_good(), asks)))
        }
        Notice::ActionFailed(action, error) => (notices::action_failed(*action, error), Vec::new()),
    };
    let (summary, body) = (without_tokens(&summary), without_tokens(&body));
    let subject = (state.settings.profile.clone(), subject(notice));
    Notification { subject, summary, body, buttons, is_critical: notice.ends_the_sign_in() }
}

/// Whether the sign-in has expired: no refresh brings anything then.
fn is_over(state: &State, now: &ZonedDateTime) -> bool {
    state.credential().is_some_and(|found| found.login_has_ended(now.timestamp()))
}

/// What can be done about a refresh that did not work.
fn cure(report: &Report) -> Button {
    if report.failure().is_some_and(|failure| failure.class() == Class::Terminal) {
        SIGN_IN
    } else if report.outcome == Outcome::Failed {
        REFRESH
    } else {
        DIAGNOSE
    }
}

/// What it is about: the next one of the same takes its place.
fn subject(notice: &Notice) -> Subject {
    match notice {
        Notice::Alert(alert) => Subject::Alert(alert.clock),
        Notice::SignedOut(_) => Subject::SignedOut,
        Notice::Clocks => Subject::Clocks,
        Notice::RefreshEnded(_) | Notice::ReadOnly(_) => Subject::Refresh,
        Notice::SyncEnded(_) => Subject::Sync,
        Notice::ActionFailed(..) => Subject::Action,
    }
}
