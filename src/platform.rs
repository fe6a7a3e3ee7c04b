//! This computer: its clock, files, keychain, menu bar and notifications, behind the traits of `ports`.
//!
//! Knows the operating system. Decides nothing: rules live in `domain`.

pub mod allocator;
pub mod at;
pub mod atomic_file;
#[cfg_attr(target_os = "macos", path = "platform/autostart_macos.rs")]
pub mod autostart;
pub mod bundle;
#[cfg(not(target_os = "macos"))]
pub mod bus;
pub mod certificates;
#[cfg_attr(target_os = "macos", path = "platform/ci_token_macos.rs")]
pub mod ci_token;
pub mod claude;
pub mod clock;
pub mod command_target;
pub mod config_file;
pub mod core_dump;
pub mod deadline;
pub mod desktop;
pub mod environment;
pub mod file_stamp;
pub mod file_system;
pub mod git_remote;
pub mod github_token;
pub mod inspector;
pub mod instance;
pub mod keyring;
pub mod log;
pub mod network;
pub mod notification_center;
#[cfg_attr(target_os = "macos", path = "platform/notifier_macos.rs")]
pub mod notifier;
mod own_program;
pub mod pool;
pub mod private_file;
pub mod process;
pub mod program;
pub mod scratch;
pub mod signals;
pub mod silence;
pub mod sleep;
pub mod start_fault;
pub mod state_file;
pub mod state_folder;
pub mod store;
pub mod sync_lock;
pub mod terminal;
pub mod tray;
#[cfg_attr(target_os = "macos", path = "platform/wake_macos.rs")]
pub mod wake;
#[cfg_attr(target_os = "macos", path = "platform/watch_macos.rs")]
pub mod watch;

use std::path;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use crate::domain::settings::{CredentialSettings, ProfileName};
use crate::platform::at::OrWarn;
use crate::platform::environment::Environment;
use crate::ports::{CredentialStore, GithubOpener, Ports, StoreOpener, TokenEndpoint, Vital, lock};

/// Gives the same place again for the same settings: it knows what was refused, also where the loops are started anew.
fn keeping(open: impl Fn(&CredentialSettings) -> Arc<dyn CredentialStore> + Send + Sync + 'static) -> StoreOpener {
    let opened = Mutex::new(Vec::<(CredentialSettings, Arc<dyn CredentialStore>)>::new());
    Arc::new(move |settings| {
        let mut opened = lock(&opened);
        if let Some((_, store)) = opened.iter().find(|(known, _)| known == settings) {
            return Arc::clone(store);
        }
        let store = open(settings);
        opened.push((settings.clone(), Arc::clone(&store)));
        store
    })
}

/// Removes from the state folder what killed runs have left there.
pub fn sweep(state_folder: &Path) {
    let what = || format!("what a killed Wick left in {} could not be removed", state_folder.display());
    atomic_file::sweep(state_folder).or_warn(what);
}

/// Builds the real thing behind every port. `config` is the path of another config file than the usual one;
/// `token_endpoint` and GitHub are not on this computer.
pub fn ports(
    environment: &Arc<Environment>,
    config: Option<PathBuf>,
    token_endpoint: Arc<dyn TokenEndpoint>,
    open_github: GithubOpener,
) -> Ports {
    let config_path = config.clone().unwrap_or_else(|| environment.config_path());
    // What starts Wick another time does it from another folder.
    let config = config.map(|path| path::absolute(&path).unwrap_or(path));
    let login_item = Arc::new(autostart::SystemLoginItem::new(environment, config.as_deref()));
    let state_folder = environment.state_folder();
    let [for_store, for_tools, for_journal, for_spent, for_overruling, for_origin] =
        std::array::from_fn(|_| Arc::clone(environment));
    let vital = Vital::default();
    let for_signals = vital.clone();
    Ports {
        clock: Arc::new(clock::SystemClock::new(environment.is_zone_named)),
        open_store: keeping(move |settings| store::open(settings, &for_store)),
        open_watcher: Arc::new(|changed| Box::new(watch::FolderWatcher::new(changed))),
        notifier: Arc::<notifier::SystemNotifier>::default(),
        state_file: Arc::new(state_file::JsonFile::new(state_folder.clone())),
        config_file: Arc::new(config_file::TomlFile(config_path)),
        desktop: Arc::new(desktop::SystemDesktop { environment: Arc::clone(environment), config }),
        login_item: Arc::clone(&login_item) as _,
        ci_tokens: Arc::new(ci_token::SystemCiTokens::new(environment)),
        state_folder: Arc::new(state_folder::OwnFolder(state_folder.clone())),
        sync_lock: Arc::new(sync_lock::FileSyncLock(state_folder.join(sync_lock::SYNC))),
        rotation_lock: Arc::new(sync_lock::FileSyncLock(state_folder.join(sync_lock::ROTATION))),
        inspector: Arc::new(inspector::SystemInspector {
            environment: Arc::clone(environment),
            login_item,
            state_folder,
        }),
        open_tools: Arc::new(move |settings, location| store::tools(settings, location, &for_tools)),
        find_journal: Arc::new(move |location| store::has_journal(location, &for_journal)),
        find_spent: Arc::new(move |location| store::spent(location, &for_spent)),
        find_overruling: Arc::new(move |settings| claude::overruling(settings, &for_overruling)),
        token_endpoint,
        claude: Arc::new(claude::InstalledClaude(Arc::clone(environment))),
        open_github,
        github_tokens: Arc::new(github_token::SystemGithubTokens(Arc::clone(environment))),
        commands: Arc::new(command_target::SystemCommands(Arc::clone(environment))),
        network: Arc::new(network::way_out),
        origin_here: Arc::new(move || git_remote::origin(&for_origin)),
        hold_off_sleep: Arc::new(wake::hold_off),
        when_asked_to_end: Arc::new(move |tell| signals::when_asked_to_end(&tell, &for_signals)),
        hold_signals: Arc::new(|| Box::new(signals::SignalsOnHold::begin())),
        before_exec: Arc::new(core_dump::allow),
        vital,
        terminal: environment::terminal(),
        home: environment.home.to_string_lossy().into_owned(),
        profile: ProfileName::default(),
    }
}
