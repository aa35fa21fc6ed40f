//! Gzip, zstd and zip: whole, in parts, damaged, and named wrongly.

use super::{clean, comma, layout, read, refusal};
use attachrate::io::readers::{Encoding, Format, Layout, Packing};
use flate2::Compression;
use flate2::write::GzEncoder;
use glob::Pattern;
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const TEXT: &[u8] = b"a,b\n1,2\n3,4\n";

fn sales() -> Layout {
    layout(Format::Delimited(comma(Encoding::Utf8)))
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("memory")
}

/// An archive with these members.
fn archive(members: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        archive.start_file(*name, SimpleFileOptions::default().compression_method(method)).expect("memory");
        archive.write_all(bytes).expect("memory");
    }
    archive.finish().expect("memory").into_inner()
}

#[test]
fn the_members_of_an_archive_are_read_by_name_under_one_count() {
    let bytes = archive(&[("b.csv", b"a,b\n5,6\n"), ("a.csv", TEXT), ("notes.txt", b"none")], CompressionMethod::Deflated);
    let members = Layout { members: Some(Pattern::new("*.csv").expect("a pattern")), ..sales() };
    let records = read("sales.zip", &bytes, &members).expect("a readable archive");
    assert_eq!(
        records,
        [("a.csv".into(), 2, clean(&["1", "2"])), ("a.csv".into(), 3, clean(&["3", "4"])), ("b.csv".into(), 2, clean(&["5", "6"])),]
    );
    let none = Layout { members: Some(Pattern::new("*.tsv").expect("a pattern")), ..sales() };
    assert!(refusal("sales.zip", &bytes, &none).contains("no member"));
}

#[test]
fn a_packing_that_is_not_the_declared_one_is_named() {
    let zip = archive(&[("a.csv", TEXT)], CompressionMethod::Deflated);
    let zstd = zstd::encode_all(TEXT, 3).expect("memory");
    for (name, bytes, declared, seen) in [
        ("sales.csv", gzip(TEXT), "plain", "gzip"),
        ("sales.csv", zstd.clone(), "plain", "zstd"),
        ("sales.csv", zip.clone(), "plain", "zip"),
        ("sales.csv.gz", TEXT.to_vec(), "gzip", "something else"),
        ("sales.csv.gz", zip, "gzip", "zip"),
        ("sales.csv.zst", gzip(TEXT), "zstd", "gzip"),
        ("sales.zip", zstd, "zip", "zstd"),
    ] {
        let message = refusal(name, &bytes, &sales());
        assert!(message.contains(&format!("`{declared}`")) && message.contains(&format!("`{seen}`")), "{message}");
    }
    let declared = Layout { packing: Packing::Gzip, ..sales() };
    assert_eq!(read("sales.csv", &gzip(TEXT), &declared).expect("a readable file").len(), 2);
}

/// Every byte of a packed file that is cut off, and every byte that is flipped: an error or the same records, never others.
#[test]
fn damaged_packed_files_are_refused() {
    let text: String = (0..50).fold("a,b\n".to_owned(), |text, number| text + &format!("{number},{}\n", number * number));
    let expected = read("sales.csv", text.as_bytes(), &sales()).expect("a readable file");
    let zstd = {
        let mut encoder = zstd::Encoder::new(Vec::new(), 3).expect("memory");
        encoder.include_checksum(true).expect("an option");
        encoder.write_all(text.as_bytes()).expect("memory");
        encoder.finish().expect("memory")
    };
    let packed = [
        ("sales.csv.gz", gzip(text.as_bytes())),
        ("sales.csv.zst", zstd),
        ("sales.zip", archive(&[("a.csv", text.as_bytes())], CompressionMethod::Deflated)),
        ("sales.zip", archive(&[("a.csv", text.as_bytes())], CompressionMethod::Stored)),
    ];
    for (name, bytes) in packed {
        for cut in 0..bytes.len() {
            assert!(read(name, &bytes[..cut], &sales()).is_err(), "{name} cut at {cut}");
        }
        for place in 0..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[place] ^= 0x10;
            if let Ok(mut records) = read(name, &flipped, &sales()) {
                // A member's name is no part of its records.
                records.iter_mut().for_each(|record| record.0.clear());
                let mut expected = expected.clone();
                expected.iter_mut().for_each(|record| record.0.clear());
                assert!(records == expected, "{name} flipped at {place}");
            }
        }
    }
}
