//! From bytes to records: what a file is, in which encoding, with which marks.

use super::LOOKED_AT;
use super::delimited;
use super::fixed::{self, Fixed};
use encoding_rs::{Encoding, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::collections::BTreeSet;

/// Lines that are looked at.
pub const LINES: usize = 2_000;

/// What a file is as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    /// Text.
    Text,
    /// gzip.
    Gzip,
    /// zstd.
    Zstd,
    /// A zip archive that is no workbook.
    Zip,
    /// A workbook: .xlsx, .xlsb, .ods (zip archives by name) or .xls.
    Excel,
    /// Parquet.
    Parquet,
    /// ANSI X12.
    X12,
    /// One JSON object a line.
    JsonLines,
    /// Something that is known and not read: what it is, with its article.
    Foreign(&'static str),
    /// Empty.
    Empty,
}

/// What the beginning of a file looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sniffed {
    /// What it is as a whole.
    pub container: Container,
    /// Name of the encoding as in a pipeline file; of text.
    pub encoding: &'static str,
    /// Its records; of X12 none.
    pub table: Option<Table>,
    /// What its segments say; of X12.
    pub interchange: Option<Interchange>,
}

impl Sniffed {
    /// Whether one declaration reads both: the same format, encoding, marks and columns.
    pub fn is_like(&self, other: &Self) -> bool {
        let layout = |table: &Table| (table.delimiter, table.preamble, table.columns.clone(), table.fixed.clone());
        let own = |sniffed: &Self| (sniffed.container, sniffed.encoding, sniffed.table.as_ref().map(layout));
        own(self) == own(other)
    }

    /// What it is, in a few words.
    pub fn what(&self) -> String {
        let format = match (self.container, &self.table) {
            (Container::Excel, _) => "excel",
            (Container::Parquet, _) => "parquet",
            (Container::JsonLines, _) => "json_lines",
            (Container::X12, _) => "x12_867",
            (_, Some(Table { fixed: Some(_), .. })) => "fixed_width",
            _ => "delimited",
        };
        let columns = self.table.as_ref().map_or_else(String::new, |table| format!(" with {} columns", table.columns.len()));
        format!("{format}{columns}")
    }
}

/// An X12 interchange by its first segments.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Interchange {
    /// Between elements.
    pub element: char,
    /// Behind each segment.
    pub terminator: char,
    /// Release by GS.
    pub release: String,
    /// Codes of quantities.
    pub quantities: BTreeSet<String>,
    /// References to amounts of lines.
    pub line_amounts: BTreeSet<String>,
    /// Types of PTD.
    pub transfer_types: BTreeSet<String>,
    /// Whether a currency is told.
    pub has_currency: bool,
}

/// Records with columns, of any format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Between fields; of delimited text.
    pub delimiter: char,
    /// Whether fields stand in double quotes; none where no quote was seen.
    pub is_quoted: Option<bool>,
    /// Lines before the header; of a workbook rows.
    pub preamble: usize,
    /// Name of the worksheet; of a workbook.
    pub sheet: String,
    /// Column names; made up where the file has none.
    pub columns: Vec<String>,
    /// Whether the names stand in the file.
    pub has_header: bool,
    /// Whether every record ends with a delimiter.
    pub has_trailing_delimiter: bool,
    /// Whether a backslash makes a delimiter a plain character.
    pub is_escaped: bool,
    /// Whether the names stand between the records, too.
    pub repeats_header: bool,
    /// Where the columns stand; of text at fixed places.
    pub fixed: Option<Fixed>,
    /// The records with as many fields as the header.
    pub rows: Vec<Vec<String>>,
    /// Lines at the end, of a file seen whole, that are no records.
    pub trailer: Vec<String>,
}

impl Table {
    /// Records of a format that has names of its own.
    pub fn named(columns: Vec<String>, rows: Vec<Vec<String>>) -> Self {
        Self {
            delimiter: ',',
            is_quoted: None,
            preamble: 0,
            sheet: String::new(),
            columns,
            has_header: true,
            has_trailing_delimiter: false,
            is_escaped: false,
            repeats_header: false,
            fixed: None,
            rows,
            trailer: Vec::new(),
        }
    }

