use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::domain::autostart::Autostart;
use crate::domain::credential::{Location, ProgramError};
use crate::domain::facts::{Facts, NotificationService, Signature, TrayHost, partitions};
use crate::domain::refresh::RefreshMemory;
use crate::domain::settings::Settings;
use crate::domain::sync::SyncMemory;

const SERVICE: &str = "Claude Code-credentials";

fn item(service: &str, account: &str) -> KeychainItem {
    KeychainItem { service: service.to_owned(), account: account.to_owned() }
}

fn own() -> KeychainItem {
    item(SERVICE, "ada")
}

fn found(items: &[KeychainItem]) -> KeychainFacts {
    KeychainFacts { asked: own(), items: Ok(items.to_vec()), partitions: None }
}

fn signed_in() -> Contents {
    Contents::parse(br#"{"claudeAiOauth":{"accessToken":"sk-ant-oat01-EXAMPLE","scopes":["a"]}}"#).expect("a sign-in")
}

fn judged(keychain: Option<KeychainFacts>, kind: SourceKind, outcome: Result<Contents, Problem>) -> Found {
    judged_under(&Settings::default(), keychain, kind, outcome)
}

fn judged_under(
    settings: &Settings,
    keychain: Option<KeychainFacts>,
    kind: SourceKind,
    outcome: Result<Contents, Problem>,
) -> Found {
    let location = Location { kind, place: SERVICE.to_owned() };
    let facts = Facts {
        locks: Vec::new(),
        file: None,
        keychain,
        state_folder: (String::new(), Ok(())),
        relative: Vec::new(),
        unknown_time_zone: None,
        tray: TrayHost::Present,
        icon: None,
        notifications: NotificationService::Absent(String::new()),
        autostart: Autostart::Off,
        claude: None,
        certificates: Vec::new(),
        overruling: Vec::new(),
    };
    super::keychain(&Examined {
        settings,
        now: &Timestamp::UNIX_EPOCH.to_zoned_datetime(TimeZone::UTC),
        config: (String::new(), Ok(false)),
        reading: Reading { location, modified: None, settled: true, outcome },
        facts,
        refresh: RefreshMemory::default(),
        alert_command: None,
        journal: false,
        sync: SyncMemory::default(),
        unread: None,
        token: None,
    })
}

fn check_is(check: &Found, verdict: Verdict, detail: &str, action: &str) {
    assert_eq!(check.verdict, verdict, "{check:?}");
    assert!(check.detail.contains(detail), "{check:?}");
    assert!(check.action.as_deref().unwrap_or_default().contains(action), "{check:?}");
}

#[test]
fn the_items_that_are_there_are_named_with_what_to_do() {
    let keychain = SourceKind::Keychain;
    let unlisted = KeychainFacts { items: Err("-25291".to_owned()), ..found(&[]) };
    let folder = item("Claude Code-credentials-09747320", "ada");
    let unknown = item(SERVICE, "unknown");
    let nobody = || Ok(Contents::NoSignIn { by_gateway: false });
    let absent = || Err(Problem::Absent);
    let others = "not read: \"Claude Code-credentials\" under unknown, \"Claude Code-credentials-09747320\" under ada";
    let all = [own(), unknown.clone(), folder.clone()];
    for (facts, kind, outcome, verdict, detail, action) in [
        (None, SourceKind::File, Ok(signed_in()), Verdict::Skip, "this system has none", ""),
        (Some(unlisted), keychain, absent(), Verdict::Warn, "could not be listed: -25291", "Keychain Access"),
        (Some(found(&[own()])), keychain, Ok(signed_in()), Verdict::Pass, "\"Claude Code-credentials\" under ada", ""),
        (Some(found(&[])), keychain, absent(), Verdict::Skip, "no item", ""),
        (Some(found(&all)), keychain, Ok(signed_in()), Verdict::Pass, others, ""),
        (
            Some(found(&[unknown])),
            keychain,
            absent(),
            Verdict::Warn,
            "under \"unknown\", not under ada",
            "sign in again",
        ),
        (
            Some(found(&[folder])),
            keychain,
            absent(),
            Verdict::Warn,
            "another CLAUDE_CONFIG_DIR",
            "credential.config_dir",
        ),
        (Some(found(&[own()])), keychain, nobody(), Verdict::Warn, "mcpOAuth", "sign in"),
        (Some(found(&[own()])), SourceKind::File, Ok(signed_in()), Verdict::Warn, "so the file is used", "sign in"),
    ] {
        check_is(&judged(facts, kind, outcome), verdict, detail, action);
    }
}

#[test]
fn what_keeps_the_item_closed_is_named_with_what_to_do() {
    let timed_out = || Err(Problem::Program(ProgramError::TimedOut(SignedDuration::from_secs(5))));
    let listing = |name: &str| KeychainFacts { partitions: Some(vec![name.to_owned()]), ..found(&[own()]) };
    let (restamped, apple_alone) = (|| listing("cdhash:0a1b"), || listing("apple:"));
    for (facts, outcome, verdict, detail, action) in [
        (found(&[own()]), Err(Problem::KeychainLocked), Verdict::Fail, "locked", "unlock-keychain"),
        (found(&[own()]), Err(Problem::KeychainDenied), Verdict::Fail, "refused", "Always Allow"),
        (found(&[own()]), timed_out(), Verdict::Fail, "behind a window", "look for the prompt"),
        (restamped(), timed_out(), Verdict::Fail, "cdhash:0a1b", "sign in again"),
        (restamped(), Ok(signed_in()), Verdict::Warn, "without apple-tool:", "which program"),
        (apple_alone(), Ok(signed_in()), Verdict::Warn, "\"apple:\", without apple-tool:", "which program"),
    ] {
        check_is(&judged(Some(facts), SourceKind::Keychain, outcome), verdict, detail, action);
    }
}

#[test]
fn an_item_that_apples_tools_may_read_is_not_called_restamped() {
    for list in [&["apple-tool:"][..], &["apple:", "apple-tool:"], &["teamid:Q6L2SF6YDW", "apple-tool:"]] {
        let partitions = Some(list.iter().map(|name| (*name).to_owned()).collect());
        let facts = KeychainFacts { partitions, ..found(&[own()]) };
        check_is(&judged(Some(facts), SourceKind::Keychain, Ok(signed_in())), Verdict::Pass, "under ada", "");
    }
}

#[test]
fn what_the_settings_name_decides_what_is_judged() {
    let mut settings = Settings::default();
    settings.credential.source = SourceChoice::File;
    let unlisted = KeychainFacts { items: Err("-25291".to_owned()), ..found(&[]) };
    let check = judged_under(&settings, Some(unlisted), SourceKind::File, Ok(signed_in()));
    check_is(&check, Verdict::Skip, "not asked", "");

    let named = KeychainFacts { asked: item("Claude Code-credentials-09747320", "ada"), ..found(&[own()]) };
    let check = judged(Some(named), SourceKind::Keychain, Err(Problem::Absent));
    check_is(&check, Verdict::Warn, "made without a CLAUDE_CONFIG_DIR", "remove credential.config_dir");
}

#[test]
fn the_partition_list_is_read_out_of_its_hex() {
    let list = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><plist version=\"1.0\"><dict><key>Partitions</key><array>\
                <string>apple-tool:</string><string>cdhash:0a1b</string></array></dict></plist>";
    let hex = list.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    assert_eq!(partitions(&hex), Some(vec!["apple-tool:".to_owned(), "cdhash:0a1b".to_owned()]));
    assert_eq!(partitions("Claude Code-credentials"), None);
    assert_eq!(partitions(""), None);
}

#[test]
fn a_signature_is_read_from_what_codesign_says() {
    // As its manual page and Apple's TN2206 show them.
    let ad_hoc = "Identifier=dev.wick.Wick\nCodeDirectory v=20500 flags=0x10002(adhoc,runtime)\nSignature=adhoc\n";
    let named = "Identifier=dev.wick.Wick\nSignature size=8968\nAuthority=Developer ID Application: Ada (A1)\n";
    assert_eq!(Signature::of(true, ad_hoc), Signature::AdHoc);
    assert_eq!(Signature::of(true, named), Signature::Named);
    assert_eq!(Signature::of(false, "wick: code object is not signed at all\n"), Signature::None);
    assert_eq!(Signature::of(false, "wick: No such file or directory\n"), Signature::Unknown);
}
