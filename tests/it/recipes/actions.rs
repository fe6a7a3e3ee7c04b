//! The workflows: what is pinned, and their scripts as a runner runs them. actionlint reads them too, in `.ci/run`.

use super::*;

/// What a line gives to a key: `run: |` and `- run: |` give `|`.
fn value<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    line.trim_start_matches([' ', '-']).strip_prefix(key)?.strip_prefix(':').map(str::trim)
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// The script of the step with this name.
fn script(workflow: &str, step: &str) -> String {
    let from = workflow.lines().skip_while(|line| value(line, "name") != Some(step));
    let mut from = from.skip_while(|line| value(line, "run") != Some("|"));
    let column = indent(from.next().unwrap_or_else(|| panic!("no script of {step}")));
    let lines = from.take_while(|line| line.trim().is_empty() || indent(line) > column);
    lines.map(|line| format!("{}\n", line.trim_start_matches(' '))).collect()
}

/// A step as a runner runs it, where `shell: bash` is named.
fn step(home: &Home, workflow: &str, name: &str) -> Command {
    let path = home.path().join("step.sh");
    fs::write(&path, script(&text(workflow), name)).unwrap();
    let mut bash = program(home, "bash");
    bash.args(["--noprofile", "--norc", "-eo", "pipefail"]).arg(path);
    bash
}

#[test]
fn the_workflows_pin_their_actions_may_do_little_and_end() {
    for file in [ONE_YEAR, CANARY, THREE_SECRETS, IDENTITY] {
        let workflow = text(file);
        for used in workflow.lines().filter_map(|line| value(line, "uses")) {
            let (_, pin) = used.split_once('@').unwrap();
            let (commit, version) = pin.split_once(" # v").unwrap_or_else(|| panic!("{file}: {used}"));
            assert!(commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()), "{file}: {used}");
            assert_eq!(version.split('.').count(), 3, "{file}: {used}");
        }
        assert!(workflow.contains("\npermissions:\n  contents: read\n"), "{file}");
        assert!(!workflow.contains("pull_request_target"), "{file}");
        let (_, jobs) = workflow.split_once("\njobs:\n").unwrap();
        let starts = jobs.lines().filter(|line| indent(line) == 2 && line.ends_with(':')).count();
        let ends = jobs.lines().filter(|line| indent(line) == 4 && value(line, "timeout-minutes").is_some()).count();
        assert!(starts > 0 && starts == ends, "{file}: {starts} jobs, of which {ends} have timeout-minutes");
        // An expression is the whole value of a key. In a script it would be pasted in before a shell reads it.
        for line in workflow.lines().filter(|line| line.contains("${{")) {
            let (key, value) = line.trim().split_once(": ").unwrap_or_else(|| panic!("{file}: {line}"));
            let is_name = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            assert!(is_name && key != "run" && value.starts_with("${{"), "{file}: {line}");
        }
    }
}

#[test]
fn each_workflow_takes_what_its_head_says() {
    let secrets = |file: &str| {
        let workflow = text(file);
        let mut names: Vec<String> =
            workflow.split("${{ secrets.").skip(1).map(|rest| rest.split(' ').next().unwrap().to_owned()).collect();
        names.sort();
        names.dedup();
        names
    };
    assert_eq!(secrets(ONE_YEAR), ["CLAUDE_CODE_OAUTH_TOKEN"]);
    assert_eq!(secrets(CANARY), ["CLAUDE_CODE_OAUTH_TOKEN"]);
    assert_eq!(secrets(THREE_SECRETS), ["CLAUDE_ACCESS_TOKEN", "CLAUDE_EXPIRES_AT"], "never the refresh token");
    assert_eq!(secrets(IDENTITY), [""; 0]);
    assert!(text(ONE_YEAR).contains("claude_code_oauth_token: ${{ secrets.CLAUDE_CODE_OAUTH_TOKEN }}"));
    // A job that has none of these gets no identity.
    assert_eq!(text(IDENTITY).matches("id-token: write").count(), 2);
    assert!(!text(ONE_YEAR).contains("id-token") && !text(THREE_SECRETS).contains("id-token"));
}

#[test]
fn claude_code_is_installed_in_the_one_version_that_was_tried() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let tried = fs::read_to_string(root.join(".ci/claude-code-version")).unwrap();
    let mut folders = vec![root.join("docs"), root.join("resources"), root.join("README.md"), root.join(".github")];
    let mut found = Vec::new();
    while let Some(path) = folders.pop() {
        if path.is_dir() {
            folders.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let text = fs::read(&path).unwrap();
        for named in String::from_utf8_lossy(&text).split("@anthropic-ai/claude-code@").skip(1) {
            let version = named.split(|letter: char| letter != '.' && !letter.is_ascii_digit()).next().unwrap();
            found.push((path.clone(), version.to_owned()));
        }
    }
    assert!(found.len() >= 3, "only {found:?}");
    assert!(found.iter().all(|(_, version)| version == tried.trim()), "{} was tried: {found:?}", tried.trim());
}

