//! Readings: the verdict under every other reasonable rule, one change at a time, so that nobody has to ask what if it had been counted otherwise.

use super::{NotAssessed, Totals, Verdict, judge, judge_exactly};
use crate::config::file::{MeasureName, ServicesScope, WindowScope};
use crate::config::plan::{BenchmarkPolicy, Plan, VerdictPolicy};
use crate::error::{Error, Result};
use crate::reference::References;
use crate::stages::attach::{CellKey, CellSums};
use crate::stages::benchmark::{
    Benchmark, Measure, PartnerCell, Selection, UNIT_SCALE, benchmark, is_in_population, leave_one_out, select,
};
use crate::stages::exact::RatioSum;
use crate::stages::matchings::Matching;

/// Whose rates expected services are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rates {
    /// Those of the whole population.
    Pooled,
    /// Those of the others.
    LeaveOneOut,
}

/// One other rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// Its code in tables.
    pub code: String,
    /// Place of its matching among the plan's.
    pub matching: usize,
    /// What counts.
    pub selection: Selection,
    /// The measure that decides.
    pub measure: MeasureName,
    /// Whose rates are used.
    pub rates: Rates,
}

/// A partner under a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadingResult {
    /// Its figures; expected services at leave-one-out rates are rounded for showing and never decide.
    pub totals: Totals,
    /// The verdict.
    pub verdict: Verdict,
    /// Why there is none.
    pub not_assessed: Option<NotAssessed>,
}

/// The readings of a plan, sorted by code. Each differs from the deciding rules in one thing.
pub fn readings(plan: &Plan, matchings: &[Matching], has_exceptions: bool) -> Vec<Reading> {
    let own = Reading {
        code: String::new(),
        matching: 0,
        selection: Selection::of(&plan.benchmark),
        measure: plan.verdict.measure,
        rates: Rates::Pooled,
    };
    let (measure, measure_code) = match own.measure {
        MeasureName::Revenue => (MeasureName::Units, "measure_units"),
        MeasureName::Units => (MeasureName::Revenue, "measure_revenue"),
    };
    let (services, services_code) = match own.selection.services {
        ServicesScope::Attached => (ServicesScope::All, "services_all"),
        ServicesScope::All => (ServicesScope::Attached, "services_attached"),
    };
    let (windows, windows_code) = match own.selection.windows {
        WindowScope::All => (WindowScope::Closed, "windows_closed"),
        WindowScope::Closed => (WindowScope::All, "windows_all"),
    };
    let with = |code: &str, change: &dyn Fn(&mut Reading)| {
        let mut reading = Reading { code: code.to_owned(), ..own.clone() };
        change(&mut reading);
        reading
    };
    let mut list = vec![
        with("leave_one_out", &|reading| reading.rates = Rates::LeaveOneOut),
        with(measure_code, &|reading| reading.measure = measure),
        with(services_code, &|reading| reading.selection.services = services),
        with(windows_code, &|reading| reading.selection.windows = windows),
    ];
    if has_exceptions {
        list.push(with("without_exceptions", &|reading| reading.selection.with_exceptions = false));
    }
    for (place, matching) in matchings.iter().enumerate().skip(1) {
        list.push(with(&matching.code, &|reading| reading.matching = place));
    }
    list.sort_by(|a, b| a.code.cmp(&b.code));
    list
}

/// Every partner under a reading, in their order, from the cells of the reading's matching.
///
/// # Errors
/// Where a sum does not fit, which no real data reaches.
pub fn verdicts(
    reading: &Reading,
    cells: &[(CellKey, CellSums)],
    references: &References,
    benchmark_policy: &BenchmarkPolicy,
    verdict_policy: &VerdictPolicy,
) -> Result<Vec<ReadingResult>> {
    let selected = select(cells, &reading.selection);
    let market = benchmark(&selected, &reading.selection, references, benchmark_policy)?;
    let policy = VerdictPolicy { measure: reading.measure, ..verdict_policy.clone() };
    let of = |(partner, index): (&crate::reference::Partner, u32)| {
        let own = market.cells_of(index);
        let is_in_population = is_in_population(partner, benchmark_policy.population);
        match reading.rates {
            Rates::Pooled => {
                let totals = Totals::of(own);
                let (verdict, not_assessed) = judge(&totals, is_in_population, &policy);
                Ok(ReadingResult { totals, verdict, not_assessed })
            }
            Rates::LeaveOneOut => at_others_rates(&market, own, is_in_population, &policy),
        }
    };
    references.partners.iter().zip(0u32..).map(of).collect()
}

/// A partner at the rates of the others.
fn at_others_rates(
    market: &Benchmark,
    own: &[PartnerCell],
    is_in_population: bool,
    policy: &VerdictPolicy,
) -> Result<ReadingResult> {
    let mut totals = Totals::of(own);
    let expected = if is_in_population { others_expect(market, own) } else { [None, None] };
    let rounded = |expected: &Option<RatioSum>, scale: i64| match expected {
        None => Ok(0),
        Some(sum) => sum.rounded(scale).ok_or_else(|| Error::Internal("an expected amount does not fit in 64 bits".into())),
    };
    totals.revenue.expected = rounded(&expected[0], 1)?;
    totals.units.expected = rounded(&expected[1], UNIT_SCALE)?;
    let deciding = match policy.measure {
        MeasureName::Revenue => &expected[0],
        MeasureName::Units => &expected[1],
    };
    let (verdict, not_assessed) = judge_exactly(&totals, deciding.as_ref(), is_in_population, policy);
    Ok(ReadingResult { totals, verdict, not_assessed })
}

/// What the others' rates expect of a partner's hardware, in cents and in units. `None` where some cell has no usable rate.
fn others_expect(market: &Benchmark, own: &[PartnerCell]) -> [Option<RatioSum>; 2] {
    let rates = leave_one_out(market, own);
    [(0, Measure::Revenue), (1, Measure::Units)].map(|(place, measure)| {
        let mut sum = RatioSum::default();
        for (cell, rates) in own.iter().zip(&rates) {
            let (hardware, _) = measure.of(&cell.sums);
            if hardware != 0 {
                let rate = rates[place]?;
                sum.add(hardware, rate.services, rate.hardware);
            }
        }
        Some(sum)
    })
}
