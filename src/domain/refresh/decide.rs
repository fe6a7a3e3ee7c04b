//! The rules of refreshing: when it is due, whether a token may be spent, what a failure means, when to try again.
//!
//! A refresh token works once, so "may it be spent" is asked twice: before the locks are taken, and under them.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::failure::{Class, Failure, FailureMemory, RefreshMemory};
use super::write_error::WriteError;
use crate::domain::credential::{Contents, Credential, Problem, Reading};
use crate::domain::settings::{RefreshMode, RefreshSettings};

/// Claude Code refreshes in its last five minutes, to the millisecond; half a minute later there is no doubt about it.
const CLAUDE_RENEWS: SignedDuration = SignedDuration::from_secs(4 * 60 + 30);

/// Why a refresh is tried; a later one may do all that an earlier one may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trigger {
    /// Only to bring to its end what an earlier run left.
    Finish,
    /// The end is near, and the user has switched this on.
    Automatic,
    /// The same, with the network back: our own wait after a failure is over.
    NetworkBack,
    /// `wick refresh`: someone asks, and means "if it is due".
    Asked,
    /// `Refresh now`: whether or not it is due.
    Clicked,
    /// `wick refresh --force`: also while the server asked to wait.
    Forced,
}

impl Trigger {
    /// Whether nobody has asked.
    pub fn is_by_itself(self) -> bool {
        matches!(self, Self::Automatic | Self::NetworkBack)
    }
}

/// What became of a refresh, in a word for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A new token is stored.
    Refreshed,
    /// It is not due, and nobody insists.
    StillFresh,
    /// Someone else was first; theirs is adopted.
    AlreadyRefreshed,
    /// Someone else is at it and did not end in time.
    Busy,
    /// It did not work.
    Failed,
    /// The settings forbid it.
    NotAllowed,
    /// Nobody is signed in.
    SignedOut,
    /// There is no credential.
    NotFound,
    /// What is there is not known.
    Unreadable,
}

impl Outcome {
    /// What a reading without a credential comes to; `None` where there is one.
    pub fn without_credential(reading: &Reading) -> Option<Self> {
        match &reading.outcome {
            Ok(Contents::SignedIn(_)) => None,
            Ok(Contents::SignedOut(_) | Contents::NoSignIn { .. }) => Some(Self::SignedOut),
            Err(Problem::Absent | Problem::FolderAbsent) => Some(Self::NotFound),
            Err(_) => Some(Self::Unreadable),
        }
    }

    /// Whether the stored token is as good as it should be.
    pub fn is_good(self) -> bool {
        matches!(self, Self::Refreshed | Self::StillFresh | Self::AlreadyRefreshed)
    }
}

/// How an attempt ends without a token that was spent and stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// With nothing to do, for this reason.
    With(Outcome),
    /// Because it cannot or must not go on.
    Failed(Failure),
    /// Claude Code itself is to refresh; why, where the settings name Wick.
    ByClaude(Option<WriteError>),
}

