//! What the pages say of chance, other rules and plans, from the results of a run.

use super::calibrate::POOR_SHARE;
use super::execute::Results;
use super::funnel;
use super::manifest::iso_date;
use crate::config::plan::Threshold;
use crate::publish::calibration::{class_label, percent};
use crate::publish::report::format::count;
use crate::publish::report::model::{
    CalibrationTable, Chance, Effects, IntervalRow, Judgement, PlanTable, PlannedRow, ReadingRow, Standing,
};
use crate::stages::assess::{
    DataHold, Evidence, PartnerIndex, Plan, Reading, ReadingResult, Verdict, deciding, evidence, pri_display,
};
use crate::stages::calibration::{ClassRow, Settings, calibrate};
use crate::stages::split::scale_half_even;
use crate::stages::uncertainty::intervals::Interval;

/// The stricter confidence that the overview reports beside the deciding one.
const STRICT_CONFIDENCE: f64 = 0.998;

/// Simulated partners of each size on the method page; `calibrate` takes more.
const REPLICATIONS: u32 = 2_000;
/// Seed of the method page's simulation.
const SEED: u64 = 1;

/// Quarantined records that a page lists.
const RECORDS_SHOWN: usize = 10;

/// What chance could have done to the verdicts of a run.
pub fn chance(results: &Results<'_>) -> Chance {
    let verdict = &results.plan.verdict;
    let assessed = || results.indices.iter().filter(|index| index.not_assessed.is_none());
    let of = |index: &PartnerIndex| &results.cases[index.partner as usize];
    let is_conclusively_below =
        |index: &&PartnerIndex| index.verdict == Verdict::Below && of(index).evidence == Some(Evidence::Conclusive);
    let is_strictly = |index: &&PartnerIndex| {
        let own = results.uncertainty.partners[index.partner as usize].deciding(verdict.measure);
        evidence(&own.at(STRICT_CONFIDENCE), &verdict.near) == Evidence::Conclusive
    };
    // The upper limit lies below the true index with half of what the confidence leaves.
    let parts_per_million = assessed().count() as i64 * (1_000_000 - verdict.confidence_ppm) / 2;
    let spread = funnel::spread(results);
    Chance {
        confidence: confidence(verdict.confidence_ppm),
        below: assessed().filter(is_conclusively_below).count() as u64,
        by_chance: format!("{}.{}", count(parts_per_million / 1_000_000), parts_per_million % 1_000_000 / 100_000),
        below_strictly: assessed().filter(is_conclusively_below).filter(is_strictly).count() as u64,
        robust: assessed().filter(|index| of(index).is_robust).count() as u64,
        spread: (spread.partners >= 2).then(|| format!("{:.1}", spread.phi)),
    }
}

/// How often the policy calls a partner wrongly, by simulation on the run's own partners.
pub fn calibration(results: &Results<'_>) -> CalibrationTable {
    let verdict = &results.plan.verdict;
    let line = |threshold: &Threshold| threshold.numerator as f64 / threshold.denominator as f64;
    let settings = Settings {
        near: line(&verdict.near),
        confidence: verdict.confidence(),
        sound_index: line(&verdict.at),
        poor_index: POOR_SHARE * line(&verdict.near),
        replications: REPLICATIONS,
        seed: SEED,
    };
    let row = |row: &ClassRow| {
        let counts = [row.sound_below, row.sound_below_conclusive, row.poor_missed, row.poor_missed_conclusive];
        (class_label(row), row.partners, counts.map(|simulated| percent(row, simulated)))
    };
    CalibrationTable {
        sound_index: format!("{:.2}", settings.sound_index),
        poor_index: format!("{:.2}", settings.poor_index),
        replications: (u64::from(REPLICATIONS), SEED),
        rows: calibrate(&results.uncertainty.drawn, &settings).iter().map(row).collect(),
    }
}

/// How sure a partner's verdict is, as the overview groups it.
pub fn standing(results: &Results<'_>, index: &PartnerIndex) -> Standing {
    let number = index.partner as usize;
    match results.cases[number].evidence {
        _ if results.open_records.holds[number].is_some() => Standing::OnHold,
        Some(Evidence::Conclusive) => Standing::Conclusive,
        Some(Evidence::Inconclusive) | None => Standing::MayBeChance,
    }
}

/// How sure a partner's verdict is, whether it would differ under other rules, and what can be done.
pub fn judgement(results: &Results<'_>, index: &PartnerIndex) -> Judgement {
    let (plan, number) = (results.plan, index.partner as usize);
    let case = &results.cases[number];
    Judgement {
        action: case.rule(plan).text.trim_end_matches('.').to_owned(),
        recovery_due: case.recovery_due.map(iso_date),
        data_hold: results.open_records.holds[number].map(DataHold::meaning),
        open: (results.open_records.sums[number].records, results.open_records.sums[number].amount()),
        to_mend: to_mend(results, number),
        is_conclusive: case.evidence.map(|evidence| evidence == Evidence::Conclusive),
        tier: index.tier.map(|tier| plan.verdict.tiers[tier].id.clone()),
        is_safe_harbor: index.is_safe_harbor,
        confidence: confidence(plan.verdict.confidence_ppm),
        orders: results.uncertainty.partners[number].deciding(plan.verdict.measure).orders,
        intervals: if index.not_assessed.is_none() { intervals(results, index) } else { Vec::new() },
        readings: readings(results, index),
        is_robust: case.is_robust,
        effects: effects(results, index),
        open_units: results.open_windows.units[number].iter().map(|open| open.units).sum(),
        plans: plans(results, index),
    }
}

