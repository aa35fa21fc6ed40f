//! How far chance could move each index: a few passes over the orders of all parts, none of which holds them all.

use super::collect_parts::{CollectedPart, visit_orders};
use super::{RunOptions, workers};
use crate::config::file::MeasureName;
use crate::config::plan::Plan;
use crate::error::{Error, Result};
use crate::reference::References;
use crate::stages::assess::{MeasureUncertainty, Uncertainty};
use crate::stages::attach::{CellKey, CellSums, OrderKey};
use crate::stages::benchmark::{
    Benchmark, CellRate, Measure, NONE, OthersRate, PartnerCell, UNIT_SCALE, is_in_population, leave_one_out,
};
use crate::stages::calibration::{PartnerPlan, SlicePlan};
use crate::stages::uncertainty::by_order::{OrderSums, linearised_index};
use crate::stages::uncertainty::dispersion::{Dispersion, DispersionSums, Progress, Ranked, Ranking, RankingPass, Slice};
use crate::stages::uncertainty::funnel::Overdispersion;
use crate::stages::uncertainty::intervals::EffectiveCounts;
use std::collections::BTreeMap;

/// The measures, in the order in which they stand in arrays.
const MEASURES: [Measure; 2] = [Measure::Revenue, Measure::Units];

/// What chance could do to every index and rate.
pub struct MarketUncertainty {
    /// Every partner's, in their order; nothing for partners outside the population.
    pub partners: Vec<Uncertainty>,
    /// Sums over the orders of every cell, by revenue and by units.
    pub cells: Vec<[OrderSums; 2]>,
    /// The market's dispersion by revenue and by units; families are places in [`Self::families`].
    pub dispersion: [Dispersion; 2],
    /// The over-dispersion of the funnel by revenue and by units.
    pub overdispersion: [Overdispersion; 2],
    /// Family codes, sorted.
    pub families: Vec<String>,
    /// What the calibration simulates: partners of the population, evenly drawn.
    pub drawn: Vec<PartnerPlan>,
}

/// Partners that are drawn for the calibration, about.
const DRAWN: usize = 1_000;

/// Works out the uncertainty of every partner and cell.
///
/// # Errors
/// Where cached files are damaged.
pub fn uncertainty(
    plan: &Plan,
    references: &References,
    benchmark: &Benchmark,
    parts: &[CollectedPart],
    options: &RunOptions,
) -> Result<MarketUncertainty> {
    let stage = options.progress.stage("uncertainty", 4);
    let orders = Orders::new(plan, references, benchmark, parts, options);
    let ranked = orders.rank()?;
    stage.advance(1);
    let (dispersion, cells) = orders.disperse(ranked)?;
    stage.advance(2);
    let deciding = match plan.verdict.measure {
        MeasureName::Revenue => 0,
        MeasureName::Units => 1,
    };
    let (partners, drawn) = orders.partners(&dispersion, plan.verdict.confidence(), deciding)?;
    let overdispersion = [
        Overdispersion::estimate(&partners.iter().filter_map(|own| own.revenue.counts).collect::<Vec<_>>()),
        Overdispersion::estimate(&partners.iter().filter_map(|own| own.units.counts).collect::<Vec<_>>()),
    ];
    stage.advance(1);
    Ok(MarketUncertainty { partners, cells, dispersion, overdispersion, families: orders.families, drawn })
}

/// The orders of the population, and what is expected of them.
struct Orders<'a> {
    benchmark: &'a Benchmark,
    parts: &'a [CollectedPart],
    options: &'a RunOptions,
    in_population: Vec<bool>,
    families: Vec<String>,
    family_of: Vec<u16>,
}

/// What is done with all orders of one partner.
type VisitPartner<'v> = dyn FnMut(u32, &[(OrderKey, CellSums)]) -> Result<()> + 'v;

/// One order of a partner: what it has in each cell, in the order of cells.
struct Order<'o> {
    order: u64,
    cells: &'o [(CellKey, CellSums)],
}

