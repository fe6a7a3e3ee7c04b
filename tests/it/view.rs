//! Snapshots of what each state shows. `INSTA_UPDATE=always cargo test --test it view` writes them anew; read the
//! difference before you commit it.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ZonedDateTime};
use wick::domain::credential::{Contents, Location, Material, Problem, Reading, SourceKind};
use wick::domain::settings::{IconStyle, Settings, Title};
use wick::domain::state::State;
use wick::domain::state::event::Event;
use wick::domain::state::step::step;
use wick::domain::time::EpochMillis;
use wick::ports::screen::{Entry, TrayView};
use wick::view::menu_bar;
use wick::words::menu::title;

use crate::support::credential::CredentialText;
use crate::support::fakes::START;

pub fn now() -> ZonedDateTime {
    // A fixed offset: a bare machine has no time zone database.
    Timestamp::from_second(START).unwrap().to_zoned_datetime(TimeZone::fixed(jiff::tz::offset(1)))
}

pub fn minutes(minutes: i64) -> EpochMillis {
    EpochMillis((START + minutes * 60) * 1000)
}

pub fn signed_in(left: i64) -> CredentialText {
    CredentialText::ending(minutes(left)).login_ending(minutes(26 * 24 * 60))
}

fn state(kind: SourceKind, outcome: Result<Contents, Problem>, settings: Settings) -> State {
    let place = match kind {
        SourceKind::File => "/home/ada/.claude/.credentials.json",
        SourceKind::Keychain => "Claude Code-credentials",
    };
    let location = Location { kind, place: place.to_owned() };
    let mut state = State::new(settings, "/home/ada".to_owned(), std::collections::BTreeMap::new());
    step(
        &mut state,
        Event::Loaded(Material {
            sign_in: Reading { location, modified: None, settled: true, outcome },
            ci_token: None,
            ci_token_stored_at: None,
        }),
        &now(),
    );
    state
}

/// The view as a person would draw it on paper.
pub fn drawn(view: &TrayView) -> String {
    format!("{:?} {:?}\n{}\n\n{}", view.icon, view.title, view.tooltip, lines(&view.menu, "").join("\n"))
}

fn lines(menu: &[Entry], indent: &str) -> Vec<String> {
    let entry = |entry: &Entry| match entry {
        Entry::Separator => vec!["---".to_owned()],
        Entry::Text(text) => vec![format!("{indent}{text}")],
        Entry::Button(_, label) => vec![format!("{indent}[{label}]")],
        Entry::Switch(_, label, on) => vec![format!("{indent}[{}] {label}", if *on { "x" } else { " " })],
        Entry::Group(label, entries) | Entry::Profile(_, label, entries) => {
            let within = lines(entries, &format!("{indent}    "));
            [format!("{indent}{label} >")].into_iter().chain(within).collect()
        }
    };
    menu.iter().flat_map(entry).collect()
}

fn of_file(text: &CredentialText, settings: Settings) -> String {
    let outcome = Contents::parse(text.json().as_bytes()).map_err(Problem::from);
    drawn(&menu_bar(&state(SourceKind::File, outcome, settings), &now()))
}

#[test]
fn fresh() {
    insta::assert_snapshot!(of_file(&signed_in(192), Settings::default()));
}

#[test]
fn expiring() {
    insta::assert_snapshot!(of_file(&signed_in(3), Settings::default()));
}

#[test]
fn expired_two_days_ago() {
    insta::assert_snapshot!(of_file(&signed_in(-2 * 24 * 60), Settings::default()));
}

#[test]
fn no_end_is_stored() {
    insta::assert_snapshot!(of_file(&signed_in(0).raw_end("null"), Settings::default()));
}

#[test]
fn signed_out() {
    insta::assert_snapshot!(of_file(&signed_in(0).signed_out(), Settings::default()));
}

#[test]
fn an_end_in_seconds() {
    insta::assert_snapshot!(of_file(&signed_in(0).raw_end(&(START + 3600).to_string()), Settings::default()));
}

#[test]
fn an_end_in_the_year_9999() {
    insta::assert_snapshot!(of_file(&signed_in(0).raw_end("253402300799000"), Settings::default()));
}

