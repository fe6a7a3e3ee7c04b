//! The config file's text becomes validated [`Settings`]; every error names the line and what to write instead.
//!
//! Knows TOML and the names of keys. Does not know where the file lies or who may write it.

mod edit;
mod profile;
mod section;

pub use crate::config::edit::{with_setting, with_target, without_target};

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::config::section::{Found, Section};
use crate::domain::settings::{
    AlertSettings, CredentialSettings, Field, GithubSettings, Holder, IconStyle, Kind, Mapping, Misfit, Place,
    ProfileName, RefreshMode, RefreshSettings, Secrets, Settings, ShareRefreshToken, SourceChoice, Store, SyncSettings,
    Target, Title, TraySettings, Visibility, is_secret_name,
};
use crate::words;

/// The complete, commented file that `wick config init` writes.
pub const EXAMPLE: &str = include_str!("../resources/config.example.toml");

/// Why a config is not used. The user mends the line; until then the last good settings stay in use.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub struct ConfigError {
    /// Counted from 1; absent where the complaint is about the file as a whole.
    pub line: Option<usize>,
    /// What stands there, and what to write instead.
    pub message: String,
}

impl std::fmt::Display for ConfigError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            Some(line) => write!(formatter, "line {line}: {}", self.message),
            None => formatter.write_str(&self.message),
        }
    }
}

/// Reads the text of a config file. `home` stands for a leading `~`.
pub fn parse(text: &str, home: &str) -> Result<Settings, ConfigError> {
    let document = toml_edit::Document::parse(text).map_err(|error| section::syntax(text, &error))?;
    let root = Section::new(text, "", document.as_table(), None);
    let settings = Settings {
        credential: root.table("credential")?.map(|table| credential(table, home)).transpose()?.unwrap_or_default(),
        tray: root.table("tray")?.map(tray).transpose()?.unwrap_or_default(),
        alerts: root.table("alerts")?.map(alerts).transpose()?.unwrap_or_default(),
        refresh: root.table("refresh")?.map(refresh).transpose()?.unwrap_or_default(),
        github: root.table("github")?.map(github).transpose()?.unwrap_or_default(),
        sync: root.table("sync")?.map(sync).transpose()?.unwrap_or_default(),
        secrets: root.table("secrets")?.map(|table| mappings(&table).map(Secrets)).transpose()?.unwrap_or_default(),
        profile: ProfileName::default(),
        targets: root.tables("targets")?.into_iter().map(target).collect::<Result<_, _>>()?,
        profiles: root
            .tables("profiles")?
            .into_iter()
            .map(|table| profile::read(table, home))
            .collect::<Result<_, _>>()?,
    };
    check_names(&root, &settings)?;
    root.finish()?;
    Ok(settings)
}

/// What the text of a config file means to a profile.
pub fn settings(text: &str, home: &str, profile: &ProfileName) -> Result<Settings, String> {
    let settings = parse(text, home).map_err(|error| error.to_string())?;
    let known: Vec<String> = settings.profiles.iter().map(|known| known.name.to_string()).collect();
    settings.of_profile(profile).ok_or_else(|| words::profiles::unknown(profile, &known))
}

fn credential(section: Section<'_>, home: &str) -> Result<CredentialSettings, ConfigError> {
    let words = [("auto", SourceChoice::Auto), ("keychain", SourceChoice::Keychain), ("file", SourceChoice::File)];
    let settings = CredentialSettings {
        source: section.get("source")?.map(|found| found.choice(&words)).transpose()?.unwrap_or_default(),
        config_dir: section.get("config_dir")?.map(|found| folder(&found, home)).transpose()?,
    };
    section.finish()?;
    Ok(settings)
}

fn folder(found: &Found<'_>, home: &str) -> Result<String, ConfigError> {
    let expected = "a folder's full path, or one that begins with `~/`";
    let text = found.text(expected)?;
    match text.strip_prefix('~') {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => Ok(format!("{home}{rest}")),
        None if text.starts_with('/') => Ok(text.to_owned()),
        _ => Err(found.refuse(expected)),
    }
}

