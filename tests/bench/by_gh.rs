//! The same work done by Wick and by `gh secret set`, as scripts do it: over TLS, on loopback.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::measure::{Cost, cost};
use crate::support::github::{GithubServer, TOKEN};
use crate::support::home::Home;
use crate::support::synced::{credential, repositories};
use crate::support::tls::TlsFront;
use crate::table::{Table, millis};

const COUNT: usize = 20;
const ONE_BY_ONE: &str =
    "for repo in $(cat repositories); do gh secret set -f secrets --repo \"$repo\" || exit 1; done";
const EIGHT_AT_ONCE: &str = "xargs -P8 -I{} gh secret set -f secrets --repo {} < repositories";

/// Only where there is a `gh`.
pub fn rows(table: &mut Table) {
    if Command::new("gh").arg("--version").output().is_err() {
        return;
    }
    for latency in [0, 80].map(Duration::from_millis) {
        let each = format!("with 3 secrets each over TLS, {} ms a request", latency.as_millis());
        table.row(&format!("20 repositories {each}: `wick sync`"), |program| {
            let world = World::new(latency);
            let cost = cost(world.set(Command::new(&program.path).args(["sync", "--json"])));
            assert_eq!(world.github.writes(), COUNT * 3);
            told(&cost)
        });
        table.row(&format!("20 repositories {each}: a loop of `gh secret set -f`"), |_| by_gh(latency, ONE_BY_ONE));
        table.row(&format!("20 repositories {each}: `gh` by `xargs -P8`"), |_| by_gh(latency, EIGHT_AT_ONCE));
    }
}

fn by_gh(latency: Duration, script: &str) -> String {
    let world = World::new(latency);
    let cost = cost(world.set(Command::new("sh").args(["-c", script])));
    assert_eq!(world.github.writes(), COUNT * 3);
    told(&cost)
}

fn told(cost: &Cost) -> String {
    format!("{}, {} of CPU", millis(cost.wall), millis(cost.cpu))
}

struct World {
    home: Home,
    github: GithubServer,
    front: TlsFront,
}

impl World {
    fn new(latency: Duration) -> Self {
        let (github, home) = (GithubServer::start(), Home::with_folder());
        let names: Vec<String> = (0..COUNT).map(|number| format!("acme/r{number}")).collect();
        names.iter().for_each(|name| github.add_repository(name));
        github.latency(latency);
        let front = TlsFront::before("localhost", github.host());
        home.write(&credential().json());
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let url = format!("https://localhost:{}/api/v3", front.port);
        let settings = format!("[github]\napi_url = \"{url}\"\n[sync]\nshare_refresh_token = true\n");
        home.write_config(&format!("{settings}\n{}", repositories(&names)));
        let write = |name: &str, text: &str| fs::write(home.path().join(name), text).expect("a writable home");
        write("ca.pem", &front.certificate);
        write("secrets", "CLAUDE_ACCESS_TOKEN=one\nCLAUDE_REFRESH_TOKEN=two\nCLAUDE_EXPIRES_AT=3\n");
        let places = names.iter().map(|name| format!("localhost:{}/{name}\n", front.port));
        write("repositories", &places.collect::<String>());
        Self { home, github, front }
    }

    /// In this home, with this GitHub's token.
    fn set<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        let wick = self.home.program("wick");
        command.env_clear().envs(wick.get_envs().filter_map(|(key, value)| Some((key, value?))));
        command.env_remove("HTTPS_PROXY").env_remove("HTTP_PROXY");
        let folder: &Path = self.home.path();
        command.current_dir(folder).env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("SSL_CERT_FILE", folder.join("ca.pem")).env("GH_ENTERPRISE_TOKEN", TOKEN);
        command.env("GH_HOST", format!("localhost:{}", self.front.port)).env("GH_NO_UPDATE_NOTIFIER", "1")
    }
}
