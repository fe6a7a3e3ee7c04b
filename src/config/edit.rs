//! Edits of the config's text by commands and switches. What is not edited stays as it is, comments too.

use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, RawString, Table, TableLike, TomlError, Value};

use super::error::ConfigError;
use super::lines::keep_ends;
use super::table::{fit, part_of, put, tables_of, take_out, text as text_of};
use crate::domain::settings::{Choice, Mapping, Place, ProfileName, Setting, Target, Visibility};

const NO_LIST: &str = "`targets` is no list of tables; write `[[targets]]`";

/// The config's text with one switch of a profile set.
pub fn with_setting(text: &str, setting: Setting, profile: &ProfileName) -> Result<String, ConfigError> {
    keep_ends(text, |text| set(text, setting, profile))
}

fn set(text: &str, setting: Setting, profile: &ProfileName) -> Result<String, ConfigError> {
    let (name, key, value, usual) = match setting {
        Setting::AutomaticRefresh(on) => ("refresh", "automatic", on, Value::from(false)),
        Setting::AutomaticSync(on) => ("sync", "automatic", on, Value::from(false)),
        Setting::ShareRefreshToken(yes) => ("sync", "share_refresh_token", yes, Value::from("ask")),
    };
    let mut document = parsed(text)?;
    let holder: &mut dyn TableLike = if profile.is_default() {
        // Profiles without a value of their own go by the default one's, and whoever switches that one means it alone: they
        // get the value that they have had.
        let before = document.get(name).and_then(|table| table.get(key)).and_then(Item::as_value).unwrap_or(&usual);
        let before = before.clone().decorated(" ", "");
        for table in tables_of(&mut document, "profiles").into_iter().filter_map(|profile| part_of(profile, name)) {
            table.entry(key).or_insert(Item::Value(before.clone()));
        }
        if document.get(name).is_none() {
            return Ok(format!("{}[{name}]\n{key} = {value}\n", ended(&document.to_string())));
        }
        document.as_table_mut()
    } else {
        let is_it = |table: &&mut dyn TableLike| table.get("name").and_then(Item::as_str) == Some(profile.as_str());
        let found = tables_of(&mut document, "profiles").into_iter().find(is_it);
        found.ok_or_else(|| ConfigError::new(text, None, format!("no profile is named `{profile}`")))?
    };
    let no_table = || ConfigError::new(text, None, format!("`{name}` is no table; write `[{name}]`"));
    let table = part_of(holder, name).ok_or_else(no_table)?;
    put(table, key, value.into());
    Ok(document.to_string())
}

/// The config's text with one more target.
pub fn with_target(text: &str, target: &Target) -> Result<String, ConfigError> {
    keep_ends(text, |text| add(text, target))
}

fn add(text: &str, target: &Target) -> Result<String, ConfigError> {
    let mut document = parsed(text)?;
    if let Some(Item::Value(Value::Array(targets))) = document.get_mut("targets") {
        let mut table = InlineTable::new();
        fill(&mut table, target);
        targets.push(table);
        return Ok(document.to_string());
    }
    let mut table = Table::new();
    fill(&mut table, target);
    let mut block = DocumentMut::new();
    block.insert("targets", Item::ArrayOfTables(ArrayOfTables::from_iter([table])));
    let gap = if text.trim().is_empty() { "" } else { "\n" };
    Ok(format!("{}{gap}{}", ended(text), block.to_string().trim_start()))
}

/// The config's text with which secrets the target of this number gets: these, or what all get that say nothing. Its
/// variables stay as they are.
pub fn with_secrets(text: &str, number: usize, secrets: Option<&[Mapping]>) -> Result<String, ConfigError> {
    keep_ends(text, |text| set_secrets(text, number, secrets))
}

fn set_secrets(text: &str, number: usize, secrets: Option<&[Mapping]>) -> Result<String, ConfigError> {
    let mut document = parsed(text)?;
    let mut targets = tables_of(&mut document, "targets");
    let target = targets.get_mut(number).ok_or_else(|| ConfigError::new(text, None, NO_LIST))?;
    match (secrets, target.get_mut("secrets")) {
        (None, _) => take_out(*target, "secrets"),
        (Some(secrets), Some(table)) => fit(table, &table_of(secrets)),
        (Some(secrets), None) => put(*target, "secrets", Value::InlineTable(table_of(secrets))),
    }
    Ok(document.to_string())
}

