//! CSV for spreadsheets: UTF-8 with a byte order mark, and no text cell that a spreadsheet would run as a formula.

use crate::error::{Error, Result};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

/// With these a spreadsheet takes a cell for a formula, or a reader for the end of a row; the apostrophe marks such cells.
const MARKED: [char; 8] = ['=', '+', '-', '@', '\t', '\r', '\n', '\''];

/// A text as a cell: one that starts with a mark of a formula gets an apostrophe before it, and line ends become spaces.
pub fn text_cell(text: &str) -> String {
    let one_line: String = text.chars().map(|letter| if matches!(letter, '\r' | '\n') { ' ' } else { letter }).collect();
    if text.starts_with(MARKED) { format!("'{one_line}") } else { one_line }
}

/// By it a spreadsheet knows that the file is UTF-8.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// The text of a cell that [`text_cell`] made.
pub fn cell_text(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(text) if text.starts_with(MARKED) || text.starts_with(' ') => text,
        _ => cell,
    }
}

/// Cents as `-1234.50`, for programs to read.
pub fn plain_amount(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", cents.unsigned_abs() / 100, cents.unsigned_abs() % 100)
}

/// A file of rows.
pub struct CsvExport {
    writer: csv::Writer<Vec<u8>>,
}

impl CsvExport {
    /// Begins a file with its header.
    ///
    /// # Errors
    /// None but an internal one.
    pub fn new(header: &[&str]) -> Result<Self> {
        let mut export = Self { writer: csv::Writer::from_writer(BYTE_ORDER_MARK.to_vec()) };
        export.write(header)?;
        Ok(export)
    }

    /// Adds a row.
    ///
    /// # Errors
    /// Where the row has more or fewer cells than the header: an internal error.
    pub fn row(&mut self, cells: &[Cell<'_>]) -> Result<()> {
        let shown: Vec<String> = cells
            .iter()
            .map(|cell| match cell {
                Cell::Text(text) => text_cell(text),
                Cell::Whole(number) => number.to_string(),
                Cell::Amount(cents) => plain_amount(*cents),
                Cell::Rate(rate) => rate.to_string(),
                Cell::None => String::new(),
            })
            .collect();
        self.write(&shown)
    }

    fn write<T: AsRef<[u8]>>(&mut self, cells: &[T]) -> Result<()> {
        self.writer.write_record(cells).map_err(|error| Error::Internal(format!("a CSV row: {error}")))
    }

    /// Writes the file.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn save(self, path: &Path) -> Result<()> {
        fs::write(path, self.into_text()?).map_err(Error::io("write", path))
    }

    /// The file's text.
    ///
    /// # Errors
    /// None but an internal one.
    pub fn into_text(self) -> Result<String> {
        let bytes = self.writer.into_inner().map_err(|error| Error::Internal(format!("a CSV file: {error}")))?;
        String::from_utf8(bytes).map_err(|error| Error::Internal(format!("a CSV file: {error}")))
    }
}

/// A file of rows that is written as the rows come, however many they are.
pub struct CsvFile {
    writer: csv::Writer<File>,
    path: PathBuf,
    cell: String,
}

impl CsvFile {
    /// Begins a file with its header.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn create(path: &Path, header: &[&str]) -> Result<Self> {
        let mut file = File::create(path).map_err(Error::io("create", path))?;
        file.write_all(BYTE_ORDER_MARK).map_err(Error::io("write", path))?;
        let writer = csv::WriterBuilder::new().buffer_capacity(1 << 16).from_writer(file);
        let mut file = Self { writer, path: path.to_owned(), cell: String::new() };
        let written = file.writer.write_record(header);
        written.map_err(|error| file.failed(error))?;
        Ok(file)
    }

    /// Adds a row.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn row(&mut self, cells: &[Cell<'_>]) -> Result<()> {
        for cell in cells {
            self.cell.clear();
            match cell {
                Cell::Text(text) if needs_marking(text) => self.cell.push_str(&text_cell(text)),
                Cell::Text(text) => self.cell.push_str(text),
                Cell::Whole(number) => self.cell.push_str(&number.to_string()),
                Cell::Amount(cents) => self.cell.push_str(&plain_amount(*cents)),
                Cell::Rate(rate) => self.cell.push_str(&rate.to_string()),
                Cell::None => {}
            }
            let written = self.writer.write_field(&self.cell);
            written.map_err(|error| self.failed(error))?;
        }
        let ended = self.writer.write_record(None::<&[u8]>);
        ended.map_err(|error| self.failed(error))
    }

    /// Completes the file.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn finish(mut self) -> Result<()> {
        self.writer.flush().map_err(Error::io("write", &self.path))
    }

    fn failed(&self, error: csv::Error) -> Error {
        match error.into_kind() {
            csv::ErrorKind::Io(source) => Error::Io { operation: "write", path: self.path.clone(), source },
            other => Error::Internal(format!("a CSV row: {other:?}")),
        }
    }
}

/// Whether a text cannot stand in a cell as it is.
fn needs_marking(text: &str) -> bool {
    text.starts_with(MARKED) || text.contains(['\r', '\n'])
}

/// A cell of a row.
#[derive(Debug, Clone, Copy)]
pub enum Cell<'a> {
    /// Text.
    Text(&'a str),
    /// A whole number.
    Whole(i64),
    /// Money in cents.
    Amount(i64),
    /// A ratio.
    Rate(f64),
    /// Nothing.
    None,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn no_text_is_a_formula() {
        for (text, cell) in [
            ("=1+1", "'=1+1"),
            ("-5", "'-5"),
            ("+49", "'+49"),
            ("@x", "'@x"),
            ("\tx", "'\tx"),
            ("\nx", "' x"),
            ("'=1", "''=1"),
            ("O'Neil", "O'Neil"),
            ("a\r\nb", "a  b"),
            ("", ""),
        ] {
            assert_eq!(text_cell(text), cell, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_text_comes_back(text in "[-=+@'\t a-z0-9]{0,6}") {
            let cell = text_cell(&text);
            prop_assert_eq!(cell_text(&cell), text.as_str());
            prop_assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']));
        }
    }
}
