//! Reads any bytes with a reader, and checks what must hold whatever the bytes are.

use super::casts::{
    DateLayout, MAX_AMOUNT_CENTS, MAX_QUANTITY, NumberFormat, SignPosition, parse_amount, parse_date, parse_quantity,
};
use super::readers::{Unpacked, members, worker};
use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};

mod grammar;
mod held;
mod text;

/// Reads a file's bytes, and panics where they are not read as they must be.
type Target = fn(&[u8]);

/// Every target by its name.
pub const TARGETS: [(&str, Target); 8] = [
    ("casts", casts),
    ("delimited", text::delimited),
    ("fixed_width", text::fixed_width),
    ("json_lines", text::json_lines),
    ("packed", packed),
    ("parquet", parquet),
    ("workbook", workbook),
    ("x12", text::x12),
];

/// Runs a target by its name.
pub fn run(name: &str, bytes: &[u8]) {
    for (target, drive) in TARGETS {
        if target == name {
            drive(bytes);
        }
    }
}

/// The first two bytes choose the layout; the rest is the file.
fn split(bytes: &[u8]) -> Option<(u8, u8, &[u8])> {
    match bytes {
        [first, second, rest @ ..] => Some((*first, *second, rest)),
        _ => None,
    }
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
