//! What a command answers, as text for people and as JSON for programs: states and causes from the rules, in words.

pub mod alert;
pub mod answer;
pub mod change;
pub mod clocks;
pub mod doctor;
pub mod found;
pub mod refresh;
pub mod rotate;
pub mod rows;
pub mod status;
pub mod sync;
pub mod targets;
