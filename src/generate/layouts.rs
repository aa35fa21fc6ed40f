//! Records as their senders write them: encoding, delimiters, quotes, numbers, dates, and how a return is told.

use super::calendar::Day;
use super::catalog::{Kind, Product};
use super::defects::Defect;
use super::feed::Feed;
use super::population::{COUNTRIES, Partner};
use super::serials::Serial;
use super::text::{push_amount, push_german_amount, push_number};

/// US cents for one hundred cents of the currency in which a sender reports.
const EURO_PERCENT: i64 = 108;
const POUND_PERCENT: i64 = 127;

/// What a spreadsheet makes of an identifier of many digits.
pub(super) const ALTERED_ID: &str = "1.23E+11";

/// One sale line before it is written.
pub(super) struct SaleLine<'a> {
    pub partner: &'a Partner,
    pub location: &'a str,
    pub day: &'a Day,
    /// Without it the field is empty.
    pub invoice: Option<u64>,
    pub product: &'a Product,
    /// Whether the localisation option follows the SKU.
    pub has_option: bool,
    pub is_lower_case: bool,
    pub is_return: bool,
    /// Units, without sign.
    pub units: u32,
    /// US cents, without sign.
    pub amount: i64,
    pub serials: &'a [Serial],
    pub purchase_order: Option<u64>,
    pub sales_order: Option<u64>,
    pub customer: Option<u64>,
    pub certificate: Option<u64>,
    pub defect: Option<Defect>,
}

/// One registration before it is written.
pub(super) struct Registration<'a> {
    pub serial: Serial,
    pub pack: &'a str,
    pub day: &'a Day,
    pub certificate: Option<u64>,
    /// Prefix and number of the sale's invoice.
    pub invoice: Option<(&'static [u8], u64)>,
    pub defect: Option<Defect>,
}

/// Appends a sale line in the layout of a sales feed.
pub(super) fn write_sale(buffer: &mut Vec<u8>, feed: Feed, line: &SaleLine) {
    match feed {
        Feed::DistributorB | Feed::DistributorC => write_distributor_b(buffer, line),
        Feed::VendorDirect => write_vendor_direct(buffer, line),
        _ => write_distributor_a(buffer, line),
    }
}

fn write_distributor_a(buffer: &mut Vec<u8>, line: &SaleLine) {
    let mut row = Row { buffer, delimiter: b',' };
    row.text(line.location.as_bytes());
    row.text(&line.partner.name_fields[0]);
    row.invoice(line);
    row.text(date(line, &line.day.iso, "2026-02-30", "2027-03-14"));
    row.sku(line);
    match line.defect {
        Some(Defect::StrayQuote) => row.text(b"\"Replacement screen 15.6\" glossy, boxed\""),
        Some(Defect::UndecodableByte) => row.text(b"Ger\xFFt"),
        Some(Defect::SurplusField) => row.text(b"Cable, 2m"),
        _ => row.text(&line.product.fields[0]),
    }
    row.text(line.product.product_line.as_bytes());
    let sign: &[u8] = if line.is_return { b"-" } else { b"" };
    row.quantity(line, sign, b"");
    row.amount(line, signed(line, line.amount));
    row.text(b"USD");
    row.serials(line.serials, b',');
    row.id(b"PO-", line.purchase_order, 6);
    row.id(b"SO", line.sales_order, 7);
    row.id(b"C", line.customer, 7);
    row.id(b"CP", line.certificate, 9);
    row.end(line.defect, b"\n");
}

fn write_distributor_b(buffer: &mut Vec<u8>, line: &SaleLine) {
    let mut row = Row { buffer, delimiter: b';' };
    row.text(line.location.as_bytes());
    row.text(&line.partner.name_fields[1]);
    row.invoice(line);
    row.text(date(line, &line.day.dotted, "30.02.2026", "14.03.2027"));
    row.sku(line);
    match line.defect {
        Some(Defect::SurplusField) => row.text(b"Ger\xE4t; gebraucht"),
        _ => row.text(&line.product.fields[1]),
    }
    row.text(&line.product.label);
    let sign: &[u8] = if line.is_return { b"-" } else { b"" };
    row.quantity(line, b"", sign);
    push_german_amount(row.buffer, signed(line, line.amount * 100 / EURO_PERCENT));
    row.end_field();
    row.text(b"EUR");
    row.serials(line.serials, b'|');
    row.id(b"B-", line.purchase_order, 6);
    row.id(b"AU", line.sales_order, 7);
    row.id(b"C", line.customer, 7);
    row.id(b"CP", line.certificate, 9);
    row.end(line.defect, b"\r\n");
}

