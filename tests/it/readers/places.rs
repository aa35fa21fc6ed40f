//! The raw text of every record stands where its place says: of every file that these tests read, whatever its format, packing and encoding.

use super::{comma, layout};
use attachrate::io::readers::{
    Encoding, Extent, FileReader, Format, Layout, Packing, Place, RawReader, ReadError, RowWanted, Section, raw_rows,
};
use encoding_rs::{UTF_16BE, UTF_16LE};
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::io::{Cursor, Write};
use std::path::Path;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// A record's place, with the bytes that its reader gave for its raw text.
pub type Placed = (Section, Place, Vec<u8>);

/// Compares what stands at each place with what the reader gave.
pub fn check(path: &Path, layout: &Layout, packing: Packing, records: &[Placed]) {
    let sections: BTreeSet<(&str, &str)> =
        records.iter().map(|(section, ..)| (section.member.as_str(), section.sheet.as_str())).collect();
    for (member, sheet) in sections {
        let of_section = |(section, ..): &&Placed| section.member == member && section.sheet == sheet;
        let mut own: Vec<&Placed> = records.iter().filter(of_section).collect();
        match &layout.format {
            Format::Excel(format) => check_rows(path, packing, member, ("excel", sheet, &format.worker), &own),
            Format::Parquet(format) => check_rows(path, packing, member, ("parquet", sheet, &format.worker), &own),
            _ => {
                own.sort_by_key(|(_, place, _)| place.extent.map(|extent| extent.offset));
                check_extents(path, layout, packing, member, &own);
            }
        }
    }
}

fn check_rows(path: &Path, packing: Packing, member: &str, (format, sheet, worker): (&str, &str, &Path), own: &[&Placed]) {
    let number = |place: &Place| u32::try_from(place.line).expect("a row's number");
    // All rows at once, and each by itself.
    let every: BTreeSet<u32> = own.iter().map(|(_, place, _)| number(place)).collect();
    let texts: Vec<&str> = own.iter().map(|(.., raw)| std::str::from_utf8(raw).expect("text")).collect();
    let read = |rows: &BTreeSet<u32>| raw_rows(path, packing, member, &RowWanted { format, sheet, rows, worker });
    assert_eq!(read(&every).expect("a readable file"), texts);
    for (row, text) in every.iter().zip(texts).take(20) {
        assert_eq!(read(&BTreeSet::from([*row])).expect("a readable file"), [text]);
    }
    let beyond = every.last().map_or(9, |last| last + 100_000);
    assert!(read(&BTreeSet::from([beyond])).is_err(), "there is no row {beyond}");
}

fn check_extents(path: &Path, layout: &Layout, packing: Packing, member: &str, own: &[&Placed]) {
    let encoding = layout.format.encoding().expect("an encoding");
    let mut reader = RawReader::open(path, packing, member).expect("a readable file");
    for (_, place, raw) in own {
        let extent = place.extent.expect("an extent");
        let stored = reader.read(extent).expect("a readable file");
        let seen = match encoding {
            Encoding::Utf16Le => UTF_16LE.decode_without_bom_handling(&stored).0.into_owned(),
            Encoding::Utf16Be => UTF_16BE.decode_without_bom_handling(&stored).0.into_owned(),
            _ => {
                if matches!(layout.format, Format::X12(_)) {
                    let shown = encoding.shown(&stored);
                    assert!(are_segments(shown.as_bytes(), raw), "{place:?}: {shown}");
                } else {
                    assert_eq!(stored, *raw, "{place:?}");
                    assert_eq!(stored.len(), extent.length as usize);
                }
                continue;
            }
        };
        let shown = String::from_utf8_lossy(raw);
        if raw.len() < 1 << 16 {
            // Where the file ends within a pair or a unit, one mark or two stand for what is left.
            let without_end = |text: &str| text.trim_end_matches('\u{fffd}').to_owned();
            assert_eq!(without_end(&seen), without_end(&shown), "{place:?}");
        } else {
            // A record that is too long is cut anywhere, perhaps within a character.
            assert!(seen.starts_with(shown.trim_end_matches('\u{fffd}')), "{place:?}");
        }
        assert!(stored.len() == extent.length as usize || stored.len() + 1 == extent.length as usize);
    }
}

/// Whether these bytes are the segments, a line each in `raw`, with nothing but terminators and line ends between them.
fn are_segments(stored: &[u8], raw: &[u8]) -> bool {
    let mut rest = stored;
    for segment in raw.split(|byte| *byte == b'\n') {
        let marks = rest.iter().take_while(|byte| !byte.is_ascii_alphanumeric()).count();
        let between = if rest.starts_with(segment) { 0 } else { marks };
        match rest[between..].strip_prefix(segment) {
            Some(behind) if between <= 3 => rest = behind,
            _ => return false,
        }
    }
    rest.trim_ascii().is_empty()
}

/// Text in an encoding; what has no place in it is a question mark.
fn encoded(text: &str, encoding: Encoding) -> Vec<u8> {
    let units = |to: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(to).collect();
    match encoding {
        Encoding::Utf8 => text.as_bytes().to_vec(),
        Encoding::Utf16Le => units(u16::to_le_bytes),
        Encoding::Utf16Be => units(u16::to_be_bytes),
        other => text.chars().flat_map(|letter| other.encode_mark(letter).unwrap_or_else(|| vec![b'?'])).collect(),
    }
}

