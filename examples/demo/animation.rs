//! The README's animation: one click in the menu, and what the demo's terminal says of it. What the panel shows is Wick's own
//! view of the states in between, by a clock that stands still.

use std::collections::BTreeMap;

use jiff::tz::{TimeZone, offset};
use jiff::{SignedDuration, Timestamp, ZonedDateTime};
use wick::domain::action::Action;
use wick::domain::credential::{Contents, Credential, Location, Material, Reading, SourceKind};
use wick::domain::settings::{Mapping, Settings};
use wick::domain::state::State;
use wick::domain::state::event::Event;
use wick::domain::state::step::step;
use wick::domain::sync::memory::{account, fingerprint};
use wick::domain::sync::value::value;
use wick::domain::sync::{Progress, Report, SecretMemory, SyncMemory, TargetMemory, TargetOutcome, TargetReport};
use wick::platform::tray::icon::{Ink, pixels};
use wick::ports::screen::{Entry, Icon, TrayView};
use wick::view::menu_bar;
use wick::words::{sync as words, targets};

use super::said;

const WIDTH: usize = 900;
const HEIGHT: usize = 416;
/// The panel along the top edge.
const PANEL: usize = 30;
/// The menu below it, at the right; the terminal has the rest.
const MENU: usize = 300;
const MARGIN: usize = 12;
const MENU_LEFT: usize = WIDTH - MENU - MARGIN;
const TERMINAL: usize = MENU_LEFT - 2 * MARGIN;
/// Where the icon stands.
const ICON_LEFT: usize = MENU_LEFT + 8;
/// The pointer on the icon, below the top edge.
const REST: usize = 15;
const ROW: usize = 21;
const RULE: usize = 9;
const LINE: usize = 18;

/// In tenths of a second: how long all of it takes, and when something happens.
const WHOLE: usize = 110;
const OPENED: usize = 15;
const POINTED: usize = 32;
const CLICKED: usize = 37;
const SYNCED: usize = 57;
const OPENED_AGAIN: usize = 64;

/// What is seen of the style: a part is there for its time, and without motion as the end has it.
const STYLE: &str = "\
text{font:13px system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;fill:#222}\
.m{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:#d8d8dc}\
.h{fill:#fff;font-weight:600}.d{fill:#6b6b70}.p{fill:#e9e9ec}.b{fill:#fff;stroke:#c9c9ce}.r{stroke:#dcdce0}\
.s{fill:#2f6fde}.w{fill:#fff}.t{fill:#1d1d22}.c{fill:#fff;stroke:#222;stroke-width:1.2}.a{visibility:hidden}.z{visibility:visible}\
@media(prefers-color-scheme:dark){text{fill:#ececf0}.d{fill:#a0a0a8}.p{fill:#2a2a2f}.b{fill:#323238;stroke:#4a4a52}\
.r{stroke:#4a4a52}.t{fill:#131317;stroke:#33333a}.m{fill:#d8d8dc}.w{fill:#fff}}\
@media(prefers-reduced-motion:reduce){*{animation:none!important}}";

/// The whole file.
pub(crate) fn svg() -> String {
    let [before, during, after] = views();
    let mut parts = Parts::default();
    let rows = terminal(&before, &during);
    parts.add(0, WHOLE, &ground(rows.len()));
    for (view, from, to) in [(&before, 0, CLICKED), (&during, CLICKED, SYNCED), (&after, SYNCED, WHOLE)] {
        parts.add(from, to, &in_the_panel(view));
    }
    let sync = targets::sync_all(said::REPOSITORIES.len());
    let (shut, at) = menu(&before, None);
    parts.add(OPENED, POINTED, &shut);
    parts.add(POINTED, CLICKED, &menu(&before, Some(&sync)).0);
    parts.add(OPENED_AGAIN, WHOLE, &menu(&after, None).0);
    for (row, (from, text)) in rows.iter().enumerate() {
        parts.add(*from, WHOLE, &terminal_line(row, text));
    }
    let goes = [
        (0, 60),
        (OPENED - 3, REST),
        (POINTED - 8, REST),
        (POINTED, at.get(&sync).copied().unwrap_or_default()),
        (SYNCED, 60),
        (OPENED_AGAIN - 3, REST),
    ];
    let pointer = pointer(&goes);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" \
         role=\"img\" aria-label=\"One click in Wick's menu sends the token to two repositories\">\n<style>{STYLE}{}{}</style>\n{}{}</svg>\n",
        parts.style, pointer.0, parts.drawn, pointer.1
    )
}