fn write_vendor_direct(buffer: &mut Vec<u8>, line: &SaleLine) {
    let mut row = Row { buffer, delimiter: b'\t' };
    row.text(line.location.as_bytes());
    row.id(b"", line.sales_order, 10);
    row.invoice(line);
    row.text(date(line, &line.day.iso, "2026-02-30", "2027-03-14"));
    row.sku(line);
    match line.defect {
        Some(Defect::SurplusField) => row.text(b"Cable\t2m"),
        _ => row.text(&line.product.fields[2]),
    }
    row.text(line.product.product_line.as_bytes());
    row.text(if line.is_return { b"RET" } else { b"ORD" });
    row.quantity(line, b"", b"");
    let is_british = COUNTRIES[line.partner.country].code == "GB";
    row.amount(line, if is_british { line.amount * 100 / POUND_PERCENT } else { line.amount });
    row.text(if is_british { b"GBP" } else { b"USD" });
    row.serials(line.serials, b',');
    row.id(b"PO-", line.purchase_order, 6);
    row.id(b"C", line.customer, 7);
    row.id(b"CP", line.certificate, 9);
    row.end(line.defect, b"\n");
}

/// Appends a registration.
pub(super) fn write_registration(buffer: &mut Vec<u8>, registration: &Registration) {
    let mut row = Row { buffer, delimiter: b'|' };
    row.text(if registration.defect == Some(Defect::AlteredId) { ALTERED_ID.as_bytes() } else { &registration.serial });
    match registration.defect {
        Some(Defect::EmptySku) => row.text(b""),
        Some(Defect::SurplusField) => row.text(b"UNKNOWN|PACK"),
        _ => row.text(registration.pack.as_bytes()),
    }
    row.text(match registration.defect {
        Some(Defect::ImpossibleDate) => b"2026-02-30",
        Some(Defect::FutureDate) => b"2027-03-14",
        _ => registration.day.iso.as_bytes(),
    });
    row.id(b"CP", registration.certificate, 9);
    let (prefix, invoice) = registration.invoice.map_or((&b""[..], None), |(prefix, number)| (prefix, Some(number)));
    row.id(prefix, invoice, 8);
    row.end(registration.defect, b"\n");
}

fn signed(line: &SaleLine, amount: i64) -> i64 {
    if line.is_return { -amount } else { amount }
}

fn date<'a>(line: &SaleLine<'a>, right: &'a str, impossible: &'a str, future: &'a str) -> &'a [u8] {
    match line.defect {
        Some(Defect::ImpossibleDate) => impossible.as_bytes(),
        Some(Defect::FutureDate) => future.as_bytes(),
        _ => right.as_bytes(),
    }
}

/// A record in the making; every field is followed by the delimiter until [`Row::end`].
struct Row<'a> {
    buffer: &'a mut Vec<u8>,
    delimiter: u8,
}

impl Row<'_> {
    fn end_field(&mut self) {
        self.buffer.push(self.delimiter);
    }

    fn text(&mut self, text: &[u8]) {
        self.buffer.extend_from_slice(text);
        self.end_field();
    }

    fn id(&mut self, prefix: &[u8], number: Option<u64>, width: usize) {
        if let Some(number) = number {
            self.buffer.extend_from_slice(prefix);
            push_number(self.buffer, number, width);
        }
        self.end_field();
    }

    fn invoice(&mut self, line: &SaleLine) {
        match line.defect {
            Some(Defect::AlteredId) => self.text(ALTERED_ID.as_bytes()),
            _ => self.id(COUNTRIES[line.partner.country].invoice_prefix(), line.invoice, 8),
        }
    }

    fn amount(&mut self, line: &SaleLine, cents: i64) {
        match line.defect {
            Some(Defect::AmbiguousNumber) => self.text(b"1.250"),
            _ => {
                push_amount(self.buffer, cents);
                self.end_field();
            }
        }
    }

    fn sku(&mut self, line: &SaleLine) {
        if line.defect != Some(Defect::EmptySku) {
            let start = self.buffer.len();
            self.buffer.extend_from_slice(line.product.sku.as_bytes());
            if line.has_option && line.product.kind == Kind::Hardware {
                self.buffer.push(b'#');
                self.buffer.extend_from_slice(COUNTRIES[line.partner.country].option.as_bytes());
            }
            if line.is_lower_case {
                self.buffer[start..].make_ascii_lowercase();
            }
        }
        self.end_field();
    }

    fn quantity(&mut self, line: &SaleLine, before: &[u8], after: &[u8]) {
        if line.defect == Some(Defect::UnreadableQuantity) {
            self.buffer.extend_from_slice(b"1O");
        } else {
            self.buffer.extend_from_slice(before);
            push_number(self.buffer, u64::from(line.units), 1);
            self.buffer.extend_from_slice(after);
        }
        self.end_field();
    }

    fn serials(&mut self, serials: &[Serial], separator: u8) {
        for (at, serial) in serials.iter().enumerate() {
            if at > 0 {
                self.buffer.push(separator);
            }
            self.buffer.extend_from_slice(serial);
        }
        self.end_field();
    }

    /// Ends the record: the delimiter after its last field goes, and with it that field where one is missing.
    fn end(self, defect: Option<Defect>, line_end: &[u8]) {
        self.buffer.pop();
        if defect == Some(Defect::MissingField)
            && let Some(last) = self.buffer.iter().rposition(|&byte| byte == self.delimiter)
        {
            self.buffer.truncate(last);
        }
        self.buffer.extend_from_slice(line_end);
    }
}
