//! GitHub's REST API.

mod answer;
mod api;
mod connection;
mod paths;
mod place;
mod seal;

pub use api::opener;
