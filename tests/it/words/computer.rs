//! Words about this computer: its files, its network, its desktop.

use super::*;

pub(super) fn of_this_computer(page: &mut Page) {
    let keyring = every!(
        KeyringError::Absent => [KeyringError::Absent],
        KeyringError::Locked => [KeyringError::Locked],
        KeyringError::Dismissed => [KeyringError::Dismissed],
        KeyringError::Refused(_) => [KeyringError::Refused(text("-25293"))],
        KeyringError::GhTimedOut(_) => [KeyringError::GhTimedOut(seconds(5))],
        KeyringError::Silent(_) => [KeyringError::Silent(seconds(5))],
        KeyringError::TimedOut(_) => [KeyringError::TimedOut(seconds(30))],
        KeyringError::Keychain(_) => [KeyringError::Keychain(WriteError::TooLong(9000))],
        KeyringError::File(_) => [KeyringError::File(full())],
        KeyringError::Failed(_) => [KeyringError::Failed(text("/state/wick: No space left on device"))],
    );
    page.sentences("a one-year token that is not stored", &keyring, ci_token::not_kept);
    page.sentences("a one-year token that is not removed", &keyring, ci_token::not_forgotten);
    page.sentences("a GitHub token that is not stored", &keyring, |why| github::not_kept("github.com", why));
    page.sentences("a GitHub token that is not removed", &keyring, |why| github::not_forgotten("github.com", why));
    let unclear = every!(
        Unclear::Nothing => [Unclear::Nothing],
        Unclear::Half { .. } => [Unclear::Half { characters: 79, of: 108 }],
        Unclear::TooLong { .. } => [Unclear::TooLong { characters: 308, of: 108 }],
        Unclear::Several(_) => [Unclear::Several(2)],
        Unclear::Unlike => [Unclear::Unlike],
    );
    let mut not_ones = every!(
        NotOne::Unclear(_) => [NotOne::Unclear(unclear[0])],
        NotOne::RefreshToken => [NotOne::RefreshToken],
        NotOne::ApiKey => [NotOne::ApiKey],
        NotOne::AccessToken => [NotOne::AccessToken],
    );
    not_ones.extend(unclear.iter().skip(1).map(|why| NotOne::Unclear(*why)));
    page.sentences("what is no one-year token", &not_ones, |why| ci_token::not_one(*why));

    of_a_check(page);

    let mut not_ones = every!(
        github_token::NotOne::Unclear(_) => [github_token::NotOne::Unclear(unclear[0])],
        github_token::NotOne::OfClaude => [github_token::NotOne::OfClaude],
    );
    not_ones.extend(unclear.iter().skip(1).map(|why| github_token::NotOne::Unclear(*why)));
    page.sentences("what is no GitHub token", &not_ones, |why| github::not_one(*why));

    let unfit = every!(
        Unfit::RelativeHome(_) => [Unfit::RelativeHome(text("~"))],
        Unfit::OthersHome { .. } => [Unfit::OthersHome {
            folder: text("/home/ada"),
            owner: 1000,
            state: text("/home/ada/.local/state/wick")
        }],
    );
    page.sentences("whoever nothing is done for", &unfit, system::unfit);
    let mut kept_out = every!(
        Obstacle::Refusal => [Obstacle::Refusal],
        Obstacle::NoRoom => [Obstacle::NoRoom],
        Obstacle::TooManyOpen => [Obstacle::TooManyOpen],
        Obstacle::Held => [Obstacle::Held],
        Obstacle::Odd => [Obstacle::Odd],
        Obstacle::Foreign(_) => [Obstacle::Foreign(text("/home/ada/.local"))],
    );
    let kept_out = kept_out.split_off(1).into_iter().map(|obstacle| SystemError { obstacle, ..full() });
    page.sentences("a state that cannot be read", &kept_out.collect::<Vec<_>>(), sync::unread);

    let distrust = every!(
        Distrust::Folder => [Distrust::Folder],
        Distrust::NotAFile => [Distrust::NotAFile],
        Distrust::OtherOwner => [Distrust::OtherOwner],
        Distrust::OthersCanWrite => [Distrust::OthersCanWrite],
        Distrust::TooLarge => [Distrust::TooLarge],
        Distrust::NotText => [Distrust::NotText],
    );
    let path = PathBuf::from("/home/ada/.config/wick/config.toml");
    let mut files = every!(
        ConfigFileError::Changing => [ConfigFileError::Changing],
        ConfigFileError::Roots(_) => [ConfigFileError::Roots(PathBuf::from("/etc/wick.toml"))],
        ConfigFileError::System(_) => [ConfigFileError::System(text("/home/ada/.config: Permission denied"))],
        ConfigFileError::Untrusted(..) => [ConfigFileError::Untrusted(Distrust::NotAFile, path.clone())],
    );
    files.extend(distrust.into_iter().skip(1).map(|why| ConfigFileError::Untrusted(why, path.clone())));
    page.texts("a config file that is not used", &files, config::file);

    let errors = every!(
        AutostartError::NoBundle => [AutostartError::NoBundle],
        AutostartError::Translocated => [AutostartError::Translocated],
        AutostartError::OldSystem => [AutostartError::OldSystem],
        AutostartError::Silent => [AutostartError::Silent],
        AutostartError::Failed(_) => [AutostartError::Failed(text("Permission denied"))],
    );
    let mut states = every!(
        Autostart::On => [Autostart::On],
        Autostart::UntilUpgrade => [Autostart::UntilUpgrade],
        Autostart::Off => [Autostart::Off],
        Autostart::Broken(_) => [Autostart::Broken(text("/gone/wick"))],
        Autostart::NeedsApproval => [Autostart::NeedsApproval],
        Autostart::Unavailable(_) => [Autostart::Unavailable(AutostartError::NoBundle)],
    );
    states.extend(errors.into_iter().skip(1).map(Autostart::Unavailable));
    let state = |state: &Autostart| {
        let hints = [autostart::hint(state), autostart::command(state)].map(Option::unwrap_or_default);
        format!("{} | {}", autostart::state(state), hints.join(" | ")).trim_end_matches([' ', '|']).to_owned()
    };
    page.texts("opening at login", &states, state);

    let clicks = every!(
        ActionError::ClaudeNotFound => [ActionError::ClaudeNotFound],
        ActionError::NoTerminal => [ActionError::NoTerminal],
        ActionError::NoOpener(_) => [ActionError::NoOpener(text("/tmp/report.txt"))],
        ActionError::Autostart(_) => [ActionError::Autostart(AutostartError::OldSystem)],
        ActionError::Failed(_) => [ActionError::Failed(text("Permission denied"))],
    );
    page.texts("a click that did not work", &clicks, notices::action_error);
}
