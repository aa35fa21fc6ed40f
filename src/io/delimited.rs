//! A strict, streaming reader of delimited text.
//!
//! A general CSV parser takes nearly any bytes for records. This one says what does not fit: a quote where none can stand, an
//! undecodable byte, a record cut at the end of the file. After a defect it goes on at the next line, so that one bad line costs one
//! record. A quoted field may hold line ends; a record that spans lines and then does not have the header's width is taken for a stray
//! quote, and reading goes on at its second line.

use crate::config::file::Encoding;
use crate::finding::QuarantineCode;
use encoding_rs::WINDOWS_1252;
use memchr::memchr;
use std::io::{self, Read};

/// Bytes read from the source at a time.
const CHUNK_BYTES: usize = 1 << 20;
/// The longest record; what is longer is a stray quote or no text at all.
const MAX_RECORD_BYTES: usize = 1 << 16;

/// How a file's bytes become records.
#[derive(Debug, Clone, Copy)]
pub struct Dialect {
    /// Byte between fields.
    pub delimiter: u8,
    /// Quote byte, where the sender quotes.
    pub quote: Option<u8>,
    /// Character encoding.
    pub encoding: Encoding,
}

/// The place of a record in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Number of the record, from 1, the header not counted.
    pub record: u64,
    /// Physical line on which it begins, from 1.
    pub line: u64,
}

/// One record: its fields, or the reason why it has none.
#[derive(Debug)]
pub struct Record<'a> {
    /// Where it stands.
    pub place: Place,
    /// Its fields, or its defect.
    pub fields: Result<Fields<'a>, QuarantineCode>,
    /// Its bytes, without the line end.
    pub raw: &'a [u8],
}

/// The decoded fields of one record.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'a> {
    text: &'a str,
    bounds: &'a [(u32, u32)],
}

impl<'a> Fields<'a> {
    /// Number of fields.
    pub fn len(&self) -> usize {
        self.bounds.len()
    }

    /// Whether there is none. A record always has one.
    pub fn is_empty(&self) -> bool {
        self.bounds.is_empty()
    }

    /// The field at `index`, empty where there is none.
    pub fn get(&self, index: usize) -> &'a str {
        match self.bounds.get(index) {
            Some(&(start, end)) => &self.text[start as usize..end as usize],
            None => "",
        }
    }

    /// All fields in order.
    pub fn iter(&self) -> impl Iterator<Item = &'a str> + '_ {
        (0..self.len()).map(|index| self.get(index))
    }
}

/// What a line turned out to be.
enum Shape {
    /// A record of this many content bytes, that ends after this many bytes.
    Record { content: usize, consumed: usize, has_quotes: bool },
    /// A defect; reading goes on after this many bytes.
    Defect { code: QuarantineCode, content: usize, consumed: usize },
}

/// Reads records from a source in bounded memory.
pub struct DelimitedReader<R> {
    source: R,
    dialect: Dialect,
    width: Option<usize>,
    buffer: Vec<u8>,
    start: usize,
    at_end: bool,
    line: u64,
    record: u64,
    decoded: String,
    raw_bounds: Vec<(u32, u32, bool)>,
    bounds: Vec<(u32, u32)>,
}

impl<R: Read> DelimitedReader<R> {
    /// A reader that has consumed a byte order mark, and nothing else.
    ///
    /// # Errors
    /// Where the source cannot be read.
    pub fn new(source: R, dialect: Dialect) -> io::Result<Self> {
        let mut reader = Self {
            source,
            dialect,
            width: None,
            buffer: Vec::with_capacity(2 * CHUNK_BYTES),
            start: 0,
            at_end: false,
            line: 1,
            record: 0,
            decoded: String::new(),
            raw_bounds: Vec::new(),
            bounds: Vec::new(),
        };
        reader.fill()?;
        if dialect.encoding == Encoding::Utf8 && reader.buffer.starts_with(&[0xEF, 0xBB, 0xBF]) {
            reader.start = 3;
        }
        Ok(reader)
    }

    /// Reads the header line, which sets the width of every record. `None` for an empty file.
    ///
    /// # Errors
    /// Where the source cannot be read; a defect of the header is the inner error.
    pub fn header(&mut self) -> io::Result<Option<Result<Vec<String>, QuarantineCode>>> {
        let names = match self.next_record()? {
            None => return Ok(None),
            Some(Record { fields: Err(code), .. }) => return Ok(Some(Err(code))),
            Some(Record { fields: Ok(fields), .. }) => fields.iter().map(|name| name.trim().to_owned()).collect::<Vec<_>>(),
        };
        self.record = 0;
        self.width = Some(names.len());
        Ok(Some(Ok(names)))
    }

