//! The bar on pollution: of a file in which one physical line is polluted, no wrong record is accepted, every other record is exact, and
//! nothing but the polluted record is lost. Every place of every line of records in many shapes, with every kind of pollution.

use super::frame;
use attachrate::io::readers::layout::{Delimited, Header};
use attachrate::io::readers::{DelimitedReader, Encoding};
use std::ops::Range;

/// How a sender writes text.
#[derive(Debug, Clone, Copy)]
struct Shape {
    delimiter: &'static str,
    quote: Option<char>,
    escape: Option<char>,
    quotes_all: bool,
    line_end: &'static str,
    encoding: Encoding,
    has_trailing_delimiter: bool,
    has_header: bool,
    /// Which of the six columns hold texts.
    text: Text,
}

/// Where texts stand that may hold line ends.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Text {
    Middle,
    Last,
    Both,
}

const PLAIN: Shape = Shape {
    delimiter: ",",
    quote: Some('"'),
    escape: None,
    quotes_all: false,
    line_end: "\n",
    encoding: Encoding::Utf8,
    has_trailing_delimiter: false,
    has_header: true,
    text: Text::Middle,
};

const SHAPES: [Shape; 12] = [
    PLAIN,
    Shape { text: Text::Last, ..PLAIN },
    Shape { text: Text::Both, line_end: "\r\n", ..PLAIN },
    Shape { text: Text::Both, quotes_all: true, delimiter: ";", encoding: Encoding::Windows1252, ..PLAIN },
    Shape { text: Text::Last, quotes_all: true, line_end: "\r\n", ..PLAIN },
    Shape { text: Text::Middle, quotes_all: true, has_header: false, ..PLAIN },
    Shape { text: Text::Last, delimiter: "|", quote: Some('\''), encoding: Encoding::Cp850, ..PLAIN },
    Shape { text: Text::Last, delimiter: "~|~", encoding: Encoding::Iso88591, ..PLAIN },
    Shape { text: Text::Both, escape: Some('\\'), ..PLAIN },
    Shape { text: Text::Last, encoding: Encoding::Utf16Le, line_end: "\r\n", ..PLAIN },
    Shape { text: Text::Middle, has_trailing_delimiter: true, ..PLAIN },
    Shape { text: Text::Last, delimiter: "\t", quote: None, ..PLAIN },
];

/// Texts as people write them into fields; `D` stands for the delimiter, `Q` for the quote.
const TEXTS: [&str; 11] = [
    "plain",
    "two\nlines",
    "withD delimiter",
    "with QquoteQ",
    "",
    "three\nmoreD lines\nand QallQ of it",
    "ends with QquoteQ",
    "\nstarts with a line end",
    "ends with a line end\n",
    "aD bD c\nd\n\ne",
    "Größe Q15QQ\nQ",
];

const RECORDS: usize = 22;

impl Shape {
    fn layout(&self) -> Delimited {
        let names = ["id", "date", "note", "quantity", "amount", "more"].map(str::to_owned).to_vec();
        Delimited {
            frame: frame(self.encoding),
            delimiter: self.delimiter.as_bytes().to_vec(),
            quote: self.quote.map(|quote| quote as u8),
            escape: self.escape.map(|escape| escape as u8),
            header: if self.has_header { Header::First } else { Header::Absent(names) },
            has_trailing_delimiter: self.has_trailing_delimiter,
        }
    }

    /// The fields of a record: an id, a date, numbers, and one or two texts.
    fn fields(&self, number: usize) -> Vec<String> {
        let text = |number: usize, is_last: bool| {
            // A line with a quote alone is as well a record that was cut behind its first byte.
            let is_open = is_last && TEXTS[number % TEXTS.len()].ends_with('\n');
            let number = if is_open { 0 } else { number };
            let (quote, end) = (self.quote.map(String::from).unwrap_or_default(), if self.quote.is_some() { "\n" } else { " " });
            let delimiter = if self.quote.is_some() { self.delimiter } else { "/" };
            TEXTS[number % TEXTS.len()].replace('D', delimiter).replace('Q', &quote).replace('\n', end)
        };
        let [id, date] = [format!("R{number}"), format!("2026-01-{:02}", number % 28 + 1)];
        let [quantity, amount] = [(number % 7 + 1).to_string(), format!("{number}.50")];
        let one = text(number, self.text == Text::Last);
        let two = text(number * 5 + number / TEXTS.len() + 3, true);
        match self.text {
            Text::Middle => vec![id, date, one, quantity, amount, "end".to_owned()],
            Text::Last => vec![id, date, quantity, amount, "end".to_owned(), one],
            Text::Both => vec![id, date, one, quantity, amount, two],
        }
    }

