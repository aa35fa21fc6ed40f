//! `attachrate run`

use std::num::NonZeroUsize;
use std::path::PathBuf;

use tracing::level_filters::LevelFilter;

use super::{memory, output};
use crate::error::{Error, Result};
use crate::run::RunOptions;
use crate::telemetry::{self, Progress};
use crate::{config, run};

/// Runs a pipeline and publishes its results.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The pipeline file (TOML).
    pipeline: PathBuf,
    /// Folder for published runs, cached work and logs.
    #[arg(long, default_value = "out")]
    out: PathBuf,
    /// Number of threads [default: all cores].
    #[arg(long)]
    threads: Option<NonZeroUsize>,
    /// Memory to stay within, with a binary unit.
    #[arg(long, default_value = "2GiB", value_parser = memory::parse)]
    memory: u64,
}

pub fn execute(arguments: &Arguments, level: LevelFilter) -> Result<()> {
    let plan = config::load(&arguments.pipeline)?;
    let progress = Progress::to_stderr();
    telemetry::init(level, Some(&telemetry::log_file(&arguments.out, &arguments.pipeline)), &progress)?;
    let threads = arguments.threads.or_else(|| std::thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get);
    // Sorting within a stage takes no more threads than its stages.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
    pool.map_err(|error| Error::Internal(format!("cannot start {threads} threads: {error}")))?;
    let options = RunOptions { out: arguments.out.clone(), threads, memory_bytes: arguments.memory, progress };
    let summary =
        run::execute(&plan, &options).inspect_err(|error| tracing::error!(exit_code = error.exit_code(), "the run failed"))?;
    output::print(&summary.to_string())
}
