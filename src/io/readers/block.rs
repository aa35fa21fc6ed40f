//! Records taken out of a reader together, so that a thread works on them while the reader goes on.

use super::file::FileReader;
use super::record::{FieldKind, Fields, Place, ReadError, Record};
use crate::finding::QuarantineCode;
use std::ops::Range;

/// Consecutive records of one section with texts of their own.
#[derive(Debug, Default)]
pub struct RecordBlock {
    /// The texts of the fields of each record.
    text: String,
    /// Bytes of the records whose fields do not stand in them as they are, or that have none.
    raw: Vec<u8>,
    /// Bounds of the fields within the text of their record.
    bounds: Vec<(u32, u32)>,
    /// Kinds of the fields of records whose fields are not all text.
    kinds: Vec<FieldKind>,
    held: Vec<Held>,
}

/// A record by its places in the block.
#[derive(Debug)]
struct Held {
    place: Place,
    fields: Result<HeldFields, QuarantineCode>,
    /// `None` where the bytes are the text of the fields.
    raw: Option<Range<usize>>,
}

#[derive(Debug)]
struct HeldFields {
    text: Range<usize>,
    bounds: Range<usize>,
    kinds: Range<usize>,
}

impl RecordBlock {
    /// Takes the next records of a reader's section in the stead of those that it has: at most so many, and no further one once they have that many
    /// bytes. It is empty at the section's end.
    ///
    /// # Errors
    /// Where the file cannot be read further.
    pub fn refill(&mut self, reader: &mut FileReader<'_>, records: usize, bytes: usize) -> Result<(), ReadError> {
        self.clear();
        while self.held.len() < records && self.text.len() + self.raw.len() < bytes {
            let Some(record) = reader.next_record()? else { break };
            self.push(&record);
        }
        Ok(())
    }

    fn clear(&mut self) {
        self.text.clear();
        self.raw.clear();
        self.bounds.clear();
        self.kinds.clear();
        self.held.clear();
    }

    /// Number of records.
    pub fn len(&self) -> usize {
        self.held.len()
    }

    /// Whether it has no record.
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// The places of the records.
    pub fn places(&self) -> impl Iterator<Item = Place> {
        self.held.iter().map(|held| held.place)
    }

    /// The records in their order.
    pub fn records(&self) -> impl Iterator<Item = Record<'_>> {
        self.held.iter().map(|held| {
            let fields = held.fields.as_ref().map_err(|code| *code).map(|fields| {
                Fields::new(&self.text[fields.text.clone()], &self.bounds[fields.bounds.clone()], &self.kinds[fields.kinds.clone()])
            });
            let raw = match (&held.raw, &held.fields) {
                (None, Ok(fields)) => &self.text.as_bytes()[fields.text.clone()],
                (raw, _) => &self.raw[raw.clone().unwrap_or_default()],
            };
            Record { place: held.place, fields, raw }
        })
    }

    fn push(&mut self, record: &Record<'_>) {
        let fields = record.fields.as_ref().map_err(|code| *code).map(|fields| HeldFields {
            text: appended(fields.text().len(), self.text.len()),
            bounds: appended(fields.bounds().len(), self.bounds.len()),
            kinds: appended(fields.kinds().len(), self.kinds.len()),
        });
        let mut is_text = false;
        if let Ok(fields) = &record.fields {
            self.text.push_str(fields.text());
            self.bounds.extend_from_slice(fields.bounds());
            self.kinds.extend_from_slice(fields.kinds());
            is_text = std::ptr::eq(fields.text().as_bytes(), record.raw);
        }
        let raw = (!is_text).then(|| {
            let place = appended(record.raw.len(), self.raw.len());
            self.raw.extend_from_slice(record.raw);
            place
        });
        self.held.push(Held { place: record.place, fields, raw });
    }
}

/// Where so many elements come to stand behind those that are there.
fn appended(count: usize, before: usize) -> Range<usize> {
    before..before + count
}
