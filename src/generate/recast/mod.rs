//! The same records in another layout, on request: other formats, encodings, marks, numbers, dates and packings.
//!
//! The market is written once, as its senders write it; then the files of a feed are written anew, record for record, and the places in the truth
//! follow. So what a run finds must not depend on the layout. Faults of the text as such are not in the first writing of these files: they are
//! written here, in the way that the layout has them.

mod declare;
mod pack;
mod record;
mod request;
mod style;
mod text;
mod typed;
mod x12;

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use chrono::NaiveDate;

use super::GenerateError;
use super::defects::Defect;
use super::feed::{Drop, Feed};
use crate::io::readers::Encoding;
use record::{Column, Dialect, Row, Value, place};
pub use request::Recast;
pub(super) use request::Word;
use style::Style;
pub(super) use typed::SHEET;

/// The records of a file.
struct Report {
    columns: Vec<Column>,
    rows: Vec<Row>,
}

impl Report {
    fn value<'a>(&self, row: &'a Row, field: &str) -> Option<&'a Value> {
        place(&self.columns, field).map(|column| &row.values[column])
    }

    /// The text of a field; `""` where the feed does not have it.
    fn text<'a>(&self, row: &'a Row, field: &str) -> &'a str {
        self.value(row, field).map_or("", Value::text)
    }

    /// Whether the transaction type says that the record is a return, so that its numbers have no sign.
    fn is_return(&self, row: &Row) -> bool {
        self.text(row, "transaction_type") == "RET"
    }
}

/// A file in another layout, and the line of each of its records.
struct Written<T> {
    content: T,
    lines: Vec<u64>,
}

/// Whether a feed in a layout can have a fault.
pub(super) fn can_have(feed: Feed, recast: &Recast, defect: Defect) -> bool {
    let dialect = Dialect::of(feed);
    let style = Style::of(&dialect, recast);
    let format = recast.format();
    let is_text = matches!(format, Word::Delimited | Word::FixedWidth);
    let is_utf8_with_quotes = matches!(feed, Feed::DistributorA | Feed::DistributorD);
    match defect {
        Defect::StrayQuote => format == Word::Delimited && is_utf8_with_quotes && !recast.has(Word::Backslash),
        Defect::UndecodableByte if recast.keeps_text() => is_utf8_with_quotes,
        Defect::UndecodableByte => {
            let has_description = feed != Feed::Registrations;
            let is_written = is_text || matches!(format, Word::JsonLines | Word::X12);
            has_description && is_written && pack::has_undecodable(encoding(&dialect, recast))
        }
        Defect::UnreadableQuantity => format != Word::Parquet && feed != Feed::Registrations,
        Defect::ImpossibleDate => format != Word::Parquet,
        // Without line ends a record of another length would shift all records behind it.
        Defect::MissingField | Defect::SurplusField if recast.has(Word::NoLineEnds) => false,
        Defect::MissingField => is_text,
        Defect::SurplusField => is_text || format == Word::Excel,
        Defect::AmbiguousNumber => is_text && style.is_ambiguous() && feed != Feed::Registrations,
        Defect::CutObject | Defect::RepeatedName => format == Word::JsonLines,
        Defect::CutSet | Defect::QuantityCode | Defect::SignedReturn => format == Word::X12,
        Defect::FutureDate | Defect::EmptySku | Defect::AlteredId => true,
    }
}

/// The encoding of a feed's text: what is asked for, else UTF-8, but for X12 and the sender's own delimited text that of the sender.
fn encoding(dialect: &Dialect, recast: &Recast) -> Encoding {
    let own = if dialect.is_windows { Encoding::Windows1252 } else { Encoding::Utf8 };
    recast.encoding().unwrap_or(match recast.format() {
        Word::Delimited => own,
        // A character is one byte.
        Word::FixedWidth if recast.has(Word::NoLineEnds) => Encoding::Windows1252,
        Word::X12 => Encoding::Iso88591,
        _ => Encoding::Utf8,
    })
}

/// The encoding of the text of a feed in a layout.
pub(super) fn encoding_of(feed: Feed, recast: &Recast) -> Encoding {
    encoding(&Dialect::of(feed), recast)
}

/// Writes the files of the feeds that are no plain text anew, in the generated folder, and lets the truth follow. What was `asked` for is declared.
pub(super) fn recast(out: &Path, layouts: &[Recast; Feed::ALL.len()], asked: &[(Feed, Recast)]) -> Result<(), GenerateError> {
    let faults = faults(&out.join(DEFECTS))?;
    let mut moved: HashMap<String, (String, Vec<u64>)> = HashMap::new();
    for (feed, layout) in Feed::ALL.into_iter().zip(layouts).filter(|(_, layout)| **layout != Recast::default()) {
        let feed = Rewritten { out, feed, layout, style: Style::of(&Dialect::of(feed), layout), faults: &faults };
        let paths = files_of(out, feed.feed)?;
        let mut widths = Vec::new();
        if layout.format() == Word::FixedWidth {
            for path in &paths {
                text::widen(&mut widths, &feed.report(path)?, &feed.style);
            }
        }
        for path in paths {
            let lines = feed.write(&path, &widths)?;
            moved.insert(path.clone(), (layout.path(&path), lines));
        }
        if asked.iter().any(|(other, _)| *other == feed.feed) {
            let columns = Dialect::of(feed.feed).columns(feed.feed);
            let declaration = declare::section(feed.feed, &columns, layout, &feed.style, &widths);
            let path = out.join(format!("declaration_{}.toml", feed.feed.id()));
            fs::write(&path, declaration).map_err(GenerateError::io("write", &path))?;
        }
    }
    for table in ["truth/attachments.csv", "truth/returns.csv", DEFECTS] {
        move_places(&out.join(table), &moved)?;
    }
    Ok(())
}

