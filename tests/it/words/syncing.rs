//! What is said of a sync.

use wick::domain::credential::Concern;
use wick::domain::keyring::KeyringError;
use wick::domain::network::{CertificatesFault, NetworkError};
use wick::domain::settings::Field;
use wick::domain::sync::{
    AnswerFault, Approval, Cause, CommandEnd, Failure, KeyFault, Obstacle, Permission, StartFault, TokenSource,
};
use wick::domain::sync::{Report, SecretOutcome, SecretReport, TargetOutcome, TargetReport};
use wick::words::{sync, sync_failure};

use super::{Page, every, full, kept_code, now, seconds, target, text};

pub(crate) fn sync_failures() -> Vec<Failure> {
    let (fine_grained, classic) = (Some(text("secrets=write")), Some(text("repo")));
    let permissions = [
        Permission::default(),
        Permission { said: text("Resource not accessible"), needed: fine_grained, ..Permission::default() },
        Permission { scopes: Some(String::new()), accepted_scopes: classic, ..Permission::default() },
    ];
    let host = || text("github.com");
    let locked = Some(KeyringError::Locked);
    let mut failures = every!(
        Failure::NoToken { .. } => [
            Failure::NoToken { host: host(), why: None }, Failure::NoToken { host: text("acme.test"), why: locked }
        ],
        Failure::TokenMalformed(_) => [Failure::TokenMalformed(TokenSource::Variable("GH_TOKEN"))],
        Failure::TokenRefused(_) => [
            Failure::TokenRefused(Vec::new()),
            Failure::TokenRefused(vec![TokenSource::Variable("GH_TOKEN"), TokenSource::Stored])
        ],
        Failure::Limited { .. } => [Failure::Limited { until: now().timestamp() + seconds(2400) }],
        Failure::NoPermission(_) => [Failure::NoPermission(permissions[0].clone())],
        Failure::SingleSignOn => [Failure::SingleSignOn],
        Failure::Archived => [Failure::Archived],
        Failure::NotFound(_) => [Failure::NotFound(permissions[0].clone())],
        Failure::Gone => [Failure::Gone],
        Failure::Unavailable => [Failure::Unavailable],
        Failure::Redirected => [Failure::Redirected],
        Failure::Refused { .. } => [Failure::Refused { status: 418, said: text("no") }],
        Failure::ServerError { .. } => [Failure::ServerError { status: 502 }],
        Failure::Offline(_) => [Failure::Offline(NetworkError::NoAddress)],
        Failure::Certificates(_) => [Failure::Certificates(CertificatesFault::default())],
        Failure::NoAnswer(_) => [Failure::NoAnswer(NetworkError::TimedOut)],
        Failure::BadAnswer { .. } => [Failure::BadAnswer { what: AnswerFault::Page, status: 502 }],
        Failure::BadKey { .. } => [Failure::BadKey { what: KeyFault::Absent }],
        Failure::NotAToken { .. } => [Failure::NotAToken { field: Some(Field::RefreshToken) }],
        Failure::FieldAbsent { .. } => [
            Failure::FieldAbsent { field: None },
            Failure::FieldAbsent { field: Some(Field::CiToken) },
            Failure::FieldAbsent { field: Some(Field::CiTokenExpiresAt) },
            Failure::FieldAbsent { field: Some(Field::RefreshToken) }
        ],
        Failure::TooLarge { .. } => [Failure::TooLarge { bytes: 50_000 }],
        Failure::Invalid(_) => [Failure::Invalid(text("invalid name"))],
        Failure::AfterAnother => [Failure::AfterAnother],
        Failure::CommandNotFound { .. } => [Failure::CommandNotFound { program: text("aws") }],
        Failure::CommandNotStarted { .. } => [Failure::CommandNotStarted {
            program: text("keep"), why: StartFault::default()
        }],
        Failure::CommandFailed { .. } => [Failure::CommandFailed { how: CommandEnd::Code(1), said: text("denied") }],
        Failure::CommandTimedOut { .. } => [Failure::CommandTimedOut { after: 60 }],
        Failure::CommandStopped => [Failure::CommandStopped],
        Failure::Unsettled => [Failure::Unsettled],
        Failure::NoCredential => [Failure::NoCredential],
        Failure::NotRemembered(_) => [Failure::NotRemembered(full())],
        Failure::Stopped => [Failure::Stopped],
        Failure::Crashed => [Failure::Crashed],
    );
    failures.extend(permissions.into_iter().skip(1).map(Failure::NoPermission));
    let answers = every!(
        AnswerFault::Broken => [AnswerFault::Broken],
        AnswerFault::Empty => [AnswerFault::Empty],
        AnswerFault::Page => [AnswerFault::Page],
        AnswerFault::Circle => [AnswerFault::Circle],
        AnswerFault::Endless => [AnswerFault::Endless],
    );
    failures.extend(answers.into_iter().map(|what| Failure::BadAnswer { what, status: 404 }));
    let keys = every!(
        KeyFault::Absent => [KeyFault::Absent],
        KeyFault::NotBase64 => [KeyFault::NotBase64],
        KeyFault::WrongLength => [KeyFault::WrongLength],
        KeyFault::OpenToEveryone => [KeyFault::OpenToEveryone],
        KeyFault::SealsNothing => [KeyFault::SealsNothing],
    );
    failures.extend(keys.into_iter().map(|what| Failure::BadKey { what }));
    let ends = every!(
        CommandEnd::Signal => [CommandEnd::Signal],
        CommandEnd::Code(_) => [CommandEnd::Code(1)],
        CommandEnd::Flooded => [CommandEnd::Flooded],
    );
    let program = || text("/home/ada/bin/keep");
    let starts = every!(
        StartFault::NotExecutable => [StartFault::NotExecutable],
        StartFault::Folder => [StartFault::Folder],
        StartFault::NoInterpreter(_) => [StartFault::NoInterpreter(text("/opt/python"))],
        StartFault::CarriageReturn => [StartFault::CarriageReturn],
        StartFault::NoFirstLine => [StartFault::NoFirstLine],
        StartFault::System { .. } => [StartFault::System { detail: text("Argument list too long") }, StartFault::default()],
    );
    failures.extend(starts.into_iter().map(|why| Failure::CommandNotStarted { program: program(), why }));
    failures.extend(ends.into_iter().map(|how| Failure::CommandFailed { how, said: String::new() }));
    failures
}

