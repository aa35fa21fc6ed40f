//! The raw files of a run, and what becomes of each as a whole: settled from contents and names, before extraction.

use super::{RunOptions, workers};
use crate::config::file::FeedKind;
use crate::config::plan::{Feed, Plan};
use crate::error::{Error, Problem, Problems, Result};
use crate::io::fingerprint::{self, Hash};
use rustc_hash::FxHashMap;
use std::path::PathBuf;

/// What becomes of a file's records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileRole {
    /// They are extracted.
    Kept,
    /// All are duplicates: the file's content stands in another file of the feed (`DUP_FILE`).
    Duplicate {
        /// The relative path of the file that is kept.
        of: String,
    },
    /// All are superseded by a later version of the period.
    Superseded {
        /// The relative path of the file that is kept.
        by: String,
    },
}

/// One raw file.
#[derive(Debug, Clone)]
pub struct InputFile {
    /// Index of the feed in the plan.
    pub feed: u16,
    /// Path to open.
    pub path: PathBuf,
    /// Path relative to the pipeline file.
    pub relative: String,
    /// SHA-256 of the content.
    pub hash: Hash,
    /// Size.
    pub bytes: u64,
    /// Id in tables: from feed, relative path and content, so that it is the same in every run that reads the same file.
    pub file_id: i64,
    /// What becomes of its records.
    pub role: FileRole,
}

/// Fingerprints every file and settles each one's role. Sorted by feed and relative path.
///
/// # Errors
/// Where a file cannot be read, or a name does not match the feed's restatement pattern.
pub fn list(plan: &Plan, options: &RunOptions) -> Result<Vec<InputFile>> {
    let declared: Vec<(u16, &crate::config::plan::FeedFile)> =
        plan.feeds.iter().zip(0u16..).flat_map(|(feed, index)| feed.files.iter().map(move |file| (index, file))).collect();
    let stage = options.progress.stage("fingerprint", declared.len() as u64);
    let mut files = workers::map(
        options.threads,
        &declared,
        |_| 0,
        |(feed, file)| {
            let (hash, bytes) = fingerprint::of_file(&file.path).map_err(Error::io("read", &file.path))?;
            stage.advance(1);
            let id = fingerprint::of_parts([plan.feeds[usize::from(*feed)].id.as_bytes(), file.relative.as_bytes(), &hash[..]]);
            Ok(InputFile {
                feed: *feed,
                path: file.path.clone(),
                relative: file.relative.clone(),
                hash,
                bytes,
                file_id: positive_id(&id),
                role: FileRole::Kept,
            })
        },
    )?;
    files.sort_by(|a, b| (a.feed, &a.relative).cmp(&(b.feed, &b.relative)));
    settle_duplicates(&mut files);
    for (feed, index) in plan.feeds.iter().zip(0u16..) {
        settle_versions(feed, index, &mut files)?;
    }
    Ok(files)
}

/// The first 63 bits of a hash: a stable id that every reader takes for a positive 64-bit integer.
pub fn positive_id(hash: &Hash) -> i64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&hash[..8]);
    i64::from_be_bytes(bytes) & i64::MAX
}

/// The same content twice in a feed: the first by name is kept.
fn settle_duplicates(files: &mut [InputFile]) {
    let mut first: FxHashMap<(u16, Hash), String> = FxHashMap::default();
    for file in files {
        match first.get(&(file.feed, file.hash)) {
            Some(kept) => file.role = FileRole::Duplicate { of: kept.clone() },
            None => {
                first.insert((file.feed, file.hash), file.relative.clone());
            }
        }
    }
}

/// Among the files of one reporter and period the highest version is kept; between equal versions the last by name.
fn settle_versions(feed: &Feed, index: u16, files: &mut [InputFile]) -> Result<()> {
    let Some(restatement) = &feed.restatement else { return Ok(()) };
    let mut latest: FxHashMap<(String, String), (Version, String)> = FxHashMap::default();
    let mut periods: Vec<Option<(String, String)>> = vec![None; files.len()];
    for (file, period_of) in files.iter().zip(&mut periods) {
        if file.feed != index || file.role != FileRole::Kept {
            continue;
        }
        let name = file.relative.rsplit('/').next().unwrap_or_default();
        let Some(captures) = restatement.pattern.captures(name) else {
            let problem = Problem::new(&file.path, "the file's name does not match the feed's restatement pattern")
                .with_hint("name the file as the others of the feed, or widen `file_pattern` in [feed.restatement]");
            return Err(Error::Input(Problems(vec![problem])));
        };
        let group = |name: &str| captures.name(name).map_or("", |found| found.as_str()).to_owned();
        let key = (group("reporter"), group("period"));
        let candidate = (Version::of(&group("version")), file.relative.clone());
        *period_of = Some(key.clone());
        match latest.get(&key) {
            Some(best) if *best >= candidate => {}
            _ => {
                latest.insert(key, candidate);
            }
        }
    }
    for (file, period) in files.iter_mut().zip(periods) {
        if let Some((_, kept)) = period.and_then(|key| latest.get(&key))
            && *kept != file.relative
        {
            file.role = FileRole::Superseded { by: kept.clone() };
        }
    }
    Ok(())
}

/// A version: numbers before texts, each in their own order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Version {
    Number(u64),
    Text(String),
}

impl Version {
    fn of(text: &str) -> Self {
        text.parse().map_or_else(|_| Self::Text(text.to_owned()), Self::Number)
    }
}

/// Whether a feed's files carry sale lines.
pub fn is_sales(plan: &Plan, file: &InputFile) -> bool {
    plan.feeds[usize::from(file.feed)].kind == FeedKind::Sales
}
