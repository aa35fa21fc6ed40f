//! The readers of the program and the casts of its contract, built by themselves for fuzzing.

pub mod casts;
pub mod config;
pub mod drive;
#[path = "../../src/finding.rs"]
pub mod finding;
#[path = "../../src/io/readers/mod.rs"]
pub mod readers;

use std::panic::{self, AssertUnwindSafe};
use std::process;

/// Reads bytes as the process of its own does that reads workbooks and Parquet: there a panic of a library is a refusal of the file. One of the readers
/// themselves ends the run.
pub fn run_past_library_panics(target: &str, bytes: &[u8]) {
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|panicked| {
        if panicked.location().is_some_and(|place| place.file().contains("src/io/readers")) {
            eprintln!("{panicked}");
            process::abort();
        }
    }));
    let _ = panic::catch_unwind(AssertUnwindSafe(|| drive::run(target, bytes)));
    panic::set_hook(hook);
}
