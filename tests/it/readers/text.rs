//! Fixed width, JSON Lines, encodings; and for every format, encoding and packing: what was written is read.

use super::{clean, comma, frame, layout, outcomes, read};
use attachrate::finding::QuarantineCode;
use attachrate::io::readers::layout::{FixedColumn, FixedWidth, JsonLines};
use attachrate::io::readers::{Encoding, FieldKind, FileReader, Format, Layout};
use encoding_rs::WINDOWS_1252;
use flate2::Compression;
use flate2::write::GzEncoder;
use oem_cp::code_table::{ENCODING_TABLE_CP437, ENCODING_TABLE_CP850};
use oem_cp::encode_string_checked;
use proptest::collection::vec;
use proptest::prelude::*;
use std::io::Write;

fn fixed(encoding: Encoding, is_trimmed: bool) -> Layout {
    let column = |name: &str, start, end| FixedColumn { name: name.into(), start, end };
    layout(Format::FixedWidth(FixedWidth {
        frame: frame(encoding),
        columns: vec![column("sku", 0, 6), column("quantity", 8, 11), column("name", 11, 16)],
        width: 16,
        is_trimmed,
        has_line_ends: true,
    }))
}

#[test]
fn fixed_places_are_characters() {
    let text = "AB1234xx  5Jörg \n\nAB1234xx  5Jörg\nAB1234xx  5Jörg  \nAB1234xx -1     \n";
    let count = || Err(QuarantineCode::FieldCount);
    let records = outcomes(read("sales.txt", text.as_bytes(), &fixed(Encoding::Utf8, false)).expect("a readable file"));
    assert_eq!(
        records,
        [(1, clean(&["AB1234", "  5", "Jörg "])), (3, count()), (4, count()), (5, clean(&["AB1234", " -1", "     "])),]
    );
    let records = outcomes(read("sales.txt", text.as_bytes(), &fixed(Encoding::Utf8, true)).expect("a readable file"));
    assert_eq!(records[1], (3, clean(&["AB1234", "  5", "Jörg"])));
    assert_eq!(records[2], (4, count()));
}

fn json(paths: &[&str]) -> Layout {
    layout(Format::JsonLines(JsonLines { paths: paths.iter().map(|path| (*path).to_owned()).collect() }))
}

#[test]
fn json_fields_by_their_paths() {
    let paths = ["id", "item.sku", "serials", "lines.1.net", "missing"];
    let text = concat!(
        "{\"id\": 12345678901234567890, \"item\": {\"sku\": \"A\\u00e41\"}, \"serials\": [\"S1\", \"S2\"], \"lines\": [{}, {\"net\": -1.50}]}\n",
        "\n",
        "{\"id\": null, \"item\": {\"sku\": true}, \"serials\": [], \"lines\": [], \"other\": [[{\"id\": 1}]]}\n",
        "{\"id\": 1} \n",
        "{\"id\": 2}",
    );
    let records = outcomes(read("sales.jsonl", text.as_bytes(), &json(&paths)).expect("a readable file"));
    assert_eq!(
        records,
        [
            (1, clean(&["12345678901234567890", "Aä1", "S1|S2", "-1.50", ""])),
            (3, clean(&["", "true", "", "", ""])),
            (4, clean(&["1", "", "", "", ""])),
            (5, clean(&["2", "", "", "", ""])),
        ]
    );
}

#[test]
fn json_numbers_are_told_from_texts() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("sales.jsonl");
    std::fs::write(&path, "{\"a\": \"1\", \"b\": 1}\n").expect("a file");
    let layout = json(&["a", "b"]);
    let mut reader = FileReader::open(&path, &layout).expect("a readable file");
    reader.next_section().expect("readable").expect("a section");
    let record = reader.next_record().expect("readable").expect("a record");
    let fields = record.fields.expect("a clean record");
    assert_eq!((fields.kind(0), fields.kind(1)), (FieldKind::Text, FieldKind::Number));
}

#[test]
fn json_that_is_ambiguous_or_broken_is_quarantined() {
    let bad = [
        "{\"id\": 1, \"id\": 2}",
        "{\"id\": 1, \"x\": {\"y\": 1, \"y\": 1}}",
        "{\"id\": 1",
        "{\"id\": 1}}",
        "{\"id\": 1} {\"id\": 2}",
        "[{\"id\": 1}]",
        "1",
        "{\"id\": {\"a\": 1}}",
        "{\"id\": [[1]]}",
        "{\"id\": [\"a|b\"]}",
        "{'id': 1}",
        "{\"id\": 01}",
        "{\"id\": NaN}",
        "{\"id\": \"\u{1}\"}",
    ];
    let deep = format!("{{\"id\": 1, \"x\": {}1{}}}", "[".repeat(5_000), "]".repeat(5_000));
    for line in bad.iter().copied().chain([deep.as_str()]) {
        let text = format!("{{\"id\": 0}}\n{line}\n{{\"id\": 9}}\n");
        let records = outcomes(read("sales.jsonl", text.as_bytes(), &json(&["id"])).expect("a readable file"));
        let expected = [(1, clean(&["0"])), (2, Err(QuarantineCode::BadJson)), (3, clean(&["9"]))];
        assert_eq!(records, expected, "{line:?}");
    }
    let undecodable = b"{\"id\": \"\xFF\"}\n";
    let records = outcomes(read("sales.jsonl", undecodable, &json(&["id"])).expect("a readable file"));
    assert_eq!(records, [(1, Err(QuarantineCode::Undecodable))]);
}

