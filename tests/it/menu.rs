//! The whole menu in each state that the rules can bring about, a page a subject, with the icon, the title and the tooltip.
//! `INSTA_UPDATE=always cargo test --test it menu` writes them anew; read the difference before you commit it.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use wick::domain::action::Action;
use wick::domain::autostart::{Autostart, AutostartError};
use wick::domain::credential::{
    CiTokenMemory, Contents, Credential, Location, Material, Overruling, Problem, Reading, SourceKind,
};
use wick::domain::network::NetworkError;
use wick::domain::refresh::{Clocks, Failure, Outcome, RefreshMemory, Remark, Report};
use wick::domain::settings::{Mapping, ProfileName, Settings};
use wick::domain::state::State;
use wick::domain::state::event::Event;
use wick::domain::state::step::step;
use wick::domain::sync::found::FoundMemory;
use wick::domain::sync::memory::{account, fingerprint};
use wick::domain::sync::value::value;
use wick::domain::sync::{self, Pace, Permission, Progress, SecretMemory, SyncMemory, TargetMemory};
use wick::view::{ProfileView, menu_bar, together};

use crate::support::credential::CredentialText;
use crate::view::{drawn, minutes, now, signed_in};

const HOME: &str = "/home/ada";
const PLACE: &str = "/home/ada/.claude/.credentials.json";
const AUTOMATIC: &str = "[refresh]\nautomatic = true\n";
const NEVER: &str = "[refresh]\nmode = \"never\"\n";
const TWO: &str =
    "[sync]\nshare_refresh_token = true\n[[targets]]\nrepo = \"acme/api\"\n[[targets]]\nrepo = \"acme/web\"\n";

/// The menus of these states, each under its name.
fn page<const N: usize>(states: [(&str, State); N]) -> String {
    states.map(|(name, state)| format!("# {name}\n{}\n", drawn(&menu_bar(&state, &now())))).join("\n")
}

fn at(minutes_ahead: i64) -> Timestamp {
    minutes(minutes_ahead).timestamp().unwrap()
}

fn settings(text: &str) -> Settings {
    wick::config::parse(text, HOME).unwrap()
}

/// What these events lead to, one after the other.
fn after<const N: usize>(text: &str, events: [Event; N]) -> State {
    let mut state = State::new(settings(text), HOME.to_owned(), BTreeMap::new());
    for event in events {
        step(&mut state, event, &now());
    }
    state
}

fn read(outcome: Result<Contents, Problem>) -> Event {
    let location = Location { kind: SourceKind::File, place: PLACE.to_owned() };
    Event::Loaded(Material {
        sign_in: Reading { location, modified: None, settled: true, outcome },
        ci_token: None,
        ci_token_stored_at: None,
    })
}

fn loaded(text: &CredentialText) -> Event {
    read(Contents::parse(text.json().as_bytes()).map_err(Problem::from))
}

fn fresh() -> Event {
    loaded(&signed_in(192))
}

fn ends_soon() -> Event {
    loaded(&signed_in(192).login_ending(minutes(5 * 24 * 60)))
}

/// The sign-in expired an hour ago; the access token has so many minutes.
fn over(left: i64) -> Event {
    loaded(&signed_in(left).login_ending(minutes(-60)))
}

/// The first target alone was ever sent anything.
fn one_held() -> Event {
    but(TWO, 1, |known| *known = TargetMemory::default())
}

fn overruled() -> Event {
    Event::Overruled(Overruling::in_environment(|name| name == "ANTHROPIC_API_KEY").collect())
}

fn config(text: &str) -> Event {
    Event::ConfigLoaded(Ok(settings(text)))
}

fn chosen(action: Action) -> Event {
    Event::Chosen(action)
}

fn credential() -> Credential {
    match Contents::parse(signed_in(192).json().as_bytes()) {
        Ok(Contents::SignedIn(credential)) => *credential,
        other => panic!("not signed in: {other:?}"),
    }
}