    /// The values of a column that are not empty.
    pub fn values(&self, column: usize) -> Vec<&str> {
        self.rows.iter().filter_map(|row| row.get(column)).map(|value| value.trim()).filter(|value| !value.is_empty()).collect()
    }
}

/// Looks at the first bytes of a file.
pub fn sniff(bytes: &[u8], name: &str) -> Sniffed {
    let bytes = &bytes[..bytes.len().min(LOOKED_AT)];
    let is_whole = bytes.len() < LOOKED_AT;
    let container = container(bytes, name);
    if container != Container::Text {
        return Sniffed { container, encoding: "utf-8", table: None, interchange: None };
    }
    let (encoding, text) = decoded(bytes);
    let first = text.trim_start();
    let container = match first.as_bytes() {
        [] => Container::Empty,
        [b'I', b'S', b'A', mark, ..] if !mark.is_ascii_alphanumeric() => Container::X12,
        [b'{', ..] if first.lines().next().is_some_and(is_object) => Container::JsonLines,
        _ => foreign_text(first).map_or(Container::Text, Container::Foreign),
    };
    let table = match container {
        Container::Text => records(&text, is_whole),
        Container::JsonLines => Some(objects(&text)),
        _ => None,
    };
    let interchange = (container == Container::X12).then(|| interchange(first)).flatten();
    Sniffed { container, encoding, table, interchange }
}

/// What a text is that has no records, where it says so.
fn foreign_text(text: &str) -> Option<&'static str> {
    const BEGINNINGS: [(&str, &str); 9] = [
        ("-----BEGIN PGP MESSAGE", "encrypted by PGP"),
        ("UNA", "an EDIFACT interchange"),
        ("UNB+", "an EDIFACT interchange"),
        ("<?xml", "an XML document"),
        ("<!DOCTYPE", "a web page"),
        ("<!doctype", "a web page"),
        ("<html", "a web page"),
        ("[{", "one JSON document, where JSON Lines have one object a line"),
        ("{\n", "one JSON document, where JSON Lines have one object a line"),
    ];
    let start: String = text.chars().take(40).filter(|letter| *letter != ' ' && *letter != '\r').collect();
    let start = start.replacen("[\n", "[", 1);
    let is_control = |letter: &char| letter.is_control() && !matches!(letter, '\t' | '\n' | '\r' | '\u{c}' | '\u{1a}');
    let known = BEGINNINGS.into_iter().find(|(beginning, _)| start.starts_with(&beginning.replace(' ', "")));
    known
        .map(|(_, what)| what)
        .or_else(|| (text.chars().filter(is_control).count() * 100 > text.chars().count()).then_some("no text"))
}

/// The records of a text: delimited, or at fixed places where that shows more columns.
fn records(text: &str, is_whole: bool) -> Option<Table> {
    match (delimited::table(text, is_whole), fixed::table(text, is_whole)) {
        (Some(delimited), Some(fixed)) if fixed.columns.len() > delimited.columns.len() => Some(fixed),
        (None, fixed) => fixed,
        (delimited, _) => delimited,
    }
}

fn is_object(line: &str) -> bool {
    serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(line).is_ok()
}

/// The marks of ISA, and what the segments behind it hold; none where ISA is cut.
fn interchange(text: &str) -> Option<Interchange> {
    let element = text.chars().nth(3)?;
    let terminator = text.splitn(17, element).nth(16)?.chars().nth(1)?;
    let mut found = Interchange { element, terminator, ..Interchange::default() };
    let mut is_in_line = false;
    for segment in text.split(terminator) {
        let elements: Vec<&str> = segment.trim().split(element).collect();
        match elements[0] {
            "QTY" | "LIN" => is_in_line = true,
            "PTD" | "CTT" | "SE" => is_in_line = false,
            _ => {}
        }
        match elements.as_slice() {
            ["AMT", code, ..] if is_in_line => {
                found.line_amounts.insert(format!("AMT*{code}"));
            }
            ["GS", .., release] => found.release = (*release).to_owned(),
            ["QTY", code, ..] => {
                found.quantities.insert((*code).to_owned());
            }
            ["PTD", code, ..] => {
                found.transfer_types.insert((*code).to_owned());
            }
            ["CUR", ..] => found.has_currency = true,
            _ => {}
        }
    }
    Some(found)
}

