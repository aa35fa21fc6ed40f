//! `attachrate generate`: a synthetic market with a known truth.
//!
//! Writes the raw feeds of two drops in their senders' layouts, the reference tables that go with them, and the truth: which service
//! unit belongs to which hardware unit, what was returned, and how readily each partner attaches. The pipeline never reads the truth.
//!
//! Records stream: memory grows with partners and SKUs, not with lines. The same options give the same bytes.

mod calendar;
mod catalog;
mod categories;
mod defects;
mod feed;
mod file_defects;
mod layouts;
mod market;
mod orders;
mod population;
mod recast;
mod reference;
mod reviewed;
mod serials;
mod services;
mod sink;
#[cfg(test)]
mod tests;
mod text;
mod truth;
pub mod workbook;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use calendar::Calendar;
use catalog::Catalog;
pub use defects::{Defect, Defects};
pub use feed::Feed;
pub use file_defects::FileDefect;
use market::{Market, Requested};
use population::{Population, stream};
pub use recast::Recast;
use sink::Sink;
pub use truth::Relation;
use truth::Truth;

/// What to generate.
#[derive(Debug, Clone)]
pub struct GenerateOptions {
    /// Sale lines over all feeds and both drops, reached within about 2 %.
    pub lines: u64,
    /// Partners, at least 1.
    pub partners: u32,
    /// Seed of all randomness.
    pub seed: u64,
    /// Folder to write to; it must be empty or absent.
    pub out: PathBuf,
    /// Feeds that are written in another layout than their sender's own.
    pub layouts: Vec<(Feed, Recast)>,
    /// What is wrong with a few records.
    pub defects: Defects,
}

/// What was generated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GenerateSummary {
    /// Raw files.
    pub files: u64,
    /// Sale lines of each sales feed, the month that was sent twice counted once.
    pub lines: Vec<(Feed, u64)>,
    /// Registrations.
    pub registrations: u64,
    /// Rows of `truth/attachments.csv`.
    pub truth_rows: u64,
    /// Rows of `truth/returns.csv`.
    pub return_rows: u64,
    /// Service units of each relation.
    pub units: Vec<(Relation, u64)>,
}

/// Why nothing, or not everything, was generated.
#[derive(Debug, Error)]
pub enum GenerateError {
    /// The options ask for nothing that can be generated.
    #[error("cannot generate {lines} lines for {partners} partners: at least 1 partner and 10 lines for each are needed")]
    TooFewLines {
        /// Lines asked for.
        lines: u64,
        /// Partners asked for.
        partners: u32,
    },
    /// A feed is asked for in two layouts.
    #[error("cannot write the feed {} in two layouts", feed.id())]
    TwoLayouts {
        /// The feed.
        feed: Feed,
    },
    /// A whole file is to be damaged in a way that its layout does not have, or there is none left.
    #[error("cannot give a file of {} the fault `{defect}`: its layout cannot have it, or there is no further file", feed.id())]
    NoSuchFile {
        /// The feed.
        feed: Feed,
        /// The fault.
        defect: &'static str,
    },
    /// The folder holds something already.
    #[error("cannot generate into {}: the folder is not empty", path.display())]
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// A file could not be written.
    #[error("cannot {operation} {}: {source}", path.display())]
    Io {
        /// What was tried: `create`, `write`, `read` or `copy`.
        operation: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
}

impl GenerateError {
    fn io(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| GenerateError::Io { operation, path: path.to_owned(), source }
    }
}

/// Number of the stream of randomness that draws which keys are missing.
const MISSING_KEYS: u64 = 9;

/// Generates the market into the folder of the options.
pub fn generate(options: &GenerateOptions) -> Result<GenerateSummary, GenerateError> {
    let GenerateOptions { lines, partners, seed, ref out, ref layouts, ref defects } = *options;
    let of_feed = Feed::ALL.map(|feed| {
        let asked = layouts.iter().find(|(other, _)| *other == feed);
        asked.map_or_else(|| feed.own_layout(), |(_, recast)| recast.clone())
    });
    if partners == 0 || lines < 10 * u64::from(partners) {
        return Err(GenerateError::TooFewLines { lines, partners });
    }
    let is_given = |feed: &Feed| layouts.iter().filter(|(other, _)| other == feed).count() > 1;
    if let Some(feed) = Feed::ALL.into_iter().find(is_given) {
        return Err(GenerateError::TwoLayouts { feed });
    }
    claim(out)?;
    let calendar = Calendar::new();
    let catalog = Catalog::new(&mut stream(seed, 0));
    let population = Population::new(options);
    reference::write(out, seed, &catalog, &population, &calendar)?;
    truth::write_propensities(out, &population)?;
    let truth = Truth::create(out)?;
    let mut market = Market::new(
        &catalog,
        &population,
        &calendar,
        stream(seed, 0),
        Sink::new(out),
        truth,
        Requested { defects, missing: stream(seed, MISSING_KEYS), layouts: &of_feed },
    );
    for partner in 0..population.partners.len() {
        market.trade(seed, partner)?;
    }
    let Market { sink, truth, reviewed, .. } = market;
    let (truth_rows, return_rows) = (truth.rows, truth.return_rows);
    let units = Relation::ALL.into_iter().map(|relation| (relation, truth.units[relation as usize])).collect();
    truth.finish()?;
    let paths = sink.paths().to_vec();
    let (files, records) = sink.finish()?;
    recast::recast(out, &of_feed, layouts)?;
    file_defects::damage(out, &of_feed, &defects.files)?;
    // All records that the adjustments speak of are of one feed.
    reviewed.write(out, &catalog, &population, |file| of_feed[Feed::DistributorA as usize].path(&paths[file]))?;
    let lines =
        Feed::ALL.into_iter().filter(|&feed| feed != Feed::Registrations).map(|feed| (feed, records[feed as usize])).collect();
    Ok(GenerateSummary { files, lines, registrations: records[Feed::Registrations as usize], truth_rows, return_rows, units })
}

/// Creates the folder; one that holds something is refused, so that nothing is mixed or lost.
fn claim(out: &Path) -> Result<(), GenerateError> {
    fs::create_dir_all(out).map_err(GenerateError::io("create", out))?;
    let mut entries = fs::read_dir(out).map_err(GenerateError::io("read", out))?;
    if entries.next().is_some() {
        return Err(GenerateError::NotEmpty { path: out.to_owned() });
    }
    Ok(())
}