    fn field(&self, field: &str) -> String {
        let Some(quote) = self.quote else { return field.to_owned() };
        let must =
            field.contains([quote, '\n', '\r']) || field.contains(self.delimiter) || self.escape.is_some_and(|e| field.contains(e));
        if !self.quotes_all && !must {
            return field.to_owned();
        }
        let inner = match self.escape {
            Some(escape) => field.replace(escape, &format!("{escape}{escape}")).replace(quote, &format!("{escape}{quote}")),
            None => field.replace(quote, &format!("{quote}{quote}")),
        };
        format!("{quote}{inner}{quote}")
    }

    /// A record as text, without its line end.
    fn record(&self, fields: &[String]) -> String {
        let fields: Vec<String> = fields.iter().map(|field| self.field(field)).collect();
        fields.join(self.delimiter) + if self.has_trailing_delimiter { self.delimiter } else { "" }
    }

    fn bytes(&self, text: &str) -> Vec<u8> {
        super::text::encoded(text, self.encoding, false)
    }

    /// The strict grammar on one record by itself, character by character; `None` where it is none.
    fn parse(&self, record: &str) -> Option<Vec<String>> {
        let mut fields = Vec::new();
        let mut rest = record;
        loop {
            let mut content = String::new();
            if let Some(inner) = self.quote.and_then(|quote| rest.strip_prefix(quote)) {
                let quote = self.quote?;
                rest = inner;
                loop {
                    let letter = rest.chars().next()?;
                    rest = &rest[letter.len_utf8()..];
                    if Some(letter) == self.escape {
                        content.push(rest.chars().next()?);
                        rest = &rest[rest.chars().next()?.len_utf8()..];
                    } else if letter == quote {
                        match rest.strip_prefix(quote) {
                            Some(behind) => rest = behind,
                            None => break,
                        }
                        content.push(quote);
                    } else {
                        content.push(letter);
                    }
                }
                if !rest.is_empty() && !rest.starts_with(self.delimiter) {
                    return None;
                }
            } else {
                while !rest.is_empty() && !rest.starts_with(self.delimiter) {
                    let letter = rest.chars().next()?;
                    rest = &rest[letter.len_utf8()..];
                    match letter {
                        '\n' => return None,
                        _ if Some(letter) == self.quote => return None,
                        _ if Some(letter) == self.escape => {
                            content.push(rest.chars().next()?);
                            rest = &rest[rest.chars().next()?.len_utf8()..];
                        }
                        _ => content.push(letter),
                    }
                }
            }
            fields.push(content);
            match rest.strip_prefix(self.delimiter) {
                None => break,
                Some(behind) => rest = behind,
            }
        }
        if self.has_trailing_delimiter && fields.pop().as_deref() != Some("") {
            return None;
        }
        (fields.len() == 6).then_some(fields)
    }

    /// What may happen to one physical line: a delimiter or a quote too many or too few, and a cut, at each of its places.
    fn polluted(&self, record: &str) -> Vec<String> {
        let mut all = Vec::new();
        for (at, _) in record.char_indices().chain([(record.len(), ' ')]) {
            let (before, behind) = record.split_at(at);
            all.push(format!("{before}{}{behind}", self.delimiter));
            if let Some(quote) = self.quote {
                all.push(format!("{before}{quote}{behind}"));
            }
            all.extend(behind.strip_prefix(self.delimiter).map(|behind| format!("{before}{behind}")));
            // A cut takes the rest of the line with it; the lines behind it stay.
            // Behind half a delimiter is no place, and behind an escape the line end is one of a field's.
            let is_escape = self.escape.is_some_and(|escape| before.ends_with(escape));
            let is_no_place = is_escape || (1..self.delimiter.len()).any(|part| before.ends_with(&self.delimiter[..part]));
            let end = behind.find('\n').unwrap_or(behind.len());
            all.extend((!is_no_place).then(|| format!("{before}{}", &behind[end..])));
        }
        // Of a record over several lines whose first is gone, the rest may as well belong to the record before.
        all.retain(|polluted| polluted != record && !polluted.starts_with('\n'));
        all.sort();
        all.dedup();
        all
    }
}

