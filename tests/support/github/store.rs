//! What the server keeps: repositories, environments, organizations, and the secrets of each.

use std::collections::BTreeMap;

use super::keys::KeyPair;

/// Ids look like GitHub's, so that none is taken for a position in a list.
const FIRST_REPOSITORY_ID: u64 = 1_296_269;

/// A secret as it is kept. Times are in seconds since 1970, as GitHub tells them.
#[derive(Clone)]
pub struct StoredSecret {
    /// What was sealed.
    pub value: Vec<u8>,
    pub created_at: i64,
    pub updated_at: i64,
    /// Only an organization's and a user's have one.
    pub visibility: Option<String>,
    /// The ids of the repositories that see it, where the visibility is `selected`.
    pub selected: Vec<u64>,
    /// How often a request wrote it since it was created.
    pub writes: usize,
}

/// What has secrets and a key of its own.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    Repository(u64, App),
    /// The name is in lower case.
    Environment(u64, String),
    Organization(String, App),
    /// Whoever has the only token that is accepted.
    User(App),
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum App {
    Actions,
    Dependabot,
    Codespaces,
    Agents,
}

impl App {
    /// The app that a path or a test names.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "actions" => Some(Self::Actions),
            "dependabot" => Some(Self::Dependabot),
            "codespaces" => Some(Self::Codespaces),
            "agents" => Some(Self::Agents),
            _ => None,
        }
    }

    /// As it stands in a path.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Actions => "actions",
            Self::Dependabot => "dependabot",
            Self::Codespaces => "codespaces",
            Self::Agents => "agents",
        }
    }
}

pub(super) struct Repository {
    pub(super) id: u64,
    pub(super) full_name: String,
    pub(super) archived: bool,
    /// In lower case.
    pub(super) environments: Vec<String>,
}

/// Where a repository's name leads.
pub(super) enum Found {
    Here(u64),
    /// The name is a former one.
    Moved(u64),
}

/// One place's secrets, by their names in upper case.
pub(super) struct Store {
    pub(super) keys: KeyPair,
    pub(super) secrets: BTreeMap<String, StoredSecret>,
    pub(super) variables: BTreeMap<String, StoredSecret>,
}

impl Store {
    /// Creates or updates a secret, without saying that a request did.
    pub(super) fn put(&mut self, name: &str, value: Vec<u8>, now: i64) -> &mut StoredSecret {
        let secret = self.secrets.entry(name.to_ascii_uppercase()).or_insert_with(|| StoredSecret {
            value: Vec::new(),
            created_at: now,
            updated_at: now,
            visibility: None,
            selected: Vec::new(),
            writes: 0,
        });
        secret.value = value;
        secret.updated_at = now;
        secret
    }

    pub(super) fn delete(&mut self, name: &str) {
        self.secrets.remove(&name.to_ascii_uppercase());
    }

    /// One that a test says is there.
    pub(super) fn secret_mut(&mut self, name: &str) -> &mut StoredSecret {
        self.secrets.get_mut(&name.to_ascii_uppercase()).expect("the test put this secret there")
    }
}

/// Everything. Names are looked up in any case.
#[derive(Default)]
pub(super) struct Holdings {
    repositories: BTreeMap<u64, Repository>,
    former_names: Vec<(String, u64)>,
    organizations: Vec<String>,
    /// Those that were looked at.
    stores: BTreeMap<Place, Store>,
    keys_issued: u64,
    repositories_issued: u64,
}

impl Holdings {
    pub(super) fn add_repository(&mut self, full_name: &str) -> u64 {
        assert!(full_name.split_once('/').is_some(), "{full_name} is no owner and name");
        assert!(!matches!(self.find(full_name), Some(Found::Here(_))), "{full_name} is there already");
        // A new repository takes a former name for itself.
        self.former_names.retain(|(name, _)| !name.eq_ignore_ascii_case(full_name));
        let id = FIRST_REPOSITORY_ID + 1_009 * self.repositories_issued;
        self.repositories_issued += 1;
        let full_name = full_name.to_owned();
        self.repositories.insert(id, Repository { id, full_name, archived: false, environments: Vec::new() });
        id
    }

    pub(super) fn add_environment(&mut self, full_name: &str, environment: &str) {
        let id = match self.find(full_name) {
            Some(Found::Here(id)) => id,
            _ => self.add_repository(full_name),
        };
        let repository = self.repositories.get_mut(&id).expect("found or added above");
        repository.environments.push(environment.to_lowercase());
    }

    /// Every variable of every place, with its value.
    pub(super) fn variables(&self) -> String {
        let all = self.stores.values().flat_map(|store| &store.variables);
        all.map(|(name, variable)| format!("{name}={}\n", String::from_utf8_lossy(&variable.value))).collect()
    }

