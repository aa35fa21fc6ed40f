//! The strict reader: what is clean comes back exactly, and one polluted line costs one record.

use std::io::{self, Read};

use attachrate::config::file::Encoding;
use attachrate::finding::QuarantineCode;
use attachrate::io::readers::DelimitedReader;
use attachrate::io::readers::layout::{Delimited, Frame, Header};
use encoding_rs::WINDOWS_1252;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

/// A sender's layout.
#[derive(Debug, Clone, Copy)]
struct Layout {
    delimiter: u8,
    quote: Option<u8>,
    encoding: Encoding,
    /// Every field is quoted, not only those that need it.
    quotes_all: bool,
    has_crlf: bool,
    has_bom: bool,
}

const COMMA: Layout =
    Layout { delimiter: b',', quote: Some(b'"'), encoding: Encoding::Utf8, quotes_all: false, has_crlf: false, has_bom: false };
const LAYOUTS: [Layout; 5] = [
    COMMA,
    Layout { quotes_all: true, has_bom: true, ..COMMA },
    Layout { delimiter: b';', encoding: Encoding::Windows1252, has_crlf: true, ..COMMA },
    Layout { delimiter: b'\t', quote: None, has_bom: true, ..COMMA },
    Layout { delimiter: b'|', quote: Some(b'\''), has_crlf: true, ..COMMA },
];

impl Layout {
    fn delimited(&self) -> Delimited {
        let frame =
            Frame { encoding: self.encoding, preamble_lines: 0, trailer_lines: 0, trailer_pattern: None, has_last_line_end: true };
        Delimited {
            frame,
            delimiter: vec![self.delimiter],
            quote: self.quote,
            escape: None,
            header: Header::First,
            has_trailing_delimiter: false,
        }
    }

    fn bytes(&self, text: &str) -> Vec<u8> {
        match self.encoding {
            Encoding::Utf8 => text.as_bytes().to_vec(),
            _ => WINDOWS_1252.encode(text).0.into_owned(),
        }
    }

    fn undecodable(&self) -> u8 {
        if self.encoding == Encoding::Utf8 { 0xFF } else { 0x81 }
    }

    /// A clean line without its end, as a careful sender writes it.
    fn write(&self, fields: &[String]) -> Vec<u8> {
        let mut line = Vec::new();
        for (place, field) in fields.iter().enumerate() {
            if place > 0 {
                line.push(self.delimiter);
            }
            let content = self.bytes(field);
            match self.quote {
                Some(quote) if self.quotes_all || content.iter().any(|byte| [self.delimiter, quote, b'\n'].contains(byte)) => {
                    line.push(quote);
                    for byte in content {
                        line.extend(std::iter::repeat_n(byte, if byte == quote { 2 } else { 1 }));
                    }
                    line.push(quote);
                }
                _ => line.extend(content),
            }
        }
        line
    }

    /// A file: header, then lines.
    fn file(&self, width: usize, lines: &[Vec<u8>]) -> Vec<u8> {
        let mut file = if self.has_bom { vec![0xEF, 0xBB, 0xBF] } else { Vec::new() };
        let header: Vec<String> = (0..width).map(|place| format!("column {place}")).collect();
        for line in [self.write(&header)].iter().chain(lines) {
            file.extend(line);
            file.extend(self.line_end());
        }
        file
    }

