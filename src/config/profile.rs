//! `[[profiles]]`: credentials beside the default one, and the switches that each may have of its own.

use super::error::ConfigError;
use super::section::Section;
use super::values::{folder, share_refresh_token, switch};
use crate::domain::settings::{Profile, ProfileName};

pub(super) fn profile(section: Section<'_>, home: &str) -> Result<Profile, ConfigError> {
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
