//! A strict, streaming reader of delimited text.
//!
//! A general CSV parser takes nearly any bytes for records. This one says what does not fit: a quote where none can stand, an
//! undecodable byte, a record cut at the end of the file. After a defect it goes on at the next line, so that one bad line costs one
//! record. A quoted field may hold line ends; whether a record that spans lines is one, or a stray quote on its first line, is decided by
//! which of the two leaves fewer defects behind.

use super::ReadError;
use super::grammar::{Broken, Grammar, Scanned, Span};
use super::layout::{Delimited, Header};
use super::lines::{Line, LineDefect, Lines, MAX_RECORD_BYTES};
use super::record::{Fields, Place, Record, Trailer};
use crate::finding::QuarantineCode;
use std::io::Read;

/// Columns from which on the lines behind a record are looked at: whether they are the rest of a text that it was cut from.
const LEAST_COLUMNS: usize = 6;

/// What the next record turned out to be.
#[derive(Debug, Clone, Copy)]
struct Shape {
    content: usize,
    consumed: usize,
    has_marks: bool,
    defect: Option<QuarantineCode>,
}

/// What is unread, as far as it is looked at to judge a record with quotes.
struct Behind<'a> {
    bytes: &'a [u8],
    /// The source ends with them.
    is_all: bool,
    /// Their end ends a record.
    end_ends: bool,
}

/// Reads records from a source in bounded memory.
pub struct DelimitedReader<R> {
    lines: Lines<R>,
    grammar: Grammar,
    columns: Vec<String>,
    /// Delimiters of a record, and one; `None` before the header is read.
    width: Option<usize>,
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
            grammar: Grammar { delimiter: layout.delimiter.clone(), quote: layout.quote, escape: layout.escape },
            columns: Vec::new(),
            width: None,
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
        reader.width = Some(reader.columns.len() + usize::from(layout.has_trailing_delimiter));
        reader.skips_headers = layout.header == Header::Repeated;
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
            let Some(line) = self.lines.next_line()? else { return Ok(None) };
            let shape = self.shape(line)?;
            let place =
                Place { record: self.record + 1, line: self.lines.number(), extent: Some(self.lines.extent(shape.content)) };
            let fields = match shape.defect {
                Some(code) => Err(code),
                None => self.split(self.lines.start(), shape),
            };
            let record = &self.lines.bytes()[self.lines.start()..][..shape.consumed];
            let ends = if shape.has_marks { memchr::memchr_iter(b'\n', record).count() as u64 } else { 1 };
            self.lines.consume(shape.consumed, ends);
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

    /// Finds where the record ends that begins with this line.
    fn shape(&mut self, line: Line) -> Result<Shape, ReadError> {
        let shape = |content, consumed, has_marks, defect| Shape { content, consumed, has_marks, defect };
        match line.defect {
            Some(LineDefect::TooLong) => return Ok(shape(line.content, line.consumed, false, Some(QuarantineCode::TooLong))),
            Some(LineDefect::Unterminated) => {
                return Ok(shape(line.content, line.consumed, false, Some(QuarantineCode::Unterminated)));
            }
            None => {}
        }
        // Enough for a record and the one behind it.
        let window = 2 * (MAX_RECORD_BYTES + 2);
        let has_marks = self.grammar.has_marks(&self.lines.bytes()[self.lines.start()..][..line.content]);
        if !has_marks && (self.width.is_none() || self.lines.lacks(self.grammar.quote, line.consumed + MAX_RECORD_BYTES)?) {
            return Ok(shape(line.content, line.consumed, false, None));
        }
        let is_all = self.lines.require(window)?;
        let unread = &self.lines.bytes()[self.lines.start()..];
        let unread = &unread[..unread.len().min(window)];
        let behind = Behind { bytes: unread, is_all, end_ends: is_all && self.lines.end_ends_record() };
        let limit = unread.len().min(MAX_RECORD_BYTES + 2);
        let end_ends = behind.end_ends && unread.len() == limit;
        let one = |found: Scanned, defect| shape(found.content, found.consumed, true, defect);
        let stray = shape(line.content, line.consumed, true, Some(QuarantineCode::StrayQuote));
        Ok(match self.grammar.scan(&unread[..limit], end_ends) {
            Ok(found) if found.consumed == line.consumed || self.is_one_record(&behind, line, found) => {
                match self.rest_behind(&behind, found) {
                    // One of its lines begins what is clean by itself, and the first is about a record: the stray quote stands there.
                    Some(whole)
                        if found.consumed > line.consumed
                            && self.has_about_width(&unread[..line.content])
                            && self.is_clean_from_a_line(&behind, line.consumed, whole.consumed) =>
                    {
                        stray
                    }
                    Some(whole) if self.can_begin(&behind, found, whole) => one(whole, Some(QuarantineCode::StrayQuote)),
                    _ => Shape { has_marks, ..one(found, None) },
                }
            }
            Ok(_) => stray,
            // The file ends within the record, unless from some line on everything is clean by itself.
            Err(Broken::Open)
                if is_all
                    && line.consumed < limit
                    && unread.len() == limit
                    && !self.is_clean_from_a_line(&behind, line.consumed, limit) =>
            {
                shape(limit, limit, true, Some(QuarantineCode::Unterminated))
            }
            Err(Broken::Open) => stray,
            Err(Broken::Stray) => match self.grammar.scan_over_stray(&unread[..limit], end_ends) {
                Ok(found) if found.consumed > line.consumed && self.is_one_defect(&behind, line, found) => {
                    one(found, Some(QuarantineCode::StrayQuote))
                }
                _ => stray,
            },
        })
    }

