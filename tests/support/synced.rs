//! The real `wick sync` in a home of its own, against a GitHub on loopback, and what is to be true afterwards.

use std::process::{Command, Output};

use jiff::Timestamp;
use serde_json::Value;
use wick::domain::credential::Contents;
use wick::domain::settings::Field;
use wick::domain::sync::memory::{account, fingerprint};
use wick::domain::sync::{SecretMemory, TargetMemory};
use wick::platform::state_file::JsonFile;
use wick::ports::StateFile;

use super::credential::CredentialText;
use super::github::{GithubServer, TOKEN};
use super::home::{Home, in_seconds};
use super::sweep;

/// Settings for this GitHub, in which targets get the refresh token too, with more lines.
pub fn config(github: &GithubServer, more: &str) -> String {
    format!("[github]\napi_url = \"{}\"\n\n[sync]\nshare_refresh_token = true\n\n{more}\n", github.url())
}

/// A `[[targets]]` table for each of these repositories.
pub fn repositories(names: &[&str]) -> String {
    names.iter().map(|name| format!("[[targets]]\nrepo = \"{name}\"\n\n")).collect()
}

/// A signed-in home whose config lists these repositories of a GitHub that has them.
pub fn home_and_github(names: &[&str]) -> (Home, GithubServer) {
    let github = GithubServer::start();
    for name in names {
        github.add_repository(name);
    }
    let home = Home::with_folder();
    home.write(&credential().json());
    home.write_config(&config(&github, &repositories(names)));
    (home, github)
}

/// So many repositories that all hold the access token, as Wick remembers.
pub fn all_hold_it(count: usize) -> (Home, GithubServer) {
    let names: Vec<String> = (0..count).map(|number| format!("acme/r{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (home, github) = home_and_github(&names);
    let one = "[secrets]\nCLAUDE_ACCESS_TOKEN = \"accessToken\"\n\n";
    let text = config(&github, &format!("{one}{}", repositories(&names)));
    home.write_config(&text);
    let settings = wick::config::parse(&text, "").expect("as Wick writes it");
    let Ok(Contents::SignedIn(stored)) = Contents::parse(credential().json().as_bytes()) else {
        panic!("not signed in")
    };
    let noted = JsonFile::new(home.state()).change_sync(&mut |memory| {
        for target in &settings.targets {
            github.put_secret(&target.to_string(), "CLAUDE_ACCESS_TOKEN", b"tok-sentinel-access");
            let held = fingerprint(&stored.access_token, &target.place);
            let sent = SecretMemory::new(&held, Field::AccessToken, Timestamp::now(), true);
            let secrets = [("CLAUDE_ACCESS_TOKEN".to_owned(), Box::new(sent))].into();
            let known = TargetMemory { secrets, account: account(&stored), ..TargetMemory::default() };
            memory.targets.insert(settings.key(target), known);
        }
    });
    noted.expect("as Wick writes it");
    (home, github)
}

/// Seven hours of it, so that nothing is refreshed first.
pub fn credential() -> CredentialText {
    CredentialText::ending(in_seconds(7 * 3600)).login_ending(in_seconds(20 * 86_400)).with_neighbors()
}

/// The real program with the token for that GitHub in its environment.
pub fn command(home: &Home, arguments: &[&str]) -> Command {
    let mut command = home.wick(arguments);
    command.env("GH_ENTERPRISE_TOKEN", TOKEN);
    command
}

/// What a sync reported and how it ended, after a look for tokens in all that it printed and left.
#[derive(Debug)]
pub struct Synced {
    pub report: Value,
    pub code: Option<i32>,
    pub complaints: String,
}

impl Synced {
    pub fn of(home: &Home, output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text");
        let (printed, complaints) = (text(&output.stdout), text(&output.stderr));
        sweep::check("what was printed", format!("{printed}{complaints}"));
        home.sweep();
        let report = serde_json::from_str(&printed).unwrap_or_else(|_| panic!("{printed}{complaints}"));
        Self { report, code: output.status.code(), complaints }
    }

    fn target(&self, name: &str) -> &Value {
        let targets = self.report["targets"].as_array().expect("a list");
        targets.iter().find(|target| target["target"] == name).unwrap_or_else(|| panic!("no {name}: {}", self.report))
    }

    /// The word for a target.
    pub fn outcome(&self, target: &str) -> &str {
        self.target(target)["outcome"].as_str().expect("a word")
    }

    /// The code of what is said of a target; empty for nothing.
    pub fn error(&self, target: &str) -> &str {
        self.target(target)["error"]["code"].as_str().unwrap_or("")
    }

    /// What is said of a target, and what to do.
    pub fn sentence(&self, target: &str) -> String {
        let error = &self.target(target)["error"];
        format!("{}; {}", error["message"].as_str().unwrap_or(""), error["action"].as_str().unwrap_or(""))
    }

    /// Each secret's name with its word, in the order of the report.
    pub fn secrets(&self, target: &str) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let secrets = self.target(target)["secrets"].as_array().expect("a list").clone();
        secrets.iter().map(|secret| (text(&secret["name"]), text(&secret["outcome"]))).collect()
    }

    /// The words alone, when all targets have one.
    pub fn outcomes(&self) -> Vec<&str> {
        let targets = self.report["targets"].as_array().expect("a list");
        targets.iter().map(|target| target["outcome"].as_str().expect("a word")).collect()
    }
}

/// Runs `wick sync --json` with these arguments.
pub fn sync(home: &Home, arguments: &[&str]) -> Synced {
    let output = command(home, &[&["sync", "--json"], arguments].concat()).output().expect("the program was built");
    Synced::of(home, &output)
}

/// What stands there, as text; empty where nothing does.
pub fn value(github: &GithubServer, place: &str, name: &str) -> String {
    let stored = github.secret(place, name).map(|secret| secret.value).unwrap_or_default();
    String::from_utf8(stored).expect("tests send text")
}