/// What is drawn, each part for its time.
#[derive(Default)]
struct Parts {
    style: String,
    drawn: String,
}

impl Parts {
    fn add(&mut self, from: usize, to: usize, drawn: &str) {
        if (from, to) == (0, WHOLE) {
            self.drawn += drawn;
            return;
        }
        let name = format!("k{from}_{to}");
        if !self.style.contains(&format!("@keyframes {name}{{")) {
            let (begin, end) = (percent(from), percent(to));
            let hidden = if from == 0 { "" } else { "0%{visibility:hidden}" };
            let ends = if to == WHOLE { String::new() } else { format!("{end}{{visibility:hidden}}") };
            let last = if to == WHOLE { "visible" } else { "hidden" };
            self.style += &format!(
                ".{name}{{animation:{name} {}s step-end infinite}}@keyframes {name}{{{hidden}{begin}{{visibility:visible}}{ends}100%{{visibility:{last}}}}}",
                seconds()
            );
        }
        let still = if to == WHOLE { "z" } else { "a" };
        self.drawn += &format!("<g class=\"{still} {name}\">{drawn}</g>\n");
    }
}

/// Before the click, while it is carried out, and afterwards.
fn views() -> [TrayView; 3] {
    let now = now();
    let targets = said::REPOSITORIES.map(|name| format!("[[targets]]\nrepo = \"{name}\"\n")).concat();
    let config = format!("[sync]\nshare_refresh_token = false\n\n{}\n{targets}", said::SECRETS);
    let settings = wick::config::parse(&config, "/home/ada").expect("the demo's config");
    let credential = credential(now.timestamp());
    let mut state = State::new(settings.clone(), "/home/ada".to_owned(), BTreeMap::new());
    let mut after = |event| {
        step(&mut state, event, &now);
        menu_bar(&state, &now)
    };
    let location = Location { kind: SourceKind::File, place: "/home/ada/.claude/.credentials.json".to_owned() };
    let outcome = Ok(Contents::SignedIn(Box::new(credential.clone())));
    let sign_in = Reading { location, modified: None, settled: true, outcome };
    let before = after(Event::Loaded(Material { sign_in, ci_token: None, ci_token_stored_at: None }));
    after(Event::Chosen(Action::SyncAll));
    let during = after(Event::SyncProgressed(Progress { done: 0, total: 2, current: None, paused_until: None }));
    let sent = sent(&settings, &credential, now.timestamp());
    [before, during, after(Event::SyncEnded(report(&settings), Some(sent)))]
}

fn now() -> ZonedDateTime {
    let moment: Timestamp = "2026-11-26T09:00:00Z".parse().expect("a moment");
    moment.to_zoned_datetime(TimeZone::fixed(offset(1)))
}

fn credential(now: Timestamp) -> Credential {
    let at = |span: SignedDuration| (now + span).as_millisecond();
    let text = format!(
        r#"{{"claudeAiOauth":{{"accessToken":"sk-ant-oat01-EXAMPLE","refreshToken":"sk-ant-ort01-EXAMPLE","expiresAt":{},"refreshTokenExpiresAt":{},"scopes":["user:inference","user:profile"],"subscriptionType":"max","rateLimitTier":"default_claude_max_20x"}}}}"#,
        at(said::HOURS_LEFT),
        at(SignedDuration::from_hours(24 * 20))
    );
    match Contents::parse(text.as_bytes()) {
        Ok(Contents::SignedIn(credential)) => *credential,
        other => panic!("not signed in: {other:?}"),
    }
}

