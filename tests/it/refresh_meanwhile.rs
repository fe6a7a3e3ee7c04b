//! What other programs and people do while a refresh is under way, and the locks that keep them apart.

use std::fs;
use std::time::{Duration, SystemTime};

use crate::support::at_once;
use crate::support::refreshed::{
    REFRESH, assert_tidy, credential, home_and_server, is_usable, journals, refresh, stored, while_the_post_runs,
};

#[test]
fn a_sign_in_that_claude_code_blanked_meanwhile_is_restored() {
    let (home, server) = home_and_server(-60);
    let marker = credential(0).signed_out().json().replace("\"scopes\"", "\"loginEnded\":\"time_limit\",\"scopes\"");
    let ran = while_the_post_runs(&home, &server, || home.write(&marker));
    assert_eq!(ran.outcome(), ("refreshed", Some(0)));
    assert!(is_usable(&home, &server));
    assert!(!stored(&home).contains_key("loginEnded"));
    assert_tidy(&home);
}

#[test]
fn a_newer_token_that_appeared_meanwhile_wins() {
    let (home, server) = home_and_server(-60);
    let theirs =
        credential(7200).json().replace(REFRESH, "tok-sentinel-theirs").replace("-access\"", "-access-theirs\"");
    let ran = while_the_post_runs(&home, &server, || home.write(&theirs));
    assert_eq!(ran.outcome(), ("already_refreshed", Some(0)));
    assert_eq!(fs::read_to_string(home.credentials()).unwrap(), theirs);
    assert_tidy(&home);
}

#[test]
fn logging_out_meanwhile_is_the_users_word() {
    let (home, server) = home_and_server(-60);
    let ran = while_the_post_runs(&home, &server, || fs::remove_file(home.credentials()).unwrap());
    assert_eq!(ran.outcome(), ("not_found", Some(3)));
    assert!(!home.credentials().exists() && journals(&home) == 0);
}

#[test]
fn a_folder_that_vanished_gets_its_token_when_it_is_back() {
    let (home, server) = home_and_server(-60);
    let (folder, aside) = (home.path().join(".claude"), home.path().join("aside"));
    let ran = while_the_post_runs(&home, &server, || fs::rename(&folder, &aside).unwrap());
    assert_eq!((ran.outcome(), ran.error()), (("failed", Some(1)), "kept_in_journal"));
    assert_eq!(journals(&home), 1);
    fs::rename(&aside, &folder).unwrap();
    // The locks went away with the folder: nobody freed them.
    drop(fs::remove_dir(folder.join(".oauth_refresh.lock")));
    let ran = refresh(&home, &[]);
    assert_eq!(ran.outcome(), ("refreshed", Some(0)), "{ran:?}");
    assert!(is_usable(&home, &server));
    assert_eq!(server.posts().len(), 1);
    assert_tidy(&home);
}

#[test]
fn bytes_that_make_no_sense_are_not_written_over() {
    let (home, server) = home_and_server(-60);
    let ran = while_the_post_runs(&home, &server, || home.write("{\"claudeAi"));
    assert_eq!((ran.outcome(), ran.error()), (("failed", Some(1)), "kept_in_journal"));
    assert_eq!(fs::read_to_string(home.credentials()).unwrap(), "{\"claudeAi");
    home.write(&credential(-60).json());
    assert_eq!(refresh(&home, &[]).outcome(), ("refreshed", Some(0)));
    assert!(is_usable(&home, &server));
    assert_eq!(server.posts().len(), 1);
}

#[test]
fn a_lock_without_a_heartbeat_is_broken_after_a_minute_and_no_earlier() {
    at_once([".claude/.oauth_refresh.lock", ".claude.lock"], |name| {
        let (home, server) = home_and_server(-60);
        let lock = home.path().join(name);
        fs::create_dir(&lock).unwrap();
        let age = |seconds| {
            let then = SystemTime::now() - Duration::from_secs(seconds);
            fs::File::open(&lock).unwrap().set_modified(then).unwrap();
        };
        age(50);
        let ran = refresh(&home, &["--force"]);
        assert_eq!((ran.outcome(), ran.error()), (("busy", Some(1)), "busy"));
        assert!(lock.exists() && server.posts().is_empty(), "another's lock is left as it is");
        age(61);
        assert_eq!(refresh(&home, &["--force"]).outcome(), ("refreshed", Some(0)));
        assert_tidy(&home);
    });
}
