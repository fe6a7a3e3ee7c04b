//! What holds of every config, not of the examples alone.

use jiff::SignedDuration;
use proptest::prelude::*;

use super::{parse, with_setting, with_target, without_target};
use crate::domain::properties::cases;
use crate::domain::settings::{Place, ProfileName, Setting, Settings, Target};

/// A table's switches in each way that TOML has to write them, as what stands above all tables and what stands below.
fn switches(
    table: &'static str,
    keys: &'static [(&'static str, &'static str)],
) -> impl Strategy<Value = (String, String)> {
    let chosen = prop::sample::subsequence(keys.to_vec(), 0..=keys.len());
    (chosen, 0..4u8).prop_map(move |(keys, way)| {
        let lines = |before: &str, between: &str| {
            keys.iter().map(|(key, value)| format!("{before}{key} = {value}")).collect::<Vec<_>>().join(between)
        };
        match way {
            _ if keys.is_empty() => (String::new(), String::new()),
            0 => (String::new(), format!("# of {table}\n[{table}] # here\n{}\n\n", lines("", " # why\n"))),
            1 => (format!("{table} = {{ {} }} # in one line\n", lines("", ", ")), String::new()),
            2 => (format!("{}\n", lines(&format!("{table}."), "\n")), String::new()),
            _ => (String::new(), format!("[ {table} ]\n  {}\n", lines("", "\n\n"))),
        }
    })
}

fn list(name: &str, rows: &[String], inline: bool) -> (String, String) {
    match (rows.is_empty(), inline) {
        (true, _) => (String::new(), String::new()),
        (_, true) => {
            let rows: Vec<_> = rows.iter().map(|row| format!("  {{ {} }}", row.replace('\n', ", "))).collect();
            (format!("{name} = [\n{}\n]\n", rows.join(", # one\n")), String::new())
        }
        (_, false) => {
            (String::new(), rows.iter().map(|row| format!("# one\n[[{name}]]\n{row} # its last\n\n")).collect())
        }
    }
}

/// A config that is understood.
fn config() -> impl Strategy<Value = String> {
    let refresh = switches("refresh", &[("automatic", "true"), ("before", "\"20m\""), ("mode", "\"direct\"")]);
    let sync = switches("sync", &[("automatic", "true"), ("share_refresh_token", "false")]);
    let of_profile = prop::sample::subsequence(
        vec!["refresh = { automatic = true }", "sync = { automatic = false, share_refresh_token = true }"],
        0..=2,
    );
    let profiles = (prop::collection::vec(of_profile, 0..3), any::<bool>()).prop_map(|(rows, inline)| {
        let row = |(number, more): (usize, Vec<&str>)| {
            let name = format!("name = \"p{number}\"\nconfig_dir = \"/p{number}\"");
            [vec![name.as_str()], more].concat().join("\n")
        };
        list("profiles", &rows.into_iter().enumerate().map(row).collect::<Vec<_>>(), inline)
    });
    let targets = (prop::sample::subsequence(vec!["acme/api", "acme/web", "acme/app"], 0..=3), any::<bool>());
    let targets = targets.prop_map(|(names, inline)| {
        list("targets", &names.iter().map(|name| format!("repo = \"{name}\"")).collect::<Vec<_>>(), inline)
    });
    (refresh, sync, profiles, targets).prop_map(|parts| {
        let parts = [parts.0, parts.1, parts.2, parts.3];
        let joined = |part: fn(&(String, String)) -> &str| parts.iter().map(part).collect::<Vec<_>>().concat();
        format!("# mine\n{}{}", joined(|part| &part.0), joined(|part| &part.1))
    })
}

