//! Workbooks to frames, in the process that reads them.

use super::super::archive::members;
use super::super::record::{FieldKind, ReadError};
use super::frames::{self, Cell, Frame};
use calamine::{Data, DataRef, DataType, ExcelDateTime, Ods, Reader, SheetType, Xls, Xlsb, Xlsx};
use glob::Pattern;
use std::collections::BTreeSet;
use std::io::{self, Read, Seek, SeekFrom, Write};

/// Rows and columns of a worksheet, in Excel and in LibreOffice.
const MAX_ROWS: u32 = 1 << 20;
const MAX_COLUMNS: u32 = 1 << 14;
/// Significant digits of Excel's numbers.
const DIGITS: usize = 15;

/// Why a workbook gives no more frames.
enum Stop {
    /// The other side is gone.
    Io(io::Error),
    /// It cannot be read; one lower-case sentence.
    Refused(String),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

fn refused(error: impl std::fmt::Display) -> Stop {
    Stop::Refused(format!("the workbook cannot be read: {error}"))
}

/// Writes the rows of the chosen sheets, all or the wanted ones, or why there are none, as frames.
///
/// # Errors
/// Where the frames cannot be written.
pub fn copy(source: impl Read + Seek, sheets: &str, wanted: Option<&BTreeSet<u32>>, to: &mut impl Write) -> io::Result<()> {
    let outcome = match Pattern::new(sheets) {
        Ok(pattern) => sheets_to(source, Some(&pattern).filter(|_| !sheets.is_empty()), wanted, to),
        Err(error) => Err(Stop::Refused(format!("the sheets cannot be chosen: {error}"))),
    };
    match outcome {
        Ok(()) => frames::write(&Frame::End, to)?,
        Err(Stop::Refused(cause)) => frames::write(&Frame::Refused(cause), to)?,
        Err(Stop::Io(error)) => return Err(error),
    }
    to.flush()
}

fn sheets_to(
    mut source: impl Read + Seek,
    sheets: Option<&Pattern>,
    wanted: Option<&BTreeSet<u32>>,
    to: &mut impl Write,
) -> Result<(), Stop> {
    let mut start = Vec::new();
    source.seek(SeekFrom::Start(0))?;
    source.by_ref().take(8).read_to_end(&mut start)?;
    source.seek(SeekFrom::Start(0))?;
    if start.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
        if has_encrypted_package(&mut source)? {
            return Err(refused("it is encrypted with a password"));
        }
        let mut workbook: Xls<_> = Xls::new(source).map_err(refused)?;
        for name in chosen(&workbook, sheets)? {
            let range = workbook.worksheet_range(&name).map_err(refused)?;
            frames::write(&Frame::Sheet(name), to)?;
            range_rows(&range, wanted, to)?;
        }
        return Ok(());
    }
    if !start.starts_with(b"PK") {
        return Err(Stop::Refused("the file is read as `excel`, but is no workbook by its first bytes".into()));
    }
    let names: Vec<String> = match members(&mut source) {
        Ok(members) => members.into_iter().map(|member| member.name).collect(),
        Err(ReadError::Io(error)) => return Err(Stop::Io(error)),
        Err(ReadError::File(defect)) => return Err(refused(defect)),
    };
    source.seek(SeekFrom::Start(0))?;
    if names.iter().any(|name| name == "mimetype") {
        let mut workbook: Ods<_> = Ods::new(source).map_err(refused)?;
        for name in chosen(&workbook, sheets)? {
            let range = workbook.worksheet_range(&name).map_err(refused)?;
            frames::write(&Frame::Sheet(name), to)?;
            range_rows(&range, wanted, to)?;
        }
    } else if names.iter().any(|name| name.ends_with("workbook.bin")) {
        let mut workbook: Xlsb<_> = Xlsb::new(source).map_err(refused)?;
        for name in chosen(&workbook, sheets)? {
            let mut cells = workbook.worksheet_cells_reader(&name).map_err(refused)?;
            frames::write(&Frame::Sheet(name), to)?;
            let mut rows = Rows::new(wanted);
            while let Some(cell) = cells.next_cell().map_err(refused)? {
                rows.add(cell.get_position(), value_of_ref(cell.get_value()), to)?;
            }
            rows.finish(to)?;
        }
    } else {
        let mut workbook: Xlsx<_> = Xlsx::new(source).map_err(refused)?;
        for name in chosen(&workbook, sheets)? {
            let mut cells = workbook.worksheet_cells_reader(&name).map_err(refused)?;
            frames::write(&Frame::Sheet(name), to)?;
            let mut rows = Rows::new(wanted);
            while let Some(cell) = cells.next_cell().map_err(refused)? {
                rows.add(cell.get_position(), value_of_ref(cell.get_value()), to)?;
            }
            rows.finish(to)?;
        }
    }
    Ok(())
}

/// Whether a compound file has the stream in which Office keeps an encrypted workbook ([MS-OFFCRYPTO] 2.3.4.4). The source stands at its start again.
fn has_encrypted_package(source: &mut (impl Read + Seek)) -> io::Result<bool> {
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut chunk = vec![0; 1 << 16];
    let mut held = 0;
    let found = loop {
        let count = source.read(&mut chunk[held..])?;
        let known = held + count;
        if memchr::memmem::find(&chunk[..known], &name).is_some() {
            break true;
        }
        if count == 0 {
            break false;
        }
        // The name may stand across two chunks.
        held = known.min(name.len() - 1);
        chunk.copy_within(known - held..known, 0);
    };
    source.seek(SeekFrom::Start(0))?;
    Ok(found)
}

