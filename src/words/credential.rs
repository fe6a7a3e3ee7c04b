//! Words about the sign-in: where it is, what is wrong or doubtful about it, and whose it is.

use super::sentence::{SIGN_IN, Sentence};
use crate::domain::credential::{Concern, Credential, Doubt, Location, Malformed, Problem, ProgramError, SourceKind};
use crate::domain::time::short;

const TRY_AGAIN: &str = "choose Try again in Wick's menu, and look for a prompt behind other windows";

/// What is wrong or doubtful about what was read.
pub fn concern(concern: &Concern) -> Sentence {
    match concern {
        Concern::Problem(problem, location) => self::problem(problem, location),
        Concern::SignedOut { login_ended } => signed_out(login_ended.as_deref()),
        Concern::NoSignIn => no_sign_in(),
        Concern::Doubt(doubt) => self::doubt(doubt),
        Concern::NoScopes => no_scopes(),
        Concern::LoginExpired => sign_in_ended(),
        Concern::NoRefreshToken => no_refresh_token(),
    }
}

/// Why the credential could not be read.
pub fn problem(problem: &Problem, location: &Location) -> Sentence {
    let place = &location.place;
    let what = match location.kind {
        SourceKind::File => format!("the file {place}"),
        SourceKind::Keychain => format!("the keychain item \"{place}\""),
    };
    match problem {
        Problem::FolderAbsent => Sentence::new(
            "folder_not_found",
            format!(
                "Claude Code's folder is not there, or is no folder: {}",
                place.rsplit_once('/').map_or("", |(folder, _)| folder)
            ),
            format!("{SIGN_IN}; or set credential.config_dir to what CLAUDE_CONFIG_DIR is"),
        ),
        Problem::Absent => Sentence::new("not_found", format!("no sign-in found: {what} is not there"), SIGN_IN),
        Problem::PermissionDenied => Sentence::new(
            "permission_denied",
            format!("the system does not let you read {what}"),
            format!("make it yours again: chmod 600 '{place}', and check who owns it"),
        ),
        Problem::NotAFile => {
            Sentence::new("not_a_file", format!("{place} is no regular file"), format!("move it away, then {SIGN_IN}"))
        }
        Problem::TooLarge { bytes } => Sentence::new(
            "too_large",
            format!("{what} has {bytes} bytes, more than any sign-in"),
            format!("move it away, then {SIGN_IN}"),
        ),
        Problem::Malformed(malformed) => self::malformed(malformed, &what),
        Problem::KeychainLocked => {
            Sentence::new("keychain_locked", "the keychain is locked", format!("unlock it, then {TRY_AGAIN}"))
        }
        Problem::KeychainDenied => Sentence::new("keychain_denied", format!("reading {what} was refused"), TRY_AGAIN),
        Problem::KeychainTimedOut { after } => Sentence::new(
            "keychain_timed_out",
            format!("the keychain did not answer within {} s", after.as_secs()),
            TRY_AGAIN,
        ),
        Problem::NoKeychain => {
            read_failed(&what, "this system has no keychain; set source = \"file\" under [credential]")
        }
        Problem::Program(error) => read_failed(&what, &program(error)),
        Problem::Failed { detail } => read_failed(&what, detail),
    }
}

fn read_failed(what: &str, why: &str) -> Sentence {
    Sentence::new(
        "read_failed",
        format!("{what} could not be read: {why}"),
        "mend that, or set credential.source and credential.config_dir to where the sign-in is",
    )
}

/// Why the keychain's program gave no answer.
pub fn program(error: &ProgramError) -> String {
    match error {
        ProgramError::NotRun(detail) => format!("security could not be run: {detail}"),
        ProgramError::Flooded => "security wrote more than any item holds".to_owned(),
        ProgramError::Code(code) => format!("security ended with code {code}"),
        ProgramError::Signal(signal) => format!("security was ended by signal {signal}"),
        ProgramError::Unexpected => "security did not say what is documented of it".to_owned(),
    }
}

