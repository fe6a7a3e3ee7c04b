//! Every sentence beside its cause, in one snapshot: here English is read and judged; elsewhere tests ask for codes and
//! for what came of it. `INSTA_UPDATE=always cargo test --test it words` writes it anew; read the difference.

mod alerts;
mod computer;
pub(crate) mod refreshing;
pub(crate) mod syncing;

use std::fmt::Debug;
use std::path::PathBuf;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ZonedDateTime};

use wick::domain::action::ActionError;
use wick::domain::autostart::{Autostart, AutostartError};
use wick::domain::credential::{
    CheckFailure, CiTokenMemory, Concern, Doubt, FailedCheck, Location, Malformed, Misfit, NotOne, NotProven,
    Overruling, Problem, ProgramError, SourceKind as Kind, Unaccepted,
};
use wick::domain::fingerprint::Fingerprint;
use wick::domain::github_token;
use wick::domain::keyring::KeyringError;
use wick::domain::network::{CertificatesFault, CertificatesProblem, NetworkError};
use wick::domain::paste::Unclear;
use wick::domain::refresh::{Failure, FailureMemory, WriteError};
use wick::domain::secret::Secret;
use wick::domain::settings::{ConfigFileError, Distrust, Field, NotAMapping, Place, ProfileName, Target};
use wick::domain::sync::{Failure as NotSent, Permission};
use wick::domain::system::{Obstacle, SystemError, Unfit};
use wick::domain::uninstall::{InTheWay, Trace};
use wick::words::{
    self, Sentence, autostart, ci_token, config, credential, exec, github, notices, profiles, rotate, sync,
    sync_failure, system, targets, terminal, uninstall,
};

/// `every!(pattern => [examples], …)`: each variant of an enum, by examples. A variant without one does not compile.
macro_rules! every {
    ($($variant:pat => [$($cause:expr),+]),+ $(,)?) => {{
        let causes = vec![$($($cause),+),+];
        for cause in &causes {
            match cause { $($variant => ()),+ }
        }
        causes
    }};
}
use every;

fn now() -> ZonedDateTime {
    "2026-11-24T08:00:00Z".parse::<Timestamp>().unwrap().to_zoned_datetime(TimeZone::UTC)
}