impl<'a> Orders<'a> {
    fn new(
        plan: &Plan,
        references: &References,
        benchmark: &'a Benchmark,
        parts: &'a [CollectedPart],
        options: &'a RunOptions,
    ) -> Self {
        let mut families: Vec<String> = references.categories.iter().map(|category| category.family_code.clone()).collect();
        families.sort_unstable();
        families.dedup();
        let place = |code: &String| families.binary_search(code).unwrap_or_default() as u16;
        let family_of = references.categories.iter().map(|category| place(&category.family_code)).collect();
        let in_population =
            references.partners.iter().map(|partner| is_in_population(partner, plan.benchmark.population)).collect();
        Self { benchmark, parts, options, in_population, families, family_of }
    }

    /// Reads the orders of every population partner of a part, partner by partner, each with all its orders.
    fn visit_partners(&self, part: &CollectedPart, visit: &mut VisitPartner<'_>) -> Result<()> {
        let mut held: Vec<(OrderKey, CellSums)> = Vec::new();
        visit_orders(part, &mut |key, sums| {
            if !self.in_population[key.partner as usize] {
                return Ok(());
            }
            if held.first().is_some_and(|(first, _)| first.partner != key.partner) {
                visit(held[0].0.partner, &held)?;
                held.clear();
            }
            held.push((key, sums));
            Ok(())
        })?;
        match held.first() {
            Some((first, _)) => visit(first.partner, &held),
            None => Ok(()),
        }
    }

    /// Runs a job over all parts on all threads; the results are in the order of parts.
    fn each_part<R: Send>(&self, job: impl Fn(&CollectedPart) -> Result<R> + Sync) -> Result<Vec<R>> {
        workers::map(self.options.threads, self.parts, |_| 0, job)
    }

    /// Where the tenths of each family begin, by both measures.
    fn rank(&self) -> Result<[Ranked; 2]> {
        let mut states: [State; 2] = [State::Ranking(Ranking::default()), State::Ranking(Ranking::default())];
        while states.iter().any(|state| matches!(state, State::Ranking(_))) {
            let seen = self.each_part(|part| {
                let mut passes: [Option<RankingPass>; 2] = [states[0].pass(), states[1].pass()];
                self.visit_partners(part, &mut |partner, orders| {
                    let own = self.own(partner);
                    each_order(orders, |order| {
                        for (measure, pass) in MEASURES.into_iter().zip(&mut passes) {
                            if let Some(pass) = pass {
                                self.slices(&own, &order, measure, &mut |slice, _| pass.add(slice));
                            }
                        }
                    });
                    Ok(())
                })?;
                Ok(passes)
            })?;
            let mut merged: [Option<RankingPass>; 2] = [states[0].pass(), states[1].pass()];
            for passes in seen {
                for (all, pass) in merged.iter_mut().zip(passes) {
                    if let (Some(all), Some(pass)) = (all, pass) {
                        all.merge(pass);
                    }
                }
            }
            let mut passes = merged.into_iter();
            states = states.map(|state| state.finish(passes.next().flatten()));
        }
        let [revenue, units] = states.map(State::into_ranked);
        Ok([revenue?, units?])
    }

