//! `config.toml`, as anybody may write it: settings or an error that names a line, and edits that leave the rest as it is.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wick::config::{parse, with_setting, with_target, without_target};
use wick::domain::settings::{Place, ProfileName, Setting, Target};

const HOME: &str = "/home/ada";

fuzz_target!(|text: &str| {
    let settings = match parse(text, HOME) {
        Ok(settings) => settings,
        Err(error) => {
            assert!(error.line.is_some_and(|line| (1..=text.matches('\n').count() + 1).contains(&line)), "{error}");
            return;
        }
    };
    let place = Place::parse("fuzz/added@production").expect("a place");
    let target = Target { place, secrets: None, profile: ProfileName::default() };
    if settings.targets.iter().all(|known| known.to_string() != target.to_string()) {
        let added = with_target(text, &target).expect("it was understood");
        let mut expected = settings.clone();
        let found = parse(&added, HOME).expect("an edit that is understood");
        let last = found.targets.last().expect("it was added");
        assert!(last.place == target.place && last.profile == target.profile, "{added}");
        // What all targets get may include variables, which each then names.
        expected.targets.push(Target { secrets: last.secrets.clone(), ..target });
        assert_eq!(found, expected, "{added}");
        let removed = without_target(&added, settings.targets.len()).expect("it was added");
        assert_eq!(parse(&removed, HOME).as_ref(), Ok(&settings), "{removed}");
    }
    let mut expected = settings.clone();
    expected.sync.automatic = !settings.sync.automatic;
    let setting = Setting::AutomaticSync(expected.sync.automatic);
    let switched = with_setting(text, setting, &ProfileName::default()).expect("it was understood");
    for profile in &mut expected.profiles {
        // They keep what they have had.
        profile.sync_automatic.get_or_insert(settings.sync.automatic);
    }
    assert_eq!(parse(&switched, HOME).as_ref(), Ok(&expected), "{switched}");
});