    fn line_end(&self) -> &'static [u8] {
        if self.has_crlf { b"\r\n" } else { b"\n" }
    }

    /// The fields of one line by the strict grammar, character by character; `None` where it does not fit.
    fn parse(&self, line: &[u8]) -> Option<Vec<String>> {
        let mut fields = Vec::new();
        let mut rest = line;
        loop {
            let mut content = Vec::new();
            if let (Some(quote), Some(first)) = (self.quote, rest.first())
                && *first == quote
            {
                rest = &rest[1..];
                loop {
                    match (rest.first()?, rest.get(1)) {
                        (byte, Some(next)) if *byte == quote && *next == quote => {
                            content.push(quote);
                            rest = &rest[2..];
                        }
                        (byte, _) if *byte == quote => break,
                        (byte, _) => {
                            content.push(*byte);
                            rest = &rest[1..];
                        }
                    }
                }
                rest = &rest[1..];
                if rest.first().is_some_and(|byte| *byte != self.delimiter) {
                    return None;
                }
            } else {
                while let Some(byte) = rest.first().filter(|byte| **byte != self.delimiter) {
                    if Some(*byte) == self.quote {
                        return None;
                    }
                    content.push(*byte);
                    rest = &rest[1..];
                }
            }
            fields.push(self.decode(&content)?);
            match rest.split_first() {
                None => return Some(fields),
                Some((_, behind)) => rest = behind,
            }
        }
    }

    fn decode(&self, content: &[u8]) -> Option<String> {
        match self.encoding {
            Encoding::Utf8 => std::str::from_utf8(content).ok().map(str::to_owned),
            _ if content.iter().any(|byte| [0x81, 0x8D, 0x8F, 0x90, 0x9D].contains(byte)) => None,
            _ => Some(WINDOWS_1252.decode_without_bom_handling(content).0.into_owned()),
        }
    }
}

/// A source that gives a few bytes at a time.
struct Drip<'a> {
    bytes: &'a [u8],
    step: usize,
}

impl Read for Drip<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.step.min(self.bytes.len()).min(out.len());
        out[..count].copy_from_slice(&self.bytes[..count]);
        self.bytes = &self.bytes[count..];
        Ok(count)
    }
}

/// What was read at a line: fields, or the defect.
type ReadRecord = (u64, Result<Vec<String>, QuarantineCode>);

/// Every record with its physical line; the header must be clean.
fn read(source: impl Read, layout: &Layout) -> Vec<ReadRecord> {
    let mut reader = DelimitedReader::new(source, &layout.delimited()).expect("a clean header");
    let mut records = Vec::new();
    while let Some(record) = reader.next_record().expect("a readable source") {
        assert_eq!(record.place.record, records.len() as u64 + 1);
        records.push((record.place.line, record.fields.map(|fields| fields.iter().map(str::to_owned).collect())));
    }
    records
}

/// Whether a read record would be accepted: no defect, and as wide as the header.
fn is_accepted(record: &ReadRecord, width: usize) -> bool {
    record.1.as_ref().is_ok_and(|fields| fields.len() == width)
}

/// Text of a field as senders write it: it begins with a letter or digit; inside and at its end delimiters and quotes may stand where the
/// layout can carry them.
fn any_field(layout: Layout, has_line_ends: bool) -> impl Strategy<Value = String> {
    let mut inner = vec!['a', 'B', '7', ' ', 'ä', '€', '.', '-'];
    if let Some(quote) = layout.quote {
        inner.extend([char::from(quote), char::from(layout.delimiter)]);
        if has_line_ends {
            inner.push('\n');
        }
    }
    let text = ("[a-zA-Z0-9]", vec(prop::sample::select(inner), 0..7));
    prop_oneof![
        1 => Just(String::new()),
        5 => text.prop_map(|(first, inner)| first + &inner.into_iter().collect::<String>()),
    ]
}

/// A layout, a width, and records of that width.
fn any_file(has_line_ends: bool) -> impl Strategy<Value = (Layout, Vec<Vec<String>>)> {
    (prop::sample::select(LAYOUTS.to_vec()), 2usize..6)
        .prop_flat_map(move |(layout, width)| (Just(layout), vec(vec(any_field(layout, has_line_ends), width), 1..9)))
}

/// What happens to a line.
#[derive(Debug, Clone, Copy)]
enum Damage {
    InsertDelimiter,
    DropDelimiter,
    InsertQuote,
    Cut,
    InsertUndecodable,
}

