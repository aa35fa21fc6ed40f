//! Workbooks of the four kinds that senders send: one model, a writer for each kind. The same workbook gives the same bytes.

mod compound;
mod ods;
mod rk;
mod xls;
mod xlsb;
mod xlsx;

use std::collections::HashMap;
use std::io::{Cursor, Write as _};

use chrono::NaiveDate;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// A text.
    Text(String),
    /// A number.
    Number(f64),
    /// A day from March 1900 on, shown as `2026-10-31`.
    Day(NaiveDate),
}

/// A worksheet.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    /// Its name.
    pub name: String,
    /// Its rows from the first on, each with its cells from the first on.
    pub rows: Vec<Vec<Cell>>,
}

/// A workbook.
#[derive(Debug, Clone, PartialEq)]
pub struct Workbook {
    /// Its worksheets.
    pub sheets: Vec<Sheet>,
    /// Whether days are counted from 1904; else from 1900. An .ods writes its days out.
    pub is_1904: bool,
    /// The day on which it says that it was written, where its kind says so.
    pub written: NaiveDate,
}

/// A kind of workbook by the ending of its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Office Open XML (ECMA-376).
    Xlsx,
    /// The binary format of Excel 97 (MS-XLS).
    Xls,
    /// The binary format within a zip archive (MS-XLSB).
    Xlsb,
    /// OpenDocument (ISO/IEC 26300).
    Ods,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Xlsx, Self::Xls, Self::Xlsb, Self::Ods];

    /// The ending of its files.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Xlsx => "xlsx",
            Self::Xls => "xls",
            Self::Xlsb => "xlsb",
            Self::Ods => "ods",
        }
    }
}

/// Days between the first of 1900 and of 1904 as spreadsheets count them.
const DAYS_TO_1904: i32 = 1_462;
/// How days are shown.
const DAY_FORMAT: &str = "yyyy-mm-dd";

impl Workbook {
    /// The file.
    ///
    /// # Errors
    /// What this kind cannot hold, as a sentence.
    pub fn bytes(&self, kind: Kind) -> Result<Vec<u8>, String> {
        match kind {
            Kind::Xlsx => xlsx::bytes(self),
            Kind::Xls => xls::bytes(self),
            Kind::Xlsb => xlsb::bytes(self),
            Kind::Ods => ods::bytes(self),
        }
    }

    /// A day as this workbook counts it.
    fn serial(&self, day: NaiveDate) -> f64 {
        f64::from(days_from_1900(day) - if self.is_1904 { DAYS_TO_1904 } else { 0 })
    }
}

/// A day as spreadsheets count it since 1900, past the 29 February that never was.
pub(super) fn days_from_1900(day: NaiveDate) -> i32 {
    /// 1 January 1970.
    const EPOCH: i32 = 25_569;
    day.to_epoch_days() + EPOCH
}

impl Sheet {
    /// Its cells with their row and column from 0, row for row, without empty ones.
    fn cells(&self) -> impl Iterator<Item = (u32, u32, &Cell)> {
        (0..).zip(&self.rows).flat_map(|(row, cells)| {
            (0..).zip(cells).filter(|(_, cell)| **cell != Cell::Empty).map(move |(column, cell)| (row, column, cell))
        })
    }

    /// Rows and columns up to the last.
    fn size(&self) -> (u32, u32) {
        (self.rows.len() as u32, self.rows.iter().map(Vec::len).max().unwrap_or(0) as u32)
    }
}

/// The texts of a workbook, each once, as the binary kinds keep them.
#[derive(Default)]
struct Texts<'a> {
    all: Vec<&'a str>,
    numbers: HashMap<&'a str, u32>,
    /// Cells with a text.
    uses: u32,
}

impl<'a> Texts<'a> {
    fn of(workbook: &'a Workbook) -> Self {
        let mut texts = Self::default();
        for (.., cell) in workbook.sheets.iter().flat_map(Sheet::cells) {
            if let Cell::Text(text) = cell {
                texts.uses += 1;
                let next = texts.all.len() as u32;
                if *texts.numbers.entry(text).or_insert(next) == next {
                    texts.all.push(text);
                }
            }
        }
        texts
    }

    fn number(&self, text: &str) -> u32 {
        self.numbers.get(text).copied().unwrap_or_default()
    }
}

/// A workbook behind a password: what Office writes in place of any kind, but for the data that say how to open it.
pub(super) fn locked(bytes: &[u8]) -> Vec<u8> {
    // Nobody opens it, so any change of its bytes will do.
    let sealed: Vec<u8> = bytes.iter().map(|byte| byte ^ 0x5A).collect();
    compound::file("EncryptedPackage", &sealed)
}

/// A zip archive of parts in their order.
fn archive(parts: &[(&str, &[u8], CompressionMethod)]) -> Result<Vec<u8>, String> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content, method) in parts {
        archive.start_file(*name, SimpleFileOptions::default().compression_method(*method)).map_err(|error| error.to_string())?;
        archive.write_all(content).map_err(|error| error.to_string())?;
    }
    Ok(archive.finish().map_err(|error| error.to_string())?.into_inner())
}

/// A text within XML, between tags or within double quotes.
fn xml(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