fn tray(section: Section<'_>) -> Result<TraySettings, ConfigError> {
    let titles =
        [("access", Title::Access), ("login", Title::Login), ("soonest", Title::Soonest), ("none", Title::None)];
    let icons = [("candle", IconStyle::Candle), ("time", IconStyle::Time)];
    let settings = TraySettings {
        title: section.get("title")?.map(|found| found.choice(&titles)).transpose()?.unwrap_or_default(),
        icon: section.get("icon")?.map(|found| found.choice(&icons)).transpose()?.unwrap_or_default(),
    };
    section.finish()?;
    Ok(settings)
}

fn alerts(section: Section<'_>) -> Result<AlertSettings, ConfigError> {
    let default = AlertSettings::default();
    let settings = AlertSettings {
        access: section.get("access")?.map(|found| found.durations()).transpose()?.unwrap_or(default.access),
        login: section.get("login")?.map(|found| found.durations()).transpose()?.unwrap_or(default.login),
    };
    section.finish()?;
    Ok(settings)
}

fn refresh(section: Section<'_>) -> Result<RefreshSettings, ConfigError> {
    let modes = [("direct", RefreshMode::Direct), ("claude", RefreshMode::Claude), ("never", RefreshMode::Never)];
    let default = RefreshSettings::default();
    let settings = RefreshSettings {
        mode: section.get("mode")?.map(|found| found.choice(&modes)).transpose()?.unwrap_or_default(),
        automatic: section.get("automatic")?.map(|found| found.bool()).transpose()?.unwrap_or_default(),
        before: section.get("before")?.map(|found| found.duration()).transpose()?.unwrap_or(default.before),
        token_url: section.get("token_url")?.map(|found| url(&found)).transpose()?.unwrap_or(default.token_url),
    };
    section.finish()?;
    Ok(settings)
}

fn github(section: Section<'_>) -> Result<GithubSettings, ConfigError> {
    let api_url = section.get("api_url")?.map(|found| url(&found)).transpose()?;
    let api_url = api_url.map(|url| url.trim_end_matches('/').to_owned());
    section.finish()?;
    Ok(api_url.map_or_else(GithubSettings::default, |api_url| GithubSettings { api_url }))
}

/// Tokens go to such addresses: https, or plain http where they do not leave this computer.
fn url(found: &Found<'_>) -> Result<String, ConfigError> {
    let expected = "an address that begins with `https://` (plain `http://` for this computer's loopback only)";
    let text = found.text(expected)?;
    let printable = text.chars().all(|letter| letter.is_ascii_graphic());
    let (rest, plain) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
        (Some(rest), _) => (rest, false),
        (None, Some(rest)) => (rest, true),
        (None, None) => return Err(found.refuse(expected)),
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // A user name before the host would make `http://127.0.0.1@elsewhere/` look like loopback.
    let fits = printable && !authority.is_empty() && !authority.contains('@') && !rest.contains(['?', '#', '\\']);
    if fits && (!plain || is_loopback(authority)) { Ok(text.to_owned()) } else { Err(found.refuse(expected)) }
}

fn is_loopback(authority: &str) -> bool {
    let port_is_number = |port: &str| port.parse::<u16>().is_ok();
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port_is_number(port) => host,
        _ => authority,
    };
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    host == "localhost" || address.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn sync(section: Section<'_>) -> Result<SyncSettings, ConfigError> {
    let settings = SyncSettings {
        automatic: section.get("automatic")?.map(|found| found.bool()).transpose()?.unwrap_or_default(),
        share_refresh_token: section
            .get("share_refresh_token")?
            .map(|found| share_refresh_token(&found))
            .transpose()?
            .unwrap_or_default(),
    };
    section.finish()?;
    Ok(settings)
}

fn share_refresh_token(found: &Found<'_>) -> Result<ShareRefreshToken, ConfigError> {
    match (found.value.as_str(), found.value.as_bool()) {
        (Some("ask"), _) => Ok(ShareRefreshToken::Ask),
        (_, Some(true)) => Ok(ShareRefreshToken::Yes),
        (_, Some(false)) => Ok(ShareRefreshToken::No),
        _ => Err(found.refuse("\"ask\", true or false")),
    }
}

