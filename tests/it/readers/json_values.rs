//! JSON Lines of every value, written in every way that JSON allows: what was written is read.

use super::{layout, outcomes, read_path};
use attachrate::io::readers::layout::JsonLines;
use attachrate::io::readers::{FieldKind, FileReader, Format};
use proptest::collection::vec;
use proptest::prelude::*;

/// A value as it stands in the file, with its text and its kind.
#[derive(Debug, Clone)]
struct Value {
    json: String,
    text: String,
    kind: FieldKind,
}

/// A text in quotes; `escapes` says of each letter, in turn, how it is written.
fn quoted(text: &str, escapes: &[u8]) -> String {
    let mut json = "\"".to_owned();
    for (letter, how) in text.chars().zip(escapes.iter().cycle()) {
        let units = || letter.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04X}")).collect::<String>();
        let short = match letter {
            '"' => Some("\\\""),
            '\\' => Some("\\\\"),
            '/' => Some("\\/"),
            '\n' => Some("\\n"),
            '\r' => Some("\\r"),
            '\t' => Some("\\t"),
            '\u{8}' => Some("\\b"),
            '\u{c}' => Some("\\f"),
            _ => None,
        };
        match (how % 3, short) {
            (0, _) => json.push_str(&units()),
            (_, Some(short)) => json.push_str(short),
            (_, None) if letter < ' ' => json.push_str(&units().to_lowercase()),
            (_, None) => json.push(letter),
        }
    }
    json + "\""
}

fn any_text() -> impl Strategy<Value = Value> {
    ("[A-Za-z0-9äß€語𝄞 \"\\\\/\n\r\t\u{8}\u{c}\u{1}\u{7f}{}\\[\\]:,]{0,8}", vec(any::<u8>(), 1..5))
        .prop_map(|(text, escapes)| Value { json: quoted(&text, &escapes), text, kind: FieldKind::Text })
}

fn any_value() -> impl Strategy<Value = Value> {
    // Digit for digit, whatever a number of the machine would hold.
    let number = "-?(0|[1-9][0-9]{0,24})(\\.[0-9]{1,6})?";
    let word = prop::sample::select(vec![("null", ""), ("true", "true"), ("false", "false")]);
    prop_oneof![
        4 => any_text(),
        3 => number.prop_map(|text| Value { json: text.clone(), text, kind: FieldKind::Number }),
        1 => word.prop_map(|(json, text)| Value { json: json.to_owned(), text: text.to_owned(), kind: FieldKind::Text }),
        1 => vec(any_text(), 2..4).prop_map(|values| Value {
            json: format!("[{}]", values.iter().map(|value| value.json.as_str()).collect::<Vec<_>>().join(" ,")),
            text: values.iter().map(|value| value.text.as_str()).collect::<Vec<_>>().join("|"),
            kind: FieldKind::Text,
        }),
    ]
}

/// One object: three fields at their paths, among others, in any order.
fn line(values: &[Value; 3], is_turned: bool, blank: &str) -> String {
    let [a, b, c] = values.each_ref().map(|value| value.json.as_str());
    let mut members = [
        format!("{blank}\"a\"{blank}:{blank}{a}"),
        format!("\"b\":{{\"other\":[1,{{\"c\":2}}]{blank},\"c\":{b}}}"),
        format!("\"d\":[{{\"e\":\"not this\"}},{blank}{{\"e\":{c}{blank}}}]"),
        "\"not asked\":{\"a\":{\"a\":null}}".to_owned(),
    ];
    if is_turned {
        members.reverse();
    }
    format!("{{{}}}{blank}", members.join(","))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn what_was_written_is_read(
        rows in vec(([any_value(), any_value(), any_value()], any::<bool>(), "[ \t]{0,2}"), 1..6), has_crlf in any::<bool>(),
    ) {
        let end = if has_crlf { "\r\n" } else { "\n" };
        let content: String = rows.iter().map(|(values, is_turned, blank)| line(values, *is_turned, blank) + end).collect();
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("sales.jsonl");
        std::fs::write(&path, &content).expect("a file");
        let layout = layout(Format::JsonLines(JsonLines { paths: ["a", "b.c", "d.1.e"].map(str::to_owned).to_vec() }));
        let found = outcomes(read_path(&path, &layout).expect("a readable file"));
        prop_assert_eq!(found.len(), rows.len());
        for ((_, fields), (values, ..)) in found.iter().zip(&rows) {
            prop_assert_eq!(fields.as_ref(), Ok(&values.each_ref().map(|value| value.text.clone()).to_vec()), "{}", content);
        }
        let mut reader = FileReader::open(&path, &layout).expect("a readable file");
        reader.next_section().expect("readable").expect("a section");
        for (values, ..) in &rows {
            let record = reader.next_record().expect("readable").expect("a record");
            let fields = record.fields.expect("a clean record");
            for (place, value) in values.iter().enumerate() {
                prop_assert_eq!(fields.kind(place), value.kind, "{}", value.json);
            }
        }
    }
}
