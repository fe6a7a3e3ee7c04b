//! The server that gives new tokens. A refresh token works once, whether or not its answer arrives.

use std::time::Duration;

use jiff::SignedDuration;

use wick::domain::network::NetworkError;
use wick::domain::refresh::{Answer, Failure};
use wick::domain::secret::Secret;
use wick::ports::{Connection, TokenEndpoint, lock};

use super::super::credential::SENTINEL;
use super::process::{Point, Process};
use super::world::{Shared, World};

/// What the server knows of sign-ins; the last one is the user's.
pub struct Server {
    pub families: Vec<Family>,
    /// Whether a token that is used twice ends its whole family.
    ends_what_is_used_twice: bool,
    /// Sent, and not answered yet: by which process.
    in_flight: Option<u64>,
    /// Who has an answer in memory only, and which refresh token.
    pub held: Option<(u64, String)>,
    count: u32,
}

/// One sign-in and what came of it.
pub struct Family {
    pub account: u32,
    /// The one refresh token that works.
    pub newest: String,
    /// Why it works no longer, where that is not Wick's doing.
    pub ended: Option<&'static str>,
    used: Vec<Used>,
}

/// A refresh token that Wick has sent.
struct Used {
    token: String,
    /// Whether it may have been spent, as far as Wick can know.
    may_be_spent: bool,
}

/// What comes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mood {
    Grants,
    GrantsLate,
    GrantsWithoutAnEnd,
    GrantsForAMoment,
    GrantsTheSame,
    /// The token is spent, and the answer is lost, or no answer.
    SpendsSilently,
    SpendsAndTalksNonsense,
    SpendsAndFails,
    SaysNothing,
    Fails,
    IsBusy,
}

const FAULTS: [Mood; 10] = [
    Mood::GrantsLate,
    Mood::GrantsWithoutAnEnd,
    Mood::GrantsForAMoment,
    Mood::GrantsTheSame,
    Mood::SpendsSilently,
    Mood::SpendsAndTalksNonsense,
    Mood::SpendsAndFails,
    Mood::SaysNothing,
    Mood::Fails,
    Mood::IsBusy,
];

impl Server {
    pub fn new(ends_what_is_used_twice: bool) -> Self {
        Self { families: Vec::new(), ends_what_is_used_twice, in_flight: None, held: None, count: 0 }
    }

    /// The sign-in that the user has now.
    pub fn latest(&self) -> &Family {
        self.families.last().expect("every run begins with a sign-in")
    }

    pub fn latest_mut(&mut self) -> &mut Family {
        self.families.last_mut().expect("every run begins with a sign-in")
    }

    fn token(&mut self, kind: char) -> String {
        self.count += 1;
        format!("{SENTINEL}-{kind}{}", self.count)
    }

    /// A new sign-in of this account: its access token and its refresh token.
    pub fn sign_in(&mut self, account: u32) -> (String, String) {
        let (access, newest) = (self.token('a'), self.token('r'));
        self.families.push(Family { account, newest: newest.clone(), ended: None, used: Vec::new() });
        (access, newest)
    }

    /// Spends this token for new ones, if it still works.
    pub fn spend(&mut self, token: &str) -> Option<(String, String)> {
        let (access, next) = (self.token('a'), self.token('r'));
        let ends = self.ends_what_is_used_twice;
        let family = self.families.iter_mut().find(|family| family.newest == token && family.ended.is_none());
        let Some(family) = family else {
            let user = self.latest_mut();
            if ends && user.used.iter().any(|used| used.token == token) && user.ended.is_none() {
                user.ended = Some("a token was used twice");
            }
            return None;
        };
        family.newest.clone_from(&next);
        Some((access, next))
    }
}

pub struct ModelEndpoint(pub Process);

impl TokenEndpoint for ModelEndpoint {
    fn connect(&self, _url: &str, body: &Secret) -> Result<Box<dyn Connection>, Failure> {
        self.0.step("connect");
        let mut world = lock(&self.0.world);
        let faults = 4 * world.weather.server_faults;
        if world.weather.is_offline || world.once_in(faults) {
            return Err(Failure::Offline(NetworkError::System("no way there".to_owned())));
        }
        Ok(Box::new(Connected(self.0.clone(), token_of(body.expose()))))
    }
}

struct Connected(Process, String);

