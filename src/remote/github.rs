//! GitHub's REST API.

mod answer;
mod api;
mod connection;
mod paths;
mod place;
mod reading;
mod seal;

pub use api::opener;
pub use reading::read_answer;
