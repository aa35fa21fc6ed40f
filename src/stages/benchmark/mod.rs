//! Benchmarks (DESIGN part 5): penetration by cell, back-off to wider levels, and each partner's expected services.
//!
//! Sums are of integers and everything that is given back is sorted, so results are the same on any number of threads.

mod codes;
mod leave_one_out;
mod level;
mod selection;

pub use codes::{Codes, PlaceCodes};
pub use leave_one_out::{OthersRate, leave_one_out};
pub use level::{CellPlace, GroupKey, Level, NONE};
pub use selection::{PartnerSums, Selection, select};

use super::split;
use crate::config::file::{CellDimension, Population};
use crate::config::plan::BenchmarkPolicy;
use crate::error::{Error, Result};
use crate::reference::{Partner, References};
use crate::stages::attach::CellKey;
use polars::prelude::*;
use rustc_hash::FxHashMap;

/// Expected units are published in millionths of a unit.
pub const UNIT_SCALE: i64 = 1_000_000;

/// The two measures of the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Money, in cents.
    Revenue,
    /// Units; expected in millionths.
    Units,
}

/// A cell's rate in one measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CellRate {
    /// Hardware of the cell's population, cents or units.
    pub hardware: i64,
    /// Services of the cell's population, cents or units.
    pub services: i64,
    /// Population partners with hardware above 0 in the cell.
    pub contributors: u32,
    /// Hardware of the partner that has most in the cell.
    pub largest_hardware: i64,
    /// Place of the level whose rate is used in [`Benchmark::levels`]; `None` where no level is usable and nothing is expected.
    pub level: Option<u8>,
    /// Numerator of the rate used.
    pub rate_services: i64,
    /// Denominator of the rate used; 0 where no level is usable.
    pub rate_hardware: i64,
    /// Contributors at the level used.
    pub rate_contributors: u32,
    /// Σ of the cell's expected: S of the cell, or H × rate where it backs off. Cents, or millionths of a unit.
    pub expected: i64,
}

/// One benchmark cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BenchmarkCell {
    /// Where it stands.
    pub place: CellPlace,
    /// The rate in money.
    pub revenue: CellRate,
    /// The rate in units.
    pub units: CellRate,
}

/// One partner's cell with what is expected of it. Of partners outside the population the expected is 0 and never used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartnerCell {
    /// Index into the partners.
    pub partner: u32,
    /// Index into [`Benchmark::cells`]; `None` for partners outside the population whose cell no population partner has.
    pub cell: Option<u32>,
    /// The partner's sums.
    pub sums: PartnerSums,
    /// Where the cell stands.
    pub place: CellPlace,
    /// Whether it is a cell of the partner's own sales; else it has only services that were attached to hardware which partners of another place sold.
    pub is_own: bool,
    /// Expected services, cents.
    pub expected_amount: i64,
    /// Expected units, millionths.
    pub expected_units: i64,
}

/// Mean price of an attached pack: money over packs of the finest level that has packs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PackPrice {
    /// Attached money, cents.
    pub amount: i64,
    /// Attached packs.
    pub packs: i64,
}

/// The benchmark of a run.
#[derive(Debug, Clone)]
pub struct Benchmark {
    /// Codes of the dimensions.
    pub codes: Codes,
    /// Levels of the back-off, finest first.
    pub levels: Vec<Level>,
    /// Dimensions of the cells.
    pub dimensions: Vec<CellDimension>,
    /// Cells, sorted by their places.
    pub cells: Vec<BenchmarkCell>,
    /// Partners' cells, sorted by partner and place.
    pub partner_cells: Vec<PartnerCell>,
    groups: Vec<FxHashMap<GroupKey, Group>>,
    min_partners: u32,
}

impl Benchmark {
    /// The mean pack price of a cell's group at the finest level without maturity and price band (gaps are shared by category), else of the next
    /// level up that has packs. `None` where nothing was attached at all.
    pub fn pack_price(&self, place: &CellPlace) -> Option<PackPrice> {
        let is_of_lines = |dimension: &CellDimension| matches!(dimension, CellDimension::Maturity | CellDimension::PriceBand);
        self.levels.iter().zip(&self.groups).filter(|(level, _)| !level.dimensions.iter().any(is_of_lines)).find_map(
            |(level, groups)| {
                let sums = groups.get(&level.group(place))?.sums;
                (sums.packs > 0 && sums.packs_amount > 0).then_some(PackPrice { amount: sums.packs_amount, packs: sums.packs })
            },
        )
    }

