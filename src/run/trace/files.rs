//! Raw files: found again, compared with what the run read, and read at the places of records.

use super::TraceOptions;
use crate::error::{Error, Result};
use crate::io::fingerprint;
use crate::io::parquet_table::scan;
use crate::io::places::Places;
use crate::io::readers::{Encoding, Extent, RawReader, RowWanted, raw_rows};
use crate::publish::trace::{FileState, RawText};
use crate::run::extract_files::unreadable;
use crate::run::publish::{PLACES_FOLDER, places_name};
use crate::tables::published::AUDIT_FILE;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

/// A raw file as the run knew it.
#[derive(Debug, Clone)]
pub struct Input {
    /// Its id.
    pub file_id: i64,
    /// Feed.
    pub feed_id: String,
    /// Path relative to the pipeline file.
    pub path: String,
    /// Hash of its content.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
}

/// The raw files of a run by their ids.
pub fn inputs(tables: &Path) -> Result<BTreeMap<i64, Input>> {
    let mut inputs = BTreeMap::new();
    let columns = ["file_id", "feed_id", "file_path", "file_sha256", "file_bytes"];
    scan(tables, &AUDIT_FILE, &columns, None, |rows| {
        for row in 0..rows.len() {
            let text = |name| rows.texts(name).map(|column| column.value(row).to_owned());
            let whole = |name| rows.integers(name).map(|column| column.value(row));
            let (file_id, bytes) = (whole("file_id")?, whole("file_bytes")?.unsigned_abs());
            let input = Input { file_id, feed_id: text("feed_id")?, path: text("file_path")?, sha256: text("file_sha256")?, bytes };
            inputs.insert(file_id, input);
        }
        Ok(())
    })?;
    Ok(inputs)
}

/// The records that are wanted of one file.
pub struct Work<'a> {
    /// The file.
    pub input: &'a Input,
    /// Number and physical line of each record.
    pub records: Vec<(u64, u64)>,
    /// Place of each among all records.
    pub places: Vec<usize>,
}

/// What was read of one file.
pub struct Outcome {
    /// What became of it.
    pub state: FileState,
    /// Encoding in which its records are stored; of rows that of their cells as they are shown.
    pub encoding: Encoding,
    /// One for each wanted record, in their order.
    pub records: Vec<ReadRecord>,
}

/// Where a record stands, and what stands there.
#[derive(Debug, Clone, Default)]
pub struct ReadRecord {
    /// Member and sheet.
    pub section: String,
    /// Bytes of the member.
    pub extent: Option<Extent>,
    /// Its text; none where the file is gone or changed.
    pub raw: Option<RawText>,
}

impl Work<'_> {
    /// Looks the file up and reads the records, each from its place.
    pub fn read(&self, folder: &Path, options: &TraceOptions) -> Result<Outcome> {
        let sidecar = folder.join(PLACES_FOLDER).join(places_name(self.input.file_id));
        let places = Places::open(&sidecar)?;
        let numbers: BTreeSet<u64> = self.records.iter().map(|(record, _)| *record).collect();
        let extents: BTreeMap<u64, Option<Extent>> = numbers.iter().copied().zip(places.extents(&numbers)?).collect();
        let mut records = Vec::with_capacity(self.records.len());
        let mut by_section: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
        for (place, (record, _)) in self.records.iter().enumerate() {
            let section = places
                .file()
                .section_of(*record)
                .ok_or_else(|| Error::Damaged { path: sidecar.clone(), cause: format!("record {record} stands in no section") })?;
            by_section.entry((&section.member, &section.sheet)).or_default().push(place);
            let mark = if section.member.is_empty() || section.sheet.is_empty() { "" } else { "/" };
            let name = format!("{}{mark}{}", section.member, section.sheet);
            records.push(ReadRecord { section: name, extent: extents[record], raw: None });
        }
        let encoding = places.file().encoding.unwrap_or(Encoding::Utf8);
        let (mut state, path) = self.find(folder, options)?;
        let Some(path) = path else { return Ok(Outcome { state, encoding, records }) };
        for ((member, sheet), own) in by_section {
            let reading = Reading { path: &path, places: &places, member, sheet };
            let is_whole = match places.file().encoding {
                Some(encoding) => reading.texts(encoding, &own, &mut records)?,
                None => reading.rows(&own, &self.records, &mut records)?,
            };
            if !is_whole {
                state = FileState::Changed;
            }
        }
        if state == FileState::Changed {
            records.iter_mut().for_each(|record| record.raw = None);
        }
        Ok(Outcome { state, encoding, records })
    }

    /// The file with the content that the run read, and what became of it; no path where it cannot be read.
    fn find(&self, folder: &Path, options: &TraceOptions) -> Result<(FileState, Option<PathBuf>)> {
        let mut is_there = false;
        for candidate in candidates(folder, options.data.as_deref(), &self.input.path) {
            let Ok(metadata) = fs::metadata(&candidate) else { continue };
            if !metadata.is_file() {
                continue;
            }
            is_there = true;
            if metadata.len() != self.input.bytes {
                continue;
            }
            if options.is_quick {
                return Ok((FileState::SameSize, Some(candidate)));
            }
            let (hash, _) = fingerprint::of_file(&candidate).map_err(Error::io("read", &candidate))?;
            if fingerprint::hex(&hash) == self.input.sha256 {
                return Ok((FileState::Unchanged, Some(candidate)));
            }
        }
        Ok((if is_there { FileState::Changed } else { FileState::Gone }, None))
    }
}

