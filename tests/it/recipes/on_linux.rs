//! What only Linux has, or what is run only there: AWS, Vault, Kubernetes, Waybar.

use std::io::{BufRead, BufReader, Read};
use std::process::Child;
use std::sync::mpsc::{Receiver, channel};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::*;
use crate::support::home::everything_in;
use crate::support::synced::{Synced, command, credential};
use crate::support::{PATIENCE, wait_for};

/// A signed-in home whose config is this recipe.
fn home_with(config: &str) -> Home {
    let home = Home::with_folder();
    home.write(&credential().json());
    home.write_config(&text(config));
    home
}

/// What the recipes send: never the refresh token.
fn sent(home: &Home) -> Value {
    let stored: Value = serde_json::from_str(&fs::read_to_string(home.credentials()).unwrap()).unwrap();
    let oauth = &stored["claudeAiOauth"];
    let end = oauth["expiresAt"].as_i64().unwrap().to_string();
    json!({ "CLAUDE_ACCESS_TOKEN": oauth["accessToken"], "CLAUDE_EXPIRES_AT": end })
}

fn sync(home: &Home, environment: &[(&str, String)]) -> Synced {
    let mut wick = command(home, &["sync", "--json"]);
    wick.envs(environment.iter().map(|(name, value)| (name, value)));
    Synced::of(home, &wick.output().unwrap())
}

/// What a sync prints for people, the words of its commands among them.
fn said(home: &Home, environment: &[(&str, String)]) -> String {
    let mut wick = command(home, &["sync"]);
    wick.envs(environment.iter().map(|(name, value)| (name, value)));
    let output = wick.output().unwrap();
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
}

// Command targets.

/// moto's server. Ends with this value.
struct Moto {
    process: Child,
    url: String,
}

