//! The large facts, written part by part as columns.

use super::parquet::{RowWriter, TableWriter, Value, WrittenTable};
use crate::config::file::CustomerDisclosure;
use crate::config::plan::Plan;
use crate::error::{Error, Result};
use crate::finding::Method;
use crate::io::fingerprint;
use crate::reference::{Kind, References};
use crate::stages::attach::{Attachment, HARDWARE, LineOutcome, Outcome, SettledLines, Traits, is_open};
use crate::stages::registrations::Joined;
use crate::stages::tally::unpack_currency;
use crate::tables::published::FACT_REGISTRATION;
use crate::tables::stage::{FLAG_POST_WARRANTY, NO_CATEGORY, NO_PARTNER, Registrations, SERIAL_SEPARATOR};
use arrow::array::{ArrayRef, BooleanArray, Date32Array, Decimal128Array, Int64Array, StringArray, StringBuilder, UInt32Array};
use arrow::compute::take;
use rustc_hash::FxHashMap;
use std::path::Path;
use std::sync::Arc;

/// Rows of one written batch: what a worker holds of a table at a time.
const BATCH_ROWS: usize = 32_768;

/// What the facts look up.
pub struct FactContext<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The reference tables.
    pub references: &'a References,
    /// Lines before this day take no part.
    pub horizon: i32,
}

/// Appends the accepted lines to `fact_sale_line`.
///
/// # Errors
/// Where the file cannot be written.
pub fn write_sale_lines(
    writer: &mut TableWriter,
    context: &FactContext<'_>,
    settled: SettledLines<'_>,
    outcome: &Outcome,
    traits: &[Traits],
    line_id: impl Fn(usize) -> i64,
) -> Result<()> {
    let accepted: Vec<u32> =
        (0..settled.len() as u32).filter(|row| settled.settlement.is_duplicate.value(*row as usize) == 0).collect();
    let mut outcomes = outcome.of_lines(accepted.iter().map(|row| *row as usize));
    for rows in accepted.chunks(BATCH_ROWS) {
        let became: Vec<LineOutcome<'_>> = outcomes.by_ref().take(rows.len()).collect();
        writer.write(sale_line_columns(context, settled, (&outcome.attached_units, &became), traits, &line_id, rows)?)?;
    }
    Ok(())
}

