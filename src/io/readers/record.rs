//! What every reader gives: records with their places, or the reason why a file has none.

use crate::finding::QuarantineCode;
use std::io;

/// The place of a record in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Number of the record, from 1 over the whole file. Headers and trailers are no records.
    pub record: u64,
    /// Physical line on which it begins, from 1 within its member. Of a sheet its row; of X12 its segment; of Parquet its row; of records without line
    /// ends their count, preamble and trailers included.
    pub line: u64,
    /// Where its text stands, where the format keeps text together.
    pub extent: Option<Extent>,
}

/// Bytes of an unpacked member as they are stored, without the line end behind them. Of a record that is too long only its kept beginning;
/// of X12 from the first of the record's own segments up to the terminator of the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// First byte.
    pub offset: u64,
    /// Bytes.
    pub length: u32,
}

/// How a field's text stood in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// As text: the feed's declaration says how numbers and dates are written.
    Text,
    /// As a number of its own type, rewritten with `-` first and `.` before decimals.
    Number,
    /// As a number of a binary type that holds no more digits than these; beyond 15 they are no longer the sender's.
    Float,
    /// As a date of its own type, rewritten as `2026-10-31`, with a time behind a blank where it had one.
    Date,
    /// As an error of a formula, a duration, or anything that is no value of a field.
    Broken,
}

/// One record: its fields, or the reason why it has none.
#[derive(Debug)]
pub struct Record<'a> {
    /// Where it stands.
    pub place: Place,
    /// Its fields, or its defect.
    pub fields: Result<Fields<'a>, QuarantineCode>,
    /// Its bytes as they stood, without the line end; of binary formats its fields as text.
    pub raw: &'a [u8],
}

/// The decoded fields of one record.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'a> {
    text: &'a str,
    bounds: &'a [(u32, u32)],
    kinds: &'a [FieldKind],
}

impl<'a> Fields<'a> {
    /// Fields that all stood as text.
    pub fn of_text(text: &'a str, bounds: &'a [(u32, u32)]) -> Self {
        Self { text, bounds, kinds: &[] }
    }

    /// Fields by their bounds in a text, each with its kind; all of them text where there are no kinds.
    pub(super) fn new(text: &'a str, bounds: &'a [(u32, u32)], kinds: &'a [FieldKind]) -> Self {
        Self { text, bounds, kinds }
    }

    /// The text in which the fields stand.
    pub(super) fn text(&self) -> &'a str {
        self.text
    }

    /// Where each field begins and ends in [`Self::text`].
    pub(super) fn bounds(&self) -> &'a [(u32, u32)] {
        self.bounds
    }

    /// The kinds of the fields, empty where all are text.
    pub(super) fn kinds(&self) -> &'a [FieldKind] {
        self.kinds
    }

    /// Number of fields.
    pub fn len(&self) -> usize {
        self.bounds.len()
    }

    /// Whether there is none. A record always has one.
    pub fn is_empty(&self) -> bool {
        self.bounds.is_empty()
    }

    /// The field at `index`, empty where there is none.
    #[inline]
    pub fn get(&self, index: usize) -> &'a str {
        match self.bounds.get(index) {
            Some(&(start, end)) => &self.text[start as usize..end as usize],
            None => "",
        }
    }

    /// How the field at `index` stood in the file.
    #[inline]
    pub fn kind(&self, index: usize) -> FieldKind {
        self.kinds.get(index).copied().unwrap_or(FieldKind::Text)
    }

    /// All fields in order.
    pub fn iter(&self) -> impl Iterator<Item = &'a str> + '_ {
        (0..self.len()).map(|index| self.get(index))
    }
}

/// Fields that a reader puts together itself, because they do not stand in the file as they are read.
#[derive(Debug, Default)]
pub struct FieldBuffer {
    text: String,
    bounds: Vec<(u32, u32)>,
    kinds: Vec<FieldKind>,
}

impl FieldBuffer {
    /// Forgets the last record.
    pub fn clear(&mut self) {
        self.text.clear();
        self.bounds.clear();
        self.kinds.clear();
    }

    /// Adds a field.
    pub fn push(&mut self, field: &str, kind: FieldKind) {
        let start = self.text.len() as u32;
        self.text.push_str(field);
        self.bounds.push((start, self.text.len() as u32));
        self.kinds.push(kind);
    }

    /// The fields.
    pub fn fields(&self) -> Fields<'_> {
        Fields { text: &self.text, bounds: &self.bounds, kinds: &self.kinds }
    }
}

/// A line of a file that is no record: the sender's trailer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trailer {
    /// Physical line, from 1.
    pub line: u64,
    /// Its text, without the line end.
    pub text: String,
}

/// Something that a file says of itself and that does not hold: told, never a reason to reject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// Physical line or segment, from 1.
    pub line: u64,
    /// One lower-case sentence.
    pub text: String,
}

/// Why a file cannot be read.
#[derive(Debug)]
pub enum ReadError {
    /// The operating system refused.
    Io(io::Error),
    /// The content is not what the declaration says, is damaged, or asks for more than it may have.
    File(FileDefect),
}

/// What is wrong with a file as a whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FileDefect {
    /// One lower-case sentence.
    pub message: String,
    /// What the user can do.
    pub hint: String,
    /// Physical line, where it is known.
    pub line: Option<u64>,
}

impl ReadError {
    /// A defect of the file as a whole.
    pub fn file(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::File(FileDefect { message: message.into(), hint: hint.into(), line: None })
    }

    /// The same, at a line.
    #[must_use]
    pub fn at_line(mut self, line: u64) -> Self {
        if let Self::File(defect) = &mut self {
            defect.line = Some(line);
        }
        self
    }

    /// The same error for an interface that knows only [`io::Error`]; [`From`] takes it back.
    pub fn into_io(self) -> io::Error {
        match self {
            Self::Io(error) => error,
            Self::File(defect) => io::Error::new(io::ErrorKind::InvalidData, defect),
        }
    }
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        match error.downcast::<FileDefect>() {
            Ok(defect) => Self::File(defect),
            Err(error) => Self::Io(error),
        }
    }
}
