//! Sale records as an ANSI X12 867, Product Transfer and Resale Report.
//!
//! A transaction set has records of one currency, a PTD loop the records of one invoice. Returns are told in the three ways of real senders, which
//! take turns: a negative quantity (`QTY*39`), a return quantity without sign (`QTY*61`), a credit memo (`REF*CM`). Prices stand in UIT, in CTP, in an SII
//! of the same item, in SII alone where that is asked for, or, where no whole unit price gives the amount, as the amount of the line.

use std::fmt::Write as _;

use chrono::NaiveDate;

use super::super::defects::Defect;
use super::super::feed::Feed;
use super::pack::UNDECODABLE;
use super::record::{Row, hundredths};
use super::request::{Recast, Word};
use super::style::Style;
use super::{Report, Written};

/// Records of a transaction set.
const SET_RECORDS: usize = 60;
/// The fields of an invoice, which the records of a PTD loop share.
const LOOP_FIELDS: [&str; 7] = ["location", "name", "date", "invoice", "purchase_order", "sales_order", "end_customer"];

/// The interchange of a day with one functional group. `number` is the interchange's control number.
pub(super) fn interchange(
    report: &Report,
    feed: Feed,
    style: &Style,
    recast: &Recast,
    (written, number): (NaiveDate, u32),
) -> Written<String> {
    let day = written.format("%Y%m%d").to_string();
    let mut writer = Writer::new(recast, style, &day);
    let number = if recast.has(Word::Constants) { 1 } else { number };
    let (release, version) = if recast.has(Word::Release5010) { ("00501", "005010") } else { ("00401", "004010") };
    let (sender, receiver) = (feed.id().to_uppercase(), "VENDOR");
    writer.header(&format!(
        "ISA*00*          *00*          *ZZ*{sender:<15}*ZZ*{receiver:<15}*{}*0600*{}*{release}*{number:09}*0*P*>",
        &day[2..],
        if recast.has(Word::Release5010) { '^' } else { 'U' }
    ));
    writer.push(&["GS", "PT", &sender, receiver, &day, "0600", &number.to_string(), "X", version]);
    let mut sets = 0;
    for rows in sets_of(report) {
        sets += 1;
        set(&mut writer, report, &rows, if recast.has(Word::Constants) { 1 } else { sets });
    }
    let said = if recast.has(Word::Constants) { 1 } else { sets };
    writer.push(&["GE", &said.to_string(), &number.to_string()]);
    writer.push(&["IEA", "1", &format!("{number:09}")]);
    Written { content: writer.text, lines: writer.records }
}

/// The records of each transaction set, in their order. One that is to be cut stands alone in its set.
fn sets_of(report: &Report) -> Vec<Vec<&Row>> {
    let mut sets: Vec<Vec<&Row>> = Vec::new();
    let is_cut = |row: &Row| row.defect == Some(Defect::CutSet);
    for row in &report.rows {
        let joins = sets.last().and_then(|set| Some((set.len(), *set.last()?))).is_some_and(|(count, last)| {
            count < SET_RECORDS && !is_cut(row) && !is_cut(last) && report.text(row, "currency") == report.text(last, "currency")
        });
        match sets.last_mut() {
            Some(set) if joins => set.push(row),
            _ => sets.push(vec![row]),
        }
    }
    sets
}

