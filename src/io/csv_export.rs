//! CSV for spreadsheets: UTF-8 with a byte order mark, and no text cell that a spreadsheet would run as a formula.

use crate::error::{Error, Result};
use std::fs;
use std::path::Path;

/// With these a spreadsheet takes a cell for a formula, or a reader for the end of a row; the apostrophe marks such cells.
const MARKED: [char; 8] = ['=', '+', '-', '@', '\t', '\r', '\n', '\''];

/// A text as a cell: one that starts with a mark of a formula gets an apostrophe before it, and line ends become spaces.
pub fn text_cell(text: &str) -> String {
    let one_line: String = text.chars().map(|letter| if matches!(letter, '\r' | '\n') { ' ' } else { letter }).collect();
    if text.starts_with(MARKED) { format!("'{one_line}") } else { one_line }
}

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
        let mut export = Self { writer: csv::Writer::from_writer("\u{feff}".as_bytes().to_vec()) };
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
