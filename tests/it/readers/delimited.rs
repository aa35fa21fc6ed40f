//! Delimited text as senders vary it, and pollution of one line at every byte.

use super::{clean, comma, layout, outcomes, read, refusal};
use attachrate::finding::QuarantineCode;
use attachrate::io::readers::layout::{Delimited, Header};
use attachrate::io::readers::{Encoding, FileReader, Format};
use regex::Regex;

type Outcome = (u64, Result<Vec<String>, QuarantineCode>);

fn read_text(text: &str, delimited: Delimited) -> Vec<Outcome> {
    outcomes(read("sales.csv", text.as_bytes(), &layout(Format::Delimited(delimited))).expect("a readable file"))
}

#[test]
fn preamble_and_trailers_are_no_records() {
    let mut delimited = comma(Encoding::Utf8);
    delimited.frame.preamble_lines = 2;
    delimited.frame.trailer_lines = 1;
    let text = "Report of January\n\na,b\n1,2\n3,4\nTOTAL,2\n";
    assert_eq!(read_text(text, delimited.clone()), [(4, clean(&["1", "2"])), (5, clean(&["3", "4"]))]);
    delimited.frame.trailer_pattern = Some(Regex::new("^TOTAL,").expect("a pattern"));
    assert_eq!(read_text(text, delimited.clone()).len(), 2);
    // Without its trailer the file may have been cut: its last record must not pass for one.
    let message = refusal("sales.csv", b"x\n\na,b\n1,2\n3,4\n", &layout(Format::Delimited(delimited)));
    assert!(message.contains("trailer"), "{message}");
}

#[test]
fn trailers_by_their_look_stand_anywhere_and_are_told() {
    let mut delimited = comma(Encoding::Utf8);
    delimited.header = Header::Repeated;
    delimited.frame.trailer_pattern = Some(Regex::new("^(TOTAL|Page )").expect("a pattern"));
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("sales.csv");
    std::fs::write(&path, "a,b\n1,2\nPage 1\na,b\n3,4\nTOTAL,6\n").expect("a file");
    let layout = layout(Format::Delimited(delimited));
    let records = super::read_path(&path, &layout).expect("a readable file");
    assert_eq!(outcomes(records), [(2, clean(&["1", "2"])), (5, clean(&["3", "4"]))]);
    let mut reader = FileReader::open(&path, &layout).expect("a readable file");
    reader.next_section().expect("a header");
    while reader.next_record().expect("a readable file").is_some() {}
    let trailers: Vec<_> = reader.trailers().iter().map(|trailer| (trailer.line, trailer.text.clone())).collect();
    assert_eq!(trailers, [(3, "Page 1".to_owned()), (6, "TOTAL,6".to_owned())]);
    assert_eq!(reader.passed_over(), 3);
}

/// Found by fuzzing: such a line has the fields of a header, but no text.
#[test]
fn an_undecodable_line_among_repeated_headers_is_a_record() {
    let mut delimited = comma(Encoding::Utf8);
    delimited.header = Header::Repeated;
    let records = read("sales.csv", b"a,b\n1,2\na,\xE1\na,b\n3,4\n", &layout(Format::Delimited(delimited)));
    let undecodable = (3, Err(QuarantineCode::Undecodable));
    assert_eq!(outcomes(records.expect("a readable file")), [(2, clean(&["1", "2"])), undecodable, (5, clean(&["3", "4"]))]);
}

#[test]
fn columns_without_a_header() {
    let mut delimited = comma(Encoding::Utf8);
    delimited.header = Header::Absent(vec!["date".into(), "sku".into()]);
    assert_eq!(read_text("1,2\n3,4\n", delimited), [(1, clean(&["1", "2"])), (2, clean(&["3", "4"]))]);
}

#[test]
fn a_trailing_delimiter_ends_no_field() {
    let mut delimited = comma(Encoding::Utf8);
    delimited.has_trailing_delimiter = true;
    for header in ["a,b", "a,b,"] {
        let text = format!("{header}\n1,2,\n3,4\n5,6,7\n,,\n");
        let field_count = || Err(QuarantineCode::FieldCount);
        // Without the delimiter, or with a value behind it, a record is not what was declared.
        assert_eq!(
            read_text(&text, delimited.clone()),
            [(2, clean(&["1", "2"])), (3, field_count()), (4, field_count()), (5, clean(&["", ""])),]
        );
    }
    // Undeclared, a last column without a name has no values.
    let ghost = read_text("a,b,\n1,2,\n3,4,5\n", comma(Encoding::Utf8));
    assert_eq!(ghost, [(2, clean(&["1", "2", ""])), (3, Err(QuarantineCode::FieldCount))]);
}