fn sale_line_columns(
    context: &FactContext<'_>,
    settled: SettledLines<'_>,
    (attached_units, became): (&[i64], &[LineOutcome<'_>]),
    traits: &[Traits],
    line_id: &impl Fn(usize) -> i64,
    rows: &[u32],
) -> Result<Vec<ArrayRef>> {
    let (lines, settlement) = (settled.lines, settled.settlement);
    let (plan, references) = (context.plan, context.references);
    let each = || rows.iter().map(|row| *row as usize);
    let integers = |get: &dyn Fn(usize) -> i64| -> ArrayRef { Arc::new(Int64Array::from_iter_values(each().map(get))) };
    let money = |get: &dyn Fn(usize) -> i64| money_column(each().map(get));
    let indices = UInt32Array::from(rows.to_vec());
    let texts = |column: &StringArray| without_empty(column, &indices);
    let in_period = |date: i32| (plan.period.from..=plan.period.to).contains(&date);
    let category = |row: usize| category_code(references, lines.category.value(row));
    let maturity = |row: usize| {
        (lines.kind.value(row) == HARDWARE).then(|| maturity_code(is_open(lines.date.value(row), &plan.period, &plan.attach)))
    };
    let is_index_hardware = |row: usize| lines.kind.value(row) == HARDWARE && settled.counts(row, context.horizon);
    let mut currencies: FxHashMap<u32, String> = FxHashMap::default();
    let source_currency: StringArray = each()
        .map(|row| {
            let packed = lines.currency.value(row);
            Some(currencies.entry(packed).or_insert_with(|| unpack_currency(packed)).clone())
        })
        .collect();
    Ok(vec![
        integers(line_id),
        Arc::new(StringArray::from_iter_values(
            each().map(|row| references.partners[lines.partner.value(row) as usize].id.as_str()),
        )),
        Arc::new(StringArray::from_iter_values(each().map(|row| plan.feed_id(settlement.feed.value(row))))),
        integers(&|row| settlement.file.value(row)),
        integers(&|row| i64::from(lines.record.value(row))),
        integers(&|row| i64::from(lines.line.value(row))),
        Arc::new(StringArray::from_iter_values(each().map(|row| origin_code(settled, row)))),
        Arc::new(StringArray::from_iter(each().map(|row| adjustment_id(references, settlement.adjustment.value(row))))),
        Arc::new(Date32Array::from_iter_values(each().map(|row| lines.date.value(row)))),
        texts(&lines.invoice),
        take(&lines.sku, &indices, None).map_err(arrow_failed)?,
        texts(&lines.sku_option),
        Arc::new(StringArray::from_iter_values(each().map(|row| kind_code(lines.kind.value(row))))),
        Arc::new(StringArray::from_iter(each().map(category))),
        Arc::new(StringArray::from_iter_values(
            each().map(|row| Method::from_index(lines.method.value(row)).unwrap_or(Method::Unmapped).code()),
        )),
        Arc::new(BooleanArray::from_iter(each().map(|row| Some(lines.flags.value(row) & FLAG_POST_WARRANTY != 0)))),
        integers(&|row| lines.quantity.value(row)),
        money(&|row| lines.amount.value(row)),
        money(&|row| lines.source_amount.value(row)),
        Arc::new(source_currency),
        integers(&|row| settlement.net_units.value(row)),
        money(&|row| settlement.net_amount.value(row)),
        integers(&|row| attached_units[row]),
        money_column(became.iter().map(|line| line.attachments.iter().map(|attachment| attachment.amount).sum())),
        Arc::new(Int64Array::from_iter_values(became.iter().map(|line| line.rest.map_or(0, |rest| rest.units)))),
        money_column(became.iter().map(|line| line.rest.map_or(0, |rest| rest.amount))),
        Arc::new(StringArray::from_iter(became.iter().map(|line| line.rest.map(|rest| rest.reason.code())))),
        Arc::new(BooleanArray::from_iter(each().map(|row| Some(in_period(lines.date.value(row)))))),
        Arc::new(BooleanArray::from_iter(each().map(|row| Some(lines.date.value(row) < context.horizon)))),
        Arc::new(StringArray::from_iter(each().map(maturity))),
        Arc::new(Int64Array::from_iter(each().map(|row| is_index_hardware(row).then(|| traits[row].order)))),
        Arc::new(Int64Array::from_iter(each().map(|row| is_index_hardware(row).then(|| i64::from(traits[row].band))))),
        Arc::new(StringArray::from_iter(each().map(|row| references.exception_id(traits[row].exception)))),
        texts(&lines.purchase_order),
        texts(&lines.sales_order),
        customers(&lines.end_customer, rows, plan.publish.customers),
        texts(&lines.certificate),
        integers(&|row| serial_count(lines.serials.value(row))),
        Arc::new(StringArray::from_iter_values(each().map(|_| plan.reporting_currency.as_str()))),
    ])
}

/// Appends attachments to `fact_attachment`.
///
/// # Errors
/// Where the file cannot be written.
pub fn write_attachments(
    writer: &mut TableWriter,
    context: &FactContext<'_>,
    settled: SettledLines<'_>,
    outcome: &Outcome,
    line_id: impl Fn(usize) -> i64,
) -> Result<()> {
    let (plan, references) = (context.plan, context.references);
    let mut sorted = outcome.attachments.clone();
    sorted.sort_by(|a, b| {
        let key = |attachment: &Attachment| attachment.service;
        (key(a), a.rung.code(), a.hardware_id, a.units == 0).cmp(&(key(b), b.rung.code(), b.hardware_id, b.units == 0))
    });
    for chunk in sorted.chunks(BATCH_ROWS) {
        let integers =
            |get: &dyn Fn(&Attachment) -> i64| -> ArrayRef { Arc::new(Int64Array::from_iter_values(chunk.iter().map(get))) };
        let service_date = |service: u32| settled.lines.date.value(service as usize);
        let partner = |index: u32| references.partners[index as usize].id.as_str();
        writer.write(vec![
            integers(&|a| line_id(a.service as usize)),
            Arc::new(StringArray::from_iter_values(chunk.iter().map(|a| a.rung.code()))),
            integers(&|a| a.hardware_id),
            Arc::new(BooleanArray::from_iter(chunk.iter().map(|a| Some(a.units == 0)))),
            integers(&|a| a.packs),
            integers(&|a| a.units),
            money_column(chunk.iter().map(|a| a.amount)),
            Arc::new(StringArray::from_iter_values(chunk.iter().map(|a| partner(settled.lines.partner.value(a.service as usize))))),
            Arc::new(StringArray::from_iter_values(chunk.iter().map(|a| partner(a.hardware_partner)))),
            Arc::new(StringArray::from_iter_values(
                chunk
                    .iter()
                    .map(|a| partner(plan.attach.credit.of(a.hardware_partner, settled.lines.partner.value(a.service as usize)))),
            )),
            Arc::new(StringArray::from_iter_values(
                chunk.iter().map(|a| category_code(references, crate::stages::category_of(a.hardware_id)).unwrap_or_default()),
            )),
            Arc::new(Date32Array::from_iter_values(chunk.iter().map(|a| service_date(a.service)))),
            Arc::new(Date32Array::from_iter_values(chunk.iter().map(|a| a.hardware_date))),
            integers(&|a| i64::from(service_date(a.service) - a.hardware_date)),
            Arc::new(BooleanArray::from_iter(
                chunk.iter().map(|a| Some((plan.period.from..=plan.period.to).contains(&a.hardware_date))),
            )),
            Arc::new(StringArray::from_iter(chunk.iter().map(|a| references.exception_id(a.traits.exception)))),
            Arc::new(StringArray::from_iter_values(chunk.iter().map(|_| plan.reporting_currency.as_str()))),
        ])?;
    }
    Ok(())
}

/// Writes `fact_registration` for one bucket. Registrations are in the order of file and record.
///
/// # Errors
/// Where the file cannot be written.
pub fn write_registrations(
    path: &Path,
    plan: &Plan,
    references: &References,
    registrations: &Registrations,
    joined: &[Joined],
) -> Result<WrittenTable> {
    let mut writer = RowWriter::create(path, &FACT_REGISTRATION, plan.publish.compatibility)?;
    let mut place = 0;
    let mut last = None;
    for (row, joined) in joined.iter().enumerate() {
        let record = (registrations.file.value(row), registrations.record.value(row));
        place = if last == Some(record) { place + 1 } else { 1 };
        last = Some(record);
        let partner = match registrations.partner.value(row) {
            NO_PARTNER => Value::None,
            partner => Value::Text(&references.partners[partner as usize].id),
        };
        let (outcome, evidence, sale) = match joined {
            Joined::Gave { line_id, by } => ("given", Value::Text(by.code()), Value::Whole(*line_id)),
            Joined::Confirmed { line_id } => ("confirmed", Value::None, Value::Whole(*line_id)),
            Joined::RegisteredOnly => ("REGISTERED_ONLY", Value::None, Value::None),
        };
        writer.row(&[
            Value::Whole(record.0),
            Value::Whole(i64::from(record.1)),
            Value::Whole(place),
            Value::Whole(i64::from(registrations.line.value(row))),
            Value::Whole(i64::from(registrations.date.value(row))),
            Value::Text(registrations.sku.value(row)),
            partner,
            Value::Text(outcome),
            evidence,
            sale,
        ])?;
    }
    writer.finish()
}

/// The code of a maturity.
pub fn maturity_code(is_open: bool) -> &'static str {
    if is_open { "open" } else { "closed" }
}

/// The code of where a line comes from.
fn origin_code(settled: SettledLines<'_>, row: usize) -> &'static str {
    if settled.is_added(row) { "adjustment" } else { "feed" }
}

fn adjustment_id(references: &References, number: u32) -> Option<&str> {
    references.adjustment(number).map(|adjustment| adjustment.id.as_str())
}

fn category_code(references: &References, category: u16) -> Option<&str> {
    (category != NO_CATEGORY).then(|| references.categories[usize::from(category)].code.as_str())
}

/// The code of a kind of product.
pub fn kind_code(kind: u8) -> &'static str {
    [Kind::Hardware, Kind::Service, Kind::Other].into_iter().find(|known| *known as u8 == kind).map_or("unmapped", Kind::code)
}

fn serial_count(serials: &str) -> i64 {
    if serials.is_empty() { 0 } else { serials.split(SERIAL_SEPARATOR).count() as i64 }
}

fn money_column(cents: impl Iterator<Item = i64>) -> ArrayRef {
    let array = Decimal128Array::from_iter_values(cents.map(i128::from));
    Arc::new(array.with_data_type(crate::tables::published::ColumnKind::Money.data_type()))
}

/// The rows of a text column, with none for empty texts.
fn without_empty(column: &StringArray, rows: &UInt32Array) -> ArrayRef {
    let mut builder = StringBuilder::with_capacity(rows.len(), rows.len() * 10);
    for row in rows.values() {
        let text = column.value(*row as usize);
        if text.is_empty() { builder.append_null() } else { builder.append_value(text) }
    }
    Arc::new(builder.finish())
}

fn customers(column: &StringArray, rows: &[u32], disclosure: CustomerDisclosure) -> ArrayRef {
    let texts = rows.iter().map(|row| Some(column.value(*row as usize)).filter(|text| !text.is_empty()));
    Arc::new(match disclosure {
        CustomerDisclosure::Full => StringArray::from_iter(texts),
        CustomerDisclosure::Omitted => StringArray::from_iter(texts.map(|_| None::<&str>)),
        CustomerDisclosure::Hashed => StringArray::from_iter(texts.map(|text| text.map(hashed))),
    })
}

/// A keyless hash of an identifying text: equal texts stay equal, the text itself is not shown.
pub fn hashed(text: &str) -> String {
    fingerprint::hex(&fingerprint::of_parts([text.as_bytes()])[..8])
}

fn arrow_failed(error: arrow::error::ArrowError) -> Error {
    Error::Internal(error.to_string())
}
