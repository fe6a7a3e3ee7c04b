//! The config file's text becomes validated [`Settings`]; every error names the line and what to write instead.
//!
//! Knows TOML and the names of keys. Does not know where the file lies or who may write it.

mod edit;
mod error;
mod lines;
#[cfg(test)]
mod properties;
mod section;
mod table;
mod values;

pub use edit::{with_secrets, with_setting, with_target, without_target};
pub use error::ConfigError;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use section::{Found, Section};
use values::{folder, program, share_refresh_token, span, spans, switch, url, word};

use crate::domain::order::gathered;
use crate::domain::settings::{
    Choice, Field, Holder, Kind, Mapping, Misfit, Place, Profile, ProfileName, Secrets, Settings, Store, Target,
    is_environment_name, is_secret_name,
};
use crate::domain::sync::scrub::{has_token, without_tokens};
use crate::words::sentence::or;

/// The complete, commented file that `wick config init` writes.
pub const EXAMPLE: &str = include_str!("../resources/config.example.toml");

/// Reads the text of a config file. `home` stands for a leading `~`.
pub fn parse(text: &str, home: &str) -> Result<Settings, ConfigError> {
    let document = toml_edit::Document::parse(text).map_err(|error| ConfigError::syntax(text, &error))?;
    let root = Section::new(text, "", document.as_table(), None);
    let mut settings = Settings::default();
    root.part("credential", |table| {
        table.set("source", word, &mut settings.credential.source)?;
        settings.credential.config_dir = table.read("config_dir", |found| folder(found, home))?;
        Ok(())
    })?;
    root.part("tray", |table| {
        table.set("title", word, &mut settings.tray.title)?;
        table.set("icon", word, &mut settings.tray.icon)
    })?;
    root.part("alerts", |table| {
        table.set("access", spans, &mut settings.alerts.access)?;
        table.set("login", spans, &mut settings.alerts.login)?;
        table.set("command", program, &mut settings.alerts.command)
    })?;
    root.part("refresh", |table| {
        table.set("mode", word, &mut settings.refresh.mode)?;
        table.set("automatic", switch, &mut settings.refresh.automatic)?;
        table.set("before", span, &mut settings.refresh.before)?;
        table.set("token_url", url, &mut settings.refresh.token_url)
    })?;
    root.part("github", |table| {
        let address = |found: &Found<'_>| Ok(url(found)?.trim_end_matches('/').to_owned());
        table.set("api_url", address, &mut settings.github.api_url)
    })?;
    root.part("sync", |table| {
        table.set("automatic", switch, &mut settings.sync.automatic)?;
        table.set("share_refresh_token", share_refresh_token, &mut settings.sync.share_refresh_token)
    })?;
    if let Some(table) = root.table("secrets")? {
        settings.secrets = Secrets(mappings(&table)?);
    }
    let variables = root.table("variables")?.map(|table| variables(&table)).transpose()?;
    let common = (settings.secrets.0.as_slice(), variables.as_deref().unwrap_or_default());
    let targets = root.tables("targets")?.into_iter().map(|section| target(section, common));
    settings.targets = targets.collect::<Result<_, _>>()?;
    settings.profiles =
        root.tables("profiles")?.into_iter().map(|table| profile(table, home)).collect::<Result<_, _>>()?;
    check_names(&root, &settings)?;
    root.finish()?;
    Ok(settings)
}

fn mappings(section: &Section<'_>) -> Result<Vec<Mapping>, ConfigError> {
    let mappings = named_fields(section)?;
    if mappings.is_empty() {
        return Err(section.refuse("`secrets` is empty; write `NAME = \"field\"`, or leave it out for the usual three"));
    }
    Ok(mappings.into_iter().map(|(mapping, _)| mapping).collect())
}

/// What all may read: nothing in which there is a token.
fn variables(section: &Section<'_>) -> Result<Vec<Mapping>, ConfigError> {
    let variable = |(mapping, found): (Mapping, Found<'_>)| {
        if mapping.field.carries_a_token() {
            let open = Field::WORDS.iter().filter(|(_, field)| !field.carries_a_token());
            let open = or(open.map(|(name, _)| format!("\"{name}\"")));
            let why = "would put a token where everyone who sees the repository can read it; write it under \
                       `[secrets]`. A variable takes one of";
            return Err(found.forbid(&format!("{why} {open}")));
        }
        Ok(Mapping::variable(&mapping.name, mapping.field))
    };
    named_fields(section)?.into_iter().map(variable).collect()
}

