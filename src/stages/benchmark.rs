//! Benchmarks (DESIGN part 5): penetration by cell, back-off to wider levels, and each partner's expected services.
//!
//! Sums are of integers and every group is sorted, so results are the same on any number of threads.

use super::attach::{CellKey, CellSums};
use super::split;
use crate::config::file::Population;
use crate::config::plan::BenchmarkPolicy;
use crate::error::{Error, Result};
use crate::reference::References;
use polars::prelude::*;
use rustc_hash::FxHashMap;

/// Expected units are published in millionths of a unit.
pub const UNIT_SCALE: i64 = 1_000_000;

/// The levels of the back-off, finest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Category × country × maturity.
    Cell,
    /// Category × country.
    CategoryCountry,
    /// Category × region.
    CategoryRegion,
    /// Category.
    Category,
    /// Product family.
    Family,
    /// Everything.
    All,
    /// No level is usable: nothing is expected.
    Unusable,
}

impl Level {
    const USABLE: [Self; 6] = [Self::Cell, Self::CategoryCountry, Self::CategoryRegion, Self::Category, Self::Family, Self::All];

    /// The code in tables.
    pub fn code(self) -> &'static str {
        match self {
            Self::Cell => "cell",
            Self::CategoryCountry => "category_country",
            Self::CategoryRegion => "category_region",
            Self::Category => "category",
            Self::Family => "family",
            Self::All => "all",
            Self::Unusable => "unusable",
        }
    }

    /// The columns that make this level's groups.
    fn dimensions(self) -> &'static [&'static str] {
        match self {
            Self::Cell => &["category", "country", "is_open"],
            Self::CategoryCountry => &["category", "country"],
            Self::CategoryRegion => &["category", "region"],
            Self::Category => &["category"],
            Self::Family => &["family"],
            Self::All | Self::Unusable => &["all"],
        }
    }

    fn group(self, cell: &CellPlace) -> GroupKey {
        match self {
            Self::Cell => [u32::from(cell.category), cell.country, u32::from(cell.is_open)],
            Self::CategoryCountry => [u32::from(cell.category), cell.country, 0],
            Self::CategoryRegion => [u32::from(cell.category), cell.region, 0],
            Self::Category => [u32::from(cell.category), 0, 0],
            Self::Family => [cell.family, 0, 0],
            Self::All | Self::Unusable => [0, 0, 0],
        }
    }
}

type GroupKey = [u32; 3];

/// A benchmark cell's place in every dimension. Country, region and family are places in sorted lists of their codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CellPlace {
    /// Index into the categories.
    pub category: u16,
    /// Index into [`Benchmark::countries`].
    pub country: u32,
    /// Whether the hardware's window was open on the as-of date.
    pub is_open: bool,
    region: u32,
    family: u32,
}

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
    /// The level whose rate is used.
    pub level: Level,
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

/// One population partner's cell with what is expected of it. Of other partners the expected is 0 and never used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartnerCell {
    /// Index into the partners.
    pub partner: u32,
    /// Index into [`Benchmark::cells`]; `None` for partners outside the population whose cell no population partner has.
    pub cell: Option<u32>,
    /// The partner's sums.
    pub sums: CellSums,
    /// Where the cell stands.
    pub place: CellPlace,
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
    /// Country codes, sorted.
    pub countries: Vec<String>,
    /// Cells, sorted by category, country and maturity.
    pub cells: Vec<BenchmarkCell>,
    /// Partners' cells, sorted by partner, category and maturity.
    pub partner_cells: Vec<PartnerCell>,
    pack_levels: Vec<(Level, FxHashMap<GroupKey, PackPrice>)>,
}

