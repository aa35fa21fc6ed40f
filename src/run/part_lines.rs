//! Lines of a part on disk: which categories fit into memory together, and how they are loaded.

use super::adjust_lines::Adjusted;
use super::classes::{DigestChange, Reclassification};
use super::extract_files::ExtractedFile;
use crate::error::{Error, Result};
use crate::io::sectioned::SectionedReader;
use crate::reference::SerialFormat;
use crate::stages::exceptions::ExceptionRules;
use crate::stages::settle::PartLines;
use crate::tables::stage::{Lines, LinesBuilder, NO_CATEGORY};
use arrow::array::{BooleanArray, Int64Array, RecordBatch, UInt16Array};
use arrow::compute::filter_record_batch;
use std::collections::BTreeMap;
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

/// The extracted lines of one part.
pub struct PartLoader<'a> {
    /// The extracts.
    pub files: &'a [ExtractedFile],
    /// The classes that stand for SKUs whose records disagree.
    pub classes: &'a Reclassification,
    /// What approved adjustments add and drop.
    pub adjusted: &'a Adjusted,
    /// The approved exceptions, which the lines' traits name.
    pub exceptions: &'a ExceptionRules,
    /// How serials tell the week of manufacture, by category.
    pub serial_formats: &'a [Option<&'a SerialFormat>],
    /// Number of the part.
    pub part: usize,
    /// Number of categories.
    pub categories: usize,
}

impl PartLoader<'_> {
    /// Lines of the part by slot. Reads the categories only where the part as a whole is over the limit; else one group will do and
    /// everything counts for the first slot.
    ///
    /// # Errors
    /// Where an extract is damaged.
    pub fn lines_by_slot(&self, limit: u64) -> Result<Vec<u64>> {
        let mut counts = vec![0; slots(self.categories)];
        let total: u64 = self.files.iter().map(|file| file.report.lines.get(self.part).copied().unwrap_or(0)).sum();
        if total <= limit {
            counts[0] = total;
            return Ok(counts);
        }
        for file in self.files_with_lines() {
            for batch in SectionedReader::open(&file.folder, "lines")?.section(self.part) {
                let batch = batch?;
                for category in self.classes.apply(&Lines::from_batch(&batch)?).category.values() {
                    counts[slot_of(*category, self.categories)] += 1;
                }
            }
        }
        Ok(counts)
    }

    /// Loads the lines whose slots lie in `slots`, in the order of files and records. `None` loads every slot. What the classes changed in
    /// the digests of rows is added to `changes`, by file.
    ///
    /// # Errors
    /// Where an extract is damaged.
    pub fn load(&self, slots: Option<&Range<usize>>, changes: &mut BTreeMap<i64, DigestChange>) -> Result<PartLines> {
        let mut lines = LinesBuilder::default();
        let mut feed = Vec::new();
        let mut ids = Vec::new();
        for file in self.files_with_lines() {
            for batch in SectionedReader::open(&file.folder, "lines")?.section(self.part) {
                let batch = batch?;
                let batch = self.settled(batch, slots, file.input.file_id, changes)?;
                feed.resize(feed.len() + batch.num_rows(), file.input.feed);
                ids.resize(ids.len() + batch.num_rows(), file.input.file_id);
                lines.extend(&batch)?;
            }
        }
        Ok(PartLines { lines: lines.finish()?, feed: UInt16Array::from(feed), file: Int64Array::from(ids) })
    }

    fn files_with_lines(&self) -> impl Iterator<Item = &ExtractedFile> {
        self.files.iter().filter(|file| file.report.lines.get(self.part).is_some_and(|lines| *lines > 0))
    }

    /// A batch with the settled classes, and of it the rows whose slots are wanted.
    fn settled(
        &self,
        batch: RecordBatch,
        slots: Option<&Range<usize>>,
        file: i64,
        changes: &mut BTreeMap<i64, DigestChange>,
    ) -> Result<RecordBatch> {
        if self.classes.is_empty() && slots.is_none() {
            return Ok(batch);
        }
        let before = Lines::from_batch(&batch)?;
        let after = self.classes.apply(&before);
        let is_wanted = |row: usize| slots.is_none_or(|slots| slots.contains(&slot_of(after.category.value(row), self.categories)));
        if !self.classes.is_empty() {
            changes.entry(file).or_default().add(&before, &after, file, is_wanted);
        }
        let mask: BooleanArray = (0..batch.num_rows()).map(|row| Some(is_wanted(row))).collect();
        filter_record_batch(&after.to_batch()?, &mask).map_err(|error| Error::Internal(error.to_string()))
    }
}
