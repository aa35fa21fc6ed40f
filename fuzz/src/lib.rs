//! The readers of the program, built by themselves for fuzzing.

pub mod drive;
#[path = "../../src/finding.rs"]
pub mod finding;
#[path = "../../src/io/readers/mod.rs"]
pub mod readers;
