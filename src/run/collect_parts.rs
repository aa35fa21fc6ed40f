//! Collecting over partner parts: what all parts gave to a part's partners becomes their cells and orders. Packs that cover another
//! partner's hardware by serial are why a part's own attachment does not hold all of it.

use super::attach_parts::AttachedPart;
use super::{REPORT, RunOptions, cell_rows, keys, workers};
use crate::config::plan::Plan;
use crate::error::Result;
use crate::finding::{DaysToAttach, Rung};
use crate::io::fingerprint::Hash;
use crate::io::json_file;
use crate::io::sealed::Store;
use crate::io::sectioned::{Scatter, SectionedReader, Unit, gather, read_index, record_contents};
use crate::publish::facts::maturity_code;
use crate::publish::parquet::{RowWriter, Value, WrittenTable};
use crate::reference::References;
use crate::stages::attach::{CellKey, CellSums, ContributionKey, OrderKey};
use crate::stages::matchings::{Matching, matchings};
use crate::tables::published::{AGG_PARTNER_CELL, AGG_PARTNER_MATCHING};
use crate::tables::stage::{Contributions, ContributionsBuilder, OrderCells, OrderCellsBuilder};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// What collecting says of one part.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct CollectReport {
    /// The part of `agg_partner_cell`.
    pub partner_cells: WrittenTable,
    /// The part of `agg_partner_matching`.
    pub matchings: WrittenTable,
}

/// One collected part.
#[derive(Debug, Clone)]
pub struct CollectedPart {
    /// Number of the part.
    pub part: u16,
    /// Folder of its unit: `partner_cells.parquet`, `matchings.parquet`, `cells` by matching, `quarters`, `orders`.
    pub folder: PathBuf,
    /// What collecting said.
    pub report: CollectReport,
}

/// Collects every part, or takes over its sealed unit.
///
/// # Errors
/// Where cached files are damaged or cannot be written.
pub fn collect(
    plan: &Plan,
    references: &References,
    attached: &[AttachedPart],
    store: &Store,
    options: &RunOptions,
) -> Result<Vec<CollectedPart>> {
    let parts: Vec<u16> = (0..plan.publish.parts).collect();
    let stage = options.progress.stage("collect", parts.len() as u64);
    let keys = keys_of(plan, references, attached)?;
    workers::map(
        options.threads,
        &parts,
        |_| 0,
        |part| {
            let key = keys[usize::from(*part)];
            let (folder, _) =
                store.get_or_make("collect", &key, |folder| collect_part(plan, references, attached, *part, folder, options))?;
            stage.advance(1);
            let report = json_file::read(&folder.join(REPORT))?;
            Ok(CollectedPart { part: *part, folder, report })
        },
    )
}

/// The keys of all parts' units: a part is collected again where what some part gave to it changed.
///
/// # Errors
/// Where a unit is damaged.
pub fn keys_of(plan: &Plan, references: &References, attached: &[AttachedPart]) -> Result<Vec<Hash>> {
    let mut indices = Vec::with_capacity(2 * attached.len());
    for part in attached {
        indices.push(read_index(&part.folder, "contributions")?);
        indices.push(read_index(&part.folder, "orders")?);
    }
    let given = |part: u16| indices.iter().map(|index| index.section_checksum(usize::from(part))).collect::<Vec<u64>>();
    Ok((0..plan.publish.parts).map(|part| keys::collect(plan, references, part, &given(part))).collect())
}

fn collect_part(
    plan: &Plan,
    references: &References,
    attached: &[AttachedPart],
    part: u16,
    folder: &Path,
    options: &RunOptions,
) -> Result<()> {
    let of_parts = |stem: &'static str| attached.iter().map(|part| (part.folder.clone(), stem)).collect::<Vec<_>>();
    let matchings = matchings(plan);
    let batch = gather::<ContributionsBuilder>(&of_parts("contributions"), usize::from(part), Unit::Finished)?;
    let contributions = merge_contributions(&Contributions::from_batch(&batch)?);
    let tables = Tables { plan, references, folder };
    let report = CollectReport {
        partner_cells: tables.partner_cells(&contributions)?,
        matchings: tables.matchings(&contributions, &matchings)?,
    };
    write_cells(&contributions, matchings.len(), folder, options)?;
    write_quarters(&contributions, folder, options)?;
    let batch = gather::<OrderCellsBuilder>(&of_parts("orders"), usize::from(part), Unit::Finished)?;
    write_orders(&merge_orders(&OrderCells::from_batch(&batch)?), folder, options)?;
    record_contents(folder)?;
    json_file::write(&folder.join(REPORT), &report)
}

