//! Workbooks and Parquet files, read by a process of their own.
//!
//! Their parsers take sizes that a file merely declares at their word: a workbook of 6 KB aborts the process. So such a file is read by the
//! same program started once more, with a limit on its memory and its time; what it finds comes back row by row. Whatever happens there is
//! an error of the file here.

mod frames;
mod parquet;
mod statistics;
mod workbook;

use super::ReadError;
use super::layout::{Excel, Parquet};
use super::record::{FieldBuffer, FieldKind, Place, Record};
use crate::finding::QuarantineCode;
use frames::{Cell, Frame};
use glob::Pattern;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufReader, Seek, SeekFrom, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

/// The command of the program that reads a file from its standard input. It takes the format, the pattern of sheets or an empty text, and
/// the numbers of the rows that are wanted with `,` between them; none: all rows.
pub const WORKER_COMMAND: &str = "read-table";

/// Writes the rows of a workbook (`excel`) or a Parquet file (`parquet`) as frames: all of them, or those of these numbers.
///
/// # Errors
/// Where the frames cannot be written, or a number is none.
pub fn copy(format: &str, sheets: &str, rows: &str, source: File, to: &mut impl Write) -> io::Result<()> {
    let numbers: Result<BTreeSet<u32>, _> = rows.split(',').filter(|number| !number.is_empty()).map(str::parse).collect();
    let numbers = numbers.map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
    let rows = Some(numbers).filter(|_| !rows.is_empty());
    match format {
        "parquet" => parquet::copy(source, rows.as_ref(), to),
        _ => workbook::copy(source, sheets, rows.as_ref(), to),
    }
}

/// Memory that reading one file may take; 1,048,576 rows of 20 columns need about 1 GB.
pub const MEMORY_BYTES: u64 = 3 << 30;
/// Processor time that reading one file may take.
pub const SECONDS: u64 = 600;

/// Columns that a table may have; a worksheet has 16,384.
const MAX_COLUMNS: u32 = 1 << 16;

/// The process that reads one file.
struct Worker {
    child: Child,
    from: BufReader<ChildStdout>,
}

impl Worker {
    fn start(file: File, program: &Path, arguments: [&str; 3]) -> Result<Self, ReadError> {
        let mut child = Command::new(program)
            .arg(WORKER_COMMAND)
            .args(arguments)
            .stdin(file)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let from = child.stdout.take().ok_or_else(|| io::Error::other("the started process has no output"))?;
        Ok(Self { child, from: BufReader::with_capacity(1 << 16, from) })
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
                // An exit of its own is a defect of the parser; its limits end a process by a signal.
                if status.code().is_some() {
                    let message = format!("the parser gave up on the file ({status})");
                    return Err(ReadError::file(
                        message,
                        "it is damaged or forged: open it with the program that wrote it, and have it sent again",
                    ));
                }
                let message =
                    format!("the file cannot be read within {} GiB of memory and {SECONDS} s ({status})", MEMORY_BYTES >> 30);
                Err(ReadError::file(message, "it is damaged, forged or too large: save the sheet as text and declare it so"))
            }
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // A reader that was left before its end leaves no process behind. That it has ended already is no failure.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The rows that are wanted of a workbook or a Parquet file.
#[derive(Debug, Clone, Copy)]
pub struct RowWanted<'a> {
    /// The format as in a pipeline file: `excel` or `parquet`.
    pub format: &'a str,
    /// The worksheet, or empty.
    pub sheet: &'a str,
    /// Numbers of the rows as in [`Place::line`].
    pub rows: &'a BTreeSet<u32>,
    /// The program whose command [`WORKER_COMMAND`] reads the file: this one.
    pub worker: &'a Path,
}

/// Reads rows by their numbers.
pub(super) struct TableRows;

impl TableRows {
    /// The text of each wanted row.
    pub fn read(file: File, wanted: &RowWanted<'_>) -> Result<Vec<String>, ReadError> {
        /// Numbers that are handed over at a time: an argument holds 128 KiB.
        const MAX_ROWS: usize = 8_000;
        let sheet = Pattern::escape(wanted.sheet);
        let rows: Vec<u32> = wanted.rows.iter().copied().collect();
        let mut texts = Vec::with_capacity(rows.len());
        for rows in rows.chunks(MAX_ROWS) {
            let numbers = rows.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
            let mut source = file.try_clone()?;
            source.seek(SeekFrom::Start(0))?;
            let mut worker = Worker::start(source, wanted.worker, [wanted.format, &sheet, &numbers])?;
            let mut left = rows.iter();
            while let Some(frame) = worker.frame()? {
                let Frame::Row(number, cells) = frame else { continue };
                if left.next() != Some(&number) {
                    break;
                }
                let mut text = String::new();
                raw_text(&cells, &mut text);
                texts.push(text);
                if left.len() == 0 {
                    break;
                }
            }
        }
        match wanted.rows.iter().nth(texts.len()) {
            None => Ok(texts),
            Some(row) => Err(ReadError::file(format!("row {row} has no value"), "it is not the file that the run read")),
        }
    }
}

/// The texts of cells with a tab between them.
fn raw_text(cells: &[Cell], raw: &mut String) {
    raw.clear();
    for cell in cells {
        if !raw.is_empty() {
            raw.push('\t');
        }
        raw.push_str(&cell.text);
    }
}

/// Reads the rows of one workbook or Parquet file.
pub struct TableReader {
    worker: Worker,
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
        Self::start(file, &layout.worker, ["excel", sheets, ""], layout.header_row)
    }

    /// Starts the process that reads a Parquet file.
    ///
    /// # Errors
    /// Where it cannot be started, or refuses the file.
    pub fn parquet(file: File, layout: &Parquet) -> Result<Self, ReadError> {
        Self::start(file, &layout.worker, ["parquet", "", ""], 0)
    }

    fn start(file: File, worker: &Path, arguments: [&str; 3], header_row: u32) -> Result<Self, ReadError> {
        let mut reader = Self {
            worker: Worker::start(file, worker, arguments)?,
            header_row,
            columns: Vec::new(),
            next: None,
            record: 0,
            fields: FieldBuffer::default(),
            raw: String::new(),
        };
        reader.next = reader.worker.frame()?;
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
                Some(_) => self.next = self.worker.frame()?,
            }
        };
        self.columns.clear();
        loop {
            self.next = self.worker.frame()?;
            match self.next.take() {
                Some(Frame::Row(number, _)) if number < self.header_row => {}
                Some(Frame::Row(number, cells)) if number == self.header_row => {
                    if let Some(last) = cells.last().filter(|cell| cell.column >= MAX_COLUMNS) {
                        let message =
                            format!("a column name stands in column {}, and {MAX_COLUMNS} are read", u64::from(last.column) + 1);
                        return Err(ReadError::file(message, "the file is damaged or forged: have it sent again"));
                    }
                    for cell in cells {
                        self.columns.resize(cell.column as usize, String::new());
                        self.columns.push(cell.text.trim().to_owned());
                    }
                    self.next = self.worker.frame()?;
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
        self.next = self.worker.frame()?;
        self.record += 1;
        let place = Place { record: self.record, line: u64::from(number), extent: None };
        let outcome = self.row(&cells);
        Ok(Some(Record { place, fields: outcome.map(|()| self.fields.fields()), raw: self.raw.as_bytes() }))
    }

    fn row(&mut self, cells: &[Cell]) -> Result<(), QuarantineCode> {
        self.fields.clear();
        raw_text(cells, &mut self.raw);
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
}
