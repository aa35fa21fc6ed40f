//! `attachrate verify`

use std::path::PathBuf;

use tracing::level_filters::LevelFilter;

use super::output;
use crate::error::Result;
use crate::run;
use crate::telemetry::{self, Progress};

/// Checks every file of a published run against its hash.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The run's folder.
    run: PathBuf,
}

pub fn execute(arguments: &Arguments, level: LevelFilter) -> Result<()> {
    telemetry::init(level, None, &Progress::hidden())?;
    output::print(&run::verify(&arguments.run)?)
}
