//! Readers of raw feeds: every format, packing and encoding; damaged and hostile files.

mod blocks;
mod corpus;
mod cuts;
mod delimited;
mod delimited_forms;
mod fixed_length;
mod hostile;
mod json_values;
mod kept;
mod packed;
mod parquet_types;
mod places;
mod pollution;
mod random_pollution;
pub mod tables;
mod text;
mod workbooks;
mod x12;
mod x12_random;

use attachrate::finding::QuarantineCode;
use attachrate::io::readers::layout::{Delimited, Frame, Header};
use attachrate::io::readers::{Encoding, FileReader, Format, Layout, Packing, ReadError};
use std::path::Path;

/// A record as it was read: section, line, fields or defect.
pub type Read = (String, u64, Result<Vec<String>, QuarantineCode>);

/// A text frame without preamble and trailers.
pub fn frame(encoding: Encoding) -> Frame {
    Frame { encoding, preamble_lines: 0, trailer_lines: 0, trailer_pattern: None, has_last_line_end: true }
}

/// Comma, double quote, header.
pub fn comma(encoding: Encoding) -> Delimited {
    Delimited {
        frame: frame(encoding),
        delimiter: b",".to_vec(),
        quote: Some(b'"'),
        escape: None,
        header: Header::First,
        has_trailing_delimiter: false,
    }
}

/// A layout packed by the name of the file.
pub fn layout(format: Format) -> Layout {
    Layout { packing: Packing::ByName, members: None, format, list_separator: '|' }
}

/// Every record of a file of this name and content.
pub fn read(name: &str, bytes: &[u8], layout: &Layout) -> Result<Vec<Read>, ReadError> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).expect("a file");
    read_path(&path, layout)
}

/// Every record of a file; what stands at its place is compared with what was read.
pub fn read_path(path: &Path, layout: &Layout) -> Result<Vec<Read>, ReadError> {
    let (packing, placed) = places::placed(path, layout)?;
    places::check(path, layout, packing, &placed);
    blocks::check(path, layout)?;
    let mut reader = FileReader::open(path, layout)?;
    let mut records = Vec::new();
    while let Some(section) = reader.next_section()? {
        while let Some(record) = reader.next_record()? {
            assert_eq!(record.place.record, records.len() as u64 + 1);
            let fields = record.fields.map(|fields| fields.iter().map(str::to_owned).collect());
            records.push((section.name.clone(), record.place.line, fields));
        }
    }
    Ok(records)
}

/// The message of a file that must be refused.
pub fn refusal(name: &str, bytes: &[u8], layout: &Layout) -> String {
    match read(name, bytes, layout) {
        Err(ReadError::File(defect)) => {
            assert!(!defect.hint.is_empty());
            defect.message
        }
        Err(ReadError::Io(error)) => panic!("{name}: an error of the system: {error}"),
        Ok(records) => panic!("{name} was read: {records:?}"),
    }
}

/// Fields of a clean record.
pub fn clean(fields: &[&str]) -> Result<Vec<String>, QuarantineCode> {
    Ok(fields.iter().map(|field| (*field).to_owned()).collect())
}

/// Lines and outcomes without the section's name.
pub fn outcomes(records: Vec<Read>) -> Vec<(u64, Result<Vec<String>, QuarantineCode>)> {
    records.into_iter().map(|(_, line, fields)| (line, fields)).collect()
}