/// The values of JSON objects by their paths, in the order in which paths come up. What is neither a text nor a number has none.
fn objects(text: &str) -> Table {
    let mut columns: Vec<String> = Vec::new();
    let mut rows = Vec::new();
    for line in text.lines().take(LINES) {
        let Ok(object) = serde_json::from_str::<serde_json::Value>(line) else { continue };
        let mut row = vec![String::new(); columns.len()];
        let mut found = Vec::new();
        values(&object, String::new(), &mut found);
        for (path, value) in found {
            let place = columns.iter().position(|own| *own == path).unwrap_or_else(|| {
                columns.push(path);
                columns.len() - 1
            });
            row.resize(columns.len(), String::new());
            row[place] = value;
        }
        rows.push(row);
    }
    Table::named(columns, rows)
}

/// The texts and numbers of a value with their paths. Names with a `.` cannot be declared. Several texts of a list are one value.
fn values(value: &serde_json::Value, path: String, found: &mut Vec<(String, String)>) {
    use serde_json::Value;
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    match value {
        Value::Object(members) => {
            for (name, value) in members.iter().filter(|(name, _)| !name.contains('.')) {
                values(value, if path.is_empty() { name.clone() } else { format!("{path}.{name}") }, found);
            }
        }
        Value::Array(items) => {
            if let Some(texts) = items.iter().map(text).collect::<Option<Vec<String>>>().filter(|texts| !texts.is_empty()) {
                found.push((path, texts.join("|")));
            }
        }
        other => found.extend(text(other).map(|text| (path, text))),
    }
}

fn container(bytes: &[u8], name: &str) -> Container {
    let ending = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let is_workbook = matches!(ending.as_str(), "xlsx" | "xlsm" | "xlsb" | "ods");
    match bytes {
        [0x1f, 0x8b, ..] => Container::Gzip,
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Container::Zstd,
        [b'P', b'K', 3 | 5, 4 | 6, ..] if is_workbook => Container::Excel,
        [b'P', b'K', 3 | 5, 4 | 6, ..] => Container::Zip,
        [0xd0, 0xcf, 0x11, 0xe0, ..] => Container::Excel,
        [b'P', b'A', b'R', b'1', ..] => Container::Parquet,
        [b'P', b'A', b'R', b'E', ..] => Container::Foreign("an encrypted Parquet file"),
        [b'%', b'P', b'D', b'F', ..] => Container::Foreign("a PDF document"),
        [b'7', b'z', 0xbc, 0xaf, ..] => Container::Foreign("a 7z archive"),
        [b'R', b'a', b'r', b'!', ..] => Container::Foreign("a RAR archive"),
        [b'B', b'Z', b'h', b'1'..=b'9', ..] => Container::Foreign("packed by bzip2"),
        [0xfd, b'7', b'z', b'X', b'Z', ..] => Container::Foreign("packed by xz"),
        [0x1f, 0x9d | 0xa0, ..] => Container::Foreign("packed by compress"),
        _ if bytes.get(257..262) == Some(b"ustar") => Container::Foreign("a tar archive"),
        _ => Container::Text,
    }
}