fn named_fields<'a>(section: &Section<'a>) -> Result<Vec<(Mapping, Found<'a>)>, ConfigError> {
    let no_name = "is no name for a secret; write one of letters, digits and `_` that begins with neither a digit nor \
                   `GITHUB_`";
    let (mut mappings, mut seen) = (Vec::new(), BTreeSet::new());
    for (name, found) in section.entries()? {
        if !is_secret_name(name) || has_token(name) {
            return Err(section.refuse_key(name, no_name));
        }
        mappings.push((Mapping { name: name.to_owned(), field: word(&found)? }, found));
        // GitHub keeps names in upper case: the second would write over the first.
        if !seen.insert(name.to_ascii_uppercase()) {
            return Err(section.refuse_key(name, "is listed twice; GitHub knows no lower case"));
        }
    }
    Ok(mappings)
}

/// `common` is what goes to targets that say nothing else: secrets, and variables.
fn target(section: Section<'_>, common: (&[Mapping], &[Mapping])) -> Result<Target, ConfigError> {
    let text = |key, expected| section.read(key, |found| found.text(expected).map(str::to_owned));
    let mut named = Vec::new();
    for (key, holder) in Holder::KEYS {
        named.extend(section.get(key)?.map(|found| (holder, found)));
    }
    let place = match (named.as_slice(), section.get("command")?) {
        ([(holder, found)], None) => Place::Github(store(&section, *holder, found)?),
        ([], Some(command)) => {
            let command = command.texts("the program and its arguments, as [\"program\", \"argument\"]")?;
            let name = text("name", "a name for the command")?;
            match (name, command.first()) {
                (Some(name), Some(program)) if !name.is_empty() && !program.is_empty() => {
                    Place::Command { name, command }
                }
                _ => {
                    let needed = "a command target needs `name = \"…\"` and `command = [\"program\", …]`";
                    return Err(section.refuse(needed));
                }
            }
        }
        _ => {
            let one_of = "a target is one of `repo = \"owner/name\"`, `org = \"name\"`, `user = \"codespaces\"` or \
                          `command = […]`";
            return Err(section.refuse(one_of));
        }
    };
    let mut secrets = section.table("secrets")?.map(|table| mappings(&table)).transpose()?;
    let own = section.table("variables")?;
    if place.store().is_some_and(|store| store.kind.has_variables()) {
        let own = own.map(|table| variables(&table)).transpose()?;
        let variables = own.as_deref().unwrap_or(common.1);
        if !variables.is_empty() {
            secrets.get_or_insert_with(|| common.0.to_vec()).extend_from_slice(variables);
        }
    } else if let Some(own) = own {
        let where_they_are = "`variables` are for a repository, one of its environments and an organization; leave them \
                              out here";
        return Err(own.refuse(where_they_are));
    }
    let target = Target {
        place,
        secrets,
        profile: text("profile", "the name of a profile")?.map(ProfileName::new).unwrap_or_default(),
    };
    section.finish()?;
    Ok(target)
}

/// A store of GitHub's. Which kinds there are, and what goes with each, is in [`Kind`].
fn store(section: &Section<'_>, holder: Holder, found: &Found<'_>) -> Result<Store, ConfigError> {
    let words = |holder| Kind::of(holder).map(|kind| (kind.app, kind)).collect::<Vec<_>>();
    let environment = if holder == Holder::Repository { section.get("environment")? } else { None };
    let app = if holder == Holder::User { None } else { section.get("app")? };
    let (expected, owner) = match holder {
        // The key says which of one's own, and the token whose.
        Holder::User => ("", ""),
        Holder::Organization => ("an organization's name", found.text("an organization's name")?),
        _ => ("a repository as \"owner/name\"", found.text("a repository as \"owner/name\"")?),
    };
    let (kind, environment) = match (&environment, &app) {
        (Some(_), Some(app)) => return Err(app.refuse("either `environment` or `app`, not both")),
        (Some(name), None) => {
            let text = name.full_text("the name of an environment")?;
            if !is_environment_name(text) {
                return Err(name.refuse("the name of an environment, without line breaks and the like"));
            }
            (words(Holder::Environment)[0].1, Some(text))
        }
        (None, Some(app)) => (app.choice(&words(holder))?, None),
        (None, None) if holder == Holder::User => (found.choice(&words(holder))?, None),
        (None, None) => (words(holder)[0].1, None),
    };
    let store = Store::new(kind, owner, environment).ok_or_else(|| found.refuse(expected))?;
    if kind.has_audience() { used_by(section, store) } else { Ok(store) }
}

