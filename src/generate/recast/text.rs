//! Records as text: delimited, at fixed places, or as JSON Lines.

use std::iter::repeat_n;

use super::super::defects::Defect;
use super::pack::UNDECODABLE;
use super::record::{Column, Dialect, Kind, Row, Value, hundredths, place};
use super::request::{Recast, Word};
use super::style::Style;
use super::{Report, Written};

/// Records between two headers, where the header is repeated.
const HEADER_EVERY: usize = 20;
/// Lines before the header.
pub(super) const PREAMBLE: [&str; 2] = ["Sales report, made on request", "All amounts are net"];
/// How a trailer line begins.
pub(super) const TRAILER: &str = "TOTAL records=";

/// The marks of delimited text.
pub(super) struct Marks {
    pub delimiter: char,
    /// Whether a field with a mark in it is quoted; else marks are escaped by a backslash, or nothing.
    pub is_quoted: bool,
    pub is_escaped: bool,
}

impl Marks {
    /// The sender's own marks, or those that are asked for.
    pub fn of(dialect: &Dialect, recast: &Recast) -> Self {
        let asked = [(Word::Semicolon, ';'), (Word::Tab, '\t'), (Word::Bar, '|')];
        let asked = asked.into_iter().find(|(word, _)| recast.has(*word)).map(|(_, mark)| mark);
        let is_escaped = recast.has(Word::Backslash);
        // A sender that never quotes has fields without its own delimiter, but perhaps with another one.
        let is_quoted = !is_escaped && (dialect.is_quoted || asked.is_some());
        Self { delimiter: asked.unwrap_or(char::from(dialect.delimiter)), is_quoted, is_escaped }
    }

    fn field(&self, text: &str) -> String {
        if self.is_escaped {
            let is_mark = |letter: &char| *letter == self.delimiter || *letter == '\\';
            text.chars().flat_map(|letter| is_mark(&letter).then_some('\\').into_iter().chain([letter])).collect()
        } else if self.is_quoted {
            super::super::text::quoted(text, self.delimiter)
        } else {
            text.to_owned()
        }
    }
}

/// The cells of a row as the sender's text.
fn cells(report: &Report, style: &Style, row: &Row) -> Vec<String> {
    let currency = place(&report.columns, "currency").map_or("", |column| row.values[column].text());
    let cell = |(value, column): (&Value, &Column)| match column.kind {
        Kind::Amount => style.amount(value, currency),
        _ => style.text(value),
    };
    row.values.iter().zip(&report.columns).map(cell).collect()
}

/// The column in which a fault of the text as such stands: the description, or the product number where there is none.
fn faulty_column(columns: &[Column]) -> usize {
    place(columns, "description").or_else(|| place(columns, "sku")).unwrap_or(0)
}

/// The records with a delimiter between fields.
pub(super) fn delimited(report: &Report, dialect: &Dialect, style: &Style, recast: &Recast) -> Written<String> {
    let marks = Marks::of(dialect, recast);
    let mut lines = Lines::begin(recast, dialect.line_end, None);
    let end = if recast.has(Word::TrailingDelimiter) { marks.delimiter.to_string() } else { String::new() };
    let joined = |fields: Vec<String>| fields.join(&marks.delimiter.to_string()) + &end;
    let header = joined(report.columns.iter().map(|column| marks.field(&column.name)).collect());
    if !recast.has(Word::NoHeader) {
        lines.push(&header);
    }
    let faulty = faulty_column(&report.columns);
    for (number, row) in report.rows.iter().enumerate() {
        if recast.has(Word::RepeatedHeader) && number > 0 && number % HEADER_EVERY == 0 {
            lines.push(&header);
        }
        let mut fields: Vec<String> = cells(report, style, row).iter().map(|cell| marks.field(cell)).collect();
        match row.defect {
            Some(Defect::StrayQuote) => fields[faulty] = "\"Replacement screen 15.6\" glossy, boxed\"".to_owned(),
            Some(Defect::UndecodableByte) => fields[faulty] = format!("Ger{UNDECODABLE}t"),
            Some(Defect::SurplusField) => fields.insert(faulty, "2m".to_owned()),
            Some(Defect::MissingField) => {
                fields.pop();
            }
            _ => {}
        }
        lines.record(&joined(fields));
    }
    lines.end(report, style, recast)
}

