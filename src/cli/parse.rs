//! What is written on the command line.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use jiff::{SignedDuration, Span, SpanRelativeTo};

use crate::domain::settings::{Choice, Field, Mapping, Settings, Target, is_secret_name};
use crate::words::{Sentence, sync as words};

/// A span such as `15m`, `2h` or `0s`.
pub(super) fn span(text: &str) -> Result<SignedDuration, &'static str> {
    let span = text.parse::<Span>().ok().and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()).ok());
    span.filter(|span| !span.is_negative()).ok_or("write a span such as 15m, 2h or 0s")
}

/// One of a setting's words.
pub(super) fn word<T: Choice + Send + Sync>() -> impl TypedValueParser<Value = T> {
    let words = PossibleValuesParser::new(T::WORDS.iter().map(|(word, _)| *word));
    words.try_map(|word| T::of_word(&word).ok_or("no such word"))
}

/// `NAME=FIELD`.
pub(super) fn mapping(text: &str) -> Option<Mapping> {
    let (name, field) = text.split_once('=')?;
    let (_, field) = Field::NAMES.into_iter().find(|(known, _)| *known == field)?;
    is_secret_name(name).then(|| Mapping { name: name.to_owned(), field })
}

/// A target's name is the same however it is capitalized.
pub(super) fn is_named(target: &Target, name: &str) -> bool {
    target.to_string().eq_ignore_ascii_case(name)
}

/// The number of the profile's target of this name.
pub(super) fn target(name: &str, settings: &Settings) -> Result<usize, Sentence> {
    let Some(number) = settings.targets.iter().position(|target| is_named(target, name)) else {
        let known: Vec<String> = settings.targets.iter().map(ToString::to_string).collect();
        return Err(words::unknown_target(name, &known));
    };
    let target = &settings.targets[number];
    if target.profile == settings.profile { Ok(number) } else { Err(words::other_profile(target)) }
}
