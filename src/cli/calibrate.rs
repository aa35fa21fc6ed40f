//! `attachrate calibrate`

use std::path::PathBuf;

use clap::ValueEnum;
use tracing::level_filters::LevelFilter;

use super::output;
use crate::error::Result;
use crate::run;
use crate::telemetry::{self, Progress};

/// Says how often the policy calls a partner wrongly, by simulation on the run's own mix and orders.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The run's folder.
    run: PathBuf,
    /// Simulated partners in each size class.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    replications: u32,
    /// Seed of all randomness: the same seed gives the same figures.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How the figures are written.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// A table with its reading.
    Text,
    /// Counts of simulated partners, one row per size class.
    Csv,
    /// The same with what was simulated.
    Json,
}

pub fn execute(arguments: &Arguments, level: LevelFilter) -> Result<()> {
    telemetry::init(level, None, &Progress::hidden())?;
    let calibration = run::calibrate(&arguments.run, arguments.replications, arguments.seed)?;
    output::print(&match arguments.format {
        Format::Text => calibration.text(),
        Format::Csv => calibration.csv()?,
        Format::Json => calibration.json(),
    })
}
