//! `attachrate reconcile`

use std::path::PathBuf;

use tracing::level_filters::LevelFilter;

use super::output::{self, Format};
use crate::error::Result;
use crate::publish::reconcile;
use crate::run;
use crate::telemetry::{self, Progress};

const EXAMPLES: &str = "\
Examples:
  attachrate reconcile out/current P0042 their_list.csv
  attachrate reconcile out/current P0042 their_list.csv --propose proposals.csv --format csv > differences.csv";

/// Compares a partner's own list of sales with a run: what both have, what one of them lacks, and what differs.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The run's folder.
    run: PathBuf,
    /// The partner's id.
    partner: String,
    /// The partner's list, in the layout of the run's cases/<partner>.csv.
    list: PathBuf,
    /// Write the differences as rows of the adjustments table, not approved, to this file.
    #[arg(long, value_name = "FILE")]
    propose: Option<PathBuf>,
    /// How the answer is written.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub fn execute(arguments: &Arguments, level: LevelFilter) -> Result<()> {
    telemetry::init(level, None, &Progress::hidden())?;
    let answer = run::reconcile(&arguments.run, &arguments.partner, &arguments.list, arguments.propose.as_deref())?;
    output::print(&match arguments.format {
        Format::Text => reconcile::text(&answer),
        Format::Csv => reconcile::csv(&answer)?,
        Format::Json => reconcile::json(&answer)?,
    })
}
