//! The same records in another layout, on request: workbooks, JSON Lines, fixed width, other encodings and packings.
//!
//! The market is written once, as its senders write it; then the files of a feed are written anew, cell for cell, and the places in the truth
//! follow. So what a run finds must not depend on the layout. A fault that a layout cannot have goes: a missing last cell of a workbook is an empty
//! one.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use encoding_rs::WINDOWS_1252;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, XlsxError};

use super::GenerateError;
use super::feed::{Drop, Feed};

/// A layout that a feed can be written in instead of its sender's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recast {
    /// A workbook with numbers and dates as such.
    Excel,
    /// One JSON object a line, UTF-8, numbers as numbers.
    JsonLines,
    /// Fields at fixed places, UTF-8, behind one line of names.
    FixedWidth,
    /// The sender's own text in UTF-16, little-endian, with a byte order mark.
    Utf16,
    /// The sender's own bytes, gzip.
    Gzip,
    /// The sender's own bytes, zstd.
    Zstd,
}

impl Recast {
    /// Every layout.
    pub const ALL: [Self; 6] = [Self::Excel, Self::JsonLines, Self::FixedWidth, Self::Utf16, Self::Gzip, Self::Zstd];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Excel => "excel",
            Self::JsonLines => "json_lines",
            Self::FixedWidth => "fixed_width",
            Self::Utf16 => "utf-16",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }

    /// The path of a file in this layout.
    pub(super) fn path(self, path: &str) -> String {
        let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
        match self {
            Self::Excel => format!("{stem}.xlsx"),
            Self::JsonLines => format!("{stem}.jsonl"),
            Self::FixedWidth => format!("{stem}.dat"),
            Self::Utf16 => path.to_owned(),
            Self::Gzip => format!("{path}.gz"),
            Self::Zstd => format!("{path}.zst"),
        }
    }

    /// The line of a record that stood at a line: JSON Lines have no line of names.
    fn line(self, line: u64) -> u64 {
        if self == Self::JsonLines { line - 1 } else { line }
    }
}

/// What a column holds beside text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cell {
    Text,
    Date,
    Number,
}

/// How a feed's sender writes its text.
struct Dialect {
    delimiter: u8,
    is_quoted: bool,
    is_windows: bool,
    is_german: bool,
    date: usize,
    numbers: &'static [usize],
}

impl Dialect {
    fn of(feed: Feed) -> Self {
        let plain = Self { delimiter: b',', is_quoted: false, is_windows: false, is_german: false, date: 3, numbers: &[7, 8] };
        match feed {
            Feed::DistributorA => Self { is_quoted: true, ..plain },
            Feed::DistributorB => Self { delimiter: b';', is_quoted: true, is_windows: true, is_german: true, ..plain },
            Feed::VendorDirect => Self { delimiter: b'\t', numbers: &[8, 9], ..plain },
            Feed::Registrations => Self { delimiter: b'|', date: 2, numbers: &[], ..plain },
        }
    }

    fn cell(&self, column: usize) -> Cell {
        match column {
            _ if column == self.date => Cell::Date,
            _ if self.numbers.contains(&column) => Cell::Number,
            _ => Cell::Text,
        }
    }

    fn text(&self, bytes: &[u8]) -> String {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        if self.is_windows { WINDOWS_1252.decode(bytes).0.into_owned() } else { String::from_utf8_lossy(bytes).into_owned() }
    }

    /// The fields of each line; a damaged line as it falls apart.
    fn rows(&self, text: &str) -> Vec<Vec<String>> {
        text.lines()
            .map(|line| {
                if self.is_quoted {
                    let mut reader = csv::ReaderBuilder::new()
                        .has_headers(false)
                        .flexible(true)
                        .delimiter(self.delimiter)
                        .from_reader(line.as_bytes());
                    reader.records().flatten().flat_map(|record| record.iter().map(str::to_owned).collect::<Vec<_>>()).collect()
                } else {
                    line.split(char::from(self.delimiter)).map(str::to_owned).collect()
                }
            })
            .collect()
    }

    /// A number with a point and a leading minus; `None` for what is none.
    fn number(&self, field: &str) -> Option<String> {
        let plain = if self.is_german {
            let (negative, digits) = field.strip_suffix('-').map_or((false, field), |digits| (true, digits));
            let digits = digits.replace('.', "").replace(',', ".");
            if negative { format!("-{digits}") } else { digits }
        } else {
            field.to_owned()
        };
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        is_number(plain.strip_prefix('-').unwrap_or(&plain)).then_some(plain)
    }

