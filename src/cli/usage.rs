//! Arguments that make no sense: said to people as clap says it, and to programs as every command says what failed.

use std::ffi::OsString;
use std::io;

use clap::error::ErrorKind;

use super::output::{self, Exit};
use crate::domain::sync::scrub::scrubbed;
use crate::domain::system::Unfit;
use crate::domain::text::fit::hung;
use crate::report::answer::Answer;
use crate::words::sentence::usage;
use crate::words::{system, terminal};

/// Says what is wrong with these arguments, or prints the help that they ask for.
pub fn not_understood(error: &clap::Error, mut arguments: impl Iterator<Item = OsString>) -> Exit {
    let text = error.to_string();
    let laid_out = |columns| -> Vec<String> { text.lines().flat_map(|line| hung(line, columns)).collect() };
    if !error.use_stderr() {
        output::answer(laid_out(output::readable(&io::stdout())).join("\n").trim_end());
        return if output::was_cut_off() { Exit::Failed } else { Exit::Done };
    }
    // What was written is repeated there, and may be a token in the wrong place. Help repeats nothing.
    let is_help = error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    let mut lines = laid_out(output::readable(&io::stderr()));
    if !is_help {
        for line in &mut lines {
            *line = without_tokens(line);
        }
    }
    let said = lines.iter().take_while(|line| !line.is_empty()).map(|line| line.trim()).collect::<Vec<_>>().join(" ");
    if asks_for_json(&mut arguments) {
        // It stands for that of any command.
        output::json(&Answer::<()>::refused(usage(said.trim_start_matches("error: "))));
    }
    output::diagnostic(lines.join("\n").trim_end());
    Exit::Usage
}

/// Says why nothing is done for whoever started it.
pub fn unfit(unfit: &Unfit, mut arguments: impl Iterator<Item = OsString>) -> Exit {
    let sentence = system::unfit(unfit);
    output::refuse(sentence, Exit::Usage, asks_for_json(&mut arguments), Answer::<()>::refused)
}

/// Says that Wick crashed, for whatever part of it could not say so itself.
pub fn crashed(mut arguments: impl Iterator<Item = OsString>) -> Exit {
    output::refuse(terminal::crashed(), Exit::Failed, asks_for_json(&mut arguments), Answer::<()>::refused)
}

pub(super) fn asks_for_json(arguments: &mut impl Iterator<Item = OsString>) -> bool {
    arguments.take_while(|argument| argument != "--").any(|argument| argument == "--json")
}

fn without_tokens(line: &str) -> String {
    let indent = line.len() - line.trim_start().len();
    format!("{}{}", &line[..indent], scrubbed(line, &[]))
}
