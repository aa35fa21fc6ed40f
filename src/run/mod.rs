//! The whole job over files and partner parts: what is read, in which order, what is kept for the next run, and when nothing is published.

mod adjust_lines;
mod attach_outputs;
mod attach_parts;
pub mod calendar;
mod calibrate;
mod case_files;
mod case_model;
mod cases;
mod cell_rows;
mod check;
mod classes;
mod collect_parts;
mod contradictions;
mod control;
mod describe;
mod diff;
mod directory;
mod earlier_outreach;
mod execute;
mod explain;
mod extract_blocks;
mod extract_files;
mod extract_report;
mod extract_rows;
mod extract_unit;
mod funnel;
mod gates;
mod index_tables;
mod inputs;
mod keys;
mod manifest;
mod memory;
mod open_data;
mod open_windows;
mod outreach;
mod part_lines;
mod part_merge;
mod publish;
mod published_lines;
mod readings;
mod reconcile;
mod repeats;
mod reviewed;
mod serial_pairs;
mod serial_pass;
mod settle_parts;
mod site;
mod site_judgement;
mod small_tables;
mod sniff;
mod trace;
mod uncertainty;
mod verify;
mod whatif;
mod workers;
mod worklists;

pub use calibrate::calibrate;
pub use check::{check, check_references};
pub use describe::describe_plan;
pub use diff::{DiffOptions, diff};
pub use execute::{RunSummary, execute};
pub use explain::explain;
pub use reconcile::{ReconcileOptions, reconcile};
pub use sniff::sniff_file;
pub use trace::{TraceOptions, trace};
pub use verify::verify;
pub use whatif::{Changes, whatif};

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

    /// Records of a file that are typed at a time.
    fn block_records(&self) -> usize {
        self.scatter_rows() / 2
    }

    /// What groups of lines may take of the memory together; the rest is for writers, scattered rows and the allocator.
    fn line_bytes(&self) -> u64 {
        self.memory_bytes / 2
    }

    /// Lines that are loaded at a time in the settle and attach stages.
    fn group_lines(&self) -> u64 {
        (self.line_bytes() / LINE_BYTES).max(10_000)
    }
}

/// Bytes that a line takes while a group is sorted or attached, with slack: its columns, its sort key, its outcome.
const LINE_BYTES: u64 = 600;