/// Where a file may be: its path from the pipeline's folder, then ever shorter ends of it, in the folder that the user names; else in the
/// working folder and beside the folder of runs. A wrong one is told by its content.
fn candidates(folder: &Path, data: Option<&Path>, path: &str) -> Vec<PathBuf> {
    let beside = fs::canonicalize(folder).ok().and_then(|run| Some(run.parent()?.parent()?.to_owned()));
    let bases: Vec<PathBuf> = match data {
        Some(data) => vec![data.to_owned()],
        None => [PathBuf::from(".")].into_iter().chain(beside).collect(),
    };
    let steps: Vec<Component<'_>> = Path::new(path).components().collect();
    let downwards = steps.iter().position(|step| matches!(step, Component::Normal(_))).unwrap_or(steps.len());
    let ends = (downwards..steps.len()).map(|from| steps[from..].iter().collect::<PathBuf>());
    let relative: Vec<PathBuf> = [PathBuf::from(path)].into_iter().chain(ends).collect();
    bases.iter().flat_map(|base| relative.iter().map(move |relative| base.join(relative))).collect()
}

/// A member or sheet that is read.
struct Reading<'a> {
    path: &'a Path,
    places: &'a Places,
    member: &'a str,
    sheet: &'a str,
}

impl Reading<'_> {
    /// Reads text at its bytes. Whether every record is there as long as it was.
    fn texts(&self, encoding: Encoding, own: &[usize], records: &mut [ReadRecord]) -> Result<bool> {
        let failed = |error| unreadable(self.path, self.member)(error);
        let mut reader = RawReader::open(self.path, self.places.file().packing, self.member).map_err(failed)?;
        let mut order: Vec<(Extent, usize)> = own.iter().filter_map(|place| Some((records[*place].extent?, *place))).collect();
        order.sort_by_key(|(extent, place)| (extent.offset, *place));
        for (extent, place) in &order {
            let stored = reader.read(*extent).map_err(failed)?;
            // A UTF-16 file that was cut within a unit ends half a unit early.
            let missing = extent.length as usize - stored.len();
            if missing > usize::from(encoding.unit_bytes() == 2) {
                return Ok(false);
            }
            let (text, line_feed) = (encoding.shown(&stored), encoding.line_feed());
            records[*place].raw = Some(RawText { stored, text, line_feed });
        }
        Ok(order.len() == own.len())
    }

    /// Reads rows by their numbers.
    fn rows(&self, own: &[usize], places: &[(u64, u64)], records: &mut [ReadRecord]) -> Result<bool> {
        let too_far = |_| Error::Internal("a row's number is beyond 4,294,967,295".into());
        let number = |place: usize| u32::try_from(places[place].1).map_err(too_far);
        let rows: BTreeSet<u32> = own.iter().map(|place| number(*place)).collect::<Result<_>>()?;
        let worker = std::env::current_exe().map_err(Error::io("find", Path::new("this program")))?;
        let wanted = RowWanted { format: &self.places.file().format, sheet: self.sheet, rows: &rows, worker: &worker };
        let texts = raw_rows(self.path, self.places.file().packing, self.member, &wanted);
        let texts: BTreeMap<u32, String> = rows.iter().copied().zip(texts.map_err(unreadable(self.path, self.sheet))?).collect();
        for place in own {
            let text = texts.get(&number(*place)?).cloned().unwrap_or_default();
            records[*place].raw = Some(RawText { stored: text.clone().into_bytes(), text, line_feed: b"\n".to_vec() });
        }
        Ok(true)
    }
}
