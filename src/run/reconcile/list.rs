//! A partner's list in the layout of a run's own lists of lines.

use crate::config::file::SignPosition;
use crate::config::plan::NumberFormat;
use crate::error::{Error, Problem, Problems, Result};
use crate::io::csv_export::cell_text;
use crate::publish::case::lines::HEADER;
use crate::publish::reconcile::QuarantinedRow;
use crate::reference::{iso_day, normalise_sku};
use crate::stages::extract::{parse_amount, parse_quantity};
use crate::stages::reconcile::{Sale, Serials};
use csv::ByteRecord;
use std::path::Path;

/// How the list's numbers are written.
const NUMBERS: NumberFormat =
    NumberFormat { decimal: b'.', thousands: None, sign: SignPosition::Leading, currency_signs: Vec::new() };

/// What a list says.
#[derive(Debug, Default)]
pub struct List {
    /// Its rows.
    pub rows: Vec<Row>,
    /// Rows that cannot be read.
    pub quarantined: Vec<QuarantinedRow>,
    /// Lines that are no rows by declaration: trailers, repeated headers, quantities that are no sales.
    pub passed_over: u64,
}

/// A row of a list.
#[derive(Debug)]
pub struct Row {
    /// Member of the archive, worksheet, or both; empty where the list has no parts.
    pub section: String,
    /// Physical line on which it begins.
    pub line: u64,
    /// The run's id of the line, where the list is the run's own.
    pub line_id: Option<i64>,
    /// What it says.
    pub sale: Sale,
}

/// The rows of a list, and those that cannot be read with the reason.
///
/// # Errors
/// Where the file cannot be read, or its header is not that of the layout.
pub fn read(path: &Path) -> Result<List> {
    let bytes = std::fs::read(path).map_err(Error::io("read", path))?;
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    let refused = |message: String| {
        let hint = format!("the list has the layout of cases/<partner>.csv: {}", HEADER.join(","));
        Error::Input(Problems(vec![Problem::new(path, message).at_line(1).with_hint(hint)]))
    };
    let header = reader.byte_headers().map_err(|error| refused(format!("the header cannot be read: {error}")))?;
    if header.iter().ne(HEADER.iter().map(|name| name.as_bytes())) {
        return Err(refused("the header is not that of a list of a partner's lines".into()));
    }
    let mut list = List::default();
    for record in reader.byte_records() {
        let record = record.map_err(|error| refused(format!("the list cannot be read: {error}")))?;
        let line = record.position().map_or(0, |position| position.line());
        match row(&record) {
            Ok((line_id, sale)) => list.rows.push(Row { section: String::new(), line, line_id, sale }),
            Err(reason) => list.quarantined.push(QuarantinedRow { section: String::new(), line, reason }),
        }
    }
    Ok(list)
}

/// What a row says, or why it cannot be read.
fn row(record: &ByteRecord) -> std::result::Result<(Option<i64>, Sale), String> {
    if record.len() != HEADER.len() {
        return Err(format!("{} fields, expected {}", record.len(), HEADER.len()));
    }
    let mut fields = Vec::with_capacity(HEADER.len());
    for (name, field) in HEADER.iter().zip(record) {
        let text = std::str::from_utf8(field).map_err(|_| format!("`{name}` is not UTF-8"))?;
        fields.push(text.trim());
    }
    let field = |name: &str| HEADER.iter().position(|column| *column == name).map_or("", |place| cell_text(fields[place]));
    // A number with a minus carries no guard, and a text has none of its own.
    let date = iso_day(field("date")).and_then(|date| date.ok_or_else(|| "`date` is empty".to_owned()))?;
    let bad = |name: &str| format!("`{name}` is `{}`, which is no such value", field(name));
    let quantity = parse_quantity(field("quantity"), &NUMBERS).map_err(|_| bad("quantity"))?;
    let (amount, _) = parse_amount(field("amount"), &NUMBERS).map_err(|_| bad("amount"))?;
    let currency = field("currency");
    if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Err(bad("currency"));
    }
    let (sku, _) = normalise_sku(field("sku"));
    if sku.is_empty() {
        return Err("`sku` is empty".to_owned());
    }
    let mut serials: Vec<String> =
        field("serials").split(';').map(str::trim).filter(|serial| !serial.is_empty()).map(str::to_owned).collect();
    serials.sort();
    let line_id = match field("line_id") {
        "" => None,
        text => Some(text.parse().map_err(|_| bad("line_id"))?),
    };
    let sale = Sale {
        date,
        invoice: field("invoice").to_owned(),
        sku: sku.into_owned(),
        serials: Serials::Each(serials),
        quantity,
        amount,
        currency: currency.to_owned(),
        category: field("category").to_owned(),
    };
    Ok((line_id, sale))
}