/// The line after the damage at a chosen byte; `None` where it cannot happen.
fn damaged(layout: &Layout, line: &[u8], damage: Damage, at: Index) -> Option<Vec<u8>> {
    let mut line = line.to_vec();
    let place = at.index(line.len() + 1);
    match damage {
        Damage::InsertDelimiter => line.insert(place, layout.delimiter),
        Damage::InsertQuote => line.insert(place, layout.quote?),
        Damage::InsertUndecodable => line.insert(place, layout.undecodable()),
        Damage::Cut => line.truncate(place),
        Damage::DropDelimiter => {
            let delimiters: Vec<usize> = (0..line.len()).filter(|byte| line[*byte] == layout.delimiter).collect();
            line.remove(*delimiters.get(at.index(delimiters.len().max(1)))?);
        }
    }
    Some(line)
}

fn any_damage() -> impl Strategy<Value = Damage> {
    prop::sample::select(vec![
        Damage::InsertDelimiter,
        Damage::DropDelimiter,
        Damage::InsertQuote,
        Damage::Cut,
        Damage::InsertUndecodable,
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(4000) })]

    /// Every other line comes back exactly. The polluted one is lost, unless what is left of it is a clean line by itself (an inserted
    /// delimiter inside quotes, the last field cut short): no reader can know that.
    #[test]
    fn one_polluted_line_costs_one_record(
        (layout, records) in any_file(false), damage in any_damage(), which in any::<Index>(), at in any::<Index>(), step in 1usize..8,
    ) {
        let width = records[0].len();
        let mut lines: Vec<Vec<u8>> = records.iter().map(|fields| layout.write(fields)).collect();
        let which = which.index(lines.len());
        let polluted = damaged(&layout, &lines[which], damage, at);
        prop_assume!(polluted.is_some());
        lines[which] = polluted.unwrap_or_default();
        let survives = layout.parse(&lines[which]).filter(|fields| fields.len() == width);
        if matches!(damage, Damage::InsertUndecodable) {
            prop_assert_eq!(&survives, &None);
        }
        let file = layout.file(width, &lines);
        let read_back = read(file.as_slice(), &layout);
        let mut expected: Vec<(u64, Vec<String>)> = records.iter().zip(2..).map(|(fields, line)| (line, fields.clone())).collect();
        match survives {
            Some(fields) => expected[which].1 = fields,
            None => {
                expected.remove(which);
            }
        }
        let accepted: Vec<(u64, Vec<String>)> = read_back
            .iter()
            .filter(|record| is_accepted(record, width))
            .map(|(line, fields)| (*line, fields.clone().unwrap_or_default()))
            .collect();
        prop_assert_eq!(accepted, expected);
        // Each line is one record, also the lost one, unless nothing is left of it.
        prop_assert_eq!(read_back.len(), lines.iter().filter(|line| !line.is_empty()).count());
        prop_assert_eq!(read(Drip { bytes: &file, step }, &layout), read_back);
    }

    /// Embedded line ends, empty lines between records, any size of reads.
    #[test]
    fn clean_files_come_back_exactly((layout, records) in any_file(true), empty_behind in any::<Index>(), step in 1usize..8) {
        let width = records[0].len();
        let mut lines: Vec<Vec<u8>> = records.iter().map(|fields| layout.write(fields)).collect();
        let empty = empty_behind.index(lines.len() + 1);
        lines.insert(empty, Vec::new());
        let file = layout.file(width, &lines);
        let mut line_number = 2;
        let mut expected: Vec<ReadRecord> = Vec::new();
        let mut fields = records.iter();
        for (place, line) in lines.iter().enumerate() {
            if place != empty {
                expected.push((line_number, Ok(fields.next().cloned().unwrap_or_default())));
            }
            line_number += 1 + line.iter().filter(|byte| **byte == b'\n').count() as u64;
        }
        prop_assert_eq!(&read(file.as_slice(), &layout), &expected);
        prop_assert_eq!(&read(Drip { bytes: &file, step }, &layout), &expected);
    }

    /// Among records with embedded line ends, too, the records beside the polluted one come back exactly, each at its line.
    #[test]
    fn neighbours_of_pollution_are_exact(
        (layout, records) in any_file(true), damage in any_damage(), which in any::<Index>(), at in any::<Index>(),
    ) {
        let width = records[0].len();
        let mut lines: Vec<Vec<u8>> = records.iter().map(|fields| layout.write(fields)).collect();
        let which = which.index(lines.len());
        let polluted = damaged(&layout, &lines[which], damage, at);
        prop_assume!(polluted.is_some());
        lines[which] = polluted.unwrap_or_default();
        let read_back = read(layout.file(width, &lines).as_slice(), &layout);
        let mut line_number = 2;
        for (place, line) in lines.iter().enumerate() {
            if place != which {
                let expected: ReadRecord = (line_number, Ok(records[place].clone()));
                prop_assert!(read_back.contains(&expected), "record {} of {:?}", place, read_back);
            }
            line_number += 1 + line.iter().filter(|byte| **byte == b'\n').count() as u64;
        }
    }

    /// A file that is cut anywhere: whole records are exact, the last one is a defect.
    #[test]
    fn a_cut_file_loses_its_last_record_only((layout, records) in any_file(false), at in any::<Index>(), step in 1usize..8) {
        let width = records[0].len();
        let lines: Vec<Vec<u8>> = records.iter().map(|fields| layout.write(fields)).collect();
        let whole = layout.file(width, &lines);
        let header = layout.file(width, &[]).len();
        let cut = &whole[..header + at.index(whole.len() - header + 1)];
        let complete = cut.iter().filter(|byte| **byte == b'\n').count() - 1;
        let mut expected: Vec<ReadRecord> = records.iter().take(complete).zip(2..).map(|(fields, line)| (line, Ok(fields.clone()))).collect();
        if !cut.ends_with(b"\n") {
            expected.push((complete as u64 + 2, Err(QuarantineCode::Unterminated)));
        }
        prop_assert_eq!(&read(cut, &layout), &expected);
        prop_assert_eq!(&read(Drip { bytes: cut, step }, &layout), &expected);
    }

    /// Whatever the bytes: no panic, and each byte size of reads gives the same.
    #[test]
    fn any_bytes_are_read_alike(
        layout in prop::sample::select(LAYOUTS.to_vec()),
        body in vec(prop::sample::select(b"ab,;|\t\"'\r\n\x81\xFF\xC3\xA4".to_vec()), 0..60),
        step in 1usize..8,
    ) {
        let mut file = layout.file(2, &[]);
        file.extend(body);
        prop_assert_eq!(read(file.as_slice(), &layout), read(Drip { bytes: &file, step }, &layout));
    }
}