/// The first quarantined records of a partner, by file and line.
fn to_mend(results: &Results<'_>, number: usize) -> Vec<(String, u32, &'static str)> {
    let records = results.open_records.records[number].iter().take(RECORDS_SHOWN);
    let path = |file: usize| results.files[file].input.relative.clone();
    records.map(|record| (path(record.file), record.line, record.code.meaning())).collect()
}

/// Parts per million as percent, without trailing zeros.
pub fn confidence(parts_per_million: i64) -> String {
    let text = format!("{}.{:04}", parts_per_million / 10_000, parts_per_million % 10_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn intervals(results: &Results<'_>, index: &PartnerIndex) -> Vec<IntervalRow> {
    let number = index.partner as usize;
    let measure = results.plan.verdict.measure;
    let uncertainty = results.uncertainty.partners[number].deciding(measure);
    let own = deciding(&index.totals, measure);
    let others = results.readings.rules.iter().position(|rule| rule.code == "leave_one_out").map(|reading| {
        let result = &results.readings.results[reading][number];
        deciding(&result.totals, measure)
    });
    let rows = [
        ("all partners", Some(own), uncertainty.pooled, true),
        ("the other partners alone", others, uncertainty.leave_one_out, true),
        ("all partners, chance by the partner’s own orders (shown, never decides)", Some(own), uncertainty.linearised, false),
    ];
    let row = |(name, ratio, interval, decides): (&'static str, Option<(i128, i128)>, Option<Interval>, bool)| {
        let interval = interval?;
        let (services, expected) = ratio?;
        let index = shown(results, services, expected)?;
        Some(IntervalRow { name, index, lower: limit(results, interval.lower), upper: limit(results, interval.upper), decides })
    };
    rows.into_iter().filter_map(row).collect()
}

fn shown(results: &Results<'_>, services: i128, expected: i128) -> Option<String> {
    let verdict = &results.plan.verdict;
    pri_display(services, expected, [&verdict.near, &verdict.at])
}

/// A limit as it is shown: like an index, never across a line.
pub fn limit(results: &Results<'_>, value: f64) -> String {
    const SCALE: i128 = 1_000_000_000;
    shown(results, (value * SCALE as f64) as i128, SCALE).unwrap_or_default()
}

fn readings(results: &Results<'_>, index: &PartnerIndex) -> Vec<ReadingRow> {
    let of = |(rule, all): (&Reading, &Vec<ReadingResult>)| {
        let result = &all[index.partner as usize];
        let (services, expected) = deciding(&result.totals, rule.measure);
        ReadingRow {
            code: rule.code.clone(),
            pri_display: shown(results, services, expected),
            verdict: result.verdict,
            is_same: result.verdict == index.verdict,
        }
    };
    results.readings.rules.iter().zip(&results.readings.results).map(of).collect()
}

/// Rates in percent and effects in percentage points, two decimals. What selling explains is shown as the rest, so that the shown figures add up.
fn effects(results: &Results<'_>, index: &PartnerIndex) -> Option<Effects> {
    let own = index.totals.revenue;
    let market = results.benchmark.market();
    if own.hardware <= 0 || market.hardware_amount <= 0 || index.not_assessed.is_some() {
        return None;
    }
    let hundredths = |part: i64, whole: i64| scale_half_even(part, 10_000, whole) as i64;
    let (plain, of_market) = (hundredths(own.services, own.hardware), hundredths(market.services_amount, market.hardware_amount));
    let mix = hundredths(own.expected, own.hardware) - of_market;
    Some(Effects {
        own: points(plain, ""),
        market: points(of_market, ""),
        mix: points(mix, "+"),
        selling: points(plain - of_market - mix, "+"),
    })
}

/// Hundredths as `-1.05`.
fn points(hundredths: i64, plus: &str) -> String {
    let sign = if hundredths < 0 { "−" } else { plus };
    format!("{sign}{}.{:02}", hundredths.abs() / 100, hundredths.abs() % 100)
}

fn plans(results: &Results<'_>, index: &PartnerIndex) -> Vec<PlanTable> {
    if index.not_assessed.is_some() {
        return Vec::new();
    }
    let verdict = &results.plan.verdict;
    let table = |(line, threshold, plan): (&'static str, &str, &Plan)| PlanTable {
        line,
        threshold: threshold.to_owned(),
        packs: plan
            .packs
            .iter()
            .map(|packs| PlannedRow {
                category_name: results.references.categories[usize::from(packs.category)].name.clone(),
                packs: packs.packs,
                worth_amount: packs.worth_amount,
                sell_by: iso_date(packs.sell_by),
            })
            .collect(),
        missing: plan.missing,
        possible_until: plan.possible_until.map(iso_date),
    };
    let [near, at] = &results.open_windows.plans[index.partner as usize];
    [("near", verdict.near.text.as_str(), near), ("at", verdict.at.text.as_str(), at)].into_iter().map(table).collect()
}
