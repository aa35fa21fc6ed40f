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

/// An archive of one stored entry whose sizes and place stand in its zip64 field (APPNOTE 4.5.3) and are these.
fn zip64(bytes: u64, packed_bytes: u64, place: u64) -> Vec<u8> {
    const DATA: &[u8] = b"a,b\n1,2\n";
    let crc32 = crc32fast::hash(DATA).to_le_bytes();
    let mut archive = b"PK\x03\x04\x2d\0\0\0\0\0\0\0\0\0".to_vec();
    archive.extend([&crc32[..], &[0xFF; 8], b"\x05\0\x14\0a.csv\x01\0\x10\0"].concat());
    archive.extend([bytes.to_le_bytes(), packed_bytes.to_le_bytes()].concat());
    archive.extend(DATA);
    let directory = archive.len() as u64;
    archive.extend([&b"PK\x01\x02\x2d\0\x2d\0\0\0\0\0\0\0\0\0"[..], &crc32, &[0xFF; 8], b"\x05\0\x1c\0"].concat());
    archive.extend([&[0; 10][..], &[0xFF; 4], b"a.csv\x01\0\x18\0"].concat());
    archive.extend([bytes.to_le_bytes(), packed_bytes.to_le_bytes(), place.to_le_bytes()].concat());
    let length = archive.len() as u64 - directory;
    let end = archive.len() as u64;
    let number = u64::to_le_bytes;
    archive.extend([&b"PK\x06\x06"[..], &number(44), b"\x2d\0\x2d\0\0\0\0\0\0\0\0\0"].concat());
    archive.extend([number(1), number(1), number(length), number(directory)].concat());
    archive.extend([&b"PK\x06\x07\0\0\0\0"[..], &number(end), b"\x01\0\0\0"].concat());
    archive.extend([&b"PK\x05\x06\0\0\0\0"[..], &[0xFF; 12], &[0; 2]].concat());
    archive
}

#[test]
fn zip64_fields_that_lie() {
    let records = super::read("sales.zip", &zip64(8, 8, 0), &sales()).expect("an honest archive");
    assert_eq!(records.len(), 1);
    for (bytes, packed_bytes, place) in
        [(u64::MAX, 8, 0), (u64::MAX, u64::MAX, 0), (1 << 62, 1 << 62, 0), (8, 8, 1 << 62), (8, 8, u64::MAX), (8, 8, 1)]
    {
        refusal("sales.zip", &zip64(bytes, packed_bytes, place), &sales());
    }
}

/// Each entry by itself unpacks to what any may, all of them to more than an archive may.
#[test]
fn many_entries_are_a_bomb_together() {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for name in ["a.csv", "b.csv", "c.csv"] {
        zip.start_file(name, SimpleFileOptions::default().compression_method(CompressionMethod::Deflated)).expect("memory");
        zip.write_all(b"a,b\n").expect("memory");
        bomb(30 << 20).for_each(|block| zip.write_all(block).expect("memory"));
    }
    let message = refusal("sales.zip", &zip.finish().expect("memory").into_inner(), &sales());
    assert!(message.contains("unpack to more than"), "{message}");
}

#[test]
fn encrypted_members() {
    let mut bytes = archive(&[("a.csv", b"a,b\n1,2\n")]);
    // The flag that says so, in the entry's own header and in the directory.
    bytes[6] |= 1;
    let entry = memchr::memmem::find(&bytes, b"PK\x01\x02").expect("a directory");
    bytes[entry + 8] |= 1;
    assert!(refusal("sales.zip", &bytes, &sales()).contains("encrypted"));
    // The entry's own header alone says so.
    bytes[entry + 8] &= !1;
    assert!(refusal("sales.zip", &bytes, &sales()).contains("directory does not fit"));
}

#[test]
fn an_archive_of_nothing() {
    assert!(refusal("sales.zip", &archive(&[]), &sales()).contains("no member"));
    refusal("sales.zip", b"PK\x05\x06", &sales());
}