impl From<Failure> for End {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// Decides whether Wick may spend the token of `credential`. `before` is what was read before the locks were taken.
pub fn decide(
    credential: &Credential,
    before: Option<&Credential>,
    trigger: Trigger,
    settings: &RefreshSettings,
    memory: &RefreshMemory,
    now: Timestamp,
) -> Result<(), End> {
    if trigger.is_by_itself() && !settings.automatic {
        // Edited since it was begun.
        return Err(End::With(Outcome::StillFresh));
    }
    let due = is_due(credential, settings, now);
    if before.is_some_and(|before| before.access_token != credential.access_token) && !due {
        return Err(End::With(Outcome::AlreadyRefreshed));
    }
    if trigger <= Trigger::Asked && !due || trigger == Trigger::Finish {
        return Err(End::With(Outcome::StillFresh));
    }
    if credential.refresh_token.is_none() {
        return Err(Failure::NoRefreshToken.into());
    }
    if !credential.can_be_refreshed() {
        return Err(Failure::NotAToken.into());
    }
    match memory.standing(credential, settings) {
        Some(failure) if stands_in_the_way(failure, credential, trigger, now) => {
            Err(Failure::Waiting(Box::new(failure.clone())).into())
        }
        _ if settings.mode == RefreshMode::Claude => Err(End::ByClaude(None)),
        _ => Ok(()),
    }
}

fn stands_in_the_way(failure: &FailureMemory, credential: &Credential, trigger: Trigger, now: Timestamp) -> bool {
    let lives = credential.lives(now);
    let waits = failure.waits(now);
    match failure.class() {
        Class::Terminal => true,
        _ if trigger == Trigger::Automatic => waits,
        // A second use of a spent token may end the whole sign-in, and with it an access token that still lives.
        Class::Unknown => trigger <= Trigger::Asked && lives,
        Class::Transient => failure.server_asked && trigger < Trigger::Forced && waits,
    }
}

/// The moment from which on a refresh is due; `None` where no end is stored.
pub fn due_at(credential: &Credential, settings: &RefreshSettings) -> Option<Timestamp> {
    let before = match settings.mode {
        RefreshMode::Claude => settings.before.min(CLAUDE_RENEWS),
        RefreshMode::Direct | RefreshMode::Never => settings.before,
    };
    // A moment that no calendar has lies before or after all others.
    let end = credential.expires_at?;
    let end = end.timestamp().unwrap_or(if end.0 < 0 { Timestamp::MIN } else { Timestamp::MAX });
    Some(end.saturating_sub(before).unwrap_or(end))
}

/// Whether that moment has come.
pub fn is_due(credential: &Credential, settings: &RefreshSettings, now: Timestamp) -> bool {
    due_at(credential, settings).is_some_and(|due| due <= now)
}

/// When Wick refreshes by itself; `None` where it does not. `failure` is the one that stands in the way.
pub fn next_automatic(
    credential: &Credential,
    settings: &RefreshSettings,
    failure: Option<&FailureMemory>,
    now: Timestamp,
) -> Option<Timestamp> {
    if !settings.automatic || settings.mode == RefreshMode::Never {
        return None;
    }
    if !credential.can_be_refreshed() || credential.login_has_ended(now) {
        return None;
    }
    let due = due_at(credential, settings)?;
    match failure {
        Some(failure) if failure.class() == Class::Terminal => None,
        // One more was tried after the access token's end, and brought nothing: now it takes a person.
        Some(failure) if failure.class() == Class::Unknown && failure.failures > 1 && !failure.waits(now) => {
            credential.expires_at.is_some_and(|end| end.time_left(failure.at).is_positive()).then_some(due)
        }
        Some(failure) if failure.waits(now) => Some(due.max(failure.retry_at)),
        _ => Some(due),
    }
}

/// Whether a sync that someone asks for refreshes first: what is sent should last for a while.
pub fn wants_a_refresh(credential: &Credential, settings: &RefreshSettings, now: Timestamp) -> bool {
    is_due(credential, settings, now) && credential.can_be_refreshed() && settings.mode != RefreshMode::Never
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::network::NetworkError;

    const MINUTE: i64 = 60;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).expect("a moment of this century")
    }

    fn credential(token: &str, ends: i64) -> Credential {
        let end = at(ends).as_millisecond();
        let text =
            format!(r#"{{"claudeAiOauth":{{"accessToken":"a-{token}","refreshToken":"{token}","expiresAt":{end}}}}}"#);
        match Contents::parse(text.as_bytes()) {
            Ok(Contents::SignedIn(credential)) => *credential,
            other => panic!("not signed in: {other:?}"),
        }
    }

    fn remembering(failure: &Failure, credential: &Credential) -> RefreshMemory {
        let mut memory = RefreshMemory::default();
        memory.note(failure, credential, &RefreshSettings::default(), at(0));
        memory
    }

    fn decided(trigger: Trigger, credential: &Credential, memory: &RefreshMemory, now: i64) -> Result<(), End> {
        let settings = RefreshSettings { automatic: true, ..RefreshSettings::default() };
        decide(credential, None, trigger, &settings, memory, at(now))
    }

    #[test]
    fn it_is_due_from_before_the_end_on_unless_someone_insists() {
        let (credential, memory) = (credential("r", 60 * MINUTE), RefreshMemory::default());
        let check = |trigger, now, expected| assert_eq!(decided(trigger, &credential, &memory, now), expected);
        let fresh = Err(End::With(Outcome::StillFresh));
        check(Trigger::Asked, 50 * MINUTE - 1, fresh.clone());
        check(Trigger::Asked, 50 * MINUTE, Ok(()));
        check(Trigger::Automatic, 50 * MINUTE - 1, fresh.clone());
        check(Trigger::Automatic, 90 * MINUTE, Ok(()));
        check(Trigger::Clicked, 0, Ok(()));
        check(Trigger::Forced, 0, Ok(()));
        check(Trigger::Finish, 90 * MINUTE, fresh);
    }

    #[test]
    fn someone_elses_fresh_token_is_adopted_even_by_force() {
        let (old, new) = (credential("r", -5), credential("s", 60 * MINUTE));
        let settings = RefreshSettings::default();
        let decision = decide(&new, Some(&old), Trigger::Forced, &settings, &RefreshMemory::default(), at(0));
        assert_eq!(decision, Err(End::With(Outcome::AlreadyRefreshed)));
        let expired = credential("s", 0);
        let decision = decide(&expired, Some(&old), Trigger::Asked, &settings, &RefreshMemory::default(), at(0));
        assert_eq!(decision, Ok(()));
    }

    #[test]
    fn a_dead_token_is_never_spent_again_and_a_new_one_is() {
        let memory = remembering(&Failure::InvalidGrant { spent_before: false }, &credential("r", 0));
        for trigger in [Trigger::Automatic, Trigger::Asked, Trigger::Clicked, Trigger::Forced] {
            let decision = decided(trigger, &credential("r", 0), &memory, 400 * 86_400);
            assert!(matches!(decision, Err(End::Failed(Failure::Waiting(_)))), "{trigger:?}");
            assert_eq!(decided(trigger, &credential("s", 0), &memory, 1), Ok(()));
        }
    }

    #[test]
    fn a_click_passes_our_own_wait_and_not_the_servers() {
        let credential = credential("r", 0);
        let check = |failure: &Failure, now: i64, spending: &[Trigger]| {
            let memory = remembering(failure, &credential);
            for trigger in [Trigger::Automatic, Trigger::Asked, Trigger::Clicked, Trigger::Forced] {
                let spends = decided(trigger, &credential, &memory, now) == Ok(());
                assert_eq!(spends, spending.contains(&trigger), "{trigger:?} after {failure:?}");
            }
        };
        let asking = |seconds| Failure::RateLimited(Some(SignedDuration::from_secs(seconds)));
        check(&Failure::Offline(NetworkError::Unknown), 1, &[Trigger::Asked, Trigger::Clicked, Trigger::Forced]);
        check(&asking(600), 1, &[Trigger::Forced]);
        check(&asking(600), 600, &[Trigger::Automatic, Trigger::Asked, Trigger::Clicked, Trigger::Forced]);
    }

    #[test]
    fn what_may_be_spent_waits_for_the_access_tokens_end() {
        let credential = credential("r", 5 * MINUTE);
        let memory = remembering(&Failure::NoAnswer(NetworkError::Unknown), &credential);
        let automatic = RefreshSettings { automatic: true, ..RefreshSettings::default() };
        assert_eq!(next_automatic(&credential, &automatic, memory.failure.as_ref(), at(1)), Some(at(5 * MINUTE)));
        let refused = |decision| matches!(decision, Err(End::Failed(Failure::Waiting(_))));
        assert!(refused(decided(Trigger::Asked, &credential, &memory, 1)), "a script asks, not a person");
        assert_eq!(decided(Trigger::Clicked, &credential, &memory, 1), Ok(()));
        assert_eq!(decided(Trigger::Asked, &credential, &memory, 5 * MINUTE), Ok(()));
    }

    #[test]
    fn what_may_be_spent_stays_so_whatever_fails_after_it_and_is_tried_once_by_itself() {
        let credential = credential("r", 5 * MINUTE);
        let settings = RefreshSettings { automatic: true, ..RefreshSettings::default() };
        let mut memory = remembering(&Failure::NoAnswer(NetworkError::Unknown), &credential);
        memory.note(&Failure::Offline(NetworkError::Unknown), &credential, &settings, at(MINUTE));
        let failure = memory.failure.clone().expect("noted");
        assert_eq!((failure.class(), &failure.failure), (Class::Unknown, &Failure::NoAnswer(NetworkError::Unknown)));
        assert_eq!(next_automatic(&credential, &settings, memory.failure.as_ref(), at(MINUTE)), Some(at(5 * MINUTE)));
        memory.note(&Failure::NoAnswer(NetworkError::Unknown), &credential, &settings, at(6 * MINUTE));
        assert_eq!(next_automatic(&credential, &settings, memory.failure.as_ref(), at(600 * MINUTE)), None);
    }

    #[test]
    fn nothing_is_refreshed_by_itself_once_the_sign_in_has_expired() {
        let settings = RefreshSettings { automatic: true, ..RefreshSettings::default() };
        let credential = Credential { login_expires_at: Some(at(MINUTE).into()), ..credential("r", 60 * MINUTE) };
        assert!(next_automatic(&credential, &settings, None, at(MINUTE - 1)).is_some());
        assert_eq!(next_automatic(&credential, &settings, None, at(MINUTE)), None);
    }

    #[test]
    fn a_wait_that_a_wrong_clock_has_set_is_not_waited_for() {
        let credential = credential("r", 0);
        let mut memory = RefreshMemory::default();
        let settings = RefreshSettings { automatic: true, ..RefreshSettings::default() };
        memory.note(&Failure::Offline(NetworkError::Unknown), &credential, &settings, at(4 * 365 * 86_400));
        assert_eq!(decided(Trigger::Automatic, &credential, &memory, 60), Ok(()));
        assert!(
            next_automatic(&credential, &settings, memory.failure.as_ref(), at(60)).is_some_and(|due| due <= at(60))
        );
    }

    #[test]
    fn an_edit_of_the_settings_since_it_was_begun_counts() {
        let (credential, memory) = (credential("r", 0), RefreshMemory::default());
        let decision = |settings: &RefreshSettings, memory: &RefreshMemory| {
            decide(&credential, None, Trigger::Automatic, settings, memory, at(0))
        };
        let fresh = Err(End::With(Outcome::StillFresh));
        assert_eq!(decision(&RefreshSettings::default(), &memory), fresh, "switched off");
    }

    #[test]
    fn what_is_claude_codes_to_refresh_is_not_spent() {
        let settings = RefreshSettings { mode: RefreshMode::Claude, ..RefreshSettings::default() };
        let decided =
            |ends| decide(&credential("r", ends), None, Trigger::Asked, &settings, &RefreshMemory::default(), at(0));
        assert_eq!(decided(0), Err(End::ByClaude(None)));
        assert_eq!(decided(60 * MINUTE), Err(End::With(Outcome::StillFresh)));
    }

    #[test]
    fn claude_code_is_asked_no_earlier_than_it_refreshes() {
        let credential = credential("r", 60 * MINUTE);
        let due = |mode| due_at(&credential, &RefreshSettings { mode, ..RefreshSettings::default() });
        assert_eq!(due(RefreshMode::Direct), Some(at(50 * MINUTE)));
        assert_eq!(due(RefreshMode::Claude), Some(at(55 * MINUTE + 30)));
    }
}
