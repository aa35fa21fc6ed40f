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
    /// Bytes at which a field without quotes may end or break: every other one is passed at once.
    is_stop: [bool; 256],
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
    /// The grammar of these marks.
    pub fn new(delimiter: Vec<u8>, quote: Option<u8>, escape: Option<u8>) -> Self {
        let mut is_stop = [false; 256];
        for byte in [b'\n', b'\r'].into_iter().chain(delimiter.first().copied()).chain(quote).chain(escape) {
            is_stop[usize::from(byte)] = true;
        }
        Self { delimiter, quote, escape, is_stop }
    }

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
        self.walk(bytes, memchr(b'\n', bytes), end_ends, |_| ())
    }

    /// The same, with the bounds of the fields. `line_end` is the first line end, where there is one.
    ///
    /// # Errors
    /// What keeps the bytes from being a record.
    pub fn spans(&self, bytes: &[u8], line_end: Option<usize>, end_ends: bool, spans: &mut Vec<Span>) -> Result<Scanned, Broken> {
        spans.clear();
        self.walk(bytes, line_end, end_ends, |span| spans.push(span))
    }

    fn walk(&self, bytes: &[u8], line_end: Option<usize>, end_ends: bool, mut field: impl FnMut(Span)) -> Result<Scanned, Broken> {
        if let Some(end) = line_end
            && !self.has_marks(&bytes[..end])
        {
            let content = end - usize::from(bytes[..end].last() == Some(&b'\r'));
            let mut fields = 0;
            self.plain_fields(&bytes[..content], |start, end| {
                fields += 1;
                field(Span { start, end, has_marks: false });
            });
            return Ok(Scanned { content, consumed: end + 1, fields });
        }
        let (first, at) = self.field(bytes, 0)?;
        field(first);
        self.walk_on(bytes, at, end_ends, field)
    }

    /// Walks over the rest of a record whose first byte lies inside of quotes. Its first field is the rest of that one.
    ///
    /// # Errors
    /// What keeps the bytes from being the rest of a record.
    pub fn scan_rest(&self, bytes: &[u8], end_ends: bool) -> Result<Scanned, Broken> {
        let quote = self.quote.ok_or(Broken::Open)?;
        let end = self.closing_quote(bytes, 0, quote, &mut false)?;
        self.walk_on(bytes, end + 1, end_ends, |_| ())
    }

    /// Goes on behind a record's first field.
    fn walk_on(&self, bytes: &[u8], mut at: usize, end_ends: bool, mut field: impl FnMut(Span)) -> Result<Scanned, Broken> {
        let mut fields = 1;
        loop {
            if self.is_delimiter(bytes, at) {
                let (next, end) = self.field(bytes, at + self.delimiter.len())?;
                field(next);
                fields += 1;
                at = end;
                continue;
            }
            return match &bytes[at..] {
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
            let Ok((span, next)) = self.field(record, at) else { return };
            spans.push(span);
            if !self.is_delimiter(record, next) {
                return;
            }
            at = next + self.delimiter.len();
        }
    }

    /// Bounds of the fields of a record without marks.
    pub fn plain_fields(&self, record: &[u8], mut field: impl FnMut(usize, usize)) {
        let mut start = 0;
        let mut cut = |at: usize| {
            field(start, at);
            start = at + self.delimiter.len();
        };
        match self.delimiter.as_slice() {
            [byte] => memchr::memchr_iter(*byte, record).for_each(&mut cut),
            several => memchr::memmem::find_iter(record, several).for_each(&mut cut),
        }
        cut(record.len());
    }

    /// Appends a field's bytes without its doubled quotes and escapes. A single quote stands in no field.
    pub fn plain(&self, field: &[u8], out: &mut Vec<u8>) {
        let mut bytes = field.iter().copied();
        while let Some(byte) = bytes.next() {
            let is_mark = Some(byte) == self.escape || Some(byte) == self.quote;
            out.extend(if is_mark { bytes.next() } else { Some(byte) });
        }
    }

    /// The field at `at`, and where it ends with its quotes.
    fn field(&self, bytes: &[u8], at: usize) -> Result<(Span, usize), Broken> {
        let mut has_marks = false;
        match (self.quote, bytes.get(at)) {
            (Some(quote), Some(first)) if *first == quote => {
                let end = self.closing_quote(bytes, at + 1, quote, &mut has_marks)?;
                Ok((Span { start: at + 1, end, has_marks }, end + 1))
            }
            _ => {
                let end = self.plain_end(bytes, at, &mut has_marks)?;
                Ok((Span { start: at, end, has_marks }, end))
            }
        }
    }

    fn closing_quote(&self, bytes: &[u8], mut at: usize, quote: u8, has_marks: &mut bool) -> Result<usize, Broken> {
        loop {
            let rest = bytes.get(at..).ok_or(Broken::Open)?;
            let found = match self.escape {
                Some(escape) => memchr2(quote, escape, rest),
                None => memchr(quote, rest),
            };
            let place = at + found.ok_or(Broken::Open)?;
            let is_doubled = bytes[place] == quote && bytes.get(place + 1) == Some(&quote);
            if bytes[place] == quote && !is_doubled {
                return Ok(place);
            }
            *has_marks = true;
            at = place + 2;
        }
    }

    fn is_delimiter(&self, bytes: &[u8], at: usize) -> bool {
        match self.delimiter.as_slice() {
            [byte] => bytes.get(at) == Some(byte),
            several => bytes.get(at..).is_some_and(|rest| rest.starts_with(several)),
        }
    }

    /// The end of a field without quotes: a delimiter, a line end, the end of the bytes.
    fn plain_end(&self, bytes: &[u8], mut at: usize, has_marks: &mut bool) -> Result<usize, Broken> {
        while let Some(&byte) = bytes.get(at) {
            if !self.is_stop[usize::from(byte)] {
                at += 1;
                continue;
            }
            if byte == b'\n' || (byte == b'\r' && matches!(bytes.get(at + 1), None | Some(b'\n'))) {
                break;
            }
            if self.is_delimiter(bytes, at) {
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
            if Some(byte) == self.quote {
                return Err(Broken::Stray);
            }
            at += 1;
        }
        Ok(at)
    }
}
