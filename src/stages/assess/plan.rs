//! The plan: the fewest packs that reach a line, on hardware whose window is still open, and until when that is possible.

use crate::config::file::MeasureName;
use crate::stages::benchmark::PackPrice;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Uncovered units of a partner's hardware that end on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenUnits {
    /// Index into the categories.
    pub category: u16,
    /// The last day on which a pack still counts.
    pub last_day: i32,
    /// Units.
    pub units: i64,
}

/// Packs of one category to sell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlannedPacks {
    /// Index into the categories.
    pub category: u16,
    /// Packs.
    pub packs: i64,
    /// What they are worth at the market's mean pack price, cents, rounded down.
    pub worth_amount: i64,
    /// The last day on which all of them still find hardware.
    pub sell_by: i32,
}

/// How a line can still be reached.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// What to sell, the most valuable pack first; empty where nothing is missing.
    pub packs: Vec<PlannedPacks>,
    /// What stays missing when all open hardware is covered: cents, or units where the units decide; 0 where the line can be reached.
    pub missing: i64,
    /// The last day on which the line can still be reached; `None` where it is reached already or cannot be.
    pub possible_until: Option<i32>,
}

/// Plans the fewest packs that close a gap: of equal worth within a category, so the dearest category first. `gap` is in cents, or in units where
/// the units decide. A pack without a mean price is worth nothing in money and is not planned.
pub fn plan(gap: i64, measure: MeasureName, open: &[OpenUnits], prices: &BTreeMap<u16, PackPrice>) -> Plan {
    if gap <= 0 {
        return Plan::default();
    }
    let mut by_category: BTreeMap<u16, Vec<OpenUnits>> = BTreeMap::new();
    for units in open.iter().filter(|units| units.units > 0 && prices.contains_key(&units.category)) {
        by_category.entry(units.category).or_default().push(*units);
    }
    let mut stocks: Vec<(u16, PackPrice, Vec<OpenUnits>)> =
        by_category.into_iter().map(|(category, units)| (category, prices[&category], units)).collect();
    stocks.sort_by(|a, b| dearer(&a.1, &b.1).then(a.0.cmp(&b.0)));
    let mut missing = gap;
    let mut packs = Vec::new();
    for (category, price, units) in &stocks {
        if missing <= 0 {
            break;
        }
        let available: i64 = units.iter().map(|units| units.units).sum();
        let wanted = match measure {
            MeasureName::Units => missing,
            MeasureName::Revenue => packs_worth(missing, price),
        };
        let count = wanted.min(available);
        missing -= value(count, measure, price);
        let sell_by = last_day_for(units, count);
        packs.push(PlannedPacks { category: *category, packs: count, worth_amount: worth(count, price), sell_by });
    }
    let is_reached = missing <= 0;
    Plan { packs, missing: missing.max(0), possible_until: if is_reached { possible_until(gap, measure, &stocks) } else { None } }
}

/// The dearer first.
fn dearer(a: &PackPrice, b: &PackPrice) -> Ordering {
    let (of_a, of_b) = (i128::from(a.amount) * i128::from(b.packs), i128::from(b.amount) * i128::from(a.packs));
    of_b.cmp(&of_a)
}

/// Money of so many packs, rounded down, so that a plan never promises more than it brings.
fn worth(packs: i64, price: &PackPrice) -> i64 {
    (i128::from(packs) * i128::from(price.amount) / i128::from(price.packs)) as i64
}

fn value(packs: i64, measure: MeasureName, price: &PackPrice) -> i64 {
    match measure {
        MeasureName::Units => packs,
        MeasureName::Revenue => worth(packs, price),
    }
}

/// The fewest packs that are worth an amount.
fn packs_worth(amount: i64, price: &PackPrice) -> i64 {
    super::ceiling(i128::from(amount) * i128::from(price.packs), i128::from(price.amount)) as i64
}

