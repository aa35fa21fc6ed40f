//! Delimited text in every form that can be declared: what was written is read.

use super::text::encoded;
use super::{clean, layout, outcomes, read};
use attachrate::io::readers::layout::{Delimited, Frame, Header};
use attachrate::io::readers::{Encoding, Format};
use proptest::collection::vec;
use proptest::prelude::*;
use regex::Regex;

/// How a sender writes; what stands in no layout is how much he quotes and how his lines end.
#[derive(Debug, Clone)]
struct Form {
    delimiter: &'static str,
    quote: Option<char>,
    escape: Option<char>,
    quotes_all: bool,
    line_end: &'static str,
    header: u8,
    has_trailing_delimiter: bool,
    preamble_lines: usize,
    trailer_lines: usize,
    has_trailer_pattern: bool,
    has_last_line_end: bool,
    encoding: Encoding,
}

const NAMES: [&str; 3] = ["no", "Größe", "amount"];
const TRAILER: &str = "=== total";

impl Form {
    /// A field; `None` where the form cannot carry it.
    fn field(&self, text: &str) -> Option<String> {
        let is_mark = |letter: char| self.delimiter.contains(letter) || Some(letter) == self.quote || Some(letter) == self.escape;
        let has_mark = text.chars().any(|letter| is_mark(letter) || matches!(letter, '\n' | '\r'));
        match (self.quote, self.escape) {
            (Some(quote), None) if has_mark || self.quotes_all => {
                Some(format!("{quote}{}{quote}", text.replace(quote, &format!("{quote}{quote}"))))
            }
            (Some(quote), Some(escape)) if has_mark || self.quotes_all => {
                let is_escaped = |letter: &char| *letter == quote || *letter == escape;
                let inner = text.chars().flat_map(|letter| is_escaped(&letter).then_some(escape).into_iter().chain([letter]));
                Some(format!("{quote}{}{quote}", inner.collect::<String>()))
            }
            (None, Some(escape)) => {
                let inner = text.chars().flat_map(|letter| is_mark(letter).then_some(escape).into_iter().chain([letter]));
                (!text.contains(['\n', '\r'])).then(|| inner.collect())
            }
            (None, None) if has_mark => None,
            _ => Some(text.to_owned()),
        }
    }

    fn line(&self, fields: &[&str]) -> Option<String> {
        let fields = fields.iter().map(|field| self.field(field)).collect::<Option<Vec<_>>>()?;
        let end = if self.has_trailing_delimiter { self.delimiter } else { "" };
        Some(fields.join(self.delimiter) + end)
    }

    fn declared(&self) -> Delimited {
        let frame = Frame {
            encoding: self.encoding,
            preamble_lines: self.preamble_lines as u32,
            trailer_lines: self.trailer_lines as u32,
            trailer_pattern: self.has_trailer_pattern.then(|| Regex::new(&format!("^{TRAILER}")).expect("a pattern")),
            has_last_line_end: self.has_last_line_end,
        };
        Delimited {
            frame,
            delimiter: encoded(self.delimiter, self.encoding.read_as(), false),
            quote: self.quote.map(|mark| mark as u8),
            escape: self.escape.map(|mark| mark as u8),
            header: match self.header {
                0 => Header::Absent(NAMES.map(str::to_owned).to_vec()),
                1 => Header::First,
                _ => Header::Repeated,
            },
            has_trailing_delimiter: self.has_trailing_delimiter,
        }
    }
}

fn any_form() -> impl Strategy<Value = Form> {
    let marks = (
        prop::sample::select(vec![",", ";", "\t", "|", "^", "||", "~^", "§", "; "]),
        prop::sample::select(vec![None, Some('"'), Some('\'')]),
        prop::sample::select(vec![None, None, Some('\\')]),
        any::<bool>(),
        prop::sample::select(vec!["\n", "\r\n"]),
    );
    let frame = (0..3_u8, any::<bool>(), 0..3_usize, 0..3_usize, any::<bool>(), any::<bool>());
    let encoding =
        prop::sample::select(vec![Encoding::Utf8, Encoding::Utf16Le, Encoding::Utf16Be, Encoding::Windows1252, Encoding::Iso88591]);
    (marks, frame, encoding).prop_map(|((delimiter, quote, escape, quotes_all, line_end), frame, encoding)| {
        let (header, has_trailing_delimiter, preamble_lines, trailer_lines, has_trailer_pattern, has_last_line_end) = frame;
        Form {
            delimiter,
            quote,
            escape,
            quotes_all,
            line_end,
            header,
            has_trailing_delimiter,
            preamble_lines,
            trailer_lines,
            has_trailer_pattern,
            has_last_line_end,
            encoding,
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn what_was_written_is_read(
        form in any_form(),
        // A first column that tells where records begin, as senders have it.
        texts in vec(("[A-Za-z0-9äöüéñ ,;|^~§\"'\\\\.\r\n-]{0,7}", "[0-9]{1,3}(\\.[0-9]{2})?"), 0..9),
    ) {
        let rows: Vec<[String; 3]> = texts.iter().zip(1_000..).map(|((text, amount), no)| [no.to_string(), text.clone(), amount.clone()]).collect();
        // A carriage return right before a line end is one of the two.
        let can_carry = |row: &&[String; 3]| {
            form.line(&row.each_ref().map(String::as_str)).is_some() && !row[1].ends_with('\r') && !row[1].contains("\r\n")
        };
        let rows: Vec<&[String; 3]> = rows.iter().filter(can_carry).collect();
        let mut lines: Vec<String> = (0..form.preamble_lines).map(|number| format!("Report {number}, \"draft")).collect();
        let header = form.line(&NAMES).expect("plain names");
        if form.header > 0 {
            lines.push(header.clone());
        }
        let mut expected = Vec::new();
        let mut line_number = lines.len() as u64 + 1;
        for (number, row) in rows.iter().enumerate() {
            if form.header == 2 && number == 3 {
                lines.push(header.clone());
                line_number += 1;
            }
            let line = form.line(&row.each_ref().map(String::as_str)).expect("a row that can be carried");
            expected.push((line_number, clean(&row.each_ref().map(String::as_str))));
            line_number += 1 + line.matches('\n').count() as u64;
            lines.push(line);
        }
        lines.extend((0..form.trailer_lines).map(|number| format!("{TRAILER} {number}")));
        let end = if form.has_last_line_end { form.line_end } else { "" };
        let content = lines.join(form.line_end) + end;
        let bytes = encoded(&content, form.encoding, false);
        let found = outcomes(read("sales.txt", &bytes, &layout(Format::Delimited(form.declared()))).expect("a readable file"));
        prop_assert_eq!(found, expected, "{:?}\n{}", form, content);
    }
}