#[test]
fn the_synced_token_is_looked_at_before_the_job_begins() {
    if lacks("the_synced_token_is_looked_at_before_the_job_begins", &["bash"]) {
        return;
    }
    let home = Home::new();
    let check = |end: &str| {
        let mut bash = step(&home, THREE_SECRETS, "Does the token live long enough?");
        let (code, printed, complaints) = ran(bash.env("EXPIRES_AT", end).env("MINUTES", "20"));
        assert_eq!(complaints, "", "{end}");
        (code, printed)
    };
    let at = |seconds: i64| in_seconds(seconds).0.to_string();
    let (code, printed) = check(&at(3 * 3600 + 90));
    assert_eq!((code, printed.as_str()), (Some(0), "The Claude token lives 181 minutes more\n"));
    for (end, words) in [
        (at(19 * 60 - 30), "ends in 18 minutes, sooner than this job: run \"wick sync\""),
        (at(50), "ends in 0 minutes"),
        (at(-3630), "ended 60 minutes ago: run \"wick sync\" on your computer, then this again"),
        (String::new(), "CLAUDE_EXPIRES_AT is missing or no time in milliseconds"),
        ((in_seconds(7200).0 / 1000).to_string(), "CLAUDE_EXPIRES_AT is missing or no time in milliseconds"),
        ("0189999999999".to_owned(), "no time in milliseconds"),
        (format!("a[$(touch {})]", home.path().join("run").display()), "no time in milliseconds"),
    ] {
        let (code, printed) = check(&end);
        assert!(code == Some(1) && printed.starts_with("::error::") && printed.contains(words), "{end}: {printed}");
        assert_eq!(printed.lines().count(), 1, "{printed}");
    }
    assert!(!home.path().join("run").exists(), "a secret was run as a command");
}

#[test]
fn an_identity_is_exchanged_by_hand() {
    if lacks("an_identity_is_exchanged_by_hand", &["bash", "curl", "jq"]) {
        return;
    }
    let home = Home::new();
    record_arguments(&home, "curl", Path::new("/usr/bin/curl"));
    record_arguments(&home, "jq", Path::new("/usr/bin/jq"));
    let server = Loopback::start(|asked| match (asked.path.as_str(), asked.header("authorization")) {
        ("/identity?api-version=2&audience=https://api.anthropic.com", "Bearer tok-sentinel-runner") => {
            Answer::json(200, &json!({ "value": "tok-sentinel-identity" }))
        }
        ("/v1/oauth/token", "") if asked.json()["assertion"] == "tok-sentinel-identity" => {
            Answer::json(200, &json!({ "access_token": ACCESS, "token_type": "Bearer", "expires_in": 600 }))
        }
        ("/v1/messages", "Bearer tok-sentinel-access") => {
            Answer::json(200, &json!({ "content": [{ "type": "text", "text": HELLO }] }))
        }
        _ => Answer::echo(401, asked),
    });
    let run = |runner_token: &str, workspace: &str| {
        let mut bash = step(&home, IDENTITY, "Exchange and ask");
        bash.env("ACTIONS_ID_TOKEN_REQUEST_URL", format!("{}/identity?api-version=2", server.url()));
        bash.env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", runner_token).env("ANTHROPIC_BASE_URL", server.url());
        bash.env("ANTHROPIC_FEDERATION_RULE_ID", "fdrl_1").env("ANTHROPIC_SERVICE_ACCOUNT_ID", "svac_1");
        bash.env("ANTHROPIC_ORGANIZATION_ID", "5e6f7a8b-bbbb").env("ANTHROPIC_WORKSPACE_ID", workspace);
        let output = bash.output().unwrap();
        // GitHub takes these lines as orders to hide the tokens, and does not show them.
        let printed = String::from_utf8(output.stdout).unwrap();
        let (orders, shown): (Vec<&str>, Vec<&str>) =
            printed.lines().partition(|line| line.starts_with("::add-mask::"));
        let complaints = String::from_utf8(output.stderr).unwrap();
        assert!(!format!("{shown:?}{complaints}").contains(SENTINEL), "a token was printed: {shown:?}{complaints}");
        (output.status.code(), orders.len(), shown.join("\n"))
    };
    assert_eq!(run("tok-sentinel-runner", ""), (Some(0), 2, HELLO.to_owned()));
    let exchange = server.asked()[1].json();
    let expected = json!({ "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "assertion": "tok-sentinel-identity", "federation_rule_id": "fdrl_1", "organization_id": "5e6f7a8b-bbbb",
        "service_account_id": "svac_1" });
    assert_eq!(exchange, expected);
    assert_eq!(run("tok-sentinel-runner", "wrkspc_1").0, Some(0));
    assert_eq!(server.asked()[4].json()["workspace_id"], "wrkspc_1");
    let (code, orders, shown) = run("tok-sentinel-other", "");
    assert!(code != Some(0) && orders == 0 && shown.is_empty(), "{code:?} {shown}");
    assert_eq!(server.asked().len(), 7, "it goes on after no failure");
    assert!(arguments(&home).iter().any(|argument| argument == "--config"));
}

