//! Records of one length back to back, without line ends.

use super::text::encoded;
use super::{clean, frame, layout, outcomes, read, refusal};
use attachrate::finding::QuarantineCode::{FieldCount, Undecodable, Unterminated};
use attachrate::io::readers::layout::{FixedColumn, FixedWidth, Frame};
use attachrate::io::readers::{Encoding, FileReader, Format, Layout};
use proptest::collection::vec;
use proptest::prelude::*;
use regex::Regex;

/// Records of ten characters: a SKU of six, a quantity of three, and one that is no field.
fn unbroken(frame: Frame) -> Layout {
    let column = |name: &str, start, end| FixedColumn { name: name.into(), start, end };
    let columns = vec![column("sku", 0, 6), column("quantity", 6, 9)];
    layout(Format::FixedWidth(FixedWidth { frame, columns, width: 10, is_trimmed: false, has_line_ends: false }))
}

fn latin() -> Frame {
    frame(Encoding::Windows1252)
}

#[test]
fn each_record_is_as_long_as_declared() {
    let whole = b"AB1234  5xGr\xF6\xDFe  -1xEF5678  7x";
    let records = [(1, clean(&["AB1234", "  5"])), (2, clean(&["Größe ", " -1"])), (3, clean(&["EF5678", "  7"]))];
    for end in [&b""[..], b"\x1A", b"\n", b"\r\n"] {
        let bytes = [&whole[..], end].concat();
        assert_eq!(outcomes(read("sales.dat", &bytes, &unbroken(latin())).expect("a readable file")), records, "{end:?}");
    }
    assert!(read("sales.dat", b"", &unbroken(latin())).expect("a readable file").is_empty());
}

#[test]
fn a_damaged_record_leaves_its_neighbours_as_they_are() {
    let bytes = b"AB1234  5xCD\x81234  6xEF\x00678  7xGH\n012  8xIJ\r012  8xKL3456  9xMN78";
    let records = outcomes(read("sales.dat", bytes, &unbroken(latin())).expect("a readable file"));
    assert_eq!(
        records,
        [
            (1, clean(&["AB1234", "  5"])),
            (2, Err(Undecodable)),
            (3, Err(Undecodable)),
            (4, Err(FieldCount)),
            (5, Err(FieldCount)),
            (6, clean(&["KL3456", "  9"])),
            (7, Err(Unterminated)),
        ]
    );
}

#[test]
fn a_file_with_line_ends_is_refused() {
    for end in ["\n", "\r\n"] {
        let text = ["AB1234  5x", "CD1234  6x", ""].join(end);
        let message = refusal("sales.dat", text.as_bytes(), &unbroken(latin()));
        assert_eq!(message, "the file is declared without line ends, but has one behind its first record");
    }
    refusal("sales.dat", b"\xEF\xBB\xBFAB1234  5x", &unbroken(latin()));
}

#[test]
fn preamble_and_trailers_are_records_too() {
    let framed = Frame { preamble_lines: 1, trailer_lines: 2, trailer_pattern: Regex::new("^TOTAL").ok(), ..latin() };
    let text = "REPORT    AB1234  5xCD5678  6xTOTAL   2 TOTAL  11 ";
    let expected = [(2, clean(&["AB1234", "  5"])), (3, clean(&["CD5678", "  6"]))];
    let with_end = format!("{text}\n");
    for text in [text, with_end.as_str()] {
        assert_eq!(outcomes(read("sales.dat", text.as_bytes(), &unbroken(framed.clone())).expect("a readable file")), expected);
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("sales.dat");
    std::fs::write(&path, text).expect("a file");
    let layout = unbroken(framed.clone());
    let mut reader = FileReader::open(&path, &layout).expect("a readable file");
    reader.next_section().expect("readable").expect("a section");
    while reader.next_record().expect("readable").is_some() {}
    let trailers: Vec<(u64, String)> = reader.trailers().iter().map(|trailer| (trailer.line, trailer.text.clone())).collect();
    assert_eq!(trailers, [(4, "TOTAL   2 ".to_owned()), (5, "TOTAL  11 ".to_owned())]);
    assert_eq!(reader.passed_over(), 2);
    // A file that was cut between records ends with what is no trailer; one that was cut within its trailer says so itself.
    let message = refusal("sales.dat", &text.as_bytes()[..40], &unbroken(framed.clone()));
    assert!(message.contains("does not match `trailer_pattern`"), "{message}");
    let records = outcomes(read("sales.dat", &text.as_bytes()[..44], &unbroken(framed)).expect("a readable file"));
    assert_eq!(records, [expected[0].clone(), expected[1].clone(), (5, Err(Unterminated))]);
    // Without their number trailers stand anywhere.
    let anywhere = Frame { trailer_pattern: Regex::new("^TOTAL").ok(), ..latin() };
    let records = outcomes(read("sales.dat", b"AB1234  5xTOTAL   1 CD5678  6x", &unbroken(anywhere)).expect("a readable file"));
    assert_eq!(records, [(1, clean(&["AB1234", "  5"])), (3, clean(&["CD5678", "  6"]))]);
}

/// Records that stand in two reads, and trailers that are told from afar.
#[test]
fn a_long_file() {
    let count = 300_000;
    let text: String = (0..count).map(|number| format!("{number:06}{:>3} ", number % 1_000)).collect();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("sales.dat");
    std::fs::write(&path, text).expect("a file");
    let layout = unbroken(Frame { trailer_lines: 1_000, ..latin() });
    let mut reader = FileReader::open(&path, &layout).expect("a readable file");
    reader.next_section().expect("readable").expect("a section");
    let mut number = 0;
    while let Some(record) = reader.next_record().expect("readable") {
        let fields = record.fields.expect("a clean record");
        assert_eq!((fields.get(0), fields.get(1).trim_start()), (&*format!("{number:06}"), &*(number % 1_000).to_string()));
        assert_eq!(record.place.extent.expect("an extent").offset, number * 10);
        number += 1;
    }
    assert_eq!((number, reader.passed_over()), (count - 1_000, 1_000));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    /// Letters that the encodings have; the file is cut somewhere.
    #[test]
    fn what_was_written_is_read_up_to_the_cut(
        encoding in prop::sample::select(vec![Encoding::Windows1252, Encoding::Iso88591, Encoding::Cp437, Encoding::Cp850]),
        records in vec(("[A-Z0-9äöüéñ#.-]{0,6}", 0..1_000_u32), 1..12), cut in 0..10_usize,
    ) {
        let text: String = records.iter().map(|(sku, quantity)| format!("{sku:<6}{quantity:>3}x")).collect();
        let mut bytes = encoded(&text, encoding, false);
        bytes.truncate(bytes.len() - cut);
        let found = outcomes(read("sales.dat", &bytes, &unbroken(frame(encoding))).expect("a readable file"));
        prop_assert_eq!(found.len(), records.len());
        for (number, ((line, fields), (sku, quantity))) in (1..).zip(found.iter().zip(&records)) {
            prop_assert_eq!(*line, number);
            let whole = clean(&[&format!("{sku:<6}"), &format!("{quantity:>3}")]);
            let is_cut = cut > 0 && number == records.len() as u64;
            prop_assert_eq!(fields, &if is_cut { Err(Unterminated) } else { whole });
        }
    }
}
