//! Every test that needs more than one function: rules with fakes around them, and the real program in a home of its
//! own.
#![allow(clippy::unwrap_used, reason = "a test says by panicking what is wrong")]
#![allow(clippy::disallowed_methods, reason = "tests of real processes live in real time")]
#![allow(clippy::pedantic, reason = "a test is read once, from top to bottom")]
#![allow(missing_docs, unreachable_pub, clippy::missing_panics_doc, reason = "nobody links against a test")]

#[path = "../support/mod.rs"]
mod support;

// What may use what, read from the source.
mod layering;

// Files in fixtures/config: the file name is the case's name.
mod config;

// The config file on a real disk.
mod config_file;

// What the menu bar shows in each state, as snapshots.
mod view;

// The whole menu in each state that the rules can bring about, as snapshots.
mod menu;

// The pictures.
mod icon;

// Every sentence for people beside its cause, in one snapshot.
mod words;

// What a person sees of each command in a terminal, in one snapshot.
#[cfg(not(target_os = "macos"))]
mod terminal;

// The same of all the others.
#[cfg(not(target_os = "macos"))]
mod every_command;

// Each `--help` in terminals of several widths.
mod help;

// The whole loop with fakes around it, on a paused clock: looks, alerts, clicks.
mod alerts_loop;
mod lifecycle;

// The file store against a real file system: renames, links, modes, pipes.
mod store_file;

// The keychain store against a stand-in for /usr/bin/security.
mod store_keychain;

// The real keychain of a Mac: `cargo test --test it keychain_live:: -- --ignored --test-threads 1`.
#[cfg(target_os = "macos")]
mod keychain_live;

// `wick refresh` against a real token endpoint: every answer, every fault, what is left behind.
mod refresh;

// What others do while a refresh is under way.
mod refresh_meanwhile;

// The same over TLS: whom it trusts, and that a proxy is used.
mod refresh_tls;

// Ten Wicks at once, and Wick beside another program that follows the same locks.
mod refresh_race;

// A full disk, a folder that cannot be written, links.
mod refresh_disk;

// `wick sync` against a GitHub that opens every box.
mod sync;

// What arrives at each kind of target.
mod sync_places;

// A sync that is ended before its end.
mod sync_ended;

// Each fault that a GitHub can have, and what comes of it.
mod sync_faults;

// What other programs and computers say.
mod foreign;

// The same over TLS and through a proxy.
mod sync_tls;

// How fast a sync goes, on a clock that the server shares.
mod sync_pace;

// Syncing in the loop: by itself, by a click, held, resumed.
mod sync_approval;
mod sync_loop;

// `wick init`: from an empty home to a synced repository.
#[cfg(not(target_os = "macos"))]
mod init;

// `wick targets`: edits, picking at a terminal, deleting.
mod targets;
mod targets_changed;

// What GitHub is asked before a target is added, and what is added where none is named.
#[cfg(not(target_os = "macos"))]
mod targets_checked;
#[cfg(not(target_os = "macos"))]
mod targets_find;
#[cfg(not(target_os = "macos"))]
mod targets_find_paced;
#[cfg(not(target_os = "macos"))]
mod targets_not_searched;

// `wick github`, with a real Secret Service.
#[cfg(not(target_os = "macos"))]
mod github_token;

// What a sync must never do.
mod sync_rules;

// A sync that has nothing to write.
mod sync_unchanged;

// What a sync notes on the disk, cut off in every line by a power cut.
mod sync_log;

// The same, killed at every mark.
#[cfg(feature = "fault-points")]
mod sync_crash;

// Syncs and rotations, killed at any moment: `WICK_KILLS=500 cargo test --test it sync_kills:: -- --ignored`.
#[cfg(not(target_os = "macos"))]
mod sync_kills;

// Mounts, marks and limits that stand against writing: the token is where Claude Code reads it, or nothing was sent.
#[cfg(target_os = "linux")]
mod refresh_places;

// Locks that nobody holds, and what stands at a lock's place and is none.
mod refresh_locks;

// Killed at any moment, a thousand times.
mod refresh_kills;

// What a refresh that is not finished has spent.
mod refresh_spent;

// Killed, ended or asleep at every step.
#[cfg(feature = "fault-points")]
mod refresh_crash;

