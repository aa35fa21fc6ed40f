//! Sale lines as plain rows: what the naive statements of the rules work on, and the stage tables made from them.

use std::cmp::Ordering;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, ArrowPrimitiveType, Int32Array, Int64Array, PrimitiveArray, RecordBatch, StringArray, UInt8Array, UInt16Array,
    UInt32Array,
};
use attachrate::config::file::Credit;
use attachrate::config::plan::AttachPolicy;
use attachrate::stages::attach::{HARDWARE, SERVICE};
use attachrate::stages::line_id;
use attachrate::stages::settle::PartLines;
use attachrate::tables::stage::{FLAG_POST_WARRANTY, Lines, SERIAL_SEPARATOR, Settlement};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::subsequence;

/// Locations of each partner. Each is assessed by itself, in the order of partners.
pub const LOCATIONS: u32 = 2;

/// One sale line, before and after settling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The reseller, within which lines are matched.
    pub partner: u32,
    /// Which of its locations sold: see [`LOCATIONS`].
    pub location: u32,
    pub date: i32,
    pub category: u16,
    pub kind: u8,
    pub is_post_warranty: bool,
    pub quantity: i64,
    pub amount: i64,
    pub invoice: String,
    pub sku: String,
    pub serials: Vec<String>,
    pub purchase_order: String,
    pub sales_order: String,
    pub end_customer: String,
    pub certificate: String,
    pub feed: u16,
    pub file: i64,
    pub record: u32,
    pub is_duplicate: bool,
    pub net_units: i64,
    pub net_amount: i64,
}

impl Row {
    pub fn is_hardware(&self) -> bool {
        self.kind == HARDWARE
    }

    pub fn is_service(&self) -> bool {
        self.kind == SERVICE
    }

    /// The number of its assessed location.
    pub fn assessed(&self) -> u32 {
        self.partner * LOCATIONS + self.location
    }

    /// Rule 5: (partner, date, invoice, SKU, serials, quantity, amount, purchase order, sales order, end customer, certificate, feed), with
    /// the location before the feed; file and record break ties.
    pub fn line_key(&self, other: &Self) -> Ordering {
        let head = |row: &Self| (row.partner, row.date, row.invoice.clone(), row.sku.clone(), row.serials.clone());
        let middle = |row: &Self| (row.quantity, row.amount, row.purchase_order.clone(), row.sales_order.clone());
        let tail = |row: &Self| (row.end_customer.clone(), row.certificate.clone(), row.location, row.feed, row.file, row.record);
        head(self).cmp(&head(other)).then(middle(self).cmp(&middle(other))).then(tail(self).cmp(&tail(other)))
    }

    /// The order in which most rules take lines: (date, line key).
    pub fn date_and_key(&self, other: &Self) -> Ordering {
        self.date.cmp(&other.date).then_with(|| self.line_key(other))
    }
}

/// The ids of lines that are sorted by category and line key, all of one part.
pub fn ids(rows: &[Row]) -> Vec<i64> {
    let place = |row: usize| rows[..row].iter().filter(|other| other.category == rows[row].category).count() as u32;
    (0..rows.len()).map(|row| line_id(0, rows[row].category, place(row))).collect()
}

/// Sorts by category, then line key.
pub fn sort(rows: &mut [Row]) {
    rows.sort_by(|a, b| a.category.cmp(&b.category).then_with(|| a.line_key(b)));
}

fn numbers<T: ArrowPrimitiveType>(rows: &[Row], get: impl Fn(&Row) -> T::Native) -> ArrayRef {
    Arc::new(PrimitiveArray::<T>::from_iter_values(rows.iter().map(get)))
}

fn texts(rows: &[Row], get: impl Fn(&Row) -> String) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(rows.iter().map(get)))
}

pub fn joined(serials: &[String]) -> String {
    serials.join(&SERIAL_SEPARATOR.to_string())
}

/// The rows as a stage table.
pub fn lines(rows: &[Row]) -> Lines {
    use arrow::datatypes::{Int32Type as I32, Int64Type as I64, UInt8Type as U8, UInt16Type as U16, UInt32Type as U32};
    let columns = vec![
        numbers::<U32>(rows, Row::assessed),
        numbers::<U32>(rows, |row| row.partner * LOCATIONS),
        numbers::<I32>(rows, |row| row.date),
        numbers::<U16>(rows, |row| row.category),
        numbers::<U8>(rows, |row| row.kind),
        numbers::<U8>(rows, |_| 0),
        numbers::<U8>(rows, |row| if row.is_post_warranty { FLAG_POST_WARRANTY } else { 0 }),
        numbers::<I64>(rows, |row| row.quantity),
        numbers::<I64>(rows, |row| row.amount),
        numbers::<I64>(rows, |row| row.amount),
        numbers::<U32>(rows, |_| 0),
        numbers::<U32>(rows, |row| row.record),
        numbers::<U32>(rows, |row| row.record),
        texts(rows, |row| row.invoice.clone()),
        texts(rows, |row| row.sku.clone()),
        texts(rows, |_| String::new()),
        texts(rows, |row| joined(&row.serials)),
        texts(rows, |row| row.purchase_order.clone()),
        texts(rows, |row| row.sales_order.clone()),
        texts(rows, |row| row.end_customer.clone()),
        texts(rows, |row| row.certificate.clone()),
    ];
    Lines::from_batch(&RecordBatch::try_new(Lines::schema(), columns).expect("equal lengths")).expect("the columns of the schema")
}

