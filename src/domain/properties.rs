//! What the properties of the rules share: how many cases each tries, and the values that it draws.
//!
//! A usual run draws the same cases each time, so that a change is judged alike everywhere. `PROPTEST_CASES=5000` draws
//! more, and others at each run; `PROPTEST_RNG_SEED` repeats one. What is found so becomes a test of its own.

use jiff::Timestamp;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};

/// What proptest tries where the environment says nothing.
const UNSAID: u32 = 256;

/// So many cases, unless the environment says otherwise.
pub(crate) fn cases(usual: u32) -> Config {
    // A file of seeds beside the sources would be forgotten, and says nothing to a reader.
    let said = Config { failure_persistence: None, ..Config::default() };
    match said.rng_seed {
        RngSeed::Random if said.cases == UNSAID => Config { cases: usual, rng_seed: RngSeed::Fixed(1), ..said },
        _ => said,
    }
}

/// A moment at which the rules are asked.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).expect("a moment of this century")
}

/// One member of a JSON object, as it is written.
pub(crate) type Member = (String, String);

/// A JSON text in quotes, with every kind of escape.
pub(crate) fn json_text() -> impl Strategy<Value = String> {
    let letter = prop_oneof![
        6 => "[a-zA-Z0-9 _/.é😀\u{7f}\u{2028}-]",
        1 => prop::sample::select(vec![
            r#"\""#, r"\\", r"\/", r"\b", r"\f", r"\n", r"\r", r"\t", r"\u00e9", r"\u0000", r"\uD83D\uDE00",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(letter, 0..12).prop_map(|letters| format!("\"{}\"", letters.concat()))
}

/// Any JSON value, spaced as nobody would.
pub(crate) fn json_value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        "true|false|null",
        "-?(0|[1-9][0-9]{0,20})([.][0-9]{1,4})?([eE][+-]?[0-9]{1,2})?",
        json_text(),
        Just("{}".to_owned()),
        Just("[ ]".to_owned()),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        let pair = (json_text(), inner.clone()).prop_map(|(key, value)| format!("{key} :\t{value}"));
        prop_oneof![
            prop::collection::vec(inner, 1..4).prop_map(|items| format!("[ {} ]", items.join(" , "))),
            prop::collection::vec(pair, 1..4).prop_map(|pairs| format!("{{\n {} }}", pairs.join(","))),
        ]
    })
}

/// Members that neither Claude Code nor Wick has ever written; two may have one name.
pub(crate) fn foreign_members() -> impl Strategy<Value = Vec<Member>> {
    let key = json_text().prop_map(|key| format!("\"x{}", &key[1..]));
    prop::collection::vec((key, json_value()), 0..5)
}

/// An object of these members with space around each, and as it is without.
pub(crate) fn object(members: &[Member]) -> (String, String) {
    let joined = |between: &str, colon: &str| {
        members.iter().map(|(key, value)| format!("{key}{colon}{value}")).collect::<Vec<_>>().join(between)
    };
    (format!(" {{\r\n{} }}\n", joined(" ,\t", " : ")), format!("{{{}}}", joined(",", ":")))
}

/// A token, whose letters no JSON escapes.
pub(crate) fn token() -> impl Strategy<Value = String> {
    "sk-ant-[a-z]{3}01-[A-Za-z0-9_-]{4,24}"
}