/// The secrets among these: variables have a table of their own.
fn table_of(mappings: &[Mapping]) -> InlineTable {
    let mut table = InlineTable::new();
    for Mapping { name, field } in mappings.iter().filter(|mapping| mapping.variable_name().is_none()) {
        table.insert(name, field.word().into());
    }
    table
}

/// The config's text without the target of this number, counted from 0 in the file's order.
pub fn without_target(text: &str, number: usize) -> Result<String, ConfigError> {
    keep_ends(text, |text| remove(text, number))
}

fn remove(text: &str, number: usize) -> Result<String, ConfigError> {
    let mut document = parsed(text)?;
    match document.get_mut("targets") {
        Some(Item::ArrayOfTables(targets)) if number < targets.len() => {
            let above = targets.get(number).map(|table| comments_apart(table.decor().prefix())).unwrap_or_default();
            targets.remove(number);
            if let Some(next) = targets.get_mut(number) {
                let own = next.decor().prefix().and_then(RawString::as_str).unwrap_or("\n").to_owned();
                next.decor_mut().set_prefix(format!("{above}{own}"));
            } else {
                let own = document.trailing().as_str().unwrap_or_default().to_owned();
                document.set_trailing(format!("{above}{own}"));
            }
        }
        Some(Item::Value(Value::Array(targets))) if number < targets.len() => remove_from(targets, number),
        _ => return Err(ConfigError::new(text, None, NO_LIST)),
    }
    let edited = document.to_string();
    // The next one had an empty line above it.
    Ok(if text.starts_with('\n') { edited } else { edited.trim_start_matches('\n').to_owned() })
}

/// A comment on the line of a comma is about what stands before it.
fn remove_from(values: &mut Array, number: usize) {
    let prefix = |value: &Value| text_of(value.decor().prefix());
    let above = prefix(&values.remove(number));
    let below = values.get(number).map_or_else(|| text_of(Some(values.trailing())), prefix);
    if !above.contains('#') && !below.contains('#') {
        return;
    }
    let rest = |text: &str| text.find('\n').unwrap_or_default();
    let of_others = &above[..rest(&above)];
    let apart = comments_apart(Some(&RawString::from(&above[rest(&above)..])));
    let below =
        format!("{of_others}{apart}{}", below.get(rest(&below)..).filter(|rest| !rest.is_empty()).unwrap_or("\n"));
    match values.get_mut(number) {
        Some(next) => next.decor_mut().set_prefix(below),
        None => values.set_trailing(below),
    }
}

/// Comments that an empty line sets apart from what follows them: they are about something else.
fn comments_apart(prefix: Option<&RawString>) -> String {
    let prefix = prefix.and_then(RawString::as_str).unwrap_or_default();
    prefix.rfind("\n\n").map(|end| prefix[..=end].to_owned()).filter(|apart| apart.contains('#')).unwrap_or_default()
}

fn parsed(text: &str) -> Result<DocumentMut, ConfigError> {
    text.parse().map_err(|error: TomlError| ConfigError::syntax(text, &error))
}

fn ended(text: &str) -> String {
    let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    format!("{text}{end}")
}

