//! Files that are cut at any byte: what was whole before the cut is exact, the last partial record is told, and nothing else is read.

use super::{Read, comma, frame, layout, read};
use attachrate::io::readers::layout::{Delimited, FixedColumn, FixedWidth, JsonLines};
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
        // What is left of a record of several lines may be told in two pieces.
        assert_eq!(partial.is_empty(), ends.contains(&cut), "{name} cut at {cut}: {partial:?}");
        let lines = memchr::memchr_iter(b'\n', &bytes[ends[complete]..cut]).count();
        assert!(partial.len() <= lines + 1, "{name} cut at {cut}: {partial:?}");
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

/// Twelve records with a name of several lines, and a quoted last field.
fn quoted_last(end: &str, delimiter: &str) -> Vec<String> {
    let record = |number: u32| ["Größe 😀, \"\"8\"\"".to_owned(), format!("two{end}lines"), format!("Ö{number}; x")];
    let quoted = |fields: [String; 3]| fields.map(|field| format!("\"{field}\"")).join(delimiter);
    let header = ["id", "name", "text", "last"].join(delimiter) + end;
    std::iter::once(header).chain((10..22).map(|number| format!("{number}{delimiter}{}{end}", quoted(record(number))))).collect()
}

#[test]
fn delimited_with_a_quoted_last_field_in_several_dialects() {
    for (encoding, delimiter, end) in [
        (Encoding::Utf8, ";", "\n"),
        (Encoding::Utf8, "||", "\r\n"),
        (Encoding::Utf16Le, "\t", "\n"),
        (Encoding::Utf16Be, "|", "\r\n"),
    ] {
        let (bytes, ends) = encoded(&quoted_last(end, delimiter), encoding, 1);
        let dialect = Delimited { delimiter: delimiter.into(), ..comma(encoding) };
        holds_at_every_cut("sales.csv", &bytes, &ends, &layout(Format::Delimited(dialect)));
    }
}

/// Without a line end at the end of the file, a cut within the last field cannot be told: all but that field is the record's.
#[test]
fn delimited_without_a_last_line_end() {
    let lines = quoted_last("\n", ",");
    let (bytes, ends) = encoded(&lines, Encoding::Utf8, 1);
    let mut dialect = comma(Encoding::Utf8);
    dialect.frame.has_last_line_end = false;
    let layout = layout(Format::Delimited(dialect));
    let whole = read("sales.csv", &bytes, &layout).expect("a readable file");
    for cut in ends[0]..bytes.len() {
        let records = read("sales.csv", &bytes[..cut], &layout).expect("a readable file");
        let complete = ends.iter().filter(|end| **end <= cut).count() - 1;
        assert_eq!(records[..complete], whole[..complete], "cut at {cut}");
        // The last field is quoted: a record that has it ends with its closing quote, or was cut before the opening one. One without it has too few fields.
        for record in &records[complete..] {
            let Ok(fields) = &record.2 else { continue };
            let known = whole[complete].2.as_ref().expect("a whole record");
            let is_cut = fields[..] == [&known[..3], &[String::new()]].concat();
            assert!(fields.len() < 4 || is_cut || fields == known, "cut at {cut}: {record:?}");
        }
    }
}

/// A trailer that is declared says that nothing is missing: every cut is a refusal or a record that is set aside.
#[test]
fn delimited_with_a_trailer_is_never_cut_unseen() {
    let mut lines = quoted_last("\n", ",");
    lines.push("TOTAL;12\n".to_owned());
    let pattern = regex::Regex::new("^TOTAL;[0-9]{2}$").ok();
    for has_last_line_end in [true, false] {
        let (bytes, ends) = encoded(&lines, Encoding::Utf8, 1);
        let mut dialect = comma(Encoding::Utf8);
        dialect.frame.trailer_lines = 1;
        dialect.frame.trailer_pattern = pattern.clone();
        dialect.frame.has_last_line_end = has_last_line_end;
        let layout = layout(Format::Delimited(dialect));
        assert_eq!(read("sales.csv", &bytes, &layout).expect("a readable file").len(), 12);
        // The line end of the trailer is no part of it where none need stand there.
        let whole = bytes.len() - usize::from(!has_last_line_end);
        for cut in ends[0]..whole {
            if let Ok(records) = read("sales.csv", &bytes[..cut], &layout) {
                assert!(records.iter().any(|(_, _, fields)| fields.is_err()), "cut at {cut}: {records:?}");
            }
        }
    }
}
