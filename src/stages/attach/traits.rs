//! What the index reads of a hardware line beside partner, category and date: its order, its price band, its exception.

use super::SettledLines;
use crate::config::plan::{Period, Plan};
use crate::stages::exceptions::ExceptionRules;
use crate::tables::stage::Lines;
use chrono::{Datelike, NaiveDate};
use xxhash_rust::xxh3::Xxh3;

/// What the index reads of a line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Traits {
    /// The order within the partner (DESIGN part 2): a hash of the customer's purchase order, else the sales order, else the invoice; a line
    /// with none is an order by itself. Never negative.
    pub order: i64,
    /// The price band: how many of the configured bounds the unit price reaches.
    pub band: u8,
    /// The exception that takes the line out: 1 + its place among the exceptions; 0 where there is none.
    pub exception: u16,
}

/// The rules by which lines get their traits and places in the period.
#[derive(Debug, Clone, Copy)]
pub struct IndexRules<'a> {
    /// Lower bounds of the price bands above the first, cents for one unit.
    pub price_bands: &'a [i64],
    /// The exceptions.
    pub exceptions: &'a ExceptionRules,
    /// The assessed period.
    pub period: &'a Period,
    /// Lines before this day take no part.
    pub horizon: i32,
}

impl<'a> IndexRules<'a> {
    /// The rules of a plan.
    pub fn new(plan: &'a Plan, exceptions: &'a ExceptionRules) -> Self {
        Self { price_bands: &plan.benchmark.price_bands, exceptions, period: &plan.period, horizon: plan.horizon() }
    }

    /// The traits of a line.
    pub fn traits(&self, lines: &Lines, row: usize, line_id: i64) -> Traits {
        Traits {
            order: order(lines, row, line_id),
            band: band(lines.amount.value(row), lines.quantity.value(row), self.price_bands),
            exception: self.exceptions.find(lines, row),
        }
    }

    /// The traits of every line that takes part in the index.
    pub fn all(&self, settled: SettledLines<'_>, line_id: impl Fn(usize) -> i64) -> Vec<Traits> {
        (0..settled.len())
            .map(|row| {
                let is_read = matches!(settled.lines.kind.value(row), super::HARDWARE | super::SERVICE);
                if is_read && settled.counts(row, self.horizon) {
                    self.traits(settled.lines, row, line_id(row))
                } else {
                    Traits::default()
                }
            })
            .collect()
    }

    /// Whether a day lies in the period.
    pub fn is_in_period(&self, date: i32) -> bool {
        (self.period.from..=self.period.to).contains(&date)
    }
}

fn order(lines: &Lines, row: usize, line_id: i64) -> i64 {
    let mut hasher = Xxh3::new();
    let keys = [lines.purchase_order.value(row), lines.sales_order.value(row), lines.invoice.value(row)];
    match keys.iter().zip(0u8..).find(|(key, _)| !key.is_empty()) {
        Some((key, kind)) => {
            hasher.update(&[kind]);
            hasher.update(key.as_bytes());
        }
        None => {
            hasher.update(&[u8::MAX]);
            hasher.update(&line_id.to_le_bytes());
        }
    }
    (hasher.digest() >> 1) as i64
}

/// How many bounds the price of one unit reaches, by multiplication. A line without units is in the first band.
fn band(amount: i64, quantity: i64, bounds: &[i64]) -> u8 {
    let (amount, quantity) = (i128::from(amount).abs(), i128::from(quantity).abs());
    if quantity == 0 {
        return 0;
    }
    bounds.iter().take_while(|bound| amount >= i128::from(**bound) * quantity).count() as u8
}

/// First days of the quarters of a period, counted in months from its first month.
pub fn quarter_starts(period: &Period) -> Vec<i32> {
    let first = NaiveDate::from_epoch_days(period.from).unwrap_or_default();
    let month = |months: i32| {
        let number = first.year() * 12 + first.month0() as i32 + months;
        NaiveDate::from_ymd_opt(number.div_euclid(12), number.rem_euclid(12) as u32 + 1, 1)
            .map_or(i32::MAX, |day| day.to_epoch_days())
    };
    std::iter::once(period.from).chain((1..).map(|quarter| month(quarter * 3)).take_while(|start| *start <= period.to)).collect()
}

/// The quarter of a day of the period, from 1.
pub fn quarter(starts: &[i32], date: i32) -> u8 {
    starts.partition_point(|start| *start <= date).min(usize::from(u8::MAX)) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_are_told_by_the_price_of_one_unit() {
        let bounds = [50_000, 150_000];
        assert_eq!(band(99_998, 2, &bounds), 0);
        assert_eq!(band(100_000, 2, &bounds), 1);
        assert_eq!(band(-300_000, -2, &bounds), 2);
        assert_eq!(band(100, 0, &bounds), 0);
    }

    #[test]
    fn quarters_begin_every_three_months() {
        let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).expect("a day").to_epoch_days();
        let period = Period { from: day(2025, 11, 1), to: day(2026, 10, 31), as_of: day(2026, 12, 15) };
        let starts = quarter_starts(&period);
        assert_eq!(starts, [day(2025, 11, 1), day(2026, 2, 1), day(2026, 5, 1), day(2026, 8, 1)]);
        assert_eq!(
            [day(2025, 11, 1), day(2026, 1, 31), day(2026, 2, 1), day(2026, 10, 31)].map(|date| quarter(&starts, date)),
            [1, 1, 2, 4]
        );
    }
}
