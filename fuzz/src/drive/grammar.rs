//! A second, plain reading of delimited text, byte by byte, to compare the reader with.

use super::super::finding::QuarantineCode;
use super::super::readers::Encoding;
use super::super::readers::layout::{Delimited, Header};
use super::held::Held;

/// The longest record.
const MAX_RECORD_BYTES: usize = 1 << 16;

/// A record that was read is one by the plain reading, with the same fields; and where the whole file is one of such records, each is read.
pub fn check(file: &[u8], layout: &Delimited, columns: &[String], records: &[Held]) {
    let width = columns.len() + usize::from(layout.has_trailing_delimiter);
    for Held { fields, raw, .. } in records {
        let Ok(fields) = fields else { continue };
        let Some((mut plain, rest)) = record(raw, layout) else { panic!("no record was read as one: {raw:?}") };
        assert!(rest.is_empty(), "a record is whole: {raw:?}");
        // Whoever reads compares the number of fields with that of the columns; the one behind a trailing delimiter is none.
        plain.truncate(plain.len() - usize::from(layout.has_trailing_delimiter));
        assert_eq!(fields.len(), plain.len());
        let encoding = layout.frame.encoding.read_as();
        for (field, bytes) in fields.iter().zip(&plain) {
            assert_eq!(*field, encoding.shown(bytes));
        }
    }
    if let Some(expected) = whole_file(file, layout, columns, width) {
        let read: Vec<Result<Vec<String>, QuarantineCode>> = records.iter().map(|record| record.fields.clone()).collect();
        assert_eq!(read, expected, "a file of whole records is read as it is");
    }
}

/// The fields of all records of a UTF-8 file without preamble, trailers and escapes, where each line belongs to a record that fits.
fn whole_file(
    file: &[u8],
    layout: &Delimited,
    columns: &[String],
    width: usize,
) -> Option<Vec<Result<Vec<String>, QuarantineCode>>> {
    let frame = &layout.frame;
    let is_simple = frame.encoding == Encoding::Utf8 && frame.preamble_lines == 0 && frame.trailer_lines == 0;
    let is_plain = layout.escape.is_none() && !layout.has_trailing_delimiter && columns.last().is_some_and(|name| !name.is_empty());
    if !is_simple || !is_plain || layout.header == Header::Repeated {
        return None;
    }
    let text = std::str::from_utf8(file.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(file)).ok()?;
    let mut rest = text.as_bytes();
    let mut records = Vec::new();
    while !matches!(rest, [] | [0x1A]) {
        if let Some(behind) = rest.strip_prefix(b"\n").or_else(|| rest.strip_prefix(b"\r\n")) {
            rest = behind;
            continue;
        }
        let (fields, behind) = record(rest, layout)?;
        let is_ended = behind.len() < rest.len() && rest[..rest.len() - behind.len()].ends_with(b"\n");
        let is_whole = is_ended || !frame.has_last_line_end;
        if !is_whole || fields.len() != width || rest.len() - behind.len() > MAX_RECORD_BYTES {
            return None;
        }
        let fields = fields.into_iter().map(|field| String::from_utf8(field).ok().filter(|field| !field.contains('\0')));
        records.push(Ok(fields.collect::<Option<Vec<String>>>()?));
        rest = behind;
    }
    if layout.header == Header::First && !records.is_empty() {
        let _ = records.remove(0);
    }
    Some(records)
}

/// The fields of the record at the start of the bytes, and what stands behind it and its line end. `None` where none stands there.
fn record<'a>(bytes: &'a [u8], layout: &Delimited) -> Option<(Vec<Vec<u8>>, &'a [u8])> {
    let mut fields = Vec::new();
    let mut rest = bytes;
    loop {
        let (field, behind) = match layout.quote {
            Some(quote) if rest.first() == Some(&quote) => quoted(&rest[1..], quote, layout.escape)?,
            quote => bare(rest, quote, layout)?,
        };
        fields.push(field);
        rest = behind;
        match rest.strip_prefix(layout.delimiter.as_slice()) {
            Some(behind) => rest = behind,
            None => break,
        }
    }
    match rest {
        [] | [b'\r'] => Some((fields, &[])),
        [b'\n', behind @ ..] | [b'\r', b'\n', behind @ ..] => Some((fields, behind)),
        _ => None,
    }
}

/// A field behind its opening quote.
fn quoted(bytes: &[u8], quote: u8, escape: Option<u8>) -> Option<(Vec<u8>, &[u8])> {
    let mut field = Vec::new();
    let mut rest = bytes;
    loop {
        match rest {
            [] => return None,
            [mark, escaped, behind @ ..] if Some(*mark) == escape => {
                field.push(*escaped);
                rest = behind;
            }
            [mark] if Some(*mark) == escape => return None,
            [first, second, behind @ ..] if *first == quote && *second == quote => {
                field.push(quote);
                rest = behind;
            }
            [byte, behind @ ..] if *byte == quote => return Some((field, behind)),
            [byte, behind @ ..] => {
                field.push(*byte);
                rest = behind;
            }
        }
    }
}

/// A field without quotes.
fn bare<'a>(bytes: &'a [u8], quote: Option<u8>, layout: &Delimited) -> Option<(Vec<u8>, &'a [u8])> {
    let mut field = Vec::new();
    let mut rest = bytes;
    loop {
        match rest {
            [] | [b'\n', ..] | [b'\r'] | [b'\r', b'\n', ..] => return Some((field, rest)),
            _ if rest.starts_with(&layout.delimiter) => return Some((field, rest)),
            [mark, escaped, behind @ ..] if Some(*mark) == layout.escape => {
                field.push(*escaped);
                rest = behind;
            }
            [byte, ..] if Some(*byte) == layout.escape || Some(*byte) == quote => return None,
            [byte, behind @ ..] => {
                field.push(*byte);
                rest = behind;
            }
        }
    }
}
