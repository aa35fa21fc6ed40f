//! Assessment (DESIGN part 5): each partner's PRI, verdict and the gap to the lines.

use super::benchmark::{Benchmark, PackPrice, PartnerCell, UNIT_SCALE};
use crate::config::file::{MeasureName, Population};
use crate::config::plan::{BenchmarkPolicy, Threshold, VerdictPolicy};
use crate::reference::Partner;
use std::collections::BTreeMap;

/// Where a partner stands against the lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// At or above the market.
    At,
    /// Below the market, at or above the near line.
    Near,
    /// Below the near line.
    Below,
    /// Not assessed, with a reason.
    NotAssessed,
}

impl Verdict {
    /// All verdicts in the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::At, Self::Near, Self::Below, Self::NotAssessed];

    /// The code in tables.
    pub const fn code(self) -> &'static str {
        match self {
            Self::At => "at",
            Self::Near => "near",
            Self::Below => "below",
            Self::NotAssessed => "not_assessed",
        }
    }

    /// The words that a reader sees.
    pub const fn label(self) -> &'static str {
        match self {
            Self::At => "At average",
            Self::Near => "Near average",
            Self::Below => "Below",
            Self::NotAssessed => "Not assessed",
        }
    }
}

/// Why a partner is not assessed, in the order in which the reasons are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NotAssessed {
    /// It is not in the benchmark's population.
    NotInProgram,
    /// It sold no hardware in the period.
    NoHardware,
    /// It sold less hardware than the volume floor.
    BelowFloor,
    /// Nothing is expected of its mix.
    NothingExpected,
}

impl NotAssessed {
    /// The code in tables.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotInProgram => "NOT_IN_PROGRAM",
            Self::NoHardware => "NO_HARDWARE",
            Self::BelowFloor => "BELOW_FLOOR",
            Self::NothingExpected => "NOTHING_EXPECTED",
        }
    }

    /// The reason in plain words, to follow "is not assessed:".
    pub fn meaning(self) -> &'static str {
        match self {
            Self::NotInProgram => {
                "it is not in the program, so it is neither measured nor part of the market it would be measured by"
            }
            Self::NoHardware => "it sold no hardware in the period",
            Self::BelowFloor => "it sold less hardware in the period than the volume floor",
            Self::NothingExpected => "with its mix, nothing is expected of it",
        }
    }
}

/// Hardware, services and expected services of a partner in one measure.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// Net hardware: cents or units.
    pub hardware: i64,
    /// Attached services: cents or units.
    pub services: i64,
    /// Expected services: cents or millionths of a unit.
    pub expected: i64,
}

/// What is missing to a line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Gap {
    /// Cents.
    pub amount: i64,
    /// Packs, rounded up per category.
    pub packs: i64,
}

/// One category of a partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartnerCategory {
    /// Index into the categories.
    pub category: u16,
    /// In money.
    pub revenue: Figures,
    /// In units.
    pub units: Figures,
    /// Mean pack price of the market.
    pub pack_price: Option<PackPrice>,
    /// Packs that this category's share of the gap to the near line takes.
    pub packs_to_near: i64,
    /// Packs that this category's share of the gap to the market takes.
    pub packs_to_at: i64,
}

/// A partner's index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerIndex {
    /// Index into the partners.
    pub partner: u32,
    /// In money.
    pub revenue: Figures,
    /// In units.
    pub units: Figures,
    /// The verdict by the measure that decides.
    pub verdict: Verdict,
    /// Why there is none.
    pub not_assessed: Option<NotAssessed>,
    /// Gap to the near line.
    pub gap_near: Gap,
    /// Gap to the market.
    pub gap_at: Gap,
    /// By category, sorted.
    pub categories: Vec<PartnerCategory>,
}

/// Assesses every partner of the list, in its order.
pub fn assess(
    benchmark: &Benchmark,
    partners: &[Partner],
    benchmark_policy: &BenchmarkPolicy,
    policy: &VerdictPolicy,
) -> Vec<PartnerIndex> {
    let mut rows = benchmark.partner_cells.as_slice();
    partners
        .iter()
        .zip(0u32..)
        .map(|(partner, index)| {
            let count = rows.iter().take_while(|row| row.partner == index).count();
            let (own, rest) = rows.split_at(count);
            rows = rest;
            let in_population = benchmark_policy.population == Population::All || partner.is_program;
            assess_partner(benchmark, index, own, in_population, policy)
        })
        .collect()
}

