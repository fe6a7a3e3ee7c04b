//! The README's animation is made of today's demo and of what Wick shows today.

use std::fs;

#[path = "../../examples/demo/animation.rs"]
mod animation;
#[expect(dead_code, reason = "the animation shows the demo's first scene alone")]
#[path = "../../examples/demo/said.rs"]
mod said;

#[test]
fn the_animation_is_that_of_todays_demo_and_fits_a_page() {
    let stored = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/resources/demo.svg")).unwrap();
    assert!(stored == animation::svg(), "make it anew: cargo run --example demo -- --svg resources/demo.svg");
    assert!(stored.len() < 60_000, "{}", stored.len());
    assert!(stored.contains("prefers-color-scheme:dark") && stored.contains("prefers-reduced-motion:reduce"));
    // GitHub shows neither scripts nor what lies elsewhere.
    assert!(!stored.contains("<script") && !stored.contains("href") && !stored.contains("url("));
}