    /// The next record. Empty lines are no records.
    ///
    /// # Errors
    /// Where the source cannot be read.
    pub fn next_record(&mut self) -> io::Result<Option<Record<'_>>> {
        let shape = loop {
            let Some(shape) = self.shape()? else { return Ok(None) };
            match shape {
                Shape::Record { content: 0, consumed, has_quotes } => self.advance(consumed, has_quotes),
                other => break other,
            }
        };
        self.record += 1;
        let place = Place { record: self.record, line: self.line };
        let from = self.start;
        let (fields, content, consumed, has_quotes) = match shape {
            Shape::Defect { code, content, consumed } => (Err(code), content, consumed, false),
            Shape::Record { content, consumed, has_quotes } => {
                (self.split(from, content, has_quotes), content, consumed, has_quotes)
            }
        };
        self.advance(consumed, has_quotes);
        let raw = &self.buffer[from..from + content];
        let fields = match fields {
            Err(code) => Err(code),
            Ok(Source::Buffer) => match std::str::from_utf8(raw) {
                Ok(text) => Ok(Fields { text, bounds: &self.bounds }),
                Err(_) => Err(QuarantineCode::Undecodable),
            },
            Ok(Source::Decoded) => Ok(Fields { text: &self.decoded, bounds: &self.bounds }),
        };
        Ok(Some(Record { place, fields, raw }))
    }

    /// Moves past consumed bytes and counts their lines. Only a record with quotes can hold line ends.
    fn advance(&mut self, bytes: usize, has_quotes: bool) {
        self.line +=
            if has_quotes { memchr::memchr_iter(b'\n', &self.buffer[self.start..self.start + bytes]).count() as u64 } else { 1 };
        self.start += bytes;
    }

    /// Reads one more chunk behind what is unread.
    fn fill(&mut self) -> io::Result<()> {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        let mut chunk = (&mut self.source).take(CHUNK_BYTES as u64);
        if chunk.read_to_end(&mut self.buffer)? == 0 {
            self.at_end = true;
        }
        Ok(())
    }

    /// Finds where the next record ends, reading more as needed. `None` at the end of the file.
    fn shape(&mut self) -> io::Result<Option<Shape>> {
        let line_bytes = loop {
            let unread = &self.buffer[self.start..];
            if let Some(at) = memchr(b'\n', unread) {
                break at;
            }
            if self.at_end {
                if unread.is_empty() {
                    return Ok(None);
                }
                let bytes = unread.len();
                return Ok(Some(Shape::Defect { code: QuarantineCode::Unterminated, content: bytes, consumed: bytes }));
            }
            if unread.len() > MAX_RECORD_BYTES {
                return self.skip_long_line().map(Some);
            }
            self.fill()?;
        };
        let consumed = line_bytes + 1;
        let content = trim_carriage_return(&self.buffer[self.start..self.start + line_bytes]);
        if content > MAX_RECORD_BYTES {
            return Ok(Some(Shape::Defect { code: QuarantineCode::TooLong, content: MAX_RECORD_BYTES, consumed }));
        }
        let Some(quote) = self.dialect.quote else {
            return Ok(Some(Shape::Record { content, consumed, has_quotes: false }));
        };
        if memchr(quote, &self.buffer[self.start..self.start + content]).is_none() {
            return Ok(Some(Shape::Record { content, consumed, has_quotes: false }));
        }
        while !self.at_end && self.buffer.len() - self.start < MAX_RECORD_BYTES + 2 {
            self.fill()?;
        }
        let stray = Shape::Defect { code: QuarantineCode::StrayQuote, content, consumed };
        let window = &self.buffer[self.start..(self.start + MAX_RECORD_BYTES + 2).min(self.buffer.len())];
        Ok(Some(match scan_quoted(window, self.dialect.delimiter, quote) {
            Some(found) if found.consumed == consumed || self.width.is_none_or(|width| width == found.fields) => {
                Shape::Record { content: found.content, consumed: found.consumed, has_quotes: true }
            }
            _ => stray,
        }))
    }

    /// Consumes a line that is longer than any record, keeping only its beginning in memory.
    fn skip_long_line(&mut self) -> io::Result<Shape> {
        let keep = self.start + MAX_RECORD_BYTES;
        loop {
            if let Some(at) = memchr(b'\n', &self.buffer[keep..]) {
                self.buffer.drain(keep..keep + at);
                return Ok(Shape::Defect {
                    code: QuarantineCode::TooLong,
                    content: MAX_RECORD_BYTES,
                    consumed: MAX_RECORD_BYTES + 1,
                });
            }
            self.buffer.truncate(keep);
            if (&mut self.source).take(CHUNK_BYTES as u64).read_to_end(&mut self.buffer)? == 0 {
                self.at_end = true;
                return Ok(Shape::Defect { code: QuarantineCode::TooLong, content: MAX_RECORD_BYTES, consumed: MAX_RECORD_BYTES });
            }
        }
    }

    /// Splits the record at `from` into decoded fields.
    fn split(&mut self, from: usize, content: usize, has_quotes: bool) -> Result<Source, QuarantineCode> {
        let raw = &self.buffer[from..from + content];
        self.bounds.clear();
        let delimiter = self.dialect.delimiter;
        if !has_quotes && (self.dialect.encoding == Encoding::Utf8 || raw.is_ascii()) {
            let mut field_start = 0;
            for at in memchr::memchr_iter(delimiter, raw) {
                self.bounds.push((field_start, at as u32));
                field_start = at as u32 + 1;
            }
            self.bounds.push((field_start, content as u32));
            return Ok(Source::Buffer);
        }
        self.raw_bounds.clear();
        split_quoted(raw, delimiter, self.dialect.quote.filter(|_| has_quotes), &mut self.raw_bounds);
        self.decoded.clear();
        for &(start, end, doubled) in &self.raw_bounds {
            let begin = self.decoded.len() as u32;
            decode(&raw[start as usize..end as usize], self.dialect.encoding, &mut self.decoded)?;
            if let (true, Some(quote)) = (doubled, self.dialect.quote) {
                let quote = char::from(quote);
                let single = self.decoded[begin as usize..].replace(&format!("{quote}{quote}"), &quote.to_string());
                self.decoded.truncate(begin as usize);
                self.decoded.push_str(&single);
            }
            self.bounds.push((begin, self.decoded.len() as u32));
        }
        Ok(Source::Decoded)
    }
}