fn assess_partner(
    benchmark: &Benchmark,
    partner: u32,
    cells: &[PartnerCell],
    in_population: bool,
    policy: &VerdictPolicy,
) -> PartnerIndex {
    let mut categories = by_category(benchmark, cells);
    let total = |get: fn(&PartnerCategory) -> Figures| {
        categories.iter().map(get).fold(Figures::default(), |sum, figures| Figures {
            hardware: sum.hardware + figures.hardware,
            services: sum.services + figures.services,
            expected: sum.expected + figures.expected,
        })
    };
    let (revenue, units) = (total(|category| category.revenue), total(|category| category.units));
    let deciding = match policy.measure {
        MeasureName::Revenue => (i128::from(revenue.services), i128::from(revenue.expected)),
        MeasureName::Units => (i128::from(units.services) * i128::from(UNIT_SCALE), i128::from(units.expected)),
    };
    let not_assessed = if !in_population {
        Some(NotAssessed::NotInProgram)
    } else if revenue.hardware <= 0 && units.hardware <= 0 {
        Some(NotAssessed::NoHardware)
    } else if units.hardware < policy.min_hardware_units || revenue.hardware < policy.min_hardware_amount {
        Some(NotAssessed::BelowFloor)
    } else if deciding.1 <= 0 {
        Some(NotAssessed::NothingExpected)
    } else {
        None
    };
    let verdict = match not_assessed {
        Some(_) => Verdict::NotAssessed,
        None if policy.at.reached_by(deciding.0, deciding.1) => Verdict::At,
        None if policy.near.reached_by(deciding.0, deciding.1) => Verdict::Near,
        None => Verdict::Below,
    };
    let mut index = PartnerIndex {
        partner,
        revenue,
        units,
        verdict,
        not_assessed,
        gap_near: Gap::default(),
        gap_at: Gap::default(),
        categories: Vec::new(),
    };
    if not_assessed.is_none() {
        let (near, near_packs) = gap(&policy.near, policy.measure, revenue, units, &categories);
        let (at, at_packs) = gap(&policy.at, policy.measure, revenue, units, &categories);
        (index.gap_near, index.gap_at) = (near, at);
        for (place, category) in categories.iter_mut().enumerate() {
            category.packs_to_near = near_packs[place];
            category.packs_to_at = at_packs[place];
        }
    }
    index.categories = categories;
    index
}

fn by_category(benchmark: &Benchmark, cells: &[PartnerCell]) -> Vec<PartnerCategory> {
    let mut categories: BTreeMap<u16, PartnerCategory> = BTreeMap::new();
    for cell in cells {
        let category = categories.entry(cell.place.category).or_insert_with(|| PartnerCategory {
            category: cell.place.category,
            revenue: Figures::default(),
            units: Figures::default(),
            pack_price: benchmark.pack_price(&cell.place),
            packs_to_near: 0,
            packs_to_at: 0,
        });
        category.revenue.hardware += cell.sums.hardware_amount;
        category.revenue.services += cell.sums.services_amount;
        category.revenue.expected += cell.expected_amount;
        category.units.hardware += cell.sums.hardware_units;
        category.units.services += cell.sums.attached_units;
        category.units.expected += cell.expected_units;
    }
    categories.into_values().collect()
}

/// What is missing to a line, in money and in packs by category: shared over the categories by positive shortfall, divided by the mean
/// pack price, rounded up. Where the units decide, the packs are the missing units and the money is their price.
fn gap(
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

fn ceiling(numerator: i128, denominator: i128) -> i128 {
    numerator.div_euclid(denominator) + i128::from(numerator.rem_euclid(denominator) != 0)
}

/// A ratio in hundredths as it is shown, e.g. `0.62`: rounded half to even, but never across a line, so that a shown figure stands on the same
/// side of every line as the exact one. `None` where nothing is expected.
pub fn pri_display(services: i128, expected: i128, lines: [&Threshold; 2]) -> Option<String> {
    if expected <= 0 {
        return None;
    }
    let floor = (services * 100).div_euclid(expected);
    let rest = 2 * (services * 100).rem_euclid(expected);
    let mut hundredths = floor + i128::from(rest > expected || (rest == expected && floor % 2 != 0));
    for line in lines {
        let is_reached = line.reached_by(services, expected);
        if is_reached != line.reached_by(hundredths, 100) {
            hundredths = if is_reached { ceiling(services * 100, expected) } else { floor };
        }
    }
    let sign = if hundredths < 0 { "-" } else { "" };
    Some(format!("{sign}{}.{:02}", hundredths.abs() / 100, hundredths.abs() % 100))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shown_index_is_rounded_but_never_across_a_line() {
        let (near, at) = (Threshold::parse("0.75").expect("a threshold"), Threshold::parse("1.00").expect("a threshold"));
        let shown = |services: i128, expected: i128| pri_display(services, expected, [&near, &at]);
        assert_eq!(shown(41_200, 66_500).as_deref(), Some("0.62"));
        assert_eq!(shown(7_499, 10_000).as_deref(), Some("0.74"));
        assert_eq!(shown(7_500, 10_000).as_deref(), Some("0.75"));
        assert_eq!(shown(9_999, 10_000).as_deref(), Some("0.99"));
        assert_eq!(shown(10_049, 10_000).as_deref(), Some("1.00"));
        assert_eq!(shown(-5, 100).as_deref(), Some("-0.05"));
        assert_eq!(shown(1, 0), None);
    }
}