/// A `gh` whose GitHub is a file of open issues, two to a page: the real `jq` runs the filters.
const GH: &str = r#"#!/bin/sh
echo "$*" >> "$HOME/asked"
for word; do
    case $before in --jq) filter=$word ;; esac
    case $word in repos/*) path=$word ;; title=*) title=${word#*=} ;; body=*) body=${word#*=} ;; state=*) state=${word#*=} ;; esac
    before=$word
done
change() { jq --arg title "$title" --arg body "$body" --arg path "$path" "$1" "$HOME/issues" > "$HOME/new" && mv "$HOME/new" "$HOME/issues"; }
case "$*" in
*'--method POST'*) change '. + [{ number: (map(.number) | max + 1), title: $title, body: $body }]' ;;
*'--method PATCH'*) [ -n "$state" ] && change 'map(select("\(.number)" != ($path | split("/") | last)))' ||
    change 'map(if "\(.number)" == ($path | split("/") | last) then .body = $body else . end)' ;;
*--paginate*) jq -c '_nwise(2)' "$HOME/issues" | jq -r "$filter" ;;
esac
"#;

#[test]
fn the_canary_opens_one_issue_keeps_it_up_to_date_and_closes_it() {
    if lacks("the_canary_opens_one_issue_keeps_it_up_to_date_and_closes_it", &["bash", "jq"]) {
        return;
    }
    let home = Home::new();
    home.add_program("gh", GH);
    // Somebody else's, and a pull request of the same title, are not it.
    let others = json!([{ "number": 3, "title": "T", "pull_request": {} }, { "number": 4, "title": "t" },
        { "number": 5, "title": "T: more" }]);
    let issues = home.path().join("issues");
    fs::write(&issues, others.to_string()).unwrap();
    let token = format!("{SENTINEL}-one-year");
    let day = |claude: &str, token: &str| {
        // Not of those whose environment is looked at: it is to have the token.
        crate::support::write_program(&home.path().join("bin/claude"), &format!("#!/bin/sh\n{claude}\n"));
        let output = home.path().join("output");
        fs::write(&output, "").unwrap();
        fs::write(home.path().join("asked"), "").unwrap();
        let (code, _, complaints) =
            ran(step(&home, CANARY, "Ask").env("CLAUDE_CODE_OAUTH_TOKEN", token).env("GITHUB_OUTPUT", &output));
        assert_eq!(code, Some(0), "{complaints}");
        let why = fs::read_to_string(&output).unwrap().trim().strip_prefix("why=").unwrap().to_owned();
        let mut tell = step(&home, CANARY, "Tell");
        tell.env("WHY", &why).env("GITHUB_REPOSITORY", "acme/api").env("TITLE", "T");
        let (code, printed, complaints) = ran(&mut tell);
        let asked = fs::read_to_string(home.path().join("asked")).unwrap();
        assert!(!format!("{why}{asked}").contains(SENTINEL), "{why}{asked}");
        let asked = asked.lines().skip(1).map(|line| line.split(" -f ").next().unwrap().to_owned()).collect::<Vec<_>>();
        assert!(code == Some(0) || printed.starts_with(&format!("::error::T: {why}")), "{printed}{complaints}");
        let open: Vec<serde_json::Value> = serde_json::from_str(&fs::read_to_string(&issues).unwrap()).unwrap();
        assert_eq!(open[..3], others.as_array().unwrap()[..], "they are left alone");
        let bodies: Vec<_> = open[3..].iter().map(|issue| issue["body"].as_str().unwrap()).collect();
        assert!(bodies.len() == usize::from(code != Some(0)), "{bodies:?}");
        assert!(bodies.iter().all(|body| body.contains(&format!("Z: {why}. For a new one:"))), "{bodies:?}");
        (why, code, asked)
    };
    let object = |error: bool, status: &str| {
        format!(
            "echo '{{\"is_error\":{error},\"api_error_status\":{status},\"result\":\"'\"$CLAUDE_CODE_OAUTH_TOKEN\"'\"}}'; exit {}",
            u8::from(error)
        )
    };
    let (new, update) =
        ("api --silent --method POST repos/acme/api/issues", "api --silent --method PATCH repos/acme/api/issues/6");
    let none: [&str; 0] = [];
    for (claude, token, why, code, asked) in [
        (object(false, "null"), token.as_str(), "", 0, &none[..]),
        (object(true, "401"), &token, "Anthropic answers 401", 1, &[new]),
        (object(true, "403"), &token, "Anthropic answers 403", 1, &[update]),
        (object(true, "null"), &token, "no answer came", 1, &[update]),
        ("exit 70".to_owned(), &token, "no answer came", 1, &[update]),
        ("echo a stack trace; exit 70".to_owned(), &token, "no answer came", 1, &[update]),
        (object(false, "null"), "", "the secret CLAUDE_CODE_OAUTH_TOKEN is not there", 1, &[update]),
        (object(false, "null"), &token, "", 0, &[update]),
        (object(false, "null"), &token, "", 0, &none),
        (object(true, "401"), &token, "Anthropic answers 401", 1, &[new]),
    ] {
        let found = day(&claude, token);
        let asked: Vec<String> = asked.iter().map(ToString::to_string).collect();
        assert_eq!(found, (why.to_owned(), Some(code), asked), "{claude}");
    }
}
