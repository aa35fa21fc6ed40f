//! The funnel: where each index lies among what chance explains at its size.

use super::execute::Results;
use super::manifest::FunnelEntry;
use crate::config::file::MeasureName;
use crate::error::Result;
use crate::publish::parquet::{RowWriter, Value};
use crate::publish::report::model::{Funnel, FunnelLimits};
use crate::stages::assess::{Figures, Uncertainty};
use crate::stages::benchmark::UNIT_SCALE;
use crate::stages::uncertainty::funnel::{Limits, OUTER_CONFIDENCE, Overdispersion};
use std::collections::BTreeMap;

/// Steps of a curve for each tenfold of the effective count.
const STEPS: i32 = 16;

/// Fills `fact_partner_funnel`.
///
/// # Errors
/// Where the file cannot be written.
pub fn fact_partner_funnel(writer: &mut RowWriter, results: &Results<'_>) -> Result<()> {
    let confidence = results.plan.verdict.confidence();
    for index in &results.indices {
        let uncertainty = &results.uncertainty.partners[index.partner as usize];
        let measures = [
            ("revenue", index.totals.revenue, 1, uncertainty.revenue.counts, &results.uncertainty.overdispersion[0]),
            ("units", index.totals.units, UNIT_SCALE, uncertainty.units.counts, &results.uncertainty.overdispersion[1]),
        ];
        for (code, figures, scale, counts, spread) in measures {
            let Some(counts) = counts else { continue };
            let Some(limits) = Limits::at(counts.expected, confidence, spread) else { continue };
            let pri = rate(figures, scale);
            let mut values = vec![
                Value::Text(&results.references.partners[index.partner as usize].id),
                Value::Text(code),
                Value::Rate(counts.expected),
                Value::Rate(pri),
            ];
            for interval in [limits.exact, limits.exact_outer, limits.spread, limits.spread_outer] {
                values.extend([Value::Rate(interval.lower), Value::Rate(interval.upper)]);
            }
            values.push(Value::Text(limits.position(pri).code()));
            writer.row(&values)?;
        }
    }
    Ok(())
}

fn rate(figures: Figures, scale: i64) -> f64 {
    figures.services as f64 * scale as f64 / figures.expected as f64
}

/// What the overview draws: the limits over the whole range of sizes, and what the spread between partners is.
pub fn chart(results: &Results<'_>) -> Funnel {
    let assessed = results.indices.iter().filter(|index| index.not_assessed.is_none());
    let counts = assessed.filter_map(|index| effective_count(results, &results.uncertainty.partners[index.partner as usize]));
    let (low, high) = counts.fold((f64::INFINITY, 0.0_f64), |(low, high), count| (low.min(count), high.max(count)));
    let confidence = results.plan.verdict.confidence();
    let spread = spread(results);
    let steps = if low > high { 0..0 } else { step_below(low)..step_below(high) + 2 };
    let limits = steps.filter_map(|step| {
        let expected = 10_f64.powf(f64::from(step) / f64::from(STEPS));
        Limits::at(expected, confidence, spread).map(|limits| FunnelLimits {
            expected,
            exact: [limits.exact.lower, limits.exact.upper],
            outer: [limits.exact_outer.lower, limits.exact_outer.upper],
            spread: [limits.spread.lower, limits.spread.upper],
        })
    });
    Funnel {
        confidence: super::site_judgement::confidence(results.plan.verdict.confidence_ppm),
        outer_confidence: format!("{:.1}", OUTER_CONFIDENCE * 100.0),
        limits: limits.collect(),
        spread_partners: spread.partners as u64,
    }
}

/// The over-dispersion of both measures for the manifest.
pub fn manifest_entries(results: &Results<'_>) -> BTreeMap<String, FunnelEntry> {
    let entry = |spread: &Overdispersion| FunnelEntry {
        partners: spread.partners as u64,
        phi: spread.phi,
        tau_squared: spread.tau_squared,
    };
    let [revenue, units] = &results.uncertainty.overdispersion;
    BTreeMap::from([("revenue".to_owned(), entry(revenue)), ("units".to_owned(), entry(units))])
}

fn step_below(count: f64) -> i32 {
    (count.log10() * f64::from(STEPS)).floor() as i32
}

/// The over-dispersion by the deciding measure.
pub fn spread<'a>(results: &'a Results<'_>) -> &'a Overdispersion {
    match results.plan.verdict.measure {
        MeasureName::Revenue => &results.uncertainty.overdispersion[0],
        MeasureName::Units => &results.uncertainty.overdispersion[1],
    }
}

/// A partner's effective expected count by the deciding measure.
pub fn effective_count(results: &Results<'_>, uncertainty: &Uncertainty) -> Option<f64> {
    uncertainty.deciding(results.plan.verdict.measure).counts.map(|counts| counts.expected)
}