/// More than two megabytes, so that records lie across the borders of the reader's chunks.
#[test]
fn chunk_borders_do_not_matter() {
    for layout in LAYOUTS {
        let odd = if layout.quote.is_some() { format!("x{}\ny\"'", char::from(layout.delimiter)) } else { "x".to_owned() };
        let record = |number: usize| vec![format!("{number}"), "ä€".repeat(number % 40), odd.repeat(number % 3), String::new()];
        let records: Vec<Vec<String>> = (0..40_000).map(record).collect();
        let lines: Vec<Vec<u8>> = records.iter().map(|fields| layout.write(fields)).collect();
        let file = layout.file(4, &lines);
        assert!(file.len() > 2 << 20, "{}", file.len());
        for step in [file.len(), 4_099] {
            let read_back: Vec<Vec<String>> =
                read(Drip { bytes: &file, step }, &layout).into_iter().map(|(_, fields)| fields.expect("a clean record")).collect();
            assert!(read_back == records, "{layout:?}");
        }
    }
}

/// A line longer than any record is one defect, however long; the next line is read as ever.
#[test]
fn a_long_line_costs_one_record() {
    for layout in LAYOUTS {
        for length in [65_535_usize, 65_536, 65_537, 70_000, 1 << 20, (1 << 20) + 1, 3_000_000] {
            let long = [b"L".repeat(length - 2), vec![layout.delimiter, b'b']].concat();
            let clean = layout.write(&["a".to_owned(), "b".to_owned()]);
            let lines = [clean.clone(), long, clean.clone(), clean];
            let read_back = read(layout.file(2, &lines).as_slice(), &layout);
            let pair = || Ok(vec!["a".to_owned(), "b".to_owned()]);
            let middle =
                if length > 65_536 { Err(QuarantineCode::TooLong) } else { Ok(vec!["L".repeat(length - 2), "b".to_owned()]) };
            assert!(read_back == [(2, pair()), (3, middle), (4, pair()), (5, pair())], "{layout:?} {length}");
        }
    }
}