    /// The dispersion by both measures, and the sums over the orders of every cell.
    fn disperse(&self, ranked: [Ranked; 2]) -> Result<([Dispersion; 2], Vec<[OrderSums; 2]>)> {
        let of_parts = self.each_part(|part| {
            let mut sums = [DispersionSums::default(), DispersionSums::default()];
            let mut cells: BTreeMap<u32, [OrderSums; 2]> = BTreeMap::new();
            self.visit_partners(part, &mut |partner, orders| {
                let own = self.own(partner);
                each_order(orders, |order| {
                    for ((measure, ranked), sums) in MEASURES.into_iter().zip(&ranked).zip(&mut sums) {
                        self.slices(&own, &order, measure, &mut |slice, _| ranked.add(sums, slice));
                    }
                    own.add_to_cells(&order, &mut cells);
                });
                Ok(())
            })?;
            Ok((sums, cells))
        })?;
        let mut sums = [DispersionSums::default(), DispersionSums::default()];
        let mut cells = vec![[OrderSums::default(); 2]; self.benchmark.cells.len()];
        for (part_sums, part_cells) in &of_parts {
            for (all, own) in sums.iter_mut().zip(part_sums) {
                all.merge(own);
            }
            for (cell, own) in part_cells {
                for (all, own) in cells[*cell as usize].iter_mut().zip(own) {
                    all.merge(own);
                }
            }
        }
        let [by_revenue, by_units] = ranked;
        Ok(([by_revenue.finish(&sums[0]), by_units.finish(&sums[1])], cells))
    }

    /// Counts and intervals of every partner, and of some what the calibration simulates by the deciding measure.
    fn partners(
        &self,
        dispersion: &[Dispersion; 2],
        confidence: f64,
        deciding: usize,
    ) -> Result<(Vec<Uncertainty>, Vec<PartnerPlan>)> {
        let every = self.in_population.len().div_ceil(DRAWN).max(1);
        let of_parts = self.each_part(|part| {
            let mut found = Vec::new();
            self.visit_partners(part, &mut |partner, orders| {
                let own = self.own(partner);
                let [revenue, units] =
                    [0, 1].map(|place| self.of_measure(&own, orders, MEASURES[place], &dispersion[place], confidence));
                let is_drawn = (partner as usize).is_multiple_of(every);
                let drawn = is_drawn.then(|| self.plan(&own, orders, MEASURES[deciding], &dispersion[deciding]));
                found.push((partner, Uncertainty { revenue, units }, drawn));
                Ok(())
            })?;
            Ok(found)
        })?;
        let mut all = vec![Uncertainty::default(); self.in_population.len()];
        let mut plans = Vec::new();
        for (partner, uncertainty, drawn) in of_parts.into_iter().flatten() {
            all[partner as usize] = uncertainty;
            plans.extend(drawn);
        }
        Ok((all, plans))
    }

    /// A partner's orders as the calibration sells them anew.
    fn plan(&self, own: &OwnCells<'_>, orders: &[(OrderKey, CellSums)], measure: Measure, dispersion: &Dispersion) -> PartnerPlan {
        let mut plan = PartnerPlan::default();
        each_order(orders, |order| {
            plan.orders += 1;
            self.slices(own, &order, measure, &mut |slice, _| {
                if slice.expected > 0.0 {
                    let (family, expected) = (slice.family, slice.expected);
                    let share = own.share(&self.family_of, family, measure);
                    plan.slices.push(SlicePlan { family, expected, kappa: dispersion.kappa(slice), share });
                }
            });
        });
        plan.slices.sort_by_key(|slice| slice.family);
        plan
    }

    fn of_measure(
        &self,
        own: &OwnCells<'_>,
        orders: &[(OrderKey, CellSums)],
        measure: Measure,
        dispersion: &Dispersion,
        confidence: f64,
    ) -> MeasureUncertainty {
        let (mut variance, mut others_variance) = (0.0, 0.0);
        let mut sums: Vec<(f64, f64)> = Vec::new();
        each_order(orders, |order| {
            let mut whole = (0.0, 0.0);
            self.slices(own, &order, measure, &mut |slice, others_expected| {
                let kappa = dispersion.kappa(slice);
                variance += kappa * slice.expected * slice.expected;
                others_variance += kappa * others_expected * others_expected;
                whole = (whole.0 + slice.services, whole.1 + slice.expected);
            });
            sums.push(whole);
        });
        let (services, expected) = own.totals(measure);
        let counts = EffectiveCounts::new(services, expected, variance);
        let others = own.others_expected(measure).and_then(|expected| EffectiveCounts::new(services, expected, others_variance));
        let uncertainty = MeasureUncertainty {
            counts,
            others_counts: others,
            linearised: linearised_index(sums.iter().copied(), confidence),
            orders: sums.len() as u64,
            ..MeasureUncertainty::default()
        };
        uncertainty.at(confidence)
    }