/// A refresh that failed so a minute ago.
fn failed(failure: Failure) -> Event {
    let mut memory = RefreshMemory::default();
    memory.note(&failure, &credential(), &Settings::default().refresh, at(-1));
    ended(Outcome::Failed, Some(Remark::Failed(failure)), Some(memory))
}

fn ended(outcome: Outcome, remark: Option<Remark>, memory: Option<RefreshMemory>) -> Event {
    let clocks = Some(Clocks { access: Some(minutes(192)), login: None });
    Event::RefreshEnded(Report { outcome, remark, clocks, memory, kept: false, source: format!("file:{PLACE}") })
}

/// What is remembered once all targets of this config have got what is stored, five minutes ago.
fn sent(text: &str) -> SyncMemory {
    let (settings, credential, mut memory) = (settings(text), credential(), SyncMemory::default());
    for target in &settings.targets {
        let secret = |mapping: &Mapping| {
            let value = value(mapping.field, (&credential).into()).unwrap();
            let fingerprint = fingerprint(&value, &target.place);
            (mapping.name.clone(), Box::new(SecretMemory::new(&fingerprint, mapping.field, at(-5), true)))
        };
        let secrets = settings.mappings(target).iter().map(secret).collect();
        let (account, name) = (account(&credential), target.to_string());
        let known = TargetMemory { name, secrets, account, synced_at: Some(at(-5)), ..TargetMemory::default() };
        memory.targets.insert(settings.key(target), known);
    }
    memory
}

/// The same after `change` of what is known of the target of this number.
fn but(text: &str, number: usize, change: impl FnOnce(&mut TargetMemory)) -> Event {
    let (settings, mut memory) = (settings(text), sent(text));
    change(memory.targets.get_mut(&settings.key(&settings.targets[number])).unwrap());
    Event::SyncRemembered(memory)
}

fn not_synced(failure: sync::Failure) -> State {
    after(TWO, [fresh(), but(TWO, 1, |known| known.failed(failure, at(-5)))])
}

fn paced(change: impl FnOnce(&mut Pace)) -> Event {
    let mut memory = sent(TWO);
    change(memory.pace.entry(settings(TWO).github.api_url).or_default());
    Event::SyncRemembered(memory)
}

fn automatic(text: &str) -> String {
    text.replace("[sync]", "[sync]\nautomatic = true")
}

#[test]
fn what_is_stored() {
    let ci_token = (ProfileName::default().to_string(), CiTokenMemory::stored(at(-60 * 24 * 60)));
    let one_year = SyncMemory { ci_tokens: [ci_token].into(), ..SyncMemory::default() };
    let mut search = FoundMemory::resumed(None, at(-5));
    for place in ["acme/api", "acme/web", "acme/app"] {
        search.note(place, [("CLAUDE_CODE_OAUTH_TOKEN".to_owned(), None)].into());
    }
    let found = [(settings("").github.api_url, search)].into();
    let found = SyncMemory { found, ..SyncMemory::default() };
    let page = page([
        ("nothing was read yet", after("", [Event::Started])),
        ("signed in", after("", [fresh()])),
        ("expired", after("", [loaded(&signed_in(-5))])),
        ("signed out", after(TWO, [loaded(&signed_in(0).signed_out())])),
        ("no sign-in", after("", [read(Err(Problem::Absent))])),
        ("the keychain was refused", after("", [read(Err(Problem::KeychainDenied))])),
        ("a one-year token beside it", after("", [fresh(), Event::SyncRemembered(one_year)])),
        ("a search found places that are no targets", after("", [fresh(), Event::SyncRemembered(found)])),
        ("the sign-in ends soon", after(TWO, [Event::SyncRemembered(sent(TWO)), ends_soon()])),
        (
            "it does, and something overrules it",
            after(TWO, [Event::SyncRemembered(sent(TWO)), ends_soon(), overruled()]),
        ),
        ("it has expired, and the access token lives", after(TWO, [one_held(), over(192)])),
        ("both have expired, and one target was never synced", after(TWO, [one_held(), over(-5)])),
        ("the title is the sign-in's", after("[tray]\ntitle = \"login\"\nicon = \"time\"\n", [fresh()])),
    ]);
    insta::assert_snapshot!(page);
}

