//! What holds of every clock, not of the examples alone.

use jiff::SignedDuration;
use proptest::prelude::*;

use super::{EpochMillis, after, backed_off, believable, next_change, short};
use crate::domain::properties::{cases, now};

const DAY: i64 = 24 * 3_600_000;

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn what_is_shown_stays_until_the_next_change_and_no_longer(
        left in prop_oneof![1..2 * DAY, 1..900 * DAY], share in any::<prop::sample::Index>(),
    ) {
        let (start, end) = (now(), EpochMillis(now().as_millisecond() + left));
        let then = next_change(end, start).expect("the end lies ahead");
        prop_assert!(then > start);
        let wait = usize::try_from(then.as_millisecond() - start.as_millisecond()).expect("it lies ahead");
        let between = start + SignedDuration::from_millis(share.index(wait).try_into().expect("less than the wait"));
        prop_assert_eq!(short(end.time_left(between)), short(end.time_left(start)));
        let last = end.time_left(then);
        prop_assert!(last.is_zero() || short(last) != short(end.time_left(start)));
    }

    #[test]
    fn less_is_never_shown_as_more(left in prop_oneof![0..3 * DAY, 0..1200 * DAY], less in 0..DAY) {
        let minutes = |text: String| -> i64 {
            let part = |part: &str| {
                let number: i64 = part.trim_matches(|letter: char| !letter.is_ascii_digit()).parse().expect("a number");
                let unit = match part.chars().last() {
                    Some('d') => 24 * 60,
                    Some('h') => 60,
                    _ => 1,
                };
                let beyond = i64::from(part.starts_with('>')) - i64::from(part.starts_with('<'));
                number * unit + beyond
            };
            text.split(' ').map(part).sum()
        };
        let shown = |millis: i64| minutes(short(SignedDuration::from_millis(millis)));
        prop_assert!(shown(left) >= shown(left - less));
        let half = if left < DAY { 1 } else if left < 2 * DAY { 30 } else { 12 * 60 };
        prop_assert!(left > 999 * DAY || (shown(left) - left / 60_000).abs() <= half, "not the nearest");
    }

    #[test]
    fn each_wait_is_as_long_as_the_one_before_or_longer(
        failures in prop_oneof![0..20u32, any::<u32>()], first in 1..4000i64, longest in 1..90_000i64,
    ) {
        let (first, longest) = (SignedDuration::from_secs(first), SignedDuration::from_secs(longest));
        let wait = |failures| backed_off(first, failures, longest);
        prop_assert!(wait(failures) <= longest && wait(failures) >= first.min(longest));
        prop_assert!(wait(failures.saturating_add(1)) >= wait(failures));
    }

    #[test]
    fn a_wait_that_was_set_now_is_believed_and_none_lies_behind(moment in any::<i64>(), span in 0..i64::MAX) {
        let span = SignedDuration::from_millis(span);
        let until = after(now(), span);
        prop_assert!(until >= now());
        prop_assert_eq!(believable(until, now(), span), Some(until));
        // A moment of no calendar has a time left all the same.
        let left = EpochMillis(moment).time_left(now());
        prop_assert_eq!(left.is_positive(), moment > now().as_millisecond());
    }
}