/// The bytes of a text, by another implementation than the reader's.
pub fn encoded(text: &str, encoding: Encoding, has_mark: bool) -> Vec<u8> {
    let text = if has_mark { format!("\u{feff}{text}") } else { text.to_owned() };
    match encoding {
        Encoding::Utf8 => text.into_bytes(),
        Encoding::Utf16Le => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        Encoding::Utf16Be => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        Encoding::Windows1252 => WINDOWS_1252.encode(&text).0.into_owned(),
        Encoding::Iso88591 => text.chars().map(|letter| u8::try_from(u32::from(letter)).expect("a Latin letter")).collect(),
        Encoding::Cp437 => encode_string_checked(&text, &ENCODING_TABLE_CP437).expect("letters of the code page"),
        Encoding::Cp850 => encode_string_checked(&text, &ENCODING_TABLE_CP850).expect("letters of the code page"),
    }
}

/// A packed file, and the end of its name.
fn packed(bytes: Vec<u8>, packing: usize, cut: usize) -> (Vec<u8>, &'static str) {
    let gzip = |bytes: &[u8]| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("memory")
    };
    let (first, second) = bytes.split_at(cut % (bytes.len() + 1));
    match packing {
        0 => (bytes, ""),
        1 => ([gzip(first), gzip(second)].concat(), ".gz"),
        2 => ([zstd::encode_all(first, 1).expect("memory"), zstd::encode_all(second, 1).expect("memory")].concat(), ".zst"),
        _ => {
            let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
            let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
            archive.start_file("folder/inner", options).expect("memory");
            archive.write_all(&bytes).expect("memory");
            (archive.finish().expect("memory").into_inner(), ".zip")
        }
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

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    /// Letters that all encodings have.
    #[test]
    fn what_was_written_is_read(
        encoding in prop::sample::select(ENCODINGS.to_vec()), packing in 0usize..4, format in 0usize..3, has_mark in any::<bool>(),
        records in vec(vec("[a-zA-Z0-9äöüéñ.,;\"'|{}:-]{1,6}", 3), 1..8), has_crlf in any::<bool>(), cut in any::<usize>(),
    ) {
        let is_unicode = matches!(encoding, Encoding::Utf8 | Encoding::Utf16Le | Encoding::Utf16Be);
        let encoding = if format == 2 { Encoding::Utf8 } else { encoding };
        let end = if has_crlf { "\r\n" } else { "\n" };
        let (layout, lines): (Layout, Vec<String>) = match format {
            0 => {
                let quoted = |field: &String| format!("\"{}\"", field.replace('"', "\"\""));
                let line = |fields: &Vec<String>| fields.iter().map(quoted).collect::<Vec<_>>().join(",");
                let header = "one,two,three".to_owned();
                (layout(Format::Delimited(comma(encoding))), std::iter::once(header).chain(records.iter().map(line)).collect())
            }
            1 => {
                let column = |place: usize| FixedColumn { name: place.to_string(), start: place * 6, end: place * 6 + 6 };
                let fixed = FixedWidth { frame: frame(encoding), columns: (0..3).map(column).collect(), width: 18, is_trimmed: false, has_line_ends: true };
                let line = |fields: &Vec<String>| fields.iter().map(|field| format!("{field:<6}")).collect::<String>();
                (layout(Format::FixedWidth(fixed)), records.iter().map(line).collect())
            }
            _ => {
                let line = |fields: &Vec<String>| {
                    serde_json::json!({"a": fields[0], "b": {"c": fields[1]}, "d": [null, {"e": fields[2]}]}).to_string()
                };
                (json(&["a", "b.c", "d.1.e"]), records.iter().map(line).collect())
            }
        };
        let text: String = lines.iter().map(|line| format!("{line}{end}")).collect();
        let bytes = encoded(&text, encoding, has_mark && (is_unicode || format == 2));
        let (bytes, ending) = packed(bytes, packing, cut);
        let read_back = read(&format!("sales.dat{ending}"), &bytes, &layout);
        let read_back: Vec<Vec<String>> = read_back
            .expect("a readable file")
            .into_iter()
            .map(|(_, _, fields)| fields.expect("a clean record").iter().map(|field| field.trim_end().to_owned()).collect())
            .collect();
        prop_assert_eq!(read_back, records);
    }
}
