//! `attachrate plan`

use std::path::PathBuf;

use tracing::level_filters::LevelFilter;

use super::output;
use crate::error::Result;
use crate::telemetry::{self, Progress};
use crate::{config, run};

/// Tells which files and stages would run again, and why.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The pipeline file (TOML).
    pipeline: PathBuf,
    /// Folder for published runs, cached work and logs.
    #[arg(long, default_value = "out")]
    out: PathBuf,
}

pub fn execute(arguments: &Arguments, level: LevelFilter) -> Result<()> {
    telemetry::init(level, None, &Progress::hidden())?;
    let plan = config::load(&arguments.pipeline)?;
    output::print(&run::describe_plan(&plan, &arguments.out)?)
}
