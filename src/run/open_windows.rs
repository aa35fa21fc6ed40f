//! What can still be won: hardware of the period whose window is open and that nothing covers yet, and each partner's plan on it.

use super::attach_parts::AttachedPart;
use crate::config::file::MeasureName;
use crate::config::plan::Plan as RunPlan;
use crate::error::Result;
use crate::io::sectioned::SectionedReader;
use crate::reference::References;
use crate::stages::assess::{OpenUnits, PartnerIndex, Plan, plan};
use crate::stages::benchmark::{Benchmark, PackPrice, UNIT_SCALE};
use crate::tables::stage::OpenLines;
use std::collections::BTreeMap;

/// Open windows and plans of every partner, in their order.
pub struct OpenWindows {
    /// Uncovered units by category and last day.
    pub units: Vec<Vec<OpenUnits>>,
    /// The plan to the near line, and to the market.
    pub plans: Vec<[Plan; 2]>,
}

impl OpenWindows {
    /// Gathers the open lines of all parts and plans each partner's way to the lines.
    ///
    /// # Errors
    /// Where cached files are damaged.
    pub fn gather(
        run: &RunPlan,
        references: &References,
        parts: &[AttachedPart],
        benchmark: &Benchmark,
        indices: &[PartnerIndex],
    ) -> Result<Self> {
        let mut by_day: Vec<BTreeMap<(u16, i32), i64>> = vec![BTreeMap::new(); references.partners.len()];
        for part in parts {
            visit(part, &mut |lines, row| {
                let own = &mut by_day[lines.partner.value(row) as usize];
                let key = (lines.category.value(row), last_day(run, lines.date.value(row)));
                *own.entry(key).or_default() += lines.units.value(row);
                Ok(())
            })?;
        }
        let units: Vec<Vec<OpenUnits>> = by_day
            .into_iter()
            .map(|own| own.into_iter().map(|((category, last_day), units)| OpenUnits { category, last_day, units }).collect())
            .collect();
        let plans = indices.iter().zip(&units).map(|(index, units)| plans_of(run, benchmark, index, units)).collect();
        Ok(Self { units, plans })
    }
}

/// The last day on which a pack for hardware of a date still counts.
pub fn last_day(run: &RunPlan, hardware_date: i32) -> i32 {
    hardware_date + run.attach.window_days
}

/// Reads the open lines of a part in line order.
///
/// # Errors
/// Where the unit is damaged, or `read` says so.
pub fn visit(part: &AttachedPart, read: &mut dyn FnMut(&OpenLines, usize) -> Result<()>) -> Result<()> {
    for batch in SectionedReader::open(&part.folder, "open_lines")?.section(0) {
        let batch = batch?;
        let lines = OpenLines::from_batch(&batch)?;
        for row in 0..batch.num_rows() {
            read(&lines, row)?;
        }
    }
    Ok(())
}

fn plans_of(run: &RunPlan, benchmark: &Benchmark, index: &PartnerIndex, units: &[OpenUnits]) -> [Plan; 2] {
    if index.not_assessed.is_some() {
        return [Plan::default(), Plan::default()];
    }
    let cells = benchmark.cells_of(index.partner);
    let categories = cells.iter().map(|cell| cell.place.category);
    let prices: BTreeMap<u16, PackPrice> =
        categories.filter_map(|category| Some((category, benchmark.pack_price_of(index.partner, category)?))).collect();
    [&run.verdict.near, &run.verdict.at].map(|line| {
        let (numerator, denominator) = (i128::from(line.numerator), i128::from(line.denominator));
        let gap = |services: i64, expected: i64, scale: i64| {
            let missing = numerator * i128::from(expected) - denominator * i128::from(services) * i128::from(scale);
            crate::stages::assess::ceiling(missing.max(0), denominator * i128::from(scale)) as i64
        };
        let totals = &index.totals;
        let gap = match run.verdict.measure {
            MeasureName::Revenue => gap(totals.revenue.services, totals.revenue.expected, 1),
            MeasureName::Units => gap(totals.units.services, totals.units.expected, UNIT_SCALE),
        };
        plan(gap, run.verdict.measure, units, &prices)
    })
}
