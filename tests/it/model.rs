//! The whole app under random schedules, each reproducible by its seed.
//!
//! More of them, or longer ones: `WICK_SEEDS=500 WICK_DAYS=30 cargo test --release --test it model:: -- --nocapture`.
//! One again: `WICK_SEED=17 cargo test --test it model::`.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use wick::app::refresh::refresh;
use wick::domain::refresh::Trigger;
use wick::domain::settings::Settings;
use wick::domain::time::EpochMillis;
use wick::ports::{Patience, Stop};

use crate::support::credential::CredentialText;
use crate::support::fakes::START;
use crate::support::model::{alone_beside_a_journal, run};

const SEEDS: u64 = 120;
const DAYS: u64 = 1;

fn number(variable: &str) -> Option<u64> {
    Some(std::env::var(variable).ok()?.parse().expect("a number"))
}

/// Runs each seed, as many at once as there are processors; what each kind of thing happened, in all.
fn explore(seeds: std::ops::Range<u64>, days: u32) -> BTreeMap<&'static str, usize> {
    let (next, counts, failures) = (AtomicU64::new(seeds.start), Mutex::new(BTreeMap::new()), Mutex::new(Vec::new()));
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::SeqCst);
                    if seed >= seeds.end {
                        return;
                    }
                    match run(seed, days) {
                        Ok(happened) => {
                            let mut counts = counts.lock().unwrap();
                            happened
                                .counts
                                .into_iter()
                                .for_each(|(kind, count)| *counts.entry(kind).or_default() += count);
                        }
                        Err(story) => {
                            failures.lock().unwrap().push(format!("WICK_SEED={seed} WICK_DAYS={days}: {story}"))
                        }
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    let firsts: Vec<&str> = failures.iter().filter_map(|failure| failure.lines().next()).collect();
    assert!(failures.is_empty(), "{}\n\n{}", firsts.join("\n"), failures.join("\n\n"));
    counts.into_inner().unwrap()
}

#[test]
fn whatever_happens_around_it_no_sign_in_is_lost_without_a_word() {
    let days = u32::try_from(number("WICK_DAYS").unwrap_or(DAYS)).expect("some days");
    let seeds = match number("WICK_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("WICK_SEEDS").unwrap_or(SEEDS),
    };
    let counts = explore(seeds, days);
    // A model in which nothing happens finds nothing.
    let kinds = ["post", "stored", "put", "claude", "changed", "command", "killed", "slept", "clock", "notified"];
    let is_many = number("WICK_SEED").is_none() && number("WICK_SEEDS").is_none();
    let missing: Vec<_> = kinds.into_iter().filter(|kind| is_many && !counts.contains_key(kind)).collect();
    assert!(missing.is_empty(), "{missing:?} never happened");
}

/// 195: where a full disk keeps the state file from knowing it, the journal of a refresh that was cut off stays. 151: what
/// somebody else writes is not taken for a write that was refused. 404: what a killed sync has noted is seen. 731: what one
/// Wick has noted of its refresh stays, though another one's ended well before. 734: what cannot be read is no clean record.
#[test]
fn what_longer_runs_have_found_stays_mended() {
    for seed in [151, 195, 404, 731, 734] {
        drop(explore(seed..seed + 1, 30));
    }
}

#[test]
fn a_seed_is_the_same_run_each_time() {
    for seed in 1000..1004 {
        let [one, other] = [(); 2].map(|()| run(seed, 3).map(|run| run.story).unwrap_or_else(|story| vec![story]));
        let differ = one.iter().zip(&other).position(|(one, other)| one != other);
        let differ = differ.or_else(|| (one.len() != other.len()).then(|| one.len().min(other.len()) - 1));
        let shown = |story: &[String], at: usize| story[at.saturating_sub(20)..story.len().min(at + 12)].join("\n");
        assert!(differ.is_none_or(|at| panic!("WICK_SEED={seed}\n{}\n\n{}", shown(&one, at), shown(&other, at))));
    }
}

/// As long as one is found, nothing else than its end is tried by itself.
#[test]
fn a_journal_that_was_cut_off_before_it_said_anything_is_no_work_to_finish() {
    let text = CredentialText::ending(EpochMillis((START + 3600) * 1000)).json();
    let (ports, settings) = (alone_beside_a_journal(Some(&text), true), Settings::default());
    let store = (ports.open_store)(&settings.credential);
    let report = refresh(&ports, store, &settings, Trigger::Finish, Patience::Background, &Stop::default());
    assert!(!report.kept, "{report:?}");
}