// The whole app under random schedules: months in seconds, each by its seed.
mod model;

// The rules under events in any order.
mod steps;

// The same promises of the real adapters and of the model's.
mod contracts;

// Refreshing by asking Claude Code, and through the keychain's program.
mod refresh_by_others;

// Beside the real Claude Code, where it is installed: `cargo test --test it claude_code -- --ignored`.
mod claude_code;

// Refreshing in the loop: by itself, backing off, by a click.
mod refresh_loop;

// state.json on a real disk.
mod state_causes;
mod state_file;

// The real program in a terminal: commands, exit codes, JSON.
mod commands;
mod doctor;
mod verbosity;

// What a shell is told at a tab.
mod completions;

// The pages of the manual.
mod manual;

// What others have put in the place of Wick's own files, and whose they are.
#[cfg(not(target_os = "macos"))]
mod own_files;

// Each bad input has a state and a sentence of its own.
mod bad_input;

// The same where the system lets a command open only a few files.
#[cfg(not(target_os = "macos"))]
mod few_descriptors;

// Some 150 shapes of a credential file, with what the real Claude Code makes of each.
mod credential_shapes;

// No token in anything that the program emits.
mod redaction;

// Into files that live for a moment, to other servers, into other programs: where a token could go astray.
mod leaks;

// What the pages say: that what they name is there, and the tests of `docs/reliability.md`.
mod docs;
mod record;

// No event is logged twice.
mod log;

// `wick uninstall`.
#[cfg(not(target_os = "macos"))]
mod uninstall;

// What a second launch says and does.
#[cfg(not(target_os = "macos"))]
mod second_launch;

// After a sleep: what the loop does, and logind's word for it.
mod waking;

// Alerts that go to a command.
#[cfg(not(target_os = "macos"))]
mod alerts;
// Each kind of alert, as the command for them gets it.
// What a command is told of each kind of alert.
#[cfg(not(target_os = "macos"))]
mod alert_kinds;
// Opening at login.
mod autostart;

// `wick status --watch --json`.
mod watching;

// `wick exec` and `wick token`.
mod exec;

// The one-year token for CI.
mod ci_token;
#[cfg(not(target_os = "macos"))]
mod ci_token_check;
#[cfg(not(target_os = "macos"))]
mod ci_token_handed_on;
#[cfg(not(target_os = "macos"))]
mod ci_token_rotate;
#[cfg(not(target_os = "macos"))]
mod ci_token_rotate_cut_off;

// A stored token that is none goes nowhere.
mod not_a_token;

// A token as people paste and pipe it.
#[cfg(not(target_os = "macos"))]
mod pasting;
// The same of a GitHub token.
#[cfg(not(target_os = "macos"))]
mod pasting_github;

// What the menu opens in a terminal.
#[cfg(not(target_os = "macos"))]
mod opened_terminals;

// All other questions at a terminal.
#[cfg(not(target_os = "macos"))]
mod prompts;

// The demo's animation.
mod demo;

// The recipes, each as far as it can be run here.
mod recipes;

// Several credentials on one computer.
mod profiles;

// What must hold of the workflows.
mod workflows;

// The real app on a private bus: icon, title, tooltip, menu, notifications.
#[cfg(not(target_os = "macos"))]
mod desktop;

// What a refresh could not store, and the real app does.
#[cfg(not(target_os = "macos"))]
mod desktop_kept_token;

// What notifications leave behind in the real app once they are closed: nothing.
#[cfg(target_os = "linux")]
mod desktop_notifications;

// The real app at rest.
#[cfg(target_os = "linux")]
mod idle;

// What an app that has failed for minutes still holds.
#[cfg(not(target_os = "macos"))]
mod soak;

// Neighbors that never answer, or go.
#[cfg(not(target_os = "macos"))]
mod hangs;

// Syncing from the real menu.
#[cfg(not(target_os = "macos"))]
mod desktop_sync;

// The app bundle for macOS that package.sh makes.
mod bundle_macos;

// The packages for Linux.
#[cfg(target_os = "linux")]
mod bundle_linux;

// The script that wraps a binary into an app bundle for `cargo run` on a Mac.
mod macos_runner;

// What the workflow looks at on a Mac.
mod macos_looks;
