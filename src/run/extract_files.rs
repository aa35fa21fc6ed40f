//! Extraction over files, in parallel: each file becomes one sealed unit of typed lines, quarantined records and their accounting.

use super::extract_blocks::{Block, Blocks};
use super::extract_report::ExtractReport;
use super::extract_rows::Rows;
use super::extract_unit::Unit;
use super::inputs::InputFile;
use super::{REPORT, RunOptions, keys, workers};
use crate::config::plan::{Feed, Plan};
use crate::error::{Error, Problem, Problems, Result};
use crate::io::fingerprint::Hash;
use crate::io::json_file;
use crate::io::readers::{FileReader, ReadError, Section};
use crate::io::sealed::{Reuse, Store};
use crate::reference::References;
use crate::stages::extract::Contract;
use crate::stages::normalize::Normaliser;
use rayon::ThreadPool;
use std::path::{Path, PathBuf};

/// File name of the places of a unit's records.
pub const PLACES: &str = "places.parquet";

/// A file with its extract.
#[derive(Debug, Clone)]
pub struct ExtractedFile {
    /// The raw file.
    pub input: InputFile,
    /// Key of its unit.
    pub key: Hash,
    /// Folder of its unit.
    pub folder: PathBuf,
    /// What extraction said.
    pub report: ExtractReport,
}

/// Extracts every file, or takes over its sealed extract.
///
/// # Errors
/// Where a file cannot be read, is empty, or lacks declared columns; all such files are told together.
pub fn extract(
    plan: &Plan,
    references: &References,
    files: Vec<InputFile>,
    store: &Store,
    options: &RunOptions,
) -> Result<Vec<ExtractedFile>> {
    let stage = options.progress.stage("extract", files.len() as u64);
    let pool = workers::pool(options.threads)?;
    let done = workers::map_in(
        &pool,
        &files,
        |file| file.bytes,
        |file| {
            let key = keys::extract(plan, references, file);
            let outcome = store.get_or_make("extract", &key, |folder| extract_file(plan, references, file, folder, &pool, options));
            stage.advance(1);
            match outcome {
                Ok((folder, reuse)) => {
                    tracing::info!(file = file.relative, reused = reuse == Reuse::Found, "extracted");
                    Ok(Ok((key, folder)))
                }
                Err(Error::Input(problems)) => Ok(Err(problems)),
                Err(error) => Err(error),
            }
        },
    )?;
    let mut problems = Problems::default();
    let mut extracted = Vec::with_capacity(files.len());
    for (input, outcome) in files.into_iter().zip(done) {
        match outcome {
            Ok((key, folder)) => extracted.push(load(input, key, folder)?),
            Err(found) => problems.0.extend(found.0),
        }
    }
    problems.into_result(Error::Input)?;
    Ok(extracted)
}

/// A file with its sealed extract.
///
/// # Errors
/// Where the extract's report is missing or damaged.
pub fn load(input: InputFile, key: Hash, folder: PathBuf) -> Result<ExtractedFile> {
    let report = json_file::read(&folder.join(REPORT))?;
    Ok(ExtractedFile { input, key, folder, report })
}

/// The problem of a feed none of whose files has a record.
pub fn empty_feed(plan: &Plan, feed: &Feed) -> Problem {
    let message = format!("feed `{}` has no records in any of its files", feed.id);
    Problem::new(&plan.pipeline_file, message).with_hint("take the feed out, or correct its `files`")
}

/// Column names that a message lists.
const NAMES_SHOWN: usize = 50;

/// Opens a file as its feed declares it.
///
/// # Errors
/// An `Input` problem where the file contradicts the declaration.
pub fn open<'p>(feed: &'p Feed, path: &Path) -> Result<FileReader<'p>> {
    FileReader::open(path, &feed.layout).map_err(unreadable(path, ""))
}

/// Goes on to the next section of a file and binds the feed's contract to its columns.
///
/// # Errors
/// An `Input` problem where its header is unreadable or a declared column is missing.
pub fn next_section<'p>(
    feed: &'p Feed,
    as_of: i32,
    reader: &mut FileReader<'_>,
    path: &Path,
) -> Result<Option<(Section, Contract<'p>)>> {
    let Some(section) = reader.next_section().map_err(unreadable(path, ""))? else { return Ok(None) };
    let contract = Contract::bind(feed, as_of, &section.columns).map_err(|causes| {
        let mut names = section
            .columns
            .iter()
            .take(NAMES_SHOWN)
            .map(|name| format!("`{}`", name.escape_debug()))
            .collect::<Vec<_>>()
            .join(", ");
        if section.columns.len() > NAMES_SHOWN {
            names += &format!(" and {} more", section.columns.len() - NAMES_SHOWN);
        }
        let hint = format!("the header has {names}; correct [feed.columns] of feed `{}`, or its delimiter or encoding", feed.id);
        let problem = |cause: String| Problem::new(path, named(&section.name, cause)).at_line(1).with_hint(&hint);
        Error::Input(Problems(causes.into_iter().map(problem).collect()))
    })?;
    Ok(Some((section, contract)))
}

/// Why a file, or a section of it, cannot be read.
pub fn unreadable(path: &Path, section: &str) -> impl FnOnce(ReadError) -> Error {
    move |error| match error {
        ReadError::Io(error) => Error::io("read", path)(error),
        ReadError::File(defect) => {
            let problem = Problem::new(path, named(section, defect.message)).with_hint(defect.hint);
            Error::Input(Problems(vec![match defect.line.and_then(|line| usize::try_from(line).ok()) {
                Some(line) => problem.at_line(line),
                None => problem,
            }]))
        }
    }
}

/// A cause with the section in which it was met.
fn named(section: &str, cause: String) -> String {
    if section.is_empty() { cause } else { format!("{section:?}: {cause}") }
}

/// Extracts one file into its unit: read by one thread at a time, typed by all that are free.
fn extract_file(
    plan: &Plan,
    references: &References,
    input: &InputFile,
    folder: &Path,
    pool: &ThreadPool,
    options: &RunOptions,
) -> Result<()> {
    let mut blocks = Blocks::open(plan, input, &folder.join(PLACES), options)?;
    let mut unit = Unit::create(folder, usize::from(plan.publish.parts))?;
    workers::stream(
        pool,
        |(block, _)| blocks.next(block),
        || (Block::default(), Normaliser::new(plan, references, input.feed)),
        |(block, normaliser)| {
            let mut rows = Rows::new(plan, references, input, block.records.len());
            let Some((section, contract)) = block.section.as_deref() else { return Ok(rows) };
            for record in block.records.records() {
                rows.take(plan, input, contract, normaliser, &record, &section.name)?;
            }
            Ok(rows)
        },
        |rows| unit.add(rows),
    )?;
    let end = blocks.finish()?;
    unit.report.passed_over = end.passed_over;
    unit.report.trailer_totals = end.trailer_totals;
    unit.report.remarks = end.remarks;
    unit.finish()
}

/// The part of a partner: consecutive ranges of partner ids of nearly equal length. All assessed locations of a reseller are in one.
pub fn part_of_partner(references: &References, partner: u32, parts: usize) -> usize {
    let (reseller, partners) = (references.resellers.of(partner) as usize, references.partners.len());
    reseller * parts / partners.max(1)
}

/// The bucket of a text by its hash.
pub fn bucket(text: &str, buckets: usize) -> usize {
    (xxhash_rust::xxh3::xxh3_64(text.as_bytes()) % buckets as u64) as usize
}