#[test]
fn the_switches_and_the_config() {
    let broken = || Event::ConfigLoaded(Err("line 3: unknown key `tray.titel`; did you mean `title`?".to_owned()));
    let elsewhere = "[refresh]\nautomatic = true\ntoken_url = \"https://elsewhere.example/token\"\n";
    let page = page([
        ("refreshed automatically", after(AUTOMATIC, [fresh()])),
        ("synced automatically", after(&automatic(TWO), [Event::SyncRemembered(sent(TWO)), fresh()])),
        ("only read", after(NEVER, [fresh()])),
        (
            "only read, and a journal is left",
            after(NEVER, [fresh(), Event::Started, ended(Outcome::NotAllowed, Some(Remark::JournalLeft), None)]),
        ),
        ("opened at login", after("", [fresh(), Event::AutostartFound(Autostart::On)])),
        (
            "opened at login, and its program is gone",
            after("", [fresh(), Event::AutostartFound(Autostart::Broken("/old/wick".to_owned()))]),
        ),
        ("to be allowed first", after("", [fresh(), Event::AutostartFound(Autostart::NeedsApproval)])),
        (
            "never opened at login",
            after("", [fresh(), Event::AutostartFound(Autostart::Unavailable(AutostartError::NoBundle))]),
        ),
        ("an edit makes no sense", after("", [fresh(), config(""), broken()])),
        ("no config ever made sense", after(NEVER, [fresh(), broken()])),
        ("an edit names another token endpoint", after(AUTOMATIC, [fresh(), config(AUTOMATIC), config(elsewhere)])),
    ]);
    insta::assert_snapshot!(page);
}

#[test]
fn refreshing() {
    let offline = || Failure::Offline(NetworkError::System("Network is unreachable".to_owned()));
    let clicked = || chosen(Action::Refresh);
    let page = page([
        ("under way", after("", [fresh(), clicked()])),
        ("it worked", after("", [fresh(), clicked(), ended(Outcome::Refreshed, None, None)])),
        ("someone else was first", after("", [fresh(), clicked(), ended(Outcome::AlreadyRefreshed, None, None)])),
        ("others are at it", after("", [fresh(), clicked(), ended(Outcome::Busy, Some(Remark::Busy(None)), None)])),
        ("offline", after("", [fresh(), clicked(), failed(offline())])),
        ("offline, automatic", after(AUTOMATIC, [fresh(), clicked(), failed(offline())])),
        (
            "offline, and the sign-in has expired",
            after(AUTOMATIC, [over(-5), ended(Outcome::Failed, Some(Remark::Failed(offline())), None)]),
        ),
        ("a dead sign-in", after("", [fresh(), clicked(), failed(Failure::InvalidGrant { spent_before: false })])),
        (
            "an answer may be lost",
            after(AUTOMATIC, [fresh(), clicked(), failed(Failure::NoAnswer(NetworkError::TimedOut))]),
        ),
        (
            "the server asks to wait",
            after(AUTOMATIC, [fresh(), clicked(), failed(Failure::RateLimited(Some(SignedDuration::from_mins(10))))]),
        ),
        ("a journal lies there", after("", [fresh(), Event::JournalFound])),
    ]);
    insta::assert_snapshot!(page);
}

