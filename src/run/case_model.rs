//! What each case file shows, from the results of a run.

use super::collect_parts::{self, CollectedPart};
use super::execute::Results;
use super::{reviewed, site_judgement};
use crate::config::file::{MeasureName, ServicesScope, WindowScope};
use crate::config::plan::Threshold;
use crate::error::Result;
use crate::publish::case::model::{Case, CaseCell, Run, scale};
use crate::publish::case::summary::LineSummary;
use crate::publish::page_name::file_stem;
use crate::publish::report::model::Reviewed;
use crate::stages::assess::{Evidence, Figures, PartnerIndex, ceiling, pri_display};
use crate::stages::attach::{CellKey, CellSums, SERVICE, quarter_starts};
use crate::stages::benchmark::{Measure, PartnerCell, Selection, is_in_population, select};
use crate::stages::disclosure::{Cell, Disclosure, Market, disclose};
use crate::stages::uncertainty::intervals::Interval;
use std::collections::BTreeMap;

/// Hardware and services of one quarter by category, in the measure that decides.
pub type QuarterSums = BTreeMap<u16, (i64, i64)>;

/// What all cases look up.
pub struct CaseModel<'a> {
    results: &'a Results<'a>,
    /// What is the same for all.
    pub run: Run,
    market: Market,
    reviewed: BTreeMap<u32, Reviewed>,
    selection: Selection,
}

impl<'a> CaseModel<'a> {
    /// Gathers who stands behind every rate.
    pub fn new(results: &'a Results<'a>) -> Self {
        let plan = results.plan;
        let in_population =
            |partner: u32| is_in_population(&results.references.partners[partner as usize], plan.benchmark.population);
        let run = Run {
            run_id: results.run_id.clone(),
            title: plan.title.clone(),
            days: [plan.period.from, plan.period.to, plan.period.as_of],
            currency: plan.reporting_currency.clone(),
            is_synthetic: plan.publish.is_synthetic,
            measure: plan.verdict.measure,
            lines: [plan.verdict.near.text.clone(), plan.verdict.at.text.clone()],
            categories: results.references.categories.iter().map(|category| category.name.clone()).collect(),
            confidence: site_judgement::confidence(plan.verdict.confidence_ppm),
            quarters: quarter_starts(&plan.period),
        };
        Self {
            results,
            run,
            market: Market::of(&results.benchmark, measure(plan.verdict.measure), in_population),
            reviewed: reviewed::by_partner(results),
            selection: Selection::of(&plan.benchmark),
        }
    }

    /// What the partners of a part sold in each quarter.
    ///
    /// # Errors
    /// Where the unit is damaged.
    pub fn quarters_of(&self, part: &CollectedPart) -> Result<BTreeMap<u32, Vec<QuarterSums>>> {
        let count = self.run.quarters.len();
        let mut by_quarter: Vec<Vec<(CellKey, CellSums)>> = vec![Vec::new(); count];
        for (key, sums) in collect_parts::quarters(part)? {
            if let Some(quarter) = usize::from(key.quarter).checked_sub(1).and_then(|place| by_quarter.get_mut(place)) {
                quarter.push((key.cell, sums));
            }
        }
        let mut partners: BTreeMap<u32, Vec<QuarterSums>> = BTreeMap::new();
        for (place, cells) in by_quarter.iter().enumerate() {
            for (key, sums) in select(cells, &self.selection) {
                let own = partners.entry(key.partner).or_insert_with(|| vec![QuarterSums::new(); count]);
                let (hardware, services) = measure(self.run.measure).of(&sums);
                let entry = own[place].entry(key.category).or_default();
                entry.0 += hardware;
                entry.1 += services;
            }
        }
        Ok(partners)
    }

    /// A partner's case.
    pub fn case(&self, number: u32, summary: LineSummary, quarters: Vec<QuarterSums>) -> Case {
        let (results, place) = (self.results, number as usize);
        let (partner, index, case) = (&results.references.partners[place], &results.indices[place], &results.cases[place]);
        let verdict = &results.plan.verdict;
        let cells = results.benchmark.cells_of(number);
        let totals = match self.run.measure {
            MeasureName::Revenue => index.totals.revenue,
            MeasureName::Units => index.totals.units,
        };
        let services = i128::from(totals.services) * i128::from(scale(self.run.measure));
        let uncertainty = results.uncertainty.partners[place].deciding(verdict.measure);
        let limits = |interval: Interval| [interval.lower, interval.upper].map(|limit| site_judgement::limit(results, limit));
        let open = &results.open_records.sums[place];
        Case {
            partner_id: partner.id.clone(),
            name: partner.name.clone(),
            country: partner.country_code.clone(),
            stem: file_stem(&partner.id),
            verdict: index.verdict,
            not_assessed: index.not_assessed,
            totals,
            index: pri_display(services, totals.expected.into(), [&verdict.near, &verdict.at]),
            gaps: [&verdict.near, &verdict.at].map(|line| self.gap(line, index, &totals)),
            packs: index.categories.iter().map(|own| (own.category, [own.packs_to_near, own.packs_to_at])).collect(),
            recovery_due: case.recovery_due,
            is_on_hold: results.open_records.holds[place].is_some(),
            open: (open.records, open.amount()),
            disclosure: if index.not_assessed.is_none() { self.disclosure(cells) } else { Disclosure::default() },
            cells: cells.iter().map(|cell| self.cell(cell)).collect(),
            is_conclusive: case.evidence == Some(Evidence::Conclusive),
            interval: uncertainty.pooled.filter(|_| index.not_assessed.is_none()).map(limits),
            orders: uncertainty.orders,
            readings: self.readings(place),
            reviewed: self.reviewed.get(&number).cloned().unwrap_or_default(),
            others_packs: self.others_packs(number, index, &summary),
            summary,
            open_units: results.open_windows.units[place].clone(),
            plans: self.shows_prices(number, cells).then(|| results.open_windows.plans[place].clone()),
            quarters,
        }
    }