#[test]
fn the_clock_went_back() {
    let outcome = Contents::parse(signed_in(60).json().as_bytes()).map_err(Problem::from);
    let state = state(SourceKind::File, outcome, Settings::default());
    let yesterday = now().checked_sub(SignedDuration::from_hours(24)).unwrap();
    insta::assert_snapshot!(drawn(&menu_bar(&state, &yesterday)));
}

#[test]
fn no_scopes() {
    insta::assert_snapshot!(of_file(&signed_in(192).without_scopes(), Settings::default()));
}

#[test]
fn a_locked_keychain() {
    let state = state(SourceKind::Keychain, Err(Problem::KeychainLocked), Settings::default());
    insta::assert_snapshot!(drawn(&menu_bar(&state, &now())));
}

#[test]
fn a_broken_config_beside_a_good_sign_in() {
    let outcome = Contents::parse(signed_in(192).json().as_bytes()).map_err(Problem::from);
    let mut state = state(SourceKind::File, outcome, Settings::default());
    step(&mut state, Event::ConfigLoaded(Ok(Settings::default())), &now());
    step(
        &mut state,
        Event::ConfigLoaded(Err("line 3: unknown key `tray.titel`; did you mean `title`?".to_owned())),
        &now(),
    );
    insta::assert_snapshot!(drawn(&menu_bar(&state, &now())));
}

#[test]
fn the_title_and_the_icon_are_what_the_user_chose() {
    let check = |title: Title, icon: IconStyle, text: CredentialText, expected: (&str, &str)| {
        let mut settings = Settings::default();
        (settings.tray.title, settings.tray.icon) = (title, icon);
        let outcome = Contents::parse(text.json().as_bytes()).map_err(Problem::from);
        let view = menu_bar(&state(SourceKind::File, outcome, settings), &now());
        assert_eq!((view.title.as_str(), format!("{:?}", view.icon).as_str()), expected);
    };
    use IconStyle::{Candle, Time};
    check(Title::Access, Candle, signed_in(192), ("3h 12m", "Candle(Steps(2), None)"));
    check(Title::Access, Candle, signed_in(479), ("7h 59m", "Candle(Steps(4), None)"));
    check(Title::Access, Candle, signed_in(1), ("1m", "Candle(Puddle, None)"));
    check(Title::Access, Candle, signed_in(11), ("11m", "Candle(Steps(1), None)"));
    check(Title::Access, Candle, signed_in(10), ("10m", "Candle(Puddle, None)"));
    check(Title::Access, Candle, signed_in(24 * 60), ("1d", "Candle(Steps(4), None)"));
    check(Title::Login, Candle, signed_in(192), ("26d", "Candle(Steps(4), None)"));
    check(Title::Login, Time, signed_in(192), ("26d", "Digits(\"26d\")"));
    check(Title::None, Time, signed_in(192), ("", "Digits(\"3h\")"));
    check(Title::Access, Time, signed_in(12), ("12m", "Digits(\"12m\")"));
    check(Title::Access, Time, signed_in(-1), ("expired", "Candle(BurntOut, None)"));
    check(Title::Soonest, Candle, signed_in(192), ("3h 12m", "Candle(Steps(2), None)"));
    let login_first = CredentialText::ending(minutes(192)).login_ending(minutes(60));
    check(Title::Soonest, Candle, login_first, ("1h", "Candle(Steps(1), Some(SignInEnds))"));
    // The sign-in's last days are seen whatever the title and the icon are about.
    let three_days = || signed_in(192).login_ending(minutes(3 * 24 * 60));
    check(Title::Access, Time, three_days(), ("3h 12m", "Candle(Steps(2), Some(SignInEnds))"));
    let ended = CredentialText::ending(minutes(-1)).login_ending(minutes(60));
    check(Title::Access, Candle, ended, ("expired", "Candle(BurntOut, Some(SignInEnds))"));
    // A sign-in whose end is not stored has no time to show, and says so rather than another clock's.
    check(Title::Login, Candle, CredentialText::ending(minutes(192)), (title::NO_END, "Candle(Steps(4), None)"));
    check(Title::Soonest, Candle, CredentialText::ending(minutes(192)), ("3h 12m", "Candle(Steps(2), None)"));
}
