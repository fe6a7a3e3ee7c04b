//! What is said before an end, at it and after it.

use jiff::SignedDuration;

use wick::domain::alert::{Alert, Clock};
use wick::domain::credential::{LOGIN_UNCERTAINTY, Overruling};
use wick::domain::time::EpochMillis;
use wick::words::{credential, notices};

use super::{Page, every, now, seconds};

pub(super) fn of_alerts(page: &mut Page) {
    let clocks = every!(
        Clock::Access => [Clock::Access],
        Clock::Login => [Clock::Login],
        Clock::CiToken => [Clock::CiToken],
    );
    let day = SignedDuration::from_hours(24);
    let lefts = [("before", 3 * day), ("at", SignedDuration::ZERO), ("a day after", -day)];
    page.title("alerts");
    let mut say = |cause: &str, clock, left: SignedDuration, is_over, then: &str| {
        let deadline = EpochMillis((now().timestamp() + left).as_millisecond());
        let (summary, body) = notices::alert(&Alert { clock, deadline, left }, is_over, then, &now());
        page.0.push_str(&format!("{cause}\n    {summary} | {body}\n"));
    };
    let then = credential::at_the_end(None, 2, false);
    for clock in clocks {
        for (when, left) in lefts {
            say(&format!("{clock:?}, {when} its end"), clock, left, false, &then);
        }
    }
    say("Login, after its latest end", Clock::Login, -LOGIN_UNCERTAINTY - seconds(1), true, &then);
    for (when, left) in lefts {
        say(&format!("Access, {when} its end, the sign-in has expired"), Clock::Access, left, true, &then);
    }
    let key = Overruling::in_environment(|name| name == "ANTHROPIC_API_KEY").next();
    let then = credential::at_the_end(key.as_ref(), 0, false);
    say("Login, before its end, where an API key takes over", Clock::Login, day, false, &then);
}