#[test]
fn targets() {
    let many: String = (0..16).map(|number| format!("[[targets]]\nrepo = \"acme/r{number}\"\n")).collect();
    let many = format!("[sync]\nshare_refresh_token = true\n{many}");
    let kinds = "[[targets]]\nrepo = \"acme/api\"\nenvironment = \"production\"\n\
        [[targets]]\nrepo = \"acme/api\"\napp = \"dependabot\"\n[[targets]]\norg = \"acme\"\n\
        [[targets]]\nuser = \"codespaces\"\n[[targets]]\nname = \"vault\"\ncommand = [\"keep\"]\n";
    let all = chosen(Action::SyncAll);
    let progress = |paused_until| Event::SyncProgressed(Progress { done: 1, total: 2, current: None, paused_until });
    let drifted = |known: &mut TargetMemory| known.secrets.values_mut().for_each(|secret| secret.drifted = true);
    let page = page([
        ("none", after("", [fresh()])),
        ("one, and nothing was sent", after("[[targets]]\nrepo = \"acme/api\"\n", [fresh()])),
        ("of every kind", after(kinds, [fresh()])),
        ("two in sync", after(TWO, [fresh(), Event::SyncRemembered(sent(TWO))])),
        ("two that have an older one", after(TWO, [loaded(&signed_in(300)), Event::SyncRemembered(sent(TWO))])),
        ("changed by someone else", after(TWO, [fresh(), but(TWO, 0, drifted)])),
        (
            "sixteen, by their state",
            after(&many, [fresh(), but(&many, 3, |known| known.failed(sync::Failure::Archived, at(-5)))]),
        ),
        ("syncing", after(TWO, [fresh(), all, progress(None)])),
        ("syncing, and a limit stands", after(TWO, [fresh(), chosen(Action::SyncAll), progress(Some(at(3)))])),
        ("expired, and two in sync", after(TWO, [loaded(&signed_in(-5)), Event::SyncRemembered(sent(TWO))])),
    ]);
    insta::assert_snapshot!(page);
}

#[test]
fn what_keeps_a_target_from_its_secrets() {
    let on = &automatic(TWO);
    let of_another = |known: &mut TargetMemory| {
        known.account = account(&Credential { account_uuid: Some("someone-else".to_owned()), ..credential() });
        known.secrets.values_mut().for_each(|secret| secret.open = true);
    };
    let one = on.replace("[[targets]]\nrepo = \"acme/web\"\n", "");
    let page = page([
        ("offline", not_synced(sync::Failure::Offline(NetworkError::TimedOut))),
        ("no token for GitHub", not_synced(sync::Failure::NoToken { host: "github.com".to_owned(), why: None })),
        ("the token was refused", not_synced(sync::Failure::TokenRefused(Vec::new()))),
        ("the token may not", not_synced(sync::Failure::NoPermission(Permission::default()))),
        ("archived", not_synced(sync::Failure::Archived)),
        ("a limit cut it short", not_synced(sync::Failure::Limited { until: at(40) })),
        ("GitHub has asked to wait", after(TWO, [fresh(), paced(|pace| pace.paused_until = Some(at(40)))])),
        (
            "the token for GitHub ends soon",
            after(TWO, [fresh(), paced(|pace| pace.token_expires = Some(at(3 * 24 * 60)))]),
        ),
        ("got another account's, automatic", after(on, [but(TWO, 1, of_another), fresh()])),
        (
            "new in the config, automatic",
            after(&one, [Event::SyncRemembered(sent(&one)), fresh(), config(&one), config(on)]),
        ),
    ]);
    insta::assert_snapshot!(page);
}

#[test]
fn profiles() {
    let text = "[[profiles]]\nname = \"work\"\nconfig_dir = \"~/work/.claude\"\n\
        [[targets]]\nrepo = \"acme/work\"\nprofile = \"work\"\n";
    let state = |name: &str, event: Event| {
        let own = settings(text).of_profile(&ProfileName::new(name)).unwrap();
        let mut state = State::new(own, HOME.to_owned(), BTreeMap::new());
        step(&mut state, event, &now());
        ProfileView::of(&state, &now(), false)
    };
    let shown = |work: CredentialText| {
        let views = [state("default", fresh()), state("work", loaded(&work))];
        drawn(&together(&views, now().timestamp()).0)
    };
    let (lives, ended) = (shown(signed_in(20)), shown(signed_in(0).signed_out()));
    let page = format!("# work ends first\n{lives}\n\n# work is signed out\n{ended}\n");
    insta::assert_snapshot!(page);
}
