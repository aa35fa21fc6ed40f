//! What holds of the places of records: each byte of a file belongs to one record, to a line that is passed over by declaration, or to an empty line.

use super::super::finding::QuarantineCode;
use super::super::readers::layout::Frame;
use super::super::readers::{Encoding, FileReader, Layout, Packing, Place, RawReader, Record, RecordBlock};
use std::io::Write;

/// A record with texts of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    pub place: Place,
    pub fields: Result<Vec<String>, QuarantineCode>,
    pub raw: Vec<u8>,
}

impl Held {
    pub fn of(record: &Record<'_>) -> Self {
        let fields = record.fields.as_ref().map(|fields| fields.iter().map(str::to_owned).collect());
        Self { place: record.place, fields: fields.map_err(|code| *code), raw: record.raw.to_vec() }
    }

    fn range(&self) -> (usize, usize) {
        let extent = self.place.extent.expect("text has extents");
        let from = usize::try_from(extent.offset).expect("within the file");
        (from, from + extent.length as usize)
    }
}

/// Stored bytes as text, one character for what is none.
pub fn text(stored: &[u8], encoding: Encoding) -> String {
    encoding.shown(stored)
}

/// Checks extents, raw bytes and line numbers, and that nothing but line ends, empty lines and so many other lines stands between the records. These are
/// the header and what is passed over; where their number is unknown there may be any.
pub fn check_places(file: &[u8], frame: &Frame, records: &[Held], others: Option<u64>) {
    let encoding = frame.encoding;
    let mark: &[u8] = match encoding {
        Encoding::Utf8 => b"\xEF\xBB\xBF",
        Encoding::Utf16Le => b"\xFF\xFE",
        Encoding::Utf16Be => b"\xFE\xFF",
        _ => b"",
    };
    let mut at = if file.starts_with(mark) { mark.len() } else { 0 };
    let mut line = 1;
    let mut found = 0;
    let mut is_cut_off = false;
    for (number, record) in records.iter().enumerate() {
        let (from, to) = record.range();
        assert!(
            at <= from && to <= file.len().next_multiple_of(encoding.unit_bytes()),
            "extents ascend within the file: {record:?}"
        );
        let to = to.min(file.len());
        let between = text(&file[at..from], encoding);
        let preamble = if number == 0 { frame.preamble_lines } else { 0 };
        found += lines_between(&between, is_cut_off, number > 0, preamble);
        line += line_ends(&between);
        assert_eq!(record.place.line, line, "a record's line is counted: {record:?}");
        check_raw(&file[from..to], encoding, record);
        line += line_ends(&text(&file[from..to], encoding));
        at = to;
        is_cut_off = record.fields == Err(QuarantineCode::TooLong);
    }
    let rest = text(&file[at..], encoding);
    let rest = rest.strip_suffix('\x1A').filter(|rest| rest.is_empty() || rest.ends_with('\n')).unwrap_or(&rest);
    let preamble = if records.is_empty() { frame.preamble_lines } else { 0 };
    found += lines_between(rest, is_cut_off, !records.is_empty(), preamble);
    if let Some(others) = others {
        assert_eq!(found, others, "each line is a record, is passed over, or is empty");
    }
}

/// Checks records of one length without line ends, in an encoding of one byte a character: they stand back to back, and with the others of preamble and
/// trailers they are the whole file.
pub fn check_back_to_back(file: &[u8], length: usize, records: &[Held], others: u64) {
    for pair in records.windows(2) {
        assert_eq!(pair[0].range().1, pair[1].range().0, "records stand back to back");
        assert_eq!(pair[0].range().1 - pair[0].range().0, length, "only the last record may be cut");
    }
    for record in records {
        let (from, to) = record.range();
        assert_eq!(file[from..to], record.raw, "the raw bytes are those of the extent");
    }
    let whole = (records.len() as u64 + others) * length as u64;
    assert!(whole + 2 >= file.len() as u64, "no byte is left out: {whole} of {}", file.len());
}

fn line_ends(text: &str) -> u64 {
    text.matches('\n').count() as u64
}

/// Lines that are not empty, behind the end of a record and a preamble.
fn lines_between(text: &str, is_cut_off: bool, is_behind_record: bool, preamble: u32) -> u64 {
    let mut text = text;
    if is_behind_record {
        let (end, behind) = text.split_once('\n').unwrap_or((text, ""));
        assert!(is_cut_off || matches!(end, "" | "\r"), "a record goes up to its line end: {end:?} stands behind it");
        text = behind;
    }
    let lines = text.split('\n').skip(preamble as usize);
    lines.filter(|line| !matches!(*line, "" | "\r")).count() as u64
}

/// Compares what a reader gave with what stands at the place.
fn check_raw(stored: &[u8], encoding: Encoding, record: &Held) {
    if encoding.read_as() == encoding {
        assert_eq!(stored, record.raw, "the raw bytes are those of the extent");
        return;
    }
    // What is no text is one replacement or several.
    let plain = |text: String| text.replace('\u{fffd}', "");
    let (seen, given) = (plain(text(stored, encoding)), plain(text(&record.raw, Encoding::Utf8)));
    let is_cut_off = record.fields == Err(QuarantineCode::TooLong);
    assert!(seen == given || (is_cut_off && seen.starts_with(&given)), "{seen:?} stands where {given:?} was read");
}

/// The same records from a file: in blocks, and each by its place.
pub fn check_in_file(file: &[u8], layout: &Layout, records: &[Held]) {
    let path = check_in_blocks(file, layout, records);
    let mut reader = RawReader::open(&path, Packing::Plain, "").expect("a readable file");
    for record in records {
        let (from, to) = record.range();
        let raw = reader.read(record.place.extent.expect("text has extents")).expect("a readable file");
        assert_eq!(raw, file[from..to.min(file.len())]);
    }
}

/// The same records from a file in blocks; the file.
pub fn check_in_blocks(file: &[u8], layout: &Layout, records: &[Held]) -> tempfile::TempPath {
    let mut written = tempfile::NamedTempFile::new().expect("a scratch file");
    written.write_all(file).expect("a scratch file");
    let path = written.into_temp_path();
    let mut reader = FileReader::open(&path, layout).expect("it was read before");
    reader.next_section().expect("it was read before");
    let (mut block, mut taken) = (RecordBlock::default(), Vec::new());
    loop {
        block.refill(&mut reader, 3, 100).expect("it was read before");
        if block.is_empty() {
            break;
        }
        taken.extend(block.records().map(|record| Held::of(&record)));
    }
    assert_eq!(taken, records, "blocks have the records that are read one by one");
    path
}