/// The rows as the lines of a part.
pub fn part_lines(rows: &[Row]) -> PartLines {
    PartLines {
        lines: lines(rows),
        feed: rows.iter().map(|row| row.feed).collect::<Vec<u16>>().into(),
        file: rows.iter().map(|row| row.file).collect::<Vec<i64>>().into(),
    }
}

/// What settling found, as the rows say.
pub fn settlement(rows: &[Row]) -> Settlement {
    Settlement {
        feed: UInt16Array::from_iter_values(rows.iter().map(|row| row.feed)),
        file: Int64Array::from_iter_values(rows.iter().map(|row| row.file)),
        is_duplicate: UInt8Array::from_iter_values(rows.iter().map(|row| u8::from(row.is_duplicate))),
        adjustment: UInt32Array::from_iter_values(rows.iter().map(|_| 0)),
        net_units: Int64Array::from_iter_values(rows.iter().map(|row| row.net_units)),
        net_amount: Int64Array::from_iter_values(rows.iter().map(|row| row.net_amount)),
    }
}

/// Dates of generated rows; with the generated windows, some are inside and some outside.
pub const DAYS: i32 = 14;

/// A few values of different lengths, so that keys meet; `""` is a key that is not there.
fn key(name: &'static str, most: u32) -> impl Strategy<Value = String> {
    let value = move |number: u32| format!("{name}{}{number}", "-".repeat([0, 6, 18][number as usize % 3]));
    prop_oneof![1 => Just(String::new()), 3 => (0..most).prop_map(value)]
}

prop_compose! {
    /// Any sale line of a small world. The SKU sets kind and category, as the product master does.
    pub fn any_row()(
        (partner, location) in (0u32..3, 0..LOCATIONS),
        (date, product, quantity, amount) in (0..DAYS, 0u16..8, -3i64..5, -50i64..500),
        invoice in key("A", 3),
        serials in subsequence(vec!["S1", "S2", "S3", "S4"], 0..3),
        purchase_order in key("P", 2),
        sales_order in key("O", 2),
        end_customer in key("C", 2),
        certificate in key("K", 2),
        (feed, file) in (0u16..3, 0i64..2),
    ) -> Row {
        Row {
            partner,
            location,
            date,
            category: product % 2,
            kind: if product < 4 { HARDWARE } else { SERVICE },
            is_post_warranty: product == 7,
            quantity,
            amount,
            invoice,
            sku: format!("SKU{product}"),
            serials: serials.into_iter().map(str::to_owned).collect(),
            purchase_order,
            sales_order,
            end_customer,
            certificate,
            feed,
            file,
            record: 0,
            is_duplicate: false,
            net_units: quantity,
            net_amount: amount,
        }
    }
}

prop_compose! {
    /// Some sale lines in any order, each with a record number of its own.
    pub fn any_rows(most: usize)(mut rows in vec(any_row(), 1..most)) -> Vec<Row> {
        for (row, record) in rows.iter_mut().zip(1..) {
            row.record = record;
        }
        rows
    }
}

prop_compose! {
    /// Settled lines in line order: some are duplicates.
    pub fn settled_rows(most: usize)(rows in any_rows(most), duplicates in vec(prop::bool::weighted(0.08), most)) -> Vec<Row> {
        let mut rows = rows;
        for (row, is_duplicate) in rows.iter_mut().zip(duplicates) {
            row.is_duplicate = is_duplicate;
        }
        sort(&mut rows);
        rows
    }
}

prop_compose! {
    /// A short window with or without lead, and any rungs.
    pub fn any_policy()(
        (window_days, lead_days) in (0i32..8, 0i32..5),
        (serial, invoice, order, customer, pool) in any::<(bool, bool, bool, bool, bool)>(),
    ) -> AttachPolicy {
        AttachPolicy { window_days, lead_days, serial, invoice, order, customer, pool, credit: Credit::HardwareSeller }
    }
}

/// Rows of a table of numbers.
pub fn u32s(values: impl IntoIterator<Item = u32>) -> UInt32Array {
    UInt32Array::from_iter_values(values)
}

/// Dates.
pub fn days(values: impl IntoIterator<Item = i32>) -> Int32Array {
    Int32Array::from_iter_values(values)
}
