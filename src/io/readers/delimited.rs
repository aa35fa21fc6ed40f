//! A strict, streaming reader of delimited text.
//!
//! A general CSV parser takes nearly any bytes for records. This one says what does not fit: a quote where none can stand, an
//! undecodable byte, a record cut at the end of the file. After a damaged record it goes on with the next one, so that one bad line costs
//! one record; where a damaged record begins and ends is found out by [`super::ahead`].

use super::ReadError;
use super::ahead::{RecordsAhead, Shape};
use super::grammar::{Grammar, Span};
use super::layout::{Delimited, Header};
use super::lines::Lines;
use super::record::{Fields, Place, Record, Trailer};
use crate::finding::QuarantineCode;
use std::io::Read;

/// Reads records from a source in bounded memory.
pub struct DelimitedReader<R> {
    lines: Lines<R>,
    ahead: RecordsAhead,
    columns: Vec<String>,
    /// Columns of a record, without the empty one behind a trailing delimiter.
    has_trailing_delimiter: bool,
    /// Whether the last column has no name and so no value.
    has_ghost: bool,
    skips_headers: bool,
    repeated_headers: u64,
    record: u64,
    decoded: String,
    spans: Vec<Span>,
    bounds: Vec<(u32, u32)>,
}

impl<R: Read> DelimitedReader<R> {
    /// A reader that has consumed the preamble and the header.
    ///
    /// # Errors
    /// Where the source cannot be read, has no header line although one is declared, or its header has a defect.
    pub fn new(source: R, layout: &Delimited) -> Result<Self, ReadError> {
        let mut reader = Self {
            lines: Lines::new(source, &layout.frame)?,
            ahead: RecordsAhead::new(Grammar::new(layout.delimiter.clone(), layout.quote, layout.escape)),
            columns: Vec::new(),
            has_trailing_delimiter: false,
            has_ghost: false,
            skips_headers: layout.header == Header::Repeated,
            repeated_headers: 0,
            record: 0,
            decoded: String::new(),
            spans: Vec::new(),
            bounds: Vec::new(),
        };
        reader.columns = match &layout.header {
            Header::Absent(names) => names.clone(),
            Header::First | Header::Repeated => reader.header()?,
        };
        if layout.has_trailing_delimiter && reader.columns.last().is_some_and(String::is_empty) {
            reader.columns.pop();
        }
        reader.has_ghost =
            !layout.has_trailing_delimiter && reader.columns.len() > 1 && reader.columns.last().is_some_and(String::is_empty);
        reader.has_trailing_delimiter = layout.has_trailing_delimiter;
        reader.skips_headers = layout.header == Header::Repeated;
        reader.ahead.begin(&mut reader.lines, reader.columns.len() + usize::from(layout.has_trailing_delimiter))?;
        Ok(reader)
    }

    /// The column names. A record that is not as wide has no valid fields.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The sender's trailers that were met so far, the first thousand.
    pub fn trailers(&self) -> &[Trailer] {
        self.lines.trailers()
    }

    /// Lines that were passed over by declaration: repeated headers and trailers.
    pub fn passed_over(&self) -> u64 {
        self.lines.trailer_count() + self.repeated_headers
    }

    fn header(&mut self) -> Result<Vec<String>, ReadError> {
        let line = self.lines.number();
        let skips_headers = std::mem::take(&mut self.skips_headers);
        let names = match self.next_record()? {
            None => {
                return Err(ReadError::file("the file is empty", "a file without records still has its header line").at_line(line));
            }
            Some(Record { fields: Err(code), place, .. }) => {
                let message = format!("the header cannot be read: {}", code.meaning());
                let hint = "compare encoding, delimiter and quote with the feed's declaration";
                return Err(ReadError::file(message, hint).at_line(place.line));
            }
            Some(Record { fields: Ok(fields), .. }) => fields.iter().map(|name| name.trim().to_owned()).collect(),
        };
        self.record = 0;
        self.skips_headers = skips_headers;
        Ok(names)
    }

