//! The readers of the program and the casts of its contract, built by themselves for fuzzing.

pub mod casts;
pub mod config;
pub mod drive;
#[path = "../../src/finding.rs"]
pub mod finding;
#[path = "../../src/io/readers/mod.rs"]
pub mod readers;
