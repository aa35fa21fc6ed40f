//! `attachrate diff`

use std::path::PathBuf;
use std::thread::available_parallelism;

use tracing::level_filters::LevelFilter;

use super::output::{self, Format};
use crate::error::Result;
use crate::publish::diff;
use crate::run::{self, DiffOptions};
use crate::telemetry::{self, Progress};

const EXAMPLES: &str = "\
Examples:
  attachrate diff out/2026-11-05-60c63a10c8d0 out/current
  attachrate diff out/2026-11-05-60c63a10c8d0 out/current --all --format csv > moves.csv";

/// Tells whose verdict changed since an earlier run, and what moved each: own services, own hardware, market rates or rules, and the rows behind it.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The earlier run's folder.
    earlier: PathBuf,
    /// The later run's folder.
    later: PathBuf,
    /// How the answer is written; csv lists the partners alone.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// List every partner, not only those whose verdict changed.
    #[arg(long)]
    all: bool,
    /// Rows listed for each partner: those with the largest effect.
    #[arg(long, default_value_t = 3)]
    rows: usize,
}

pub fn execute(arguments: &Arguments, level: LevelFilter) -> Result<()> {
    telemetry::init(level, None, &Progress::hidden())?;
    let threads = available_parallelism().map_or(1, usize::from);
    let options = DiffOptions { with_all: arguments.all, rows: arguments.rows, threads };
    let answer = run::diff(&arguments.earlier, &arguments.later, options)?;
    output::print(&match arguments.format {
        Format::Text => diff::text(&answer),
        Format::Csv => diff::csv(&answer)?,
        Format::Json => diff::json(&answer)?,
    })
}
