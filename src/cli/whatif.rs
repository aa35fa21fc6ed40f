//! `attachrate whatif`

use std::path::PathBuf;
use std::thread::available_parallelism;

use tracing::level_filters::LevelFilter;

use super::output::{self, Format};
use crate::config::file::{CellDimension, MeasureName, Population, ServicesScope, WindowScope};
use crate::config::plan::Threshold;
use crate::config::policies::from_name;
use crate::error::Result;
use crate::publish::whatif;
use crate::run::{self, Changes};
use crate::telemetry::{self, Progress};

const EXAMPLES: &str = "\
Examples:
  attachrate whatif out/current --near 0.8
  attachrate whatif out/current --measure units --cells category,region --format csv > changes.csv
  attachrate whatif out/current --matching window_60 --without-exceptions --format json --all";

/// Judges the whole population under another policy, from the published tables of a run: counts and money by verdict, and who changes.
///
/// What is not given stays as in the run. The figures are those of a full run under that policy.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The run's folder.
    run: PathBuf,
    /// An index at or above this is `near`, e.g. 0.8.
    #[arg(long, value_parser = threshold, value_name = "INDEX")]
    near: Option<Threshold>,
    /// An index at or above this is `at`.
    #[arg(long, value_parser = threshold, value_name = "INDEX")]
    at: Option<Threshold>,
    /// Net hardware units below which a partner is not assessed.
    #[arg(long, value_name = "UNITS")]
    min_hardware_units: Option<u32>,
    /// Net hardware money below which a partner is not assessed, in whole units of the reporting currency.
    #[arg(long, value_name = "AMOUNT")]
    min_hardware_amount: Option<u32>,
    /// The measure that decides: revenue or units.
    #[arg(long, value_parser = from_name::<MeasureName>)]
    measure: Option<MeasureName>,
    /// Who forms the benchmark: program or all.
    #[arg(long, value_parser = from_name::<Population>)]
    population: Option<Population>,
    /// The services that count: attached or all.
    #[arg(long, value_parser = from_name::<ServicesScope>)]
    services: Option<ServicesScope>,
    /// The hardware that counts: all, or only that whose window is closed.
    #[arg(long, value_parser = from_name::<WindowScope>)]
    windows: Option<WindowScope>,
    /// Dimensions of the benchmark's cells: category with any of country, region, segment, price_band, maturity.
    #[arg(long, value_parser = from_name::<CellDimension>, value_delimiter = ',', value_name = "DIMENSION,...")]
    cells: Option<Vec<CellDimension>>,
    /// A cell with fewer contributors takes the rate of the next level up.
    #[arg(long, value_name = "PARTNERS", value_parser = clap::value_parser!(u32).range(1..))]
    min_partners: Option<u32>,
    /// Another way of matching that the run holds: serial_invoice, window_60 and the like.
    #[arg(long, value_name = "CODE")]
    matching: Option<String>,
    /// Count the lines that approved exceptions take out.
    #[arg(long)]
    without_exceptions: bool,
    /// How the answer is written; csv lists the partners alone.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// List every partner in csv and json, not only those whose verdict changes.
    #[arg(long)]
    all: bool,
}

pub fn execute(arguments: &Arguments, level: LevelFilter) -> Result<()> {
    telemetry::init(level, None, &Progress::hidden())?;
    let threads = available_parallelism().map_or(1, usize::from);
    let answer = run::whatif(&arguments.run, &arguments.changes(), threads)?;
    output::print(&match arguments.format {
        Format::Text => whatif::text(&answer),
        Format::Csv => whatif::csv(&answer, arguments.all)?,
        Format::Json => whatif::json(&answer, arguments.all)?,
    })
}

impl Arguments {
    fn changes(&self) -> Changes {
        Changes {
            near: self.near.clone(),
            at: self.at.clone(),
            min_hardware_units: self.min_hardware_units,
            min_hardware_amount: self.min_hardware_amount,
            measure: self.measure,
            population: self.population,
            services: self.services,
            windows: self.windows,
            cells: self.cells.clone(),
            min_partners: self.min_partners,
            matching: self.matching.clone(),
            without_exceptions: self.without_exceptions,
        }
    }
}

fn threshold(text: &str) -> std::result::Result<Threshold, String> {
    Threshold::parse(text).ok_or_else(|| "an index has at most three digits before and four after the point, e.g. 0.8".to_owned())
}
