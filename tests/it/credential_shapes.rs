//! Every shape that a credential file was found in or could be, with what the real Claude Code makes of it and what Wick
//! says: "fresh", "expired", "signed out" and "unreadable" are to mean what Claude Code would do.
//!
//! The answers were recorded of Claude Code 2.1.332 on Linux, by `claude auth status --json` and by whether it asked the
//! token endpoint. `claude_code::every_shape_is_judged_as_recorded` asks the real one again.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::support::home::{Home, in_seconds};

/// What the real Claude Code does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Real {
    /// Makes its requests with the access token.
    Uses,
    /// Takes the access token for ended, and posts the refresh token.
    Refreshes,
    /// Says that nobody is logged in.
    SignedOut,
    /// Ends with a fault of its own.
    Crashes,
}
use Real::{Crashes, Refreshes, SignedOut, Uses};

/// One file.
pub struct Shape {
    pub name: &'static str,
    pub file: Vec<u8>,
    pub real: Real,
    /// The state in `wick status --json`, and the code of what it says beside it.
    wick: (&'static str, &'static str),
}

/// The members of a sign-in as Claude Code writes them, each as raw JSON. All values are invented.
struct Members(Vec<(String, String)>);

impl Members {
    fn new(ends_in: i64) -> Self {
        let members = [
            ("accessToken", "\"sk-ant-oat01-EXAMPLE\"".to_owned()),
            ("refreshToken", "\"sk-ant-ort01-EXAMPLE\"".to_owned()),
            ("expiresAt", in_seconds(ends_in).0.to_string()),
            ("refreshTokenExpiresAt", in_seconds(20 * 86_400).0.to_string()),
            ("scopes", r#"["user:inference","user:profile"]"#.to_owned()),
            ("subscriptionType", "\"max\"".to_owned()),
        ];
        Self(members.map(|(name, value)| (name.to_owned(), value)).into())
    }

    fn with(mut self, name: &str, raw: &str) -> Self {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, value)) => raw.clone_into(value),
            None => self.0.push((name.to_owned(), raw.to_owned())),
        }
        self
    }

    /// The object alone.
    fn record(&self) -> String {
        let members: Vec<String> = self.0.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        format!("{{{}}}", members.join(","))
    }

    fn file(&self) -> String {
        format!("{{\"claudeAiOauth\":{}}}", self.record())
    }

    /// With something else in the file before it, such as `"key":1`.
    fn after(&self, other: &str) -> String {
        format!("{{{other},\"claudeAiOauth\":{}}}", self.record())
    }
}

/// One that lives for hours.
fn live() -> Members {
    Members::new(8 * 3600)
}

fn ended() -> Members {
    Members::new(-3600)
}

fn date(seconds: i64) -> String {
    format!("\"{:.3}\"", Timestamp::now() + SignedDuration::from_secs(seconds))
}

const FRESH: (&str, &str) = ("fresh", "");
const EXPIRED: (&str, &str) = ("expired", "");
const MARKER: (&str, &str) = ("signed_out", "signed_out");
const NO_SIGN_IN: (&str, &str) = ("signed_out", "no_sign_in");
const GATEWAY: (&str, &str) = ("signed_out", "gateway_sign_in");
const WRONG_TYPE: (&str, &str) = ("unreadable", "wrong_type");
const NOT_JSON: (&str, &str) = ("unreadable", "not_json");
const NOT_A_TOKEN: (&str, &str) = ("fresh", "not_a_token");
const NOT_TEXT: (&str, &str) = ("unreadable", "not_text");
const EMPTY: (&str, &str) = ("unreadable", "empty");
const UNCLEAR: (&str, &str) = ("fresh", "expiry_unclear");
const FAR_AHEAD: (&str, &str) = ("fresh", "expiry_far_ahead");
const IN_SECONDS: (&str, &str) = ("expired", "expiry_in_seconds");
const NO_SCOPES: (&str, &str) = ("fresh", "no_scopes");
const NO_INFERENCE: (&str, &str) = ("fresh", "no_inference_scope");
const MARK: (&str, &str) = ("fresh", "byte_order_mark");

/// All of them.
pub fn all() -> Vec<Shape> {
    let mut shapes = Vec::new();
    for add in [tokens, ends, what_is_shown, scopes, texts, members, neighbors] {
        add(&mut |name, file: Vec<u8>, real, wick| shapes.push(Shape { name, file, real, wick }));
    }
    shapes
}