/// The contributions in the order of (partner, matching, cell, quarter, rung, days), each key once.
fn merge_contributions(rows: &Contributions) -> Vec<(ContributionKey, CellSums)> {
    let mut list: Vec<(ContributionKey, CellSums)> = cell_rows::contributions(rows).collect();
    list.sort_unstable_by_key(|(key, _)| (key.cell.partner, *key));
    merged(list)
}

/// What orders have in cells, in the order of (partner, order, cell), each key once.
fn merge_orders(rows: &OrderCells) -> Vec<(OrderKey, CellSums)> {
    let mut list: Vec<(OrderKey, CellSums)> = cell_rows::orders(rows).collect();
    list.sort_unstable_by_key(|(key, _)| *key);
    merged(list)
}

/// Adds up neighbours with equal keys.
fn merged<K: PartialEq>(sorted: Vec<(K, CellSums)>) -> Vec<(K, CellSums)> {
    let mut merged: Vec<(K, CellSums)> = Vec::with_capacity(sorted.len());
    for (key, sums) in sorted {
        match merged.last_mut() {
            Some((last, total)) if *last == key => total.add(&sums),
            _ => merged.push((key, sums)),
        }
    }
    merged
}

/// The grain of the cells: without quarter, rung and days.
fn by_cell(contributions: &[(ContributionKey, CellSums)]) -> Vec<(ContributionKey, CellSums)> {
    let coarse = |key: &ContributionKey| ContributionKey { quarter: 0, rung: 0, days: 0, ..*key };
    merged(contributions.iter().map(|(key, sums)| (coarse(key), *sums)).collect())
}

/// Writes the cells of every matching into a section of its own.
fn write_cells(contributions: &[(ContributionKey, CellSums)], matchings: usize, folder: &Path, options: &RunOptions) -> Result<()> {
    let mut cells: Scatter<ContributionsBuilder> = Scatter::create(folder, "cells", matchings, options.scatter_rows())?;
    for (key, sums) in by_cell(contributions) {
        cell_rows::push_contribution(cells.row(usize::from(key.matching))?, &key, &sums);
    }
    cells.finish().map(|_| ())
}

/// Writes the cells of the deciding matching by quarter.
fn write_quarters(contributions: &[(ContributionKey, CellSums)], folder: &Path, options: &RunOptions) -> Result<()> {
    let mut quarters: Scatter<ContributionsBuilder> = Scatter::create(folder, "quarters", 1, options.scatter_rows())?;
    let coarse = |key: &ContributionKey| ContributionKey { rung: 0, days: 0, ..*key };
    let deciding = contributions.iter().filter(|(key, _)| key.matching == 0);
    for (key, sums) in merged(deciding.map(|(key, sums)| (coarse(key), *sums)).collect()) {
        cell_rows::push_contribution(quarters.row(0)?, &key, &sums);
    }
    quarters.finish().map(|_| ())
}

fn write_orders(orders: &[(OrderKey, CellSums)], folder: &Path, options: &RunOptions) -> Result<()> {
    let mut out: Scatter<OrderCellsBuilder> = Scatter::create(folder, "orders", 1, options.scatter_rows())?;
    for (key, sums) in orders {
        cell_rows::push_order(out.row(0)?, key, sums);
    }
    out.finish().map(|_| ())
}

/// The published aggregates of one part.
struct Tables<'a> {
    plan: &'a Plan,
    references: &'a References,
    folder: &'a Path,
}

