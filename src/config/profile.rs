//! `[[profiles]]`: credentials beside the default one, and the switches that each may have of its own.

use super::section::Section;
use super::{ConfigError, folder, share_refresh_token};
use crate::domain::profile::{Profile, ProfileName};

/// Letters that a name may have: it stands in commands, in file names and in keychain items.
fn is_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    text.len() <= 32
        && text.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric())
        && text.bytes().all(plain)
}

pub(super) fn read(section: Section<'_>, home: &str) -> Result<Profile, ConfigError> {
    let name = section.get("name")?;
    let config_dir = section.get("config_dir")?.map(|found| folder(&found, home)).transpose()?;
    let (Some(name), Some(config_dir)) = (name, config_dir) else {
        return Err(section.refuse("a profile needs `name = \"…\"` and `config_dir = \"…\"`"));
    };
    let expected = "a name of up to 32 letters, digits, `.`, `_` and `-` that begins with a letter or digit";
    let text = name.text(expected)?;
    if !is_name(text) {
        return Err(name.refuse(expected));
    }
    let refresh_automatic = section.table("refresh")?.map(automatic).transpose()?.flatten();
    let sync = section.table("sync")?.map(sync).transpose()?;
    let (sync_automatic, share_refresh_token) = sync.unwrap_or_default();
    let name = ProfileName::new(text);
    section.finish()?;
    Ok(Profile { name, config_dir, refresh_automatic, sync_automatic, share_refresh_token })
}

fn automatic(section: Section<'_>) -> Result<Option<bool>, ConfigError> {
    let automatic = section.get("automatic")?.map(|found| found.bool()).transpose()?;
    section.finish()?;
    Ok(automatic)
}

type Sync = (Option<bool>, Option<crate::domain::settings::ShareRefreshToken>);

fn sync(section: Section<'_>) -> Result<Sync, ConfigError> {
    let automatic = section.get("automatic")?.map(|found| found.bool()).transpose()?;
    let share = section.get("share_refresh_token")?.map(|found| share_refresh_token(&found)).transpose()?;
    section.finish()?;
    Ok((automatic, share))
}