fn seconds(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

fn text(text: &str) -> String {
    text.to_owned()
}

fn full() -> SystemError {
    SystemError { obstacle: Obstacle::NoRoom, ..SystemError::new(&"/state/wick", &"No space left on device") }
}

fn locations() -> [Location; 2] {
    [(Kind::File, "/home/ada/.claude/.credentials.json"), (Kind::Keychain, "Claude Code-credentials")]
        .map(|(kind, place)| Location { kind, place: text(place) })
}

fn target(name: &str) -> Target {
    let place = Place::parse(name).unwrap();
    Target { place, secrets: None, profile: ProfileName::default() }
}

/// Under which word a failure stands in `state.json`.
fn kept_code(failure: &impl serde::Serialize) -> String {
    serde_json::to_value(failure).unwrap()["code"].as_str().unwrap().to_owned()
}

fn failed_before(failure: Failure, server_asked: bool) -> FailureMemory {
    let at = now().timestamp();
    let token = Fingerprint::of(&Secret::from(text("sk-ant-ort01-EXAMPLE")));
    FailureMemory {
        token,
        endpoint: String::new(),
        failure,
        failures: 1,
        at,
        retry_at: at + seconds(600),
        server_asked,
    }
}

/// All that was said so far.
#[derive(Default)]
struct Page(String);

impl Page {
    fn title(&mut self, title: &str) {
        self.0.push_str(&format!("\n{title}\n"));
    }

    fn sentences<C: Debug>(&mut self, title: &str, causes: &[C], say: impl Fn(&C) -> Sentence) {
        self.title(title);
        for cause in causes {
            self.sentence(&format!("{cause:?}"), &say(cause));
        }
    }

    fn sentence(&mut self, cause: &str, sentence: &Sentence) {
        let Sentence { code, message, action, click, said } = sentence;
        assert!(!code.is_empty() && !message.is_empty() && !action.is_empty(), "{cause}");
        assert!(!message.ends_with('.') || message.ends_with(" there."), "{message}");
        let said = if said.is_empty() { String::new() } else { format!(" | at the terminal: \"{said}\"") };
        let click = if click.is_empty() { String::new() } else { format!(" | in the menu: {click}") };
        self.0.push_str(&format!("{cause}\n    {code} | {message} | {action}{click}{said}\n"));
    }

    fn texts<C: Debug>(&mut self, title: &str, causes: &[C], say: impl Fn(&C) -> String) {
        self.title(title);
        for cause in causes {
            self.0.push_str(&format!("{cause:?}\n    {}\n", say(cause)));
        }
    }
}

#[test]
fn every_sentence_stands_beside_its_cause() {
    let mut page = Page::default();
    of_the_sign_in(&mut page);
    alerts::of_alerts(&mut page);
    refreshing::of_a_refresh(&mut page);
    syncing::of_a_sync(&mut page);
    computer::of_this_computer(&mut page);
    of_commands(&mut page);
    insta::assert_snapshot!(page.0.trim_start());
}

fn programs() -> Vec<ProgramError> {
    every!(
        ProgramError::NotRun(_) => [ProgramError::NotRun(text("No such file or directory"))],
        ProgramError::TimedOut(_) => [ProgramError::TimedOut(seconds(5))],
        ProgramError::Flooded => [ProgramError::Flooded],
        ProgramError::InDarkWake => [ProgramError::InDarkWake],
        ProgramError::Code(_) => [ProgramError::Code(36)],
        ProgramError::Signal(_) => [ProgramError::Signal(9)],
        ProgramError::Unexpected => [ProgramError::Unexpected],
    )
}

fn networks() -> Vec<NetworkError> {
    let problems = every!(
        CertificatesProblem::Unreadable(_) => [CertificatesProblem::Unreadable(text("No such file or directory"))],
        CertificatesProblem::NoneThere => [CertificatesProblem::NoneThere],
        CertificatesProblem::LeftOut { .. } => [CertificatesProblem::LeftOut { bad: 1, all: 146 }],
    );
    let fault = |what| CertificatesFault { variable: "SSL_CERT_FILE", path: text("/etc/ca.pem"), what };
    let mut all = every!(
        NetworkError::Unknown => [NetworkError::Unknown],
        NetworkError::TimedOut => [NetworkError::TimedOut],
        NetworkError::Slow(_) => [NetworkError::Slow(15)],
        NetworkError::NoAddress => [NetworkError::NoAddress],
        NetworkError::Certificates(_) => [NetworkError::Certificates(CertificatesFault::default())],
        NetworkError::System(_) => [NetworkError::System(text("Connection refused"))],
    );
    all.extend(problems.into_iter().map(fault).map(NetworkError::Certificates));
    all
}

fn of_the_sign_in(page: &mut Page) {
    let [file, item] = locations();
    let malformed = every!(
        Malformed::Empty => [Malformed::Empty],
        Malformed::NotText => [Malformed::NotText],
        Malformed::NotJson { .. } => [Malformed::NotJson { line: 1, column: 7 }],
        Malformed::WrongType(_) => [
            Malformed::WrongType(Misfit::Whole), Malformed::WrongType(Misfit::SignIn),
            Malformed::WrongType(Misfit::NoAccessToken), Malformed::WrongType(Misfit::AccessToken)
        ],
    );
    let mut problems = every!(
        Problem::FolderAbsent => [Problem::FolderAbsent],
        Problem::RelativeFolder => [Problem::RelativeFolder],
        Problem::Absent => [Problem::Absent],
        Problem::PermissionDenied => [Problem::PermissionDenied],
        Problem::NotAFile => [Problem::NotAFile],
        Problem::TooLarge { .. } => [Problem::TooLarge { bytes: 2_000_000 }],
        Problem::KeychainLocked => [Problem::KeychainLocked],
        Problem::KeychainDenied => [Problem::KeychainDenied],
        Problem::Silent(_) => [Problem::Silent(seconds(6))],
        Problem::NoKeychain => [Problem::NoKeychain],
        Problem::Failed { .. } => [Problem::Failed { detail: text("Input/output error") }],
        Problem::Malformed(_) | Problem::Program(_) => [Problem::Malformed(malformed[0].clone())],
    );
    problems.extend(malformed.into_iter().skip(1).map(Problem::Malformed));
    page.sentences("problems of a file", &problems, |problem| credential::problem(problem, &file));
    problems.extend(programs().into_iter().map(Problem::Program));
    page.sentences("problems of a keychain item", &problems, |problem| credential::problem(problem, &item));

    let doubts = every!(
        Doubt::InSeconds => [Doubt::InSeconds],
        Doubt::Unclear => [Doubt::Unclear],
        Doubt::FarAhead => [Doubt::FarAhead],
        Doubt::ClockBehind(_) => [Doubt::ClockBehind(seconds(7200))],
        Doubt::ClockWentBack(_) => [Doubt::ClockWentBack(seconds(7200))],
    );
    let limit = || Some(text("time_limit"));
    let mut concerns = every!(
        Concern::SignedOut(_) => [
            Concern::SignedOut(None), Concern::SignedOut(limit())
        ],
        Concern::NoSignIn => [Concern::NoSignIn],
        Concern::ByGateway => [Concern::ByGateway],
        Concern::NotAToken(_) => [Concern::NotAToken(Field::AccessToken)],
        Concern::Unaccepted(_) => [
            Concern::Unaccepted(Unaccepted::ByteOrderMark), Concern::Unaccepted(Unaccepted::NoScopes),
            Concern::Unaccepted(Unaccepted::NoInference)
        ],
        Concern::LoginExpired => [Concern::LoginExpired],
        Concern::NoRefreshToken => [Concern::NoRefreshToken],
        Concern::Doubt(_) | Concern::Problem(..) => [Concern::Doubt(doubts[0])],
    );
    concerns.extend(doubts.into_iter().skip(1).map(Concern::Doubt));
    page.sentences("concerns", &concerns, credential::concern);
    let mut by: Vec<_> = Overruling::in_environment(|_| true).collect();
    by.extend(Overruling::in_settings(br#"{"apiKeyHelper": "/bin/key"}"#, "/home/ada/.claude/settings.json"));
    let ant = Overruling::by_ant(false);
    page.texts("what overrules the sign-in", &[by.clone(), by[2..3].to_vec(), vec![ant.clone()]], |by| {
        let (said, act) = credential::overruled(by);
        format!("{said}: {act}")
    });
    let ends = [(None, 0), (None, 1), (by.first(), 2), (by.get(2), 2), (Some(&ant), 0)];
    page.texts("what comes of the sign-in's end", &ends, |(by, targets)| {
        [false, true].map(|is_past| credential::at_the_end(*by, *targets, is_past)).join("\n    ")
    });
}

fn of_a_check(page: &mut Page) {
    let not_proven = every!(
        NotProven::Revoked => [NotProven::Revoked],
        NotProven::Refused { .. } => [NotProven::Refused { status: 401 }],
        NotProven::Limited => [NotProven::Limited],
        NotProven::ServerError { .. } => [NotProven::ServerError { status: 529 }],
        NotProven::Network => [NotProven::Network],
        NotProven::NoClaude => [NotProven::NoClaude],
        NotProven::NotStarted => [NotProven::NotStarted],
        NotProven::TimedOut { .. } => [NotProven::TimedOut { seconds: 90 }],
        NotProven::Unclear => [NotProven::Unclear],
        NotProven::Stopped => [NotProven::Stopped],
    );
    let failures: Vec<CheckFailure> =
        not_proven.iter().map(|why| CheckFailure { why: *why, said: text("said") }).collect();
    page.sentences("a one-year token that is not proven to work", &failures, ci_token::not_proven);
    page.sentences("a one-year token that could not be read", &[KeyringError::Locked], ci_token::not_opened);
    let at = now().timestamp();
    let memory = |failed_check| CiTokenMemory { stored_at: at, checked_at: Some(at), failed_check };
    let failed = [NotProven::Revoked, NotProven::Refused { status: 401 }, NotProven::Network];
    let failed = failed.map(|why| Some(FailedCheck { at, why }));
    let memories: Vec<CiTokenMemory> = [None].into_iter().chain(failed).map(memory).collect();
    page.texts("the one-year token's clock after a check", &memories, |memory| ci_token::clock(memory, &now()));
}

fn of_commands(page: &mut Page) {
    page.title("commands");
    let names = [text("acme/api"), text("acme/web")];
    let (other, usual) = (ProfileName::new("work"), ProfileName::default());
    let left = seconds(600);
    let scopes = Some(text("repo, read:org"));
    let forbidden = NotSent::NoPermission(Permission { scopes, ..Permission::default() });
    let refreshed = Sentence::new("offline", "the server could not be reached", "run \"wick refresh\"");
    for (cause, sentence) in [
        ("ci_token::not_read", ci_token::not_read("Is a directory")),
        ("ci_token::broken_off", ci_token::broken_off()),
        ("ci_token::not_noted", ci_token::not_noted(&full())),
        ("ci_token::still_noted", ci_token::still_noted(&full())),
        ("ci_token::none", ci_token::none()),
        ("ci_token::unsettled", ci_token::unsettled()),
        ("ci_token::unnoted", ci_token::unnoted()),
        ("config::absent", config::absent("/home/ada/wick.toml")),
        ("profiles::unknown", profiles::unknown(&ProfileName::new("wrok"), &[text("work"), text("club")])),
        ("profiles::unknown, near none", profiles::unknown(&other, &[])),
        ("sync::unknown_target, near one", sync::unknown_target("acme/ap", &names)),
        ("config::invalid", config::invalid("line 2: unknown key `tray.titel`")),
        ("config::not_written", config::not_written("/home/ada/.config/wick/config.toml: Permission denied")),
        ("exec::expired, after a refresh", exec::expired(Some(&refreshed), false)),
        ("exec::expired, read-only", exec::expired(None, true)),
        ("exec::expired", exec::expired(None, false)),
        ("exec::ends_too_soon", exec::ends_too_soon(now().timestamp() + left, left * 2, &now())),
        ("exec::at_a_terminal", exec::at_a_terminal()),
        ("exec::refresh_token_spent", exec::refresh_token_spent()),
        ("exec::no_token", exec::no_token()),
        ("exec::not_a_mapping, no =", exec::not_a_mapping("--env", NotAMapping::Form)),
        ("exec::not_a_mapping, the name", exec::not_a_mapping("--secret", NotAMapping::Name)),
        ("exec::not_a_mapping, near a field", exec::not_a_mapping("--secret", NotAMapping::Field(Some("ciToken")))),
        ("exec::not_a_mapping, near none", exec::not_a_mapping("--env", NotAMapping::Field(None))),
        ("exec::unknown_name", exec::unknown_name("NOPE", &["CLAUDE_ACCESS_TOKEN"])),
        ("exec::refresh_token_kept", exec::refresh_token_kept("CLAUDE_REFRESH_TOKEN")),
        ("exec::nothing_mapped", exec::nothing_mapped()),
        ("exec::absent", exec::absent(Field::RefreshToken)),
        ("exec::absent, the one-year token", exec::absent(Field::CiToken)),
        ("github::not_read", github::not_read("Is a directory")),
        ("github::broken_off", github::broken_off()),
        ("profiles::left_out", profiles::left_out(std::slice::from_ref(&other))),
        ("profiles::app_has_all", profiles::app_has_all()),
        ("sentence::usage", words::sentence::usage("unexpected argument")),
        ("rotate::not_confirmed", rotate::not_confirmed()),
        ("rotate::under_way", rotate::under_way()),
        ("rotate::unsettled", rotate::unsettled(&usual, true)),
        ("rotate::superseded", rotate::superseded(&ProfileName::default())),
        ("rotate::not_sent", rotate::not_sent(&other)),
        ("rotate::not_made", rotate::not_made(&NotProven::NoClaude.into(), &other)),
        ("rotate::new_not_proven, refused", rotate::new_not_proven(&NotProven::Refused { status: 401 }.into(), &usual)),
        ("rotate::new_not_proven, no Claude Code", rotate::new_not_proven(&NotProven::NoClaude.into(), &usual)),
        ("rotate::new_not_proven, unknown", rotate::new_not_proven(&NotProven::Network.into(), &usual)),
        ("rotate::not_kept", rotate::not_kept(&KeyringError::Locked, &usual)),
        ("rotate::unfinished", rotate::unfinished(sync::obstacle(&wick::domain::sync::Obstacle::Busy), &usual)),
        ("rotate::not_all_searched", rotate::not_all_searched(&usual)),
        ("rotate::not_verified", rotate::not_verified(&usual)),
        ("rotate::step_not_noted", rotate::step_not_noted(&full(), &usual)),
        ("uninstall::in_the_way, the app", uninstall::in_the_way(&InTheWay::App(Some(4711)))),
        ("uninstall::in_the_way, a lock", uninstall::in_the_way(&InTheWay::Busy(text("/state/wick/sync.lock")))),
        ("uninstall::in_the_way, a journal", uninstall::in_the_way(&InTheWay::Journal(other.clone()))),
        ("uninstall::unread", uninstall::unread(&full())),
        ("uninstall::not_confirmed", uninstall::not_confirmed()),
        ("uninstall::still_opened", uninstall::still_opened(&AutostartError::OldSystem)),
        ("uninstall::token_left", uninstall::token_left(&Trace::CiToken(other.clone()), &KeyringError::Locked)),
        ("uninstall::state_left", uninstall::state_left(&full())),
        ("sync::crashed", sync_failure::crashed("search")),
        ("terminal::crashed", terminal::crashed()),
        ("targets::find_stopped", targets::find_stopped()),
        ("targets::environments_not_listed", targets::environments_not_listed()),
        (
            "targets::not_searched",
            targets::not_searched(&names, targets::not_seen(&forbidden, &target("org:acme"), &now())),
        ),
        (
            "targets::nothing_searched",
            targets::nothing_searched(targets::not_seen(&forbidden, &target("acme/api"), &now())),
        ),
        ("sync::unknown_target", sync::unknown_target("nope", &names)),
        ("sync::unknown_target, without any", sync::unknown_target("nope", &[])),
        ("sync::other_profile", sync::other_profile(&Target { profile: other, ..target("acme/api") })),
    ] {
        page.sentence(cause, &sentence);
    }
}
