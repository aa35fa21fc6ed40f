//! `attachrate reconcile`

use std::path::PathBuf;

use tracing::level_filters::LevelFilter;

use super::memory;
use super::output::{self, Format};
use crate::config;
use crate::error::Result;
use crate::publish::reconcile;
use crate::run::{self, ReconcileOptions, RunOptions};
use crate::telemetry::{self, Progress};

const EXAMPLES: &str = "\
Examples:
  attachrate reconcile out/current P0042 their_list.csv
  attachrate reconcile out/current P0042 their_list.csv --propose proposals.csv --format csv > differences.csv
  attachrate reconcile out/current P0042 their_list.xlsx --feed their_list.toml
  attachrate reconcile out/current P0042 their_list.csv --effect pipelines/december.toml";

/// Compares a partner's own list of sales with a run: what both have, what one of them lacks, and what differs.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The run's folder.
    run: PathBuf,
    /// The partner's id.
    partner: String,
    /// The partner's list, in the layout of the run's cases/<partner>.csv, or as `--feed` declares it.
    list: PathBuf,
    /// A file with one [[feed]] section, as in a pipeline file, that says how the list is written.
    #[arg(long, value_name = "DECLARATION")]
    feed: Option<PathBuf>,
    /// Write the differences as rows of the adjustments table, not approved, to this file.
    #[arg(long, value_name = "FILE")]
    propose: Option<PathBuf>,
    /// The run's pipeline file: run it again with the differences applied, and tell what becomes of the index.
    #[arg(long, value_name = "PIPELINE")]
    effect: Option<PathBuf>,
    /// With `--effect`: tell the effect of each difference by itself too, which takes a run for each.
    #[arg(long, requires = "effect")]
    each: bool,
    /// With `--effect`: the folder of runs and cached work.
    #[arg(long, default_value = "out", requires = "effect")]
    out: PathBuf,
    /// With `--effect`: memory to stay within, with a binary unit.
    #[arg(long, default_value = "2GiB", value_parser = memory::parse, requires = "effect")]
    memory: u64,
    /// How the answer is written.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub fn execute(arguments: &Arguments, level: LevelFilter) -> Result<()> {
    telemetry::init(level, None, &Progress::hidden())?;
    let plan = arguments.effect.as_deref().map(config::load).transpose()?;
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let run_options =
        RunOptions { out: arguments.out.clone(), threads, memory_bytes: arguments.memory, progress: Progress::hidden() };
    let declaration = arguments.feed.as_deref().map(config::load_list).transpose()?;
    let options = ReconcileOptions {
        declaration: declaration.as_ref(),
        propose: arguments.propose.as_deref(),
        trial: plan.as_ref().map(|plan| (plan, &run_options)),
        with_each: arguments.each,
    };
    let answer = run::reconcile(&arguments.run, &arguments.partner, &arguments.list, &options)?;
    output::print(&match arguments.format {
        Format::Text => reconcile::text(&answer),
        Format::Csv => reconcile::csv(&answer)?,
        Format::Json => reconcile::json(&answer)?,
    })
}
