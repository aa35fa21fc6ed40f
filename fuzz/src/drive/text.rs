//! Text: the layouts that an input chooses, and what holds of the records that are read by them.

use super::super::readers::layout::{Delimited, FixedColumn, FixedWidth, Format, Frame, Header, JsonLines, X12};
use super::super::readers::{
    DelimitedReader, Encoding, FixedWidthReader, JsonLinesReader, Layout, Packing, ReadError, Record, X12Reader,
};
use super::held::{self, Held};
use super::{grammar, split};
use std::borrow::Cow;
use std::io::{self, Read};

/// A source that gives a few bytes at a time.
struct Drip<'a>(&'a [u8], usize);

impl Read for Drip<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.1.min(self.0.len()).min(out.len());
        out[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        Ok(count)
    }
}

const ENCODINGS: [Encoding; 7] = [
    Encoding::Utf8,
    Encoding::Utf16Le,
    Encoding::Utf16Be,
    Encoding::Windows1252,
    Encoding::Iso88591,
    Encoding::Cp437,
    Encoding::Cp850,
];

fn frame(choice: u8) -> Frame {
    Frame {
        encoding: ENCODINGS[usize::from(choice & 7) % ENCODINGS.len()],
        preamble_lines: u32::from(choice >> 3 & 1),
        trailer_lines: u32::from(choice >> 4 & 1),
        trailer_pattern: None,
        has_last_line_end: choice >> 5 & 1 == 0,
    }
}

/// The file with some bytes repeated so often that lines become too long, or files longer than what is read at a time: each byte 0x7F repeats the one before
/// it, up to four times.
fn stretched(file: &[u8]) -> Cow<'_, [u8]> {
    const BYTE: u8 = 0x7F;
    if !file.contains(&BYTE) {
        return Cow::Borrowed(file);
    }
    let mut longer = Vec::new();
    for (place, part) in file.split(|byte| *byte == BYTE).enumerate() {
        if let (1..=4, Some(last)) = (place, longer.last().copied()) {
            longer.extend(std::iter::repeat_n(last, 33_000 << place));
        }
        longer.extend_from_slice(part);
    }
    Cow::Owned(longer)
}

/// Reads the file with reads of two sizes: both give the same records, which are returned.
fn read_twice(file: &[u8], read: impl Fn(&mut dyn Read) -> Result<Vec<Held>, ReadError>) -> Option<Vec<Held>> {
    let step = if file.len() > 1 << 16 { 4_099 } else { 7 };
    match (read(&mut &*file), read(&mut Drip(file, step))) {
        (Ok(one), Ok(other)) => {
            assert_eq!(one, other, "the size of reads must not matter");
            Some(one)
        }
        (Err(_), Err(_)) => None,
        (one, other) => panic!("the size of reads must not matter: {one:?} {other:?}"),
    }
}

fn keep(records: &mut Vec<Held>, record: &Record<'_>) {
    records.push(Held::of(record));
    assert_eq!(record.place.record, records.len() as u64, "records are counted from 1");
}

/// A file of this format by itself.
fn layout(format: Format) -> Layout {
    Layout { packing: Packing::Plain, members: None, format, list_separator: '|' }
}

pub fn delimited(bytes: &[u8]) {
    let Some((first, second, file)) = split(bytes) else { return };
    let file = stretched(file);
    let layout = Delimited {
        frame: frame(first),
        delimiter: [&b","[..], b";", b"||", b"\t"][usize::from(second & 3)].to_vec(),
        quote: (second & 4 == 0).then_some(b'"'),
        escape: (second & 8 != 0).then_some(b'\\'),
        header: match second >> 4 & 3 {
            0 => Header::Absent(vec!["a".into(), "b".into(), "c".into()]),
            1 => Header::Repeated,
            _ => Header::First,
        },
        has_trailing_delimiter: second & 64 != 0,
    };
    let passed_over = std::cell::Cell::new(0);
    let columns = std::cell::RefCell::new(Vec::new());
    let read = |source: &mut dyn Read| {
        let mut reader = DelimitedReader::new(source, &layout)?;
        let mut records = Vec::new();
        while let Some(record) = reader.next_record()? {
            keep(&mut records, &record);
        }
        passed_over.set(reader.passed_over());
        *columns.borrow_mut() = reader.columns().to_vec();
        Ok(records)
    };
    let Some(records) = read_twice(&file, read) else { return };
    let has_header = !matches!(layout.header, Header::Absent(_));
    let has_mark = |mark: Option<u8>| mark.is_some_and(|mark| file.contains(&mark));
    // A header with marks may span lines.
    let named = match has_header && (has_mark(layout.quote) || has_mark(layout.escape)) {
        true => None,
        false => Some(u64::from(has_header) + passed_over.get()),
    };
    held::check_places(&file, &layout.frame, &records, named);
    grammar::check(&file, &layout, &columns.borrow(), &records);
    if second & 128 != 0 {
        held::check_in_file(&file, &self::layout(Format::Delimited(layout)), &records);
    }
}

