//! The tables of the index: cells, partners, readings, categories, open windows, dispersion.

use super::execute::Results;
use super::funnel;
use super::open_windows::{self, last_day};
use crate::error::Result;
use crate::publish::parquet::{RowWriter, Value};
use crate::stages::assess::{Figures, MeasureUncertainty, PartnerCategory, PartnerIndex, PlannedPacks, ReadingResult, deciding};
use crate::stages::benchmark::{CellRate, PlaceCodes, UNIT_SCALE};
use crate::stages::uncertainty::intervals::Interval;
use crate::tables::published::{
    FACT_BENCHMARK_CELL, FACT_DISPERSION, FACT_OPEN_WINDOW, FACT_PARTNER_CATEGORY, FACT_PARTNER_CELL, FACT_PARTNER_FUNNEL,
    FACT_PARTNER_INDEX, FACT_PARTNER_READING, TableDef,
};
use std::collections::BTreeMap;

/// Fills one table.
type Fill = fn(&mut RowWriter, &Results<'_>) -> Result<()>;

/// The tables and what fills them.
pub const TABLES: [(&TableDef, Fill); 8] = [
    (&FACT_PARTNER_CELL, fact_partner_cell),
    (&FACT_PARTNER_INDEX, fact_partner_index),
    (&FACT_PARTNER_READING, fact_partner_reading),
    (&FACT_PARTNER_CATEGORY, fact_partner_category),
    (&FACT_BENCHMARK_CELL, fact_benchmark_cell),
    (&FACT_OPEN_WINDOW, fact_open_window),
    (&FACT_DISPERSION, fact_dispersion),
    (&FACT_PARTNER_FUNNEL, funnel::fact_partner_funnel),
];

fn place<'a>(category: &'a str, codes: &'a PlaceCodes<'_>) -> [Value<'a>; 6] {
    [
        Value::Text(category),
        Value::Text(codes.country),
        Value::Text(codes.region),
        Value::Text(codes.segment),
        Value::Text(&codes.band),
        Value::Text(codes.maturity),
    ]
}

fn category<'a>(results: &'a Results<'_>, index: u16) -> &'a str {
    &results.references.categories[usize::from(index)].code
}

fn fact_partner_cell(writer: &mut RowWriter, results: &Results<'_>) -> Result<()> {
    let benchmark = &results.benchmark;
    for own in benchmark.partner_cells.chunk_by(|a, b| a.partner == b.partner) {
        let mut rows: Vec<_> =
            own.iter().map(|cell| (category(results, cell.place.category), benchmark.codes.codes(&cell.place), cell)).collect();
        rows.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        for (category, codes, cell) in &rows {
            let mut values = vec![Value::Text(&results.references.partners[cell.partner as usize].id)];
            values.extend(place(category, codes));
            values.extend([
                Value::Whole(cell.sums.hardware_amount),
                Value::Whole(cell.sums.services_amount),
                Value::Whole(cell.expected_amount),
                Value::Whole(cell.expected_amount - cell.sums.services_amount),
                Value::Whole(cell.sums.hardware_units),
                Value::Whole(cell.sums.services_units),
                Value::Whole(cell.expected_units),
                Value::Whole(cell.sums.packs),
                Value::Text(&results.plan.reporting_currency),
            ]);
            writer.row(&values)?;
        }
    }
    Ok(())
}

