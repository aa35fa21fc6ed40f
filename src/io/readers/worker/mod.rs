//! Workbooks and Parquet files, read by a process of their own.
//!
//! Their parsers take sizes that a file merely declares at their word: a workbook of 6 KB aborts the process. So such a file is read by the
//! same program started once more, with a limit on its memory and its time; what it finds comes back row by row. Whatever happens there is
//! an error of the file here.

mod frames;
mod parquet;
mod workbook;

use super::ReadError;
use super::layout::{Excel, Parquet};
use super::record::{FieldBuffer, FieldKind, Place, Record};
use crate::finding::QuarantineCode;
use frames::{Cell, Frame};
use std::fs::File;
use std::io::{self, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

/// The command of the program that reads a file from its standard input. It takes the format, and the pattern of sheets or an empty text.
pub const WORKER_COMMAND: &str = "read-table";

/// Writes the rows of a workbook (`excel`) or a Parquet file (`parquet`) as frames.
///
/// # Errors
/// Where the frames cannot be written.
pub fn copy(format: &str, sheets: &str, source: File, to: &mut impl Write) -> io::Result<()> {
    match format {
        "parquet" => parquet::copy(source, to),
        _ => workbook::copy(source, sheets, to),
    }
}

/// Memory that reading one file may take; 1,048,576 rows of 20 columns need about 1 GB.
pub const MEMORY_BYTES: u64 = 3 << 30;
/// Processor time that reading one file may take.
pub const SECONDS: u64 = 600;

/// Reads the rows of one workbook or Parquet file.
pub struct TableReader {
    child: Child,
    from: BufReader<ChildStdout>,
    header_row: u32,
    columns: Vec<String>,
    /// What was read ahead.
    next: Option<Frame>,
    record: u64,
    fields: FieldBuffer,
    raw: String,
}

impl TableReader {
    /// Starts the process that reads a workbook.
    ///
    /// # Errors
    /// Where it cannot be started, or refuses the workbook.
    pub fn excel(file: File, layout: &Excel) -> Result<Self, ReadError> {
        let sheets = layout.sheet.as_ref().map_or("", |pattern| pattern.as_str());
        Self::start(file, &layout.worker, ["excel", sheets], layout.header_row)
    }

    /// Starts the process that reads a Parquet file.
    ///
    /// # Errors
    /// Where it cannot be started, or refuses the file.
    pub fn parquet(file: File, layout: &Parquet) -> Result<Self, ReadError> {
        Self::start(file, &layout.worker, ["parquet", ""], 0)
    }

    fn start(file: File, worker: &Path, arguments: [&str; 2], header_row: u32) -> Result<Self, ReadError> {
        let mut child = Command::new(worker)
            .arg(WORKER_COMMAND)
            .args(arguments)
            .stdin(file)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let from = child.stdout.take().ok_or_else(|| io::Error::other("the started process has no output"))?;
        let mut reader = Self {
            child,
            from: BufReader::with_capacity(1 << 16, from),
            header_row,
            columns: Vec::new(),
            next: None,
            record: 0,
            fields: FieldBuffer::default(),
            raw: String::new(),
        };
        reader.next = reader.frame()?;
        Ok(reader)
    }

    /// Goes on to the next sheet: its name. `None` behind the last.
    ///
    /// # Errors
    /// Where the workbook cannot be read further, or the sheet has no header row.
    pub fn next_sheet(&mut self) -> Result<Option<String>, ReadError> {
        let name = loop {
            match self.next.take() {
                None => return Ok(None),
                Some(Frame::Sheet(name)) => break name,
                Some(_) => self.next = self.frame()?,
            }
        };
        self.columns.clear();
        loop {
            self.next = self.frame()?;
            match self.next.take() {
                Some(Frame::Row(number, _)) if number < self.header_row => {}
                Some(Frame::Row(number, cells)) if number == self.header_row => {
                    for cell in cells {
                        self.columns.resize(cell.column as usize, String::new());
                        self.columns.push(cell.text.trim().to_owned());
                    }
                    self.next = self.frame()?;
                    return Ok(Some(name));
                }
                other => {
                    self.next = other;
                    let row = self.header_row;
                    let message = format!("worksheet {name:?} has nothing in row {row}, where its column names should stand");
                    return Err(ReadError::file(message, "correct `header_row` or `sheet` of the feed"));
                }
            }
        }
    }

    /// The column names of the sheet.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The next row with a value.
    ///
    /// # Errors
    /// Where the workbook cannot be read further.
    pub fn next_record(&mut self) -> Result<Option<Record<'_>>, ReadError> {
        let (number, cells) = match self.next.take() {
            Some(Frame::Row(number, cells)) => (number, cells),
            other => {
                self.next = other;
                return Ok(None);
            }
        };
        self.next = self.frame()?;
        self.record += 1;
        let place = Place { record: self.record, line: u64::from(number), offset: None };
        let outcome = self.row(&cells);
        Ok(Some(Record { place, fields: outcome.map(|()| self.fields.fields()), raw: self.raw.as_bytes() }))
    }

    fn row(&mut self, cells: &[Cell]) -> Result<(), QuarantineCode> {
        self.fields.clear();
        self.raw.clear();
        for cell in cells {
            if !self.raw.is_empty() {
                self.raw.push('\t');
            }
            self.raw.push_str(&cell.text);
        }
        let mut cells = cells.iter().peekable();
        for (column, name) in self.columns.iter().enumerate() {
            match cells.next_if(|cell| cell.column as usize == column) {
                Some(_) if name.is_empty() => return Err(QuarantineCode::FieldCount),
                Some(cell) => self.fields.push(&cell.text, cell.kind),
                None => self.fields.push("", FieldKind::Text),
            }
        }
        if cells.next().is_some() { Err(QuarantineCode::FieldCount) } else { Ok(()) }
    }

    /// The next frame; `None` behind the last.
    fn frame(&mut self) -> Result<Option<Frame>, ReadError> {
        match frames::read(&mut self.from) {
            Ok(Some(Frame::End)) => Ok(None),
            Ok(Some(Frame::Refused(cause))) => {
                Err(ReadError::file(cause, "open it with the program that wrote it, and have it sent again"))
            }
            Ok(Some(frame)) => Ok(Some(frame)),
            // The process has ended without a word: its limits, or a defect of the parser.
            Ok(None) | Err(_) => {
                // Its answer is known already; how it ended is told by its status.
                let _ = self.child.kill();
                let status = self.child.wait()?;
                let message =
                    format!("the file cannot be read within {} GiB of memory and {SECONDS} s ({status})", MEMORY_BYTES >> 30);
                Err(ReadError::file(message, "it is damaged, forged or too large: save the sheet as text and declare it so"))
            }
        }
    }
}

impl Drop for TableReader {
    fn drop(&mut self) {
        // A reader that was left before its end leaves no process behind. That it has ended already is no failure.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