/// Whether the columns that are no texts hold what the contract casts.
fn is_cast(shape: &Shape, fields: &[String]) -> bool {
    let at = match shape.text {
        Text::Middle | Text::Both => [0, 1, 3, 4],
        Text::Last => [0, 1, 2, 3],
    };
    let [id, date, quantity, amount] = at.map(|place| fields[place].as_str());
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    id.strip_prefix('R').is_some_and(is_number)
        && date.len() == 10
        && date.strip_prefix("2026-01-").is_some_and(is_number)
        && is_number(quantity)
        && amount.split_once('.').is_some_and(|(whole, cents)| is_number(whole) && is_number(cents))
}

/// What was read: accepted records, and the lines of those that were not.
fn read(shape: &Shape, text: &str) -> (Vec<Vec<String>>, Vec<u64>) {
    let bytes = shape.bytes(text);
    let mut reader = DelimitedReader::new(bytes.as_slice(), &shape.layout()).expect("a clean header");
    let (mut accepted, mut lost) = (Vec::new(), Vec::new());
    while let Some(record) = reader.next_record().expect("memory") {
        let line = record.place.line;
        match record.fields {
            Ok(fields) => {
                let fields: Vec<String> = fields.iter().map(str::to_owned).collect();
                if fields.len() == 6 && is_cast(shape, &fields) { accepted.push(fields) } else { lost.push(line) }
            }
            Err(_) => lost.push(line),
        }
    }
    (accepted, lost)
}

#[test]
fn one_polluted_line_costs_its_record_alone() {
    for shape in SHAPES {
        let records: Vec<Vec<String>> = (0..RECORDS).map(|number| shape.fields(number)).collect();
        let written: Vec<String> = records.iter().map(|fields| shape.record(fields)).collect();
        let names = shape.record(&["id", "date", "note", "quantity", "amount", "more"].map(str::to_owned)) + shape.line_end;
        let header = if shape.has_header { names.as_str() } else { "" };
        for victim in 0..RECORDS {
            // The neighbours are what a reader may take for parts of the polluted record.
            let before = victim.saturating_sub(3)..victim;
            let behind = victim + 1..RECORDS.min(victim + 4);
            let line_of = |number: usize| format!("{}{}", written[number], shape.line_end);
            let start = header.to_owned() + &before.clone().map(line_of).collect::<String>();
            let end: String = behind.clone().map(line_of).collect();
            let first = start.matches('\n').count() as u64 + 1;
            for polluted in shape.polluted(&written[victim]) {
                let text = format!("{start}{polluted}{}{end}", shape.line_end);
                // What is left may be a record by itself, as where a delimiter was added within quotes: no reader can know.
                let survivor = shape.parse(&polluted).filter(|fields| is_cast(&shape, fields));
                let others = |numbers: Range<usize>| records[numbers].iter().cloned();
                let expected: Vec<Vec<String>> =
                    others(before.clone()).chain(survivor.clone()).chain(others(behind.clone())).collect();
                let (accepted, lost) = read(&shape, &text);
                assert_eq!(accepted, expected, "{shape:?} {polluted:?} of\n{text}");
                let lines = first..first + polluted.matches('\n').count() as u64 + 1;
                assert!(lost.iter().all(|line| lines.contains(line)), "{lost:?} of {lines:?}: {shape:?} {polluted:?} of\n{text}");
                // An empty line is no record.
                let is_told = survivor.is_some() || !lost.is_empty() || polluted.is_empty();
                assert!(is_told, "nothing is quarantined: {shape:?} {polluted:?} of\n{text}");
            }
        }
    }
}
