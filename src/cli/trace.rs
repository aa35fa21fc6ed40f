//! `attachrate trace`

use std::path::PathBuf;
use std::thread::available_parallelism;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use tracing::level_filters::LevelFilter;

use super::output::{self, Format};
use crate::error::{Error, Problem, Problems, Result};
use crate::publish::trace::{self, FileState, Trace, TraceTable};
use crate::run::{self, TraceOptions};
use crate::telemetry::{self, Progress};

const EXAMPLES: &str = "\
Examples:
  attachrate trace out/current P0042 --category NOTEBOOK
  attachrate trace out/current P0042 --table audit_quarantine --format json
  attachrate trace out/current P0042 --data /archive/december --file orders_202602_v1.tsv --raw > records.txt";

/// Shows the records behind a partner's figures, as they stand in the raw files.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The run's folder.
    run: PathBuf,
    /// The partner's id.
    partner: String,
    /// Only what belongs to this category; capitals do not matter.
    #[arg(long, value_name = "CODE")]
    category: Option<String>,
    /// The table whose rows are traced.
    #[arg(long, default_value = "fact_sale_line", value_parser = table())]
    table: TraceTable,
    /// Only what stands in this raw file: its path as the answer shows it, or the end of it.
    #[arg(long, value_name = "PATH")]
    file: Option<String>,
    /// Show this many records at most, and say how many there are.
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    limit: usize,
    /// Where the raw files are: the pipeline file's folder, or any folder that holds them under the same names.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Compare the raw files with the run by their sizes alone, not by their hashes.
    #[arg(long)]
    quick: bool,
    /// How the answer is written.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Write the records' bytes as they are stored, and nothing else. All must be stored in one encoding.
    #[arg(long, conflicts_with = "format")]
    raw: bool,
}

fn table() -> impl TypedValueParser<Value = TraceTable> {
    let of_name = |name: String| TraceTable::ALL.into_iter().find(|table| table.name() == name).unwrap_or(TraceTable::SaleLine);
    PossibleValuesParser::new(TraceTable::ALL.map(TraceTable::name)).map(of_name)
}

pub fn execute(arguments: &Arguments, level: LevelFilter) -> Result<()> {
    telemetry::init(level, None, &Progress::hidden())?;
    let options = TraceOptions {
        table: arguments.table,
        category: arguments.category.clone(),
        file: arguments.file.clone(),
        limit: arguments.limit,
        data: arguments.data.clone(),
        is_quick: arguments.quick,
        threads: available_parallelism().map_or(1, usize::from),
    };
    let traced = run::trace(&arguments.run, &arguments.partner, &options)?;
    if arguments.raw {
        output::write(&trace::raw(&traced)?)?;
    } else {
        output::print(&match arguments.format {
            Format::Text => trace::text(&traced),
            Format::Csv => trace::csv(&traced)?,
            Format::Json => trace::json(&traced)?,
        })?;
    }
    if traced.left_out() > 0 && (arguments.raw || arguments.format == Format::Csv) {
        tracing::warn!(
            shown = traced.records.len(),
            records = traced.total,
            "records are left out: `--limit` says how many are shown"
        );
    }
    missing(&traced).into_result(Error::Input)
}

/// The files whose records could not be shown: the answer is there, and a script is told that it is not whole.
fn missing(traced: &Trace) -> Problems {
    let problem = |file: &trace::TracedFile| match file.state {
        FileState::Gone => {
            let hint = "`--data` names the folder of the pipeline file, or one that holds the raw files";
            Some(Problem::new(&file.path, "the raw file is gone").with_hint(hint))
        }
        FileState::Changed => {
            let message = format!("the raw file has changed since the run, which read sha256 {}", file.sha256);
            Some(Problem::new(&file.path, message).with_hint("restore it from a copy, and name its folder in `--data`"))
        }
        FileState::Unchanged | FileState::SameSize => None,
    };
    Problems(traced.files.iter().filter_map(problem).collect())
}
