//! The ports of one process, over the model's world.

use std::net::IpAddr;
use std::sync::Arc;

use tokio::time::Instant;
use wick::domain::settings::ProfileName;
use wick::ports::{Ports, Tools, lock};

use super::super::fakes::refreshing::NoClaude;
use super::super::fakes::syncing::{NoCiTokens, NoCommands, NoStateFolder, OneToken};
use super::super::fakes::{BareDesktop, BareInspector, FakeLoginItem};
use super::github;
use super::process::{ModelClock, Process};
use super::remembered::{ModelConfig, ModelStateFile, ModelSyncLock};
use super::server::ModelEndpoint;
use super::shown::ModelNotifier;
use super::stored::{ModelJournal, ModelLocks, ModelStore, ModelWatcher, ModelWriter};

pub fn ports(process: &Process, begun: Instant) -> Ports {
    let (of_store, of_watcher) = (process.clone(), process.clone());
    let (of_tools, of_network) = (process.clone(), process.clone());
    let (of_journal, of_spent) = (process.clone(), process.clone());
    let way_out = IpAddr::from([192, 0, 2, 7]);
    Ports {
        clock: Arc::new(ModelClock::new(process.clone(), begun)),
        open_store: Arc::new(move |_| Arc::new(ModelStore(of_store.clone()))),
        open_watcher: Arc::new(move |_| Box::new(ModelWatcher(of_watcher.clone()))),
        notifier: Arc::new(ModelNotifier(process.clone())),
        state_file: Arc::new(ModelStateFile(process.clone())),
        config_file: Arc::new(ModelConfig(process.clone())),
        open_tools: Arc::new(move |_, _| Tools {
            writer: Box::new(ModelWriter { process: of_tools.clone(), has_room: false }),
            journal: Box::new(ModelJournal { process: of_tools.clone(), has_room: false }),
            locks: Box::new(ModelLocks(of_tools.clone())),
        }),
        find_journal: Arc::new(move |_| lock(&of_journal.world).disk.journal.is_some()),
        find_overruling: Arc::new(|_| Vec::new()),
        find_spent: Arc::new(move |_| {
            let world = lock(&of_spent.world);
            let kept = world.disk.journal.iter().flatten().find(|record| record.answer.is_some());
            kept.map(|record| record.intent.spent.clone())
        }),
        token_endpoint: Arc::new(ModelEndpoint(process.clone())),
        claude: Arc::new(NoClaude),
        open_github: github::opener(process),
        github_tokens: Arc::new(OneToken),
        commands: Arc::new(NoCommands),
        ci_tokens: Arc::new(NoCiTokens),
        state_folder: Arc::new(NoStateFolder),
        sync_lock: Arc::new(ModelSyncLock(process.clone())),
        rotation_lock: Arc::new(ModelSyncLock(process.clone())),
        vital: wick::ports::Vital::default(),
        when_asked_to_end: Arc::new(|_| {}),
        hold_signals: Arc::new(|| unreachable!("only a question at a terminal asks for it")),
        before_exec: Arc::new(|| {}),
        origin_here: Arc::new(|| Ok(None)),
        hold_off_sleep: Arc::new(|| Some(Box::new(()))),
        network: Arc::new(move || (!lock(&of_network.world).weather.is_offline).then_some(way_out)),
        desktop: Arc::new(BareDesktop),
        login_item: Arc::new(FakeLoginItem::default()),
        inspector: Arc::new(BareInspector),
        terminal: wick::ports::Terminal::default(),
        home: "/home/ada".to_owned(),
        profile: ProfileName::default(),
    }
}
