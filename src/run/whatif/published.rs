//! Where every partner stands as published.

use crate::error::{Error, Result};
use crate::io::parquet_table::scan;
use crate::publish::whatif::Standing;
use crate::reference::Partner;
use crate::stages::assess::{Figures, Totals, Verdict};
use crate::tables::published::FACT_PARTNER_INDEX;
use std::path::Path;

/// The standing of every partner, in their order.
///
/// # Errors
/// `Damaged` where the table does not hold exactly these partners.
pub fn standings(tables: &Path, partners: &[Partner]) -> Result<Vec<Standing>> {
    let columns = [
        "partner_id",
        "verdict_code",
        "hardware_amount",
        "services_amount",
        "expected_amount",
        "hardware_units",
        "attached_units",
        "expected_units",
        "gap_near_amount",
    ];
    let mut standings = Vec::with_capacity(partners.len());
    scan(tables, &FACT_PARTNER_INDEX, &columns, None, |rows| {
        let (ids, verdicts) = (rows.texts("partner_id")?, rows.texts("verdict_code")?);
        let (hardware, services) = (rows.scaled("hardware_amount")?, rows.scaled("services_amount")?);
        let (expected, gaps) = (rows.scaled("expected_amount")?, rows.scaled("gap_near_amount")?);
        let (units, attached) = (rows.integers("hardware_units")?, rows.integers("attached_units")?);
        let expected_units = rows.scaled("expected_units")?;
        for row in 0..rows.len() {
            let is_next = partners.get(standings.len()).is_some_and(|partner| partner.id == ids.value(row));
            let verdict = Verdict::ALL.into_iter().find(|verdict| verdict.code() == verdicts.value(row));
            let Some(verdict) = verdict.filter(|_| is_next) else {
                return Err(rows.damaged("its partners are not those of dim_partner, or a verdict is unknown".into()));
            };
            let revenue = Figures { hardware: hardware[row], services: services[row], expected: expected[row] };
            let units = Figures { hardware: units.value(row), services: attached.value(row), expected: expected_units[row] };
            standings.push(Standing { verdict, totals: Totals { revenue, units }, gap_near_amount: gaps[row] });
        }
        Ok(())
    })?;
    if standings.len() == partners.len() {
        return Ok(standings);
    }
    let path = tables.join(format!("{}.parquet", FACT_PARTNER_INDEX.name));
    Err(Error::Damaged { path, cause: format!("it has {} partners, dim_partner {}", standings.len(), partners.len()) })
}