pub(super) fn of_a_sync(page: &mut Page) {
    let (repository, now) = (target("acme/api"), now());
    for failure in &sync_failures() {
        assert_eq!(kept_code(failure), sync_failure::failure(failure, &repository, &now).code);
    }
    page.sentences("a target that failed", &sync_failures(), |failure| {
        sync_failure::failure(failure, &repository, &now)
    });
    let is_of_a_command = |failure: &Failure| kept_code(failure).starts_with("command_");
    let of_commands: Vec<Failure> = sync_failures().into_iter().filter(is_of_a_command).collect();
    page.sentences("an alert that its command did not get", &of_commands, |failure| {
        sync_failure::alert_command(failure, &now)
    });
    let places = ["acme/api@production", "acme/api#dependabot", "acme/api#codespaces", "org:acme"];
    let permission = Permission::default();
    page.sentences("a target that is not found", &places, |name| {
        sync_failure::failure(&Failure::NotFound(permission.clone()), &target(name), &now)
    });
    let obstacles = every!(
        Obstacle::NoTargets => [Obstacle::NoTargets],
        Obstacle::Busy => [Obstacle::Busy],
        Obstacle::NoState(_) => [Obstacle::NoState(full())],
        Obstacle::NotRemembered(_) => [Obstacle::NotRemembered(full())],
        Obstacle::Concern(_) => [Obstacle::Concern(Concern::NoSignIn)],
        Obstacle::Expired => [Obstacle::Expired],
        Obstacle::Stopped => [Obstacle::Stopped],
        Obstacle::Crashed => [Obstacle::Crashed],
    );
    let approvals = every!(
        Approval::RefreshToken => [Approval::RefreshToken],
        Approval::NewPlace => [Approval::NewPlace],
        Approval::OtherAccount => [Approval::OtherAccount],
        Approval::Overwrite => [Approval::Overwrite],
        Approval::Successor => [Approval::Successor],
    );
    let mut causes = every!(
        Cause::Overwritten => [Cause::Overwritten],
        Cause::AccountChanged => [Cause::AccountChanged],
        Cause::Renamed { .. } => [Cause::Renamed { from: text("acme/old"), to: text("acme/new") }],
        Cause::Whole(_) | Cause::Held(_) | Cause::Failed(_) => [Cause::Whole(Obstacle::Busy)],
    );
    causes.extend(approvals.into_iter().map(Cause::Held));
    causes.extend(obstacles.into_iter().map(Cause::Whole));
    page.sentences("causes of a sync", &causes, |cause| sync::cause(cause, &repository, &now));
    let reports = [0, 1, 2, 6, 8].map(|failed| {
        let report = |number: usize| {
            let target = target(&format!("acme/r{number}"));
            if number < failed {
                TargetReport::failed(target, Cause::Failed(Failure::Archived))
            } else {
                TargetReport::of(target, Vec::new(), None)
            }
        };
        Report::of((0..8).map(report).collect())
    });
    page.title("notifications of 8 targets, by how many failed");
    for report in &reports {
        let (failed, (summary, body)) = (report.count(TargetOutcome::Failed), sync::notice(report, &now));
        page.0.push_str(&format!("{failed}\n    {summary}\n    {}\n", body.replace('\n', "\n    ")));
    }
    notices_that_ask(page);
}

/// Of targets that got all but the refresh token, alone, and beside others.
fn notices_that_ask(page: &mut Page) {
    let asking = |name: &str| {
        let secrets =
            vec![SecretReport::new("A", SecretOutcome::Created), SecretReport::held("R", Approval::RefreshToken)];
        TargetReport::of(target(name), secrets, None)
    };
    let failed = || TargetReport::failed(target("acme/old"), Cause::Failed(Failure::Archived));
    let held = || TargetReport::held(target("acme/new"), Cause::Held(Approval::NewPlace));
    page.title("notifications that ask whether the refresh token may be shared");
    for targets in [
        vec![asking("acme/api")],
        vec![asking("acme/api"), asking("acme/web")],
        vec![asking("acme/api"), failed()],
        vec![asking("acme/api"), held()],
    ] {
        let (summary, body) = sync::notice(&Report::of(targets), &now());
        page.0.push_str(&format!("{summary}\n    {}\n", body.replace('\n', "\n    ")));
    }
}
