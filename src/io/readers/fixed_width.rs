//! A strict reader of text with fields at fixed places, as mainframes write it. Places are characters, not bytes.

use super::ReadError;
use super::layout::{FixedColumn, FixedWidth};
use super::lines::{LineDefect, Lines};
use super::record::{Fields, Place, Record, Trailer};
use crate::finding::QuarantineCode;
use std::io::Read;

/// Reads records from a source in bounded memory.
pub struct FixedWidthReader<R> {
    lines: Lines<R>,
    columns: Vec<FixedColumn>,
    names: Vec<String>,
    width: usize,
    is_trimmed: bool,
    record: u64,
    text: String,
    /// Byte at which each character begins, and the end.
    starts: Vec<u32>,
    bounds: Vec<(u32, u32)>,
}

impl<R: Read> FixedWidthReader<R> {
    /// A reader that has consumed the preamble.
    ///
    /// # Errors
    /// Where the source cannot be read.
    pub fn new(source: R, layout: &FixedWidth) -> Result<Self, ReadError> {
        Ok(Self {
            lines: Lines::new(source, &layout.frame)?,
            columns: layout.columns.clone(),
            names: layout.columns.iter().map(|column| column.name.clone()).collect(),
            width: layout.width,
            is_trimmed: layout.is_trimmed,
            record: 0,
            text: String::new(),
            starts: Vec::new(),
            bounds: Vec::new(),
        })
    }

    /// The declared columns.
    pub fn columns(&self) -> &[String] {
        &self.names
    }

    /// The sender's trailers that were met so far, the first thousand.
    pub fn trailers(&self) -> &[Trailer] {
        self.lines.trailers()
    }

    /// Lines that were passed over by declaration.
    pub fn passed_over(&self) -> u64 {
        self.lines.trailer_count()
    }

    /// The next record. Empty lines and trailers are no records.
    ///
    /// # Errors
    /// Where the source cannot be read, or its last lines are not the declared trailers.
    pub fn next_record(&mut self) -> Result<Option<Record<'_>>, ReadError> {
        let Some(line) = self.lines.next_line()? else { return Ok(None) };
        self.record += 1;
        let place = Place { record: self.record, line: self.lines.number(), extent: Some(self.lines.extent(line.content)) };
        let outcome = match line.defect {
            Some(LineDefect::TooLong) => Err(QuarantineCode::TooLong),
            Some(LineDefect::Unterminated) => Err(QuarantineCode::Unterminated),
            None => self.cut(line.content),
        };
        self.lines.consume(line.consumed, 1);
        let from = self.lines.start() - line.consumed;
        let raw = &self.lines.bytes()[from..from + line.content];
        Ok(Some(Record { place, fields: outcome.map(|()| Fields::of_text(&self.text, &self.bounds)), raw }))
    }

    /// Cuts the line that is unread into its columns. A line of another length than the declared one has no fields.
    fn cut(&mut self, content: usize) -> Result<(), QuarantineCode> {
        let raw = &self.lines.bytes()[self.lines.start()..][..content];
        self.text.clear();
        self.lines.encoding().decode(raw, &mut self.text)?;
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
        Ok(())
    }
}