type Add<'a> = &'a mut dyn FnMut(&'static str, Vec<u8>, Real, (&'static str, &'static str));

fn tokens(add: Add<'_>) {
    add("as it is written", live().file().into(), Uses, FRESH);
    add("ended", ended().file().into(), Refreshes, EXPIRED);
    for (name, raw, real, wick) in [
        ("no access token", "null", SignedOut, WRONG_TYPE),
        ("an empty access token", "\"\"", SignedOut, WRONG_TYPE),
        ("an access token that is false", "false", SignedOut, WRONG_TYPE),
        ("an access token that is 0", "0", SignedOut, WRONG_TYPE),
        // It would send these, and no server has given one.
        ("an access token that is true", "true", Uses, WRONG_TYPE),
        ("an access token that is a number", "5", Uses, WRONG_TYPE),
        ("an access token that is a list", "[]", Uses, WRONG_TYPE),
        ("an access token that is an object", "{}", Uses, WRONG_TYPE),
        ("an access token of blanks", "\" \"", Uses, WRONG_TYPE),
        ("half of a surrogate pair in the access token", r#""sk-ant-\ud800""#, Uses, NOT_A_TOKEN),
        ("blanks and a line break around the access token", r#"" sk-ant-oat01-EXAMPLE\n""#, Uses, FRESH),
        ("a line break within the access token", r#""sk-ant-oat01\nEXAMPLE""#, Uses, NOT_A_TOKEN),
        ("a NUL within the access token", r#""sk-ant-oat01\u0000EXAMPLE""#, Uses, NOT_A_TOKEN),
    ] {
        add(name, live().with("accessToken", raw).file().into(), real, wick);
    }
    for (name, raw) in [
        ("no refresh token", "null"),
        ("an empty refresh token", "\"\""),
        ("a refresh token that is false", "false"),
        ("a refresh token that is 0", "0"),
        ("a refresh token that is true", "true"),
        ("a refresh token that is a number", "5"),
        ("a refresh token that is a list", "[]"),
        ("a refresh token that is an object", "{}"),
        ("a refresh token of blanks", "\" \""),
    ] {
        add(name, live().with("refreshToken", raw).file().into(), Uses, FRESH);
    }
    let half = live().with("refreshToken", r#""r\udc00""#);
    add("half of a surrogate pair in the refresh token", half.file().into(), Uses, NOT_A_TOKEN);
    let cannot = ("expired", "no_refresh_token");
    add("ended, an empty refresh token", ended().with("refreshToken", "\"\"").file().into(), Uses, cannot);
    add("ended, no refresh token", ended().with("refreshToken", "null").file().into(), Uses, cannot);
    for (name, access, refresh) in [
        ("both tokens empty", "\"\"", "\"\""),
        ("both tokens null", "null", "null"),
        ("the access token null, the refresh token empty", "null", "\"\""),
        ("the access token empty, the refresh token null", "\"\"", "null"),
    ] {
        add(name, live().with("accessToken", access).with("refreshToken", refresh).file().into(), SignedOut, MARKER);
    }
    let marker = r#"{"claudeAiOauth":{"accessToken":"","refreshToken":"","expiresAt":0,"loginEnded":"time_limit"}}"#;
    add("the marker of an ended sign-in", marker.into(), SignedOut, MARKER);
    add(
        "an ended sign-in's word beside tokens",
        live().with("loginEnded", "\"time_limit\"").file().into(),
        Uses,
        FRESH,
    );
}

fn ends(add: Add<'_>) {
    let (lives, ended) = (in_seconds(8 * 3600).0, in_seconds(-3600).0);
    for (name, raw, real, wick) in [
        ("no end", "null".to_owned(), Uses, FRESH),
        ("an end of 0", "0".to_owned(), Refreshes, EXPIRED),
        ("an end of minus 0", "-0".to_owned(), Refreshes, EXPIRED),
        ("a negative end", "-5".to_owned(), Refreshes, EXPIRED),
        ("an end as text", format!("\"{lives}\""), Uses, FRESH),
        ("a past end as text", format!("\"{ended}\""), Refreshes, EXPIRED),
        ("an end as text with blanks", format!("\" {lives} \""), Uses, FRESH),
        ("a date", date(8 * 3600), Uses, FRESH),
        // It has ended, whatever Claude Code makes of it: the server refuses the token, and then it is refreshed.
        ("a past date", date(-3600), Uses, EXPIRED),
        ("a day", "\"2020-03-17\"".to_owned(), Uses, EXPIRED),
        ("a word for an end", "\"never\"".to_owned(), Uses, UNCLEAR),
        ("a number in JavaScript's words", "\"Infinity\"".to_owned(), Uses, UNCLEAR),
        ("an end that is an object", "{}".to_owned(), Uses, UNCLEAR),
        ("a list of two numbers for an end", "[1,2]".to_owned(), Uses, UNCLEAR),
        ("an empty end", "\"\"".to_owned(), Refreshes, EXPIRED),
        ("an end of blanks", "\" \"".to_owned(), Refreshes, EXPIRED),
        ("an end that is false", "false".to_owned(), Refreshes, EXPIRED),
        ("an end that is true", "true".to_owned(), Refreshes, EXPIRED),
        ("an empty list for an end", "[]".to_owned(), Refreshes, EXPIRED),
        ("an end in a list", format!("[{lives}]"), Uses, FRESH),
        ("a past end in a list", format!("[{ended}]"), Refreshes, EXPIRED),
        ("a fraction of a millisecond", format!("{lives}.7"), Uses, FRESH),
        ("a past end with an exponent", "1.5e12".to_owned(), Refreshes, EXPIRED),
        ("an end with an exponent", "1.9e12".to_owned(), Uses, FAR_AHEAD),
        ("an end as text with an exponent", "\"1e13\"".to_owned(), Uses, FAR_AHEAD),
        ("a huge end", "1e300".to_owned(), Uses, FAR_AHEAD),
        ("an end beyond all numbers", "1e400".to_owned(), Uses, FAR_AHEAD),
        ("an end before all numbers", "-1e400".to_owned(), Refreshes, EXPIRED),
        ("the greatest whole number for an end", "9223372036854775807".to_owned(), Uses, FAR_AHEAD),
        ("an end in microseconds", format!("{lives}000"), Uses, FAR_AHEAD),
        ("an end in seconds", (lives / 1000).to_string(), Refreshes, IN_SECONDS),
        ("an end in seconds as text", format!("\"{}\"", lives / 1000), Refreshes, IN_SECONDS),
    ] {
        add(name, live().with("expiresAt", &raw).file().into(), real, wick);
    }
    let twice = live().file().replace("\"scopes\"", &format!("\"expiresAt\":{ended},\"scopes\""));
    add("two ends, of which the last is past", twice.into(), Refreshes, EXPIRED);
}

fn what_is_shown(add: Add<'_>) {
    for (name, member, raw) in [
        ("no end of the sign-in", "refreshTokenExpiresAt", "null"),
        ("an end of the sign-in that is false", "refreshTokenExpiresAt", "false"),
        ("a word for the end of the sign-in", "refreshTokenExpiresAt", "\"x\""),
        ("an object for the end of the sign-in", "refreshTokenExpiresAt", "{}"),
        ("0 for the end of the sign-in", "refreshTokenExpiresAt", "0"),
        ("a past end of the sign-in", "refreshTokenExpiresAt", "1700000000000"),
        ("no plan", "subscriptionType", "null"),
        ("a number for the plan", "subscriptionType", "7"),
        ("an object for the plan", "subscriptionType", "{}"),
        ("an escape for terminals in the plan", "subscriptionType", r#""max\u001b[2J""#),
        ("half of a surrogate pair in the plan", "subscriptionType", r#""\ud800""#),
        ("a number for the client", "clientId", "1"),
        ("an empty client", "clientId", "\"\""),
        ("an object for the account", "accountUuid", "{}"),
        ("members that came later", "somethingNew", r#"{"a":[1,{"b":null}]}"#),
    ] {
        add(name, live().with(member, raw).file().into(), Uses, FRESH);
    }
}

fn scopes(add: Add<'_>) {
    for (name, raw, real, wick) in [
        ("no scopes", "null", SignedOut, NO_SCOPES),
        ("an empty list of scopes", "[]", SignedOut, NO_SCOPES),
        ("scopes as text", "\"user:inference user:profile\"", SignedOut, NO_INFERENCE),
        ("an empty text for scopes", "\"\"", SignedOut, NO_SCOPES),
        ("scopes without the one that matters", r#"["user:profile"]"#, SignedOut, NO_INFERENCE),
        ("only the scope that matters", r#"["user:inference"]"#, Uses, FRESH),
        ("scopes joined in a list", r#"["user:inference user:profile"]"#, SignedOut, NO_INFERENCE),
        ("scopes in capitals", r#"["USER:INFERENCE"]"#, SignedOut, NO_INFERENCE),
        ("a list of scopes within a list", r#"[["user:inference"]]"#, SignedOut, NO_SCOPES),
        ("other things among the scopes", r#"[1,null,"user:inference"]"#, Uses, FRESH),
        ("half of a surrogate pair among the scopes", r#"["user:inference","\ud800"]"#, Uses, FRESH),
        ("a number for scopes", "7", Crashes, NO_SCOPES),
        ("an object for scopes", r#"{"user:inference":true}"#, Crashes, NO_SCOPES),
    ] {
        add(name, live().with("scopes", raw).file().into(), real, wick);
    }
}

/// The file as a text.
fn texts(add: Add<'_>) {
    let good = live().file();
    let utf16 = [0xfeff].into_iter().chain(good.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let pretty = |indent: &str| {
        let value: Value = serde_json::from_str(&good).unwrap();
        serde_json::to_string_pretty(&value).unwrap().replace("  ", indent)
    };
    add("an empty file", Vec::new(), SignedOut, EMPTY);
    add("blanks alone", "  \n".into(), SignedOut, EMPTY);
    add("a byte order mark alone", "\u{feff}".into(), SignedOut, EMPTY);
    add("a byte order mark", format!("\u{feff}{good}").into(), SignedOut, MARK);
    let marker = live().with("accessToken", "\"\"").with("refreshToken", "\"\"").file();
    add("a byte order mark before an ended sign-in", format!("\u{feff}{marker}").into(), SignedOut, MARKER);
    add("UTF-16", utf16, SignedOut, NOT_TEXT);
    add("line ends of Windows", pretty("  ").replace('\n', "\r\n").into(), Uses, FRESH);
    add("tabs and a last line end", format!("{}\n", pretty("\t")).into(), Uses, FRESH);
    add("blanks around", format!(" \n\t{good} \n ").into(), Uses, FRESH);
    for (name, file) in [
        ("a no-break space before", format!("\u{a0}{good}")),
        ("a form feed after", format!("{good}\u{c}")),
        ("a trailing comma", good.replace("}}", "},}")),
        ("a trailing comma within", good.replace("}}", ",}}")),
        ("a comment", format!("// mine\n{good}")),
        ("single quotes", good.replace('"', "'")),
        ("broken off", good[..70].to_owned()),
        ("the last brace missing", good[..good.len() - 1].to_owned()),
        ("a brace too many", format!("{good}}}")),
        ("two objects", format!("{good}{good}")),
        ("trailing NULs", format!("{good}\0\0")),
        ("a raw line break in a token", good.replace("oat01", "oat\n01")),
        ("a number with a leading zero", live().after("\"n\":01")),
        ("a word for a number", live().after("\"n\":NaN")),
        ("an unknown escape", live().after(r#""n":"\x""#)),
    ] {
        add(name, file.into(), SignedOut, NOT_JSON);
    }
    for (name, file) in [("null", "null".to_owned()), ("a number", "5".to_owned()), ("a list", format!("[{good}]"))] {
        add(name, file.into(), SignedOut, WRONG_TYPE);
    }
}

/// Which member is taken.
fn members(add: Add<'_>) {
    for (name, file, wick) in [
        ("an empty object", "{}".to_owned(), NO_SIGN_IN),
        ("no sign-in", r#"{"claudeAiOauth":null}"#.to_owned(), NO_SIGN_IN),
        ("a sign-in that is false", r#"{"claudeAiOauth":false}"#.to_owned(), WRONG_TYPE),
        ("a sign-in that is a text", r#"{"claudeAiOauth":"x"}"#.to_owned(), WRONG_TYPE),
        ("a sign-in that is a list", r#"{"claudeAiOauth":[]}"#.to_owned(), WRONG_TYPE),
        ("an empty sign-in", r#"{"claudeAiOauth":{}}"#.to_owned(), MARKER),
        ("another service's sign-in alone", r#"{"mcpOAuth":{"a|b":{"accessToken":"x"}}}"#.to_owned(), NO_SIGN_IN),
        ("an organization's gateway alone", r#"{"enterpriseGateway":{"url":"https://x"}}"#.to_owned(), GATEWAY),
        ("a sign-in that is not within its member", live().record(), NO_SIGN_IN),
        ("the member in other case", live().file().replace("claudeAiOauth", "claudeaioauth"), NO_SIGN_IN),
        ("two sign-ins, of which the last is empty", live().file().replace("}}", "},\"claudeAiOauth\":{}}"), MARKER),
        (
            "two access tokens, of which the last is empty",
            live().file().replace("\"scopes\"", "\"accessToken\":\"\",\"scopes\""),
            WRONG_TYPE,
        ),
        ("a sign-in within a prototype", format!("{{\"__proto__\":{}}}", live().file()), NO_SIGN_IN),
    ] {
        add(name, file.into(), SignedOut, wick);
    }
    for (name, file) in [
        ("two sign-ins, of which the first is empty", live().after("\"claudeAiOauth\":{}")),
        ("an escape in a member's name", live().file().replace("accessToken", "access\\u0054oken")),
        ("an escape in the sign-in's name", live().file().replace("claudeAi", "claude\\u0041i")),
        ("half of a surrogate pair in the name of a member", live().with("x\\ud800", "1").file()),
    ] {
        add(name, file.into(), Uses, FRESH);
    }
}

/// What stands beside the sign-in is somebody else's.
fn neighbors(add: Add<'_>) {
    let nested = |depth: usize| format!("\"n\":{}{}", "[".repeat(depth), "]".repeat(depth));
    let many: Vec<String> = (0..10_000).map(|number| format!("\"k{number}\":{number}")).collect();
    for (name, beside) in [
        ("another service's sign-in beside", r#""mcpOAuth":{"a|b":{"accessToken":"x"}}"#.to_owned()),
        ("half of a surrogate pair in somebody else's text", r#""n":"\ud800""#.to_owned()),
        ("half of a surrogate pair in somebody else's name", r#""\ud800":1"#.to_owned()),
        ("half of a surrogate pair deep in somebody else's", r#""n":{"\ud800":1}"#.to_owned()),
        ("a deep nesting", nested(5000)),
        ("a nesting deeper than any", nested(100_000)),
        ("many members", many.join(",")),
        ("a big neighbor", format!("\"n\":\"{}\"", "x".repeat(900_000))),
        ("a number beyond all numbers", "\"n\":1e999".to_owned()),
        ("a long number", format!("\"n\":{}", "9".repeat(400))),
        ("a prototype", r#""__proto__":{"a":1}"#.to_owned()),
    ] {
        add(name, live().after(&beside).into(), Uses, FRESH);
    }
    let raw = |before: &[u8], bytes: &[u8], after: &str| [before, bytes, after.as_bytes()].concat();
    let good = live().after("\"n\":\"?\"");
    let (before, after) = good.split_once('?').unwrap();
    add("bytes that are no text in somebody else's", raw(before.as_bytes(), b"\xff", after), Uses, FRESH);
    add("half of a surrogate pair in bytes", raw(before.as_bytes(), b"\xed\xa0\x80", after), Uses, FRESH);
    let good = live().file();
    let (before, after) = good.split_once("oat01").unwrap();
    // It would send this, and no server has given one.
    add("bytes that are no text in a token", raw(before.as_bytes(), b"\xff", after), Uses, NOT_TEXT);
}

// See: https://github.com/ooples/token-optimizer-mcp/issues/105
#[test]
fn every_shape_is_judged_as_claude_code_judges_it() {
    let home = Home::with_folder();
    // On a Mac, the keychain would be looked into first.
    home.write_config("[credential]\nsource = \"file\"\n");
    let shapes = all();
    assert!(shapes.len() >= 60);
    let mut wrong = Vec::new();
    for Shape { name, file, real, wick } in shapes {
        home.write_bytes(&file);
        let (status, _) = home.status();
        let said = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let found = (said(&status["state"]), said(&status["error"]["code"]));
        if (found.0.as_str(), found.1.as_str()) != wick {
            wrong.push(format!("{name}: {found:?} where it should be {wick:?}; Claude Code {real:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What Wick may say where the real one does this; and what it says of what no server has given.
#[test]
fn the_table_says_nothing_that_claude_code_would_not_do() {
    for Shape { name, real, wick: (state, code), .. } in all() {
        let counts_as_signed_out = matches!(code, "byte_order_mark" | "no_scopes" | "no_inference_scope");
        let agrees = match real {
            Uses => matches!(state, "fresh" | "expired") && !counts_as_signed_out,
            Refreshes => state == "expired",
            SignedOut | Crashes => matches!(state, "signed_out" | "unreadable") || counts_as_signed_out,
        };
        let no_token = real == Uses && matches!(code, "wrong_type" | "not_text" | "not_a_token");
        assert!(agrees || no_token, "{name}: {real:?}, {state} {code}");
    }
}