fn fact_benchmark_cell(writer: &mut RowWriter, results: &Results<'_>) -> Result<()> {
    let benchmark = &results.benchmark;
    let mut rows: Vec<_> = benchmark
        .cells
        .iter()
        .zip(&results.uncertainty.cells)
        .map(|(cell, orders)| (category(results, cell.place.category), benchmark.codes.codes(&cell.place), cell, orders))
        .collect();
    rows.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    let confidence = results.plan.verdict.confidence();
    for (category, codes, cell, orders) in &rows {
        let own_rate = |rate: &CellRate| Value::ratio(rate.services as f64, rate.hardware as f64);
        let mut values = Vec::from(place(category, codes));
        values.extend([
            Value::Whole(cell.revenue.hardware),
            Value::Whole(cell.revenue.services),
            Value::Whole(i64::from(cell.revenue.contributors)),
            Value::Text(benchmark.level_code(cell.revenue.level)),
            Value::Whole(cell.revenue.rate_services),
            Value::Whole(cell.revenue.rate_hardware),
            Value::Whole(i64::from(cell.revenue.rate_contributors)),
            Value::Whole(cell.revenue.expected),
            Value::Whole(cell.units.hardware),
            Value::Whole(cell.units.services),
            Value::Whole(i64::from(cell.units.contributors)),
            Value::Text(benchmark.level_code(cell.units.level)),
            Value::Whole(cell.units.rate_services),
            Value::Whole(cell.units.rate_hardware),
            Value::Whole(cell.units.expected),
            Value::Whole(cell.revenue.largest_hardware),
            own_rate(&cell.revenue),
        ]);
        values.extend(limits(orders[0].linearised_rate(confidence)));
        values.push(own_rate(&cell.units));
        values.extend(limits(orders[1].wilson_rate(confidence)));
        values.push(Value::rate_or_none(orders[1].design_effect()));
        values.push(Value::Text(&results.plan.reporting_currency));
        writer.row(&values)?;
    }
    Ok(())
}

fn limits(interval: Option<Interval>) -> [Value<'static>; 2] {
    [Value::rate_or_none(interval.map(|limits| limits.lower)), Value::rate_or_none(interval.map(|limits| limits.upper))]
}

fn fact_partner_index(writer: &mut RowWriter, results: &Results<'_>) -> Result<()> {
    let plan = results.plan;
    let leave_one_out = results.readings.rules.iter().position(|rule| rule.code == "leave_one_out");
    let market = results.benchmark.market();
    for index in &results.indices {
        let number = index.partner as usize;
        let (partner, case) = (&results.references.partners[number], &results.cases[number]);
        let uncertainty = &results.uncertainty.partners[number];
        let others = leave_one_out.map(|reading| &results.readings.results[reading][number]).filter(|_| is_measured(index));
        let agreeing = results.readings.results.iter().filter(|all| all[number].verdict == index.verdict).count();
        let open_units: i64 = results.open_windows.units[number].iter().map(|open| open.units).sum();
        let [near, at] = &results.open_windows.plans[number];
        let packs = |packs: &[PlannedPacks]| packs.iter().map(|packs| packs.packs).sum::<i64>();
        let (revenue, units) = (index.totals.revenue, index.totals.units);
        let rule = case.rule(plan);
        let mut values = vec![
            Value::Text(&partner.id),
            Value::Text(&partner.name),
            Value::Text(results.measure_code()),
            Value::Text(index.verdict.code()),
            index.not_assessed.map_or(Value::None, |reason| Value::Text(reason.code())),
            case.evidence.map_or(Value::None, |evidence| Value::Text(evidence.code())),
            Value::Flag(case.is_robust),
            Value::Whole(results.readings.rules.len() as i64),
            Value::Whole(agreeing as i64),
            index.tier.map_or(Value::None, |tier| Value::Text(&plan.verdict.tiers[tier].id)),
            Value::Flag(index.is_safe_harbor),
            Value::Flag(case.has_exception),
            Value::Flag(results.open_records.holds[number].is_some()),
            results.open_records.holds[number].map_or(Value::None, |hold| Value::Text(hold.code())),
            Value::Whole(results.open_records.sums[number].records as i64),
            Value::Whole(results.open_records.sums[number].amount()),
            Value::Text(&rule.id),
            Value::Text(&rule.text),
            Value::whole_or_none(case.recovery_due.map(i64::from)),
        ];
        values.extend(measure(revenue, &uncertainty.revenue, others.map(|others| others.totals.revenue), 1));
        values.extend(measure(units, &uncertainty.units, others.map(|others| others.totals.units), UNIT_SCALE));
        values.extend([
            Value::Whole(uncertainty.revenue.orders as i64),
            effect(revenue.expected, revenue.hardware, market.services_amount, market.hardware_amount),
            effect(revenue.services - revenue.expected, revenue.hardware, 0, market.hardware_amount),
            Value::Whole(index.gap_near.amount),
            Value::Whole(index.gap_near.packs),
            Value::Whole(index.gap_at.amount),
            Value::Whole(index.gap_at.packs),
            Value::Whole(open_units),
            Value::Whole(packs(&near.packs)),
            Value::whole_or_none(near.possible_until.map(i64::from)),
            Value::Whole(packs(&at.packs)),
            Value::whole_or_none(at.possible_until.map(i64::from)),
            Value::Text(&plan.reporting_currency),
        ]);
        writer.row(&values)?;
    }
    Ok(())
}

