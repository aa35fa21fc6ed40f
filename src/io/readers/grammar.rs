//! The grammar of delimited records: where a record with quotes ends, and where its fields stand.

use memchr::{memchr, memchr2};

/// The marks of a layout.
#[derive(Debug, Clone)]
pub struct Grammar {
    /// Bytes between fields.
    pub delimiter: Vec<u8>,
    /// Quote byte, where the sender quotes.
    pub quote: Option<u8>,
    /// Byte that makes the next one a plain character.
    pub escape: Option<u8>,
}

/// A record as the grammar sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scanned {
    /// Bytes without the line end.
    pub content: usize,
    /// Bytes with the line end.
    pub consumed: usize,
    /// Number of fields.
    pub fields: usize,
}

/// Why the grammar sees no record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// A quote stands where none can.
    Stray,
    /// The bytes end before the record does.
    Open,
}

/// A field within a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// First byte of its content.
    pub start: usize,
    /// First byte behind its content.
    pub end: usize,
    /// Whether doubled quotes or escapes stand in it.
    pub has_marks: bool,
}

impl Grammar {
    /// Whether a line may hold more than plain fields.
    pub fn has_marks(&self, line: &[u8]) -> bool {
        match (self.quote, self.escape) {
            (None, None) => false,
            (Some(mark), None) | (None, Some(mark)) => memchr(mark, line).is_some(),
            (Some(quote), Some(escape)) => memchr2(quote, escape, line).is_some(),
        }
    }

    /// Walks over the record at the start of `bytes`. `end_ends`: the end of the bytes ends a record.
    ///
    /// # Errors
    /// What keeps the bytes from being a record.
    pub fn scan(&self, bytes: &[u8], end_ends: bool) -> Result<Scanned, Broken> {
        self.walk(bytes, end_ends, false)
    }

    /// The same, but a quote that stands where none can is taken for content: where a record ends that has a stray quote.
    ///
    /// # Errors
    /// Where the bytes end before the record does.
    pub fn scan_over_stray(&self, bytes: &[u8], end_ends: bool) -> Result<Scanned, Broken> {
        self.walk(bytes, end_ends, true)
    }

    /// Walks over the rest of a record whose first byte lies inside of quotes. Its first field is the rest of that one.
    ///
    /// # Errors
    /// What keeps the bytes from being the rest of a record.
    pub fn scan_rest(&self, bytes: &[u8], end_ends: bool) -> Result<Scanned, Broken> {
        let quote = self.quote.ok_or(Broken::Open)?;
        let end = self.closing_quote(bytes, 0, quote, false, &mut false)?;
        self.walk_from(bytes, end + 1, end_ends, false)
    }

    fn walk(&self, bytes: &[u8], end_ends: bool, is_lenient: bool) -> Result<Scanned, Broken> {
        let at = self.field(bytes, 0, is_lenient, &mut false)?.1;
        self.walk_from(bytes, at, end_ends, is_lenient)
    }

    /// Goes on behind the first field.
    fn walk_from(&self, bytes: &[u8], mut at: usize, end_ends: bool, is_lenient: bool) -> Result<Scanned, Broken> {
        let mut fields = 1;
        loop {
            let rest = &bytes[at..];
            if rest.starts_with(&self.delimiter) {
                fields += 1;
                at = self.field(bytes, at + self.delimiter.len(), is_lenient, &mut false)?.1;
                continue;
            }
            return match rest {
                [b'\n', ..] => Ok(Scanned { content: at, consumed: at + 1, fields }),
                [b'\r', b'\n', ..] => Ok(Scanned { content: at, consumed: at + 2, fields }),
                [b'\r'] if end_ends => Ok(Scanned { content: at, consumed: at + 1, fields }),
                [] if end_ends => Ok(Scanned { content: at, consumed: at, fields }),
                [] | [b'\r'] => Err(Broken::Open),
                _ => Err(Broken::Stray),
            };
        }
    }

    /// Bounds of the fields of a whole record.
    pub fn split(&self, record: &[u8], spans: &mut Vec<Span>) {
        spans.clear();
        let mut at = 0;
        loop {
            let mut has_marks = false;
            let Ok((content, next)) = self.field(record, at, false, &mut has_marks) else { return };
            spans.push(Span { start: content.0, end: content.1, has_marks });
            if !record[next..].starts_with(&self.delimiter) {
                return;
            }
            at = next + self.delimiter.len();
        }
    }

    /// Appends a field's bytes without its doubled quotes and escapes. A single quote stands in no field.
    pub fn plain(&self, field: &[u8], out: &mut Vec<u8>) {
        let mut bytes = field.iter().copied();
        while let Some(byte) = bytes.next() {
            let is_mark = Some(byte) == self.escape || Some(byte) == self.quote;
            out.extend(if is_mark { bytes.next() } else { Some(byte) });
        }
    }

    /// The field at `at`: bounds of its content, and where it ends with its quotes.
    fn field(&self, bytes: &[u8], at: usize, is_lenient: bool, has_marks: &mut bool) -> Result<((usize, usize), usize), Broken> {
        match (self.quote, bytes.get(at)) {
            (Some(quote), Some(first)) if *first == quote => {
                let end = self.closing_quote(bytes, at + 1, quote, is_lenient, has_marks)?;
                Ok(((at + 1, end), end + 1))
            }
            _ => {
                let end = self.plain_end(bytes, at, is_lenient, has_marks)?;
                Ok(((at, end), end))
            }
        }
    }

    fn closing_quote(
        &self,
        bytes: &[u8],
        mut at: usize,
        quote: u8,
        is_lenient: bool,
        has_marks: &mut bool,
    ) -> Result<usize, Broken> {
        loop {
            let rest = bytes.get(at..).ok_or(Broken::Open)?;
            let found = match self.escape {
                Some(escape) => memchr2(quote, escape, rest),
                None => memchr(quote, rest),
            };
            let place = at + found.ok_or(Broken::Open)?;
            let is_doubled = bytes[place] == quote && bytes.get(place + 1) == Some(&quote);
            if bytes[place] == quote && !is_doubled {
                if !is_lenient || self.is_field_end(&bytes[place + 1..]) {
                    return Ok(place);
                }
                at = place + 1;
                continue;
            }
            *has_marks = true;
            at = place + 2;
        }
    }

    fn is_field_end(&self, behind: &[u8]) -> bool {
        behind.starts_with(&self.delimiter) || matches!(behind, [] | [b'\n', ..] | [b'\r'] | [b'\r', b'\n', ..])
    }

    /// The end of a field without quotes: a delimiter, a line end, the end of the bytes.
    fn plain_end(&self, bytes: &[u8], mut at: usize, is_lenient: bool, has_marks: &mut bool) -> Result<usize, Broken> {
        while let Some(&byte) = bytes.get(at) {
            if byte == b'\n' || (byte == b'\r' && matches!(bytes.get(at + 1), None | Some(b'\n'))) {
                break;
            }
            if byte == self.delimiter[0] && bytes[at..].starts_with(&self.delimiter) {
                break;
            }
            if Some(byte) == self.escape {
                *has_marks = true;
                at += 2;
                if at > bytes.len() {
                    return Err(Broken::Open);
                }
                continue;
            }
            if Some(byte) == self.quote && !is_lenient {
                return Err(Broken::Stray);
            }
            at += 1;
        }
        Ok(at)
    }
}