    /// The mean pack price of a partner's category: at its own cells, else where it is credited elsewhere.
    pub fn pack_price_of(&self, partner: u32, category: u16) -> Option<PackPrice> {
        let of_category = || self.cells_of(partner).iter().filter(|cell| cell.place.category == category);
        let cell = of_category().find(|cell| cell.is_own).or_else(|| of_category().next())?;
        self.pack_price(&cell.place)
    }

    /// Services and hardware of the finest usable level for a place, which need not be one of the cells: the rate that such hardware would take.
    /// `None` where no level is usable.
    pub fn rate(&self, place: &CellPlace, measure: Measure) -> Option<(i64, i64)> {
        self.levels.iter().zip(&self.groups).find_map(|(level, groups)| {
            let (hardware, services, contributors) = groups.get(&level.group(place))?.of(measure);
            (contributors >= self.min_partners && hardware > 0 && services >= 0).then_some((services, hardware))
        })
    }

    /// The code of a level in tables.
    pub fn level_code(&self, level: Option<u8>) -> &str {
        level.map_or(UNUSABLE, |place| self.levels[usize::from(place)].code.as_str())
    }

    /// Sums over the whole population.
    pub fn market(&self) -> PartnerSums {
        let mut sums = PartnerSums::default();
        for group in self.groups.last().into_iter().flat_map(FxHashMap::values) {
            sums.add(&group.sums);
        }
        sums
    }

    /// The cells of a partner.
    pub fn cells_of(&self, partner: u32) -> &[PartnerCell] {
        let from = self.partner_cells.partition_point(|cell| cell.partner < partner);
        let to = self.partner_cells.partition_point(|cell| cell.partner <= partner);
        &self.partner_cells[from..to]
    }

    /// Σ expected − Σ services of the population, in money and in millionths of a unit: 0 unless cells back off.
    pub fn expected_minus_actual(&self) -> (i128, i128) {
        self.cells.iter().fold((0, 0), |(money, units), cell| {
            (
                money + i128::from(cell.revenue.expected) - i128::from(cell.revenue.services),
                units + i128::from(cell.units.expected) - i128::from(cell.units.services) * i128::from(UNIT_SCALE),
            )
        })
    }
}

/// The code where no level is usable.
pub const UNUSABLE: &str = "unusable";

/// Sums and contributors of one group.
#[derive(Debug, Clone, Copy, Default)]
struct Group {
    sums: PartnerSums,
    amount_contributors: u32,
    unit_contributors: u32,
    largest_amount: i64,
    largest_units: i64,
}

impl Group {
    fn of(&self, measure: Measure) -> (i64, i64, u32) {
        let (hardware, services) = measure.of(&self.sums);
        match measure {
            Measure::Revenue => (hardware, services, self.amount_contributors),
            Measure::Units => (hardware, services, self.unit_contributors),
        }
    }
}

impl Measure {
    /// Hardware and services in this measure: cents or units.
    pub fn of(self, sums: &PartnerSums) -> (i64, i64) {
        match self {
            Self::Revenue => (sums.hardware_amount, sums.services_amount),
            Self::Units => (sums.hardware_units, sums.services_units),
        }
    }
}

/// Whether a partner forms the benchmark.
pub fn is_in_population(partner: &Partner, population: Population) -> bool {
    population == Population::All || partner.is_program
}

/// Computes cells, rates and expected services from the partners' contributions, as [`select`] gives them for the selection.
///
/// # Errors
/// Where a sum does not fit, which no real data reaches.
pub fn benchmark(
    selected: &[(CellKey, PartnerSums)],
    selection: &Selection,
    references: &References,
    policy: &BenchmarkPolicy,
) -> Result<Benchmark> {
    let dimensions = selection.cells(&policy.cells);
    let codes = Codes::of(references);
    let mut partner_cells = places(selected, &codes, &dimensions, references);
    let in_population = |partner: u32| is_in_population(&references.partners[partner as usize], policy.population);
    let population: Vec<PartnerCell> = partner_cells.iter().filter(|cell| in_population(cell.partner)).copied().collect();
    let frame = population_frame(&population)?;
    let levels = Level::ladder(&dimensions);
    let groups = levels.iter().map(|level| group_sums(&frame, level)).collect::<Result<Vec<_>>>()?;
    let mut cell_places: Vec<CellPlace> = population.iter().map(|cell| cell.place).collect();
    cell_places.sort_unstable();
    cell_places.dedup();
    let mut cells: Vec<BenchmarkCell> = cell_places
        .iter()
        .map(|place| BenchmarkCell {
            place: *place,
            revenue: cell_rate(place, &levels, &groups, Measure::Revenue, policy),
            units: cell_rate(place, &levels, &groups, Measure::Units, policy),
        })
        .collect();
    for row in &mut partner_cells {
        row.cell = cell_places.binary_search(&row.place).ok().map(|index| index as u32);
    }
    expect(&mut cells, &mut partner_cells, in_population)?;
    Ok(Benchmark { codes, levels, dimensions, cells, partner_cells, groups, min_partners: policy.min_partners })
}

