//! `wick recipe`: prints a recipe, so that nobody has to look for its file.

use std::io;

use clap::Args;
use clap::builder::PossibleValuesParser;

use super::output::{self, Exit};
use crate::ports::Ports;
use crate::report::rows::{self, Row};

#[derive(Debug, Args)]
pub struct Arguments {
    /// The recipe's name; without one, all are listed
    #[arg(value_name = "NAME", value_parser = PossibleValuesParser::new(RECIPES.map(|recipe| recipe.name)))]
    name: Option<String>,
}

/// A recipe as it stands in the source.
#[derive(Clone, Copy)]
struct Recipe {
    name: &'static str,
    about: &'static str,
    text: &'static str,
}

macro_rules! recipe {
    ($name:literal, $path:literal, $about:literal) => {
        Recipe { name: $name, about: $about, text: include_str!(concat!("../../resources/recipes/", $path)) }
    };
}

const RECIPES: [Recipe; 30] = [
    recipe!("one-year-token", "github-actions/one-year-token.yml", "a workflow with the one-year token"),
    recipe!("canary", "github-actions/claude-canary.yml", "a workflow that says when that token no longer works"),
    recipe!("workload-identity", "github-actions/workload-identity.yml", "a workflow without any secret"),
    recipe!("three-secrets", "github-actions/three-secrets.yml", "a workflow with the access token, for hours"),
    recipe!("python", "python/claude_client.py", "a client for a script or a service of your own"),
    recipe!("every-hour", "shell/every-hour.sh", "a shell loop with a fresh token each round"),
    recipe!("docker", "shell/docker.sh", "a container with a fresh token"),
    recipe!("devcontainer", "shell/devcontainer.json", "the same for an editor"),
    recipe!("launchd", "shell/launchd.plist", "a program that a Mac starts with a fresh token"),
    recipe!("aws", "command-targets/aws.toml", "a target in AWS Secrets Manager"),
    recipe!("vault", "command-targets/vault.toml", "a target in HashiCorp Vault"),
    recipe!("kubernetes", "command-targets/kubernetes.toml", "a target in Kubernetes"),
    recipe!("fly", "command-targets/fly.toml", "a target in an app at Fly.io"),
    recipe!("cloudflare", "command-targets/cloudflare.toml", "a target in a Cloudflare Worker"),
    recipe!("vercel", "command-targets/vercel.toml", "a target in a Vercel project"),
    recipe!("gitlab", "command-targets/gitlab.toml", "a target in a GitLab project"),
    recipe!("1password", "command-targets/1password.toml", "a target in 1Password"),
    recipe!("ssh", "command-targets/ssh.toml", "Claude Code on another computer"),
    recipe!("environment-d", "command-targets/environment-d.toml", "the environment of a systemd session"),
    recipe!("waybar", "status-bars/waybar.jsonc", "Waybar's config for the script below"),
    recipe!("waybar-script", "status-bars/waybar-wick.sh", "the time left in Waybar"),
    recipe!("swiftbar", "status-bars/swiftbar/wick.1m.sh", "the time left in SwiftBar on a Mac"),
    recipe!("tmux", "status-bars/tmux.conf", "the time left in tmux"),
    recipe!("starship", "status-bars/starship.toml", "the time left in a Starship prompt"),
    recipe!("zellij", "status-bars/zellij.kdl", "the time left in zellij, with zjstatus"),
    recipe!("claude-code", "status-bars/claude-code.json", "the time left in Claude Code's own status line"),
    recipe!("ntfy", "alerts/ntfy.sh", "alerts on a phone, by ntfy"),
    recipe!("slack", "alerts/slack.sh", "alerts in a Slack channel"),
    recipe!("telegram", "alerts/telegram.sh", "alerts in a Telegram chat"),
    recipe!("github-issue", "alerts/github-issue.sh", "alerts as an issue on GitHub"),
];

pub(super) fn run(arguments: &Arguments, ports: &Ports) -> Exit {
    if let Some(name) = &arguments.name {
        let found = RECIPES.iter().find(|recipe| recipe.name == name);
        output::own(found.map_or("", |recipe| recipe.text.trim_end()));
    } else {
        let row = |Recipe { name, about, .. }: Recipe| Row {
            state: format!("{name:17}"),
            after: "  ".to_owned(),
            text: about.to_owned(),
            ..Row::default()
        };
        let size = ports.terminal.size_of(&io::stdout());
        output::answer(&rows::lines(&RECIPES.map(row), size).join("\n"));
    }
    Exit::Done
}
