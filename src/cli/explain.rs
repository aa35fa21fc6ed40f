//! `attachrate explain`

use std::path::PathBuf;

use tracing::level_filters::LevelFilter;

use super::output;
use crate::error::Result;
use crate::run;
use crate::telemetry::{self, Progress};

/// Works a partner's index out step by step, from the published tables of a run.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The run's folder.
    run: PathBuf,
    /// The partner's id.
    partner: String,
}

pub fn execute(arguments: &Arguments, level: LevelFilter) -> Result<()> {
    telemetry::init(level, None, &Progress::hidden())?;
    output::print(&run::explain(&arguments.run, &arguments.partner)?)
}