fn set(writer: &mut Writer, report: &Report, rows: &[&Row], number: u64) {
    let first = writer.count;
    let control = format!("{number:04}");
    writer.push(&["ST", "867", &control]);
    writer.push(&["BPT", "00", &format!("R{number}"), writer.day, "SS"]);
    writer.push(&["CUR", "SE", report.text(rows[0], "currency")]);
    writer.push(&["N1", "DB", "Distributor", "91", "D1"]);
    writer.push(&["N1", "SU", "Vendor", "91", "V1"]);
    let key = |row: &Row| LOOP_FIELDS.map(|field| report.value(row, field).cloned());
    for of_invoice in rows.chunk_by(|left, right| key(left) == key(right)) {
        // Prices by item tell nothing where an item comes twice.
        let shared = if writer.recast.has(Word::SiiPrices) { of_distinct_items(report, of_invoice) } else { vec![of_invoice] };
        shared.into_iter().for_each(|rows| ptd_loop(writer, report, rows));
    }
    if rows[0].defect == Some(Defect::CutSet) {
        return;
    }
    let lines = if writer.recast.has(Word::Constants) { 1 } else { rows.len() };
    writer.push(&["CTT", &lines.to_string()]);
    let segments = if writer.recast.has(Word::Constants) { 1 } else { writer.count - first + 1 };
    writer.push(&["SE", &segments.to_string(), &control]);
}

/// The records of an invoice in as few pieces as have no item twice, in their order.
fn of_distinct_items<'r, 'a>(report: &Report, rows: &'r [&'a Row]) -> Vec<&'r [&'a Row]> {
    let mut pieces = Vec::new();
    let mut rest = rows;
    while !rest.is_empty() {
        let is_new = |place: &usize| rest[..*place].iter().all(|row| report.text(row, "sku") != report.text(rest[*place], "sku"));
        let (piece, behind) = rest.split_at((0..rest.len()).take_while(is_new).count());
        pieces.push(piece);
        rest = behind;
    }
    pieces
}

fn ptd_loop(writer: &mut Writer, report: &Report, rows: &[&Row]) {
    let text = |field| report.text(rows[0], field);
    writer.push(&["PTD", "SS"]);
    let date = report.value(rows[0], "date").map_or_else(String::new, |value| writer.style.text(value));
    writer.push(&["DTM", "003", &date]);
    writer.reference("IV", text("invoice"));
    if !text("purchase_order").is_empty() {
        writer.push(&["PRF", text("purchase_order")]);
    }
    writer.reference("VN", text("sales_order"));
    if writer.recast.has(Word::TwoShipTo) {
        writer.push(&["N1", "ST", "Branch 01", "91", "B01"]);
    }
    writer.push(&["N1", "ST", text("name"), "91", text("location")]);
    if !text("end_customer").is_empty() {
        writer.push(&["N1", "EN", "", "91", text("end_customer")]);
    }
    let lines: Vec<Line> = rows.iter().map(|row| Line::of(report, row)).collect();
    let has_sii = lines.len() == 1 || writer.recast.has(Word::SiiPrices);
    for line in lines.iter().filter(|line| has_sii && !line.sku.is_empty()) {
        if let Some(price) = &line.unit_price {
            writer.push(&["SII", "VP", line.sku, &line.quantity, "EA", price]);
        }
    }
    for line in &lines {
        line.write(writer, has_sii && !line.sku.is_empty());
    }
}

/// A line of a PTD loop.
struct Line<'a> {
    sku: &'a str,
    description: String,
    /// QTY01.
    code: &'static str,
    quantity: String,
    unit_price: Option<String>,
    amount: String,
    is_credit: bool,
    serials: Vec<&'a str>,
    product_group: &'a str,
    certificate: &'a str,
    number: usize,
}

impl<'a> Line<'a> {
    fn of(report: &'a Report, row: &'a Row) -> Self {
        let text = |field| report.text(row, field);
        let units = text("quantity").trim_start_matches('-');
        let cents = hundredths(text("amount")).map(i64::abs);
        let unit_price = units.parse::<i64>().ok().zip(cents).filter(|(units, cents)| *units > 0 && cents % units == 0);
        let is_return = report.is_return(row) || text("quantity").starts_with('-');
        // Any number that differs from record to record will do to take turns.
        let number = text("invoice").bytes().chain(text("sku").bytes()).map(usize::from).sum::<usize>();
        let (code, sign) = match row.defect {
            Some(Defect::QuantityCode) => ("QS", ""),
            Some(Defect::SignedReturn) => ("61", "-"),
            _ if !is_return => ("32", ""),
            _ => [("39", "-"), ("61", ""), ("32", "")][number % 3],
        };
        let amount = decimal(cents.unwrap_or_default());
        let description = match row.defect {
            Some(Defect::UndecodableByte) => format!("Ger{UNDECODABLE}t"),
            _ => text("description").to_owned(),
        };
        Self {
            sku: text("sku"),
            description,
            code,
            quantity: format!("{sign}{units}"),
            unit_price: unit_price.map(|(units, cents)| decimal(cents / units)),
            amount: if code == "39" { format!("-{amount}") } else { amount },
            is_credit: is_return && code == "32",
            serials: text("serials").split([',', '|']).filter(|serial| !serial.is_empty()).collect(),
            product_group: if text("product_line").is_empty() { text("label") } else { text("product_line") },
            certificate: text("certificate"),
            number,
        }
    }