fn fill(table: &mut dyn TableLike, target: &Target) {
    let mut set = |key: &str, value: Value| drop(table.insert(key, Item::Value(value)));
    match &target.place {
        Place::Github(store) => {
            store.keys().into_iter().for_each(|(key, text)| set(key, text.into()));
            if store.audience.visibility == Some(Visibility::Selected) {
                let names = store.audience.repositories.iter().map(String::as_str);
                set("repositories", Value::Array(names.collect::<Array>()));
            }
        }
        Place::Command { name, command } => {
            set("name", name.as_str().into());
            set("command", Value::Array(command.iter().map(String::as_str).collect::<Array>()));
        }
    }
    if let Some(mappings) = &target.secrets {
        set("secrets", Value::InlineTable(table_of(mappings)));
        let mut variables = InlineTable::new();
        for mapping in mappings {
            if let Some(name) = mapping.variable_name() {
                variables.insert(name, mapping.field.word().into());
            }
        }
        if !variables.is_empty() {
            set("variables", Value::InlineTable(variables));
        }
    }
    if !target.profile.is_default() {
        set("profile", target.profile.as_str().into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    use crate::config::{EXAMPLE, parse};
    use crate::domain::settings::{Field, ShareRefreshToken};

    fn target(place: &str) -> Target {
        Target { place: Place::parse(place).expect("a target"), secrets: None, profile: ProfileName::default() }
    }

    fn names(text: &str) -> Vec<String> {
        let settings = parse(text, "/home/ada").unwrap_or_else(|error| panic!("{error}: {text}"));
        settings.targets.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_switch_is_set_and_nothing_else_is_touched() {
        let check = |text: &str, setting, expected: &str| {
            assert_eq!(with_setting(text, setting, &ProfileName::default()).expect("valid TOML"), expected);
        };
        check("", Setting::AutomaticSync(true), "[sync]\nautomatic = true\n");
        check(
            "[tray]\ntitle = \"none\"",
            Setting::ShareRefreshToken(false),
            "[tray]\ntitle = \"none\"\n[sync]\nshare_refresh_token = false",
        );
        check(
            "[sync] # mine\nshare_refresh_token = \"ask\"   # later\n",
            Setting::ShareRefreshToken(true),
            "[sync] # mine\nshare_refresh_token = true   # later\n",
        );
        assert!(with_setting("sync = 1\n", Setting::AutomaticSync(true), &ProfileName::default()).is_err());
    }

    #[test]
    fn a_profiles_switch_is_its_own() {
        let work = ProfileName::new("work");
        let set = |text: &str, setting| with_setting(text, setting, &work).expect("valid TOML");
        let one = "[refresh]\nautomatic = false\n\n[[profiles]]\nname = \"work\"\nconfig_dir = \"/w\" # mine\n";
        let text = set(one, Setting::AutomaticRefresh(true));
        assert_eq!(text, format!("{one}refresh = {{ automatic = true }}\n"));
        let text = set(&text, Setting::ShareRefreshToken(false));
        let text = set(&text, Setting::AutomaticRefresh(false));
        let settings = parse(&text, "").expect("valid");
        assert_eq!(settings.profiles[0].refresh_automatic, Some(false));
        let inline = "profiles = [{ name = \"work\", config_dir = \"/w\" }]\n";
        assert!(set(inline, Setting::AutomaticSync(true)).contains("sync = { automatic = true }"));
        assert!(with_setting("", Setting::AutomaticSync(true), &work).is_err());
    }

    #[test]
    fn a_switch_of_the_default_profile_leaves_the_others_as_they_were() {
        let set = |text: &str, setting| with_setting(text, setting, &ProfileName::default()).expect("valid TOML");
        let two = "[[profiles]]\nname = \"work\"\nconfig_dir = \"/w\"\n\n[[profiles]]\nname = \"club\"\nconfig_dir = \"/c\"\nsync = { share_refresh_token = true }\n";
        for (text, before) in [
            (two.to_owned(), ShareRefreshToken::Ask),
            (format!("[sync]\nshare_refresh_token = false # no\n\n{two}"), ShareRefreshToken::No),
        ] {
            let settings = parse(&set(&text, Setting::ShareRefreshToken(true)), "").expect("valid");
            let of = |name| settings.clone().of_profile(&ProfileName::new(name)).expect("listed").sync;
            assert_eq!(settings.sync.share_refresh_token, ShareRefreshToken::Yes);
            assert_eq!(
                (of("work").share_refresh_token, of("club").share_refresh_token),
                (before, ShareRefreshToken::Yes)
            );
        }
        let inline = "profiles = [{ name = \"work\", config_dir = \"/w\" }]\n[refresh]\nautomatic = true\n";
        let settings = parse(&set(inline, Setting::AutomaticRefresh(false)), "").expect("valid");
        assert_eq!((settings.refresh.automatic, settings.profiles[0].refresh_automatic), (false, Some(true)));
    }

    #[test]
    fn targets_of_every_kind_are_added_at_the_end_and_read_back() {
        let mut text = EXAMPLE.to_owned();
        let all = [
            "acme/api",
            "acme/web@production & \"more\"",
            "acme/api#dependabot",
            "acme/api#codespaces",
            "acme/api#agents",
            "org:acme",
            "org:acme#agents",
            "user:codespaces",
        ];
        for place in all {
            let longer = with_target(&text, &target(place)).expect("valid TOML");
            assert!(longer.starts_with(&text), "what was there stays to the byte");
            text = longer;
        }
        assert_eq!(names(&text), all);
        let command = Place::Command { name: "aws".to_owned(), command: vec!["aws".to_owned(), "a b\"".to_owned()] };
        let secrets =
            Some(vec![Mapping { name: "A".to_owned(), field: crate::domain::settings::target::Field::ExpiresAt }]);
        let command = Target { place: command, secrets, profile: ProfileName::default() };
        let text = with_target("targets = [{ repo = \"acme/api\" }] # mine\n", &command).expect("valid TOML");
        assert!(text.ends_with("# mine\n"), "{text}");
        assert_eq!(parse(&text, "").expect("valid").targets[1], command);
    }

    // See: https://github.com/jdx/mise/issues/12318
    #[test]
    fn each_line_keeps_its_own_end() {
        let long = |text: &str| text.replace('\n', "\r\n");
        let mixed = |text: &str| text.replacen('\n', "\r\n", 1);
        let unended = |text: &str| text.trim_end().to_owned();
        let marked = |text: &str| format!("\u{feff}{}", text.replace('\n', "\r\n"));
        let one = "# mine\n[tray]\ntitle = \"none\" # why\n\n[[targets]]\nrepo = \"acme/a\"\n\n# apart\n\n# b's\n[[targets]]\nrepo = \"acme/b\"\n";
        let ways: [&dyn Fn(&str) -> String; 5] = [&str::to_owned, &long, &mixed, &unended, &marked];
        for way in ways {
            let text = way(one);
            let added = with_target(&text, &target("acme/c")).expect("valid TOML");
            assert_eq!(added, way(&format!("{one}\n[[targets]]\nrepo = \"acme/c\"\n")));
            assert_eq!(without_target(&added, 2).expect("valid TOML").trim_end(), text.trim_end());
            let removed = one.replace("# b's\n[[targets]]\nrepo = \"acme/b\"\n", "");
            let removed = way(&removed);
            assert_eq!(without_target(&text, 1).expect("valid TOML").trim_end(), removed.trim_end());
            let set = with_setting(&text, Setting::AutomaticSync(true), &ProfileName::default()).expect("valid TOML");
            assert_eq!(set, way(&format!("{one}[sync]\nautomatic = true\n")));
            let set = with_setting(&set, Setting::AutomaticSync(false), &ProfileName::default()).expect("valid TOML");
            assert_eq!(set, way(&format!("{one}[sync]\nautomatic = false\n")));
        }
    }

    #[test]
    fn no_edit_begins_a_file_with_an_empty_line() {
        let add = |text: &str, place| with_target(text, &target(place)).expect("valid TOML");
        let two = add(&add("", "acme/a"), "acme/b");
        assert_eq!(two, "[[targets]]\nrepo = \"acme/a\"\n\n[[targets]]\nrepo = \"acme/b\"\n");
        assert_eq!(without_target(&two, 0).expect("valid TOML"), "[[targets]]\nrepo = \"acme/b\"\n");
        assert!(without_target(&format!("\n{two}"), 0).expect("valid TOML").starts_with('\n'), "it was there before");
    }

    // What is not asked for stays, however it is written: other keys, spaces, ends of lines, comments.
    #[test]
    fn what_a_target_gets_is_edited_in_place() {
        use crate::domain::settings::Field::{AccessToken, CiToken, ExpiresAt};
        let mappings = |names: &[(&str, Field)]| -> Vec<Mapping> {
            names.iter().map(|(name, field)| Mapping { name: (*name).to_owned(), field: *field }).collect()
        };
        let check = |before: &str, names: &[(&str, Field)], after: &str| {
            let secrets = (!names.is_empty()).then(|| mappings(names));
            for end in ["\n", "\r\n"] {
                let (before, after) = (before.replace('\n', end), after.replace('\n', end));
                let edited = with_secrets(&before, 0, secrets.as_deref()).expect("valid TOML");
                assert_eq!(edited, after);
                let target = parse(&edited, "").expect("valid").targets.remove(0);
                let gets = target.secrets.map(|gets| gets.into_iter().map(|one| one.name).collect::<BTreeSet<_>>());
                let asked = secrets.as_ref().map(|asked| asked.iter().map(|one| one.name.clone()).collect());
                assert_eq!(gets, asked);
            }
        };
        let two = [("A", AccessToken), ("NEW", CiToken)];
        check(
            "targets = [{ repo = \"a/a\" }] # mine\n# the end",
            &two,
            "targets = [{ repo = \"a/a\", secrets = { A = \"accessToken\", NEW = \"ciToken\" } }] # mine\n# the end",
        );
        let inline = "[[targets]]\nrepo = \"a/a\"\n# these\nsecrets = {A = \"accessToken\", B = \"expiresAt\"} # alone\nprofile = \"default\"\n\n# the end\n";
        let changed =
            inline.replace("{A = \"accessToken\", B = \"expiresAt\"}", "{ A = \"accessToken\", NEW = \"ciToken\" }");
        check(inline, &two, &changed);
        let without = inline.replace("secrets = {A = \"accessToken\", B = \"expiresAt\"} # alone\n", "");
        check(inline, &[], &without);
        let lines = "[[targets]]\nrepo = \"a/a\"\nsecrets = {\n  A = \"accessToken\", # a\n  # of b\n  B = \"expiresAt\", # b\n}\n";
        check(lines, &[("A", AccessToken), ("B", ExpiresAt)], lines);
        let less = "[[targets]]\nrepo = \"a/a\"\nsecrets = {\n  A = \"accessToken\"\n # a\n  # of b\n  , # b\n}\n";
        check(lines, &[("A", AccessToken)], less);
        let table = "[[targets]]\nrepo = \"a/a\"\n\n# its own\n[targets.secrets] # all\n# b\nB = \"expiresAt\" # an end\n# a\nA = \"expiresAt\" # why\n\n[tray]\n";
        let changed = table
            .replace("B = \"expiresAt\" # an end\n", "")
            .replace("A = \"expiresAt\" # why\n", "A = \"accessToken\" # why\nNEW = \"ciToken\"\n");
        check(table, &two, &changed);
        check(table, &[], "[[targets]]\nrepo = \"a/a\"\n\n# its own\n\n[tray]\n");
    }

    #[test]
    fn a_target_is_removed_with_the_comments_that_are_its_own() {
        let text = "# all of mine\n\n# first\n[[targets]]\nrepo = \"a/a\" # one\n\n# second\n[[targets]]\nrepo = \"b/b\"\n\n# the end\n";
        let first = without_target(text, 0).expect("valid TOML");
        assert_eq!(first, "# all of mine\n\n# second\n[[targets]]\nrepo = \"b/b\"\n\n# the end\n");
        let second = without_target(text, 1).expect("valid TOML");
        assert_eq!(second, "# all of mine\n\n# first\n[[targets]]\nrepo = \"a/a\" # one\n\n# the end\n");
        let none = without_target(&second, 0).expect("valid TOML");
        assert_eq!((names(&none).len(), none.contains("# all of mine"), none.contains("# the end")), (0, true, true));
        assert!(without_target(text, 2).is_err());
        let list = "targets = [ # all\n  { repo = \"a/a\" }, # one\n\n  # apart\n\n  # second\n  { repo = \"b/b\" }, # two\n  # third\n  { repo = \"c/c\" }, # three\n]\n";
        for (number, gone) in [
            (0, "  { repo = \"a/a\" }, # one\n"),
            (1, "\n  # second\n  { repo = \"b/b\" }, # two"),
            (2, "\n  # third\n  { repo = \"c/c\" }, # three"),
        ] {
            let left = without_target(list, number).expect("valid TOML");
            assert!(left == list.replace(gone, ""), "{number}: {left}");
        }
        let one_line =
            without_target("targets = [{ repo = \"a/a\" }, # one\n{ repo = \"b/b\" }]\n", 1).expect("valid TOML");
        assert_eq!((names(&one_line), one_line.contains("# one")), (vec!["a/a".to_owned()], true), "{one_line}");
    }
}