/// The access token has ended, and nothing is stored to refresh it with.
pub fn no_refresh_token() -> Sentence {
    Sentence::new("no_refresh_token", "no refresh token is stored, so this access token cannot be refreshed", SIGN_IN)
}

fn malformed(malformed: &Malformed, what: &str) -> Sentence {
    let again = format!("Wick leaves it as it is; {SIGN_IN} again, which writes it anew");
    match malformed {
        Malformed::Empty => Sentence::new("empty", format!("{what} is empty"), again),
        Malformed::NotText => Sentence::new("not_text", format!("{what} is not text"), again),
        Malformed::NotJson { line, column } => {
            Sentence::new("not_json", format!("{what} breaks off or is not JSON (line {line}, column {column})"), again)
        }
        Malformed::WrongType { member, expected } => Sentence::new(
            "wrong_type",
            format!("{what} is not as Claude Code writes it: {member} is not {expected}"),
            again,
        ),
    }
}

/// Claude Code left its marker for an ended sign-in.
pub fn signed_out(login_ended: Option<&str>) -> Sentence {
    let message = match login_ended {
        Some("time_limit") => "signed out: the sign-in reached its time limit",
        _ => "signed out",
    };
    Sentence::new("signed_out", message, SIGN_IN)
}

/// The place holds other programs' things only.
pub fn no_sign_in() -> Sentence {
    Sentence::new("no_sign_in", "nobody is signed in to Claude here: only other services' sign-ins are stored", SIGN_IN)
}

/// Both clocks have ended.
pub fn sign_in_ended() -> Sentence {
    Sentence::new("sign_in_ended", "the sign-in has ended: it can no longer be refreshed", SIGN_IN)
}

/// Claude Code ignores a credential without scopes.
pub fn no_scopes() -> Sentence {
    Sentence::new("no_scopes", "no scopes are stored: Claude Code takes this for not logged in", SIGN_IN)
}

/// Why a clock is not to be believed.
pub fn doubt(doubt: &Doubt) -> Sentence {
    match doubt {
        Doubt::InSeconds => Sentence::new(
            "expiry_in_seconds",
            "the stored end is in seconds; Claude Code expects milliseconds, and sees a token long expired",
            format!("find out which program wrote it; {SIGN_IN} again"),
        ),
        Doubt::FarAhead => Sentence::new(
            "expiry_far_ahead",
            "the stored end lies further ahead than any token lives",
            "do not rely on the time shown; find out which program wrote it",
        ),
        Doubt::ClockBehind { by } => Sentence::new(
            "clock_behind",
            format!("this computer's clock is behind by at least {}: the time left is shorter than shown", short(*by)),
            "set the clock",
        ),
        Doubt::ClockWentBack { by } => Sentence::new(
            "clock_went_back",
            format!("this computer's clock went back by {}: if it was right before, less time is left", short(*by)),
            "check the clock",
        ),
    }
}

/// The account as far as the credential tells: `Claude Max 20x, account 1a2b3c4d`.
pub fn account(credential: &Credential) -> Option<String> {
    let plan = credential.subscription_type.as_deref().map(|plan| {
        let mut letters = plan.chars();
        let first = letters.next().map(|first| first.to_uppercase().collect::<String>()).unwrap_or_default();
        let size = credential.rate_limit_tier.as_deref().and_then(|tier| tier.rsplit('_').next());
        let size = size.filter(|size| size.ends_with('x') && size.starts_with(|first: char| first.is_ascii_digit()));
        let size = size.map(|size| format!(" {size}")).unwrap_or_default();
        format!("Claude {first}{}{size}", letters.as_str())
    });
    let id = credential.account_uuid.as_deref().map(|id| format!("account {}", id.chars().take(8).collect::<String>()));
    let parts: Vec<String> = plan.into_iter().chain(id).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// The source as a person reads it, with `~` for the home folder.
pub fn source(location: &Location, home: &str) -> String {
    match location.kind {
        SourceKind::Keychain => format!("keychain item \"{}\"", location.place),
        SourceKind::File => match location.place.strip_prefix(home) {
            Some(rest) if rest.starts_with('/') => format!("~{rest}"),
            _ => location.place.clone(),
        },
    }
}
