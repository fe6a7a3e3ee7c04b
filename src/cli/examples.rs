//! The examples under each `--help`, and the page that says more.

/// Of one command: how it is called, and what that does.
type Examples = &'static [(&'static str, &'static str)];

/// By the command's path; one without a row has that of the command above it.
const ALL: [(&str, Examples, &str); 23] = [
    (
        "",
        &[
            ("wick", "The app in the menu bar"),
            ("wick init", "Set up a repository, step by step"),
            ("wick status", "The time left, and each target"),
        ],
        "docs/getting-started.md, docs/commands.md",
    ),
    (
        "init",
        &[
            ("wick init", "Ask for everything"),
            ("wick init --repo acme/api", "Ask only for the rest"),
            ("wick init --dry-run", "Say what would be done"),
        ],
        "docs/getting-started.md",
    ),
    (
        "status",
        &[
            ("wick status --json", "For a program"),
            ("wick status --watch", "A line at every change"),
            ("wick status --line --color", "For tmux and other status lines"),
        ],
        "docs/commands.md, resources/recipes/README.md",
    ),
    (
        "refresh",
        &[("wick refresh", "When it is about to expire"), ("wick refresh --force", "At once")],
        "docs/refreshing.md, docs/reliability.md",
    ),
    (
        "sync",
        &[
            ("wick sync", "To every target"),
            ("wick sync acme/api acme/web@production", "Only to these"),
            ("wick sync --dry-run", "Say what would be written"),
        ],
        "docs/targets.md, docs/performance.md",
    ),
    (
        "targets",
        &[
            ("wick targets add acme/api", "A repository's Actions secrets"),
            ("wick targets list", "The state of each target"),
            ("wick targets find", "Other places with a Claude secret"),
        ],
        "docs/targets.md",
    ),
    (
        "targets add",
        &[
            ("wick targets add", "Choose from a list"),
            ("wick targets add acme/api acme/web@production", "Two by name"),
            ("wick targets add org:acme --visibility private", "An organization"),
            ("wick targets add acme/soon --no-check", "One that comes later"),
            ("wick targets add vault -- vault kv put kv/claude -", "A program"),
        ],
        "docs/targets.md",
    ),
    (
        "targets set",
        &[
            ("wick targets set acme/api --secret TOKEN=ciToken", "Send one more secret"),
            ("wick targets set acme/api --no-secret TOKEN", "Send one less"),
            ("wick targets set acme/api --secrets default", "Send the usual ones again"),
        ],
        "docs/targets.md",
    ),
    (
        "targets find",
        &[
            ("wick targets find", "Search, then choose"),
            ("wick targets find --environments", "Search environments too"),
            ("wick targets find --add", "Add everything found"),
        ],
        "docs/targets.md",
    ),
    (
        "targets remove",
        &[
            ("wick targets remove acme/api", "Leave its secrets there"),
            ("wick targets remove acme/api --delete-secrets", "Delete them too"),
        ],
        "docs/targets.md",
    ),
    (
        "github",
        &[
            ("wick github status", "Which token is used"),
            ("wick github login", "Paste a token"),
            ("wick github login < token.txt", "Read one from a file"),
        ],
        "docs/targets.md",
    ),
    (
        "ci-token",
        &[
            ("claude setup-token | wick ci-token set", "Make one and store it"),
            ("wick ci-token status", "How much of its year is left"),
            ("wick ci-token rotate", "Replace it everywhere"),
        ],
        "docs/one-year-token.md",
    ),
    (
        "ci-token set",
        &[
            ("claude setup-token | wick ci-token set", "Make one and store it"),
            ("wick ci-token set --check", "Paste one and check it"),
        ],
        "docs/one-year-token.md",
    ),
    (
        "ci-token rotate",
        &[
            ("wick ci-token rotate", "Make one, asking at each step"),
            ("wick ci-token rotate --yes < token.txt", "Use one that you made already"),
        ],
        "docs/one-year-token.md",
    ),
    (
        "exec",
        &[
            ("wick exec -- ./ask.py", "With the usual secrets"),
            ("wick exec --only CLAUDE_ACCESS_TOKEN -- ./ask.py", "With one of them"),
            ("wick exec --env TOKEN=accessToken -- ./ask.py", "Also under another name"),
        ],
        "docs/programs.md",
    ),
    (
        "token",
        &[
            ("wick token | ./ask.py", "On a program's standard input"),
            ("wick token --min-left 10m | ./ask.py", "Only if it lasts 10 minutes"),
        ],
        "docs/programs.md",
    ),
    (
        "doctor",
        &[("wick doctor", "Every check, and what to do"), ("wick doctor --json", "For a program")],
        "docs/troubleshooting.md, docs/platforms.md",
    ),
    (
        "autostart",
        &[("wick autostart on", "Open Wick at login"), ("wick autostart status", "Show whether it does")],
        "docs/getting-started.md",
    ),
    (
        "config",
        &[
            ("wick config init", "Create one with every key explained"),
            ("wick config check", "After an edit"),
            ("wick config path", "Where it is"),
        ],
        "docs/configuration.md",
    ),
    (
        "recipe",
        &[("wick recipe", "List them"), ("wick recipe one-year-token", "Print one")],
        "resources/recipes/README.md",
    ),
    (
        "uninstall",
        &[("wick uninstall --dry-run", "What would be removed and what stays"), ("wick uninstall", "Ask, then remove")],
        "docs/privacy.md",
    ),
    ("version", &[("wick version", "Print it")], "docs/commands.md"),
    (
        "completions",
        &[
            ("eval \"$(wick completions bash)\"", "In ~/.bashrc"),
            ("eval \"$(wick completions zsh)\"", "In ~/.zshrc"),
            ("wick completions fish | source", "In fish's config"),
        ],
        "docs/getting-started.md",
    ),
];

/// What stands at the end of a command's help.
pub(super) fn after_help(path: &str) -> String {
    let row = |path: &str| ALL.iter().find(|(known, ..)| *known == path);
    let Some((_, examples, pages)) = row(path).or_else(|| row(path.split_once(' ')?.0)) else { return String::new() };
    let width = examples.iter().map(|(example, _)| example.len()).max().unwrap_or_default();
    let lines: String = examples.iter().map(|(example, does)| format!("  {example:width$}  {does}\n")).collect();
    format!("Examples:\n{lines}\nMore: {pages}")
}
