//! The days of the sample: two fiscal years, the weeks after them, and when a record reaches the vendor.

use chrono::{Datelike, Days, NaiveDate, Weekday};
use rand::RngExt;

/// Number of days that are generated, 2024-11-01 to 2026-12-15.
pub(super) const DAY_COUNT: usize = 775;
/// 2025-11-01, the first day of the assessed fiscal year.
pub(super) const PERIOD_START: u16 = 365;
/// 2026-11-05, the day of the preliminary drop.
pub(super) const PRELIMINARY_DAY: u16 = 734;
/// 2026-12-15, the day of the complete drop and the last day of any sale.
pub(super) const LAST_DAY: u16 = 774;
/// From this day on some records reach the vendor only after the preliminary drop.
pub(super) const LATE_ARRIVAL_FROM: u16 = PRELIMINARY_DAY - 60;
/// Number of calendar months, 2024-11 to 2026-12.
pub(super) const MONTH_COUNT: usize = 26;
/// 2026-09, the first month that the complete drop restates.
pub(super) const FIRST_RESTATED_MONTH: usize = 22;
/// 2026-11, the last month that the preliminary drop knows.
pub(super) const LAST_PRELIMINARY_MONTH: usize = 24;

/// One day in the forms in which senders write it.
pub(super) struct Day {
    /// `2026-10-31`
    pub iso: String,
    /// `31.10.2026`
    pub dotted: String,
    /// Months since 2024-11.
    pub month: usize,
}

/// All days, and how likely an order is on each.
pub(super) struct Calendar {
    pub days: Vec<Day>,
    cumulative: Vec<u32>,
}

impl Calendar {
    pub fn new() -> Self {
        let first = first_day();
        let mut days = Vec::with_capacity(DAY_COUNT);
        let mut cumulative = Vec::with_capacity(DAY_COUNT);
        let mut total = 0;
        for offset in 0..DAY_COUNT {
            let date = first.checked_add_days(Days::new(offset as u64)).unwrap_or(first);
            let month = (date.year() - 2024) as usize * 12 + date.month0() as usize - 10;
            days.push(Day { iso: date.format("%Y-%m-%d").to_string(), dotted: date.format("%d.%m.%Y").to_string(), month });
            total += order_weight(date, offset < PERIOD_START as usize);
            cumulative.push(total);
        }
        Self { days, cumulative }
    }

    /// Draws the day of an order.
    pub fn draw(&self, rng: &mut impl RngExt) -> u16 {
        let total = self.cumulative[DAY_COUNT - 1];
        let ticket = rng.random_range(0..total);
        self.cumulative.partition_point(|&below| below <= ticket) as u16
    }

    /// Year and month of a month number, as `(2026, 10)`.
    pub fn year_month(month: usize) -> (usize, usize) {
        let months = month + 10;
        (2024 + months / 12, months % 12 + 1)
    }
}

fn first_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2024, 11, 1).unwrap_or(NaiveDate::MIN)
}

/// Weekends are quiet, the last month of a fiscal quarter is busy, the year before is known at a quarter of the density.
fn order_weight(date: NaiveDate, is_year_before: bool) -> u32 {
    let weekday = if matches!(date.weekday(), Weekday::Sat | Weekday::Sun) { 4 } else { 40 };
    let season = if matches!(date.month(), 1 | 4 | 7 | 10) { 14 } else { 10 };
    let density = if is_year_before { 1 } else { 4 };
    weekday * season * density
}