    fn disclosure(&self, cells: &[PartnerCell]) -> Disclosure {
        let of = |cell: &PartnerCell| {
            let (hardware, _) = measure(self.run.measure).of(&cell.sums);
            let rate = cell.cell.map(|place| {
                let own = &self.results.benchmark.cells[place as usize];
                match self.run.measure {
                    MeasureName::Revenue => own.revenue,
                    MeasureName::Units => own.units,
                }
            });
            let level = rate.and_then(|rate| rate.level);
            let others = level.map(|level| self.market.others(&self.results.benchmark, cells, cell, level));
            Cell {
                partner: cell.partner,
                category: cell.place.category,
                hardware,
                market_hardware: rate.map_or(0, |rate| rate.rate_hardware),
                others: others.unwrap_or_default(),
                members: level.map_or(&[], |level| self.market.members(&self.results.benchmark, cell, level)),
            }
        };
        disclose(&cells.iter().map(of).collect::<Vec<_>>())
    }

    fn cell(&self, cell: &PartnerCell) -> CaseCell {
        let codes = self.results.benchmark.codes.codes(&cell.place);
        let level = cell.cell.and_then(|place| {
            let own = &self.results.benchmark.cells[place as usize];
            match self.run.measure {
                MeasureName::Revenue => own.revenue.level,
                MeasureName::Units => own.units.level,
            }
        });
        let (hardware, services) = measure(self.run.measure).of(&cell.sums);
        let expected = match self.run.measure {
            MeasureName::Revenue => cell.expected_amount,
            MeasureName::Units => cell.expected_units,
        };
        let places = [codes.country, codes.segment].into_iter().filter(|code| !matches!(*code, "all" | "none"));
        CaseCell {
            category: cell.place.category,
            place: places.collect::<Vec<_>>().join(", "),
            is_open: match codes.maturity {
                "open" => Some(true),
                "closed" => Some(false),
                _ => None,
            },
            is_wider: level.is_some_and(|level| level > 0),
            figures: Figures { hardware, services, expected },
        }
    }

    /// What is missing to a line: cents, or units.
    fn gap(&self, line: &Threshold, index: &PartnerIndex, totals: &Figures) -> i64 {
        if index.not_assessed.is_some() {
            return 0;
        }
        let scale = i128::from(scale(self.run.measure));
        let (numerator, denominator) = (i128::from(line.numerator), i128::from(line.denominator));
        let missing = numerator * i128::from(totals.expected) - denominator * i128::from(totals.services) * scale;
        i64::try_from(ceiling(missing.max(0), denominator * scale)).unwrap_or(i64::MAX)
    }

    fn readings(&self, place: usize) -> Vec<(String, crate::stages::assess::Verdict)> {
        let readings = &self.results.readings;
        let of = |(rule, all): (&crate::stages::assess::Reading, &Vec<crate::stages::assess::ReadingResult>)| {
            (rule.code.clone(), all[place].verdict)
        };
        readings.rules.iter().zip(&readings.results).map(of).collect()
    }

    /// Packs and money of other sellers that count for the partner: what is attached to its hardware, less its own.
    fn others_packs(&self, number: u32, index: &PartnerIndex, summary: &LineSummary) -> (i64, i64) {
        let policy = &self.results.plan.benchmark;
        if policy.windows == WindowScope::Closed || policy.services == ServicesScope::All {
            let own: i64 = counted(summary).map(|(_, amount)| amount).sum();
            return (0, index.totals.revenue.services - own);
        }
        let attached = self.results.sums.partners.get(&number).map(|sums| &sums.by_rung);
        let sum = |list: &mut dyn Iterator<Item = (i64, i64)>| list.fold((0, 0), |sum, own| (sum.0 + own.0, sum.1 + own.1));
        let all = sum(&mut attached.into_iter().flatten().map(|(_, own)| *own));
        let own = sum(&mut counted(summary));
        (all.0 - own.0, all.1 - own.1)
    }

    /// Whether every price that the partner's plans rest on may be shown.
    fn shows_prices(&self, number: u32, cells: &[PartnerCell]) -> bool {
        let open = &self.results.open_windows.units[number as usize];
        let is_open = |cell: &&PartnerCell| open.iter().any(|units| units.category == cell.place.category);
        cells.iter().filter(is_open).all(|cell| self.market.shows_price(&self.results.benchmark, cells, cell))
    }
}

/// Packs and money of a partner's own packs that count.
fn counted(summary: &LineSummary) -> impl Iterator<Item = (i64, i64)> + '_ {
    let fates = summary.fates.iter().filter(|((kind, fate), _)| *kind == SERVICE && fate.counts());
    fates.map(|(_, sums)| (sums.units, sums.amount))
}

fn measure(name: MeasureName) -> Measure {
    match name {
        MeasureName::Revenue => Measure::Revenue,
        MeasureName::Units => Measure::Units,
    }
}
