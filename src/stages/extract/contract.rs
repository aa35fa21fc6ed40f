//! A feed's contract bound to one file's header: which field stands where, and how a record becomes typed.

use super::identifier::is_altered;
use super::{parse_amount, parse_date, parse_quantity};
use crate::config::date_layout::{DateLayout, DatePart};
use crate::config::file::{FeedKind, SignPosition};
use crate::config::plan::{Feed, NumberFormat};
use crate::finding::QuarantineCode;
use crate::io::readers::{FieldKind, Fields};
use crate::tables::stage::SERIAL_SEPARATOR;
use std::borrow::Cow;

/// Why a record cannot be typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// The reason.
    pub code: QuarantineCode,
    /// Our name of the field at fault, empty where the record as a whole is.
    pub field: &'static str,
    /// The value as it stood.
    pub value: String,
}

/// Units and money of a record, as the reader sums them before any stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Valuation<'a> {
    /// Signed quantity.
    pub units: i64,
    /// Signed amount, cents of the source currency.
    pub amount: i64,
    /// Currency code as it stood, or as declared.
    pub currency: &'a str,
}

/// A record whose every value was cast by the contract. Texts are trimmed; a field that the feed does not have is empty.
#[derive(Debug)]
pub struct TypedRecord<'a> {
    /// Location id, or partner name where the feed has no location ids.
    pub location: &'a str,
    /// The sender's name for the partner, where the feed has one.
    pub partner_name: &'a str,
    /// Days since 1970-01-01.
    pub date: i32,
    /// Units and money; zero for registrations.
    pub valuation: Valuation<'a>,
    /// Invoice number.
    pub invoice: &'a str,
    /// SKU as it stood.
    pub sku: &'a str,
    /// Sender's description.
    pub description: &'a str,
    /// Sender's category label.
    pub label: &'a str,
    /// Product-line code.
    pub product_line: &'a str,
    /// Customer's purchase order.
    pub purchase_order: &'a str,
    /// Sales order.
    pub sales_order: &'a str,
    /// End customer.
    pub end_customer: &'a str,
    /// Certificate.
    pub certificate: &'a str,
    /// Serials as they stood in the cell.
    pub serials: &'a str,
}

/// A feed's declaration with the places of its columns in one header.
#[derive(Debug)]
pub struct Contract<'f> {
    feed: &'f Feed,
    as_of: i32,
    typed_dates: DateLayout,
    width: usize,
    location: Option<usize>,
    partner_name: Option<usize>,
    date: Option<usize>,
    invoice: Option<usize>,
    sku: Option<usize>,
    description: Option<usize>,
    label: Option<usize>,
    product_line: Option<usize>,
    quantity: Option<usize>,
    amount: Option<usize>,
    currency: Option<usize>,
    serials: Option<usize>,
    purchase_order: Option<usize>,
    sales_order: Option<usize>,
    end_customer: Option<usize>,
    certificate: Option<usize>,
    transaction_type: Option<usize>,
}

