//! How large the lines of a feed are: what a record without readable money is taken for in a worst case.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Counts of lines by their money, in steps of three significant digits.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineSizes {
    /// Lines by the largest amount of their step, cents.
    counts: BTreeMap<i64, u64>,
}

impl LineSizes {
    /// Counts a line by its money, whatever its sign.
    pub fn add(&mut self, amount: i64) {
        *self.counts.entry(step(amount.saturating_abs())).or_default() += 1;
    }

    /// Adds other lines.
    pub fn merge(&mut self, other: &Self) {
        for (size, count) in &other.counts {
            *self.counts.entry(*size).or_default() += count;
        }
    }

    /// An amount that at least 99 % of the lines do not exceed, cents: the 99th percentile, rounded up to three significant digits. 0 without lines.
    pub fn percentile_99(&self) -> i64 {
        let total: u64 = self.counts.values().sum();
        let mut seen = 0;
        for (size, count) in &self.counts {
            seen += count;
            if seen * 100 >= total * 99 {
                return *size;
            }
        }
        0
    }
}

/// The amount rounded up to three significant digits.
fn step(amount: i64) -> i64 {
    let mut unit = 1;
    while amount / unit >= 1_000 {
        unit *= 10;
    }
    let rounded = amount.div_euclid(unit) + i64::from(amount.rem_euclid(unit) != 0);
    rounded.saturating_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_99th_percentile_is_rounded_up() {
        let mut sizes = LineSizes::default();
        assert_eq!(sizes.percentile_99(), 0);
        (0..99).for_each(|_| sizes.add(-12_341));
        sizes.add(99_999_999);
        assert_eq!(sizes.percentile_99(), 12_400);
        sizes.add(99_999_999);
        assert_eq!(sizes.percentile_99(), 100_000_000);
        assert_eq!([step(999), step(1_000), step(1_001), step(0)], [999, 1_000, 1_010, 0]);
    }
}