    /// Whether a record that spans lines is one, and not a stray quote on its first line: it has the header's width, or the lines behind its
    /// first are no clean records by themselves.
    fn is_one_record(&self, behind: &Behind<'_>, line: Line, found: Scanned) -> bool {
        self.width.is_none_or(|width| width == found.fields) || !self.is_clean_up_to(behind, line.consumed, found.consumed)
    }

    /// What stands behind a record that looks clean, where it is no record but the rest of one, up to a quote that closes a field. Gives the
    /// record with this rest.
    fn rest_behind(&self, behind: &Behind<'_>, found: Scanned) -> Option<Scanned> {
        let (quote, width) = (self.grammar.quote?, self.width?);
        // Of few columns, too little tells a record from a piece of a text.
        if found.fields != width || width < LEAST_COLUMNS {
            return None;
        }
        let bytes = &behind.bytes[found.consumed..];
        let quote_at = memchr::memchr(quote, bytes)?;
        // Every line up to that of the quote: none may be a record.
        let mut at = 0;
        while at <= quote_at {
            let line = &bytes[at..];
            match self.grammar.scan(line, behind.end_ends) {
                Ok(own) if own.content > 0 && own.fields == width => return None,
                Err(Broken::Open) if !behind.is_all => return None,
                _ => at += memchr::memchr(b'\n', line).map_or(line.len(), |end| end + 1),
            }
        }
        let rest = self.grammar.scan_rest(bytes, behind.end_ends).ok()?;
        let whole =
            Scanned { content: found.consumed + rest.content, consumed: found.consumed + rest.consumed, fields: rest.fields };
        let is_rest =
            self.is_clean(behind, whole.consumed, width) && !self.is_start_of_record(&behind.bytes[..found.content], bytes);
        is_rest.then_some(whole)
    }

    /// Whether one quote too many within the last field, or a cut before its quote, makes of one record this one and the rest behind it. Of another
    /// field the rest could only be where its text happens to hold as many delimiters as the record lacks.
    fn can_begin(&self, behind: &Behind<'_>, found: Scanned, whole: Scanned) -> bool {
        let bytes = &behind.bytes[..whole.consumed];
        let record = &bytes[..found.content];
        if whole.fields > 1 {
            return false;
        }
        let is_cut = record.ends_with(&self.grammar.delimiter);
        let is_healed_without = |at: usize| {
            let healed = [&bytes[..at], &bytes[at + 1..]].concat();
            let scanned = self.grammar.scan(&healed, behind.end_ends);
            scanned.is_ok_and(|scanned| scanned.consumed == healed.len() && Some(scanned.fields) == self.width)
        };
        let quote = self.grammar.quote;
        is_cut || quote.is_some_and(|quote| memchr::memchr_iter(quote, record).any(is_healed_without))
    }

    /// Whether a line has as many fields as the header, or one more or less, whatever its quotes.
    fn has_about_width(&self, line: &[u8]) -> bool {
        let fields = memchr::memmem::find_iter(line, &self.grammar.delimiter).count() + 1;
        self.width.is_some_and(|width| fields.abs_diff(width) <= 1)
    }