/// Whether a partner is in the population, so that something is expected of it.
fn is_measured(index: &PartnerIndex) -> bool {
    index.not_assessed != Some(crate::stages::assess::NotAssessed::NotInProgram)
}

/// The columns of one measure: figures, index, interval, counts, and the same at the rates of the others. Counts and limits are none where there are none.
fn measure(own: Figures, uncertainty: &MeasureUncertainty, others: Option<Figures>, scale: i64) -> Vec<Value<'static>> {
    let services = own.services as f64 * scale as f64;
    let counts = uncertainty.counts;
    let others_expected = others.map(|others| others.expected).filter(|expected| *expected > 0);
    let mut values = vec![
        Value::Whole(own.hardware),
        Value::Whole(own.services),
        Value::Whole(own.expected),
        Value::ratio(services, own.expected as f64),
    ];
    values.extend(limits(uncertainty.pooled));
    values.extend([
        Value::rate_or_none(counts.map(|counts| counts.observed)),
        Value::rate_or_none(counts.map(|counts| counts.expected)),
        Value::whole_or_none(others_expected),
        others_expected.map_or(Value::None, |expected| Value::ratio(services, expected as f64)),
    ]);
    values.extend(limits(uncertainty.leave_one_out));
    values.extend(limits(uncertainty.linearised));
    values
}

/// `part ÷ whole − market_part ÷ market_whole`; none without own or market hardware.
fn effect(part: i64, whole: i64, market_part: i64, market_whole: i64) -> Value<'static> {
    if whole <= 0 || market_whole <= 0 {
        return Value::None;
    }
    Value::Rate(part as f64 / whole as f64 - market_part as f64 / market_whole as f64)
}

fn fact_partner_reading(writer: &mut RowWriter, results: &Results<'_>) -> Result<()> {
    for index in &results.indices {
        let number = index.partner as usize;
        for (rule, all) in results.readings.rules.iter().zip(&results.readings.results) {
            let ReadingResult { totals, verdict, not_assessed } = &all[number];
            let (services, expected) = deciding(totals, rule.measure);
            writer.row(&[
                Value::Text(&results.references.partners[number].id),
                Value::Text(&rule.code),
                Value::Text(super::execute::measure_code(rule.measure)),
                Value::Whole(totals.revenue.hardware),
                Value::Whole(totals.revenue.services),
                Value::Whole(totals.revenue.expected),
                Value::Whole(totals.units.hardware),
                Value::Whole(totals.units.services),
                Value::Whole(totals.units.expected),
                Value::ratio(services as f64, expected as f64),
                Value::Text(verdict.code()),
                not_assessed.map_or(Value::None, |reason| Value::Text(reason.code())),
                Value::Flag(*verdict == index.verdict),
                Value::Text(&results.plan.reporting_currency),
            ])?;
        }
    }
    Ok(())
}

