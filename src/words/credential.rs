//! Words about the sign-in: where it is, what is wrong or doubtful about it, and whose it is.

use super::sentence::{SIGN_IN, Sentence, say};
use super::system::relative;
use crate::domain::credential::{
    Concern, Credential, Doubt, Location, Malformed, Misfit, Overruling, Problem, ProgramError, SourceKind, Unaccepted,
};
use crate::domain::settings::{Choice, Field, RefreshMode};
use crate::domain::text::quoted;
use crate::domain::time::short;

const TRY_AGAIN: &str = "run the command again, and look for a prompt behind other windows";
const CLICK: &str = "choose Try again, and look for a prompt behind other windows";

/// What is wrong or doubtful about what was read.
pub fn concern(concern: &Concern) -> Sentence {
    match concern {
        Concern::Problem(problem, location) => self::problem(problem, location),
        Concern::SignedOut(login_ended) => signed_out(login_ended.as_deref()),
        Concern::NoSignIn => {
            say!("no_sign_in" => "nobody is signed in to Claude here: what is stored holds no Claude sign-in",
                "{SIGN_IN}")
        }
        Concern::ByGateway => say!("gateway_sign_in" =>
            "your organization signs in to Claude through its gateway: no sign-in is stored here that Wick could keep fresh",
            "ask whoever runs the gateway for what CI is to use, or store a one-year token: wick ci-token set"),
        Concern::NotAToken(field) => not_a_token(*field),
        Concern::Doubt(doubt) => self::doubt(doubt),
        Concern::Unaccepted(why) => unaccepted(*why),
        Concern::LoginExpired => {
            say!("sign_in_ended" => "the sign-in has expired: it can no longer be refreshed", "{SIGN_IN}")
        }
        Concern::NoRefreshToken => say!("no_refresh_token" =>
            "no refresh token is stored, so this access token cannot be refreshed", "{SIGN_IN}"),
    }
}

/// What overrules the sign-in, the strongest first, and what to do about it; there is some.
pub fn overruled(by: &[Overruling]) -> (String, &'static str) {
    let now: Vec<_> = by.iter().filter(|of| !of.is_for_the_end()).collect();
    if now.is_empty() {
        let when = "when this sign-in ends, Claude Code switches to the \"ant\" sign-in and bills the API";
        return (when.to_owned(), "run \"ant auth logout\", unless that is what you want");
    }
    let place = |of: &Overruling| of.settings.as_deref().map_or(String::new(), |path| format!(" in {path}"));
    let names: Vec<_> = now.iter().map(|of| format!("{}{}", of.name, place(of))).collect();
    let cost = if now.iter().any(|of| of.is_billed()) { " and bills the API" } else { "" };
    let said = format!("Claude Code uses {} instead of this sign-in{cost}", names.join(", "));
    (said, "unset it, unless that is what you want")
}

/// What comes of the sign-in's end, or has come of it: of sessions, by what overrules it first, and of so many targets.
pub fn at_the_end(overruling: Option<&Overruling>, targets: usize, is_past: bool) -> String {
    let sessions = match overruling {
        None if is_past => "sessions have stopped".to_owned(),
        None => "sessions stop".to_owned(),
        Some(by) if by.is_for_the_end() => "sessions go on by the sign-in of \"ant\", billed to the API".to_owned(),
        Some(by) if by.is_billed() => format!("sessions go on by {}, billed to the API", by.name),
        Some(by) => format!("sessions go on by {}", by.name),
    };
    match targets {
        0 => sessions,
        1 if is_past => format!("{sessions}, and 1 target has lost its token"),
        many if is_past => format!("{sessions}, and {many} targets have lost their token"),
        1 => format!("{sessions}, and 1 target loses its token"),
        many => format!("{sessions}, and {many} targets lose their token"),
    }
}

/// What to do once the access token has expired.
pub fn renew(mode: RefreshMode) -> &'static str {
    match mode {
        RefreshMode::Never => "use Claude Code for a moment, which renews its token by itself",
        RefreshMode::Direct | RefreshMode::Claude => {
            "run \"wick refresh\", or use Claude Code for a moment, which renews its token by itself"
        }
    }
}

