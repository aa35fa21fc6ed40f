//! The accepted sale lines of a partner, from the published tables.

use super::manifest::iso_date;
use crate::error::Result;
use crate::io::parquet_table::{AnyEqual, Rows, scan};
use crate::tables::published::FACT_SALE_LINE;
use arrow::array::Array;
use std::path::Path;

const COLUMNS: [&str; 36] = [
    "sale_line_id",
    "partner_id",
    "feed_id",
    "file_id",
    "record_number",
    "line_number",
    "origin_code",
    "adjustment_id",
    "invoice_date",
    "invoice_number",
    "sku",
    "sku_option",
    "kind_code",
    "category_code",
    "is_post_warranty",
    "quantity_units",
    "sale_amount",
    "source_amount",
    "source_currency_code",
    "net_units",
    "net_amount",
    "attached_units",
    "attached_amount",
    "left_over_units",
    "left_over_amount",
    "left_over_code",
    "is_in_period",
    "is_before_horizon",
    "maturity_code",
    "exception_id",
    "purchase_order_number",
    "sales_order_number",
    "end_customer_id",
    "certificate_number",
    "serial_count",
    "classification_code",
];

/// A row of `fact_sale_line`. Amounts are cents, absent texts are empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineRow {
    pub id: i64,
    pub partner_id: String,
    pub feed_id: String,
    pub file_id: i64,
    pub record: u64,
    pub line: u64,
    pub is_added: bool,
    pub adjustment_id: String,
    /// Days since 1970-01-01.
    pub date: i32,
    pub invoice: String,
    pub sku: String,
    pub sku_option: String,
    pub kind: String,
    pub category: String,
    pub is_post_warranty: bool,
    pub quantity: i64,
    pub amount: i64,
    pub source_amount: i64,
    pub currency: String,
    pub net_units: i64,
    pub net_amount: i64,
    pub attached_units: i64,
    pub attached_amount: i64,
    pub left_over_units: i64,
    pub left_over_amount: i64,
    pub left_over: String,
    pub is_in_period: bool,
    pub is_before_horizon: bool,
    pub maturity: String,
    pub exception_id: String,
    pub purchase_order: String,
    pub sales_order: String,
    pub end_customer: String,
    pub certificate: String,
    pub serial_count: i64,
    pub method: String,
}

impl LineRow {
    /// Whether an adjustment takes the line out of everything but the tables.
    pub fn is_dropped(&self) -> bool {
        !self.adjustment_id.is_empty() && !self.is_added
    }

    /// The date as `2026-10-31`.
    pub fn iso_date(&self) -> String {
        iso_date(self.date)
    }
}

/// Every accepted line of a partner, in the order of the table.
///
/// # Errors
/// `Damaged` where the table cannot be read.
pub fn lines_of(tables: &Path, partner_id: &str) -> Result<Vec<LineRow>> {
    let mut lines = Vec::new();
    each_line_of(tables, partner_id, |line| {
        lines.push(line);
        Ok(())
    })?;
    Ok(lines)
}

/// Goes over the accepted lines of a partner, in the order of the table, without holding them.
///
/// # Errors
/// `Damaged` where the table cannot be read; whatever `each` fails with.
pub fn each_line_of(tables: &Path, partner_id: &str, mut each: impl FnMut(LineRow) -> Result<()>) -> Result<()> {
    let only = AnyEqual { columns: &["partner_id"], value: partner_id };
    scan(tables, &FACT_SALE_LINE, &COLUMNS, Some(only), |rows| {
        let columns = Columns::of(rows)?;
        (0..rows.len()).try_for_each(|row| each(columns.line(row)?))
    })
}

/// The columns of a batch.
struct Columns<'a> {
    rows: &'a Rows,
    amounts: [Vec<i64>; 5],
}

impl<'a> Columns<'a> {
    fn of(rows: &'a Rows) -> Result<Self> {
        let [sale, source, net, attached, left] =
            ["sale_amount", "source_amount", "net_amount", "attached_amount", "left_over_amount"].map(|name| rows.scaled(name));
        Ok(Self { rows, amounts: [sale?, source?, net?, attached?, left?] })
    }

    fn line(&self, row: usize) -> Result<LineRow> {
        let text = |name| {
            let column = self.rows.texts(name)?;
            Ok::<String, crate::error::Error>(if column.is_valid(row) { column.value(row).to_owned() } else { String::new() })
        };
        let whole = |name| self.rows.integers(name).map(|column| column.value(row));
        let flag = |name| self.rows.flags(name).map(|column| column.value(row));
        let [amount, source_amount, net_amount, attached_amount, left_over_amount] =
            [0, 1, 2, 3, 4].map(|place: usize| self.amounts[place][row]);
        Ok(LineRow {
            id: whole("sale_line_id")?,
            partner_id: text("partner_id")?,
            feed_id: text("feed_id")?,
            file_id: whole("file_id")?,
            record: whole("record_number")?.unsigned_abs(),
            line: whole("line_number")?.unsigned_abs(),
            is_added: text("origin_code")? == "adjustment",
            adjustment_id: text("adjustment_id")?,
            date: self.rows.days("invoice_date")?.value(row),
            invoice: text("invoice_number")?,
            sku: text("sku")?,
            sku_option: text("sku_option")?,
            kind: text("kind_code")?,
            category: text("category_code")?,
            is_post_warranty: flag("is_post_warranty")?,
            quantity: whole("quantity_units")?,
            amount,
            source_amount,
            currency: text("source_currency_code")?,
            net_units: whole("net_units")?,
            net_amount,
            attached_units: whole("attached_units")?,
            attached_amount,
            left_over_units: whole("left_over_units")?,
            left_over_amount,
            left_over: text("left_over_code")?,
            is_in_period: flag("is_in_period")?,
            is_before_horizon: flag("is_before_horizon")?,
            maturity: text("maturity_code")?,
            exception_id: text("exception_id")?,
            purchase_order: text("purchase_order_number")?,
            sales_order: text("sales_order_number")?,
            end_customer: text("end_customer_id")?,
            certificate: text("certificate_number")?,
            serial_count: whole("serial_count")?,
            method: text("classification_code")?,
        })
    }
}
