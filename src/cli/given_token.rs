//! The one-year token that is given to a command, whatever stands around it.

use std::io::{self, Read};

use super::output;
use super::paste::{self, Part, Rest};
use crate::domain::credential::{NotOne, Reading, ci_token};
use crate::domain::paste::Unclear;
use crate::domain::secret::Secret;
use crate::domain::settings::Settings;
use crate::ports::Ports;
use crate::words::{Sentence, ci_token as words};

/// One that is pasted or piped in.
pub(super) fn ask(ports: &Ports, settings: &Settings) -> Result<Secret, Sentence> {
    taken(ports, settings, |part| paste::read(ports, words::PASTE, Rest::IsSaid, part))
}

/// The one that a program prints, whose questions are answered meanwhile.
pub(super) fn piped(ports: &Ports, settings: &Settings, pipe: impl Read + Send + 'static) -> Result<Secret, Sentence> {
    taken(ports, settings, |_| paste::piped(pipe, Rest::IsSaid))
}

fn taken(
    ports: &Ports,
    settings: &Settings,
    read: impl FnOnce(&dyn Fn(&Secret) -> Part) -> io::Result<Secret>,
) -> Result<Secret, Sentence> {
    // The sign-in's own token looks alike, and is what people have at hand.
    let reading = (ports.open_store)(&settings.credential).read(output::patience());
    let access_token = Reading::credential(&reading).map(|credential| &credential.access_token);
    let token = |pasted: &Secret| ci_token::parse(pasted, access_token);
    let part = |pasted: &Secret| match token(pasted) {
        Ok(_) => Part::Whole,
        Err(NotOne::Unclear(Unclear::Half { .. })) => Part::Half,
        Err(_) => Part::None,
    };
    let pasted = read(&part).map_err(|error| match error.kind() {
        io::ErrorKind::Interrupted => words::broken_off(),
        _ => words::not_read(&error.to_string()),
    })?;
    let token = token(&pasted).map_err(words::not_one)?;
    if let Some((length, usual)) = ci_token::longer_than_others(&token) {
        output::remark(&words::longer_than_others(length, usual));
    }
    Ok(token)
}