#[test]
fn escapes_and_long_delimiters() {
    let mut delimited = comma(Encoding::Utf8);
    delimited.escape = Some(b'\\');
    let text = "a,b\n\"x \\\" y\",1\nq\\,r,s\\\\t\n\"u\",v\"\n";
    let stray = || Err(QuarantineCode::StrayQuote);
    assert_eq!(read_text(text, delimited), [(2, clean(&["x \" y", "1"])), (3, clean(&["q,r", "s\\t"])), (4, stray()),]);
    let mut delimited = comma(Encoding::Utf8);
    delimited.delimiter = b"~|~".to_vec();
    let text = "a~|~b\n1~2~|~3|4\n\"5~|~6\"~|~7\n8~|~9~|~\n";
    assert_eq!(
        read_text(text, delimited),
        [(2, clean(&["1~2", "3|4"])), (3, clean(&["5~|~6", "7"])), (4, clean(&["8", "9", ""])),]
    );
    let mut delimited = comma(Encoding::Windows1252);
    delimited.delimiter = Encoding::Windows1252.encode_mark('¦').expect("a mark of the code page");
    let records = read("sales.csv", b"a\xA6b\n\xFC\xA6\x80\n", &layout(Format::Delimited(delimited))).expect("readable");
    assert_eq!(outcomes(records), [(2, clean(&["ü", "€"]))]);
}

#[test]
fn a_line_that_was_cut_behind_an_escape_takes_no_record_with_it() {
    let mut delimited = comma(Encoding::Utf8);
    delimited.escape = Some(b'\\');
    let text = "a,b\nx\\\ny,1\nu,2\\\n3\nv,4\n";
    let records = read_text(text, delimited);
    assert_eq!(
        records,
        [(2, Err(QuarantineCode::FieldCount)), (3, clean(&["y", "1"])), (4, clean(&["u", "2\n3"])), (6, clean(&["v", "4"]))]
    );
}

#[test]
fn a_last_line_without_an_end_is_taken_only_by_declaration() {
    let mut delimited = comma(Encoding::Utf8);
    let last = |outcomes: Vec<Outcome>| outcomes.into_iter().next_back().expect("a record");
    assert_eq!(last(read_text("a,b\n1,2\n3,\"4\"", delimited.clone())), (3, Err(QuarantineCode::Unterminated)));
    delimited.frame.has_last_line_end = false;
    assert_eq!(last(read_text("a,b\n1,2\n3,\"4\"", delimited.clone())), (3, clean(&["3", "4"])));
    assert_eq!(last(read_text("a,b\n1,2\n3,\"4", delimited)), (3, Err(QuarantineCode::StrayQuote)));
}

#[test]
fn the_end_of_file_character_of_dos_is_no_record() {
    let records = read("sales.csv", b"a,b\r\nM\x81ller,\xE1\r\n\x1A", &layout(Format::Delimited(comma(Encoding::Cp437))));
    assert_eq!(outcomes(records.expect("a readable file")), [(2, clean(&["Müller", "ß"]))]);
}

/// A sender's file whose quoted fields hold line ends, delimiters and quotes. The last field of every record is a fixed text, so that no
/// cut of a line leaves a whole record behind.
fn lines() -> Vec<(String, Vec<String>)> {
    let texts = ["plain", "two\nlines", "with, comma", "with \"quote\"", "", "three\r\nmore\nlines, and \"all\""];
    (0..24)
        .map(|number| {
            let fields: Vec<String> =
                vec![format!("R{number}"), texts[number % 6].to_owned(), texts[number / 6].to_owned(), "end".to_owned()];
            let written = fields.iter().map(|field| {
                if field.contains([',', '"', '\n']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field.clone() }
            });
            (written.collect::<Vec<_>>().join(","), fields)
        })
        .collect()
}

