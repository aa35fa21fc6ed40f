//! The orders of the sampled partners, cut into slices by family.

use super::cells::{Cells, measured};
use crate::error::Result;
use crate::io::parquet_table::scan;
use crate::stages::uncertainty::dispersion::Slice;
use crate::tables::published::{FACT_ATTACHMENT, FACT_SALE_LINE};
use arrow::array::Array;
use rustc_hash::FxHashMap;
use std::path::Path;

/// What is looked at.
pub struct Scope<'a> {
    /// Ids, sorted.
    pub partners: &'a [String],
    /// Whether the units decide.
    pub by_units: bool,
    /// Whether hardware counts only once its window has ended.
    pub only_closed_windows: bool,
}

/// Every slice with hardware in the period, sorted by partner, order and family; each with the partner's share of the hardware behind its rates.
///
/// Partners are places in the scope; amounts are cents or units, as the measure that decides. Excepted lines have no order.
pub fn slices(tables: &Path, cells: &Cells, scope: &Scope<'_>) -> Result<Vec<(Slice, f64)>> {
    let by_units = scope.by_units;
    let attached = attached(tables, scope.partners, by_units)?;
    let hardware_name = if by_units { "net_units" } else { "net_amount" };
    let names = [
        "sale_line_id",
        "partner_id",
        "category_code",
        "is_in_period",
        "is_before_horizon",
        "maturity_code",
        "order_id",
        "price_band_number",
        "exception_id",
        hardware_name,
    ];
    let mut slices: FxHashMap<(u32, u64, u16), Sums> = FxHashMap::default();
    scan(tables, &FACT_SALE_LINE, &names, None, |rows| {
        let hardware = measured(rows, hardware_name, by_units)?;
        let lines = rows.integers("sale_line_id")?;
        let text = |name: &str| rows.texts(name);
        let (ids, categories, maturities) = (text("partner_id")?, text("category_code")?, text("maturity_code")?);
        let (orders, bands) = (rows.integers("order_id")?, rows.integers("price_band_number")?);
        let exceptions = text("exception_id")?;
        let (in_period, before_horizon) = (rows.flags("is_in_period")?, rows.flags("is_before_horizon")?);
        for (row, hardware) in hardware.into_iter().enumerate() {
            let services = attached.get(&lines.value(row)).copied().unwrap_or(0);
            let is_open = maturities.value(row) == "open";
            // Only hardware has an order.
            let counts = orders.is_valid(row)
                && in_period.value(row)
                && !before_horizon.value(row)
                && exceptions.value(row).is_empty()
                && !(is_open && scope.only_closed_windows);
            if !counts || (hardware == 0 && services == 0) {
                continue;
            }
            let Ok(partner) = scope.partners.binary_search_by(|id| id.as_str().cmp(ids.value(row))) else { continue };
            let Some((category, family)) = cells.category(categories.value(row)) else { continue };
            let Some(cell) = cells.own(partner as u32, category, bands.value(row), is_open) else { continue };
            let order = orders.value(row) as u64;
            let expected = hardware as f64 * cell.rate;
            let sums = slices.entry((partner as u32, order, family)).or_default();
            sums.expected += expected;
            sums.services += services as f64;
            sums.shared += expected * cell.share;
        }
        Ok(())
    })?;
    let mut sorted: Vec<((u32, u64, u16), Sums)> = slices.into_iter().collect();
    sorted.sort_unstable_by_key(|(key, _)| *key);
    let slice = |((partner, order, family), sums): ((u32, u64, u16), Sums)| {
        let share = if sums.expected > 0.0 { (sums.shared / sums.expected).clamp(0.0, 1.0) } else { 0.0 };
        (Slice { partner, order, family, expected: sums.expected, services: sums.services }, share)
    };
    Ok(sorted.into_iter().map(slice).collect())
}

#[derive(Default)]
struct Sums {
    expected: f64,
    services: f64,
    /// Expected services times the partner's share.
    shared: f64,
}

/// Services of the period by hardware line: cents, or units.
fn attached(tables: &Path, sample: &[String], by_units: bool) -> Result<FxHashMap<i64, i64>> {
    let name = if by_units { "attached_units" } else { "attached_amount" };
    let mut attached: FxHashMap<i64, i64> = FxHashMap::default();
    scan(tables, &FACT_ATTACHMENT, &["hardware_sale_line_id", "hardware_partner_id", "is_in_period", name], None, |rows| {
        let services = measured(rows, name, by_units)?;
        let (lines, ids) = (rows.integers("hardware_sale_line_id")?, rows.texts("hardware_partner_id")?);
        let in_period = rows.flags("is_in_period")?;
        for (row, services) in services.into_iter().enumerate() {
            if in_period.value(row) && sample.binary_search_by(|id| id.as_str().cmp(ids.value(row))).is_ok() {
                *attached.entry(lines.value(row)).or_default() += services;
            }
        }
        Ok(())
    })?;
    Ok(attached)
}
