//! Reads any bytes with a reader, and checks what must hold whatever the bytes are.

use super::casts::{
    DateLayout, MAX_AMOUNT_CENTS, MAX_QUANTITY, NumberFormat, SignPosition, parse_amount, parse_date, parse_quantity,
};
use super::readers::layout::{Delimited, FixedColumn, FixedWidth, Frame, Header, JsonLines, X12};
use super::readers::{
    DelimitedReader, Encoding, FixedWidthReader, JsonLinesReader, ReadError, Record, Unpacked, X12Reader, members, worker,
};
use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};

/// Reads a file's bytes, and panics where they are not read as they must be.
type Target = fn(&[u8]);

/// Every target by its name.
pub const TARGETS: [(&str, Target); 8] = [
    ("casts", casts),
    ("delimited", delimited),
    ("fixed_width", fixed_width),
    ("json_lines", json_lines),
    ("packed", packed),
    ("parquet", parquet),
    ("workbook", workbook),
    ("x12", x12),
];

/// Runs a target by its name.
pub fn run(name: &str, bytes: &[u8]) {
    for (target, drive) in TARGETS {
        if target == name {
            drive(bytes);
        }
    }
}

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

/// The first two bytes choose the layout; the rest is the file.
fn split(bytes: &[u8]) -> Option<(u8, u8, &[u8])> {
    match bytes {
        [first, second, rest @ ..] => Some((*first, *second, rest)),
        _ => None,
    }
}

fn frame(choice: u8) -> Frame {
    Frame {
        encoding: ENCODINGS[usize::from(choice) % ENCODINGS.len()],
        preamble_lines: u32::from(choice >> 3 & 1),
        trailer_lines: u32::from(choice >> 4 & 1),
        trailer_pattern: None,
        has_last_line_end: choice >> 5 & 1 == 0,
    }
}

/// A record as text: two readings of the same bytes must be the same.
fn told(record: &Record<'_>) -> String {
    let fields = record.fields.as_ref().map(|fields| fields.iter().map(str::to_owned).collect::<Vec<_>>());
    format!("{:?} {fields:?} {:?}", record.place, record.raw)
}

fn same(one: Result<Vec<String>, ReadError>, other: Result<Vec<String>, ReadError>) {
    match (one, other) {
        (Ok(one), Ok(other)) => assert_eq!(one, other, "the size of reads must not matter"),
        (Err(_), Err(_)) => {}
        (one, other) => panic!("the size of reads must not matter: {one:?} {other:?}"),
    }
}

fn delimited(bytes: &[u8]) {
    let Some((first, second, file)) = split(bytes) else { return };
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
    let read = |source: &mut dyn Read| {
        let mut reader = DelimitedReader::new(source, &layout)?;
        let mut records = Vec::new();
        while let Some(record) = reader.next_record()? {
            assert_eq!(record.place.record, records.len() as u64 + 1);
            records.push(told(&record));
        }
        Ok(records)
    };
    same(read(&mut &*file), read(&mut Drip(file, 7)));
}

fn fixed_width(bytes: &[u8]) {
    let Some((first, second, file)) = split(bytes) else { return };
    let column = |name: &str, start, end| FixedColumn { name: name.into(), start, end };
    let layout = FixedWidth {
        frame: frame(first),
        columns: vec![column("a", 0, 3), column("b", 5, 9)],
        width: 9 + usize::from(second & 3),
        is_trimmed: second & 4 != 0,
        has_line_ends: second & 8 == 0,
    };
    let read = |source: &mut dyn Read| {
        let mut reader = FixedWidthReader::new(source, &layout)?;
        let mut records = Vec::new();
        while let Some(record) = reader.next_record()? {
            records.push(told(&record));
        }
        Ok(records)
    };
    same(read(&mut &*file), read(&mut Drip(file, 7)));
}

fn json_lines(file: &[u8]) {
    let layout = JsonLines { paths: ["a", "b.c", "d.0", "e"].map(str::to_owned).to_vec() };
    let read = |source: &mut dyn Read| {
        let mut reader = JsonLinesReader::new(source, &layout, '|')?;
        let mut records = Vec::new();
        while let Some(record) = reader.next_record()? {
            records.push(told(&record));
        }
        Ok(records)
    };
    same(read(&mut &*file), read(&mut Drip(file, 7)));
}

