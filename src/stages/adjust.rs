//! Adjustments (DESIGN part 5): from a reviewed row, and the record that it replaces, to the line that it adds.
//!
//! Values are cast as strictly as a feed's, and the line goes through the same rules of product, money and as-of date.

use super::classify::{Classifier, ProductClass, ProductTexts};
use super::extract::{parse_amount, parse_quantity};
use super::normalize::convert;
use super::tally::unpack_currency;
use crate::config::file::SignPosition;
use crate::config::plan::{NumberFormat, Plan};
use crate::finding::{Method, QuarantineCode};
use crate::reference::{Adjustment, References, iso_day, normalise_sku};
use crate::tables::stage::{Lines, NO_PARTNER, SERIAL_SEPARATOR};
use serde::{Deserialize, Serialize};

/// Between several serials in one cell of the adjustments table.
const CELL_SEPARATOR: char = '|';
/// How the table's numbers are written.
const NUMBERS: NumberFormat =
    NumberFormat { decimal: b'.', thousands: None, sign: SignPosition::Leading, currency_signs: Vec::new() };

/// Why an adjustment cannot be applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// One lower-case sentence.
    pub message: String,
    /// What a person can do.
    pub hint: &'static str,
}

/// New values of an adjustment, cast; none where there is no new one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewValues {
    /// Invoice date.
    pub date: Option<i32>,
    /// Signed quantity.
    pub quantity: Option<i64>,
    /// Signed net amount, cents of the source currency.
    pub amount: Option<i64>,
    /// Source currency.
    pub currency: Option<String>,
    /// Sorted serials, each once, joined by [`SERIAL_SEPARATOR`].
    pub serials: Option<String>,
}

/// Units and money of lines that an adjustment adds or drops. Money in cents of the reporting currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdjustedSums {
    /// Lines: one, unless something went wrong.
    pub lines: u64,
    /// Signed units.
    pub units: i64,
    /// Signed money.
    pub amount: i64,
}

/// What an adjustment does to units and money.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdjustmentEffect {
    /// The line that is dropped.
    pub dropped: AdjustedSums,
    /// The line that is added.
    pub added: AdjustedSums,
}

/// What attachment found of an adjustment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppliedAdjustment {
    /// Units and money of the lines found.
    pub effect: AdjustmentEffect,
    /// The line that is dropped: its id and its partner.
    pub dropped_line: Option<(i64, u32)>,
    /// The line that is added: its id and its partner.
    pub added_line: Option<(i64, u32)>,
}

impl AppliedAdjustment {
    /// Counts the line that is dropped.
    pub fn drop_line(&mut self, line: (i64, u32), units: i64, amount: i64) {
        self.effect.dropped.add(units, amount);
        self.dropped_line = Some(line);
    }

    /// Counts the line that is added.
    pub fn add_line(&mut self, line: (i64, u32), units: i64, amount: i64) {
        self.effect.added.add(units, amount);
        self.added_line = Some(line);
    }

    /// Adds what another part found.
    pub fn merge(&mut self, other: &Self) {
        self.effect.dropped.merge(&other.effect.dropped);
        self.effect.added.merge(&other.effect.added);
        self.dropped_line = self.dropped_line.or(other.dropped_line);
        self.added_line = self.added_line.or(other.added_line);
    }
}

/// A line that an adjustment adds, with the columns of [`Lines`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddedLine {
    /// Index into the partners.
    pub partner: u32,
    /// Invoice date.
    pub date: i32,
    /// The product's class.
    pub class: ProductClass,
    /// Signed quantity.
    pub quantity: i64,
    /// Cents of the reporting currency.
    pub amount: i64,
    /// Cents of the source currency.
    pub source_amount: i64,
    /// Source currency.
    pub currency: String,
    /// Base SKU.
    pub sku: String,
    /// Localisation option or empty.
    pub sku_option: String,
    /// Sorted serials, joined by [`SERIAL_SEPARATOR`].
    pub serials: String,
    /// Invoice number or empty.
    pub invoice: String,
    /// Purchase order or empty.
    pub purchase_order: String,
    /// Sales order or empty.
    pub sales_order: String,
    /// End customer or empty.
    pub end_customer: String,
    /// Certificate or empty.
    pub certificate: String,
}

impl AdjustedSums {
    /// Adds a line.
    pub fn add(&mut self, units: i64, amount: i64) {
        self.lines += 1;
        self.units += units;
        self.amount += amount;
    }

    /// Adds other sums.
    pub fn merge(&mut self, other: &Self) {
        self.lines += other.lines;
        self.units += other.units;
        self.amount += other.amount;
    }
}

