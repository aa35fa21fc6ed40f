//! Files that are made to harm: each is refused, soon and in little memory.

use super::{comma, layout, refusal};
use attachrate::io::readers::{Encoding, Format, Layout};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

fn sales() -> Layout {
    layout(Format::Delimited(comma(Encoding::Utf8)))
}

fn archive(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        archive.start_file(*name, options).expect("memory");
        archive.write_all(bytes).expect("memory");
    }
    archive.finish().expect("memory").into_inner()
}

/// Zeros, and a line end now and then, so that no line is too long.
fn bomb(bytes: usize) -> impl Iterator<Item = &'static [u8]> {
    static BLOCK: [u8; 1 << 16] = [b'\n'; 1 << 16];
    std::iter::repeat_n(&BLOCK[..], bytes >> 16)
}

#[test]
fn bombs_are_refused_by_what_they_unpack_to() {
    let mut gzip = GzEncoder::new(b"".to_vec(), Compression::best());
    gzip.write_all(b"a,b\n").expect("memory");
    bomb(1 << 28).for_each(|block| gzip.write_all(block).expect("memory"));
    let message = refusal("sales.csv.gz", &gzip.finish().expect("memory"), &sales());
    assert!(message.contains("unpack to more than"), "{message}");

    let mut zstd = zstd::Encoder::new(Vec::new(), 3).expect("memory");
    zstd.write_all(b"a,b\n").expect("memory");
    bomb(1 << 28).for_each(|block| zstd.write_all(block).expect("memory"));
    let message = refusal("sales.csv.zst", &zstd.finish().expect("memory"), &sales());
    assert!(message.contains("unpack to more than"), "{message}");

    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("a.csv", SimpleFileOptions::default().compression_method(CompressionMethod::Deflated)).expect("memory");
    zip.write_all(b"a,b\n").expect("memory");
    bomb(1 << 28).for_each(|block| zip.write_all(block).expect("memory"));
    let message = refusal("sales.zip", &zip.finish().expect("memory").into_inner(), &sales());
    assert!(message.contains("unpack to more than"), "{message}");
}

#[test]
fn names_that_lead_out_of_their_folder() {
    for name in ["../a.csv", "x/../../a.csv", "/etc/a.csv", "..\\a.csv", "C:a.csv"] {
        let message = refusal("sales.zip", &archive(&[("b.csv", b"a,b\n1,2\n"), (name, b"a,b\n1,2\n")]), &sales());
        assert!(message.contains("leads out"), "{name}: {message}");
    }
}

/// The directory with one value of its first entry replaced: 4 bytes at this place of the entry.
fn with_lie(mut bytes: Vec<u8>, at: usize, lie: [u8; 4]) -> Vec<u8> {
    let entry = memchr::memmem::find(&bytes, b"PK\x01\x02").expect("a directory");
    bytes[entry + at..entry + at + 4].copy_from_slice(&lie);
    bytes
}

#[test]
fn directories_that_lie() {
    let honest = archive(&[("a.csv", b"a,b\n1,2\n"), ("b.csv", b"a,b\n3,4\n")]);
    // Size, packed size, checksum, place of the entry.
    for (at, lie) in [
        (24, [0xFF, 0xFF, 0xFF, 0x7F]),
        (24, [1, 0, 0, 0]),
        (24, [9, 0, 0, 0]),
        (20, [0xFF, 0xFF, 0, 0]),
        (16, [1, 2, 3, 4]),
        (42, [1, 0, 0, 0]),
        (42, [0xFF, 0xFF, 0xFF, 0x7F]),
    ] {
        refusal("sales.zip", &with_lie(honest.clone(), at, lie), &sales());
    }
    // Both entries at one place.
    let second = memchr::memmem::rfind(&honest, b"PK\x01\x02").expect("a directory");
    let mut overlapping = honest.clone();
    overlapping[second + 42..second + 46].copy_from_slice(&[0; 4]);
    refusal("sales.zip", &overlapping, &sales());
    // The same name twice.
    let mut twice = honest.clone();
    for at in memchr::memmem::find_iter(&honest, b"b.csv") {
        twice[at] = b'a';
    }
    assert!(refusal("sales.zip", &twice, &sales()).contains("twice"));
}

#[test]
fn encrypted_members() {
    let mut bytes = archive(&[("a.csv", b"a,b\n1,2\n")]);
    // The flag that says so, in the entry's own header and in the directory.
    bytes[6] |= 1;
    let entry = memchr::memmem::find(&bytes, b"PK\x01\x02").expect("a directory");
    bytes[entry + 8] |= 1;
    assert!(refusal("sales.zip", &bytes, &sales()).contains("encrypted"));
}

#[test]
fn an_archive_of_nothing() {
    assert!(refusal("sales.zip", &archive(&[]), &sales()).contains("no member"));
    refusal("sales.zip", b"PK\x05\x06", &sales());
}