fn used_by(section: &Section<'_>, store: Store) -> Result<Store, ConfigError> {
    let kind = store.kind;
    let visibility = if kind.has_visibility() { section.read("visibility", word)? } else { None };
    let expected = if kind.has_visibility() {
        "repositories' names without their owner, as [\"api\", \"web\"]"
    } else {
        "repositories with their owners, as [\"acme/api\"]"
    };
    let found = section.get("repositories")?;
    let names = found.as_ref().map(|found| found.texts(expected)).transpose()?;
    let refuse =
        |expected: &str| found.as_ref().map_or_else(|| section.refuse(expected), |found| found.refuse(expected));
    store.used_by(visibility, names).map_err(|misfit| match misfit {
        Misfit::Names => refuse(expected),
        Misfit::NotSelected => refuse("`visibility = \"selected\"` beside it, or leave it out"),
        Misfit::NoneSelected => refuse("`visibility = \"selected\"` needs `repositories = […]`"),
    })
}

/// A credential beside the default one, and the switches that it has of its own.
fn profile(section: Section<'_>, home: &str) -> Result<Profile, ConfigError> {
    let name = section.get("name")?;
    let (Some(name), Some(config_dir)) = (name, section.read("config_dir", |found| folder(found, home))?) else {
        return Err(section.refuse("a profile needs `name = \"…\"` and `config_dir = \"…\"`"));
    };
    let expected = "a name of up to 32 letters, digits, `.`, `_` and `-` that begins with a letter or digit";
    let profile = ProfileName::new(name.text(expected)?);
    if !profile.is_plain() {
        return Err(name.refuse(expected));
    }
    let refresh_automatic = section.part("refresh", |refresh| refresh.read("automatic", switch))?;
    let (sync_automatic, share_refresh_token) = section.part("sync", |sync| {
        Ok((sync.read("automatic", switch)?, sync.read("share_refresh_token", share_refresh_token)?))
    })?;
    section.finish()?;
    Ok(Profile { name: profile, config_dir, refresh_automatic, sync_automatic, share_refresh_token })
}

/// Names must tell targets and profiles apart, and what refers to a profile must find one.
fn check_names(root: &Section<'_>, settings: &Settings) -> Result<(), ConfigError> {
    let is_known = |name: &ProfileName| name.is_default() || settings.profiles.iter().any(|known| known.name == *name);
    let mut seen = BTreeSet::new();
    for (target, section) in settings.targets.iter().zip(root.tables("targets")?) {
        if !seen.insert(target.to_string().to_lowercase()) {
            return Err(section.refuse(format!("`{target}` is listed twice; remove one")));
        }
        if !is_known(&target.profile) {
            let name = without_tokens(target.profile.as_str());
            return Err(section.refuse(format!("no profile is named `{name}`; add it under `[[profiles]]`")));
        }
    }
    let mut names: BTreeSet<_> = gathered([ProfileName::default()]);
    let mut folders = BTreeMap::new();
    for (profile, section) in settings.profiles.iter().zip(root.tables("profiles")?) {
        let name = &profile.name;
        if !names.insert(name.clone()) {
            return Err(section.refuse(format!("a profile named `{name}` is already there; choose another name")));
        }
        // Two of them would refresh and sync the same sign-in as if it were two. As a path, `a/./b` is `a/b`.
        let folder: PathBuf = Path::new(&profile.config_dir).components().collect();
        if let Some(other) = folders.insert(folder, name) {
            let same = format!("profile `{other}` has the same `config_dir`; a profile is a folder of its own");
            return Err(section.refuse(same));
        }
    }
    Ok(())
}
