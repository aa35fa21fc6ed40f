//! The records behind a figure: for a person as text, for programs as CSV and JSON, for nobody in particular as raw bytes.

mod export;
mod text;

pub use export::{csv, json, raw};
pub use text::text;

use crate::io::readers::{Encoding, Extent};

/// A table whose rows lead to raw records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TraceTable {
    /// Accepted sale lines of the partner, and services of others on its hardware.
    SaleLine,
    /// Attachments: the service's record, then the hardware's.
    Attachment,
    /// Registrations.
    Registration,
    /// Hardware that can still be covered.
    OpenWindow,
    /// Quarantined records.
    Quarantine,
    /// Duplicate and superseded records.
    Repeat,
    /// Records that adjustments drop, and the rows of the adjustments table that add lines.
    Adjustment,
    /// Findings about the partner's sale lines.
    Finding,
}

impl TraceTable {
    /// Every one.
    pub const ALL: [Self; 8] = [
        Self::SaleLine,
        Self::Attachment,
        Self::Registration,
        Self::OpenWindow,
        Self::Quarantine,
        Self::Repeat,
        Self::Adjustment,
        Self::Finding,
    ];

    /// The name of the published table.
    pub fn name(self) -> &'static str {
        match self {
            Self::SaleLine => "fact_sale_line",
            Self::Attachment => "fact_attachment",
            Self::Registration => "fact_registration",
            Self::OpenWindow => "fact_open_window",
            Self::Quarantine => "audit_quarantine",
            Self::Repeat => "audit_repeat",
            Self::Adjustment => "audit_adjustment",
            Self::Finding => "audit_finding",
        }
    }

    /// Whether its rows have a category.
    pub fn has_category(self) -> bool {
        matches!(self, Self::SaleLine | Self::Attachment | Self::OpenWindow | Self::Finding)
    }
}

/// The records of one partner.
#[derive(Debug, Clone)]
pub struct Trace {
    /// Id of the run.
    pub run_id: String,
    /// Partner.
    pub partner_id: String,
    /// Its name.
    pub partner_name: String,
    /// The table that was asked for.
    pub table: TraceTable,
    /// The category that was asked for.
    pub category: Option<String>,
    /// The raw files that the records stand in, by feed and path.
    pub files: Vec<TracedFile>,
    /// The records in the order of the table, as many as were asked for.
    pub records: Vec<TracedRecord>,
    /// All that stand behind the rows.
    pub total: u64,
}

impl Trace {
    /// Records that stand behind the rows and are not among those shown.
    pub fn left_out(&self) -> u64 {
        self.total.saturating_sub(self.records.len() as u64)
    }
}

/// A raw file.
#[derive(Debug, Clone)]
pub struct TracedFile {
    /// Feed.
    pub feed_id: String,
    /// Path relative to the pipeline file.
    pub path: String,
    /// Hash of the content that the run read.
    pub sha256: String,
    /// Whether it is still there.
    pub state: FileState,
    /// Encoding in which its records are stored; UTF-8 of the rows of a workbook or a Parquet file.
    pub encoding: Encoding,
}

/// What became of a raw file since the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileState {
    /// Its hash is that of the run.
    Unchanged,
    /// Its size is that of the run; its hash was not asked for.
    SameSize,
    /// Its content is another.
    Changed,
    /// It is not where it was.
    Gone,
}

impl FileState {
    /// The code in CSV and JSON.
    pub fn code(self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::SameSize => "same_size",
            Self::Changed => "changed",
            Self::Gone => "gone",
        }
    }

    /// Whether the records can be shown.
    pub fn is_readable(self) -> bool {
        matches!(self, Self::Unchanged | Self::SameSize)
    }
}

/// A record.
#[derive(Debug, Clone)]
pub struct TracedRecord {
    /// Place of its file in [`Trace::files`].
    pub file: usize,
    /// Member of the archive, worksheet, or both; empty where the file has no parts.
    pub section: String,
    /// Number in its file, from 1.
    pub record: u64,
    /// Physical line, segment or row, from 1.
    pub line: u64,
    /// Bytes of the unpacked member; none of a row of a workbook or a Parquet file.
    pub extent: Option<Extent>,
    /// What the table says of it: columns with their values, the same columns for every record.
    pub facts: Vec<(&'static str, String)>,
    /// The same in words.
    pub meaning: String,
    /// What stands in the file; none where it is gone or changed.
    pub raw: Option<RawText>,
}

/// The raw text of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawText {
    /// As it is stored, without the line end; of a row its cells with tabs between them.
    pub stored: Vec<u8>,
    /// Decoded.
    pub text: String,
    /// A line feed as it would be stored.
    pub line_feed: Vec<u8>,
}