/// What is remembered once both repositories have it.
fn sent(settings: &Settings, credential: &Credential, now: Timestamp) -> SyncMemory {
    let mut memory = SyncMemory::default();
    for target in &settings.targets {
        let secret = |mapping: &Mapping| {
            let value = value(mapping.field, credential.into()).expect("it has all fields");
            let fingerprint = fingerprint(&value, &target.place);
            (mapping.name.clone(), Box::new(SecretMemory::new(&fingerprint, mapping.field, now, true)))
        };
        let secrets = settings.mappings(target).iter().map(secret).collect();
        let (account, name) = (account(credential), target.to_string());
        let known = TargetMemory { name, secrets, account, synced_at: Some(now), ..TargetMemory::default() };
        memory.targets.insert(settings.key(target), known);
    }
    memory
}

fn report(settings: &Settings) -> Report {
    let of = |target: &wick::domain::settings::Target| TargetReport {
        target: target.clone(),
        outcome: TargetOutcome::Synced,
        secrets: Vec::new(),
        cause: None,
    };
    let targets = settings.targets.iter().map(of).collect();
    Report { targets, obstacle: None, resume_at: None, token_expires: None, passed_over: Vec::new(), spent: None }
}

/// The lines of the terminal, and when each comes.
fn terminal(before: &TrayView, during: &TrayView) -> Vec<(usize, String)> {
    let settings = wick::config::parse(said::SECRETS, "/home/ada").expect("the demo's config");
    let mut lines = vec![(0, format!("$ {}", said::COMMAND)), (0, String::new())];
    lines.push((5, said::scene(said::HEALTHY)));
    let is_new = |text: &&&str| !before.texts().contains(*text);
    lines.extend(before.texts().first().map(|text| (8, said::status(text))));
    lines.push((CLICKED, said::click(&targets::sync_all(said::REPOSITORIES.len()))));
    lines.extend(during.texts().iter().find(is_new).map(|text| (CLICKED + 3, said::status(text))));
    let boxes = said::REPOSITORIES.iter().flat_map(|place| {
        let names = settings.secrets.0.iter().map(|mapping| mapping.name.as_str());
        names.map(|name| said::boxed(place, name)).collect::<Vec<_>>()
    });
    lines.extend(boxes.enumerate().map(|(number, line)| (CLICKED + 5 + 3 * number, line)));
    let all = said::REPOSITORIES.map(|name| format!("[[targets]]\nrepo = \"{name}\"\n")).concat();
    let settings = wick::config::parse(&all, "/home/ada").expect("the demo's config");
    let (summary, body) = words::notice(&report(&settings), &now());
    lines.push((SYNCED, said::notified(&summary, &body)));
    lines
}

fn ground(rows: usize) -> String {
    let (height, top) = (46 + rows * LINE, PANEL + MARGIN);
    let clock = now().strftime("%H:%M");
    let dots = ["#ff5f57", "#febc2e", "#28c840"].iter().enumerate();
    let dots: String = dots
        .map(|(at, color)| {
            format!("<circle cx=\"{}\" cy=\"{}\" r=\"5\" fill=\"{color}\"/>", MARGIN + 16 + 16 * at, top + 14)
        })
        .collect();
    format!(
        "<rect class=\"p\" width=\"{WIDTH}\" height=\"{PANEL}\" rx=\"6\"/>\n\
         <rect class=\"t\" x=\"{MARGIN}\" y=\"{top}\" width=\"{TERMINAL}\" height=\"{height}\" rx=\"8\"/>{dots}\n\
         <text class=\"d\" x=\"{}\" y=\"20\">{clock}</text>\n",
        WIDTH - 48
    )
}

fn terminal_line(row: usize, text: &str) -> String {
    let class = if text.starts_with(['$', '-']) { "m h" } else { "m" };
    let blanks = text.chars().take_while(|letter| *letter == ' ').count();
    let (x, y) = (MARGIN + 14 + 7 * blanks, PANEL + MARGIN + 46 + row * LINE);
    format!("<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{}</text>", escaped(text.trim()))
}

fn in_the_panel(view: &TrayView) -> String {
    let title = escaped(&view.title);
    format!("{}<text x=\"{}\" y=\"20\">{title}</text>", drawn(&view.icon), ICON_LEFT + 28)
}