    fn write(&self, writer: &mut Writer, has_sii: bool) {
        if writer.recast.has(Word::ItemFirst) {
            self.write_item(writer);
            self.write_quantity(writer);
        } else {
            self.write_quantity(writer);
            self.write_item(writer);
        }
        match &self.unit_price {
            Some(_) if has_sii => {}
            Some(price) if self.number.is_multiple_of(2) => writer.push(&["UIT", "EA", price]),
            Some(price) => writer.push(&["CTP", "", "RES", price]),
            None => writer.push(&["AMT", "LI", &self.amount]),
        }
        writer.reference("PG", self.product_group);
        for serial in &self.serials {
            writer.reference("SE", serial);
        }
        writer.reference("CT", self.certificate);
        if self.is_credit {
            writer.reference("CM", &format!("CM{:06}", self.number));
        }
    }

    fn write_quantity(&self, writer: &mut Writer) {
        writer.push(&["QTY", self.code, &self.quantity, "EA"]);
        writer.records.push(writer.count);
    }

    fn write_item(&self, writer: &mut Writer) {
        writer.push(&["LIN", "", "VP", self.sku]);
        if !self.description.is_empty() {
            writer.push(&["PID", "F", "", "", "", &self.description]);
        }
    }
}

fn decimal(cents: i64) -> String {
    let mut buffer = Vec::new();
    super::super::text::push_amount(&mut buffer, cents);
    String::from_utf8_lossy(&buffer).into_owned()
}

/// Segments in the making, and the numbers of those that are records.
struct Writer<'a> {
    recast: &'a Recast,
    style: &'a Style,
    /// The day of the interchange.
    day: &'a str,
    text: String,
    element: char,
    end: &'static str,
    count: u64,
    records: Vec<u64>,
}

impl<'a> Writer<'a> {
    fn new(recast: &'a Recast, style: &'a Style, day: &'a str) -> Self {
        let (element, end) = match (recast.has(Word::OddMarks), recast.has(Word::LineEnds)) {
            (true, true) => ('\u{1d}', "\u{1c}\r\n"),
            (true, false) => ('\u{1d}', "\u{1c}"),
            (false, true) => ('*', "~\r\n"),
            (false, false) => ('*', "~"),
        };
        Self { recast, style, day, text: String::new(), element, end, count: 0, records: Vec::new() }
    }

    /// ISA, in which every element has its width.
    fn header(&mut self, segment: &str) {
        let mark = self.element.to_string();
        // Writing to a string cannot fail.
        let _ = write!(self.text, "{}{}", segment.replace('*', &mark), self.end);
        self.count += 1;
    }

    /// A segment. Empty elements at its end are left out.
    fn push(&mut self, elements: &[&str]) {
        let kept = elements.iter().rposition(|element| !element.is_empty()).map_or(0, |last| last + 1);
        let segment = elements[..kept].join(&self.element.to_string());
        let _ = write!(self.text, "{segment}{}", self.end);
        self.count += 1;
    }

    fn reference(&mut self, qualifier: &str, value: &str) {
        if !value.is_empty() {
            self.push(&["REF", qualifier, value]);
        }
    }
}
