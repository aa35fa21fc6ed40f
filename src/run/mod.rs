//! The whole job over files and partner parts: what is read, in which order, what is kept for the next run, and when nothing is published.

mod attach_parts;
mod check;
mod classes;
mod describe;
mod execute;
mod extract_files;
mod gates;
mod inputs;
mod keys;
mod manifest;
mod part_lines;
mod publish;
mod serial_pass;
mod settle_parts;
mod site;
mod small_tables;
mod verify;
mod workers;

pub use check::check;
pub use describe::describe_plan;
pub use execute::{RunSummary, execute};
pub use verify::verify;

use crate::telemetry::Progress;
use std::path::PathBuf;

/// Name of the report that a stage leaves in its unit.
const REPORT: &str = "report.json";

/// How a run is done; none of it changes what is published.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// Folder of published runs, cached work and logs.
    pub out: PathBuf,
    /// Threads.
    pub threads: usize,
    /// Memory to stay within.
    pub memory_bytes: u64,
    /// Where progress is shown.
    pub progress: Progress,
}

impl RunOptions {
    /// Rows that a stage with `writers` open scattering writers may hold in each of them.
    fn scatter_rows(&self) -> usize {
        /// Bytes that a held row takes with its builder's slack.
        const HELD_ROW_BYTES: u64 = 400;
        (self.memory_bytes / (HELD_ROW_BYTES * 8 * self.threads as u64)).clamp(4_096, 131_072) as usize
    }

    /// Lines that one worker may hold at a time in the settle and attach stages.
    fn group_lines(&self) -> u64 {
        /// Bytes that a line takes while a part is sorted: its columns twice and its sort key.
        const SORTED_LINE_BYTES: u64 = 500;
        (self.memory_bytes / (2 * SORTED_LINE_BYTES * self.threads as u64)).max(10_000)
    }
}
