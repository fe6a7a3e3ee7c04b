//! What is done about what happens, a case a line: its name, the state, what happens, what is to be done.

mod effects;

use jiff::SignedDuration;

use self::effects::*;
use super::step;
use crate::domain::action::{Action, ActionError};
use crate::domain::alert::{Alert, AlertMemory, Announced, Clock};
use crate::domain::autostart::Autostart;
use crate::domain::credential::Overruling;
use crate::domain::refresh::Trigger::{self, *};
use crate::domain::refresh::{Failure, Outcome, Remark};
use crate::domain::settings::places::Places;
use crate::domain::settings::{Setting, Settings};
use crate::domain::state::State;
use crate::domain::state::event::{Effect, Ended, Event, Look};
use crate::domain::state::memory::Part;
use crate::domain::state::notice::Notice;
use crate::domain::state::tests::*;
use crate::domain::sync::standing::Overview;
use crate::domain::sync::{self, Progress, Request, Scope, SyncMemory, USUAL_WAIT};

const WEB: [&str; 1] = ["acme/web"];
const BOTH: [&str; 2] = ["acme/api", "acme/web"];

fn overruling() -> Vec<Overruling> {
    Overruling::in_environment(|name| name == "ANTHROPIC_API_KEY").collect()
}

/// A test for each kind of event. An event or an action that has no rows does not compile.
macro_rules! table {
    ($($kind:pat => $test:ident { $($name:literal, $state:expr, $event:expr => [$($effect:expr),* $(,)?];)+ })+) => {
        const _: fn(&Event) = |event| match event { $($kind => ()),+ };
        $(#[test]
        fn $test() {
            $(let (mut state, event, expected): (State, Event, &[Effect]) = ($state, $event, &[$($effect),*]);
            assert!(matches!(event, $kind), "{} stands in another event's group", $name);
            // Worked out before, it has to follow.
            state.overview();
            assert_eq!(step(&mut state, event, &at(0)), expected, "{}", $name);
            let anew = Overview::of(&state.settings, &state.syncing.memory, state.tokens(), state.syncing.spent.as_ref());
            assert_eq!(state.overview(), &anew, "{}", $name);)+
        })+
    };
}

