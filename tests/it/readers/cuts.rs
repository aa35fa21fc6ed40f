//! Files that are cut at any byte: what was whole before the cut is exact, the last partial record is told, and nothing else is read.

use super::{Read, comma, frame, layout, read};
use attachrate::io::readers::layout::{FixedColumn, FixedWidth, JsonLines};
use attachrate::io::readers::{Encoding, Format, Layout};

/// Every cut of a file whose records end at these bytes: the records before it come back as they were, and one more is a defect if and only if
/// bytes of it are left.
fn holds_at_every_cut(name: &str, bytes: &[u8], ends: &[usize], layout: &Layout) {
    let whole = read(name, bytes, layout).expect("a readable file");
    assert!(whole.iter().all(|(_, _, fields)| fields.is_ok()) && whole.len() + 1 == ends.len());
    for cut in ends[0]..=bytes.len() {
        let records = read(name, &bytes[..cut], layout).expect("a readable file");
        let complete = ends.iter().filter(|end| **end <= cut).count() - 1;
        assert_eq!(records[..complete], whole[..complete], "{name} cut at {cut}");
        let partial: &[Read] = &records[complete..];
        assert_eq!(partial.len(), usize::from(!ends.contains(&cut)), "{name} cut at {cut}: {partial:?}");
        // What is complete but for its line end may be taken by a format in which a record ends by itself.
        let is_told =
            partial.iter().all(|(_, _, fields)| fields.is_err() || whole.get(complete).is_some_and(|record| record.2 == *fields));
        assert!(is_told, "{name} cut at {cut}: {partial:?}");
    }
}

fn lines(texts: impl Iterator<Item = String>) -> Vec<String> {
    texts.map(|text| text + "\r\n").collect()
}

/// The bytes of lines, and where each of them ends; behind as many as stand before the records.
fn encoded(lines: &[String], encoding: Encoding, before: usize) -> (Vec<u8>, Vec<usize>) {
    let mut bytes = Vec::new();
    let mut ends = vec![0];
    for line in lines {
        bytes.extend(super::text::encoded(line, encoding, false));
        ends.push(bytes.len());
    }
    (bytes, ends.split_off(before))
}

#[test]
fn fixed_width_in_every_encoding() {
    let lines = lines((0..12).map(|number| format!("R{number:03}ü {:>6}", number * 37)));
    for encoding in [Encoding::Utf8, Encoding::Utf16Le, Encoding::Utf16Be, Encoding::Windows1252, Encoding::Cp437] {
        let column = |name: &str, start, end| FixedColumn { name: name.into(), start, end };
        let columns = vec![column("id", 0, 5), column("quantity", 6, 12)];
        for is_trimmed in [false, true] {
            let fixed = FixedWidth { frame: frame(encoding), columns: columns.clone(), width: 12, is_trimmed, has_line_ends: true };
            let (bytes, ends) = encoded(&lines, encoding, 0);
            holds_at_every_cut("sales.dat", &bytes, &ends, &layout(Format::FixedWidth(fixed)));
        }
    }
}

#[test]
fn json_lines() {
    let lines =
        lines((0..12).map(|number| format!("{{\"id\": {number}, \"more\": {{\"name\": \"Größe {number}\"}}, \"list\": [1, 2]}}")));
    let paths = ["id", "more.name", "list"].map(str::to_owned).to_vec();
    let (bytes, ends) = encoded(&lines, Encoding::Utf8, 0);
    holds_at_every_cut("sales.jsonl", &bytes, &ends, &layout(Format::JsonLines(JsonLines { paths })));
}

#[test]
fn delimited_in_every_encoding() {
    let texts = (0..12).map(|number| format!("{number},\"Größe, \"\"{number}\"\"\",{}", number * 11));
    let lines = lines(std::iter::once("id,name,quantity".to_owned()).chain(texts));
    for encoding in [Encoding::Utf16Le, Encoding::Utf16Be, Encoding::Windows1252, Encoding::Iso88591, Encoding::Cp850] {
        let (bytes, ends) = encoded(&lines, encoding, 1);
        holds_at_every_cut("sales.csv", &bytes, &ends, &layout(Format::Delimited(comma(encoding))));
    }
}