fn x12(file: &[u8]) {
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
            records.push(told(&record));
        }
        Ok(records)
    };
    same(read(&mut &*file), read(&mut Drip(file, 7)));
}

/// What unpacks gives the same with every size of reads; an archive's members lie within it.
fn packed(file: &[u8]) {
    // A stream that may be long is looked at up to here.
    const LIMIT: u64 = 1 << 24;
    let all = |source: io::Result<Unpacked<&[u8]>>| {
        let mut bytes = Vec::new();
        source.and_then(|source| source.take(LIMIT).read_to_end(&mut bytes)).map(|_| bytes)
    };
    let _ = all(Ok(Unpacked::gzip(file)));
    let _ = all(Unpacked::zstd(file));
    let mut archive = Cursor::new(file);
    if let Ok(members) = members(&mut archive) {
        for member in members {
            assert!(member.start + member.packed_bytes <= file.len() as u64);
            assert!(archive.seek(SeekFrom::Start(member.start)).is_ok());
            let mut bytes = Vec::new();
            if Unpacked::member(&mut archive, &member).take(LIMIT).read_to_end(&mut bytes).is_ok() && (bytes.len() as u64) < LIMIT {
                assert_eq!(bytes.len() as u64, member.bytes);
            }
        }
    }
}

/// What is cast is written again and cast to the same.
fn casts(bytes: &[u8]) {
    let Some((first, second, rest)) = split(bytes) else { return };
    let Ok(text) = std::str::from_utf8(rest) else { return };
    let format = NumberFormat {
        decimal: [b'.', b','][usize::from(first & 1)],
        thousands: [None, Some(' '), Some('\''), Some('\u{a0}')][usize::from(first >> 1 & 3)],
        sign: [SignPosition::Leading, SignPosition::Trailing, SignPosition::Parentheses, SignPosition::Leading]
            [usize::from(first >> 3 & 3)],
        currency_signs: vec![("US$".into(), "USD".into()), ("€".into(), "EUR".into())],
    };
    let signed = |number: i64, digits: String| match format.sign {
        _ if number >= 0 => digits,
        SignPosition::Leading => format!("-{digits}"),
        SignPosition::Trailing => format!("{digits}-"),
        SignPosition::Parentheses => format!("({digits})"),
    };
    if let Ok(units) = parse_quantity(text, &format) {
        assert!(units.abs() <= MAX_QUANTITY);
        assert_eq!(parse_quantity(&signed(units, units.abs().to_string()), &format), Ok(units));
    }
    if let Ok((cents, _)) = parse_amount(text, &format) {
        assert!(cents.abs() <= MAX_AMOUNT_CENTS);
        let digits = format!("{}{}{:02}", cents.abs() / 100, char::from(format.decimal), cents.abs() % 100);
        assert_eq!(parse_amount(&signed(cents, digits), &format), Ok((cents, None)));
    }
    const LAYOUTS: [&str; 8] =
        ["yyyy-mm-dd", "d.m.yyyy", "mm/dd/yy", "dd-mon-yyyy", "yyyy-mm-ddThh:mi:ss", "excel-1900", "excel-1904", "yymmdd"];
    let layout = LAYOUTS[usize::from(second) % LAYOUTS.len()];
    let pivot = layout.contains("yy").then_some(70).filter(|_| !layout.contains("yyyy"));
    if let Ok(layout) = DateLayout::compile(layout, pivot, &[]) {
        let _ = parse_date(text, &layout);
    }
    let _ = DateLayout::compile(text, pivot, &[]);
}

/// A table's bytes to frames, as in the process of its own that reads it.
fn table(format: &str, bytes: &[u8]) {
    let Ok(mut file) = tempfile::tempfile() else { return };
    if file.write_all(bytes).is_ok() && file.seek(SeekFrom::Start(0)).is_ok() {
        let _ = worker::copy(format, "", "", file, &mut io::sink());
    }
}

fn workbook(bytes: &[u8]) {
    table("excel", bytes);
}

fn parquet(bytes: &[u8]) {
    table("parquet", bytes);
}