    fn day(&self, field: &str) -> Option<NaiveDate> {
        NaiveDate::parse_from_str(field, if self.is_german { "%d.%m.%Y" } else { "%Y-%m-%d" }).ok()
    }
}

/// Writes the files of some feeds anew, in the generated folder, and lets the truth follow.
pub(super) fn recast(out: &Path, requests: &[(Feed, Recast)]) -> Result<(), GenerateError> {
    let mut moved: HashMap<String, (String, Recast)> = HashMap::new();
    for &(feed, layout) in requests {
        let paths = files_of(out, feed)?;
        let dialect = Dialect::of(feed);
        let widths = if layout == Recast::FixedWidth { widths(out, &paths, &dialect)? } else { Vec::new() };
        for path in paths {
            let from = out.join(&path);
            let bytes = fs::read(&from).map_err(GenerateError::io("read", &from))?;
            let new = written(&bytes, layout, &dialect, &widths).map_err(|cause| GenerateError::Io {
                operation: "write",
                path: from.clone(),
                source: std::io::Error::other(cause),
            })?;
            fs::remove_file(&from).map_err(GenerateError::io("write", &from))?;
            let to = out.join(layout.path(&path));
            fs::write(&to, new).map_err(GenerateError::io("write", &to))?;
            moved.insert(path.clone(), (layout.path(&path), layout));
        }
        if layout == Recast::FixedWidth {
            declare(out, feed, &dialect, &widths)?;
        }
    }
    for table in ["truth/attachments.csv", "truth/returns.csv", "truth/defects.csv"] {
        move_places(&out.join(table), &moved)?;
    }
    Ok(())
}

/// The files of a feed below the generated folder, sorted.
fn files_of(out: &Path, feed: Feed) -> Result<Vec<String>, GenerateError> {
    let mut paths = Vec::new();
    for drop in Drop::ALL {
        let folder = format!("{}/{}", drop.folder(), feed.id());
        let absolute = out.join(&folder);
        if !absolute.exists() {
            continue;
        }
        for entry in fs::read_dir(&absolute).map_err(GenerateError::io("read", &absolute))? {
            let name = entry.map_err(GenerateError::io("read", &absolute))?.file_name();
            paths.push(format!("{folder}/{}", name.to_string_lossy()));
        }
    }
    paths.sort();
    Ok(paths)
}

fn written(bytes: &[u8], layout: Recast, dialect: &Dialect, widths: &[usize]) -> Result<Vec<u8>, String> {
    let rows = || dialect.rows(&dialect.text(bytes));
    match layout {
        Recast::Excel => workbook(&rows(), dialect).map_err(|error| error.to_string()),
        Recast::JsonLines => Ok(json_lines(&rows(), dialect)),
        Recast::FixedWidth => Ok(fixed_width(&rows(), widths)),
        Recast::Utf16 => {
            let text = dialect.text(bytes);
            Ok(std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect())
        }
        Recast::Gzip => {
            // The level and a time stamp of zero: the same bytes every time.
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
            encoder.write_all(bytes).and_then(|()| encoder.finish()).map_err(|error| error.to_string())
        }
        Recast::Zstd => zstd::encode_all(bytes, 3).map_err(|error| error.to_string()),
    }
}

fn workbook(rows: &[Vec<String>], dialect: &Dialect) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    // The time of writing would stand in the file.
    let written = ExcelDateTime::from_ymd(2026, 12, 15)?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&written));
    let sheet = workbook.add_worksheet();
    sheet.set_name("Data")?;
    let as_date = Format::new().set_num_format("yyyy-mm-dd");
    for (row, number) in rows.iter().zip(0u32..) {
        for (field, column) in row.iter().zip(0u16..) {
            match dialect.cell(usize::from(column)) {
                _ if field.is_empty() => {}
                Cell::Date if number > 0 => match dialect.day(field) {
                    Some(day) => {
                        // Days from the count of Excel after its false leap day.
                        sheet.write_number_with_format(number, column, f64::from(day.to_epoch_days()) + 25_569.0, &as_date)?;
                    }
                    None => {
                        sheet.write_string(number, column, field)?;
                    }
                },
                Cell::Number if number > 0 => match dialect.number(field).and_then(|plain| plain.parse::<f64>().ok()) {
                    Some(value) => {
                        sheet.write_number(number, column, value)?;
                    }
                    None => {
                        sheet.write_string(number, column, field)?;
                    }
                },
                _ => {
                    sheet.write_string(number, column, field)?;
                }
            }
        }
    }
    workbook.save_to_buffer()
}