/// The records at fixed places.
pub(super) fn fixed_width(report: &Report, dialect: &Dialect, style: &Style, recast: &Recast, widths: &[usize]) -> Written<String> {
    let length = recast.has(Word::NoLineEnds).then(|| widths.iter().sum());
    let mut lines = Lines::begin(recast, if length.is_some() { "" } else { dialect.line_end }, length);
    let padded = |fields: &[String]| {
        let mut line = String::new();
        for (field, width) in fields.iter().zip(widths) {
            line.push_str(field);
            line.extend(repeat_n(' ', width - field.chars().count()));
        }
        line
    };
    let faulty = faulty_column(&report.columns);
    for row in &report.rows {
        let mut fields = cells(report, style, row);
        match row.defect {
            Some(Defect::UndecodableByte) => {
                let width = widths[faulty];
                fields[faulty] = UNDECODABLE.to_string().chars().chain(fields[faulty].chars().skip(1)).take(width).collect();
            }
            Some(Defect::MissingField) => {
                fields.pop();
            }
            _ => {}
        }
        let mut line = padded(&fields);
        if row.defect == Some(Defect::SurplusField) {
            // The line is too long, as it is where columns slip.
            line.push_str("2m");
        }
        lines.record(&line);
    }
    lines.end(report, style, recast)
}

/// The characters that each column needs.
pub(super) fn widen(widths: &mut Vec<usize>, report: &Report, style: &Style) {
    widths.resize(report.columns.len(), 1);
    for row in &report.rows {
        for (width, field) in widths.iter_mut().zip(cells(report, style, row)) {
            *width = (*width).max(field.chars().count());
        }
    }
}

/// One object a line, numbers as numbers.
pub(super) fn json_lines(report: &Report, style: &Style) -> Written<String> {
    let mut lines = Lines::begin(&Recast::default(), "\n", None);
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let faulty = faulty_column(&report.columns);
    for row in &report.rows {
        let members = row.values.iter().zip(&report.columns).map(|(value, column)| match value {
            Value::Number(plain) => format!("{}:{plain}", quoted(&column.name)),
            other => format!("{}:{}", quoted(&column.name), quoted(&style.text(other))),
        });
        let mut members: Vec<String> = members.collect();
        match row.defect {
            Some(Defect::UndecodableByte) => {
                members[faulty] = format!("{}:\"Ger{UNDECODABLE}t\"", quoted(&report.columns[faulty].name));
            }
            Some(Defect::RepeatedName) => members.push(members[0].clone()),
            _ => {}
        }
        let object = format!("{{{}}}", members.join(","));
        // What is cut of an object is its end.
        let kept = if row.defect == Some(Defect::CutObject) { object.len() - 2 } else { object.len() };
        lines.record(&object[..kept]);
    }
    Written { content: lines.text, lines: lines.records }
}

/// Lines in the making, and the numbers of those that are records.
struct Lines {
    text: String,
    line_end: &'static str,
    /// Characters that each line has at least.
    length: Option<usize>,
    count: u64,
    records: Vec<u64>,
}

impl Lines {
    fn begin(recast: &Recast, line_end: &'static str, length: Option<usize>) -> Self {
        let mut lines = Self { text: String::new(), line_end, length, count: 0, records: Vec::new() };
        if recast.has(Word::Preamble) {
            PREAMBLE.iter().for_each(|line| lines.push(line));
        }
        lines
    }

    fn push(&mut self, line: &str) {
        self.text.push_str(line);
        let missing = self.length.unwrap_or(0).saturating_sub(line.chars().count());
        self.text.extend(repeat_n(' ', missing));
        self.text.push_str(self.line_end);
        self.count += 1;
    }

    fn record(&mut self, line: &str) {
        self.push(line);
        self.records.push(self.count);
    }

    fn end(mut self, report: &Report, style: &Style, recast: &Recast) -> Written<String> {
        if recast.has(Word::Trailer) {
            let line = trailer(report, style);
            self.push(&line);
        }
        Written { content: self.text, lines: self.records }
    }
}

/// The sender's totals: all records, and units and amount of those that can be read.
fn trailer(report: &Report, style: &Style) -> String {
    let records = report.rows.len();
    let (Some(quantity), Some(amount)) = (place(&report.columns, "quantity"), place(&report.columns, "amount")) else {
        return format!("{TRAILER}{records}");
    };
    let (mut units, mut money) = (0, 0);
    for row in report.rows.iter().filter(|row| !row.defect.is_some_and(Defect::is_of_text)) {
        if let (Value::Number(of_row), Value::Number(amount)) = (&row.values[quantity], &row.values[amount]) {
            let sign = if report.is_return(row) { -1 } else { 1 };
            units += sign * of_row.parse::<i64>().unwrap_or(0);
            money += sign * hundredths(amount).unwrap_or(0);
        }
    }
    let mut buffer = Vec::new();
    super::super::text::push_amount(&mut buffer, money);
    let (units, money) = (units.to_string(), String::from_utf8_lossy(&buffer).into_owned());
    format!("{TRAILER}{records} units={} amount={}", style.number(&units), style.number(&money))
}
