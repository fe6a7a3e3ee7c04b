//! Programs from npm: Cloudflare's and Vercel's before an API on loopback, a devcontainer's before a stand-in for `docker`.

use serde_json::Value;

use super::places::{YEAR, signed_in};
use super::*;
use crate::support::home::everything_in;
use crate::support::synced::{Synced, command};

/// Where `.ci/run` puts npm's packages.
fn installed(name: &str) -> PathBuf {
    let named = std::env::var_os("WICK_RECIPES_NPM").map(PathBuf::from);
    let folder = named.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target/recipes-npm"));
    folder.join("node_modules/.bin").join(name)
}

/// Puts npm's program into the home, started with these variables, and these arguments before its own; whether it is there.
fn has(home: &Home, test: &str, name: &str, variables: &str, first: &str) -> bool {
    let real = installed(name);
    if !real.exists() {
        skip(test, &format!("{} is not there", real.display()));
        return false;
    }
    let (real, path) = (real.display(), std::env::var("PATH").unwrap());
    let script = format!(
        "#!/bin/sh\necho \"$*\" >> \"$HOME/arguments\"\nexport {variables} NO_PROXY=127.0.0.1\n\
         PATH=$PATH:'{path}' exec '{real}' {first} \"$@\"\n"
    );
    crate::support::write_program(&home.path().join("bin").join(name), &script);
    true
}

/// The same for wrangler, with the config that is its recipe.
fn has_wrangler(home: &Home, test: &str, api: &Loopback) -> bool {
    home.write_config(&text("command-targets/cloudflare.toml"));
    let variables = format!(
        "CLOUDFLARE_API_BASE_URL={} CLOUDFLARE_API_TOKEN=EXAMPLE CLOUDFLARE_ACCOUNT_ID=account WRANGLER_SEND_METRICS=false",
        api.url()
    );
    has(home, test, "wrangler", &variables, "")
}

/// The one request that changes something.
fn write(api: &Loopback) -> Asked {
    let asked = api.asked();
    let writes: Vec<&Asked> = asked.iter().filter(|asked| asked.method != "GET").collect();
    let [write] = writes[..] else { panic!("not one write: {asked:?}") };
    write.clone()
}

fn sync(home: &Home) -> Synced {
    Synced::of(home, &command(home, &["sync", "--json"]).output().unwrap())
}

#[test]
fn the_real_wrangler_sends_a_worker_its_secrets() {
    let server = Loopback::start(|asked| {
        let is_ours = asked.header("authorization") == "Bearer EXAMPLE"
            && asked.path == "/accounts/account/workers/scripts/my-worker/settings";
        let result = json!({ "success": is_ours, "errors": [], "messages": [], "result": { "bindings": [] } });
        Answer::json(if is_ours { 200 } else { 403 }, &result)
    });
    let home = signed_in();
    if !has_wrangler(&home, "the_real_wrangler_sends_a_worker_its_secrets", &server) {
        return;
    }
    let synced = sync(&home);
    assert_eq!((synced.outcome("cloudflare"), synced.code), ("synced", Some(0)), "{synced:?}");
    assert_eq!(arguments(&home), ["secret bulk --name my-worker"]);
    let write = write(&server);
    // A form, in which the settings are a part.
    let settings: Value = write.body.lines().find_map(|line| serde_json::from_str(line).ok()).unwrap();
    let stored: Value = serde_json::from_str(&fs::read_to_string(home.credentials()).unwrap()).unwrap();
    let end = stored["claudeAiOauth"]["expiresAt"].to_string();
    let secret = |name: &str, text: &str| json!({ "type": "secret_text", "name": name, "text": text });
    let expected = [secret("CLAUDE_ACCESS_TOKEN", ACCESS), secret("CLAUDE_EXPIRES_AT", &end)];
    assert_eq!(settings["bindings"], json!(expected));
    assert!(!everything_in(&home.path().join(".config")).contains(SENTINEL), "wrangler's log has a token");
}

#[test]
fn what_the_real_wrangler_refuses_is_told() {
    let server = Loopback::start(|asked| Answer::echo(403, asked));
    let home = signed_in();
    if !has_wrangler(&home, "what_the_real_wrangler_refuses_is_told", &server) {
        return;
    }
    let synced = sync(&home);
    assert_eq!((synced.code, synced.error("cloudflare")), (Some(4), "command_failed"), "{synced:?}");
}