fn read(text: &str) -> Settings {
    parse(text, "/home/ada").unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn as_seen(settings: &Settings) -> Vec<(ProfileName, Settings)> {
    let names = settings.profiles.iter().map(|profile| profile.name.clone()).chain([ProfileName::default()]);
    // What profiles have of their own is seen through each of them.
    let seen = |name: &ProfileName| {
        let mut seen = settings.clone().of_profile(name).expect("a profile");
        seen.profiles.clear();
        seen
    };
    names.map(|name| (name.clone(), seen(&name))).collect()
}

fn comments(text: &str) -> usize {
    text.matches('#').count()
}

fn target() -> impl Strategy<Value = Target> {
    let place = prop::sample::select(vec![
        "new/api",
        "new/web@pre prod #1",
        "org:new#agents",
        "user:codespaces",
        "new/x#dependabot",
    ]);
    let command = ("[a-z]{1,5}", prop::collection::vec("[^\u{0}]{1,6}", 1..3));
    let place = prop_oneof![
        place.prop_map(|name| Place::parse(name).expect("a place")),
        command.prop_map(|(name, command)| Place::Command { name, command }),
    ];
    place.prop_map(|place| Target { place, secrets: None, profile: ProfileName::default() })
}

proptest! {
    #![proptest_config(cases(60))]

    #[test]
    fn a_switch_changes_what_it_says_for_its_profile_alone(
        text in config(), which in 0..3usize, on in any::<bool>(), whose in any::<prop::sample::Index>(),
    ) {
        let before = as_seen(&read(&text));
        let profile = before[whose.index(before.len())].0.clone();
        let settings = [Setting::AutomaticRefresh(on), Setting::AutomaticSync(on), Setting::ShareRefreshToken(on)];
        let setting = settings[which];
        let edited = with_setting(&text, setting, &profile).expect("a config that is understood");
        let expected = before.into_iter().map(|(name, mut settings)| {
            if name == profile {
                match setting {
                    Setting::AutomaticRefresh(on) => settings.refresh.automatic = on,
                    Setting::AutomaticSync(on) => settings.sync.automatic = on,
                    Setting::ShareRefreshToken(yes) => settings.sync.share_refresh_token = yes.into(),
                }
            }
            (name, settings)
        });
        let expected: Vec<_> = expected.collect();
        prop_assert_eq!(as_seen(&read(&edited)), expected, "{}\nbecame\n{}", text, edited);
        prop_assert_eq!(comments(&edited), comments(&text), "{}\nbecame\n{}", text, edited);
        prop_assert_eq!(with_setting(&edited, setting, &profile), Ok(edited));
    }

    #[test]
    fn a_target_that_is_added_is_there_and_is_gone_when_it_is_removed(text in config(), target in target()) {
        let before = read(&text);
        let added = with_target(&text, &target).expect("a config that is understood");
        let mut expected = before.clone();
        expected.targets.push(target);
        prop_assert_eq!(read(&added), expected, "{}\nbecame\n{}", text, added);
        prop_assert!(comments(&added) >= comments(&text), "{}\nbecame\n{}", text, added);
        let removed = without_target(&added, before.targets.len()).expect("it was added");
        prop_assert_eq!(read(&removed), before, "{}\nbecame\n{}", added, removed);
    }

    #[test]
    fn a_target_that_is_removed_takes_no_other_with_it(text in config(), which in any::<prop::sample::Index>()) {
        let mut settings = read(&text);
        if settings.targets.is_empty() {
            return Ok(());
        }
        let number = which.index(settings.targets.len());
        let edited = without_target(&text, number).expect("a config that is understood");
        settings.targets.remove(number);
        prop_assert_eq!(read(&edited), settings, "{}\nbecame\n{}", text, edited);
    }

    #[test]
    fn any_text_is_settings_or_an_error_that_names_a_line_of_it(
        text in config(),
        place in any::<prop::sample::Index>(),
        letter in any::<char>(),
        length in 0..4usize,
        whole in prop::option::of(any::<String>()),
    ) {
        let mut letters: Vec<char> = text.chars().collect();
        let place = place.index(letters.len());
        letters.splice(place..(place + length).min(letters.len()), [letter]);
        let text = whole.unwrap_or_else(|| letters.into_iter().collect());
        if let Err(error) = parse(&text, "/home/ada") {
            let lines = text.matches('\n').count() + 1;
            prop_assert!(error.line.is_some_and(|line| (1..=lines).contains(&line)), "{:?} of {}", error, text);
        }
    }

    #[test]
    fn a_span_is_what_its_parts_are_together(
        days in 0..300i64, hours in 0..48i64, minutes in 0..90i64, seconds in 0..90i64,
    ) {
        let span = SignedDuration::from_secs(((days * 24 + hours) * 60 + minutes) * 60 + seconds);
        let together = format!("{}m{seconds}s", (days * 24 + hours) * 60 + minutes);
        for text in [format!("{days}d {hours}h {minutes}m {seconds}s"), format!("{}s", span.as_secs()), together] {
            let settings = parse(&format!("[refresh]\nbefore = \"{text}\""), "/home/ada");
            let read = settings.map(|settings| settings.refresh.before);
            if span.is_zero() {
                prop_assert!(read.is_err(), "{}", text);
            } else {
                prop_assert_eq!(read, Ok(span), "{}", text);
            }
        }
    }
}
