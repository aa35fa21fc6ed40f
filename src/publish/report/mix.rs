//! The mix of a partner's hardware beside the market's.

use std::cmp::Reverse;

use super::bars;
use super::format::scaled;
use super::model::PartnerPage;

/// Categories of the mix that a page shows.
pub const SHOWN: usize = 4;

/// One category of the mix: shares in tenths of a percent.
pub struct MixRow<'a> {
    /// Its name.
    pub name: &'a str,
    /// In the partner's hardware.
    pub own: i64,
    /// In the market's hardware.
    pub market: i64,
    /// Lengths of the two bars.
    pub bars: [i64; 2],
}

/// The shares of the categories in the partner's hardware and in the market's, the largest difference first.
pub fn mix(page: &PartnerPage) -> Vec<MixRow<'_>> {
    let own: i64 = page.categories.iter().map(|row| row.hardware_amount.max(0)).sum();
    let share = |part: i64, whole: i64| {
        scaled(i128::from(part.max(0)), 1_000, whole).and_then(|share| i64::try_from(share).ok()).unwrap_or(0)
    };
    if own <= 0 || page.market_hardware_amount <= 0 {
        return Vec::new();
    }
    let mut rows = page
        .categories
        .iter()
        .map(|row| (row, share(row.hardware_amount, own), share(row.market_hardware_amount, page.market_hardware_amount)))
        .collect::<Vec<_>>();
    rows.sort_by_key(|(row, own, market)| (Reverse((own - market).abs()), &row.category));
    let largest = rows.iter().map(|(_, own, market)| (*own).max(*market)).max().unwrap_or(0).unsigned_abs();
    let length = |share: i64| bars::length(share.unsigned_abs(), largest, 2 * bars::HALF);
    rows.into_iter()
        .map(|(row, own, market)| MixRow { name: &row.category_name, own, market, bars: [own, market].map(length) })
        .collect()
}

/// What the largest difference is.
pub fn finding(mix: &[MixRow]) -> String {
    let Some(first) = mix.first() else { return String::new() };
    format!("{} is {} of its hardware and {} of the market’s", first.name, percent(first.own), percent(first.market))
}

/// Tenths of a percent as `31.4 %`.
fn percent(tenths: i64) -> String {
    format!("{}.{} %", tenths / 10, tenths % 10)
}

impl MixRow<'_> {
    /// Both shares as text.
    pub fn percents(&self) -> [String; 2] {
        [percent(self.own), percent(self.market)]
    }
}
