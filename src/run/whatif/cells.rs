//! The partners' cells of one matching, read back from `agg_partner_matching`.

use crate::error::{Error, Problem, Problems, Result};
use crate::io::parquet_table::{AnyEqual, Rows, files, scan, scan_file};
use crate::reference::References;
use crate::run::workers;
use crate::stages::attach::{CellKey, CellSums};
use crate::tables::published::AGG_PARTNER_MATCHING;
use std::collections::BTreeSet;
use std::path::Path;

/// Columns that are read; the places of partners are taken from the partners.
const COLUMNS: [&str; 14] = [
    "partner_id",
    "hardware_partner_id",
    "matching_code",
    "category_code",
    "price_band_number",
    "maturity_code",
    "exception_id",
    "hardware_amount",
    "hardware_units",
    "services_amount",
    "attached_units",
    "packs_units",
    "left_over_amount",
    "left_over_units",
];

/// The cells of a matching over all parts, in the order of the table.
///
/// # Errors
/// `Config` where the run has no such matching; `Damaged` where the table is.
pub fn read(tables: &Path, references: &References, matching: &str, threads: usize) -> Result<Vec<(CellKey, CellSums)>> {
    let parts = files(tables, &AGG_PARTNER_MATCHING)?;
    let only = AnyEqual { columns: &["matching_code"], value: matching };
    let cells = workers::map(
        threads,
        &parts,
        |_| 0,
        |path| {
            let mut cells = Vec::new();
            scan_file(path, &COLUMNS, Some(only), |rows| add(rows, references, &mut cells))?;
            Ok(cells)
        },
    )?
    .concat();
    if cells.is_empty() { Err(unknown(tables, matching)?) } else { Ok(cells) }
}

fn add(rows: &Rows, references: &References, cells: &mut Vec<(CellKey, CellSums)>) -> Result<()> {
    let (partners, categories) = (rows.texts("partner_id")?, rows.texts("category_code")?);
    let sellers = rows.texts("hardware_partner_id")?;
    let place = |id: &str| references.partners.binary_search_by(|known| known.id.as_str().cmp(id));
    let (bands, maturities) = (rows.integers("price_band_number")?, rows.texts("maturity_code")?);
    let exceptions = rows.texts("exception_id")?;
    let (hardware_amount, hardware_units) = (rows.scaled("hardware_amount")?, rows.integers("hardware_units")?);
    let (services_amount, attached_units) = (rows.scaled("services_amount")?, rows.integers("attached_units")?);
    let packs = rows.integers("packs_units")?;
    let (left_amount, left_units) = (rows.scaled("left_over_amount")?, rows.integers("left_over_units")?);
    for row in 0..rows.len() {
        let (partner, category) = (partners.value(row), categories.value(row));
        let (partner, seller) = (place(partner), place(sellers.value(row)));
        let category = references.categories.binary_search_by(|known| known.code.as_str().cmp(category));
        let (Ok(partner), Ok(seller), Ok(category), Ok(band)) = (partner, seller, category, u8::try_from(bands.value(row))) else {
            return Err(rows.damaged("a row has a partner, category or price band that the run does not have".into()));
        };
        let key = CellKey {
            partner: partner as u32,
            elsewhere: (seller != partner).then_some(seller as u32),
            category: category as u16,
            band,
            is_open: maturities.value(row) == "open",
            // Which exception it is does not matter: all are applied, or none.
            exception: u16::from(exceptions.value(row) != "none"),
        };
        let sums = CellSums {
            hardware_amount: hardware_amount[row],
            hardware_units: hardware_units.value(row),
            services_amount: services_amount[row],
            attached_units: attached_units.value(row),
            packs: packs.value(row),
            left_amount: left_amount[row],
            left_units: left_units.value(row),
        };
        cells.push((key, sums));
    }
    Ok(())
}

/// An error that names the matchings that there are.
fn unknown(tables: &Path, matching: &str) -> Result<Error> {
    let mut known = BTreeSet::new();
    scan(tables, &AGG_PARTNER_MATCHING, &["matching_code"], None, |rows| {
        let codes = rows.texts("matching_code")?;
        known.extend((0..rows.len()).map(|row| codes.value(row).to_owned()));
        Ok(())
    })?;
    let names: Vec<String> = known.iter().map(|code| format!("`{code}`")).collect();
    let hint = format!("it has {}; others come from [readings] windows_days of the pipeline", names.join(", "));
    let problem = Problem::new(tables.join(AGG_PARTNER_MATCHING.name), format!("the run has no matching `{matching}`"));
    Ok(Error::Config(Problems(vec![problem.with_hint(hint)])))
}
