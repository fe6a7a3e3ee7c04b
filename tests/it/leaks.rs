//! Where a token could go astray: into files that live for a moment, to other servers, and into other programs.

#[cfg(target_os = "linux")]
use std::fs;
use std::process::{Command, Output, Stdio};

use crate::support::credential::SENTINEL;
use crate::support::home::{Home, in_seconds};
use crate::support::sweep::stranger::Stranger;
use crate::support::{credential::CredentialText, sweep};

fn ended(command: &mut Command) -> Output {
    let output = command.stdout(Stdio::piped()).stderr(Stdio::piped()).output().unwrap();
    sweep::check("what was printed", [output.stdout.as_slice(), &output.stderr].concat());
    output
}

#[cfg(target_os = "linux")]
#[test]
fn no_file_has_a_token_while_it_lives_but_those_that_are_for_tokens() {
    use crate::ci_token::TOKEN;
    use crate::support::desktop::App;
    use crate::support::github::GithubServer;
    use crate::support::refreshed::{home_and_server, while_the_post_runs};
    use crate::support::sweep::witness::Witness;
    use crate::support::synced::{command, config, repositories};
    use crate::support::{wait_for, write_program};

    let (home, server) = home_and_server(3600);
    let github = GithubServer::start();
    github.add_repository("acme/api");
    home.add_program("keep", "#!/bin/sh\ncat > /dev/null\n");
    home.add_program("tell", "#!/bin/sh\ncat >> \"$HOME/told\"\n");
    // Not of the programs whose environment is swept: this one is to have the token.
    write_program(&home.path().join("bin/claude"), "#!/bin/sh\necho '{ \"is_error\": false, \"result\": \"yes\" }'\n");
    let secrets = "[secrets]\nA = \"accessToken\"\nR = \"refreshToken\"\nC = \"credentials\"\nY = \"ciToken\"\n\
        W = \"credentialsWithoutRefresh\"\n\n[variables]\nU = \"expiresAt\"\nP = \"subscriptionType\"\n\n\
        [alerts]\naccess = [\"20h\"]\ncommand = [\"tell\"]\n\n";
    let targets = repositories(&["acme/api"]) + "[[targets]]\nname = \"kept\"\ncommand = [\"keep\"]\n";
    let refresh = format!("[refresh]\ntoken_url = \"{}\"\n", server.url());
    home.write_config(&config(&github, &format!("{refresh}\n{secrets}{targets}")));
    ended(&mut home.wick(&["status"]));
    for folder in [home.state(), home.path().join("tmp")] {
        fs::create_dir_all(folder).unwrap();
    }
    let folders = [".claude", ".local/state/wick", ".config/wick", "tmp", ""];
    let witness = Witness::of(folders.map(|folder| home.path().join(folder)).to_vec());
    let tmp = home.path().join("tmp");
    while_the_post_runs(&home, &server, || witness.wait_for("journal-"));
    for arguments in [
        &["ci-token", "set"][..],
        &["sync"],
        &["sync", "--force", "--json"],
        &["ci-token", "check"],
        &["targets", "find", "--json"],
        &["ci-token", "rotate", "--yes", "--add", "--json"],
        &["status"],
        &["status", "--line", "--color"],
        &["doctor"],
    ] {
        let mut running = command(&home, arguments);
        let mut running = running
            .env("TMPDIR", &tmp)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let token = if arguments.contains(&"rotate") { TOKEN.replace("year", "next") } else { TOKEN.to_owned() };
        // What does not read it does not mind.
        drop(std::io::Write::write_all(&mut running.stdin.take().unwrap(), token.as_bytes()));
        let output = running.wait_with_output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        sweep::check(&format!("{arguments:?}"), &said);
        assert!(
            output.status.success() || arguments == ["doctor"],
            "{arguments:?}: {}",
            String::from_utf8_lossy(&said)
        );
    }
    let app = App::run(home.wick(&[]), None);
    let told = home.path().join("told");
    let told = wait_for("the alert", || fs::read_to_string(&told).ok().filter(|told| told.contains('}')));
    sweep::check("an alert", told);
    app.terminate();
    app.wait();
    let found = witness.with_tokens();
    let is_for_tokens = |name: &str| {
        ["journal-", "ci-token-", ".credentials.json", ".wick-"].iter().any(|beginning| name.starts_with(beginning))
    };
    for path in &found {
        assert!(is_for_tokens(&path.file_name().unwrap().to_string_lossy()), "{} has a token", path.display());
    }
    let is_journal = |path: &&std::path::PathBuf| path.file_name().unwrap().to_string_lossy().starts_with("journal-");
    assert_eq!(found.iter().filter(is_journal).count(), 1, "the witness sees nothing: {found:?}");
}