/// The partners' cells in the dimensions of the benchmark, sorted, each once, nothing expected yet.
fn places(
    selected: &[(CellKey, PartnerSums)],
    codes: &Codes,
    dimensions: &[CellDimension],
    references: &References,
) -> Vec<PartnerCell> {
    let mut cells: Vec<PartnerCell> = selected
        .iter()
        .map(|(key, sums)| PartnerCell {
            partner: key.partner,
            cell: None,
            sums: *sums,
            place: codes.place(key, references).of_cell(dimensions),
            is_own: key.elsewhere.is_none(),
            expected_amount: 0,
            expected_units: 0,
        })
        .collect();
    cells.sort_unstable_by_key(|cell| (cell.partner, cell.place));
    cells.dedup_by(|later, first| {
        let is_same = (later.partner, later.place) == (first.partner, first.place);
        if is_same {
            first.sums.add(&later.sums);
            first.is_own |= later.is_own;
        }
        is_same
    });
    cells
}

/// One row per population partner and cell, with every dimension.
fn population_frame(rows: &[PartnerCell]) -> Result<DataFrame> {
    let places = |get: fn(&CellPlace) -> u32| rows.iter().map(|row| get(&row.place)).collect::<Vec<u32>>();
    let sums = |get: fn(&PartnerSums) -> i64| rows.iter().map(|row| get(&row.sums)).collect::<Vec<i64>>();
    let columns = vec![
        Column::new("partner".into(), rows.iter().map(|row| row.partner).collect::<Vec<u32>>()),
        Column::new("category".into(), places(|place| u32::from(place.category))),
        Column::new("country".into(), places(|place| place.country)),
        Column::new("region".into(), places(|place| place.region)),
        Column::new("segment".into(), places(|place| place.segment)),
        Column::new("price_band".into(), places(|place| place.band)),
        Column::new("maturity".into(), places(|place| place.is_open)),
        Column::new("family".into(), places(|place| place.family)),
        Column::new("all".into(), vec![0u32; rows.len()]),
        Column::new(SUMMED[0].into(), sums(|sums| sums.hardware_amount)),
        Column::new(SUMMED[1].into(), sums(|sums| sums.hardware_units)),
        Column::new(SUMMED[2].into(), sums(|sums| sums.services_amount)),
        Column::new(SUMMED[3].into(), sums(|sums| sums.services_units)),
        Column::new(SUMMED[4].into(), sums(|sums| sums.packs)),
        Column::new(SUMMED[5].into(), sums(|sums| sums.packs_amount)),
    ];
    DataFrame::new(rows.len(), columns).map_err(frame_error)
}

const SUMMED: [&str; 6] = ["hardware_amount", "hardware_units", "services_amount", "services_units", "packs", "packs_amount"];

