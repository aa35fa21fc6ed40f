//! Lines of a part on disk: which categories fit into memory together, and how they are loaded.

use super::extract_files::ExtractedFile;
use crate::error::{Error, Result};
use crate::io::sectioned::SectionedReader;
use crate::stages::settle::PartLines;
use crate::tables::stage::{Lines, NO_CATEGORY};
use arrow::array::{BooleanArray, Int64Array, RecordBatch, UInt16Array};
use arrow::compute::{concat_batches, filter_record_batch};
use std::ops::Range;

/// Sections of a file that is cut by category: one per category, and one for lines without.
pub fn slots(categories: usize) -> usize {
    categories + 1
}

/// The section of a category.
pub fn slot_of(category: u16, categories: usize) -> usize {
    if category == NO_CATEGORY { categories } else { usize::from(category) }
}

/// The category of a section.
pub fn category_of_slot(slot: usize, categories: usize) -> u16 {
    if slot >= categories { NO_CATEGORY } else { slot as u16 }
}

/// Cuts slots into consecutive groups of at most `limit` lines; a slot of more is a group by itself.
pub fn groups(lines_by_slot: &[u64], limit: u64) -> Vec<Range<usize>> {
    let mut groups = Vec::new();
    let mut start = 0;
    let mut held = 0;
    for (slot, lines) in lines_by_slot.iter().enumerate() {
        if slot > start && held + lines > limit {
            groups.push(start..slot);
            start = slot;
            held = 0;
        }
        held += lines;
    }
    groups.push(start..lines_by_slot.len());
    groups
}

/// Lines of a part by slot. Reads the categories only where the part as a whole is over the limit; else one group will do and everything
/// counts for the first slot.
pub fn lines_by_slot(files: &[ExtractedFile], part: usize, categories: usize, limit: u64) -> Result<Vec<u64>> {
    let mut counts = vec![0; slots(categories)];
    let total: u64 = files.iter().map(|file| file.report.lines.get(part).copied().unwrap_or(0)).sum();
    if total <= limit {
        counts[0] = total;
        return Ok(counts);
    }
    for file in files.iter().filter(|file| file.report.lines.get(part).is_some_and(|lines| *lines > 0)) {
        for batch in SectionedReader::open(&file.folder, "lines")?.section(part)? {
            for category in Lines::from_batch(&batch)?.category.values() {
                counts[slot_of(*category, categories)] += 1;
            }
        }
    }
    Ok(counts)
}

/// Loads the lines of a part whose slots lie in `slots`, in the order of files and records.
pub fn load(files: &[ExtractedFile], part: usize, slots: &Range<usize>, categories: usize, is_whole: bool) -> Result<PartLines> {
    let mut batches: Vec<RecordBatch> = Vec::new();
    let mut feed = Vec::new();
    let mut ids = Vec::new();
    for file in files.iter().filter(|file| file.report.lines.get(part).is_some_and(|lines| *lines > 0)) {
        for batch in SectionedReader::open(&file.folder, "lines")?.section(part)? {
            let batch = if is_whole { batch } else { only(&batch, slots, categories)? };
            feed.resize(feed.len() + batch.num_rows(), file.input.feed);
            ids.resize(ids.len() + batch.num_rows(), file.input.file_id);
            batches.push(batch);
        }
    }
    let whole = concat_batches(&Lines::schema(), &batches).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(PartLines { lines: Lines::from_batch(&whole)?, feed: UInt16Array::from(feed), file: Int64Array::from(ids) })
}

fn only(batch: &RecordBatch, slots: &Range<usize>, categories: usize) -> Result<RecordBatch> {
    let lines = Lines::from_batch(batch)?;
    let mask: BooleanArray =
        lines.category.values().iter().map(|category| Some(slots.contains(&slot_of(*category, categories)))).collect();
    filter_record_batch(batch, &mask).map_err(|error| Error::Internal(error.to_string()))
}