/// The strict grammar on one line by itself, character by character.
fn parses_as(line: &str) -> Option<Vec<String>> {
    let mut fields = vec![String::new()];
    let mut letters = line.chars().peekable();
    let mut is_quoted = false;
    let mut at_start = true;
    while let Some(letter) = letters.next() {
        let field = fields.last_mut()?;
        match letter {
            '"' if is_quoted && letters.peek() == Some(&'"') => {
                letters.next();
                field.push('"');
            }
            '"' if is_quoted => {
                is_quoted = false;
                if letters.peek().is_some_and(|next| *next != ',') {
                    return None;
                }
            }
            '"' if at_start => is_quoted = true,
            '"' => return None,
            ',' if !is_quoted => {
                fields.push(String::new());
                at_start = true;
                continue;
            }
            '\n' if !is_quoted => return None,
            other => field.push(other),
        }
        at_start = false;
    }
    (!is_quoted).then_some(fields)
}

/// The cast of the first column.
fn is_id(field: &str) -> bool {
    field.strip_prefix('R').is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// At every byte of one record: a delimiter or a quote too many, a delimiter or a quote too few, a cut. No wrong record is accepted, every
/// other is exact, and nothing but the polluted record is lost.
#[test]
fn pollution_at_every_byte_costs_its_record_alone() {
    let clean_lines = lines();
    let format = layout(Format::Delimited(comma(Encoding::Utf8)));
    for victim in [0, 1, 7, 8, 13, 20, 23] {
        let original = &clean_lines[victim].0;
        let mut polluted: Vec<String> = Vec::new();
        for at in 0..=original.len() {
            let (before, behind) = original.split_at(at);
            polluted.push(format!("{before},{behind}"));
            polluted.push(format!("{before}\"{behind}"));
            if let Some(rest) = behind.strip_prefix([',', '"']) {
                polluted.push(format!("{before}{rest}"));
            }
            // A cut takes the rest of the record with it.
            polluted.push(before.to_owned());
        }
        for line in polluted {
            let survives = parses_as(&line).filter(|fields| fields.len() == 4 && is_id(&fields[0]));
            let mut text = "id,one,two,last\n".to_owned();
            for (number, (clean_line, _)) in clean_lines.iter().enumerate() {
                text.push_str(if number == victim { &line } else { clean_line });
                text.push('\n');
            }
            let accepted: Vec<Vec<String>> = read("sales.csv", text.as_bytes(), &format)
                .expect("a readable file")
                .into_iter()
                // A piece of a text that looks like a record has no id where the id stands: the contract refuses it.
                .filter_map(|(_, _, fields)| fields.ok().filter(|fields| fields.len() == 4 && is_id(&fields[0])))
                .collect();
            let expected: Vec<Vec<String>> = clean_lines
                .iter()
                .enumerate()
                .filter_map(|(number, (_, fields))| if number == victim { survives.clone() } else { Some(fields.clone()) })
                .collect();
            assert!(accepted == expected, "record {victim} as {line:?}\n{accepted:?}");
        }
    }
}

/// A file that is cut at any byte: what was whole is exact, the rest is not accepted.
#[test]
fn a_file_cut_at_any_byte_loses_its_last_record_alone() {
    let clean_lines = lines();
    let text = clean_lines.iter().fold("id,one,two,last\n".to_owned(), |text, (line, _)| text + line + "\n");
    let mut ends = vec!["id,one,two,last\n".len()];
    for (line, _) in &clean_lines {
        ends.push(ends[ends.len() - 1] + line.len() + 1);
    }
    let format = layout(Format::Delimited(comma(Encoding::Utf8)));
    for cut in ends[0]..text.len() {
        let whole = ends.iter().filter(|end| **end <= cut).count() - 1;
        let records = read("sales.csv", &text.as_bytes()[..cut], &format).expect("a readable file");
        let accepted: Vec<Vec<String>> =
            records.iter().filter_map(|(_, _, fields)| fields.clone().ok().filter(|fields| fields.len() == 4)).collect();
        let expected: Vec<Vec<String>> = clean_lines[..whole].iter().map(|(_, fields)| fields.clone()).collect();
        assert_eq!(accepted, expected, "cut at {cut}");
        assert_eq!(records.len() > whole, !ends.contains(&cut), "cut at {cut}");
    }
}