/// A file of this content in a packing, with its name.
fn packed(content: &[u8], packing: Packing) -> (&'static str, Vec<u8>) {
    match packing {
        Packing::Gzip => {
            // Two members, so that a record may stand in both.
            let (first, second) = content.split_at(content.len() / 2);
            let member = |bytes: &[u8]| {
                let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
                encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("memory")
            };
            ("sales.gz", [member(first), member(second)].concat())
        }
        Packing::Zstd => ("sales.zst", zstd::encode_all(content, 1).expect("memory")),
        Packing::Zip => {
            let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
            for (name, method) in [("b.txt", CompressionMethod::Deflated), ("a.txt", CompressionMethod::Stored)] {
                archive.start_file(name, SimpleFileOptions::default().compression_method(method)).expect("memory");
                archive.write_all(content).expect("memory");
            }
            ("sales.zip", archive.finish().expect("memory").into_inner())
        }
        Packing::Plain | Packing::ByName => ("sales.txt", content.to_vec()),
    }
}

fn any_field() -> impl Strategy<Value = String> {
    // Fields that need quotes and such that only have bytes of several lengths.
    prop_oneof![
        "[a-z0-9]{0,6}".prop_map(|field| field),
        "[a-zäöüß€𝄞]{0,4}".prop_map(|field| field),
        "[a-z,\"\r\n ]{1,6}".prop_map(|field| format!("\"{}\"", field.replace('"', "\"\""))),
        Just("a\"b".to_owned()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    /// Whatever stands in a delimited file, clean or not: in each encoding and packing.
    #[test]
    fn every_record_of_a_delimited_file_stands_where_it_says(
        rows in prop::collection::vec(prop::collection::vec(any_field(), 1..4), 0..12),
        end in prop::sample::select(vec!["\n", "\r\n", "\n\n", ""]),
        has_mark in any::<bool>(),
        encoding in prop::sample::select(vec![
            Encoding::Utf8, Encoding::Utf16Le, Encoding::Utf16Be, Encoding::Windows1252, Encoding::Iso88591, Encoding::Cp437, Encoding::Cp850,
        ]),
        packing in prop::sample::select(vec![Packing::Plain, Packing::Gzip, Packing::Zstd, Packing::Zip]),
        is_cut in any::<bool>(),
    ) {
        let is_unicode = matches!(encoding, Encoding::Utf8 | Encoding::Utf16Le | Encoding::Utf16Be);
        let lines: Vec<String> = rows.iter().map(|fields| fields.join(",")).collect();
        let mark = if has_mark && is_unicode { "\u{feff}" } else { "" };
        let mut content = encoded(&format!("{mark}x,y\n{}{end}", lines.join("\r\n")), encoding);
        if is_cut && content.len() > 12 {
            content.pop();
        }
        let (name, bytes) = packed(&content, packing);
        // `super::read` compares the places of whatever it reads.
        let read = super::read(name, &bytes, &layout(Format::Delimited(comma(encoding))));
        let least = if packing == Packing::Zip { 2 } else { 1 } * usize::from(lines.iter().filter(|line| !line.is_empty()).count() > 1);
        prop_assert!(read.is_ok_and(|records| records.len() >= least));
    }
}

#[test]
fn an_extent_behind_the_end_has_no_bytes_and_none_is_read_backwards() -> Result<(), ReadError> {
    let folder = tempfile::tempdir()?;
    for packing in [Packing::Plain, Packing::Gzip, Packing::Zstd, Packing::Zip] {
        let (name, bytes) = packed(b"a,b\n1,2\n", packing);
        let path = folder.path().join(name);
        std::fs::write(&path, bytes)?;
        for member in if packing == Packing::Zip { vec!["a.txt", "b.txt"] } else { vec![""] } {
            let mut reader = RawReader::open(&path, packing, member)?;
            let mut read = |offset, length| reader.read(Extent { offset, length });
            // What overlaps the last extent is still at hand; a stored member ends where its archive goes on.
            assert_eq!(read(0, 5)?, b"a,b\n1", "{name} {member}");
            assert_eq!(read(4, 2)?, b"1,");
            assert_eq!(read(4, 90)?, b"1,2\n");
            assert_eq!(read(90, 4)?, b"");
        }
    }
    let mut reader = RawReader::open(&folder.path().join("sales.gz"), Packing::Gzip, "")?;
    reader.read(Extent { offset: 4, length: 1 })?;
    assert!(reader.read(Extent { offset: 0, length: 1 }).is_err());
    assert!(RawReader::open(&folder.path().join("sales.zip"), Packing::Zip, "c.txt").is_err());
    Ok(())
}

/// Reads a file to its end, with the place of every record.
pub fn placed(path: &Path, layout: &Layout) -> Result<(Packing, Vec<Placed>), ReadError> {
    let mut reader = FileReader::open(path, layout)?;
    let mut records = Vec::new();
    while let Some(section) = reader.next_section()? {
        while let Some(record) = reader.next_record()? {
            records.push((section.clone(), record.place, record.raw.to_vec()));
        }
    }
    Ok((reader.packing(), records))
}
