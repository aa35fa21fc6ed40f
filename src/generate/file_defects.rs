//! What is wrong with a whole file, on request: as it happens on the way from its sender.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use chrono::NaiveDate;

use super::GenerateError;
use super::feed::{Drop, Feed};
use super::recast::{Recast, SHEET, Word, encoding_of, files_of};
use super::workbook::{Sheet, Workbook, locked};
use crate::finding::QuarantineCode;
use crate::io::readers::Encoding;

/// A fault of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileDefect {
    /// Its end is missing, from within a record on.
    Cut,
    /// The checksum of its packing is another.
    WrongChecksum,
    /// It is packed, and its name does not say so.
    OtherPacking,
    /// It is UTF-16, of another order of bytes where that is declared.
    OtherEncoding,
    /// Its first column has another name.
    OtherColumns,
    /// A workbook or an archive with a password.
    Encrypted,
    /// A workbook without a value.
    EmptySheet,
    /// No byte.
    Empty,
}

impl FileDefect {
    /// Every fault of a file.
    pub const ALL: [Self; 8] = [
        Self::Cut,
        Self::WrongChecksum,
        Self::OtherPacking,
        Self::OtherEncoding,
        Self::OtherColumns,
        Self::Encrypted,
        Self::EmptySheet,
        Self::Empty,
    ];

    /// Its name on the command line and in the truth.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cut => "cut",
            Self::WrongChecksum => "wrong_checksum",
            Self::OtherPacking => "other_packing",
            Self::OtherEncoding => "other_encoding",
            Self::OtherColumns => "other_columns",
            Self::Encrypted => "encrypted",
            Self::EmptySheet => "empty_sheet",
            Self::Empty => "empty",
        }
    }

    /// Whether a file in a layout can have it, so that it can be told.
    pub fn can_be_in(self, recast: &Recast) -> bool {
        let format = recast.format();
        let is_plain = recast.packing().is_none();
        let has_header = format == Word::Delimited && !recast.has(Word::NoHeader);
        match self {
            Self::Cut => true,
            Self::WrongChecksum => matches!(recast.packing(), Some(Word::Gzip | Word::GzipMembers | Word::Zip)),
            Self::OtherPacking => is_plain,
            Self::OtherEncoding => is_plain && !matches!(format, Word::Excel | Word::Parquet),
            Self::OtherColumns => is_plain && has_header && !recast.has(Word::Preamble) && !is_utf16(recast.encoding()),
            Self::Encrypted => recast.packing() == Some(Word::Zip) || (is_plain && format == Word::Excel),
            Self::EmptySheet => is_plain && format == Word::Excel,
            // Without a header a text without a byte is one without records.
            Self::Empty => !is_plain || has_header || matches!(format, Word::Excel | Word::Parquet | Word::X12),
        }
    }

    /// How a run tells it: `refused`, or the code of its last record.
    fn told_as(self, recast: &Recast) -> &'static str {
        let is_read = recast.packing().is_none() && !matches!(recast.format(), Word::Excel | Word::Parquet);
        match (self, recast.format()) {
            (Self::Cut, Word::X12) if is_read => QuarantineCode::SetCut.code(),
            (Self::Cut, Word::JsonLines) if is_read => QuarantineCode::BadJson.code(),
            (Self::Cut, _) if is_read => QuarantineCode::Unterminated.code(),
            _ => "refused",
        }
    }

    fn damaged(self, bytes: Vec<u8>, recast: &Recast, encoding: Encoding) -> Result<Vec<u8>, String> {
        Ok(match self {
            Self::Cut => cut(bytes, recast, encoding),
            Self::WrongChecksum => wrong_checksum(bytes, recast),
            Self::OtherPacking => gzip(&bytes).map_err(|error| error.to_string())?,
            Self::OtherEncoding => utf16(&bytes, encoding),
            Self::OtherColumns => other_columns(bytes),
            Self::Encrypted if recast.format() == Word::Excel && recast.packing().is_none() => locked(&bytes),
            Self::Encrypted => encrypted(bytes),
            Self::EmptySheet => {
                let sheets = vec![Sheet { name: SHEET.to_owned(), rows: Vec::new() }];
                Workbook { sheets, is_1904: false, written: NaiveDate::default() }.bytes(recast.workbook())?
            }
            Self::Empty => Vec::new(),
        })
    }
}