impl Moto {
    fn start(program: &Path) -> Self {
        let mut moto = Command::new(program);
        moto.args(["-H", "127.0.0.1", "-p", "0"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut process = moto.spawn().unwrap();
        let lines = Lines::of(process.stderr.take().unwrap());
        let url = loop {
            let line = lines.next();
            if let Some((_, url)) = line.split_once("Running on ") {
                break url.trim().to_owned();
            }
        };
        Self { process, url }
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// The environment that `.ci/run` makes with Python's packages.
fn python_environment() -> PathBuf {
    let named = std::env::var_os("WICK_RECIPES_VENV").map(PathBuf::from);
    named.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target/recipes-venv"))
}

#[test]
fn aws_keeps_what_it_is_given() {
    let bin = python_environment().join("bin");
    if let Some(missing) = ["moto_server", "aws"].iter().find(|name| !bin.join(name).exists()) {
        skip("aws_keeps_what_it_is_given", &format!("{missing} is not in {}", bin.display()));
        return;
    }
    let moto = Moto::start(&bin.join("moto_server"));
    let home = home_with("command-targets/aws.toml");
    record_arguments(&home, "aws", &bin.join("aws"));
    let environment = [
        ("AWS_ENDPOINT_URL", moto.url.clone()),
        ("AWS_ACCESS_KEY_ID", "testing".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "testing".to_owned()),
        ("AWS_DEFAULT_REGION", "eu-central-1".to_owned()),
        ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ("NO_PROXY", "127.0.0.1".to_owned()),
    ];
    let aws = |arguments: &[&str]| {
        let mut aws = program(&home, bin.join("aws"));
        aws.arg("secretsmanager").args(arguments).envs(environment.iter().map(|(name, value)| (name, value)));
        let Output { status, stdout, stderr } = aws.output().unwrap();
        assert!(status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&stderr));
        String::from_utf8(stdout).unwrap()
    };
    let stored = || {
        let text = aws(&["get-secret-value", "--secret-id", "claude", "--query", "SecretString", "--output", "text"]);
        serde_json::from_str::<Value>(&text).unwrap()
    };
    // It makes no secret, and says what is missing.
    let early = sync(&home, &environment);
    assert_eq!((early.code, early.error("aws")), (Some(4), "command_failed"), "{early:?}");
    assert!(said(&home, &environment).contains("ResourceNotFoundException"));
    aws(&["create-secret", "--name", "claude"]);
    let first = sync(&home, &environment);
    assert_eq!((first.outcome("aws"), first.code), ("synced", Some(0)), "{first:?}");
    assert_eq!(stored(), sent(&home));
    home.write(&credential().json().replace(ACCESS, "tok-sentinel-newer"));
    assert_eq!(sync(&home, &environment).outcome("aws"), "synced");
    assert_eq!(stored()["CLAUDE_ACCESS_TOKEN"], "tok-sentinel-newer");
    assert!(arguments(&home).contains(&"file:///dev/stdin".to_owned()));
}

#[test]
fn vault_is_given_json_on_standard_input() {
    let home = home_with("command-targets/vault.toml");
    home.add_program("vault", "#!/bin/sh\nprintf '%s\\n' \"$@\" >> \"$HOME/arguments\"\ncat > \"$HOME/given\"\n");
    let ran = sync(&home, &[]);
    assert_eq!((ran.outcome("vault"), ran.code), ("synced", Some(0)), "{ran:?}");
    let given = fs::read_to_string(home.path().join("given")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&given).unwrap(), sent(&home));
    // Flags come before what is written, and the lone "-" has it read the whole from there.
    assert_eq!(arguments(&home), ["kv", "put", "-mount=secret", "claude", "-"]);
}

/// As much of Kubernetes' API as it takes to apply a Secret.
fn kubernetes() -> Loopback {
    Loopback::start(|asked| match (asked.method.as_str(), asked.path.split('?').next().unwrap()) {
        ("GET", "/api") => Answer::json(200, &json!({ "kind": "APIVersions", "versions": ["v1"] })),
        ("GET", "/apis") => Answer::json(200, &json!({ "kind": "APIGroupList", "apiVersion": "v1", "groups": [] })),
        ("GET", "/api/v1") => {
            let secrets = json!({ "name": "secrets", "singularName": "secret", "namespaced": true,
                "kind": "Secret", "verbs": ["create", "get", "patch"] });
            let list = json!({ "kind": "APIResourceList", "groupVersion": "v1", "resources": [secrets] });
            Answer::json(200, &list)
        }
        ("PATCH", "/api/v1/namespaces/default/secrets/claude") => Answer::json(200, &asked.json()),
        _ => Answer::json(404, &json!({ "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 404 })),
    })
}

#[test]
fn kubernetes_keeps_a_secret_and_no_copy_of_it() {
    if lacks("kubernetes_keeps_a_secret_and_no_copy_of_it", &["kubectl", "jq"]) {
        return;
    }
    let home = home_with("command-targets/kubernetes.toml");
    record_arguments(&home, "kubectl", Path::new("/usr/bin/kubectl"));
    record_arguments(&home, "jq", Path::new("/usr/bin/jq"));
    let cluster = kubernetes();
    let config = json!({ "apiVersion": "v1", "kind": "Config", "current-context": "loopback",
        "clusters": [{ "name": "loopback", "cluster": { "server": cluster.url() } }],
        "contexts": [{ "name": "loopback", "context": { "cluster": "loopback", "user": "ada" } }],
        "users": [{ "name": "ada", "user": {} }] });
    fs::create_dir(home.path().join(".kube")).unwrap();
    fs::write(home.path().join(".kube/config"), config.to_string()).unwrap();
    let ran = sync(&home, &[]);
    assert_eq!((ran.outcome("kubernetes"), ran.code), ("synced", Some(0)), "{ran:?}");
    let asked = cluster.asked();
    let writes: Vec<&Asked> = asked.iter().filter(|asked| asked.method != "GET").collect();
    let [write] = writes[..] else { panic!("not one write: {writes:?}") };
    let sent = sent(&home);
    let encoded = |(name, value): (&String, &Value)| (name.clone(), json!(STANDARD.encode(value.as_str().unwrap())));
    let encoded: serde_json::Map<String, Value> = sent.as_object().unwrap().iter().map(encoded).collect();
    let expected = json!({ "apiVersion": "v1", "kind": "Secret", "type": "Opaque",
        "metadata": { "name": "claude", "namespace": "default" }, "data": encoded });
    assert_eq!(write.json(), expected, "no annotation has a copy of it");
    assert!(write.path.contains("fieldManager=wick") && write.path.contains("force=true"), "{}", write.path);
    assert_eq!(write.header("content-type"), "application/apply-patch+yaml");
    assert!(arguments(&home).contains(&"--server-side".to_owned()));
    assert!(!everything_in(&home.path().join(".kube")).contains(SENTINEL), "kubectl's cache has a token");
}

#[test]
fn kubernetes_says_why_it_failed() {
    if lacks("kubernetes_says_why_it_failed", &["kubectl", "jq"]) {
        return;
    }
    let home = home_with("command-targets/kubernetes.toml");
    // Nothing listens where a kubectl without a config looks.
    let elsewhere = ("KUBECONFIG", "/nonexistent".to_owned());
    let ran = sync(&home, std::slice::from_ref(&elsewhere));
    assert_eq!((ran.code, ran.error("kubernetes")), (Some(4), "command_failed"), "{ran:?}");
    let said = said(&home, &[elsewhere]);
    assert!(said.contains("localhost:8080"), "{said}");
}

// Waybar.

const BAR: &str = "status-bars/waybar-wick.sh";

/// The lines that a process prints, none waited for in vain.
struct Lines(Receiver<String>);

impl Lines {
    fn of(output: impl Read + Send + 'static) -> Self {
        let (sender, receiver) = channel();
        // Goes on to the end, so that the process never waits for a reader.
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                drop(sender.send(line));
            }
        });
        Self(receiver)
    }

    fn next(&self) -> String {
        self.0.recv_timeout(PATIENCE).expect("another line")
    }

    /// The next one as Waybar reads it.
    fn drawn(&self) -> Value {
        let line = self.next();
        assert!(!line.contains(SENTINEL), "{line}");
        let drawn: Value = serde_json::from_str(&line).unwrap();
        assert!(drawn["text"].is_string() && drawn["tooltip"].is_string() && drawn["class"].is_array(), "{line}");
        drawn
    }
}

/// The script in the bar. Ends with this value.
struct Bar {
    process: Child,
    lines: Lines,
}

impl Bar {
    fn start(home: &Home, seconds: &str) -> Self {
        let mut process = program(home, recipe(BAR)).arg(seconds).stdout(Stdio::piped()).spawn().unwrap();
        let lines = Lines::of(process.stdout.take().unwrap());
        Self { process, lines }
    }

    /// As Waybar ends it.
    fn end(&mut self) {
        let pid = rustix::process::Pid::from_raw(i32::try_from(self.process.id()).unwrap()).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

#[test]
fn waybar_follows_wick() {
    if lacks("waybar_follows_wick", &["bash", "jq"]) {
        return;
    }
    let home = Home::signed_in(7 * 3600 - 30);
    link_wick(&home);
    let mut bar = Bar::start(&home, "60");
    let drawn = bar.lines.drawn();
    assert_eq!((&drawn["text"], &drawn["class"]), (&json!("6h 59m"), &json!(["fresh"])));
    assert_eq!(drawn["tooltip"], "Access token: 6h 59m left\nSign-in: 20d left");
    home.write(&credential().signed_out().json());
    let drawn = wait_for("the change", || Some(bar.lines.drawn()).filter(|drawn| drawn["class"][0] != "fresh"));
    assert_eq!((&drawn["text"], &drawn["class"]), (&json!("signed out"), &json!(["signed_out"])));
    bar.end();
}

#[test]
fn waybar_is_drawn_anew_while_only_time_passes() {
    if lacks("waybar_is_drawn_anew_while_only_time_passes", &["bash", "jq"]) {
        return;
    }
    let home = Home::new();
    let line = status("expiring", 2);
    let (first, second) = line.split_at(20);
    // Half a line, the rest after the bar has drawn in between, and nothing more.
    let wick = format!(
        "#!/bin/sh
echo \"$*\" > \"$HOME/asked\"
echo $$ > \"$HOME/watcher\"
printf %s '{first}'
sleep 1.5
cat <<'END'
{second}
END
exec sleep 1000
"
    );
    home.add_program("wick", &wick);
    let mut bar = Bar::start(&home, "1");
    let drawn = bar.lines.drawn();
    assert_eq!(drawn["class"][1], "sync-failed", "{drawn}");
    // It is markup there.
    let tooltip = drawn["tooltip"].as_str().unwrap();
    assert!(tooltip.contains("acme/api: failed\nuse &lt;b&gt; &amp; &quot;c&quot; | color=red"), "{tooltip}");
    let last = wait_for("the end", || Some(bar.lines.drawn()).filter(|drawn| drawn["text"] == "expired"));
    assert_eq!(last["class"][0], "expired", "Wick said nothing of it yet");
    assert_eq!(fs::read_to_string(home.path().join("asked")).unwrap(), "status --watch --json\n");
    let watcher = fs::read_to_string(home.path().join("watcher")).unwrap();
    let process = Path::new("/proc").join(watcher.trim());
    assert!(process.exists());
    bar.end();
    wait_for("the watcher's end", || {
        let state = fs::read_to_string(process.join("status")).unwrap_or_default();
        (state.is_empty() || state.contains("State:\tZ")).then_some(())
    });
}

#[test]
fn waybar_says_that_wick_has_ended() {
    if lacks("waybar_says_that_wick_has_ended", &["bash", "jq"]) {
        return;
    }
    let home = Home::new();
    home.add_program("wick", "#!/bin/sh\nexit 2\n");
    let bar = Bar::start(&home, "60");
    let drawn = bar.lines.drawn();
    assert!(drawn["tooltip"].as_str().unwrap().contains("is Wick installed?"), "{drawn}");
    assert_eq!(drawn["class"], json!(["unreadable"]));
}

#[test]
fn waybar_says_what_is_wrong_with_the_settings() {
    if lacks("waybar_says_what_is_wrong_with_the_settings", &["bash", "jq"]) {
        return;
    }
    let home = Home::signed_in(3600);
    link_wick(&home);
    home.write_config("[tray]\ntitle = \"logni\"\n");
    let mut bar = Bar::start(&home, "60");
    let drawn = bar.lines.drawn();
    assert!(drawn["tooltip"].as_str().unwrap().contains("`tray.title` is not understood"), "{drawn}");
    bar.process.wait().unwrap();
    assert!(bar.lines.0.recv().is_err(), "and no other line hides it");
}

#[test]
fn waybars_module_starts_the_script_that_is_beside_it() {
    let with_comments = text("status-bars/waybar.jsonc");
    let lines = with_comments.lines().filter(|line| !line.trim_start().starts_with("//"));
    let config: Value = serde_json::from_str(&lines.collect::<String>()).unwrap();
    let module = &config["custom/wick"];
    let script = module["exec"].as_str().unwrap().rsplit('/').next().unwrap();
    assert!(BAR.ends_with(script) && recipe(BAR).exists(), "{script}");
    assert_eq!((&module["return-type"], &module["interval"]), (&json!("json"), &Value::Null));
}
