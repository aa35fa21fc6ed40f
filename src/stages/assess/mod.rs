//! Assessment (DESIGN part 5): each partner's PRI and verdict, how sure it is, what is missing to the lines, what can still be won, what open data could
//! change, and what follows.

mod action;
mod evidence;
mod gap;
mod hold;
mod moves;
mod plan;
mod readings;
mod verdict;

pub use action::{Situation, action};
pub use evidence::{Evidence, MeasureUncertainty, Uncertainty, evidence};
pub use hold::{DataHold, Exposure, OpenData, WorstRates, data_hold};
pub use moves::{Moves, Part, moves};
pub use plan::{OpenUnits, Plan, PlannedPacks, plan};
pub use readings::{Rates, Reading, ReadingResult, readings, verdicts};
pub use verdict::{NotAssessed, Verdict, deciding, judge, judge_exactly, pri_display};

use super::benchmark::{Benchmark, PackPrice, PartnerCell, is_in_population};
use crate::config::plan::{BenchmarkPolicy, VerdictPolicy};
use crate::reference::Partner;
use gap::gap;
use std::collections::BTreeMap;

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

/// A partner's figures in both measures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// In money.
    pub revenue: Figures,
    /// In units.
    pub units: Figures,
}

impl Totals {
    /// Sums over cells.
    pub fn of(cells: &[PartnerCell]) -> Self {
        let mut totals = Self::default();
        for cell in cells {
            totals.revenue.hardware += cell.sums.hardware_amount;
            totals.revenue.services += cell.sums.services_amount;
            totals.revenue.expected += cell.expected_amount;
            totals.units.hardware += cell.sums.hardware_units;
            totals.units.services += cell.sums.services_units;
            totals.units.expected += cell.expected_units;
        }
        totals
    }
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

impl PartnerCategory {
    /// A category in which the partner has nothing.
    pub fn empty(category: u16) -> Self {
        Self {
            category,
            revenue: Figures::default(),
            units: Figures::default(),
            pack_price: None,
            packs_to_near: 0,
            packs_to_at: 0,
        }
    }
}

/// A partner's index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerIndex {
    /// Index into the partners.
    pub partner: u32,
    /// Its figures.
    pub totals: Totals,
    /// The verdict by the measure that decides.
    pub verdict: Verdict,
    /// Why there is none.
    pub not_assessed: Option<NotAssessed>,
    /// Gap to the near line.
    pub gap_near: Gap,
    /// Gap to the market.
    pub gap_at: Gap,
    /// The highest tier that the deciding measure reaches: its place among the policy's.
    pub tier: Option<usize>,
    /// Whether hardware and services reach the floors of the safe harbour.
    pub is_safe_harbor: bool,
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
    let of = |(partner, index): (&Partner, u32)| {
        let is_in_population = is_in_population(partner, benchmark_policy.population);
        assess_partner(benchmark, index, is_in_population, policy)
    };
    partners.iter().zip(0u32..).map(of).collect()
}

fn assess_partner(benchmark: &Benchmark, partner: u32, is_in_population: bool, policy: &VerdictPolicy) -> PartnerIndex {
    let cells = benchmark.cells_of(partner);
    let totals = Totals::of(cells);
    let mut categories = by_category(benchmark, cells);
    let (verdict, not_assessed) = judge(&totals, is_in_population, policy);
    let mut index = PartnerIndex {
        partner,
        totals,
        verdict,
        not_assessed,
        gap_near: Gap::default(),
        gap_at: Gap::default(),
        tier: None,
        is_safe_harbor: policy.safe_harbor.is_some_and(|floors| {
            totals.revenue.hardware >= floors.min_hardware_amount && totals.revenue.services >= floors.min_services_amount
        }),
        categories: Vec::new(),
    };
    if not_assessed.is_none() {
        let (services, expected) = deciding(&totals, policy.measure);
        index.tier = policy.tiers.iter().rposition(|tier| tier.from.reached_by(services, expected));
        let (near, near_packs) = gap(&policy.near, policy.measure, totals.revenue, totals.units, &categories);
        let (at, at_packs) = gap(&policy.at, policy.measure, totals.revenue, totals.units, &categories);
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
            pack_price: benchmark.pack_price_of(cell.partner, cell.place.category),
            ..PartnerCategory::empty(cell.place.category)
        });
        category.revenue.hardware += cell.sums.hardware_amount;
        category.revenue.services += cell.sums.services_amount;
        category.revenue.expected += cell.expected_amount;
        category.units.hardware += cell.sums.hardware_units;
        category.units.services += cell.sums.services_units;
        category.units.expected += cell.expected_units;
    }
    categories.into_values().collect()
}

pub(crate) fn ceiling(numerator: i128, denominator: i128) -> i128 {
    numerator.div_euclid(denominator) + i128::from(numerator.rem_euclid(denominator) != 0)
}