impl<'f> Contract<'f> {
    /// The raw bytes of a record as a person reads them.
    pub fn raw_text<'r>(&self, raw: &'r [u8]) -> Cow<'r, str> {
        self.feed.layout.format.shown(raw)
    }

    /// Finds every declared column in the header.
    ///
    /// # Errors
    /// One sentence for each declared column that the header lacks or has twice.
    pub fn bind(feed: &'f Feed, as_of: i32, header: &[String]) -> Result<Self, Vec<String>> {
        let mut problems = Vec::new();
        let mut find = |declared: &Option<String>| {
            let name = declared.as_deref()?;
            let mut places = header.iter().enumerate().filter(|(_, column)| *column == name).map(|(place, _)| place);
            let place = places.next();
            if place.is_none() {
                problems.push(format!("column `{name}` is not in the header"));
            } else if places.next().is_some() {
                problems.push(format!("column `{name}` stands twice in the header"));
            }
            place
        };
        let columns = &feed.columns;
        let partner_name = find(&columns.partner_name);
        let contract = Self {
            feed,
            as_of,
            typed_dates: typed_dates(),
            width: header.len(),
            location: find(&columns.location).or(partner_name),
            partner_name,
            date: find(&columns.date),
            invoice: find(&columns.invoice),
            sku: find(&columns.sku),
            description: find(&columns.description),
            label: find(&columns.label),
            product_line: find(&columns.product_line),
            quantity: find(&columns.quantity),
            amount: find(&columns.amount),
            currency: find(&columns.currency),
            serials: find(&columns.serials),
            purchase_order: find(&columns.purchase_order),
            sales_order: find(&columns.sales_order),
            end_customer: find(&columns.end_customer),
            certificate: find(&columns.certificate),
            transaction_type: find(&columns.transaction_type),
        };
        if problems.is_empty() { Ok(contract) } else { Err(problems) }
    }

    /// The location or partner name of a record, readable or not in its other fields.
    pub fn location<'a>(&self, fields: &Fields<'a>) -> &'a str {
        text(fields, self.location)
    }

    /// Units and money of a record, `Err` with the first field that cannot be read. Registrations carry neither.
    pub fn valuation<'a>(&self, fields: &Fields<'a>) -> Result<Valuation<'a>, Rejection>
    where
        'f: 'a,
    {
        if fields.len() != self.width {
            return Err(Rejection { code: QuarantineCode::FieldCount, field: "", value: String::new() });
        }
        if self.feed.kind == FeedKind::Registrations {
            return Ok(Valuation { units: 0, amount: 0, currency: "" });
        }
        let reject = |code, field, value: &str| Rejection { code, field, value: value.to_owned() };
        let numbers = |place| if kind(fields, place) == FieldKind::Text { &self.feed.numbers } else { &TYPED_NUMBERS };
        let quantity_text = required(fields, self.quantity, "quantity")?;
        let mut units =
            parse_quantity(quantity_text, numbers(self.quantity)).map_err(|code| reject(code, "quantity", quantity_text))?;
        let amount_text = required(fields, self.amount, "amount")?;
        let (mut amount, of_sign) =
            parse_amount(amount_text, numbers(self.amount)).map_err(|code| reject(code, "amount", amount_text))?;
        let currency = match &self.feed.currency {
            Some(declared) => declared,
            None => required(fields, self.currency, "currency")?,
        };
        if !is_currency(currency) {
            return Err(reject(QuarantineCode::BadCurrency, "currency", currency));
        }
        if of_sign.is_some_and(|of_sign| of_sign != currency) {
            return Err(reject(QuarantineCode::CurrencyConflict, "amount", amount_text));
        }
        if self.is_return(fields) {
            if units < 0 {
                return Err(reject(QuarantineCode::ReturnSign, "quantity", quantity_text));
            }
            (units, amount) = (-units, -amount);
        }
        Ok(Valuation { units, amount, currency })
    }

    /// The quantity of a sales record, where it can be read, and its SKU as it stands: what is known of a record without readable money. A return
    /// that a code tells is negative.
    pub fn quantity_and_sku<'a>(&self, fields: &Fields<'a>) -> (Option<i64>, &'a str) {
        if fields.len() != self.width || self.feed.kind == FeedKind::Registrations {
            return (None, "");
        }
        let numbers = if kind(fields, self.quantity) == FieldKind::Text { &self.feed.numbers } else { &TYPED_NUMBERS };
        let quantity = parse_quantity(text(fields, self.quantity), numbers).ok();
        let quantity = if self.is_return(fields) { quantity.map(|units| -units.abs()) } else { quantity };
        (quantity, text(fields, self.sku))
    }

    /// Values and casts a record by the contract, whole or not.
    ///
    /// # Errors
    /// The record's defect, or the first value that cannot be read or does not cast.
    pub fn cast<'a>(&self, fields: &Result<Fields<'a>, QuarantineCode>) -> Result<TypedRecord<'a>, Rejection>
    where
        'f: 'a,
    {
        let fields = fields.as_ref().map_err(|code| Rejection { code: *code, field: "", value: String::new() })?;
        self.typed(fields, self.valuation(fields)?)
    }

    /// Casts a record by the contract, given its valuation.
    ///
    /// # Errors
    /// The first value that does not cast.
    pub fn typed<'a>(&self, fields: &Fields<'a>, valuation: Valuation<'a>) -> Result<TypedRecord<'a>, Rejection> {
        let date_text = required(fields, self.date, "date")?;
        let reject_date = |code| Rejection { code, field: "date", value: date_text.to_owned() };
        let date = match kind(fields, self.date) {
            // A date of its own type may have a time of the day; the day is what counts.
            FieldKind::Date => date_text.get(..10).and_then(|day| parse_date(day, &self.typed_dates)),
            _ => parse_date(date_text, &self.feed.dates.layout),
        }
        .ok_or_else(|| reject_date(QuarantineCode::BadDate))?;
        if date > self.as_of {
            return Err(reject_date(QuarantineCode::AfterAsOf));
        }
        let location = match (self.feed.kind, self.location) {
            (FeedKind::Sales, Some(_)) => required(fields, self.location, "location")?,
            // A partner's own list need not say whose it is.
            (FeedKind::Sales, None) | (FeedKind::Registrations, _) => text(fields, self.location),
        };
        let serials = match self.feed.kind {
            FeedKind::Sales => text(fields, self.serials),
            FeedKind::Registrations => required(fields, self.serials, "serials")?,
        };
        let record = TypedRecord {
            location,
            partner_name: text(fields, self.partner_name),
            date,
            valuation,
            invoice: text(fields, self.invoice),
            sku: text(fields, self.sku),
            description: text(fields, self.description),
            label: text(fields, self.label),
            product_line: text(fields, self.product_line),
            purchase_order: text(fields, self.purchase_order),
            sales_order: text(fields, self.sales_order),
            end_customer: text(fields, self.end_customer),
            certificate: text(fields, self.certificate),
            serials,
        };
        self.unaltered(fields, &record)?;
        if memchr::memchr(SERIAL_SEPARATOR as u8, serials.as_bytes()).is_some() {
            return Err(Rejection { code: QuarantineCode::Undecodable, field: "serials", value: serials.to_owned() });
        }
        if record.sku.is_empty() {
            return Err(missing("sku"));
        }
        Ok(record)
    }

    /// The serials of a cell: upper case, sorted, each once.
    pub fn serials<'a>(&self, cell: &'a str) -> Vec<Cow<'a, str>> {
        if cell.is_empty() {
            return Vec::new();
        }
        let upper = |serial: &'a str| {
            let serial = trimmed(serial);
            if serial.bytes().any(|byte| byte.is_ascii_lowercase()) { serial.to_ascii_uppercase().into() } else { serial.into() }
        };
        let mut sorted: Vec<Cow<'a, str>> = match self.feed.serial_separator {
            Some(separator) => cell.split(separator).map(upper).collect(),
            None => vec![upper(cell)],
        };
        sorted.retain(|serial| !serial.is_empty());
        sorted.sort_unstable();
        sorted.dedup();
        sorted
    }

    /// Refuses identifiers that a spreadsheet made numbers of.
    fn unaltered(&self, fields: &Fields<'_>, record: &TypedRecord<'_>) -> Result<(), Rejection> {
        let identifiers = [
            ("location", self.location, record.location),
            ("invoice", self.invoice, record.invoice),
            ("sku", self.sku, record.sku),
            ("purchase_order", self.purchase_order, record.purchase_order),
            ("sales_order", self.sales_order, record.sales_order),
            ("end_customer", self.end_customer, record.end_customer),
            ("certificate", self.certificate, record.certificate),
        ];
        let reject = |field, value: &str| Rejection { code: QuarantineCode::AlteredId, field, value: value.to_owned() };
        for (field, place, value) in identifiers {
            if is_altered(value, kind(fields, place)) {
                return Err(reject(field, value));
            }
        }
        let serial_kind = kind(fields, self.serials);
        let is_serial_altered = |serial: &str| is_altered(trimmed(serial), serial_kind);
        let is_one_altered = match self.feed.serial_separator {
            Some(separator) => record.serials.split(separator).any(is_serial_altered),
            None => is_serial_altered(record.serials),
        };
        if is_one_altered { Err(reject("serials", record.serials)) } else { Ok(()) }
    }

    fn is_return(&self, fields: &Fields<'_>) -> bool {
        let kind = text(fields, self.transaction_type);
        !kind.is_empty() && self.feed.return_types.iter().any(|code| code == kind)
    }
}