    pub(super) fn add_organization(&mut self, name: &str) {
        self.organizations.push(name.to_owned());
    }

    pub(super) fn rename(&mut self, from: &str, to: &str) {
        assert!(!matches!(self.find(to), Some(Found::Here(_))), "{to} is there already");
        let repository = self.repository_mut(from);
        let id = repository.id;
        let former = std::mem::replace(&mut repository.full_name, to.to_owned());
        self.former_names.retain(|(name, _)| !name.eq_ignore_ascii_case(to));
        self.former_names.push((former, id));
    }

    pub(super) fn remove_repository(&mut self, full_name: &str) {
        let removed = self.repository_mut(full_name).id;
        self.repositories.remove(&removed);
        self.former_names.retain(|(_, id)| *id != removed);
        self.stores.retain(|place, _| place.repository() != Some(removed));
    }

    pub(super) fn find(&self, full_name: &str) -> Option<Found> {
        let same = |name: &str| name.eq_ignore_ascii_case(full_name);
        let here = self.repositories.values().find(|repository| same(&repository.full_name));
        let moved = || self.former_names.iter().find(|(name, _)| same(name));
        here.map(|repository| Found::Here(repository.id)).or_else(|| moved().map(|(_, id)| Found::Moved(*id)))
    }

    pub(super) fn repository(&self, id: u64) -> Option<&Repository> {
        self.repositories.get(&id)
    }

    /// One that a test says is there, by its name or a former one.
    pub(super) fn repository_mut(&mut self, full_name: &str) -> &mut Repository {
        let id = self.find(full_name).map(|(Found::Here(id) | Found::Moved(id))| id);
        id.and_then(|id| self.repositories.get_mut(&id)).unwrap_or_else(|| panic!("no repository is named {full_name}"))
    }

    /// All of them by name.
    pub(super) fn repositories(&self) -> Vec<&Repository> {
        let mut all: Vec<_> = self.repositories.values().collect();
        all.sort_by_key(|repository| repository.full_name.to_lowercase());
        all
    }

    pub(super) fn environment(&self, id: u64, name: &str) -> Option<Place> {
        let name = name.to_lowercase();
        self.repository(id)?.environments.contains(&name).then_some(Place::Environment(id, name))
    }

    pub(super) fn organization(&self, name: &str, app: &str) -> Option<Place> {
        let found = self.organizations.iter().find(|organization| organization.eq_ignore_ascii_case(name))?;
        Some(Place::Organization(found.clone(), App::named(app)?))
    }

    /// Of a user there are Codespaces secrets alone.
    pub(super) fn user(&self, app: &str) -> Option<Place> {
        (App::named(app)? == App::Codespaces).then_some(Place::User(App::Codespaces))
    }

    pub(super) fn is_archived(&self, place: &Place) -> bool {
        place.repository().and_then(|id| self.repository(id)).is_some_and(|repository| repository.archived)
    }

    /// The secrets of a place that is there. It gets its key when it is first looked at.
    pub(super) fn store(&mut self, place: &Place) -> &mut Store {
        let keys_issued = &mut self.keys_issued;
        self.stores.entry(place.clone()).or_insert_with(|| Store {
            keys: next_keys(keys_issued),
            secrets: BTreeMap::new(),
            variables: BTreeMap::new(),
        })
    }

    /// The secrets of the place that a test names so.
    pub(super) fn store_named(&mut self, name: &str) -> &mut Store {
        let place = self.place_named(name).unwrap_or_else(|| panic!("no place is named {name}"));
        self.store(&place)
    }

    fn place_named(&mut self, name: &str) -> Option<Place> {
        if let Some(organization) = name.strip_prefix("org:") {
            let (organization, app) = organization.split_once('#').unwrap_or((organization, "actions"));
            return self.organization(organization, app);
        }
        if let Some(app) = name.strip_prefix("user:") {
            return self.user(app);
        }
        if let Some((repository, environment)) = name.split_once('@') {
            let id = self.repository_mut(repository).id;
            return self.environment(id, environment);
        }
        let (repository, app) = name.split_once('#').unwrap_or((name, "actions"));
        Some(Place::Repository(self.repository_mut(repository).id, App::named(app)?))
    }

    /// Gives the place that has this key another one. What is kept there stays.
    pub(super) fn rotate_key(&mut self, key_id: &str) {
        if let Some(store) = self.stores.values_mut().find(|store| store.keys.id == key_id) {
            store.keys = next_keys(&mut self.keys_issued);
        }
    }
}

fn next_keys(issued: &mut u64) -> KeyPair {
    *issued += 1;
    KeyPair::new(*issued)
}

impl Place {
    fn repository(&self) -> Option<u64> {
        match self {
            Self::Repository(id, _) | Self::Environment(id, _) => Some(*id),
            Self::Organization(..) | Self::User(_) => None,
        }
    }
}
