//! A raw file as blocks of records, each with the contract of its section: what is read from front to back by one thread at a time.

use super::RunOptions;
use super::control::{self, TrailerTotals};
use super::extract_files::{next_section, open, unreadable};
use super::inputs::InputFile;
use crate::config::plan::{Feed, Plan};
use crate::error::Result;
use crate::io::places::{PlacedFile, PlacesWriter};
use crate::io::readers::{FileReader, Layout, Packing, RecordBlock, Section};
use crate::stages::extract::Contract;
use std::path::Path;
use std::sync::Arc;

/// Bytes of text from which on a block takes no further record.
const BLOCK_BYTES: usize = 32 << 20;

/// Consecutive records of one section.
#[derive(Default)]
pub struct Block<'p> {
    /// The section with the contract bound to its columns; none before the first.
    pub section: Option<Arc<(Section, Contract<'p>)>>,
    /// The records.
    pub records: RecordBlock,
}

/// Reads the blocks of one file, and writes the places of their records.
pub struct Blocks<'p> {
    plan: &'p Plan,
    feed: &'p Feed,
    path: &'p Path,
    reader: FileReader<'p>,
    places: PlacesWriter,
    section: Option<Arc<(Section, Contract<'p>)>>,
    records: usize,
}

/// What a file says of itself behind its last record.
pub struct FileEnd {
    /// The sender's own totals in its trailers.
    pub trailer_totals: Option<TrailerTotals>,
    /// Lines that are no records by declaration.
    pub passed_over: u64,
    /// What it says of itself and what does not hold, each with its line.
    pub remarks: Vec<(u64, String)>,
}

impl<'p> Blocks<'p> {
    /// Opens a file and the sidecar of its places.
    ///
    /// # Errors
    /// Where the file contradicts its declaration, or the sidecar cannot be written.
    pub fn open(plan: &'p Plan, input: &'p InputFile, places: &Path, options: &RunOptions) -> Result<Self> {
        let feed = &plan.feeds[usize::from(input.feed)];
        let reader = open(feed, &input.path)?;
        let places = PlacesWriter::create(places, placed(&feed.layout, reader.packing()))?;
        Ok(Self { plan, feed, path: &input.path, reader, places, section: None, records: options.block_records() })
    }

    /// Takes the next records into a block. Whether there were any.
    ///
    /// # Errors
    /// Where the file cannot be read further, or a section's header contradicts the feed's declaration.
    pub fn next(&mut self, block: &mut Block<'p>) -> Result<bool> {
        loop {
            let section = match self.section.take() {
                Some(section) => section,
                None => match next_section(self.feed, self.plan.period.as_of, &mut self.reader, self.path)? {
                    None => return Ok(false),
                    Some((section, contract)) => {
                        self.places.section(&section.member, &section.sheet);
                        Arc::new((section, contract))
                    }
                },
            };
            let read = block.records.refill(&mut self.reader, self.records, BLOCK_BYTES);
            read.map_err(unreadable(self.path, &section.0.name))?;
            if block.records.is_empty() {
                continue;
            }
            for place in block.records.places() {
                self.places.push(place.extent)?;
            }
            self.section = Some(Arc::clone(&section));
            block.section = Some(section);
            return Ok(true);
        }
    }

    /// Completes the sidecar, and says what the file says of itself.
    ///
    /// # Errors
    /// Where the sidecar cannot be written.
    pub fn finish(mut self) -> Result<FileEnd> {
        self.places.finish()?;
        Ok(FileEnd {
            trailer_totals: control::trailer_totals(self.feed, self.reader.trailers()),
            passed_over: self.reader.passed_over(),
            remarks: self.reader.remarks().iter().map(|remark| (remark.line, remark.text.clone())).collect(),
        })
    }
}

/// What the sidecar of a file's places says of the file as a whole.
fn placed(layout: &Layout, packing: Packing) -> PlacedFile {
    let format = &layout.format;
    PlacedFile { format: format.name().to_owned(), packing, encoding: format.encoding(), sections: Vec::new() }
}