/// Where the truth has the damaged records.
const DEFECTS: &str = "truth/defects.csv";

/// A feed on its way to another layout.
struct Rewritten<'a> {
    out: &'a Path,
    feed: Feed,
    layout: &'a Recast,
    style: Style,
    /// Of each file, what is wrong with its lines.
    faults: &'a HashMap<String, HashMap<u64, Defect>>,
}

impl Rewritten<'_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, GenerateError> {
        let from = self.out.join(path);
        fs::read(&from).map_err(GenerateError::io("read", &from))
    }

    fn report(&self, path: &str) -> Result<Report, GenerateError> {
        let dialect = Dialect::of(self.feed);
        let columns = dialect.columns(self.feed);
        // A file that was sent twice has the faults of the first.
        let faults = self.faults.get(&path.replace("resent_", "")).cloned().unwrap_or_default();
        let rows = dialect.rows(&columns, &self.read(path)?, &faults).map_err(|error| self.failed(path, error.to_string()))?;
        Ok(Report { columns, rows })
    }

    fn failed(&self, path: &str, cause: String) -> GenerateError {
        GenerateError::Io { operation: "write", path: self.out.join(path), source: std::io::Error::other(cause) }
    }

    /// Writes a file in the other layout in place of the sender's own. The line of each record.
    fn write(&self, path: &str, widths: &[usize]) -> Result<Vec<u64>, GenerateError> {
        let Written { content, lines } = self.content(path, widths)?;
        let new = self.layout.path(path).replace("resent_", "");
        let new = new.rsplit('/').next().unwrap_or(&new);
        // The member of an archive has the file's name without the ending of the archive.
        let member = new.strip_suffix(".zip").unwrap_or(new);
        let packed = pack::packed(content, self.layout.packing(), member).map_err(|cause| self.failed(path, cause))?;
        let from = self.out.join(path);
        fs::remove_file(&from).map_err(GenerateError::io("write", &from))?;
        let to = self.out.join(self.layout.path(path));
        fs::write(&to, packed).map_err(GenerateError::io("write", &to))?;
        Ok(lines)
    }

    fn content(&self, path: &str, widths: &[usize]) -> Result<Written<Vec<u8>>, GenerateError> {
        if self.layout.keeps_text() {
            let content = self.read(path)?;
            let lines = (2..=content.iter().filter(|byte| **byte == b'\n').count() as u64).collect();
            return Ok(Written { content, lines });
        }
        let dialect = Dialect::of(self.feed);
        let report = self.report(path)?;
        let written = match self.layout.format() {
            Word::Excel => {
                return typed::workbook(&report, self.layout, written_on(path)).map_err(|cause| self.failed(path, cause));
            }
            Word::Parquet => return typed::parquet(&report).map_err(|cause| self.failed(path, cause)),
            Word::JsonLines => text::json_lines(&report, &self.style),
            Word::FixedWidth => text::fixed_width(&report, &dialect, &self.style, self.layout, widths),
            Word::X12 => x12::interchange(&report, self.feed, &self.style, self.layout, (written_on(path), month(path))),
            _ => text::delimited(&report, &dialect, &self.style, self.layout),
        };
        let content = pack::encoded(&written.content, encoding(&dialect, self.layout)).map_err(|cause| self.failed(path, cause))?;
        Ok(Written { content, lines: written.lines })
    }
}

/// The day of a file's drop, so that a month that is sent again is another file even where nothing has come since.
fn written_on(path: &str) -> NaiveDate {
    path.split('/').next().and_then(|drop| drop.parse().ok()).unwrap_or_default()
}

/// The month in a file's name as a number, `202610`.
fn month(path: &str) -> u32 {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.split(|letter: char| !letter.is_ascii_digit())
        .find(|digits| digits.len() == 6)
        .and_then(|digits| digits.parse().ok())
        .unwrap_or(0)
}

/// The files of a feed below the generated folder, sorted.
pub(super) fn files_of(out: &Path, feed: Feed) -> Result<Vec<String>, GenerateError> {
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

/// What is wrong with the lines of each file, by the truth.
fn faults(table: &Path) -> Result<HashMap<String, HashMap<u64, Defect>>, GenerateError> {
    let text = fs::read_to_string(table).map_err(GenerateError::io("read", table))?;
    let mut faults: HashMap<String, HashMap<u64, Defect>> = HashMap::new();
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        if let [path, line, name, _] = cells[..]
            && let Ok(line) = line.parse()
            && let Some(defect) = Defect::ALL.into_iter().find(|defect| defect.name() == name)
        {
            faults.entry(path.to_owned()).or_default().insert(line, defect);
        }
    }
    Ok(faults)
}

/// Lets the places of a truth table follow the files.
fn move_places(table: &Path, moved: &HashMap<String, (String, Vec<u64>)>) -> Result<(), GenerateError> {
    let text = fs::read_to_string(table).map_err(GenerateError::io("read", table))?;
    let mut new = String::with_capacity(text.len());
    for line in text.lines() {
        let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
        for place in 0..cells.len().saturating_sub(1) {
            if let Some((path, lines)) = moved.get(&cells[place])
                && let Ok(number) = cells[place + 1].parse::<usize>()
                // The first record stood on line 2.
                && let Some(line) = number.checked_sub(2).and_then(|record| lines.get(record))
            {
                cells[place].clone_from(path);
                cells[place + 1] = line.to_string();
            }
        }
        new.push_str(&cells.join(","));
        new.push('\n');
    }
    fs::write(table, new).map_err(GenerateError::io("write", table))
}