    fn own(&self, partner: u32) -> OwnCells<'a> {
        let cells = self.benchmark.cells_of(partner);
        OwnCells { benchmark: self.benchmark, cells, others: leave_one_out(self.benchmark, cells) }
    }

    /// The slices of an order by family, each with what the others' rates expect of it (0 where they have none). Expected services are exact ratios in
    /// floating point, added in the order of cells.
    fn slices(&self, own: &OwnCells<'_>, order: &Order<'_>, measure: Measure, visit: &mut dyn FnMut(&Slice, f64)) {
        let mut slices: BTreeMap<u16, (Slice, f64)> = BTreeMap::new();
        for (key, sums) in order.cells {
            let Some(place) = own.place(key) else { continue };
            let family = self.family_of[usize::from(key.category)];
            let empty = Slice { partner: key.partner, order: order.order, family, expected: 0.0, services: 0.0 };
            let (slice, others) = slices.entry(family).or_insert((empty, 0.0));
            let (hardware, services) = in_measure(sums, measure);
            slice.services += services as f64;
            slice.expected += hardware as f64 * own.rate(place, measure);
            *others += hardware as f64 * own.others_rate(place, measure).unwrap_or(0.0);
        }
        for (slice, others) in slices.values() {
            visit(slice, *others);
        }
    }
}

/// Calls `visit` for every order of one partner, in their order.
fn each_order(orders: &[(OrderKey, CellSums)], mut visit: impl FnMut(Order<'_>)) {
    let mut cells: Vec<(CellKey, CellSums)> = Vec::new();
    for own in orders.chunk_by(|a, b| a.0.order == b.0.order) {
        cells.clear();
        cells.extend(own.iter().map(|(key, sums)| (key.cell, *sums)));
        visit(Order { order: own[0].0.order as u64, cells: &cells });
    }
}

fn in_measure(sums: &CellSums, measure: Measure) -> (i64, i64) {
    match measure {
        Measure::Revenue => (sums.hardware_amount, sums.services_amount),
        Measure::Units => (sums.hardware_units, sums.attached_units),
    }
}

/// The cells of one partner with their rates.
struct OwnCells<'a> {
    benchmark: &'a Benchmark,
    cells: &'a [PartnerCell],
    others: Vec<[Option<OthersRate>; 2]>,
}

