//! A strict reader of text with fields at fixed places, as mainframes write it. Places are characters, not bytes.

use super::ReadError;
use super::encoding::Encoding;
use super::fixed_length::FixedLengthRecords;
use super::layout::{FixedColumn, FixedWidth};
use super::lines::{LineDefect, Lines};
use super::record::{Fields, Place, Record, Trailer};
use crate::finding::QuarantineCode;
use std::io::Read;

/// Reads records from a source in bounded memory.
pub struct FixedWidthReader<R> {
    source: Source<R>,
    cutter: Cutter,
    names: Vec<String>,
    record: u64,
}

/// Where one record ends and the next begins.
enum Source<R> {
    Lines(Lines<R>),
    FixedLength(FixedLengthRecords<R>),
}

impl<R: Read> FixedWidthReader<R> {
    /// A reader that has consumed the preamble.
    ///
    /// # Errors
    /// Where the source cannot be read, or has line ends and none are declared.
    pub fn new(source: R, layout: &FixedWidth) -> Result<Self, ReadError> {
        Ok(Self {
            source: match layout.has_line_ends {
                true => Source::Lines(Lines::new(source, &layout.frame)?),
                false => Source::FixedLength(FixedLengthRecords::new(source, &layout.frame, layout.width)?),
            },
            cutter: Cutter::new(layout),
            names: layout.columns.iter().map(|column| column.name.clone()).collect(),
            record: 0,
        })
    }

    /// The declared columns.
    pub fn columns(&self) -> &[String] {
        &self.names
    }

    /// The sender's trailers that were met so far, the first thousand.
    pub fn trailers(&self) -> &[Trailer] {
        match &self.source {
            Source::Lines(lines) => lines.trailers(),
            Source::FixedLength(records) => records.trailers(),
        }
    }

    /// Lines that were passed over by declaration.
    pub fn passed_over(&self) -> u64 {
        match &self.source {
            Source::Lines(lines) => lines.trailer_count(),
            Source::FixedLength(records) => records.trailer_count(),
        }
    }

    /// The next record. Empty lines and trailers are no records.
    ///
    /// # Errors
    /// Where the source cannot be read, or its last lines are not the declared trailers.
    pub fn next_record(&mut self) -> Result<Option<Record<'_>>, ReadError> {
        self.record += 1;
        let record = self.record;
        let (place, raw, whole) = match &mut self.source {
            Source::Lines(lines) => {
                let Some(line) = lines.next_line()? else { return Ok(None) };
                let place = Place { record, line: lines.number(), extent: Some(lines.extent(line.content)) };
                lines.consume(line.consumed, 1);
                let from = lines.start() - line.consumed;
                let whole = match line.defect {
                    Some(LineDefect::TooLong) => Err(QuarantineCode::TooLong),
                    Some(LineDefect::Unterminated) => Err(QuarantineCode::Unterminated),
                    None => Ok(()),
                };
                (place, &lines.bytes()[from..from + line.content], whole)
            }
            Source::FixedLength(records) => {
                let Some(whole) = records.next_record()? else { return Ok(None) };
                (Place { record, line: records.number(), extent: Some(records.extent()) }, records.bytes(), whole)
            }
        };
        let fields = whole.and_then(|()| self.cutter.cut(raw));
        Ok(Some(Record { place, fields, raw }))
    }
}

/// Cuts records into their columns.
struct Cutter {
    /// Encoding of the bytes as they come.
    encoding: Encoding,
    columns: Vec<FixedColumn>,
    width: usize,
    is_trimmed: bool,
    text: String,
    /// Byte at which each character begins.
    starts: Vec<u32>,
    bounds: Vec<(u32, u32)>,
}

impl Cutter {
    fn new(layout: &FixedWidth) -> Self {
        Self {
            encoding: layout.frame.encoding.read_as(),
            columns: layout.columns.clone(),
            width: layout.width,
            is_trimmed: layout.is_trimmed,
            text: String::new(),
            starts: Vec::new(),
            bounds: Vec::new(),
        }
    }

    /// The fields of a record. One of another length than the declared one has none.
    fn cut(&mut self, raw: &[u8]) -> Result<Fields<'_>, QuarantineCode> {
        self.text.clear();
        self.encoding.decode(raw, &mut self.text)?;
        self.starts.clear();
        self.starts.extend(self.text.char_indices().map(|(at, _)| at as u32));
        let characters = self.starts.len();
        if characters > self.width || (characters < self.width && !self.is_trimmed) {
            return Err(QuarantineCode::FieldCount);
        }
        let end = self.text.len() as u32;
        let byte = |character: usize| self.starts.get(character).copied().unwrap_or(end);
        self.bounds.clear();
        self.bounds.extend(self.columns.iter().map(|column| (byte(column.start), byte(column.end))));
        Ok(Fields::of_text(&self.text, &self.bounds))
    }
}