fn fact_partner_category(writer: &mut RowWriter, results: &Results<'_>) -> Result<()> {
    let mut market: BTreeMap<u16, (i64, i64)> = BTreeMap::new();
    for cell in &results.benchmark.cells {
        let sums = market.entry(cell.place.category).or_default();
        sums.0 += cell.revenue.hardware;
        sums.1 += cell.revenue.services;
    }
    let market_hardware = results.benchmark.market().hardware_amount;
    for index in &results.indices {
        let number = index.partner as usize;
        let open = &results.open_windows.units[number];
        let plans = &results.open_windows.plans[number];
        let missing = market.keys().filter(|_| index.totals.revenue.hardware > 0 && market_hardware > 0);
        let missing = missing.filter(|category| index.categories.iter().all(|own| own.category != **category));
        // What a partner does not sell is part of its mix: without these rows the effects would not sum to the partner's.
        let mut categories = index.categories.clone();
        categories.extend(missing.map(|category| PartnerCategory::empty(*category)));
        categories.sort_by_key(|own| own.category);
        for own in &categories {
            let (of_market, open_here) = (market.get(&own.category).copied().unwrap_or_default(), || {
                open.iter().filter(|open| open.category == own.category)
            });
            let planned = |plan: usize| plans[plan].packs.iter().find(|packs| packs.category == own.category);
            let packs = |plan: usize| Value::Whole(planned(plan).map_or(0, |packs| packs.packs));
            let sell_by = |plan: usize| Value::whole_or_none(planned(plan).map(|packs| i64::from(packs.sell_by)));
            let (revenue, units, all) = (own.revenue, own.units, index.totals.revenue.hardware);
            writer.row(&[
                Value::Text(&results.references.partners[number].id),
                Value::Text(category(results, own.category)),
                Value::Whole(revenue.hardware),
                Value::Whole(revenue.services),
                Value::Whole(revenue.expected),
                Value::Whole(revenue.expected - revenue.services),
                Value::Whole(units.hardware),
                Value::Whole(units.services),
                Value::Whole(units.expected),
                Value::Whole(of_market.0),
                Value::Whole(of_market.1),
                effect(revenue.expected, all, of_market.1, market_hardware),
                effect(revenue.services - revenue.expected, all, 0, market_hardware),
                Value::Whole(own.packs_to_near),
                Value::Whole(own.packs_to_at),
                Value::whole_or_none(own.pack_price.map(|price| price.amount)),
                Value::whole_or_none(own.pack_price.map(|price| price.packs)),
                Value::Whole(open_here().map(|open| open.units).sum()),
                Value::whole_or_none(open_here().map(|open| i64::from(open.last_day)).max()),
                packs(0),
                sell_by(0),
                packs(1),
                sell_by(1),
                Value::Text(&results.plan.reporting_currency),
            ])?;
        }
    }
    Ok(())
}

fn fact_open_window(writer: &mut RowWriter, results: &Results<'_>) -> Result<()> {
    let mut prices = BTreeMap::new();
    for part in &results.parts {
        open_windows::visit(part, &mut |lines, row| {
            let (partner, own_category) = (lines.partner.value(row), lines.category.value(row));
            let price =
                prices.entry((partner, own_category)).or_insert_with(|| results.benchmark.pack_price_of(partner, own_category));
            let units = lines.units.value(row);
            let worth = price.map(|price| (i128::from(units) * i128::from(price.amount) / i128::from(price.packs)) as i64);
            let date = lines.date.value(row);
            writer.row(&[
                Value::Whole(lines.line_id.value(row)),
                Value::Text(&results.references.partners[partner as usize].id),
                Value::Text(category(results, own_category)),
                Value::Text(lines.sku.value(row)),
                Value::text_or_none(lines.invoice.value(row)),
                Value::Whole(i64::from(date)),
                Value::Whole(units),
                Value::Whole(i64::from(last_day(results.plan, date))),
                Value::whole_or_none(worth),
                Value::Text(&results.plan.reporting_currency),
            ])
        })?;
    }
    Ok(())
}

fn fact_dispersion(writer: &mut RowWriter, results: &Results<'_>) -> Result<()> {
    for (measure, dispersion) in ["revenue", "units"].into_iter().zip(&results.uncertainty.dispersion) {
        for bin in dispersion.bins() {
            writer.row(&[
                Value::Text(measure),
                Value::Text(&results.uncertainty.families[usize::from(bin.family)]),
                Value::Whole(bin.bin as i64),
                Value::Whole(bin.slices as i64),
                Value::Whole(bin.counted as i64),
                Value::rate_or_none(bin.kappa),
            ])?;
        }
    }
    Ok(())
}