fn mappings(section: &Section<'_>) -> Result<Vec<Mapping>, ConfigError> {
    let mapping = |(name, found): (&str, Found<'_>)| {
        if !is_secret_name(name) {
            return Err(
                found.refuse("a name of letters, digits and `_` that begins with neither a digit nor `GITHUB_`")
            );
        }
        Ok(Mapping { name: name.to_owned(), field: found.choice(&Field::NAMES)? })
    };
    let mappings: Vec<Mapping> = section.entries()?.into_iter().map(mapping).collect::<Result<_, _>>()?;
    if mappings.is_empty() {
        return Err(section.refuse("`secrets` is empty; write `NAME = \"field\"`, or leave it out for the usual three"));
    }
    let mut seen = BTreeSet::new();
    // GitHub keeps names in upper case: the second would write over the first.
    match mappings.iter().find(|mapping| !seen.insert(mapping.name.to_ascii_uppercase())) {
        Some(twice) => Err(section.refuse(format!("`{}` is listed twice; GitHub knows no lower case", twice.name))),
        None => Ok(mappings),
    }
}

fn target(section: Section<'_>) -> Result<Target, ConfigError> {
    let text = |key, expected| section.get(key)?.map(|found| found.text(expected).map(str::to_owned)).transpose();
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
                    return Err(
                        section.refuse("a command target needs `name = \"…\"` and `command = [\"program\", …]`")
                    );
                }
            }
        }
        _ => {
            return Err(
                section.refuse("a target is one of `repo = \"owner/name\"`, `org = \"name\"`, `user = \"codespaces\"` or `command = […]`")
            );
        }
    };
    let target = Target {
        place,
        secrets: section.table("secrets")?.map(|table| mappings(&table)).transpose()?,
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
        (Some(name), None) => (words(Holder::Environment)[0].1, Some(name.full_text("the name of an environment")?)),
        (None, Some(app)) => (app.choice(&words(holder))?, None),
        (None, None) if holder == Holder::User => (found.choice(&words(holder))?, None),
        (None, None) => (words(holder)[0].1, None),
    };
    let store = Store::new(kind, owner, environment).ok_or_else(|| found.refuse(expected))?;
    if kind.has_audience() { used_by(section, store) } else { Ok(store) }
}

fn used_by(section: &Section<'_>, store: Store) -> Result<Store, ConfigError> {
    let kind = store.kind;
    let visibility = if kind.has_visibility() { section.get("visibility")? } else { None };
    let visibility = visibility.map(|found| found.choice(&Visibility::WORDS)).transpose()?;
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

/// Names must tell targets and profiles apart, and what refers to a profile must find one.
fn check_names(root: &Section<'_>, settings: &Settings) -> Result<(), ConfigError> {
    let mut seen = BTreeSet::new();
    for (target, section) in settings.targets.iter().zip(root.tables("targets")?) {
        if !seen.insert(target.to_string().to_lowercase()) {
            return Err(section.refuse(format!("`{target}` is listed twice; remove one")));
        }
        let name = &target.profile;
        if !name.is_default() && settings.profiles.iter().all(|profile| profile.name != *name) {
            return Err(section.refuse(format!("no profile is named `{name}`; add it under `[[profiles]]`")));
        }
    }
    let default = ProfileName::default();
    let folder = |config_dir: &str| Path::new(config_dir).components().collect::<PathBuf>();
    let mut folders = BTreeMap::new();
    let mut seen = BTreeSet::from([&default]);
    for (profile, section) in settings.profiles.iter().zip(root.tables("profiles")?) {
        if !seen.insert(&profile.name) {
            return Err(
                section.refuse(format!("a profile named `{}` is already there; choose another name", profile.name))
            );
        }
        // Two of them would refresh and sync the same sign-in as if it were two.
        if let Some(other) = folders.insert(folder(&profile.config_dir), &profile.name) {
            return Err(section
                .refuse(format!("profile `{other}` has the same `config_dir`; a profile is a folder of its own")));
        }
    }
    Ok(())
}