table! {
    Event::Started => the_loop_begins {
        "nothing is known yet", new(plain()), Event::Started => [look(), Effect::LookAtAutostart, finish()];
        "in mode `never`",      new(never()), Event::Started => [look(), Effect::LookAtAutostart, finish()];
        "only watching",        watching(),   Event::Started => [look()];
    }
    Event::FilesMoved => files_moved {
        "at rest",       idle(),              Event::FilesMoved => [look()];
        "refreshing",    idle().and(click()), Event::FilesMoved => [look()];
        "only watching", watching(),          Event::FilesMoved => [look()];
    }
    Event::MenuOpened => the_menu_was_opened {
        "at rest",       idle(),     Event::MenuOpened => [
            look(),
            Effect::LookAtAutostart,
            Effect::AskToNotify
        ];
        "only watching", watching(), Event::MenuOpened => [look()];
    }
    Event::LoginItemMoved => the_login_item_moved {
        "at rest",       idle(),     Event::LoginItemMoved => [Effect::LookAtAutostart];
        "only watching", watching(), Event::LoginItemMoved => [];
    }
    Event::Tick => a_moment_came {
        "looked at just now",          idle().ago(4, Event::FilesMoved), Event::Tick => [];
        "looked at a minute ago",      idle().ago(60, Event::FilesMoved), Event::Tick => [look()];
        "awake for something else",    idle().ago(5, Event::FilesMoved), Event::Tick => [look()];
        "the clock went back",         idle().ago(-60, Event::FilesMoved), Event::Tick => [look()];
        "a refresh fell due",          signed_in(refreshes(), 599).ago(4, Event::FilesMoved), Event::Tick => [look()];
        "it would, were it automatic", signed_in(plain(), 599).ago(4, Event::FilesMoved), Event::Tick => [];
        "a warning fell due",          signed_in(plain(), 239).ago(4, Event::FilesMoved), Event::Tick => [look()];
        "a limit is over",             cut_short(-1).ago(4, Event::FilesMoved), Event::Tick => [look()];
        "a date too young to be sure", idle().ago(3, unsettled()), Event::Tick => [again()];
        "half-written until now",      idle().ago(1, found("{")),  Event::Tick => [again()];
        "reopened a second ago",       idle().ago(4, Event::FilesMoved).ago(1, Event::Reopened),
                                       Event::Tick => [notify(Notice::Clocks)];
        "... and woken since",         idle().ago(2, Event::Reopened).ago(1, Event::Woke), Event::Tick => [];
        "... or answered",             idle().ago(4, Event::FilesMoved).ago(1, Event::Reopened).and(Event::NotificationAnswered),
                                       Event::Tick => [];
        "reopened, having woken",      idle().ago(14, Event::Woke).ago(4, Event::FilesMoved).ago(1, Event::Reopened),
                                       Event::Tick => [];
        "reopened, only watching",     watching().ago(1, Event::Reopened), Event::Tick => [look()];
    }
    Event::Leave => another_loop_has_ended {
        "at rest",       idle(),     Event::Leave => [Effect::End(Ended::OtherProfiles)];
        "only watching", watching(), Event::Leave => [];
    }
    Event::Woke => the_computer_woke {
        "looked at before it slept",  idle(),                     Event::Woke => [look()];
        "seen by the clocks already", idle().ago(4, Event::Woke), Event::Woke => [];
        "the clock went back",        idle().ago(-60, Event::Woke), Event::Woke => [look()];
        "with a look that was due",   idle().ago(9, unsettled()), Event::Woke => [again()];
        "from the dark",              asleep().ago(1, Event::Slept), Event::Woke => [look()];
        "at the same moment",         asleep().and(Event::Slept), Event::Woke => [];
        "the network came meanwhile", asleep_failing().ago(1, Event::Slept).and(Event::NetworkChanged), Event::Woke => [
            look(), refresh(NetworkBack)
        ];
    }
    Event::WillSleep => the_computer_goes_to_sleep {
        "at rest",       idle(),     Event::WillSleep => [];
        "only watching", watching(), Event::WillSleep => [];
    }
    Event::Slept => the_clocks_show_that_it_slept {
        "looked at before it slept", idle(),                      Event::Slept => [look()];
        "in the dark",               asleep(), Event::Slept => [look()];
        "reported already",          idle().ago(4, Event::Woke),  Event::Slept => [];
        "only watching",             watching(),                  Event::Slept => [look()];
    }
    Event::Reopened => it_was_opened_once_more {
        "it may be explained yet",   idle(),                      Event::Reopened => [];
        "only watching",             watching(),                  Event::Reopened => [];
    }
    Event::NotShown(_) => a_notification_could_not_be_shown {
        "an alert",               idle().and(loaded(200)),  not_shown(warn(200)) => [unsaid()];
        "an alert of before",     idle().and(loaded(200)),  not_shown(warn(100)) => [];
        "a failed refresh",       refreshing().and(failed(dead())), not_shown(say(dead())) => [unsaid()];
        "what someone asked for", idle(),                   Event::NotShown(Notice::Clocks) => [
            Effect::AskToNotify,
            Effect::Diagnose
        ];
        "only watching",          watching(),               Event::NotShown(Notice::Clocks) => [];
        "something else",         idle(),                   not_shown(read_only(None)) => [];
    }
    Event::NotificationAnswered => a_notification_was_answered {
        "at rest", idle(), Event::NotificationAnswered => [];
    }
    Event::AutostartFound(_) => the_login_item_was_looked_at {
        "it is on", idle(), Event::AutostartFound(Autostart::On) => [];
    }
    Event::Loaded(_) => the_credential_was_read {
        "fresh",                        new(plain()),           loaded(HOUR) => [];
        "expiring",                     new(plain()),           loaded(300) => [];
        "expiring, within the warning", new(plain()),           loaded(200) => [warn(200), warned(200, 240)];
        "expired",                      new(plain()),           loaded(-5) => [warn(-5), warned(-5, 0)];
        "expired, and said before",     idle().and(loaded(-5)), loaded(-5) => [];
        "expiring, automatic",          new(refreshes()),       loaded(300) => [refresh(Automatic)];
        "expired, automatic",           new(refreshes()),       loaded(-5) => [refresh(Automatic)];
        "without an end, automatic",    new(refreshes()),       found(NO_END) => [];
        "expired, in mode `never`",     new(never()),           loaded(-5) => [warn(-5), warned(-5, 0)];
        "expired, a dead sign-in",      failing(300, dead()),   loaded(-5) => [warn(-5), warned(-5, 0)];
        "expired, nothing to spend",    new(refreshes()),       without_refresh_token(-5) => [warn(-5), warned(-5, 0)];
        "expired, while one runs",      new(refreshes()).and(click()), loaded(-5) => [];
        "expired, only watching",       watching(),             loaded(-5) => [];
        "signed out since",             idle(),                 found(SIGNED_OUT) => [notify(Notice::SignedOut(None))];
        "signed out all along",         new(plain()),           found(SIGNED_OUT) => [];
        "signed out, only watching",    watching().and(loaded(9)), found(SIGNED_OUT) => [];
        "half-written",                 idle(),                 found("{") => [];
        "never more than half",         new(plain()),           found("{") => [];
        "nothing was sent yet",         new(syncs()),           loaded(HOUR) => [sync_by_itself(&BOTH)];
        "nobody has asked for it",      new(targets()),         loaded(HOUR) => [];
        "all was sent",                 knowing(sent(HOUR)),    loaded(HOUR) => [];
        "another one was sent",         knowing(sent(60)),      loaded(HOUR) => [sync_by_itself(&BOTH)];
        "another account's was sent",   knowing(of_another()),  loaded(HOUR) => [];
        "a limit stands",               knowing(paused(600)),   loaded(HOUR) => [];
        "a limit has passed",           knowing(paused(-1)),    loaded(HOUR) => [sync_by_itself(&BOTH)];
        "a place that an edit added",   edited(),               loaded(HOUR) => [sync_by_itself(&["acme/api"])];
        "nothing that ended is sent",   new(syncs()),           loaded(-5) => [warn(-5), warned(-5, 0)];
        "first refreshed, then sent",   new(both()),            loaded(300) => [refresh(Automatic)];
        "while a sync runs",            new(syncs()).and(sync_all()), loaded(HOUR) => [];
        "a spent token's successor",    held_back(HOUR),        successor() => [sync_by_itself(&BOTH)];
        "a limit is over",              cut_short(-1),          loaded(HOUR) => [sync_asked(&WEB)];
        "a limit, and another account", cut_short(-1),          of_someone_else() => [];
    }
    Event::NothingMoved => nothing_had_moved {
        "at rest",                    idle(),                  Event::NothingMoved => [];
        "due by now",                 signed_in(refreshes(), 599), Event::NothingMoved => [refresh(Automatic)];
        "to be warned of by now",     signed_in(plain(), 239), Event::NothingMoved => [warn(239), warned(239, 240)];
        "failed lately",              failing(30, offline()),  Event::NothingMoved => [];
        "failed a while ago",         failing(70, offline()),  Event::NothingMoved => [refresh(Automatic)];
        "a dead sign-in",             failing(7000, dead()),   Event::NothingMoved => [];
        "in the dark",                asleep_failing(),        Event::NothingMoved => [];
        "an answer may be lost",      failing(7000, no_answer()), Event::NothingMoved => [];
        "a journal lies there",       idle().and(Event::JournalFound), Event::NothingMoved => [finish()];
        "a journal, in mode `never`", signed_in(never(), HOUR).and(Event::JournalFound), Event::NothingMoved => [];
        "a warning not shown",        unshown(599),            Event::NothingMoved => [];
        "... ten minutes ago",        unshown(600),            Event::NothingMoved => [warn(-700), warned(-700, 0)];
        "a spent token waits",        held_back(HOUR),         Event::NothingMoved => [];
        "... not so the rest",        held_back(60),           Event::NothingMoved => [sync_by_itself(&BOTH)];
        "... nor once it is decided", held_back(HOUR).and(ended(Outcome::Failed, None)),
                                      Event::NothingMoved => [sync_by_itself(&BOTH)];
        "... nor where none is",      held_back(HOUR).and(nothing_to_finish(SOURCE)),
                                      Event::NothingMoved => [sync_by_itself(&BOTH)];
        "a limit is over",            cut_short(-1),           Event::NothingMoved => [sync_asked(&WEB)];
        "a limit stands",             cut_short(60),           Event::NothingMoved => [];
        "a limit, and another place", cut_short(-1).and(config(elsewhere())), Event::NothingMoved => [];
    }
    Event::RefreshEnded(_) => a_refresh_ended {
        "by itself, it worked",       refreshing(),          ended(Outcome::Refreshed, None) => [again()];
        "asked for, it worked",       refreshing_by_click(), ended(Outcome::Refreshed, None) => [
            again(), notified(ended(Outcome::Refreshed, None))
        ];
        "asked for, none was due",    refreshing_by_click(), ended(Outcome::StillFresh, None) => [
            look(), notified(ended(Outcome::StillFresh, None))
        ];
        "someone else was first",     refreshing(),          ended(Outcome::AlreadyRefreshed, None) => [again()];
        "by itself, others at it",    refreshing(),          ended(Outcome::Busy, Some(Remark::Busy(None))) => [look()];
        "asked for, others at it",    refreshing_by_click(), ended(Outcome::Busy, Some(Remark::Busy(None))) => [
            look(), notified(ended(Outcome::Busy, Some(Remark::Busy(None))))
        ];
        "by itself, it failed",       refreshing(),          failed(dead()) => [look(), warned(200, 240), say(dead())];
        "... and once more",          refreshing_after(server_error()), failed(server_error()) => [look()];
        "... otherwise",              refreshing_after(server_error()), failed(dead()) => [look(), say(dead())];
        "offline for a moment",       refreshing(),          failed(offline()) => [look()];
        "offline, and still so",      refreshing_after(offline()), failed(offline()) => [
            look(), warned(200, 240), say(offline())
        ];
        "offline, and asked for",     refreshing_by_click(), failed(offline()) => [look(), say(offline())];
        "of a place no longer set",   refreshing(),          of_another_place() => [again()];
        "an earlier run's, a click has waited for it", new(plain()).and(Event::Started).and(click()),
            ended(Outcome::Busy, Some(Remark::Busy(None))) => [look(), refresh(Clicked)];
        "a sync has waited for it",   refreshing().and(sync_all()), ended(Outcome::Refreshed, None) => [
            again(), synced_all()
        ];
        "a sync has waited in vain",  refreshing().and(sync_all()), ended(Outcome::Busy, None) => [
            look(), synced_all()
        ];
        "a journal, in mode `never`", new(never()).and(Event::Started), journal_left() => [look()];
    }
    Event::NothingToFinish(..) => nothing_was_left_to_finish {
        "at the start",             new(plain()).and(Event::Started), nothing_to_finish(SOURCE) => [look()];
        "... and a click waited",   new(plain()).and(Event::Started).and(click()), nothing_to_finish(SOURCE) => [
            look(),
            refresh(Clicked)
        ];
        "of a place no longer set", idle(),                           nothing_to_finish("file:/other") => [again()];
    }
    Event::Overruled(_) => something_overrules_the_sign_in {
        "at rest",       idle(),     Event::Overruled(overruling()) => [];
        "only watching", watching(), Event::Overruled(overruling()) => [];
    }
    Event::JournalFound => a_journal_lies_there {
        "at rest",    idle(),              Event::JournalFound => [];
        "refreshing", idle().and(click()), Event::JournalFound => [];
    }
    Event::SyncRemembered(_) => more_is_remembered_of_syncing {
        "after a command",   idle(),          Event::SyncRemembered(sent(HOUR)) => [];
        "the disk was full", seen(targets()), Event::SyncRemembered(SyncMemory::default()) => [see(&targets())];
        "only watching",     watching(),      Event::SyncRemembered(SyncMemory::default()) => [];
    }
    Event::SyncProgressed(_) => a_sync_goes_on {
        "syncing", syncing(), Event::SyncProgressed(Progress { done: 1, total: 2, ..Progress::default() }) => [];
        "at rest", idle(),    Event::SyncProgressed(Progress::default()) => [];
    }
    Event::SyncEnded(..) => a_sync_ended {
        "asked for, it worked",    syncing(),           synced(good()) => [look(), news(&good())];
        "by itself, it worked",    syncing_by_itself(), synced(good()) => [look()];
        "by itself, it failed",    syncing_by_itself(), synced(bad(archived())) => [look(), news(&bad(archived()))];
        "... and once more",       syncing_after(archived()), synced(bad(archived())) => [look()];
        "... otherwise",           syncing_after(archived()), synced(bad(refused())) => [look(), news(&bad(refused()))];
        "it failed, asked for",    syncing(),           synced(bad(archived())) => [look(), news(&bad(archived()))];
        "offline for a moment",    syncing_by_itself(), synced(bad(unreached())) => [look()];
        "offline, and still so",   syncing_after(unreached()), synced(bad(unreached())) => [
            look(), news(&bad(unreached()))
        ];
        "by itself, another runs", syncing_by_itself(), synced(not_begun()) => [look(), news(&not_begun())];
        "a limit cut it short",    syncing(),           synced(limited(600)) => [look(), news(&limited(600))];
        "only watching",           watching(),          synced(good()) => [look()];
    }
    Event::NetworkChanged => the_network_changed {
        "nothing had failed",            idle(),                  Event::NetworkChanged => [];
        "a refresh had, for want of it", failing(30, offline()),  Event::NetworkChanged => [refresh(NetworkBack)];
        "a refresh had, otherwise",      failing(30, server_error()), Event::NetworkChanged => [];
        "a refresh runs",                failing(30, offline()).and(click()), Event::NetworkChanged => [];
        "a target had, for want of it",  knowing(out_of_reach()), Event::NetworkChanged => [sync_by_itself(&WEB)];
        "in the dark",                   asleep_failing(),        Event::NetworkChanged => [];
        "a target had, nobody asks",     new(targets()).and(Event::SyncRemembered(out_of_reach())),
                                         Event::NetworkChanged => [];
        "only watching",                 watching(),              Event::NetworkChanged => [];
    }
    Event::ConfigLoaded(Ok(_)) => the_config_was_read {
        "for the first time",         idle(),        config(plain()) => [see(&plain())];
        "the same",                   seen(plain()), config(plain()) => [];
        "another switch",             seen(plain()), config(refreshes()) => [look()];
        "another folder",             seen(plain()), config(in_folder()) => [Effect::OpenStore, again()];
        "the one-year token as well", seen(plain()), config(with_ci_token()) => [Effect::OpenStore, again()];
        "another profile",            seen(plain()), config(with_profile()) => [
            Effect::End(Ended::OtherProfiles), look()
        ];
        "a broken one, repaired",     seen(plain()).and(broken()), config(plain()) => [];
        "only watching",              watching(),    config(with_profile()) => [look()];
    }
    Event::ConfigLoaded(Err(_)) => the_config_makes_no_sense {
        "at rest", idle(), broken() => [];
    }
    Event::Chosen(Action::TryAgain) => try_again {
        "at rest",       idle(),     clicked(Action::TryAgain) => [Effect::Look(Look::Patiently)];
        "only watching", watching(), clicked(Action::TryAgain) => [Effect::Look(Look::Patiently)];
    }
    Event::Chosen(Action::ShowClocks) => show_clocks {
        "at rest",       idle(),     clicked(Action::ShowClocks) => [notify(Notice::Clocks)];
        "only watching", watching(), clicked(Action::ShowClocks) => [];
    }
    Event::Chosen(Action::SignIn | Action::NewCiToken | Action::SetUp) => in_a_terminal {
        "at rest",       idle(),     clicked(Action::SignIn) => [Effect::SignIn];
        "a token",       idle(),     clicked(Action::NewCiToken) => [Effect::NewCiToken];
        "a repository",  idle(),     clicked(Action::SetUp) => [Effect::SetUp];
        "only watching", watching(), clicked(Action::SignIn) => [];
    }
    Event::Chosen(Action::Refresh) => refresh_now {
        "fresh",                     idle(),                  click() => [refresh(Clicked)];
        "after a failure",           failing(1, no_answer()), click() => [refresh(Clicked)];
        "one runs",                  idle().and(click()),     click() => [];
        "one finishes an earlier",   new(plain()).and(Event::Started), click() => [];
        "in mode `never`",           signed_in(never(), HOUR), click() => [read_only(None)];
        "an edit makes no sense",    seen(never()).and(broken()), click() => [read_only(None)];
        "no config ever made sense", new(never()).and(broken()), click() => [read_only(Some("line 1"))];
        "only watching",             watching(),              click() => [];
    }
    Event::Chosen(Action::SwitchAutostart) => switch_autostart {
        "not looked at yet", idle(),                  clicked(Action::SwitchAutostart) => [open_at_login(true)];
        "it is off",         opening(Autostart::Off), clicked(Action::SwitchAutostart) => [open_at_login(true)];
        "to be allowed",     opening(Autostart::NeedsApproval), clicked(Action::SwitchAutostart) => [
            open_at_login(true)
        ];
        "it is on",          opening(Autostart::On),  clicked(Action::SwitchAutostart) => [open_at_login(false)];
        "only watching",     watching(),              clicked(Action::SwitchAutostart) => [];
        "it is broken", opening(Autostart::Broken(String::new())), clicked(Action::SwitchAutostart) => [
            open_at_login(false)
        ];
    }
    Event::Chosen(Action::SwitchAutomatic) => switch_automatic {
        "it is off", idle(),                 clicked(Action::SwitchAutomatic) => [set(Setting::AutomaticRefresh(true))];
        "it is on",  idle_with(refreshes()), clicked(Action::SwitchAutomatic) => [
            set(Setting::AutomaticRefresh(false))
        ];
    }
    Event::Chosen(Action::SyncAll) => sync_all_targets {
        "fresh",                     idle_with(targets()),    sync_all() => [synced_all()];
        "expiring",                  signed_in(targets(), 300), sync_all() => [refresh(Asked)];
        "expiring, and asked twice", signed_in(targets(), 300).and(sync_all()), sync_all() => [];
        "expiring, in mode `never`", signed_in(never(), 300), sync_all() => [synced_all()];
        "expiring, a dead sign-in",  failing(60, dead()),     sync_all() => [refresh(Asked)];
        "one runs",                  syncing(),               sync_all() => [];
        "a refresh runs",            refreshing(),            sync_all() => [];
        "a journal is looked for",   new(targets()).and(Event::Started), sync_all() => [synced_all()];
        "a limit stands",            cut_short(600),          sync_all() => [synced_all()];
        "only watching",             watching(),              sync_all() => [];
    }
    Event::Chosen(Action::SyncTarget(_)) => sync_one_target {
        "fresh",    idle_with(targets()), clicked(Action::SyncTarget(target("acme/web").id())) => [sync_asked(&WEB)];
        "one runs", syncing(),            clicked(Action::SyncTarget(target("acme/web").id())) => [];
    }
    Event::Chosen(Action::SwitchAutomaticSync) => switch_automatic_sync {
        "it is off", idle(),             clicked(Action::SwitchAutomaticSync) => [set(Setting::AutomaticSync(true))];
        "it is on",  idle_with(syncs()), clicked(Action::SwitchAutomaticSync) => [set(Setting::AutomaticSync(false))];
    }
    Event::Chosen(Action::ShareRefreshToken(_)) => share_the_refresh_token {
        "yes", idle(), clicked(Action::ShareRefreshToken(true)) => [set(Setting::ShareRefreshToken(true))];
        "no",  idle(), clicked(Action::ShareRefreshToken(false)) => [set(Setting::ShareRefreshToken(false))];
    }
    Event::Chosen(Action::OpenSettings) => open_settings {
        "at rest",       idle(),     clicked(Action::OpenSettings) => [Effect::OpenSettings];
        "only watching", watching(), clicked(Action::OpenSettings) => [];
    }
    Event::Chosen(Action::Diagnose) => diagnose {
        "at rest",       idle(),     clicked(Action::Diagnose) => [Effect::Diagnose];
        "only watching", watching(), clicked(Action::Diagnose) => [];
    }
    Event::Chosen(Action::Quit) => quit {
        "at rest",       idle(),              clicked(Action::Quit) => [Effect::End(Ended::Quit)];
        "refreshing",    idle().and(click()), clicked(Action::Quit) => [Effect::End(Ended::Quit)];
        "only watching", watching(),          clicked(Action::Quit) => [Effect::End(Ended::Quit)];
    }
    Event::ActionFailed(..) => what_was_chosen_did_not_work {
        "at rest",       idle(),     no_terminal() =>
            [notify(Notice::ActionFailed(Action::SignIn, ActionError::NoTerminal))];
        "only watching", watching(), no_terminal() => [];
    }
}

#[test]
fn what_a_command_has_finished_is_not_begun_again() {
    let state = idle().and(Event::JournalFound).and(Event::NothingMoved);
    assert_eq!(state.refreshing.running, Some(Finish));
    let mut state = state.and(nothing_to_finish(SOURCE));
    assert_eq!((state.refreshing.running, state.refreshing.kept), (None, false));
    assert_eq!(step(&mut state, Event::NothingMoved, &at(0)), []);
}
