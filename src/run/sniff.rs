//! `attachrate sniff`: the beginning of a file, looked at; of a packed file what is inside, of a workbook or Parquet file its first rows.

use crate::error::{Error, Result};
use crate::io::readers::layout::{Excel, Parquet};
use crate::io::readers::{FileReader, Format, Layout, Packing, Unpacked, members};
use crate::sniff::{Container, LOOKED_AT, Table, propose, sniff};
use glob::Pattern;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// Rows of a workbook among which its names are looked for.
const HEADER_ROWS: u32 = 10;
/// Rows of a table that are looked at.
const ROWS: usize = 500;

/// A proposed `[[feed]]` block for a file.
///
/// # Errors
/// Where the file cannot be read.
pub fn sniff_file(path: &Path) -> Result<String> {
    let bytes = beginning(path)?;
    let name = path.to_string_lossy();
    let mut sniffed = sniff(&bytes, &name);
    let packing = match sniffed.container {
        Container::Gzip => Some("gzip"),
        Container::Zstd => Some("zstd"),
        Container::Zip => Some("zip"),
        _ => None,
    };
    if let Some(packing) = packing {
        // A packed file that cannot be unpacked is told by what it is.
        return Ok(match inside(path, sniffed.container) {
            Some((member, bytes)) => propose(&sniff(&bytes, &member), &name, Some(packing)),
            None => propose(&sniffed, &name, None),
        });
    }
    sniffed.table = match sniffed.container {
        Container::Excel => workbook(path),
        Container::Parquet => parquet(path),
        _ => sniffed.table,
    };
    Ok(propose(&sniffed, &name, None))
}

/// The bytes of a file that are looked at.
pub fn beginning(path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(Error::io("open", path))?;
    file.take(LOOKED_AT as u64).read_to_end(&mut bytes).map_err(Error::io("read", path))?;
    Ok(bytes)
}

/// Name and beginning of what a packed file holds; of an archive its first member by name.
fn inside(path: &Path, container: Container) -> Option<(String, Vec<u8>)> {
    let mut file = File::open(path).ok()?;
    let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let (name, source) = match container {
        Container::Gzip => (name, Unpacked::gzip(file)),
        Container::Zstd => (name, Unpacked::zstd(file).ok()?),
        _ => {
            let member = members(&mut file).ok()?.into_iter().next()?;
            file.seek(SeekFrom::Start(member.start)).ok()?;
            (member.name.clone(), Unpacked::member(file, &member))
        }
    };
    let mut bytes = Vec::new();
    // What came before damage is looked at all the same.
    let _ = source.take(LOOKED_AT as u64).read_to_end(&mut bytes);
    (!bytes.is_empty()).then_some((name, bytes))
}

/// The first worksheet, its names in the first of the rows with most of them.
fn workbook(path: &Path) -> Option<Table> {
    let mut best: Option<Table> = None;
    for header_row in 1..=HEADER_ROWS {
        let worker = std::env::current_exe().ok()?;
        let format = Format::Excel(Excel { sheet: Pattern::new("*").ok(), header_row, worker });
        let Some(table) = first_rows(path, format) else { continue };
        let names = |table: &Table| table.columns.iter().filter(|name| !name.is_empty()).count();
        if best.as_ref().is_none_or(|best| names(&table) > names(best)) {
            best = Some(Table { preamble: header_row as usize - 1, ..table });
        }
    }
    best
}

fn parquet(path: &Path) -> Option<Table> {
    first_rows(path, Format::Parquet(Parquet { worker: std::env::current_exe().ok()? }))
}

/// The first rows of a file that is read as this format; none where it cannot be.
fn first_rows(path: &Path, format: Format) -> Option<Table> {
    let layout = Layout { packing: Packing::Plain, members: None, format, list_separator: '|' };
    let mut reader = FileReader::open(path, &layout).ok()?;
    let section = reader.next_section().ok()??;
    let mut rows = Vec::new();
    while rows.len() < ROWS
        && let Some(record) = reader.next_record().ok()?
    {
        rows.extend(record.fields.ok().map(|fields| fields.iter().map(str::to_owned).collect()));
    }
    Some(Table { sheet: section.name, ..Table::named(section.columns, rows) })
}
