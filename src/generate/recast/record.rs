//! The records of a file, cell for cell, read back from its sender's own text.

use std::collections::HashMap;

use chrono::NaiveDate;
use encoding_rs::WINDOWS_1252;

use super::super::defects::Defect;
use super::super::feed::Feed;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Date,
    Quantity,
    Amount,
}

/// A column of a feed: the sender's name for it and ours.
pub(super) struct Column {
    pub name: String,
    pub field: &'static str,
    pub kind: Kind,
}

/// A cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Text(String),
    /// With a point and a leading minus.
    Number(String),
    Day(NaiveDate),
}

impl Value {
    /// The text of a cell that is no number and no date.
    pub fn text(&self) -> &str {
        match self {
            Value::Text(text) | Value::Number(text) => text,
            Value::Day(_) => "",
        }
    }
}

/// A record, whole, and what is wrong with it.
pub(super) struct Row {
    pub values: Vec<Value>,
    pub defect: Option<Defect>,
}

/// How a feed's sender writes its text.
#[derive(Clone, Copy)]
pub(super) struct Dialect {
    pub delimiter: u8,
    pub is_quoted: bool,
    pub is_windows: bool,
    pub is_german: bool,
    pub line_end: &'static str,
    fields: &'static [&'static str],
}

const DISTRIBUTOR_A: [&str; 15] = [
    "location",
    "name",
    "invoice",
    "date",
    "sku",
    "description",
    "product_line",
    "quantity",
    "amount",
    "currency",
    "serials",
    "purchase_order",
    "sales_order",
    "end_customer",
    "certificate",
];
const DISTRIBUTOR_B: [&str; 15] = [
    "location",
    "name",
    "invoice",
    "date",
    "sku",
    "description",
    "label",
    "quantity",
    "amount",
    "currency",
    "serials",
    "purchase_order",
    "sales_order",
    "end_customer",
    "certificate",
];
const VENDOR_DIRECT: [&str; 15] = [
    "location",
    "sales_order",
    "invoice",
    "date",
    "sku",
    "description",
    "product_line",
    "transaction_type",
    "quantity",
    "amount",
    "currency",
    "serials",
    "purchase_order",
    "end_customer",
    "certificate",
];
const REGISTRATIONS: [&str; 5] = ["serials", "sku", "date", "certificate", "invoice"];

impl Dialect {
    pub fn of(feed: Feed) -> Self {
        let plain =
            Self { delimiter: b',', is_quoted: true, is_windows: false, is_german: false, line_end: "\n", fields: &DISTRIBUTOR_A };
        match feed {
            Feed::DistributorA | Feed::DistributorD => plain,
            Feed::DistributorB | Feed::DistributorC => {
                Self { delimiter: b';', is_windows: true, is_german: true, line_end: "\r\n", fields: &DISTRIBUTOR_B, ..plain }
            }
            Feed::VendorDirect => Self { delimiter: b'\t', is_quoted: false, fields: &VENDOR_DIRECT, ..plain },
            Feed::Registrations => Self { delimiter: b'|', is_quoted: false, fields: &REGISTRATIONS, ..plain },
        }
    }

    /// The columns, by the header of the feed.
    pub fn columns(&self, feed: Feed) -> Vec<Column> {
        let header = self.text(feed.header());
        let names = header.trim_end().split(char::from(self.delimiter)).map(str::to_owned);
        let kind = |field| match field {
            "date" => Kind::Date,
            "quantity" => Kind::Quantity,
            "amount" => Kind::Amount,
            _ => Kind::Text,
        };
        names.zip(self.fields).map(|(name, field)| Column { name, field, kind: kind(*field) }).collect()
    }

    fn text(&self, bytes: &[u8]) -> String {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        if self.is_windows { WINDOWS_1252.decode(bytes).0.into_owned() } else { String::from_utf8_lossy(bytes).into_owned() }
    }

    /// The records of a file behind its header. Each stands on one line and is whole; `faults` has what is wrong with them, by line.
    pub fn rows(&self, columns: &[Column], bytes: &[u8], faults: &HashMap<u64, Defect>) -> Result<Vec<Row>, csv::Error> {
        let text = self.text(bytes);
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(self.delimiter)
            .quoting(self.is_quoted)
            .terminator(if self.line_end == "\n" { csv::Terminator::Any(b'\n') } else { csv::Terminator::CRLF })
            .from_reader(text.as_bytes());
        (2..)
            .zip(reader.records())
            .map(|(line, record)| {
                let defect = faults.get(&line).copied();
                let values = record?.iter().zip(columns).map(|(field, column)| self.value(field, column.kind, defect)).collect();
                Ok(Row { values, defect })
            })
            .collect()
    }

    /// A cell with its type; what does not have the type of its column stays a text.
    fn value(&self, field: &str, kind: Kind, defect: Option<Defect>) -> Value {
        let typed = match kind {
            Kind::Text => None,
            Kind::Date => self.day(field).map(Value::Day),
            Kind::Amount if defect == Some(Defect::AmbiguousNumber) => None,
            Kind::Quantity | Kind::Amount => self.number(field).map(Value::Number),
        };
        typed.unwrap_or_else(|| Value::Text(field.to_owned()))
    }

    fn number(&self, field: &str) -> Option<String> {
        let plain = if self.is_german {
            let (negative, digits) = field.strip_suffix('-').map_or((false, field), |digits| (true, digits));
            let digits = digits.replace('.', "").replace(',', ".");
            if negative { format!("-{digits}") } else { digits }
        } else {
            field.to_owned()
        };
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        is_number(plain.strip_prefix('-').unwrap_or(&plain)).then_some(plain)
    }

    fn day(&self, field: &str) -> Option<NaiveDate> {
        NaiveDate::parse_from_str(field, if self.is_german { "%d.%m.%Y" } else { "%Y-%m-%d" }).ok()
    }
}

/// The place of a field among the columns.
pub(super) fn place(columns: &[Column], field: &str) -> Option<usize> {
    columns.iter().position(|column| column.field == field)
}

/// A plain number in hundredths, and whether it can be read.
pub(super) fn hundredths(number: &str) -> Option<i64> {
    let (sign, digits) = number.strip_prefix('-').map_or((1, number), |digits| (-1, digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let whole: i64 = whole.parse().ok()?;
    let fraction: i64 = format!("{fraction:0<2}").parse().ok()?;
    Some(sign * (whole * 100 + fraction))
}