/// The icon by its pixels, a path for each color.
fn drawn(icon: &Icon) -> String {
    const SIDE: u16 = 32;
    let pixels = pixels(icon, Ink::Color, SIDE);
    let mut paths = BTreeMap::<[u8; 4], String>::new();
    for (y, row) in pixels.chunks(4 * usize::from(SIDE)).enumerate() {
        // Sixteen levels of each are enough at this size.
        let colors: Vec<[u8; 4]> = row
            .chunks(4)
            .map(|pixel| [0, 1, 2, 3].map(|part| pixel[part] / 17 + u8::from(pixel[part] % 17 > 8)))
            .collect();
        let mut x = 0;
        for run in colors.chunk_by(|one, other| one == other) {
            if run[0][3] > 0 {
                *paths.entry(run[0]).or_default() += &format!("M{x} {y}h{}v1h-{0}z", run.len());
            }
            x += run.len();
        }
    }
    let path = |([red, green, blue, alpha], path): (&[u8; 4], &String)| {
        let opacity =
            if *alpha == 15 { String::new() } else { format!(" fill-opacity=\"{:.2}\"", f32::from(*alpha) / 15.0) };
        format!("<path fill=\"#{red:x}{green:x}{blue:x}\"{opacity} d=\"{path}\"/>")
    };
    let paths: String = paths.iter().map(path).collect();
    format!("<g transform=\"translate({ICON_LEFT} 4) scale(.6875)\" shape-rendering=\"crispEdges\">{paths}</g>")
}

/// The open menu, with what is pointed at; and how far below the top edge the middle of each item is.
fn menu(view: &TrayView, pointed_at: Option<&str>) -> (String, BTreeMap<String, usize>) {
    let (mut drawn, mut places) = (String::new(), BTreeMap::new());
    let mut top = PANEL + 8;
    for entry in &view.menu {
        let (class, text) = match entry {
            Entry::Separator => {
                let y = top + RULE / 2;
                drawn += &format!("<path class=\"r\" d=\"M{MENU_LEFT} {y}h{MENU}\"/>");
                top += RULE;
                continue;
            }
            Entry::Text(text) => ("d", text.clone()),
            Entry::Button(_, text) => ("", text.clone()),
            Entry::Switch(_, text, on) => ("", format!("{} {text}", if *on { "☑" } else { "☐" })),
            Entry::Group(text, _) | Entry::Profile(_, text, _) => ("", format!("{text}  ▸")),
        };
        places.insert(text.clone(), top + ROW / 2);
        let is_pointed_at = pointed_at == Some(text.as_str());
        if is_pointed_at {
            drawn += &format!(
                "<rect class=\"s\" x=\"{}\" y=\"{top}\" width=\"{}\" height=\"{ROW}\" rx=\"4\"/>",
                MENU_LEFT + 4,
                MENU - 8
            );
        }
        let class = if is_pointed_at { "w" } else { class };
        drawn +=
            &format!("<text class=\"{class}\" x=\"{}\" y=\"{}\">{}</text>", MENU_LEFT + 14, top + 15, escaped(&text));
        top += ROW;
    }
    let height = top + 6 - PANEL - 2;
    let ground = format!(
        "<rect class=\"b\" x=\"{MENU_LEFT}\" y=\"{}\" width=\"{MENU}\" height=\"{height}\" rx=\"6\"/>",
        PANEL + 2
    );
    (ground + &drawn, places)
}

/// The pointer's way, its style first: at which moment it is how far below the top edge.
fn pointer(goes: &[(usize, usize)]) -> (String, String) {
    let mut frames = String::new();
    for (moment, y) in goes {
        let x = if *y == REST { ICON_LEFT + 16 } else { MENU_LEFT + 120 };
        frames += &format!("{}{{transform:translate({x}px,{y}px)}}", percent(*moment));
    }
    let last = ICON_LEFT + 16;
    let style = format!(
        ".c{{transform:translate({last}px,{REST}px);animation:c {}s ease-in-out infinite}}@keyframes c{{{frames}100%{{transform:translate({last}px,{REST}px)}}}}",
        seconds()
    );
    (style, "<path class=\"c\" d=\"M0 0v16l4-4 3 6 2-1-3-6h6z\"/>\n".to_owned())
}

/// Of the whole time.
fn percent(moment: usize) -> String {
    let hundredths = moment * 10_000 / WHOLE;
    format!("{}.{:02}%", hundredths / 100, hundredths % 100)
}

fn seconds() -> String {
    format!("{}.{}", WHOLE / 10, WHOLE % 10)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