impl Tables<'_> {
    fn partner_cells(&self, contributions: &[(ContributionKey, CellSums)]) -> Result<WrittenTable> {
        let path = self.folder.join("partner_cells.parquet");
        let mut writer = RowWriter::create(&path, &AGG_PARTNER_CELL, self.plan.publish.compatibility)?;
        let mut rows: Vec<_> = contributions.iter().filter(|(key, _)| key.matching == 0).collect();
        rows.sort_by_cached_key(|(key, _)| {
            let own = (key.quarter, rung_code(key.rung), days_code(key.days));
            (key.cell.partner, self.cell_codes(&key.cell), own, key.cell.seller())
        });
        for (key, sums) in rows {
            let own = [Value::Whole(i64::from(key.quarter)), Value::Text(rung_code(key.rung)), Value::Text(days_code(key.days))];
            self.row(&mut writer, &[], &key.cell, &own, sums)?;
        }
        writer.finish()
    }

    fn matchings(&self, contributions: &[(ContributionKey, CellSums)], matchings: &[Matching]) -> Result<WrittenTable> {
        let path = self.folder.join("matchings.parquet");
        let mut writer = RowWriter::create(&path, &AGG_PARTNER_MATCHING, self.plan.publish.compatibility)?;
        let code = |key: &ContributionKey| matchings[usize::from(key.matching)].code.as_str();
        let mut rows = by_cell(contributions);
        rows.sort_by_cached_key(|(key, _)| (key.cell.partner, code(key), self.cell_codes(&key.cell), key.cell.seller()));
        for (key, sums) in &rows {
            self.row(&mut writer, &[Value::Text(code(key))], &key.cell, &[], sums)?;
        }
        writer.finish()
    }

    /// The cell's codes in the order of the tables' keys.
    fn cell_codes(&self, cell: &CellKey) -> (&str, u8, &'static str, &str) {
        let category = self.references.categories[usize::from(cell.category)].code.as_str();
        (category, cell.band, maturity_code(cell.is_open), self.references.exception_id(cell.exception).unwrap_or("none"))
    }

    fn row(
        &self,
        writer: &mut RowWriter,
        before: &[Value<'_>],
        cell: &CellKey,
        after: &[Value<'_>],
        sums: &CellSums,
    ) -> Result<()> {
        let [partner, seller] = [cell.partner, cell.seller()].map(|index| &self.references.partners[index as usize]);
        let (category, band, maturity, exception) = self.cell_codes(cell);
        let mut values = vec![Value::Text(&partner.id)];
        values.extend_from_slice(before);
        values.extend([Value::Text(category), Value::Whole(i64::from(band)), Value::Text(maturity), Value::Text(exception)]);
        values.extend_from_slice(after);
        values.extend([
            Value::Text(&seller.id),
            Value::Text(&seller.country_code),
            Value::Text(&seller.region_code),
            Value::text_or_none(&seller.segment_code),
        ]);
        let integers = [
            sums.hardware_amount,
            sums.hardware_units,
            sums.services_amount,
            sums.attached_units,
            sums.packs,
            sums.left_amount,
            sums.left_units,
        ];
        values.extend(integers.map(Value::Whole));
        values.push(Value::Text(&self.plan.reporting_currency));
        writer.row(&values)
    }
}

fn rung_code(rung: u8) -> &'static str {
    rung.checked_sub(1).and_then(Rung::from_index).map_or("none", Rung::code)
}

fn days_code(days: u8) -> &'static str {
    days.checked_sub(1).and_then(DaysToAttach::from_index).map_or("none", DaysToAttach::code)
}

/// The cells of one matching over all parts, in the order of (partner, cell).
///
/// # Errors
/// Where a unit is damaged.
pub fn cells(parts: &[CollectedPart], matching: usize) -> Result<Vec<(CellKey, CellSums)>> {
    let mut cells = Vec::new();
    for part in parts {
        for batch in SectionedReader::open(&part.folder, "cells")?.section(matching) {
            let rows = Contributions::from_batch(&batch?)?;
            cells.extend(merge_contributions(&rows).into_iter().map(|(key, sums)| (key.cell, sums)));
        }
    }
    Ok(cells)
}

/// The cells of the deciding matching of a part by quarter, in the order of (partner, cell, quarter).
///
/// # Errors
/// Where the unit is damaged.
pub fn quarters(part: &CollectedPart) -> Result<Vec<(ContributionKey, CellSums)>> {
    let mut quarters = Vec::new();
    for batch in SectionedReader::open(&part.folder, "quarters")?.section(0) {
        quarters.extend(cell_rows::contributions(&Contributions::from_batch(&batch?)?));
    }
    Ok(quarters)
}

/// What the orders of a part have in cells, in the order of (partner, order, cell), batch by batch.
///
/// # Errors
/// Where the unit is damaged, or `visit` says so.
pub fn visit_orders(part: &CollectedPart, visit: &mut dyn FnMut(OrderKey, CellSums) -> Result<()>) -> Result<()> {
    for batch in SectionedReader::open(&part.folder, "orders")?.section(0) {
        let rows = OrderCells::from_batch(&batch?)?;
        for (key, sums) in merge_orders(&rows) {
            visit(key, sums)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_keys_are_added_up() {
        let sums = |hardware_units| CellSums { hardware_units, ..CellSums::default() };
        let merged = merged(vec![(1, sums(2)), (1, sums(3)), (2, sums(-4))]);
        assert_eq!(merged, [(1, sums(5)), (2, sums(-4))]);
        assert_eq!([rung_code(0), rung_code(1), days_code(0), days_code(2)], ["none", "serial", "none", "same_day"]);
    }
}
