//! Wick shows in the menu bar how long Claude Code's sign-in has left, refreshes it, and syncs it to GitHub secrets.
//!
//! This page is the architecture: what lives where, how a change travels from the disk to the screen, and what must
//! stay true.
//!
//! # Map
//!
//! A room uses those above it in this table that are named in the last column, and no file is in a circle of imports:
//! `tests/it/layering.rs` reads every import of `src/` and fails on another arrow.
//!
//! | room | what it knows | may use |
//! |---|---|---|
//! | [`domain`] | the rules, as pure functions over plain values; they return causes, never sentences | nothing |
//! | [`words`] | the English for people, a file a subject: a cause becomes a [`Sentence`](words::Sentence) | `domain` |
//! | [`report`] | what a command answers, as text and as JSON, and the doctor's verdicts in its own English | `words`, `domain` |
//! | [`ports`] | the traits that the program needs of its surroundings, beside each the plain data that it takes | `domain` |
//! | [`view`] | what the tray and notifications show of a state | `report`, `words`, `ports`, `domain` |
//! | [`config`] | `config.toml`: text becomes validated settings, and every error names its line | `words`, `domain` |
//! | [`platform`] | this computer: clock, files, keychain, keyring, locks, tray, notifications, login, waking up, commands | `ports`, `domain`, `fault` |
//! | [`remote`] | other computers: the server that gives new tokens, and GitHub | `ports`, `domain` |
//! | [`app`] | the loop: receives events, calls the rules, runs what they return; and the order of a refresh and of a sync | `view`, `report`, `words`, `ports`, `config`, `domain`, `fault` |
//! | [`cli`] | the commands, a file each | those of `app`, and `app` |
//! | [`launch`] | starts the app on its two threads, with a loop for each profile | all |
//! | [`fault`] | points at which tests stop the program; nothing in the shipped one | nothing |
//! | `main` | chooses the adapters | all |
//!
//! # Three ways through the house
//!
//! **A credential to a sealed box.** [`platform::store`] reads bytes and says when they moved;
//! [`domain::credential`] makes a [`Credential`](domain::credential::Credential) of them, tokens in
//! [`Secret`](domain::secret::Secret). [`app::material`] adds the one-year token, and
//! [`app::rotation`] puts a new one into its place. `domain::sync::value` says what each
//! secret of a target is to hold, `domain::sync::plan` what of that is written; `app::sync::target` walks the plan, and
//! `remote::github::seal` closes the box for the key that GitHub gave.
//!
//! **A click to its effect.** `platform::tray` sends an [`Action`](domain::action::Action) as
//! [`Event::Chosen`](domain::state::event::Event). [`step`](domain::state::step::step) changes the
//! [`State`](domain::state::State) and returns effects, all of them data. `app::effects` runs each through a port, beside
//! the loop, and sends the outcome back as an event. [`view::menu_bar`] says what is to be seen then, and the tray draws
//! what differs.
//!
//! ```text
//! file watch, timer, click, config edit, waking up, finished effect
//!         | Event
//!         v
//!    domain::state::step(&mut State, Event, now) -> Vec<Effect>      pure
//!         | Effect
//!         v
//!    app::effects, through a port                       -> Event
//!         |
//!         +-> view::menu_bar(&State, now) -> platform::tray
//! ```
//!
//! **A target from TOML to PUT.** `config::target` reads one as a [`Place`](domain::settings::Place);
//! [`domain::settings::kind`] has a row for each kind of store, from which follow its name, its keys in the config, what a
//! token needs for it, and who may use it. `remote::github::paths` makes the path; `remote::github::place` lists, seals
//! and puts. What became of it is a cause in [`domain::sync::Report`], which `words` says and `report` prints.
//!
//! # When it wakes
//!
//! The main thread draws on macOS, which demands its event loop there. Elsewhere the icon has a thread of its own, since a
//! panel may take a call and never answer, and the main thread prints what there is to say without one. One worker thread
//! runs the loop on tokio. Whatever can block (the keychain, fsync, D-Bus) runs on a thread beside it. They exchange
//! values: events one way, a [`TrayView`](ports::screen::TrayView) the other.
//!
//! Nothing with a bus, a socket, a child, a server or another process's lock in it is waited for without a limit. A session
//! bus that ends is said, and looked for until there is one again ([`platform::tray::host`]). Signals are heard by a thread
//! that nothing holds up; what has not ended 2 s after one is left behind, unless a refresh token is on its way
//! ([`Vital`](ports::Vital)). The doctor asks all at once, and reports what did not answer in 7 s.
//!
//! The loop sleeps until [`State::wake_at`](domain::state::State::wake_at): the next moment at which something shown or
//! due changes, a minute at most. Each of those minutes costs one look at the credential's attributes, which notices
//! what nobody reported, such as a changed clock. A folder that is not there yet is awaited by its name in the nearest one
//! above it ([`platform::watch`]). A computer that wakes up is reported by the system ([`platform::wake`]), or seen by its
//! two clocks drifting apart; the look is then taken at once. From the moment the system announces a sleep until
//! the computer is awake, Wick looks, but sends and says nothing by itself: a wake in the dark may end in the middle of a
//! POST. At rest only that minute wakes the loop (`tests/it/idle.rs`); where there is no session bus, a thread beside it
//! looks for one, in the end every five minutes. A tick takes hardly longer with more targets: what follows for them is worked out when
//! something changes ([`State::overview`](domain::state::State::overview)).
//!
//! # Adding things
//!
//! | what | where |
//! |---|---|
//! | a kind of store at GitHub | a row in `domain/settings/kind.rs`; if its secrets are of someone new, also `Holder` there, `remote/github/paths.rs`, `config.rs`, the noun in `words/sync_failure.rs` |
//! | a field that a secret can hold | `domain/settings/target.rs` (`Field`), `domain/sync/value.rs` |
//! | an alert | `domain/alert.rs`, `domain/state/alerting.rs`, its words in `words/notices.rs` by way of `view/notice.rs` |
//! | a menu item | `domain/action.rs`, `domain/state/step.rs`, `view/menu_bar.rs` and `words/menu.rs`; the compiler asks for the rest |
//! | a command | its file in `cli`, its variant in `cli.rs`, its row in `cli/examples.rs`; help, completions and the manual follow |
//! | a setting | `domain/settings.rs`, `config.rs`, `resources/config.example.toml` |
//! | a failure | its variant in the rules, its sentence in `words`, its example in `tests/it/words` |
//!
//! # Several profiles
//!
//! A [`Settings`](domain::settings::Settings) value is the config as one profile sees it: its folder, its targets, its
//! switches. Each profile has a loop of its own over such a value, and knows of no other. `launch` puts what they draw on
//! one screen ([`view::together`]), takes a click to the loop that it is for, lets them sync in turn, and starts all
//! anew when the config lists other ones. A command is about one profile.
//!
//! # How a refresh never loses a sign-in
//!
//! A refresh token works once: between sending it and having its successor on the disk there is no way back. So
//! [`app::refresh`] does, in this order, what the real Claude Code does too, and `tests/it/refresh_crash.rs` kills it at
//! each step:
//!
//! 1. take Wick's own lock, then both of Claude Code's ([`platform::store::lock`]), kept fresh by a thread of their own
//! 2. finish what a killed run left in the journal; read the credential again, and stop if someone was first
//! 3. rehearse what will be done: take the lock for writing, exchange the file with a copy of itself and back (one that is a
//!    mount of its own, as in a container, is written over where it stands), take room for the answer in the journal, and
//!    open the connection; last, note the intent. What fails until here has cost nothing
//! 4. one POST, never repeated, never redirected. From here until 7 the computer's sleep is held off, as far as its system
//!    lets it ([`platform::sleep`]); where it goes to sleep already, nothing is sent
//! 5. the answer into the journal, before anything else
//! 6. under Claude Code's lock for writing: read once more, and write over the token that was spent or over the marker of
//!    an ended sign-in; if another token is there, theirs wins
//! 7. read back, drop the journal, let go of the locks
//!
//! While the journal holds a successor, the stored refresh token is dead: no sync sends it, no command hands it on, and
//! whoever needs a token finishes the journal first. A lock that has stood unchanged for a minute of the computer's own running
//! time is abandoned, whatever its date says ([`platform::store::lock`]).
//!
//! What went wrong has one of three classes ([`domain::refresh::Class`]): terminal (the user signs in again), transient
//! (again after a while), unknown (the token may be spent: no second try by itself while the access token lives).
//!
//! # How a sync goes
//!
//! [`app::sync`] runs on a thread of its own, eight requests at a time, for the menu and for `wick sync` alike:
//!
//! 1. take `sync.lock`; read the credential, and send nothing of one that is signed out or expired
//! 2. look at every target first: one listing each shows whether it is there, may be written to, and was changed by someone
//!    else ([`domain::sync::plan`]). Where nothing is to be written, GitHub is only asked whether it has changed
//! 3. write what differs from what was sent before, the refresh token first and an end last. Before each write the
//!    credential must still be the one that was planned for, or the target is planned anew
//! 4. note each write, as a fingerprint, before it is sent and after it was answered: an interrupted sync goes on where it
//!    stopped
//!
//! A note is one line at the end of `sync.log`, so that it costs the same however much is remembered; the log is folded
//! into `state.json` at the end ([`platform::state_file`]). The credential, the refresh's journal and the one-year token are
//! fsynced before anything goes on. What a sync notes survives a kill at any point, because it is in the system's page
//! cache; `fsync` runs once before the first write, at most once a second, and once at the end. A power cut may lose the
//! notes of the last second: any secret of the sync's targets then counts as perhaps written ([`domain::sync::memory`]),
//! and is written once more. `tests/it/sync_log.rs` cuts the log at the end of and inside every line, and
//! `tests/it/sync_crash.rs` kills a sync at every note.
//!
//! [`domain::sync::pace`] keeps GitHub's limits: its windows live in `state.json`, so that two syncs share them. A target's
//! failure is its own; what concerns the token holds all, and each says so. By itself, Wick syncs only to places that were
//! there before an edit ([`domain::settings::places`], which a refresh asks too), of the same account, and that nobody else has
//! changed. A command that gets secrets is ended with the sync that began it.
//!
//! # What must stay true
//!
//! `tests/it/model.rs` lets months pass in which everything around Wick fails, and holds it to these at every step.
//!
//! 1. `domain` never reads the clock: `now` is an argument.
//! 2. A token is inside [`Secret`](domain::secret::Secret) from the line that parses it. It has no `Display` and no
//!    `Serialize`, and its `Debug` says `[redacted]`. `tests/it/redaction.rs` looks for tokens in everything that the
//!    program emits.
//! 3. A refresh reads the credential again first, never runs twice at once, and overwrites neither a newer token nor bytes
//!    that make no sense. Members that are not ours survive to the byte. In mode `never`, and while no settings were
//!    understood yet, nothing that writes is made.
//!    What Wick keeps of its own lies in its state folder, without any secret but the journal's, and where no keyring
//!    answers the one-year token's.
//! 4. A token goes to no host that it was not given for, to no target of another profile, and into no environment but that
//!    of the program which `wick exec` becomes, and the one-year token's into that of the `claude` which tries it. Nothing is deleted that Wick did not create.
//! 5. The background does nothing that is known to raise a keychain prompt, and after one refusal it asks again only
//!    when the user clicks.
//! 6. The tray draws the view it is given, and decides nothing.
//! 7. With the network, the keychain, the bus, the disk or the config gone, the app says so and goes on.

pub mod app;
pub mod cli;
pub mod config;
pub mod domain;
pub mod fault;
pub mod launch;
pub mod platform;
pub mod ports;
pub mod remote;
pub mod report;
pub mod view;
pub mod words;