/// Where the text of a record's fields stands.
enum Source {
    Buffer,
    Decoded,
}

/// The end of a record with quotes.
struct QuotedRecord {
    content: usize,
    consumed: usize,
    fields: usize,
}

fn trim_carriage_return(line: &[u8]) -> usize {
    line.len() - usize::from(line.last() == Some(&b'\r'))
}

/// Walks over a record in which quotes stand. `None` where a quote is stray or never closed within `window`.
fn scan_quoted(window: &[u8], delimiter: u8, quote: u8) -> Option<QuotedRecord> {
    let mut at = 0;
    let mut fields = 1;
    loop {
        if window.get(at) == Some(&quote) {
            at += 1;
            loop {
                at += memchr(quote, window.get(at..)?)? + 1;
                if window.get(at) != Some(&quote) {
                    break;
                }
                at += 1;
            }
        } else {
            while let Some(&byte) = window.get(at) {
                if byte == delimiter || byte == b'\n' {
                    break;
                }
                if byte == quote {
                    return None;
                }
                at += 1;
            }
        }
        match window.get(at)? {
            byte if *byte == delimiter => {
                fields += 1;
                at += 1;
            }
            b'\n' => return Some(QuotedRecord { content: trim_carriage_return(&window[..at]), consumed: at + 1, fields }),
            b'\r' if window.get(at + 1) == Some(&b'\n') => return Some(QuotedRecord { content: at, consumed: at + 2, fields }),
            _ => return None,
        }
    }
}

/// Bounds of the fields of a record that [`scan_quoted`] accepted, without their quotes; the flag says that quotes are doubled inside.
fn split_quoted(raw: &[u8], delimiter: u8, quote: Option<u8>, bounds: &mut Vec<(u32, u32, bool)>) {
    let mut at = 0;
    loop {
        let end;
        if quote.is_some() && raw.get(at).copied() == quote {
            let quote = raw[at];
            let start = at + 1;
            let mut doubled = false;
            let mut cursor = start;
            while let Some(found) = memchr(quote, &raw[cursor..]) {
                cursor += found + 1;
                if raw.get(cursor) != Some(&quote) {
                    break;
                }
                doubled = true;
                cursor += 1;
            }
            end = cursor;
            bounds.push((start as u32, (cursor - 1) as u32, doubled));
        } else {
            end = memchr(delimiter, &raw[at..]).map_or(raw.len(), |found| at + found);
            bounds.push((at as u32, end as u32, false));
        }
        if end >= raw.len() {
            return;
        }
        at = end + 1;
        if at == raw.len() {
            bounds.push((at as u32, at as u32, false));
            return;
        }
    }
}

/// Appends decoded bytes to `text`.
fn decode(bytes: &[u8], encoding: Encoding, text: &mut String) -> Result<(), QuarantineCode> {
    match encoding {
        Encoding::Utf8 => text.push_str(std::str::from_utf8(bytes).map_err(|_| QuarantineCode::Undecodable)?),
        Encoding::Windows1252 => {
            // The encoding standard maps the five unassigned bytes to control characters; no sender writes these.
            if bytes.iter().any(|byte| matches!(byte, 0x81 | 0x8D | 0x8F | 0x90 | 0x9D)) {
                return Err(QuarantineCode::Undecodable);
            }
            text.push_str(&WINDOWS_1252.decode_without_bom_handling(bytes).0);
        }
    }
    Ok(())
}