/// Damages files of the last drop, of each feed the latest first, and writes what was done into the truth.
pub(super) fn damage(out: &Path, layouts: &[Recast; Feed::ALL.len()], asked: &[(Feed, FileDefect)]) -> Result<(), GenerateError> {
    let mut truth = "file_path,defect,told_as\n".to_owned();
    for (number, (feed, defect)) in asked.iter().enumerate() {
        let (feed, defect) = (*feed, *defect);
        let recast = &layouts[feed as usize];
        let earlier = asked[..number].iter().filter(|(other, _)| *other == feed).count();
        let impossible = || GenerateError::NoSuchFile { feed, defect: defect.name() };
        let path = files(out, feed)?.into_iter().rev().nth(earlier).filter(|_| defect.can_be_in(recast)).ok_or_else(impossible)?;
        let absolute = out.join(&path);
        let bytes = fs::read(&absolute).map_err(GenerateError::io("read", &absolute))?;
        let failed = |cause: String| GenerateError::io("write", &absolute)(io::Error::other(cause));
        let damaged = defect.damaged(bytes, recast, encoding_of(feed, recast)).map_err(failed)?;
        fs::write(&absolute, damaged).map_err(GenerateError::io("write", &absolute))?;
        truth.push_str(&format!("{path},{},{}\n", defect.name(), defect.told_as(recast)));
    }
    if !asked.is_empty() {
        let table = out.join("truth/file_defects.csv");
        fs::write(&table, truth).map_err(GenerateError::io("write", &table))?;
    }
    Ok(())
}

/// The files of a feed in the last drop, sorted.
fn files(out: &Path, feed: Feed) -> Result<Vec<String>, GenerateError> {
    let is_last = |path: &String| path.starts_with(Drop::Complete.folder()) && !path.contains("resent_");
    Ok(files_of(out, feed)?.into_iter().filter(is_last).collect())
}

fn is_utf16(encoding: Option<Encoding>) -> bool {
    matches!(encoding, Some(Encoding::Utf16Le | Encoding::Utf16Be))
}

/// Text up to a few bytes before the end of a line in its middle, an X12 within a set, anything else at two thirds.
fn cut(mut bytes: Vec<u8>, recast: &Recast, encoding: Encoding) -> Vec<u8> {
    let middle = bytes.len() * 2 / 3;
    let is_binary = recast.packing().is_some() || matches!(recast.format(), Word::Excel | Word::Parquet);
    let at = match recast.format() {
        _ if is_binary => middle,
        Word::X12 => memchr::memmem::rfind(&bytes[..middle], b"QTY").map_or(middle, |place| place + 4),
        _ => memchr::memrchr(b'\n', &bytes[..middle]).unwrap_or(bytes.len()).saturating_sub(6),
    };
    // A unit of UTF-16 stays whole.
    bytes.truncate(if is_utf16(Some(encoding)) { at - at % 2 } else { at });
    bytes
}

/// One bit of the checksum is another, in an archive wherever it stands.
fn wrong_checksum(mut bytes: Vec<u8>, recast: &Recast) -> Vec<u8> {
    if recast.packing() == Some(Word::Zip) {
        let directory = memchr::memmem::rfind(&bytes, b"PK\x01\x02").unwrap_or(0);
        bytes[14] ^= 1;
        bytes[directory + 16] ^= 1;
    } else {
        let sum = bytes.len() - 8;
        bytes[sum] ^= 1;
    }
    bytes
}

/// The flags of an archive's entry say that it is encrypted.
fn encrypted(mut bytes: Vec<u8>) -> Vec<u8> {
    let directory = memchr::memmem::rfind(&bytes, b"PK\x01\x02").unwrap_or(0);
    bytes[6] |= 1;
    bytes[directory + 8] |= 1;
    bytes
}

fn gzip(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    packed.write_all(bytes)?;
    packed.finish()
}

/// The text as UTF-16 behind its byte order mark; UTF-16 in the other order.
fn utf16(bytes: &[u8], encoding: Encoding) -> Vec<u8> {
    if is_utf16(Some(encoding)) {
        return bytes.chunks(2).flat_map(|unit| unit.iter().rev().copied()).collect();
    }
    let text = encoding.shown(bytes);
    std::iter::once(0xFEFF).chain(text.trim_start_matches('\u{feff}').encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

fn other_columns(mut bytes: Vec<u8>) -> Vec<u8> {
    let first = if bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    bytes[first] = b'X';
    bytes
}