impl Benchmark {
    /// The mean pack price for a category in a country, else of the next level up that has packs. `None` where nothing was attached at all.
    pub fn pack_price(&self, place: &CellPlace) -> Option<PackPrice> {
        self.pack_levels.iter().find_map(|(level, groups)| groups.get(&level.group(place)).copied())
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

/// Sums and contributors of one group.
#[derive(Debug, Clone, Copy, Default)]
struct Group {
    hardware_amount: i64,
    services_amount: i64,
    hardware_units: i64,
    attached_units: i64,
    packs: i64,
    amount_contributors: u32,
    unit_contributors: u32,
}

impl Group {
    fn of(&self, measure: Measure) -> (i64, i64, u32) {
        match measure {
            Measure::Revenue => (self.hardware_amount, self.services_amount, self.amount_contributors),
            Measure::Units => (self.hardware_units, self.attached_units, self.unit_contributors),
        }
    }
}

/// Computes cells, rates and expected services from the partners' cell sums, one row per key.
///
/// # Errors
/// Where a sum does not fit, which no real data reaches.
pub fn benchmark(cells: &[(CellKey, CellSums)], references: &References, policy: &BenchmarkPolicy) -> Result<Benchmark> {
    let countries = sorted_codes(references.partners.iter().map(|partner| partner.country_code.as_str()));
    let regions = sorted_codes(references.partners.iter().map(|partner| partner.region_code.as_str()));
    let families = sorted_codes(references.categories.iter().map(|category| category.family_code.as_str()));
    let place_of = |key: &CellKey| {
        let partner = &references.partners[key.partner as usize];
        CellPlace {
            category: key.category,
            country: index_of(&countries, &partner.country_code),
            is_open: key.is_open,
            region: index_of(&regions, &partner.region_code),
            family: index_of(&families, &references.categories[usize::from(key.category)].family_code),
        }
    };
    let in_population =
        |key: &CellKey| policy.population == Population::All || references.partners[key.partner as usize].is_program;
    let population: Vec<(CellKey, CellPlace, CellSums)> =
        cells.iter().filter(|(key, _)| in_population(key)).map(|(key, sums)| (*key, place_of(key), *sums)).collect();
    let frame = population_frame(&population)?;
    let mut levels = Vec::new();
    for level in Level::USABLE {
        levels.push((level, group_sums(&frame, level)?));
    }
    let mut places: Vec<CellPlace> = population.iter().map(|(_, place, _)| *place).collect();
    places.sort_unstable();
    places.dedup();
    let mut benchmark_cells: Vec<BenchmarkCell> = places
        .iter()
        .map(|place| BenchmarkCell {
            place: *place,
            revenue: cell_rate(place, &levels, Measure::Revenue, policy),
            units: cell_rate(place, &levels, Measure::Units, policy),
        })
        .collect();
    let mut partner_cells: Vec<PartnerCell> = cells
        .iter()
        .map(|(key, sums)| {
            let place = place_of(key);
            let cell = places.binary_search(&place).ok().map(|index| index as u32);
            PartnerCell { partner: key.partner, cell, sums: *sums, place, expected_amount: 0, expected_units: 0 }
        })
        .collect();
    partner_cells.sort_unstable_by_key(|row| (row.partner, row.place));
    expect(&mut benchmark_cells, &mut partner_cells, |partner| {
        policy.population == Population::All || references.partners[partner as usize].is_program
    })?;
    let pack_levels = levels
        .into_iter()
        .skip(1)
        .map(|(level, groups)| {
            let with_packs = groups.into_iter().filter(|(_, group)| group.packs > 0 && group.services_amount > 0);
            (level, with_packs.map(|(key, group)| (key, PackPrice { amount: group.services_amount, packs: group.packs })).collect())
        })
        .collect();
    Ok(Benchmark { countries, cells: benchmark_cells, partner_cells, pack_levels })
}

fn sorted_codes<'a>(codes: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut sorted: Vec<String> = codes.map(str::to_owned).collect();
    sorted.sort_unstable();
    sorted.dedup();
    sorted
}

fn index_of(codes: &[String], code: &str) -> u32 {
    codes.binary_search_by(|other| other.as_str().cmp(code)).unwrap_or(codes.len()) as u32
}

/// One row per population partner and cell, with every dimension.
fn population_frame(rows: &[(CellKey, CellPlace, CellSums)]) -> Result<DataFrame> {
    let places = |get: fn(&CellPlace) -> u32| rows.iter().map(|(_, place, _)| get(place)).collect::<Vec<u32>>();
    let sums = |get: fn(&CellSums) -> i64| rows.iter().map(|(_, _, sums)| get(sums)).collect::<Vec<i64>>();
    let columns = vec![
        Column::new("partner".into(), rows.iter().map(|(key, _, _)| key.partner).collect::<Vec<u32>>()),
        Column::new("category".into(), places(|place| u32::from(place.category))),
        Column::new("country".into(), places(|place| place.country)),
        Column::new("is_open".into(), places(|place| u32::from(place.is_open))),
        Column::new("region".into(), places(|place| place.region)),
        Column::new("family".into(), places(|place| place.family)),
        Column::new("all".into(), vec![0u32; rows.len()]),
        Column::new("hardware_amount".into(), sums(|sums| sums.hardware_amount)),
        Column::new("services_amount".into(), sums(|sums| sums.services_amount)),
        Column::new("hardware_units".into(), sums(|sums| sums.hardware_units)),
        Column::new("attached_units".into(), sums(|sums| sums.attached_units)),
        Column::new("packs".into(), sums(|sums| sums.packs)),
    ];
    DataFrame::new(rows.len(), columns).map_err(frame_error)
}

const SUMMED: [&str; 5] = ["hardware_amount", "services_amount", "hardware_units", "attached_units", "packs"];

/// Sums and contributors of every group of a level. A contributor has hardware above 0 in the group as a whole.
fn group_sums(frame: &DataFrame, level: Level) -> Result<FxHashMap<GroupKey, Group>> {
    let dimensions: Vec<Expr> = level.dimensions().iter().map(|name| col(*name)).collect();
    let by_partner: Vec<Expr> = dimensions.iter().cloned().chain([col("partner")]).collect();
    let grouped = frame
        .clone()
        .lazy()
        .group_by(by_partner)
        .agg(SUMMED.map(|name| col(name).sum()))
        .group_by(dimensions)
        .agg(
            SUMMED
                .map(|name| col(name).sum())
                .into_iter()
                .chain([
                    col("hardware_amount").gt(lit(0)).sum().cast(DataType::UInt32).alias("amount_contributors"),
                    col("hardware_units").gt(lit(0)).sum().cast(DataType::UInt32).alias("unit_contributors"),
                ])
                .collect::<Vec<_>>(),
        )
        .collect()
        .map_err(frame_error)?;
    let whole = |name: &str| -> Result<Vec<i64>> {
        Ok(grouped.column(name).and_then(Column::i64).map_err(frame_error)?.into_no_null_iter().collect())
    };
    let small = |name: &str| -> Result<Vec<u32>> {
        Ok(grouped.column(name).and_then(Column::u32).map_err(frame_error)?.into_no_null_iter().collect())
    };
    let keys = level.dimensions().iter().map(|name| small(name)).collect::<Result<Vec<_>>>()?;
    let [hardware_amount, services_amount, hardware_units, attached_units, packs] =
        [whole(SUMMED[0])?, whole(SUMMED[1])?, whole(SUMMED[2])?, whole(SUMMED[3])?, whole(SUMMED[4])?];
    let (amount_contributors, unit_contributors) = (small("amount_contributors")?, small("unit_contributors")?);
    Ok((0..grouped.height())
        .map(|row| {
            let mut key = GroupKey::default();
            for (place, column) in keys.iter().enumerate() {
                key[place] = column[row];
            }
            let group = Group {
                hardware_amount: hardware_amount[row],
                services_amount: services_amount[row],
                hardware_units: hardware_units[row],
                attached_units: attached_units[row],
                packs: packs[row],
                amount_contributors: amount_contributors[row],
                unit_contributors: unit_contributors[row],
            };
            (key, group)
        })
        .collect())
}

/// The rate of the finest level that has enough contributors, hardware and no negative services.
fn cell_rate(
    place: &CellPlace,
    levels: &[(Level, FxHashMap<GroupKey, Group>)],
    measure: Measure,
    policy: &BenchmarkPolicy,
) -> CellRate {
    let at = |index: usize| {
        let (level, groups) = &levels[index];
        groups.get(&level.group(place)).copied().unwrap_or_default().of(measure)
    };
    let (hardware, services, contributors) = at(0);
    let usable = (0..levels.len()).find_map(|index| {
        let (level_hardware, level_services, level_contributors) = at(index);
        (level_contributors >= policy.min_partners && level_hardware > 0 && level_services >= 0).then_some((
            levels[index].0,
            level_hardware,
            level_services,
            level_contributors,
        ))
    });
    let (level, rate_hardware, rate_services, rate_contributors) = usable.unwrap_or((Level::Unusable, 0, 0, 0));
    CellRate { hardware, services, contributors, level, rate_services, rate_hardware, rate_contributors, expected: 0 }
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
            if rate.level == Level::Unusable {
                continue;
            }
            let too_large = || Error::Internal("an expected amount does not fit in 64 bits".into());
            let numerator = rate.rate_services.checked_mul(scale).ok_or_else(too_large)?;
            rate.expected = match rate.level {
                Level::Cell => numerator,
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