    /// The next record. Empty lines, trailers and repeated headers are no records.
    ///
    /// # Errors
    /// Where the source cannot be read, or its last lines are not the declared trailers.
    pub fn next_record(&mut self) -> Result<Option<Record<'_>>, ReadError> {
        let (place, from, shape, fields) = loop {
            let shape = match self.ahead.waiting_shape(&mut self.lines)? {
                Some(shape) => shape,
                None => {
                    let Some(line) = self.lines.next_line()? else { return Ok(None) };
                    self.ahead.shape(&mut self.lines, line)?
                }
            };
            let place =
                Place { record: self.record + 1, line: self.lines.number(), extent: Some(self.lines.extent(shape.content)) };
            let fields = match shape.defect {
                Some(code) => Err(code),
                None => self.split(self.lines.start(), shape),
            };
            self.lines.consume(shape.consumed, shape.lines);
            // Consuming moves no byte: the record still stands before what is unread now.
            let from = self.lines.start() - shape.consumed;
            if self.skips_headers && self.is_header(from, shape, fields) {
                self.repeated_headers += 1;
                continue;
            }
            self.record += 1;
            break (place, from, shape, fields);
        };
        let raw = &self.lines.bytes()[from..from + shape.content];
        let fields = match fields {
            Err(code) => Err(code),
            Ok(Text::Raw) => match std::str::from_utf8(raw) {
                Ok(text) => Ok(Fields::of_text(text, &self.bounds)),
                Err(_) => Err(QuarantineCode::Undecodable),
            },
            Ok(Text::Decoded) => Ok(Fields::of_text(&self.decoded, &self.bounds)),
        };
        Ok(Some(Record { place, fields, raw }))
    }

    /// Whether a record repeats the header.
    fn is_header(&self, from: usize, shape: Shape, fields: Result<Text, QuarantineCode>) -> bool {
        let text = match fields {
            Err(_) => return false,
            Ok(Text::Raw) => match std::str::from_utf8(&self.lines.bytes()[from..from + shape.content]) {
                Ok(text) => text,
                // No header, but an undecodable record.
                Err(_) => return false,
            },
            Ok(Text::Decoded) => &self.decoded,
        };
        let fields = Fields::of_text(text, &self.bounds);
        fields.len() == self.columns.len() && fields.iter().zip(&self.columns).all(|(field, name)| field.trim() == name)
    }

    /// Splits the record at `from` into decoded fields.
    fn split(&mut self, from: usize, shape: Shape) -> Result<Text, QuarantineCode> {
        let raw = &self.lines.bytes()[from..from + shape.content];
        let (grammar, encoding) = (self.ahead.grammar(), self.lines.encoding());
        self.bounds.clear();
        let is_raw = encoding == super::Encoding::Utf8 || raw.is_ascii();
        let spans: &[Span] = match self.ahead.spans() {
            [] if is_raw && !shape.has_marks => &[],
            [] => {
                grammar.split(raw, &mut self.spans);
                &self.spans
            }
            known => known,
        };
        let text = if is_raw && !spans.iter().any(|span| span.has_marks) {
            if memchr::memchr(0, raw).is_some() {
                return Err(QuarantineCode::Undecodable);
            }
            match spans {
                [] => grammar.plain_fields(raw, |start, end| self.bounds.push((start as u32, end as u32))),
                spans => self.bounds.extend(spans.iter().map(|span| (span.start as u32, span.end as u32))),
            }
            Text::Raw
        } else {
            self.decoded.clear();
            let mut plain = Vec::new();
            for span in spans {
                let start = self.decoded.len() as u32;
                let field = &raw[span.start..span.end];
                if span.has_marks {
                    plain.clear();
                    grammar.plain(field, &mut plain);
                    encoding.decode(&plain, &mut self.decoded)?;
                } else {
                    encoding.decode(field, &mut self.decoded)?;
                }
                self.bounds.push((start, self.decoded.len() as u32));
            }
            Text::Decoded
        };
        let last_is_empty = self.bounds.last().is_none_or(|(start, end)| start == end);
        if self.has_trailing_delimiter || (self.has_ghost && self.bounds.len() == self.columns.len()) {
            if !last_is_empty {
                return Err(QuarantineCode::FieldCount);
            }
            if self.has_trailing_delimiter {
                self.bounds.pop();
            }
        }
        Ok(text)
    }
}

/// Where the text of a record's fields stands.
#[derive(Debug, Clone, Copy)]
enum Text {
    Raw,
    Decoded,
}