/// Casts the new values of an adjustment.
///
/// # Errors
/// Every value that is not what its column holds.
pub fn cast(adjustment: &Adjustment) -> Result<NewValues, Vec<Refusal>> {
    let texts = &adjustment.values;
    let mut refusals = Vec::new();
    let mut refuse = |message: String, hint| refusals.push(Refusal { message, hint });
    let mut values = NewValues::default();
    match iso_day(&texts.date) {
        Ok(date) => values.date = date,
        Err(_) => refuse(format!("`date` is `{}`, which is not a day of the calendar", texts.date), "a date like 2026-10-31"),
    }
    let mut number = |column: &str, text: &str, parsed: Result<i64, QuarantineCode>| {
        let refused =
            |code: QuarantineCode| refuse(format!("`{column}` is `{text}`: {}", code.meaning()), "a number like -1 or 1234.50");
        if text.is_empty() { None } else { parsed.map_err(refused).ok() }
    };
    values.quantity = number("quantity", &texts.quantity, parse_quantity(&texts.quantity, &NUMBERS));
    values.amount = number("amount", &texts.amount, parse_amount(&texts.amount, &NUMBERS).map(|(cents, _)| cents));
    if !texts.currency.is_empty() {
        if texts.currency.len() == 3 && texts.currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
            values.currency = Some(texts.currency.clone());
        } else {
            refuse(format!("`currency` is `{}`, which is not a three-letter code", texts.currency), "ISO 4217, for example `EUR`");
        }
    }
    values.serials = (!texts.serials.is_empty()).then(|| joined_serials(&texts.serials));
    if refusals.is_empty() { Ok(values) } else { Err(refusals) }
}

/// The serials of a cell: upper case, sorted, each once.
fn joined_serials(cell: &str) -> String {
    let mut serials: Vec<String> =
        cell.split(CELL_SEPARATOR).map(|serial| serial.trim().to_ascii_uppercase()).filter(|serial| !serial.is_empty()).collect();
    serials.sort_unstable();
    serials.dedup();
    serials.join(&SERIAL_SEPARATOR.to_string())
}

/// The line that an adjustment adds: its new values, and beside them those of the record that it replaces.
///
/// # Errors
/// Why no such line can be: its date, or a month without exchange rate.
pub fn added_line(
    adjustment: &Adjustment,
    values: &NewValues,
    replaced: Option<(&Lines, usize)>,
    plan: &Plan,
    classifier: &mut Classifier<'_>,
    references: &References,
) -> Result<AddedLine, Refusal> {
    let texts = &adjustment.values;
    let text = |new: &String, column: fn(&Lines) -> &arrow::array::StringArray| match replaced {
        Some((lines, row)) if new.is_empty() => column(lines).value(row).to_owned(),
        _ => new.clone(),
    };
    let number = |new: Option<i64>, column: fn(&Lines) -> &arrow::array::Int64Array| {
        new.or_else(|| replaced.map(|(lines, row)| column(lines).value(row))).unwrap_or_default()
    };
    let date = values.date.or_else(|| replaced.map(|(lines, row)| lines.date.value(row))).unwrap_or_default();
    if date > plan.period.as_of {
        let message = "the line is dated after the day the data was cut".to_owned();
        return Err(Refusal { message, hint: "no line of the future counts; correct `date`" });
    }
    let (sku, sku_option, class) = match replaced {
        Some((lines, row)) if texts.sku.is_empty() => {
            let method = Method::from_index(lines.method.value(row)).unwrap_or(Method::Unmapped);
            let (kind, category, flags) = (lines.kind.value(row), lines.category.value(row), lines.flags.value(row));
            let class = ProductClass { kind, category, method, flags };
            (lines.sku.value(row).to_owned(), lines.sku_option.value(row).to_owned(), class)
        }
        _ => {
            let (sku, option) = normalise_sku(&texts.sku);
            let class = classifier.classify(&sku, &ProductTexts::default());
            (sku.into_owned(), option.unwrap_or_default().to_owned(), class)
        }
    };
    let currency = match replaced {
        Some((lines, row)) if values.currency.is_none() => unpack_currency(lines.currency.value(row)),
        _ => values.currency.clone().unwrap_or_default(),
    };
    let source_amount = number(values.amount, |lines| &lines.source_amount);
    let amount = convert(plan, references, source_amount, &currency, date).ok_or_else(|| Refusal {
        message: format!("there is no exchange rate for `{currency}` in the month of the line"),
        hint: "add the month to the table of exchange rates, or correct `date` or `currency`",
    })?;
    Ok(AddedLine {
        partner: adjustment.partner.or_else(|| replaced.map(|(lines, row)| lines.partner.value(row))).unwrap_or(NO_PARTNER),
        date,
        class,
        quantity: number(values.quantity, |lines| &lines.quantity),
        amount,
        source_amount,
        currency,
        sku,
        sku_option,
        serials: match (&values.serials, replaced) {
            (None, Some((lines, row))) => lines.serials.value(row).to_owned(),
            (new, _) => new.clone().unwrap_or_default(),
        },
        invoice: text(&texts.invoice, |lines| &lines.invoice),
        purchase_order: text(&texts.purchase_order, |lines| &lines.purchase_order),
        sales_order: text(&texts.sales_order, |lines| &lines.sales_order),
        end_customer: text(&texts.end_customer, |lines| &lines.end_customer),
        certificate: text(&texts.certificate, |lines| &lines.certificate),
    })
}
