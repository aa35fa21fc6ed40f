//! What moved an index between two runs: one thing is replaced after the other, so that the parts sum to the whole change.

use super::{Totals, Verdict, judge};
use crate::config::file::MeasureName;
use crate::config::plan::VerdictPolicy;
use crate::error::{Error, Result};
use crate::stages::benchmark::{Benchmark, Measure, UNIT_SCALE};
use crate::stages::exact::RatioSum;
use crate::stages::split::scale_half_even;

/// A part of the change, in the order in which things are replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The partner's own services that count.
    OwnServices,
    /// The partner's own hardware, at the earlier market's rates.
    OwnHardware,
    /// The market's rates.
    MarketRates,
    /// The rules, and the partner's own attributes.
    Rules,
}

impl Part {
    /// All parts in their order.
    pub const ALL: [Self; 4] = [Self::OwnServices, Self::OwnHardware, Self::MarketRates, Self::Rules];

    /// The code in tables.
    pub fn code(self) -> &'static str {
        match self {
            Self::OwnServices => "own_services",
            Self::OwnHardware => "own_hardware",
            Self::MarketRates => "market_rates",
            Self::Rules => "rules",
        }
    }

    /// In words.
    pub fn label(self) -> &'static str {
        match self {
            Self::OwnServices => "own services",
            Self::OwnHardware => "own hardware",
            Self::MarketRates => "market rates",
            Self::Rules => "rules",
        }
    }
}

/// How a partner came from one run's index to the other's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moves {
    /// The index before and after each part, in ten-thousandths, half to even. `None` where nothing is expected.
    pub indices: [Option<i128>; 5],
    /// The part at which the verdict became what it is. `None` where it did not change.
    pub decided_by: Option<Part>,
}

impl Moves {
    /// What each part did to the index, in ten-thousandths: the four sum to the change. `None` where an index is missing.
    pub fn parts(&self) -> Option<[i128; 4]> {
        let mut parts = [0; 4];
        for (part, pair) in parts.iter_mut().zip(self.indices.windows(2)) {
            *part = pair[1]? - pair[0]?;
        }
        Some(parts)
    }
}

/// Splits a partner's change. `earlier` and `later` are what the runs published; `market` is the earlier run's benchmark, `renewed` the benchmark
/// of the later run's data by the earlier run's rules, `policy` the earlier rules and `measures` the deciding measures of both runs.
///
/// # Errors
/// Where a sum does not fit, which no real data reaches.
pub fn moves(
    partner: u32,
    earlier: &(Totals, Verdict),
    later: &(Totals, Verdict),
    (market, renewed): (&Benchmark, &Benchmark),
    (policy, is_in_population): (&VerdictPolicy, bool),
    measures: [MeasureName; 2],
) -> Result<Moves> {
    let own = renewed.cells_of(partner);
    let with_market = Totals::of(own);
    let mut with_services = earlier.0;
    with_services.revenue.services = with_market.revenue.services;
    with_services.units.services = with_market.units.services;
    let mut with_hardware = with_market;
    if is_in_population {
        with_hardware.revenue.expected = expected(market, renewed, partner, Measure::Revenue, 1)?;
        with_hardware.units.expected = expected(market, renewed, partner, Measure::Units, UNIT_SCALE)?;
    }
    let judged = |totals: &Totals| judge(totals, is_in_population, policy).0;
    let steps = [with_services, with_hardware, with_market];
    let verdicts = [earlier.1, judged(&steps[0]), judged(&steps[1]), judged(&steps[2]), later.1];
    let last = (0..4).rev().find(|place| verdicts[*place] != verdicts[*place + 1]);
    let [before, after] = measures;
    Ok(Moves {
        indices: [
            index(&earlier.0, before),
            index(&steps[0], before),
            index(&steps[1], before),
            index(&steps[2], before),
            index(&later.0, after),
        ],
        decided_by: last.filter(|_| earlier.1 != later.1).map(|place| Part::ALL[place]),
    })
}

/// What the earlier market's rates expect of the later hardware, rounded half to even.
fn expected(market: &Benchmark, renewed: &Benchmark, partner: u32, measure: Measure, scale: i64) -> Result<i64> {
    let mut sum = RatioSum::default();
    for cell in renewed.cells_of(partner) {
        let (hardware, _) = measure.of(&cell.sums);
        if let Some((services, of_market)) = market.rate(&cell.place, measure) {
            sum.add(hardware, services, of_market);
        }
    }
    sum.rounded(scale).ok_or_else(|| Error::Internal("an expected amount does not fit in 64 bits".into()))
}

/// The index in ten-thousandths, half to even.
fn index(totals: &Totals, measure: MeasureName) -> Option<i128> {
    let (figures, scale) = match measure {
        MeasureName::Revenue => (totals.revenue, 1),
        MeasureName::Units => (totals.units, UNIT_SCALE),
    };
    (figures.expected > 0).then(|| scale_half_even(figures.services, 10_000 * scale, figures.expected))
}
