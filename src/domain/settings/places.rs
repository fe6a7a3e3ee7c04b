//! Where secrets may go without being asked: an edit of the config that names another place waits for a click or a command.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::target::Target;
use super::{RefreshSettings, Settings};
use crate::domain::order::gathered;

/// The places that the user has let secrets go to, of all profiles together: whatever an edit moves a token to, it is
/// another place. `None` before the first config was seen, which is taken as given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Places(Option<BTreeSet<String>>);

impl Places {
    /// Nowhere, whatever the config says.
    pub fn none() -> Self {
        Self(Some(BTreeSet::new()))
    }

    /// Whether no config was seen yet.
    pub fn are_unknown(&self) -> bool {
        self.0.is_none()
    }

    /// Takes the config's places as given, where none were seen before, and says whether that was so.
    pub fn see(&mut self, settings: &Settings) -> bool {
        let first = self.are_unknown();
        if first {
            let targets = settings.targets.iter().map(|target| settings.permit(target));
            self.0 = Some(targets.chain([of_endpoint(&settings.refresh)]).collect());
        }
        first
    }

    /// Whether secrets may go to this target by themselves.
    pub fn allow_target(&self, target: &Target, settings: &Settings) -> bool {
        self.0.as_ref().is_none_or(|places| places.contains(&settings.permit(target)))
    }

    /// Whether the refresh token may go to this endpoint by itself.
    pub fn allow_endpoint(&self, settings: &RefreshSettings) -> bool {
        let is_standard = settings.token_url == RefreshSettings::default().token_url;
        is_standard || self.0.as_ref().is_none_or(|places| places.contains(&of_endpoint(settings)))
    }

    /// From now on secrets may go to this target by themselves.
    pub fn add_target(&mut self, target: &Target, settings: &Settings) {
        self.0.get_or_insert_default().insert(settings.permit(target));
    }

    /// Those that were not allowed `before`; `None` where there are none.
    pub fn beyond(&self, before: &Self) -> Option<Self> {
        let is_new = |place: &&String| !before.0.as_ref().is_some_and(|before| before.contains(*place));
        let more: BTreeSet<String> = gathered(self.0.iter().flatten().filter(is_new).cloned());
        (!more.is_empty()).then_some(Self(Some(more)))
    }

    /// From now on secrets may go to those too.
    pub fn extend(&mut self, more: Self) {
        self.0.get_or_insert_default().extend(more.0.into_iter().flatten());
    }

    /// Secrets no longer go to this target by themselves.
    pub fn remove_target(&mut self, target: &Target, settings: &Settings) {
        self.see(settings);
        self.0.get_or_insert_default().remove(&settings.permit(target));
    }

    /// From now on the refresh token may go to this endpoint by itself.
    pub fn add_endpoint(&mut self, settings: &Settings) {
        self.see(settings);
        self.0.get_or_insert_default().insert(of_endpoint(&settings.refresh));
    }
}

fn of_endpoint(settings: &RefreshSettings) -> String {
    format!("token endpoint {}", settings.token_url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::settings::profile::{Profile, ProfileName};
    use crate::domain::settings::target::Place;

    fn at(token_url: &str) -> Settings {
        let refresh = RefreshSettings { token_url: token_url.to_owned(), ..RefreshSettings::default() };
        Settings { refresh, ..Settings::default() }
    }

    #[test]
    fn an_edit_to_another_endpoint_waits_for_a_click() {
        let (first, elsewhere) = (at("https://first.example/token"), at("https://gateway.example/token"));
        let mut places = Places::default();
        assert!(places.see(&first), "the first one ever seen is given");
        assert!(!places.see(&elsewhere));
        assert!(places.allow_endpoint(&first.refresh) && !places.allow_endpoint(&elsewhere.refresh));
        assert!(places.allow_endpoint(&RefreshSettings::default()), "Claude Code's own is everyone's");
        places.add_endpoint(&elsewhere);
        assert!(places.allow_endpoint(&first.refresh) && places.allow_endpoint(&elsewhere.refresh));
    }

    #[test]
    fn another_profile_is_another_permit() {
        let profile = |name: &str| Profile {
            name: ProfileName::new(name),
            config_dir: format!("/{name}"),
            refresh_automatic: None,
            sync_automatic: None,
            share_refresh_token: None,
        };
        let settings = Settings { profiles: vec![profile("work"), profile("club")], ..Settings::default() };
        let target = |name: &str| {
            let place = Place::parse("acme/api").expect("a place");
            Target { place, secrets: None, profile: ProfileName::new(name) }
        };
        let of = |name: &str| settings.permit(&target(name));
        assert_ne!(of("work"), of("default"));
        assert_ne!(of("work"), of("club"));
        assert_eq!(of("default"), Settings::default().permit(&target("default")), "as before there were others");
    }

    #[test]
    fn a_command_before_the_first_start_takes_the_whole_config_as_given() {
        let mut settings = at("https://first.example/token");
        let place = Place::parse("acme/api").expect("a target");
        settings.targets = vec![Target { place, secrets: None, profile: settings.profile.clone() }];
        let mut places = Places::default();
        places.add_endpoint(&settings);
        assert!(places.allow_target(&settings.targets[0], &settings));
    }
}