/// The name of the encoding and the text. What is neither marked nor UTF-8 is told by its letters: in code page 850 the letters of western
/// Europe lie below 0xA6, in Windows-1252 from 0xC0 on.
fn decoded(bytes: &[u8]) -> (&'static str, String) {
    let by = |encoding: &'static Encoding| encoding.decode(bytes).0.into_owned();
    let zeros = |first: usize| bytes.iter().skip(first).step_by(2).filter(|byte| **byte == 0).count() * 2;
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => return ("utf-8", String::from_utf8_lossy(rest).into_owned()),
        [0xff, 0xfe, ..] => return ("utf-16le", by(UTF_16LE)),
        [0xfe, 0xff, ..] => return ("utf-16be", by(UTF_16BE)),
        _ if zeros(1) > bytes.len() / 2 => return ("utf-16le", by(UTF_16LE)),
        _ if zeros(0) > bytes.len() / 2 => return ("utf-16be", by(UTF_16BE)),
        _ => {}
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => ("utf-8", text.to_owned()),
        // What is looked at may end inside of a letter.
        Err(error) if error.error_len().is_none() => ("utf-8", String::from_utf8_lossy(&bytes[..error.valid_up_to()]).into_owned()),
        Err(_) => {
            let letters = |range: std::ops::RangeInclusive<u8>| {
                bytes.windows(2).filter(|pair| range.contains(&pair[1]) && pair[0].is_ascii_alphabetic()).count()
            };
            let name = if letters(0x80..=0xa5) > letters(0xc0..=0xff) { "cp850" } else { "windows-1252" };
            (name, by(WINDOWS_1252))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn marks_and_letters_tell_the_encoding() {
        let encodings: [(&[u8], &str); 7] = [
            (b"\xef\xbb\xbfa;b\n", "utf-8"),
            (b"a;b\xc3\xa4\n", "utf-8"),
            (b"a;b\xc3", "utf-8"),
            (b"H\xe4ndler;Gr\xf6\xdfe\n", "windows-1252"),
            (b"H\x84ndler;Gr\x94\xe1e\n", "cp850"),
            (b"\xff\xfea\0;\0b\0\n\0", "utf-16le"),
            (b"\0a\0;\0b\0\n", "utf-16be"),
        ];
        for (bytes, name) in encodings {
            assert_eq!(sniff(bytes, "x.csv").encoding, name, "{bytes:?}");
        }
    }

    #[test]
    fn first_bytes_tell_what_is_no_text() {
        let containers: [(&[u8], &str, Container); 13] = [
            (b"\x1f\x8b\x08", "a.csv", Container::Gzip),
            (b"\x28\xb5\x2f\xfd", "a", Container::Zstd),
            (b"PK\x03\x04", "a.zip", Container::Zip),
            (b"PK\x03\x04", "a.XLSX", Container::Excel),
            (b"\xd0\xcf\x11\xe0", "a.xls", Container::Excel),
            (b"PAR1", "a", Container::Parquet),
            (b"ISA*00*", "a.edi", Container::X12),
            (b"{\"a\":1}\n{\"a\":2}\n", "a", Container::JsonLines),
            (b"", "a.csv", Container::Empty),
            (b"%PDF-1.7", "a.csv", Container::Foreign("a PDF document")),
            (b"<html><table>", "a.xls", Container::Foreign("a web page")),
            (b"[\n  {\"a\": 1}]", "a.json", Container::Foreign("one JSON document, where JSON Lines have one object a line")),
            (b"a\x01\x02b", "a", Container::Foreign("no text")),
        ];
        for (bytes, name, container) in containers {
            assert_eq!(sniff(bytes, name).container, container, "{name}");
        }
    }

    #[test]
    fn what_stands_around_the_records_is_seen() {
        let text = b"Sell-through report\n\nid;name;qty;\n1;\"Partner; 0001\";2;\n2;Partner 0002;3;\nTOTAL 2\n";
        let table = sniff(text, "x.csv").table.expect("a table");
        assert_eq!((table.delimiter, table.preamble, table.has_header, table.has_trailing_delimiter), (';', 2, true, true));
        assert_eq!(table.columns, ["id", "name", "qty"]);
        assert_eq!(table.values(1), ["Partner; 0001", "Partner 0002"]);
        assert_eq!((table.trailer, table.is_quoted), (vec!["TOTAL 2".to_owned()], Some(true)));
        let bare = sniff(b"1|a 15\" b|2026-01-01\n2|c|2026-01-02\n", "x.txt").table.expect("a table");
        assert_eq!((bare.has_header, bare.is_quoted, bare.columns.len(), bare.rows.len()), (false, Some(false), 3, 2));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = sniff(&bytes, "x");
        }

        #[test]
        fn no_text_panics(text in "[\"a1,;|\t\n ä]{0,200}") {
            let _ = sniff(text.as_bytes(), "x");
        }
    }
}