    /// Whether bytes look like the start of a polluted record, by their number of fields or by a first field like that of the record before.
    fn is_start_of_record(&self, record: &[u8], bytes: &[u8]) -> bool {
        let line = &bytes[..memchr::memchr(b'\n', bytes).unwrap_or(bytes.len())];
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            return false;
        }
        let look_of_first = |record: &[u8]| {
            let end = memchr::memmem::find(record, &self.grammar.delimiter).unwrap_or(record.len());
            look(&record[..end], self.grammar.quote)
        };
        // A line that was cut may end in the quote that opens a field.
        let before_quote = self.grammar.quote.and_then(|quote| memchr::memchr(quote, line)).map(|at| &line[..at]);
        let is_open = before_quote
            .is_some_and(|text| text.len() + 1 == line.len() && (text.is_empty() || text.ends_with(&self.grammar.delimiter)));
        self.has_about_width(line) || is_open || record.starts_with(line) || look_of_first(line) == look_of_first(record)
    }

    /// Whether a stray quote stands within a record that spans lines, so that all its lines are lost with it: the record has the header's width
    /// but for the quote, is followed by a clean one, and holds no line from which on everything is clean by itself.
    fn is_one_defect(&self, behind: &Behind<'_>, line: Line, found: Scanned) -> bool {
        let Some(width) = self.width else { return false };
        found.fields == width
            && self.is_clean(behind, found.consumed, width)
            && !self.is_clean_from_a_line(behind, line.consumed, found.consumed)
    }

    /// Whether there is a line from `from` on, from which the bytes up to `to` at least are clean records.
    fn is_clean_from_a_line(&self, behind: &Behind<'_>, mut from: usize, to: usize) -> bool {
        while from < to {
            if self.is_clean_up_to(behind, from, to) {
                return true;
            }
            from = memchr::memchr(b'\n', &behind.bytes[from..]).map_or(to, |at| from + at + 1);
        }
        false
    }

    /// Whether the record at `at` has the header's width, as far as it can be seen.
    fn is_clean(&self, behind: &Behind<'_>, at: usize, width: usize) -> bool {
        let bytes = &behind.bytes[at..];
        match self.grammar.scan(bytes, behind.end_ends) {
            Ok(found) => found.content == 0 || found.fields == width,
            // The file or the window ends within it: nothing speaks against it.
            Err(Broken::Open) => !behind.is_all || memchr::memchr(b'\n', bytes).is_none(),
            Err(Broken::Stray) => false,
        }
    }

    /// Whether the bytes from `from` up to `to` at least are records of the header's width, and one at least.
    fn is_clean_up_to(&self, behind: &Behind<'_>, from: usize, to: usize) -> bool {
        let Some(width) = self.width else { return false };
        let mut at = from;
        let mut has_record = false;
        while at < to {
            at += match self.grammar.scan(&behind.bytes[at..], behind.end_ends) {
                Ok(found) if found.content == 0 => found.consumed.max(1),
                Ok(found) if found.fields == width => {
                    has_record = true;
                    found.consumed
                }
                // The last line of a file that was cut.
                Err(Broken::Open) if to == behind.bytes.len() && memchr::memchr(b'\n', &behind.bytes[at..]).is_none() => break,
                _ => return false,
            };
        }
        has_record
    }

    /// Splits the record at `from` into decoded fields.
    fn split(&mut self, from: usize, shape: Shape) -> Result<Text, QuarantineCode> {
        let raw = &self.lines.bytes()[from..from + shape.content];
        let encoding = self.lines.encoding();
        self.bounds.clear();
        let is_raw = encoding == super::Encoding::Utf8 || raw.is_ascii();
        let text = if !shape.has_marks && is_raw {
            if memchr::memchr(0, raw).is_some() {
                return Err(QuarantineCode::Undecodable);
            }
            plain_bounds(raw, &self.grammar.delimiter, &mut self.bounds);
            Text::Raw
        } else {
            self.grammar.split(raw, &mut self.spans);
            if is_raw && !self.spans.iter().any(|span| span.has_marks) {
                if memchr::memchr(0, raw).is_some() {
                    return Err(QuarantineCode::Undecodable);
                }
                self.bounds.extend(self.spans.iter().map(|span| (span.start as u32, span.end as u32)));
                Text::Raw
            } else {
                self.decoded.clear();
                let mut plain = Vec::new();
                for span in &self.spans {
                    let start = self.decoded.len() as u32;
                    let field = &raw[span.start..span.end];
                    if span.has_marks {
                        plain.clear();
                        self.grammar.plain(field, &mut plain);
                        encoding.decode(&plain, &mut self.decoded)?;
                    } else {
                        encoding.decode(field, &mut self.decoded)?;
                    }
                    self.bounds.push((start, self.decoded.len() as u32));
                }
                Text::Decoded
            }
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

/// What a field looks like: each run of letters and of digits once, without quotes.
fn look(field: &[u8], quote: Option<u8>) -> Vec<u8> {
    let kind = |byte: &u8| match byte {
        b'0'..=b'9' => b'0',
        b'a'..=b'z' | b'A'..=b'Z' | 0x80.. => b'a',
        other => *other,
    };
    let mut look: Vec<u8> = field.iter().filter(|byte| Some(**byte) != quote).map(kind).collect();
    look.dedup();
    look
}

/// Where the text of a record's fields stands.
#[derive(Debug, Clone, Copy)]
enum Text {
    Raw,
    Decoded,
}

fn plain_bounds(raw: &[u8], delimiter: &[u8], bounds: &mut Vec<(u32, u32)>) {
    let mut start = 0;
    let mut cut = |at: usize| {
        bounds.push((start, at as u32));
        start = (at + delimiter.len()) as u32;
    };
    match delimiter {
        [byte] => memchr::memchr_iter(*byte, raw).for_each(&mut cut),
        several => memchr::memmem::find_iter(raw, several).for_each(&mut cut),
    }
    cut(raw.len());
}
