//! How a feed's files are read, fully declared: nothing in it is found out from the files.

use super::{Encoding, Packing};
use glob::Pattern;
use regex::Regex;
use std::borrow::Cow;
use std::path::PathBuf;

/// How the files of a feed are read.
#[derive(Debug, Clone)]
pub struct Layout {
    /// How a file is packed.
    pub packing: Packing,
    /// Which members of a zip archive are read; all of them where there is none.
    pub members: Option<Pattern>,
    /// How records stand in a file or member.
    pub format: Format,
    /// Between several values of one field, where the format itself has lists.
    pub list_separator: char,
}

/// How records stand in a file.
#[derive(Debug, Clone)]
pub enum Format {
    /// Text with a delimiter between fields.
    Delimited(Delimited),
    /// Text with fields at fixed places.
    FixedWidth(FixedWidth),
    /// One JSON object a line.
    JsonLines(JsonLines),
    /// ANSI X12 867.
    X12(X12),
    /// A workbook: .xlsx, .xls, .xlsb or .ods.
    Excel(Excel),
    /// Parquet.
    Parquet(Parquet),
}

impl Format {
    /// Encoding of its text; none of formats with types of their own.
    pub fn encoding(&self) -> Option<Encoding> {
        match self {
            Self::Delimited(layout) => Some(layout.frame.encoding),
            Self::FixedWidth(layout) => Some(layout.frame.encoding),
            Self::JsonLines(_) => Some(Encoding::Utf8),
            Self::X12(layout) => Some(layout.encoding),
            Self::Excel(_) | Self::Parquet(_) => None,
        }
    }

    /// The raw bytes of a record, as its reader gives them, as a person reads them; what is no text is replaced.
    pub fn shown<'r>(&self, raw: &'r [u8]) -> Cow<'r, str> {
        match self {
            Self::Delimited(Delimited { frame, .. }) | Self::FixedWidth(FixedWidth { frame, .. }) => match frame.encoding.read_as()
            {
                Encoding::Utf8 => String::from_utf8_lossy(raw),
                encoding => Cow::Owned(encoding.shown(raw)),
            },
            // The others give text in UTF-8, however it was stored.
            _ => String::from_utf8_lossy(raw),
        }
    }

    /// Its name in a pipeline file.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Delimited(_) => "delimited",
            Self::FixedWidth(_) => "fixed_width",
            Self::JsonLines(_) => "json_lines",
            Self::X12(_) => "x12_867",
            Self::Excel(_) => "excel",
            Self::Parquet(_) => "parquet",
        }
    }
}

/// What stands around the records of a text file.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Character encoding.
    pub encoding: Encoding,
    /// Lines before the header or the first record.
    pub preamble_lines: u32,
    /// Lines behind the last record.
    pub trailer_lines: u32,
    /// Lines that are no records, wherever they stand; with `trailer_lines`, what each of these must look like.
    pub trailer_pattern: Option<Regex>,
    /// Whether the last line has a line end. Where it has none, a file that was cut in its last field cannot be told.
    pub has_last_line_end: bool,
}

/// Delimited text.
#[derive(Debug, Clone)]
pub struct Delimited {
    /// What stands around the records.
    pub frame: Frame,
    /// Bytes between fields, in the feed's encoding.
    pub delimiter: Vec<u8>,
    /// ASCII quote byte, if the sender quotes.
    pub quote: Option<u8>,
    /// ASCII byte that makes the next one a plain character, if the sender escapes.
    pub escape: Option<u8>,
    /// Where the column names stand.
    pub header: Header,
    /// Whether every record ends with a delimiter behind its last field.
    pub has_trailing_delimiter: bool,
}

/// Where the column names stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Header {
    /// In the first line.
    First,
    /// In the first line, and again between the records.
    Repeated,
    /// Nowhere: these are the columns in their order.
    Absent(Vec<String>),
}

/// Text with fields at fixed places.
#[derive(Debug, Clone)]
pub struct FixedWidth {
    /// What stands around the records.
    pub frame: Frame,
    /// The columns, in any order; none overlaps another.
    pub columns: Vec<FixedColumn>,
    /// Characters of a line.
    pub width: usize,
    /// Whether blanks at the end of a line are left out.
    pub is_trimmed: bool,
    /// Whether lines have ends; else records of `width` bytes stand back to back, and nothing of them is left out.
    pub has_line_ends: bool,
}

/// A column at a fixed place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FixedColumn {
    /// Its name.
    pub name: String,
    /// First character, from 0.
    pub start: usize,
    /// First character behind it.
    pub end: usize,
}

/// One JSON object a line, UTF-8.
#[derive(Debug, Clone)]
pub struct JsonLines {
    /// Paths of the fields: names and list places from 0, with `.` between.
    pub paths: Vec<String>,
}

/// ANSI X12 867, Product Transfer and Resale Report.
#[derive(Debug, Clone)]
pub struct X12 {
    /// Character encoding.
    pub encoding: Encoding,
    /// References to elements, or [`super::x12::QUANTITY_COLUMN`] or [`super::x12::AMOUNT_COLUMN`].
    pub columns: Vec<String>,
    /// Qualifiers of quantities that are sales (QTY01).
    pub sale_quantities: Vec<String>,
    /// Qualifiers of quantities that are returns and are written without a sign.
    pub return_quantities: Vec<String>,
    /// Qualifiers of quantities that are neither: stock on hand and the like.
    pub other_quantities: Vec<String>,
    /// Types of transfer that are sales (PTD01); all where there is none.
    pub transfer_types: Vec<String>,
    /// References to the unit price, the first that a line has.
    pub unit_prices: Vec<String>,
    /// References to the amount of a line, before any unit price.
    pub line_amounts: Vec<String>,
}

/// A workbook.
#[derive(Debug, Clone)]
pub struct Excel {
    /// Which worksheets are read; without it the workbook has one.
    pub sheet: Option<Pattern>,
    /// Row of the column names, from 1.
    pub header_row: u32,
    /// The program whose command [`super::worker::WORKER_COMMAND`] reads workbooks: this one.
    pub worker: PathBuf,
}

/// A Parquet file. Its columns are those of its schema.
#[derive(Debug, Clone)]
pub struct Parquet {
    /// The program whose command [`super::worker::WORKER_COMMAND`] reads Parquet: this one.
    pub worker: PathBuf,
}