/// The last day on which so many packs still find hardware.
fn last_day_for(units: &[OpenUnits], packs: i64) -> i32 {
    let mut sorted: Vec<&OpenUnits> = units.iter().collect();
    sorted.sort_by_key(|units| std::cmp::Reverse(units.last_day));
    let mut left = packs;
    let mut day = i32::MAX;
    for units in sorted {
        if left <= 0 {
            break;
        }
        left -= units.units;
        day = units.last_day;
    }
    day
}

/// The last day on which what is still open is worth the gap.
fn possible_until(gap: i64, measure: MeasureName, stocks: &[(u16, PackPrice, Vec<OpenUnits>)]) -> Option<i32> {
    let mut days: Vec<i32> = stocks.iter().flat_map(|(_, _, units)| units.iter().map(|units| units.last_day)).collect();
    days.sort_unstable();
    days.dedup();
    days.into_iter().rev().find(|day| {
        let still: i64 = stocks
            .iter()
            .map(|(_, price, units)| {
                let open: i64 = units.iter().filter(|units| units.last_day >= *day).map(|units| units.units).sum();
                value(open, measure, price)
            })
            .sum();
        still >= gap
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn prices() -> BTreeMap<u16, PackPrice> {
        BTreeMap::from([(0, PackPrice { amount: 20_000, packs: 2 }), (1, PackPrice { amount: 100_000, packs: 1 })])
    }

    fn open(category: u16, last_day: i32, units: i64) -> OpenUnits {
        OpenUnits { category, last_day, units }
    }

    /// Packs of 100 and of 1,000: a gap of 2,150 takes both dear packs and two cheap ones.
    #[test]
    fn the_dearest_open_packs_come_first() {
        let units = [open(0, 50, 1), open(0, 60, 4), open(1, 40, 1), open(1, 45, 1)];
        let planned = plan(215_000, MeasureName::Revenue, &units, &prices());
        let dear = PlannedPacks { category: 1, packs: 2, worth_amount: 200_000, sell_by: 40 };
        let cheap = PlannedPacks { category: 0, packs: 2, worth_amount: 20_000, sell_by: 60 };
        assert_eq!(planned.packs, [dear, cheap]);
        // After day 40 one dear pack and five cheap ones are left: 1,500 is less than the gap.
        assert_eq!((planned.missing, planned.possible_until), (0, Some(40)));
    }

    #[test]
    fn what_open_hardware_cannot_bring_is_said() {
        let planned = plan(300_000, MeasureName::Revenue, &[open(1, 40, 2)], &prices());
        assert_eq!((planned.missing, planned.possible_until, planned.packs[0].packs), (100_000, None, 2));
        assert_eq!(plan(0, MeasureName::Revenue, &[open(1, 40, 2)], &prices()), Plan::default());
        let units = plan(3, MeasureName::Units, &[open(0, 50, 2), open(1, 40, 2)], &prices());
        assert_eq!(units.packs.iter().map(|packs| packs.packs).collect::<Vec<_>>(), [2, 1]);
    }

    proptest! {
        /// No other choice of packs closes the gap with fewer: every choice is tried.
        #[test]
        fn no_choice_takes_fewer_packs(gap in 1i64..400_000, cheap in 0i64..6, dear in 0i64..6) {
            let planned = plan(gap, MeasureName::Revenue, &[open(0, 1, cheap), open(1, 1, dear)], &prices());
            let choices = (0..=cheap).flat_map(|a| (0..=dear).map(move |b| (a, b)));
            let fewest = choices.filter(|(a, b)| a * 10_000 + b * 100_000 >= gap).map(|(a, b)| a + b).min();
            let count: i64 = planned.packs.iter().map(|packs| packs.packs).sum();
            match fewest {
                Some(fewest) => prop_assert_eq!((count, planned.missing), (fewest, 0)),
                None => prop_assert_eq!(planned.missing, gap - cheap * 10_000 - dear * 100_000),
            }
        }
    }
}