impl Connection for Connected {
    fn send(self: Box<Self>) -> Result<Answer, Failure> {
        let Self(process, token) = *self;
        process.step("post");
        let mood = begin(&process, &token);
        if mood == Mood::GrantsLate {
            process.pause(Point::For(Duration::from_secs(12)));
        }
        let answer = answer(&process, &token, mood);
        if mood == Mood::SpendsSilently || mood == Mood::SaysNothing {
            process.pause(Point::For(Duration::from_secs(15)));
        }
        process.step("answered");
        lock(&process.world).server.in_flight = None;
        answer
    }
}

fn token_of(body: &str) -> String {
    let body: serde_json::Value = serde_json::from_str(body).expect("the request is JSON");
    body["refresh_token"].as_str().expect("there is a refresh token").to_owned()
}

fn begin(process: &Process, token: &str) -> Mood {
    let mut world = lock(&process.world);
    if let Some(other) = world.server.in_flight.replace(process.id)
        && world.shown.is_alive(other)
    {
        world.must_not_be("two refreshes of Wick's are sent at once");
    }
    judge(&mut world, token);
    if world.weather.is_offline {
        // The way was lost since the connection was made.
        return Mood::SaysNothing;
    }
    let is_faulty = world.weather.server_faults;
    if world.once_in(is_faulty) { FAULTS[world.chance.usize(..FAULTS.len())] } else { Mood::Grants }
}

/// What may be spent is not sent again by itself while the access token lives.
fn judge(world: &mut World, token: &str) {
    let lives = world.disk.access_lives(world.time.wall());
    let asked = world.shown.was_a_refresh_asked_for(world.time.truly());
    let family = world.server.latest();
    let spent = family.used.iter().any(|used| used.token == token && used.may_be_spent);
    // A clock that was set meanwhile makes one live again that had ended.
    if spent && lives && !asked && world.time.was_right_for(SignedDuration::from_hours(1)) {
        world.must_not_be(format!("{token} may be spent, and is sent again by itself while the access token lives"));
    }
}

fn answer(process: &Process, token: &str, mood: Mood) -> Result<Answer, Failure> {
    let mut world = lock(&process.world);
    world.note("post", format!("by {} of {token}: {mood:?}", process.id));
    let is_untouched = matches!(mood, Mood::Fails | Mood::IsBusy | Mood::SaysNothing);
    let granted = match mood {
        _ if is_untouched => None,
        Mood::GrantsTheSame => {
            let access = world.server.token('a');
            // Whoever gets an answer for it knows that it works.
            world.server.latest_mut().used.retain(|used| used.token != token);
            (world.server.latest().newest == token).then(|| (access, token.to_owned()))
        }
        _ => world.server.spend(token),
    };
    let may_be_spent = matches!(mood, Mood::SpendsSilently | Mood::SpendsAndTalksNonsense | Mood::SaysNothing);
    world.server.latest_mut().used.push(Used { token: token.to_owned(), may_be_spent });
    match mood {
        Mood::SpendsSilently | Mood::SaysNothing => return Err(Failure::NoAnswer(NetworkError::TimedOut)),
        Mood::SpendsAndTalksNonsense => return Ok(said(200, "<html>")),
        Mood::Fails => return Ok(said(500, "")),
        Mood::SpendsAndFails => return Ok(said(502, "")),
        Mood::IsBusy => return Ok(Answer { retry_after: Some("600".to_owned()), ..said(429, "") }),
        _ => {}
    }
    let Some((access, refresh)) = granted else { return Ok(said(400, r#"{"error":"invalid_grant"}"#)) };
    world.server.held = Some((process.id, refresh.clone()));
    let refresh = if mood == Mood::GrantsTheSame { String::new() } else { refresh };
    let end = match mood {
        Mood::GrantsWithoutAnEnd => String::new(),
        Mood::GrantsForAMoment => r#","expires_in":30"#.to_owned(),
        _ => r#","expires_in":28800"#.to_owned(),
    };
    Ok(said(200, &format!(r#"{{"access_token":"{access}","refresh_token":"{refresh}"{end}}}"#)))
}

fn said(status: u16, body: &str) -> Answer {
    Answer { status, retry_after: None, body: Some(Secret::from(body.to_owned())) }
}

/// A process has no answer in memory any more: what it had is on the disk, or lost.
pub fn let_go(world: &Shared, process: u64) {
    let server = &mut lock(world).server;
    server.held.take_if(|(holder, _)| *holder == process);
    server.in_flight.take_if(|holder| *holder == process);
}