/// The worksheets that are read, in the workbook's order. Without a pattern the workbook has one.
fn chosen<R: Read + Seek>(workbook: &impl Reader<R>, sheets: Option<&Pattern>) -> Result<Vec<String>, Stop> {
    let worksheets = workbook.sheets_metadata().iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
    let all: Vec<String> = worksheets.map(|sheet| sheet.name.clone()).collect();
    let listed = all.iter().take(10).map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ");
    match sheets {
        None if all.len() == 1 => Ok(all),
        None => Err(Stop::Refused(format!("the workbook has {} worksheets ({listed}), and the feed names none", all.len()))),
        Some(pattern) => {
            let found: Vec<String> = all.into_iter().filter(|name| pattern.matches(name)).collect();
            if found.is_empty() {
                return Err(Stop::Refused(format!("no worksheet matches `{pattern}`; the workbook has {listed}")));
            }
            Ok(found)
        }
    }
}

fn range_rows(range: &calamine::Range<Data>, wanted: Option<&BTreeSet<u32>>, to: &mut impl Write) -> Result<(), Stop> {
    let (first_row, first_column) = range.start().unwrap_or_default();
    let mut rows = Rows::new(wanted);
    for (row, column, value) in range.used_cells() {
        let place = (first_row.saturating_add(row as u32), first_column.saturating_add(column as u32));
        rows.add(place, value_of(value), to)?;
    }
    rows.finish(to)
}

/// Cells put together to rows.
struct Rows<'a> {
    row: Option<u32>,
    cells: Vec<Cell>,
    /// Numbers of the rows that are wanted, from 1; all where there are none.
    wanted: Option<&'a BTreeSet<u32>>,
}

impl<'a> Rows<'a> {
    fn new(wanted: Option<&'a BTreeSet<u32>>) -> Self {
        Self { row: None, cells: Vec::new(), wanted }
    }

    fn add(&mut self, (row, column): (u32, u32), value: Option<(FieldKind, String)>, to: &mut impl Write) -> Result<(), Stop> {
        let Some((kind, text)) = value else { return Ok(()) };
        if row >= MAX_ROWS || column >= MAX_COLUMNS {
            let place = format!("row {}, column {}", u64::from(row) + 1, u64::from(column) + 1);
            return Err(refused(format!("a cell stands in {place}, where no worksheet has any")));
        }
        if self.row.is_some_and(|last| last > row || (last == row && self.cells.last().is_some_and(|cell| cell.column >= column))) {
            return Err(refused("its cells are not in order"));
        }
        if self.row != Some(row) {
            self.flush(to)?;
            self.row = Some(row);
        }
        self.cells.push(Cell { column, kind, text });
        Ok(())
    }

    fn flush(&mut self, to: &mut impl Write) -> Result<(), Stop> {
        if let Some(row) = self.row.filter(|_| !self.cells.is_empty()) {
            let (number, cells) = (row.saturating_add(1), std::mem::take(&mut self.cells));
            if self.wanted.is_none_or(|wanted| wanted.contains(&number)) {
                frames::write(&Frame::Row(number, cells), to)?;
            }
        }
        Ok(())
    }

    fn finish(mut self, to: &mut impl Write) -> Result<(), Stop> {
        self.flush(to)
    }
}

fn value_of(value: &Data) -> Option<(FieldKind, String)> {
    Some(match value {
        Data::Empty => return None,
        Data::String(text) if text.is_empty() => return None,
        Data::String(text) => (FieldKind::Text, text.clone()),
        Data::Int(number) => (FieldKind::Float, number.to_string()),
        Data::Float(number) => (FieldKind::Float, number_text(*number)),
        Data::Bool(flag) => (FieldKind::Text, flag.to_string()),
        Data::DateTime(date) => date_text(*date),
        Data::DateTimeIso(text) => (FieldKind::Date, text.replacen('T', " ", 1)),
        Data::DurationIso(text) => (FieldKind::Broken, text.clone()),
        Data::Error(error) => (FieldKind::Broken, error.to_string()),
    })
}

fn value_of_ref(value: &DataRef<'_>) -> Option<(FieldKind, String)> {
    match value {
        DataRef::SharedString("") => None,
        DataRef::SharedString(text) => Some((FieldKind::Text, (*text).to_owned())),
        other if other.is_empty() => None,
        other => value_of(&Data::from(other.clone())),
    }
}

fn date_text(date: ExcelDateTime) -> (FieldKind, String) {
    if date.is_duration() {
        return (FieldKind::Broken, number_text(date.as_f64()));
    }
    let (year, month, day, hour, minute, second, _) = date.to_ymd_hms_milli();
    let time = if (hour, minute, second) == (0, 0, 0) { String::new() } else { format!(" {hour:02}:{minute:02}:{second:02}") };
    (FieldKind::Date, format!("{year:04}-{month:02}-{day:02}{time}"))
}

/// A number as Excel shows it at most: whole numbers digit by digit, others with 15 significant digits, so that `59.97` is not
/// `59.969999999999999`.
pub fn number_text(number: f64) -> String {
    if number.fract() == 0.0 || !number.is_finite() {
        return if number == 0.0 { "0".to_owned() } else { format!("{number:.0}") };
    }
    let rounded = format!("{number:.precision$e}", precision = DIGITS - 1).parse::<f64>().unwrap_or(number);
    rounded.to_string()
}

#[cfg(test)]
mod tests {
    use super::number_text;

    #[test]
    fn numbers_as_excel_shows_them() {
        for (number, text) in [
            (0.0, "0"),
            (-0.0, "0"),
            (4711.0, "4711"),
            (123_456_789_012_345.0, "123456789012345"),
            (1e21, "1000000000000000000000"),
            (19.99 * 3.0, "59.97"),
            (0.1 + 0.2, "0.3"),
            (-1234.5, "-1234.5"),
            (1e-7, "0.0000001"),
        ] {
            assert_eq!(number_text(number), text);
        }
    }
}
