//! `attachrate check`

use std::path::PathBuf;

use tracing::level_filters::LevelFilter;

use super::output;
use crate::error::{Error, Problems, Result};
use crate::telemetry::{self, Progress};
use crate::{config, run};

/// Checks everything that can be known without running: configuration, references, files and their headers.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The pipeline file (TOML).
    pipeline: PathBuf,
}

pub fn execute(arguments: &Arguments, level: LevelFilter) -> Result<()> {
    telemetry::init(level, None, &Progress::hidden())?;
    let plan = config::load(&arguments.pipeline)?;
    match (run::check_references(&plan), run::check(&plan)) {
        (Ok(()), Ok(text)) => output::print(&text),
        (Err(Error::Input(Problems(mut references))), Err(Error::Input(Problems(files)))) => {
            references.extend(files);
            Err(Error::Input(Problems(references).sorted()))
        }
        (Err(error), _) | (_, Err(error)) => Err(error),
    }
}