impl OwnCells<'_> {
    /// The partner's cell in which hardware stands; hardware whose sums are all 0 has none.
    fn place(&self, key: &CellKey) -> Option<usize> {
        let fits = |place: u32, value: u32| place == NONE || place == value;
        self.cells.iter().position(|cell| {
            cell.is_own
                && cell.place.category == key.category
                && fits(cell.place.band, u32::from(key.band))
                && fits(cell.place.is_open, u32::from(key.is_open))
        })
    }

    fn cell_rate(&self, place: usize, measure: Measure) -> Option<&CellRate> {
        let cell = &self.benchmark.cells[self.cells[place].cell? as usize];
        Some(match measure {
            Measure::Revenue => &cell.revenue,
            Measure::Units => &cell.units,
        })
    }

    fn rate(&self, place: usize, measure: Measure) -> f64 {
        self.cell_rate(place, measure)
            .filter(|rate| rate.rate_hardware > 0)
            .map_or(0.0, |rate| rate.rate_services as f64 / rate.rate_hardware as f64)
    }

    /// The partner's share of the hardware by which the rates of a family are made, weighed by what they expect of it.
    fn share(&self, family_of: &[u16], family: u16, measure: Measure) -> f64 {
        let (mut weighed, mut expected) = (0.0, 0.0);
        for (place, cell) in self.cells.iter().enumerate().filter(|(_, cell)| family_of[usize::from(cell.place.category)] == family)
        {
            let Some(rate) = self.cell_rate(place, measure).filter(|rate| rate.rate_hardware > 0) else { continue };
            let Some(level) = rate.level.map(|level| &self.benchmark.levels[usize::from(level)]) else { continue };
            let group = level.group(&cell.place);
            let own: i64 =
                self.cells.iter().filter(|other| level.group(&other.place) == group).map(|other| measure.of(&other.sums).0).sum();
            let worth = measure.of(&cell.sums).0 as f64 * self.rate(place, measure);
            weighed += worth * (own as f64 / rate.rate_hardware as f64).clamp(0.0, 1.0);
            expected += worth;
        }
        if expected > 0.0 { weighed / expected } else { 0.0 }
    }

    fn others_rate(&self, place: usize, measure: Measure) -> Option<f64> {
        let index = match measure {
            Measure::Revenue => 0,
            Measure::Units => 1,
        };
        self.others[place][index].map(|rate| rate.services as f64 / rate.hardware as f64)
    }

    /// Services and published expected services, in cents or in units.
    fn totals(&self, measure: Measure) -> (f64, f64) {
        let (mut services, mut expected) = (0i64, 0i64);
        for cell in self.cells {
            services += measure.of(&cell.sums).1;
            expected += match measure {
                Measure::Revenue => cell.expected_amount,
                Measure::Units => cell.expected_units,
            };
        }
        match measure {
            Measure::Revenue => (services as f64, expected as f64),
            Measure::Units => (services as f64, expected as f64 / UNIT_SCALE as f64),
        }
    }

    /// What the others' rates expect of all the partner's hardware. `None` where a cell has no usable rate.
    fn others_expected(&self, measure: Measure) -> Option<f64> {
        let mut sum = 0.0;
        for (place, cell) in self.cells.iter().enumerate() {
            let (hardware, _) = measure.of(&cell.sums);
            if hardware != 0 {
                sum += hardware as f64 * self.others_rate(place, measure)?;
            }
        }
        Some(sum)
    }

    /// Adds an order to the sums of the cells in which it stands, once each.
    fn add_to_cells(&self, order: &Order<'_>, cells: &mut BTreeMap<u32, [OrderSums; 2]>) {
        let mut in_cells: BTreeMap<u32, CellSums> = BTreeMap::new();
        for (key, sums) in order.cells {
            if let Some(cell) = self.place(key).and_then(|place| self.cells[place].cell) {
                in_cells.entry(cell).or_default().add(sums);
            }
        }
        for (cell, sums) in in_cells {
            let of_cell = cells.entry(cell).or_default();
            for (measure, own) in MEASURES.into_iter().zip(of_cell) {
                let (hardware, services) = in_measure(&sums, measure);
                own.add(hardware, services);
            }
        }
    }
}

/// The ranking of one measure, between passes.
enum State {
    Ranking(Ranking),
    Ranked(Ranked),
}

impl State {
    fn pass(&self) -> Option<RankingPass> {
        match self {
            Self::Ranking(ranking) => Some(ranking.pass()),
            Self::Ranked(_) => None,
        }
    }

    fn finish(self, pass: Option<RankingPass>) -> Self {
        match (self, pass) {
            (Self::Ranking(ranking), Some(pass)) => match ranking.finish(pass) {
                Progress::Again(ranking) => Self::Ranking(ranking),
                Progress::Done(ranked) => Self::Ranked(ranked),
            },
            (state, _) => state,
        }
    }

    fn into_ranked(self) -> Result<Ranked> {
        match self {
            Self::Ranked(ranked) => Ok(ranked),
            Self::Ranking(_) => Err(Error::Internal("a ranking was not finished".into())),
        }
    }
}