pub fn fixed_width(bytes: &[u8]) {
    let Some((first, second, file)) = split(bytes) else { return };
    let file = stretched(file);
    let column = |name: &str, start, end| FixedColumn { name: name.into(), start, end };
    let layout = FixedWidth {
        frame: frame(first),
        columns: vec![column("a", 0, 3), column("b", 5, 9)],
        width: 9 + usize::from(second & 3),
        is_trimmed: second & 4 != 0,
        // Records without line ends have one byte a character.
        has_line_ends: second & 8 == 0 || frame(first).encoding.unit_bytes() > 1,
    };
    let passed_over = std::cell::Cell::new(0);
    let read = |source: &mut dyn Read| {
        let mut reader = FixedWidthReader::new(source, &layout)?;
        let mut records = Vec::new();
        while let Some(record) = reader.next_record()? {
            keep(&mut records, &record);
        }
        passed_over.set(reader.passed_over());
        Ok(records)
    };
    let Some(records) = read_twice(&file, read) else { return };
    if layout.has_line_ends {
        held::check_places(&file, &layout.frame, &records, Some(passed_over.get()));
    } else {
        let around = u64::from(layout.frame.preamble_lines) + passed_over.get();
        held::check_back_to_back(&file, layout.width, &records, around);
    }
    for Held { fields, raw, .. } in &records {
        let Ok(fields) = fields else { continue };
        let text = held::text(raw, layout.frame.encoding.read_as());
        let characters: Vec<char> = text.chars().collect();
        assert!(characters.len() == layout.width || (layout.is_trimmed && characters.len() < layout.width));
        for (field, column) in fields.iter().zip(&layout.columns) {
            let own = characters.iter().take(column.end).skip(column.start).collect::<String>();
            assert_eq!(*field, own, "a field is what stands in its columns");
        }
    }
    if second & 128 != 0 {
        held::check_in_file(&file, &self::layout(Format::FixedWidth(layout)), &records);
    }
}

pub fn json_lines(file: &[u8]) {
    let file = stretched(file);
    let layout = JsonLines { paths: ["a", "b.c", "d.0", "e"].map(str::to_owned).to_vec() };
    let read = |source: &mut dyn Read| {
        let mut reader = JsonLinesReader::new(source, &layout, '|')?;
        let mut records = Vec::new();
        while let Some(record) = reader.next_record()? {
            keep(&mut records, &record);
        }
        Ok(records)
    };
    let Some(records) = read_twice(&file, read) else { return };
    let frame = Frame { has_last_line_end: false, ..frame(0) };
    held::check_places(&file, &frame, &records, Some(0));
    if file.first() == Some(&b'{') {
        held::check_in_file(&file, &self::layout(Format::JsonLines(layout)), &records);
    }
}

pub fn x12(file: &[u8]) {
    let file = stretched(file);
    let list = |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect::<Vec<_>>();
    let layout = X12 {
        encoding: Encoding::Iso88591,
        columns: list(&["N1*ST", "DTM*003", "REF*IV", "LIN*VP", "quantity", "amount", "REF*SE[]", "N1*EN#2"]),
        sale_quantities: list(&["32", "39"]),
        return_quantities: list(&["61"]),
        other_quantities: list(&["17"]),
        transfer_types: Vec::new(),
        unit_prices: list(&["UIT/02", "CTP/03"]),
        line_amounts: list(&["AMT*LI"]),
    };
    let read = |source: &mut dyn Read| {
        let mut reader = X12Reader::new(source, &layout, '|')?;
        let mut records = Vec::new();
        while let Some(record) = reader.next_record()? {
            keep(&mut records, &record);
        }
        Ok(records)
    };
    let Some(records) = read_twice(&file, read) else { return };
    for record in &records {
        let extent = record.place.extent.expect("segments stand together");
        assert!(extent.offset + u64::from(extent.length) <= file.len() as u64, "an extent lies within the file");
    }
    if file.len().is_multiple_of(2) {
        held::check_in_blocks(&file, &self::layout(Format::X12(layout)), &records);
    }
}