/// The same as a line.
pub fn next_step(mode: RefreshMode) -> String {
    format!("Next: {}", renew(mode))
}

/// Why the credential could not be read.
pub fn problem(problem: &Problem, location: &Location) -> Sentence {
    let place = &location.place;
    let what = match location.kind {
        SourceKind::File => format!("the file {place}"),
        SourceKind::Keychain => format!("the keychain item \"{place}\""),
    };
    let folder = place.rsplit_once('/').map_or("", |(folder, _)| folder);
    match problem {
        Problem::FolderAbsent => say!("folder_not_found" => "Claude Code isn't set up here (no folder {folder})",
            "{SIGN_IN}; or set credential.config_dir to what CLAUDE_CONFIG_DIR is"),
        Problem::RelativeFolder => {
            say!("relative_folder" => "{what}, so it would be another one in each working folder",
            "write the full path into CLAUDE_CONFIG_DIR where Wick is started", what = relative(folder, folder))
        }
        Problem::Absent => say!("not_found" => "no sign-in found: {what} is not there", "{SIGN_IN}"),
        Problem::PermissionDenied => say!("permission_denied" => "the system does not let you read {what}",
            "make it yours again: chmod 600 {word}, and check who owns it", word = quoted(place)),
        Problem::NotAFile => say!("not_a_file" => "{place} is not a regular file", "move it away, then {SIGN_IN}"),
        Problem::TooLarge { bytes } => {
            say!("too_large" => "{what} has {bytes} bytes, more than any sign-in", "move it away, then {SIGN_IN}")
        }
        Problem::Malformed(malformed) => self::malformed(malformed, &what),
        Problem::KeychainLocked => say!("keychain_locked" => "the keychain is locked", "unlock it, then {TRY_AGAIN}")
            .or_click(&format!("unlock it, then {CLICK}")),
        Problem::KeychainDenied => {
            say!("keychain_denied" => "reading {what} was refused", "{TRY_AGAIN}").or_click(CLICK)
        }
        Problem::Program(ProgramError::TimedOut(after)) => say!("keychain_timed_out" =>
            "the keychain did not answer within {seconds} s", "{TRY_AGAIN}", seconds = after.as_secs())
        .or_click(CLICK),
        Problem::Silent(after) => say!("read_timed_out" => "{what} did not answer within {seconds} s",
            "see that its disk or its service is there and answers, then try again", seconds = after.as_secs()),
        Problem::NoKeychain => say!("read_failed" => "{what} could not be read: this system has no keychain",
            "set source = \"file\" under [credential]"),
        Problem::Program(error) => read_failed(&what, &program(error)),
        Problem::Failed { detail } => read_failed(&what, detail),
    }
}

fn read_failed(what: &str, why: &str) -> Sentence {
    say!("read_failed" => "{what} could not be read: {why}",
        "run \"wick doctor\", or set credential.source and credential.config_dir to where the sign-in is")
}

/// Why the keychain's program gave no answer.
pub fn program(error: &ProgramError) -> String {
    match error {
        ProgramError::NotRun(detail) => format!("security could not be run: {detail}"),
        ProgramError::TimedOut(after) => format!("security did not finish within {} s", after.as_secs()),
        ProgramError::Flooded => "security wrote more than any item holds".to_owned(),
        ProgramError::InDarkWake => "macOS keeps the keychain closed until this computer is fully awake".to_owned(),
        ProgramError::Code(code) => format!("security exited with code {code}"),
        ProgramError::Signal(signal) => format!("security was stopped by signal {signal}"),
        ProgramError::Unexpected => "security did not answer as documented".to_owned(),
    }
}

