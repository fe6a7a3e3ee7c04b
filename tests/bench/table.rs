//! The one table that a run prints.

use std::fs;
use std::time::Duration;

/// A Wick that is measured.
pub struct Program {
    pub name: &'static str,
    pub path: String,
}

/// Where the table stands in a page that has one: between two lines that begin so.
const MARK: &str = "<!-- table of cargo bench";

/// Rows in Markdown, printed as they are measured.
pub struct Table {
    text: String,
    programs: Vec<Program>,
    /// Only rows with one of these words.
    only: Vec<String>,
}

impl Table {
    /// Of the Wick that was built, and of the one that `WICK_BENCH_BESIDE` names.
    pub fn new() -> Self {
        let mut programs = vec![Program { name: "Wick", path: env!("CARGO_BIN_EXE_wick").to_owned() }];
        programs.extend(std::env::var("WICK_BENCH_BESIDE").ok().map(|path| Program { name: "beside", path }));
        let only = std::env::var("WICK_BENCH_ONLY").unwrap_or_default();
        let only = only.split(',').filter(|word| !word.is_empty()).map(str::to_owned).collect();
        Self { text: String::new(), programs, only }
    }

    pub fn begin(&mut self, circumstances: &str) {
        let names: Vec<&str> = self.programs.iter().map(|program| program.name).collect();
        self.say(&format!("{circumstances}\n\n| what | {} |\n|{}", names.join(" | "), "---|".repeat(names.len() + 1)));
    }

    fn say(&mut self, line: &str) {
        println!("{line}");
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// Puts it into the page that `WICK_BENCH_PAGE` names, in place of the one that stands there.
    pub fn end(&self) {
        let Ok(page) = std::env::var("WICK_BENCH_PAGE") else { return };
        let text = fs::read_to_string(&page).expect("a page");
        let (before, rest) = text.split_once(MARK).expect("a mark before the table");
        let (first, rest) = rest.split_once('\n').expect("a line");
        let (_, after) = rest.split_once(MARK).expect("a mark after the table");
        fs::write(page, format!("{before}{MARK}{first}\n\n{}\n{MARK}{after}", self.text)).expect("a page");
    }

    /// A row with what `measure` says of each program.
    pub fn row(&mut self, what: &str, measure: impl Fn(&Program) -> String) {
        if self.only.is_empty() || self.only.iter().any(|word| what.contains(word)) {
            let figures: Vec<String> = self.programs.iter().map(measure).collect();
            self.say(&format!("| {what} | {} |", figures.join(" | ")));
        }
    }
}

pub fn millis(duration: Duration) -> String {
    let millis = duration.as_secs_f64() * 1000.0;
    if millis < 20.0 { format!("{millis:.1} ms") } else { format!("{millis:.0} ms") }
}

pub fn microseconds(duration: Duration) -> String {
    format!("{:.0} µs", duration.as_secs_f64() * 1e6)
}

pub fn mebibytes(size: f64) -> String {
    format!("{size:.1} MiB")
}

pub fn size(path: &str) -> String {
    format!("{:.2} MiB", fs::metadata(path).expect("built").len() as f64 / 1_048_576.0)
}
