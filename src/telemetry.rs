//! What a running command tells about itself: log records and progress. Never results, never values of records.

mod progress;

use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

pub use progress::{Progress, Stage};

use crate::error::{Error, Result};

/// The log file of a pipeline's runs: `<out>/logs/<name of the pipeline file>.jsonl`.
pub fn log_file(out: &Path, pipeline: &Path) -> PathBuf {
    let name = pipeline.file_stem().unwrap_or_default().to_string_lossy();
    out.join("logs").join(format!("{name}.jsonl"))
}

/// Starts logging for the process: to standard error in words from `level` on, and to a file, where one is given, as JSON lines from `info`
/// on. The file is appended to, so that the log of a failed run survives the next one.
pub fn init(level: LevelFilter, file: Option<&Path>, progress: &Progress) -> Result<()> {
    let own = |level: LevelFilter| Targets::new().with_target("attachrate", level);
    let progress = progress.clone();
    let terminal = fmt::layer()
        .with_writer(move || progress.clone())
        .with_ansi(false)
        .without_time()
        .with_target(false)
        .with_filter(own(level));
    let file = match file {
        Some(path) => {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
            }
            let file = OpenOptions::new().create(true).append(true).open(path).map_err(Error::io("open", path))?;
            Some(fmt::layer().json().with_writer(Mutex::new(file)).with_filter(own(LevelFilter::INFO)))
        }
        None => None,
    };
    let registry = tracing_subscriber::registry().with(terminal).with(file);
    registry.try_init().map_err(|error| Error::Internal(format!("logging is started twice: {error}")))
}

/// Log records on standard error stand above the progress bars.
impl io::Write for Progress {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.above_bars(|| io::stderr().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
