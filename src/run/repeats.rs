//! The list of every duplicate and superseded record with the one that is kept instead.
//!
//! Each part has its repeats across feeds in order of file and record, and each file that is set aside as a whole its records; they are merged
//! a batch at a time, so that memory does not grow with their number.

use super::execute::Results;
use super::inputs::FileRole;
use crate::error::Result;
use crate::finding::{Disposition, RepeatCode};
use crate::io::sectioned::{SectionedReader, read_index};
use crate::publish::parquet::{RowWriter, Value};
use crate::reference::References;
use crate::tables::stage::{Repeats, SetAside};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::path::PathBuf;

/// Writes `audit_repeat`, sorted by file and record.
///
/// # Errors
/// Where cached files are damaged or the table cannot be written.
pub fn audit_repeat(writer: &mut RowWriter, results: &Results<'_>) -> Result<()> {
    let ids: BTreeMap<&str, i64> = results.files.iter().map(|file| (file.input.relative.as_str(), file.input.file_id)).collect();
    let mut sources = Vec::new();
    for file in &results.files {
        let (code, kept) = match &file.input.role {
            FileRole::Kept => continue,
            FileRole::Duplicate { of } => (RepeatCode::DupFile, of),
            FileRole::Superseded { by } => (RepeatCode::Restated, by),
        };
        let origin = Origin::File { id: file.input.file_id, kept: ids.get(kept.as_str()).copied().unwrap_or_default(), code };
        sources.push(Source::new(file.folder.clone(), "set_aside", 0, origin));
    }
    for part in &results.settled {
        for (section, rows) in read_index(&part.folder, "repeats")?.rows.iter().enumerate() {
            if *rows > 0 {
                sources.push(Source::new(part.folder.clone(), "repeats", section, Origin::Part));
            }
        }
    }
    let mut heap = BinaryHeap::new();
    for (index, source) in sources.iter_mut().enumerate() {
        heap.extend(source.next()?.map(|row| Reverse((row.file, row.record, index, row))));
    }
    while let Some(Reverse((_, _, index, row))) = heap.pop() {
        write(writer, results.references, &row)?;
        heap.extend(sources[index].next()?.map(|row| Reverse((row.file, row.record, index, row))));
    }
    Ok(())
}

fn write(writer: &mut RowWriter, references: &References, row: &Row) -> Result<()> {
    let disposition = match row.code {
        RepeatCode::DupFile | RepeatCode::DupFeed => Disposition::Duplicate,
        RepeatCode::Restated => Disposition::Superseded,
    };
    let kept = |place: Option<u32>| place.map_or(Value::None, |place| Value::Whole(i64::from(place)));
    writer.row(&[
        Value::Whole(row.file),
        Value::Whole(i64::from(row.record)),
        Value::Whole(i64::from(row.line)),
        references.partners.get(row.partner as usize).map_or(Value::None, |partner| Value::Text(&partner.id)),
        Value::Text(disposition.code()),
        Value::Text(row.code.code()),
        Value::Whole(row.kept_file),
        kept(row.kept.map(|(record, _)| record)),
        kept(row.kept.map(|(_, line)| line)),
    ])
}

/// One repeat. Ordered by its place, which no other row has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    file: i64,
    record: u32,
    line: u32,
    /// Index into the partners, or beyond them.
    partner: u32,
    code: RepeatCode,
    kept_file: i64,
    /// Record and line in the kept file, where they are known.
    kept: Option<(u32, u32)>,
}

/// What the rows of a source are.
#[derive(Debug, Clone, Copy)]
enum Origin {
    /// All records of one file.
    File { id: i64, kept: i64, code: RepeatCode },
    /// Repeats across feeds in one part.
    Part,
}

/// Rows in order of file and record, read a batch at a time.
struct Source {
    folder: PathBuf,
    stem: &'static str,
    section: usize,
    origin: Origin,
    batches_read: usize,
    rows: std::vec::IntoIter<Row>,
}

impl Source {
    fn new(folder: PathBuf, stem: &'static str, section: usize, origin: Origin) -> Self {
        Self { folder, stem, section, origin, batches_read: 0, rows: Vec::new().into_iter() }
    }

    fn next(&mut self) -> Result<Option<Row>> {
        loop {
            if let Some(row) = self.rows.next() {
                return Ok(Some(row));
            }
            // Opened for each batch: there may be more sources than files that a process may hold open.
            let Some(batch) = SectionedReader::open(&self.folder, self.stem)?.batch(self.section, self.batches_read)? else {
                return Ok(None);
            };
            self.batches_read += 1;
            let rows: Vec<Row> = match self.origin {
                Origin::File { id, kept, code } => {
                    let places = SetAside::from_batch(&batch)?;
                    let row = |place: usize| Row {
                        file: id,
                        record: places.record.value(place),
                        line: places.line.value(place),
                        partner: places.partner.value(place),
                        code,
                        kept_file: kept,
                        // Of equal files each record has its like at the same place.
                        kept: (code == RepeatCode::DupFile).then(|| (places.record.value(place), places.line.value(place))),
                    };
                    (0..batch.num_rows()).map(row).collect()
                }
                Origin::Part => {
                    let repeats = Repeats::from_batch(&batch)?;
                    let row = |row: usize| Row {
                        file: repeats.file.value(row),
                        record: repeats.record.value(row),
                        line: repeats.line.value(row),
                        partner: repeats.partner.value(row),
                        code: RepeatCode::DupFeed,
                        kept_file: repeats.kept_file.value(row),
                        kept: Some((repeats.kept_record.value(row), repeats.kept_line.value(row))),
                    };
                    (0..batch.num_rows()).map(row).collect()
                }
            };
            self.rows = rows.into_iter();
        }
    }
}