/// Sums and contributors of every group of a level. A contributor has hardware above 0 in the group as a whole.
fn group_sums(frame: &DataFrame, level: &Level) -> Result<FxHashMap<GroupKey, Group>> {
    let names = level.columns();
    let dimensions: Vec<Expr> = names.iter().map(|name| col(*name)).collect();
    let by_partner: Vec<Expr> = dimensions.iter().cloned().chain([col("partner")]).collect();
    let contributors = |name: &'static str, alias: &'static str| col(name).gt(lit(0)).sum().cast(DataType::UInt32).alias(alias);
    let of_partners = [
        contributors("hardware_amount", "amount_contributors"),
        contributors("hardware_units", "unit_contributors"),
        col("hardware_amount").max().alias("largest_amount"),
        col("hardware_units").max().alias("largest_units"),
    ];
    let grouped = frame
        .clone()
        .lazy()
        .group_by(by_partner)
        .agg(SUMMED.map(|name| col(name).sum()))
        .group_by(dimensions)
        .agg(SUMMED.map(|name| col(name).sum()).into_iter().chain(of_partners).collect::<Vec<_>>())
        .collect()
        .map_err(frame_error)?;
    let whole = |name: &str| -> Result<Vec<i64>> {
        Ok(grouped.column(name).and_then(Column::i64).map_err(frame_error)?.into_no_null_iter().collect())
    };
    let small = |name: &str| -> Result<Vec<u32>> {
        Ok(grouped.column(name).and_then(Column::u32).map_err(frame_error)?.into_no_null_iter().collect())
    };
    let keys = names.iter().map(|name| small(name)).collect::<Result<Vec<_>>>()?;
    let sums = SUMMED.iter().map(|name| whole(name)).collect::<Result<Vec<_>>>()?;
    let (amount_contributors, unit_contributors) = (small("amount_contributors")?, small("unit_contributors")?);
    let (largest_amount, largest_units) = (whole("largest_amount")?, whole("largest_units")?);
    Ok((0..grouped.height())
        .map(|row| {
            let mut key: GroupKey = [NONE; 6];
            for (value, column) in key.iter_mut().zip(&keys) {
                *value = column[row];
            }
            let group = Group {
                sums: PartnerSums {
                    hardware_amount: sums[0][row],
                    hardware_units: sums[1][row],
                    services_amount: sums[2][row],
                    services_units: sums[3][row],
                    packs: sums[4][row],
                    packs_amount: sums[5][row],
                },
                amount_contributors: amount_contributors[row],
                unit_contributors: unit_contributors[row],
                largest_amount: largest_amount[row],
                largest_units: largest_units[row],
            };
            (key, group)
        })
        .collect())
}

/// The rate of the finest level that has enough contributors, hardware and no negative services.
fn cell_rate(
    place: &CellPlace,
    levels: &[Level],
    groups: &[FxHashMap<GroupKey, Group>],
    measure: Measure,
    policy: &BenchmarkPolicy,
) -> CellRate {
    let group_at = |index: usize| groups[index].get(&levels[index].group(place)).copied().unwrap_or_default();
    let own = group_at(0);
    let (hardware, services, contributors) = own.of(measure);
    let usable = (0..levels.len()).find_map(|index| {
        let (hardware, services, contributors) = group_at(index).of(measure);
        let is_usable = contributors >= policy.min_partners && hardware > 0 && services >= 0;
        is_usable.then_some((Some(index as u8), services, hardware, contributors))
    });
    let (level, rate_services, rate_hardware, rate_contributors) = usable.unwrap_or((None, 0, 0, 0));
    let largest_hardware = match measure {
        Measure::Revenue => own.largest_amount,
        Measure::Units => own.largest_units,
    };
    CellRate {
        hardware,
        services,
        contributors,
        largest_hardware,
        level,
        rate_services,
        rate_hardware,
        rate_contributors,
        expected: 0,
    }
}

/// Expected services of every population partner: integers that sum to the cell's total.
fn expect(cells: &mut [BenchmarkCell], partner_cells: &mut [PartnerCell], in_population: impl Fn(u32) -> bool) -> Result<()> {
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); cells.len()];
    for (row, partner_cell) in partner_cells.iter().enumerate() {
        if let Some(cell) = partner_cell.cell
            && in_population(partner_cell.partner)
        {
            members[cell as usize].push(row);
        }
    }
    for (cell, rows) in cells.iter_mut().zip(&members) {
        for (measure, scale) in [(Measure::Revenue, 1), (Measure::Units, UNIT_SCALE)] {
            let rate = match measure {
                Measure::Revenue => &mut cell.revenue,
                Measure::Units => &mut cell.units,
            };
            if rate.level.is_none() {
                continue;
            }
            let too_large = || Error::Internal("an expected amount does not fit in 64 bits".into());
            let numerator = rate.rate_services.checked_mul(scale).ok_or_else(too_large)?;
            rate.expected = match rate.level {
                Some(0) => numerator,
                _ => {
                    i64::try_from(split::scale_half_even(rate.hardware, numerator, rate.rate_hardware)).map_err(|_| too_large())?
                }
            };
            let hardware: Vec<i64> = rows
                .iter()
                .map(|row| match measure {
                    Measure::Revenue => partner_cells[*row].sums.hardware_amount,
                    Measure::Units => partner_cells[*row].sums.hardware_units,
                })
                .collect();
            let shares = split::by_largest_remainder(&hardware, numerator, rate.rate_hardware, rate.expected);
            for (row, share) in rows.iter().zip(shares) {
                match measure {
                    Measure::Revenue => partner_cells[*row].expected_amount = share,
                    Measure::Units => partner_cells[*row].expected_units = share,
                }
            }
        }
    }
    Ok(())
}

fn frame_error(error: PolarsError) -> Error {
    Error::Internal(format!("benchmark: {error}"))
}
