//! `[[profiles]]`: credentials beside the default one, and the switches that each may have of its own.

use super::section::Section;
use super::{ConfigError, folder, share_refresh_token};
use crate::domain::settings::{Profile, ProfileName};

pub(super) fn read(section: Section<'_>, home: &str) -> Result<Profile, ConfigError> {
    let name = section.get("name")?;
    let config_dir = section.get("config_dir")?.map(|found| folder(&found, home)).transpose()?;
    let (Some(name), Some(config_dir)) = (name, config_dir) else {
        return Err(section.refuse("a profile needs `name = \"…\"` and `config_dir = \"…\"`"));
    };
    let expected = "a name of up to 32 letters, digits, `.`, `_` and `-` that begins with a letter or digit";
    let profile = ProfileName::new(name.text(expected)?);
    if !profile.is_plain() {
        return Err(name.refuse(expected));
    }
    let refresh_automatic = section.table("refresh")?.map(automatic).transpose()?.flatten();
    let sync = section.table("sync")?.map(sync).transpose()?;
    let (sync_automatic, share_refresh_token) = sync.unwrap_or_default();
    section.finish()?;
    Ok(Profile { name: profile, config_dir, refresh_automatic, sync_automatic, share_refresh_token })
}

fn automatic(section: Section<'_>) -> Result<Option<bool>, ConfigError> {
    let automatic = section.get("automatic")?.map(|found| found.bool()).transpose()?;
    section.finish()?;
    Ok(automatic)
}

type Sync = (Option<bool>, Option<crate::domain::settings::choice::ShareRefreshToken>);

fn sync(section: Section<'_>) -> Result<Sync, ConfigError> {
    let automatic = section.get("automatic")?.map(|found| found.bool()).transpose()?;
    let share = section.get("share_refresh_token")?.map(|found| share_refresh_token(&found)).transpose()?;
    section.finish()?;
    Ok((automatic, share))
}
