//! Wick.
pub mod app;
pub mod cli;
pub mod config;
pub mod domain;
pub mod platform;
pub mod ports;