#[test]
fn the_real_vercel_adds_a_sensitive_variable() {
    let server = Loopback::start(|asked| {
        if asked.header("authorization") != "Bearer EXAMPLE" {
            return Answer::echo(403, asked);
        }
        let answer = match (asked.method.as_str(), asked.path.split('?').next().unwrap()) {
            ("GET", "/v9/projects/prj_1") => json!({ "id": "prj_1", "name": "my-project", "accountId": "team_1" }),
            ("GET", "/teams/team_1") => json!({ "id": "team_1", "slug": "acme", "name": "Acme" }),
            ("GET", "/v2/user") => json!({ "user": { "id": "u", "username": "ada", "email": "ada@example.org" } }),
            _ => json!({ "envs": [], "environments": [], "created": {}, "failed": [] }),
        };
        Answer::json(200, &answer)
    });
    let (home, api) = (signed_in(), format!("--api {}", server.url()));
    let variables = "VERCEL_TELEMETRY_DISABLED=1 NO_UPDATE_NOTIFIER=1";
    if !has(&home, "the_real_vercel_adds_a_sensitive_variable", "vercel", variables, &api) {
        return;
    }
    home.write_config(&text("command-targets/vercel.toml"));
    // As `vercel login` and `vercel link` leave them.
    let put = |path: &str, value: Value| {
        let path = home.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, value.to_string()).unwrap();
    };
    put(".local/share/com.vercel.cli/auth.json", json!({ "token": "EXAMPLE" }));
    put("my-project/.vercel/project.json", json!({ "projectId": "prj_1", "orgId": "team_1" }));
    let synced = sync(&home);
    assert_eq!((synced.outcome("vercel"), synced.code), ("synced", Some(0)), "{synced:?} {:?}", server.asked());
    assert!(arguments(&home)[0].starts_with("env add CLAUDE_CODE_OAUTH_TOKEN production --force --sensitive --cwd /"));
    let write = write(&server);
    assert!(write.path.starts_with("/v10/projects/prj_1/env?upsert=true"), "{}", write.path);
    let body = write.json();
    assert_eq!((&body["key"], &body["value"]), (&json!("CLAUDE_CODE_OAUTH_TOKEN"), &json!(YEAR)));
    assert_eq!((&body["type"], &body["target"]), (&json!("sensitive"), &json!(["production"])));
}

#[test]
fn a_devcontainer_takes_it_from_the_environment_of_its_editor() {
    let home = Home::signed_in(7 * 3600);
    if !has(&home, "a_devcontainer_takes_it_from_the_environment_of_its_editor", "devcontainer", "", "") {
        return;
    }
    link_wick(&home);
    let docker = "#!/bin/sh
echo \"$*\" >> \"$HOME/arguments\"
[ \"$1\" != run ] || { printenv CLAUDE_CODE_OAUTH_TOKEN > \"$HOME/given\"; exit 1; }
[ \"$1\" != inspect ] || echo '[{ \"Id\": \"sha256:1\", \"Architecture\": \"amd64\", \"Os\": \"linux\", \"Config\": {} }]'
";
    crate::support::write_program(&home.path().join("bin/docker"), docker);
    let recipe = text("shell/devcontainer.json");
    let folder = home.path().join("project/.devcontainer");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("devcontainer.json"), &recipe).unwrap();
    let start = recipe.lines().find_map(|line| line.strip_prefix("//     ")).unwrap();
    let start = start.strip_suffix("code .").unwrap();
    let up = format!("{start} devcontainer up --workspace-folder project");
    // It ends there, since no container has started.
    assert_eq!(ran(program(&home, "sh").args(["-c", &up])).0, Some(1));
    let started = arguments(&home).into_iter().filter(|call| call.starts_with("run ")).collect::<Vec<_>>();
    let [started] = &started[..] else { panic!("{started:?}") };
    assert!(started.contains(" -e CLAUDE_CODE_OAUTH_TOKEN "), "{started}");
    assert_eq!(fs::read_to_string(home.path().join("given")).unwrap().trim(), ACCESS);
}