#[test]
fn no_server_but_its_own_hears_a_token() {
    let stranger = Stranger::start();
    let home = Home::with_folder();
    home.write(&CredentialText::ending(in_seconds(60)).login_ending(in_seconds(86_400)).json());
    home.write_config("[[targets]]\nrepo = \"acme/api\"\n");
    for arguments in [
        &["refresh", "--force"][..],
        &["sync"],
        &["doctor"],
        &["github", "status"],
        &["targets", "list"],
        &["targets", "find"],
        &["ci-token", "check"],
        &["status", "--line"],
    ] {
        let mut command = home.wick(arguments);
        for name in ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "https_proxy", "http_proxy", "all_proxy"] {
            command.env(name, &stranger.url);
        }
        ended(command.env("GH_TOKEN", format!("{SENTINEL}-github")));
    }
    let heard = stranger.heard();
    sweep::check("a proxy", &heard);
    // Both tokens were about to be sent, each within TLS to whom it is for.
    let heard = String::from_utf8_lossy(&heard).into_owned();
    for host in ["platform.claude.com", "api.github.com"] {
        assert!(heard.contains(&format!("CONNECT {host}:443")), "{heard}");
    }
    assert!(heard.lines().all(|line| !line.starts_with("GET") && !line.starts_with("POST")), "{heard}");
}

/// A token that was pasted in the place of a folder stands in every path below it.
#[cfg(not(target_os = "macos"))]
#[test]
fn a_path_with_a_token_is_shown_without_it() {
    use crate::support::desktop::{App, Bus, Panel};
    use crate::support::wait_for;

    const TOKEN: &str = "sk-ant-oat01-EXAMPLE-in-a-path";
    let home = Home::signed_in(3600);
    let folder = home.path().join(TOKEN);
    let wick = |arguments: &[&str]| {
        let mut command = home.wick(arguments);
        command.env("CLAUDE_CONFIG_DIR", &folder);
        command
    };
    let check = |what: &str, shown: &str| {
        assert!(!shown.contains("EXAMPLE") && shown.contains("[redacted]"), "{what}: {shown}");
    };
    for arguments in [&["status"][..], &["status", "--json"], &["doctor"], &["doctor", "--json"], &["refresh"]] {
        let output = wick(arguments).output().unwrap();
        check(&format!("{arguments:?}"), &String::from_utf8([output.stdout, output.stderr].concat()).unwrap());
    }
    // Its line at the terminal, where no panel is.
    let app = App::run(wick(&[]), None);
    let printed = wait_for("a line with the path", || Some(app.printed()).filter(|text| text.contains("[redacted]")));
    check("the line", &printed);
    app.terminate();
    check("all lines", &app.wait().1);
    let Some(bus) = Bus::start("a_path_with_a_token_is_shown_without_it") else { return };
    let panel = Panel::start(&bus);
    let app = App::run(wick(&[]), Some(&bus));
    let icon = panel.icon();
    let shown = || Some(icon.texts().join("\n")).filter(|texts| texts.contains("[redacted]"));
    check("the menu", &wait_for("a menu with the path", shown));
    assert!(!icon.tooltip().1.contains("EXAMPLE"));
    icon.click(wick::words::menu::item::DIAGNOSE);
    let report = home.state().join("doctor.txt");
    check("the report", &wait_for("the report", || fs::read_to_string(&report).ok().filter(|text| !text.is_empty())));
    app.terminate();
    app.wait();
    assert!(!crate::support::home::everything_in(&home.state()).contains("EXAMPLE"), "no file of the state has it");
}
