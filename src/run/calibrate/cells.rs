//! The rate by which each partner's hardware is measured, and the partner's share of the hardware behind it.

use crate::error::Result;
use crate::io::parquet_table::{Rows, scan};
use crate::reference::Partner;
use crate::run::directory::Directory;
use crate::tables::published::{FACT_BENCHMARK_CELL, FACT_PARTNER_CELL};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::path::Path;

/// The code of a dimension that cells leave out.
const ALL: &str = "all";

/// A partner's cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OwnCell {
    /// Expected services per hardware, both in the measure that decides.
    pub rate: f64,
    /// The partner's part of the hardware by which the rate is made, 0 to 1.
    pub share: f64,
}

/// The cells of the partners of a sample.
pub struct Cells {
    /// Categories by code: place in the table, and place of the family.
    categories: BTreeMap<String, (u16, u16)>,
    /// By partner, category, price band and maturity; `None` where cells leave a dimension out.
    cells: FxHashMap<CellPlace, OwnCell>,
}

type CellPlace = (u32, u16, Option<i64>, Option<bool>);

/// The rate that a benchmark cell uses.
#[derive(Clone, Copy)]
struct Rate {
    services: i64,
    hardware: i64,
}

impl Cells {
    /// Reads the cells; partners are places in the sorted `sample`.
    pub fn read(tables: &Path, directory: &Directory, sample: &[String], by_units: bool) -> Result<Self> {
        let rates = rates(tables, by_units)?;
        let mut cells = Self { categories: categories(directory), cells: FxHashMap::default() };
        let hardware_name = if by_units { "hardware_units" } else { "hardware_amount" };
        let names: Vec<&str> = FACT_PARTNER_CELL.key.iter().copied().chain([hardware_name]).collect();
        let partners: FxHashMap<&str, &Partner> = directory.partners.iter().map(|partner| (partner.id.as_str(), partner)).collect();
        scan(tables, &FACT_PARTNER_CELL, &names, None, |rows| {
            let (countries, regions, segments) =
                (rows.texts("country_code")?, rows.texts("region_code")?, rows.texts("segment_code")?);
            let hardware = measured(rows, hardware_name, by_units)?;
            let (ids, codes) = (rows.texts("partner_id")?, rows.texts("category_code")?);
            let (bands, maturities) = (rows.texts("price_band_code")?, rows.texts("maturity_code")?);
            let keys = keys(rows)?;
            for row in 0..rows.len() {
                let Ok(partner) = sample.binary_search_by(|id| id.as_str().cmp(ids.value(row))) else { continue };
                let Some((category, _)) = cells.categories.get(codes.value(row)).copied() else { continue };
                let is_own = partners.get(ids.value(row)).is_some_and(|partner| {
                    let fits = |code: &str, own: &str| code == ALL || code == own || (own.is_empty() && code == "none");
                    fits(countries.value(row), &partner.country_code)
                        && fits(regions.value(row), &partner.region_code)
                        && fits(segments.value(row), &partner.segment_code)
                });
                // Elsewhere a partner has services alone, and no orders.
                if !is_own {
                    continue;
                }
                let Some(rate) = rates.get(&keys[row]).filter(|rate| rate.hardware > 0) else { continue };
                let own = OwnCell {
                    rate: rate.services as f64 / rate.hardware as f64,
                    share: (hardware[row] as f64 / rate.hardware as f64).clamp(0.0, 1.0),
                };
                let maturity = maturities.value(row);
                let place =
                    (partner as u32, category, bands.value(row).parse().ok(), (maturity != ALL).then_some(maturity == "open"));
                cells.cells.insert(place, own);
            }
            Ok(())
        })?;
        Ok(cells)
    }

    /// A category's place and its family's.
    pub fn category(&self, code: &str) -> Option<(u16, u16)> {
        self.categories.get(code).copied()
    }

    /// The cell of a partner's hardware line.
    pub fn own(&self, partner: u32, category: u16, band: i64, is_open: bool) -> Option<OwnCell> {
        let places = [(Some(band), Some(is_open)), (Some(band), None), (None, Some(is_open)), (None, None)];
        places.iter().find_map(|(band, is_open)| self.cells.get(&(partner, category, *band, *is_open))).copied()
    }
}

fn categories(directory: &Directory) -> BTreeMap<String, (u16, u16)> {
    let mut families: Vec<&str> = directory.categories.values().map(|(_, family)| family.as_str()).collect();
    families.sort_unstable();
    families.dedup();
    let place = |family: &str| families.partition_point(|other| *other < family) as u16;
    directory.categories.iter().zip(0u16..).map(|((code, (_, family)), index)| (code.clone(), (index, place(family)))).collect()
}

/// The rates of all benchmark cells, by their keys.
fn rates(tables: &Path, by_units: bool) -> Result<BTreeMap<Vec<String>, Rate>> {
    let (services_name, hardware_name) = if by_units {
        ("unit_rate_attached_units", "unit_rate_hardware_units")
    } else {
        ("rate_services_amount", "rate_hardware_amount")
    };
    let names: Vec<&str> = FACT_BENCHMARK_CELL.key.iter().copied().chain([services_name, hardware_name]).collect();
    let mut rates = BTreeMap::new();
    scan(tables, &FACT_BENCHMARK_CELL, &names, None, |rows| {
        let (services, hardware) = (measured(rows, services_name, by_units)?, measured(rows, hardware_name, by_units)?);
        for (row, key) in keys(rows)?.into_iter().enumerate() {
            rates.insert(key, Rate { services: services[row], hardware: hardware[row] });
        }
        Ok(())
    })?;
    Ok(rates)
}

/// The key of the benchmark cell of every row.
fn keys(rows: &Rows) -> Result<Vec<Vec<String>>> {
    let columns = FACT_BENCHMARK_CELL.key.iter().map(|name| rows.texts(name)).collect::<Result<Vec<_>>>()?;
    Ok((0..rows.len()).map(|row| columns.iter().map(|column| column.value(row).to_owned()).collect()).collect())
}

/// A column of the deciding measure: units, or money in cents.
pub fn measured(rows: &Rows, name: &str, by_units: bool) -> Result<Vec<i64>> {
    if by_units { Ok(rows.integers(name)?.values().to_vec()) } else { rows.scaled(name) }
}