/// The line end before the end of the file belongs to the last record: without it the record may have been cut.
#[test]
fn a_long_last_line_without_an_end_is_a_defect() {
    let mut file = COMMA.file(2, &[b"a,b".to_vec()]);
    file.extend(b"L".repeat(200_000));
    let read_back = read(file.as_slice(), &COMMA);
    assert_eq!(read_back[0], (2, Ok(vec!["a".to_owned(), "b".to_owned()])));
    assert_eq!(read_back.len(), 2);
    assert!(read_back[1].1.is_err());
}

/// A quote that is never closed costs its own line, not the rest of the file.
#[test]
fn an_open_quote_costs_its_line() {
    let lines = [b"a,\"b".to_vec(), b"c,d".to_vec(), b"e,\"f\"".to_vec(), b"g,h".to_vec()];
    let read_back = read(COMMA.file(2, &lines).as_slice(), &COMMA);
    let pair = |a: &str, b: &str| Ok(vec![a.to_owned(), b.to_owned()]);
    let expected = vec![(2, Err(QuarantineCode::StrayQuote)), (3, pair("c", "d")), (4, pair("e", "f")), (5, pair("g", "h"))];
    assert_eq!(read_back, expected);
}

/// A record over two lines that has not the header's width is one defect where its second line is no record by itself, and else a stray
/// quote on its first line.
#[test]
fn a_record_over_lines_needs_the_width_of_the_header() {
    let read_lines = |lines: &[&str]| {
        read(COMMA.file(2, &lines.iter().map(|line| line.as_bytes().to_vec()).collect::<Vec<_>>()).as_slice(), &COMMA)
    };
    let texts = |fields: &[&str]| Ok(fields.iter().map(|field| (*field).to_owned()).collect());
    let stray = || Err(QuarantineCode::StrayQuote);
    assert_eq!(read_lines(&["a,\"b", "c\"", "d,e"]), [(2, texts(&["a", "b\nc"])), (4, texts(&["d", "e"]))]);
    assert_eq!(read_lines(&["a,\"b", "c\",d", "e,f"]), [(2, texts(&["a", "b\nc", "d"])), (4, texts(&["e", "f"]))]);
    assert_eq!(read_lines(&["\"a", "b\"", "c,d"]), [(2, texts(&["a\nb"])), (4, texts(&["c", "d"]))]);
    assert_eq!(read_lines(&["a,\"b", "c,\"", "e,f"]), [(2, texts(&["a", "b\nc,"])), (4, texts(&["e", "f"]))]);
    assert_eq!(read_lines(&["a,b,\"c", "d,\"\"", "e,f"]), [(2, stray()), (3, texts(&["d", ""])), (4, texts(&["e", "f"]))]);
}

#[test]
fn an_empty_file_has_no_header() {
    assert!(DelimitedReader::new(io::empty(), &COMMA.delimited()).is_err());
}