fn malformed(malformed: &Malformed, what: &str) -> Sentence {
    let (code, message) = match malformed {
        Malformed::Empty => ("empty", format!("{what} is empty")),
        Malformed::NotText => ("not_text", format!("{what} is not text")),
        Malformed::NotJson { line, column } => {
            ("not_json", format!("{what} breaks off or is not JSON (line {line}, column {column})"))
        }
        Malformed::WrongType(misfit) => {
            ("wrong_type", format!("{what} is not as Claude Code writes it: {}", self::misfit(*misfit)))
        }
    };
    Sentence::new(code, message, format!("{SIGN_IN} again, which writes it anew; Wick leaves it as it is"))
}

fn misfit(misfit: Misfit) -> &'static str {
    match misfit {
        Misfit::Whole => "the whole is not a JSON object",
        Misfit::SignIn => "claudeAiOauth is not an object",
        Misfit::NoAccessToken => "accessToken is not there",
        Misfit::AccessToken => "accessToken is not a token",
    }
}

/// Claude Code left its marker for an ended sign-in.
pub fn signed_out(login_ended: Option<&str>) -> Sentence {
    let why = if login_ended == Some("time_limit") { ": the sign-in reached its time limit" } else { "" };
    say!("signed_out" => "signed out{why}", "{SIGN_IN}")
}

/// Why Claude Code counts as signed out, though all tokens are there.
fn unaccepted(why: Unaccepted) -> Sentence {
    match why {
        Unaccepted::ByteOrderMark => say!("byte_order_mark" =>
            "the sign-in begins with a byte order mark, so Claude Code counts as signed out",
            "find out which program wrote it; {SIGN_IN} again"),
        Unaccepted::NoScopes => {
            say!("no_scopes" => "no scopes are stored, so Claude Code counts as signed out", "{SIGN_IN}")
        }
        Unaccepted::NoInference => say!("no_inference_scope" =>
            "the stored scopes are no list with user:inference in it, so Claude Code counts as signed out", "{SIGN_IN}"),
    }
}

/// Why a clock is not to be believed.
fn doubt(doubt: &Doubt) -> Sentence {
    match doubt {
        Doubt::InSeconds => say!("expiry_in_seconds" =>
            "the stored expiry is in seconds; Claude Code expects milliseconds, and takes the token for long expired",
            "find out which program wrote it; {SIGN_IN} again"),
        Doubt::Unclear => say!("expiry_unclear" =>
            "the stored expiry is no moment: how long the access token lives is not known, and Claude Code will not refresh it",
            "find out which program wrote it; {SIGN_IN} again"),
        Doubt::FarAhead => say!("expiry_far_ahead" => "the stored expiry lies further ahead than any token lives",
            "do not rely on the time shown; find out which program wrote it"),
        Doubt::ClockBehind(by) => say!("clock_behind" =>
            "this computer's clock is behind by at least {by}: the time left is shorter than shown", "set the clock",
            by = short(*by)),
        Doubt::ClockWentBack(by) => say!("clock_went_back" =>
            "this computer's clock went back by {by}: if it was right before, less time is left", "check the clock",
            by = short(*by)),
    }
}

/// What is stored under this name, or within it, is no token.
pub(super) fn not_a_token(field: Field) -> Sentence {
    say!("not_a_token" => "{name} is not a token: a line break, a blank or a control character is in it",
        "find out which program wrote it; {SIGN_IN} again", name = field.word())
}

/// What the credential has nothing for.
pub(super) fn lacks(field: Field) -> String {
    match field {
        Field::CiToken => "no one-year token can be read".to_owned(),
        field if field.is_of_the_ci_token() => "no date of a one-year token is known".to_owned(),
        field => format!("the stored sign-in has no {}", field.word()),
    }
}

/// The account, where the credential says so: `Claude Max 20x, account 1a2b3c4d`.
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

/// Where the sign-in is as a person reads it, with `~` for the home folder.
pub fn source(location: &Location, home: &str) -> String {
    let place = match location.kind {
        SourceKind::Keychain => format!("keychain item \"{}\"", location.place),
        SourceKind::File => match location.place.strip_prefix(home) {
            Some(rest) if rest.starts_with('/') => format!("~{rest}"),
            _ => location.place.clone(),
        },
    };
    format!("Source: {place}")
}
