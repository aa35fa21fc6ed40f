//! The gap to a line, in money and in packs by category.

use super::{Figures, Gap, PartnerCategory, ceiling};
use crate::config::file::MeasureName;
use crate::config::plan::Threshold;
use crate::stages::benchmark::UNIT_SCALE;

/// What is missing to a line, in money and in packs by category: shared over the categories by positive shortfall, divided by the mean
/// pack price, rounded up. Where the units decide, the packs are the missing units and the money is their price.
pub fn gap(
    line: &Threshold,
    measure: MeasureName,
    revenue: Figures,
    units: Figures,
    categories: &[PartnerCategory],
) -> (Gap, Vec<i64>) {
    let (numerator, denominator) = (i128::from(line.numerator), i128::from(line.denominator));
    let shortfall = |category: &PartnerCategory| match measure {
        MeasureName::Revenue => i128::from(category.revenue.expected) - i128::from(category.revenue.services),
        MeasureName::Units => i128::from(category.units.expected) - i128::from(category.units.services) * i128::from(UNIT_SCALE),
    };
    let positive: Vec<i128> = categories.iter().map(|category| shortfall(category).max(0)).collect();
    let total: i128 = positive.iter().sum();
    let missing = match measure {
        MeasureName::Revenue => numerator * i128::from(revenue.expected) - denominator * i128::from(revenue.services),
        MeasureName::Units => {
            numerator * i128::from(units.expected) - denominator * i128::from(units.services) * i128::from(UNIT_SCALE)
        }
    };
    if missing <= 0 || total <= 0 {
        return (Gap::default(), vec![0; categories.len()]);
    }
    // What is published is shared, not the exact rational behind it, so that a page can be worked out by hand from its own figures.
    let amount = ceiling(missing, denominator);
    let packs: Vec<i64> = categories
        .iter()
        .zip(&positive)
        .map(|(category, share)| match (measure, category.pack_price) {
            (_, _) if *share == 0 => 0,
            (MeasureName::Units, _) => ceiling(amount * share, total * i128::from(UNIT_SCALE)) as i64,
            (MeasureName::Revenue, Some(price)) => {
                ceiling(amount * share * i128::from(price.packs), total * i128::from(price.amount)) as i64
            }
            (MeasureName::Revenue, None) => 0,
        })
        .collect();
    let amount = match measure {
        MeasureName::Revenue => amount as i64,
        MeasureName::Units => categories
            .iter()
            .zip(&packs)
            .filter_map(|(category, packs)| {
                let price = category.pack_price?;
                Some(ceiling(i128::from(*packs) * i128::from(price.amount), i128::from(price.packs)) as i64)
            })
            .sum(),
    };
    (Gap { amount, packs: packs.iter().sum() }, packs)
}