fn json_lines(rows: &[Vec<String>], dialect: &Dialect) -> Vec<u8> {
    let mut text = String::new();
    let Some((names, rows)) = rows.split_first() else { return Vec::new() };
    for row in rows {
        text.push('{');
        for (field, column) in row.iter().zip(0usize..) {
            let name = names.get(column).map_or_else(|| format!("surplus_{column}"), Clone::clone);
            let number = (dialect.cell(column) == Cell::Number).then(|| dialect.number(field)).flatten();
            let value = number.unwrap_or_else(|| serde_json::Value::from(field.as_str()).to_string());
            // Writing to a string cannot fail.
            let _ = write!(text, "{}{}:{value}", if column > 0 { "," } else { "" }, serde_json::Value::from(name));
        }
        text.push_str("}\n");
    }
    text.into_bytes()
}

fn fixed_width(rows: &[Vec<String>], widths: &[usize]) -> Vec<u8> {
    let mut text = String::new();
    for row in rows {
        for (place, width) in widths.iter().enumerate() {
            let field = row.get(place).map_or("", String::as_str);
            text.push_str(field);
            text.extend(std::iter::repeat_n(' ', width - field.chars().count()));
        }
        // A surplus field makes the line too long, as it does where columns slip.
        row.iter().skip(widths.len()).for_each(|field| text.push_str(field));
        text.push('\n');
    }
    text.into_bytes()
}

/// The characters that each column needs in all files of a feed.
fn widths(out: &Path, paths: &[String], dialect: &Dialect) -> Result<Vec<usize>, GenerateError> {
    let mut widths: Vec<usize> = Vec::new();
    for path in paths {
        let path = out.join(path);
        let bytes = fs::read(&path).map_err(GenerateError::io("read", &path))?;
        let rows = dialect.rows(&dialect.text(&bytes));
        if widths.is_empty() {
            widths = vec![1; rows.first().map_or(0, Vec::len)];
        }
        for row in &rows {
            for (width, field) in widths.iter_mut().zip(row) {
                *width = (*width).max(field.chars().count());
            }
        }
    }
    Ok(widths)
}

/// Writes the columns of a fixed-width feed as its section in a pipeline file declares them.
fn declare(out: &Path, feed: Feed, dialect: &Dialect, widths: &[usize]) -> Result<(), GenerateError> {
    let names = dialect.rows(&dialect.text(feed.header())).into_iter().next().unwrap_or_default();
    let mut text = String::from("format = \"fixed_width\"\nencoding = \"utf-8\"\npreamble_lines = 1\nfixed_columns = [\n");
    let mut from = 1;
    for (name, width) in names.iter().zip(widths) {
        let _ = writeln!(text, "    {{ name = \"{name}\", from = {from}, to = {} }},", from + width - 1);
        from += width;
    }
    text.push_str("]\n");
    let path: PathBuf = out.join(format!("declaration_{}.toml", feed.id()));
    fs::write(&path, text).map_err(GenerateError::io("write", &path))
}

/// Lets the places of a truth table follow the files.
fn move_places(table: &Path, moved: &HashMap<String, (String, Recast)>) -> Result<(), GenerateError> {
    let text = fs::read_to_string(table).map_err(GenerateError::io("read", table))?;
    let mut new = String::with_capacity(text.len());
    for line in text.lines() {
        let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
        for place in 0..cells.len().saturating_sub(1) {
            if let Some((path, layout)) = moved.get(&cells[place])
                && let Ok(number) = cells[place + 1].parse::<u64>()
            {
                cells[place].clone_from(path);
                cells[place + 1] = layout.line(number).to_string();
            }
        }
        new.push_str(&cells.join(","));
        new.push('\n');
    }
    fs::write(table, new).map_err(GenerateError::io("write", table))
}