/// How numbers are written whose type is the file's own.
static TYPED_NUMBERS: NumberFormat =
    NumberFormat { decimal: b'.', thousands: None, sign: SignPosition::Leading, currency_signs: Vec::new() };

/// How dates are written whose type is the file's own.
fn typed_dates() -> DateLayout {
    let mark = DatePart::Mark('-');
    DateLayout::Pattern(vec![
        DatePart::Year,
        mark.clone(),
        DatePart::Month { is_padded: true },
        mark,
        DatePart::Day { is_padded: true },
    ])
}

fn kind(fields: &Fields<'_>, place: Option<usize>) -> FieldKind {
    place.map_or(FieldKind::Text, |place| fields.kind(place))
}

#[inline]
fn text<'a>(fields: &Fields<'a>, place: Option<usize>) -> &'a str {
    place.map_or("", |place| trimmed(fields.get(place)))
}

/// The value without white space at its ends. Most have none, which their first and last bytes tell.
#[inline]
fn trimmed(value: &str) -> &str {
    match value.as_bytes() {
        [] => value,
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => value,
        _ => value.trim(),
    }
}

#[inline]
fn required<'a>(fields: &Fields<'a>, place: Option<usize>, field: &'static str) -> Result<&'a str, Rejection> {
    let value = text(fields, place);
    if value.is_empty() { Err(missing(field)) } else { Ok(value) }
}

fn missing(field: &'static str) -> Rejection {
    Rejection { code: QuarantineCode::MissingValue, field, value: String::new() }
}

fn is_currency(code: &str) -> bool {
    code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase())
}
