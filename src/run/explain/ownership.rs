//! A partner's own lines and attachments, summed up again.

use super::policy::Policy;
use super::published::CellKey;
use crate::error::Result;
use crate::finding::{LeftOver, Rung};
use crate::io::parquet_table::{AnyEqual, scan};
use crate::publish::explain::{Figures, Sum};
use crate::reference::Partner;
use crate::run::directory::Directory;
use crate::tables::published::{FACT_ATTACHMENT, FACT_SALE_LINE};
use arrow::array::Array;
use std::collections::BTreeMap;
use std::path::Path;

/// Sums of a cell from the lines: money and units without what is expected, and packs.
#[derive(Debug, Clone, Copy, Default)]
pub struct CellSum {
    pub revenue: Figures,
    pub units: Figures,
    pub packs: i128,
}

/// What the two large tables say of a partner.
#[derive(Debug, Default)]
pub struct Facts {
    pub cells: BTreeMap<CellKey, CellSum>,
    pub rungs: Vec<Sum>,
    pub elsewhere: Sum,
    pub excepted: Sum,
    pub left_over: Vec<Sum>,
    pub unmapped: (u64, i128),
    pub other_amount: i128,
}

impl Facts {
    /// Reads the partner's rows of both tables.
    pub fn read(tables: &Path, directory: &Directory, partner: &Partner, policy: &Policy) -> Result<Self> {
        let mut facts = Self {
            rungs: Rung::ALL.iter().map(|rung| Sum { code: rung.code(), ..Sum::default() }).collect(),
            left_over: LeftOver::ALL.iter().map(|reason| Sum { code: reason.code(), ..Sum::default() }).collect(),
            elsewhere: Sum { code: "OTHER_PARTNER", ..Sum::default() },
            excepted: Sum { code: "EXCEPTION", ..Sum::default() },
            ..Self::default()
        };
        facts.read_lines(tables, partner)?;
        facts.read_attachments(tables, directory, partner, policy)?;
        facts.rungs.retain(|sum| sum.packs != 0 || sum.amount != 0);
        facts.left_over.retain(|sum| sum.packs != 0 || sum.amount != 0);
        Ok(facts)
    }

    fn read_lines(&mut self, tables: &Path, partner: &Partner) -> Result<()> {
        let columns = [
            "kind_code",
            "category_code",
            "maturity_code",
            "net_units",
            "net_amount",
            "left_over_units",
            "left_over_amount",
            "left_over_code",
            "is_in_period",
            "is_before_horizon",
            "exception_id",
            "origin_code",
            "adjustment_id",
        ];
        let only = AnyEqual { columns: &["partner_id"], value: &partner.id };
        scan(tables, &FACT_SALE_LINE, &columns, Some(only), |rows| {
            let (amounts, left_amounts) = (rows.scaled("net_amount")?, rows.scaled("left_over_amount")?);
            let (units, left_units) = (rows.integers("net_units")?, rows.integers("left_over_units")?);
            let (kinds, reasons) = (rows.texts("kind_code")?, rows.texts("left_over_code")?);
            let (categories, maturities) = (rows.texts("category_code")?, rows.texts("maturity_code")?);
            let (in_period, too_old) = (rows.flags("is_in_period")?, rows.flags("is_before_horizon")?);
            let (exceptions, origins, adjustments) =
                (rows.texts("exception_id")?, rows.texts("origin_code")?, rows.texts("adjustment_id")?);
            let is_dropped = |row: usize| adjustments.is_valid(row) && origins.value(row) == "feed";
            let counts = |row: &usize| in_period.value(*row) && !too_old.value(*row) && !is_dropped(*row);
            for row in (0..rows.len()).filter(counts) {
                let amount = i128::from(amounts[row]);
                match kinds.value(row) {
                    "hardware" if exceptions.is_valid(row) => {}
                    "hardware" => {
                        let key = cell_of(partner, categories.value(row), maturities.value(row));
                        let cell = self.cells.entry(key).or_default();
                        cell.revenue.hardware += amount;
                        cell.units.hardware += i128::from(units.value(row));
                    }
                    "service" => {
                        if let Some(sum) = self.left_over.iter_mut().find(|sum| sum.code == reasons.value(row)) {
                            sum.packs += i128::from(left_units.value(row));
                            sum.amount += i128::from(left_amounts[row]);
                        }
                    }
                    "unmapped" => {
                        self.unmapped.0 += 1;
                        self.unmapped.1 += amount;
                    }
                    _ => self.other_amount += amount,
                }
            }
            Ok(())
        })
    }

    fn read_attachments(&mut self, tables: &Path, directory: &Directory, partner: &Partner, policy: &Policy) -> Result<()> {
        let columns = [
            "rung_code",
            "packs_units",
            "attached_units",
            "attached_amount",
            "hardware_partner_id",
            "credited_partner_id",
            "category_code",
            "hardware_date",
            "is_in_period",
            "exception_id",
        ];
        let only = AnyEqual { columns: &["hardware_partner_id", "service_partner_id"], value: &partner.id };
        let of_sellers: BTreeMap<&str, &Partner> = directory.partners.iter().map(|seller| (seller.id.as_str(), seller)).collect();
        scan(tables, &FACT_ATTACHMENT, &columns, Some(only), |rows| {
            let amounts = rows.scaled("attached_amount")?;
            let (packs, units) = (rows.integers("packs_units")?, rows.integers("attached_units")?);
            let (rungs, credited) = (rows.texts("rung_code")?, rows.texts("credited_partner_id")?);
            let sellers = rows.texts("hardware_partner_id")?;
            let (categories, dates) = (rows.texts("category_code")?, rows.days("hardware_date")?);
            let (in_period, exceptions) = (rows.flags("is_in_period")?, rows.texts("exception_id")?);
            for row in (0..rows.len()).filter(|row| in_period.value(*row)) {
                let (packs, amount) = (i128::from(packs.value(row)), i128::from(amounts[row]));
                if credited.value(row) != partner.id {
                    self.elsewhere.packs += packs;
                    self.elsewhere.amount += amount;
                    continue;
                }
                if exceptions.is_valid(row) {
                    self.excepted.packs += packs;
                    self.excepted.amount += amount;
                    continue;
                }
                let is_open = i64::from(dates.value(row)) + i64::from(policy.window_days) > i64::from(policy.as_of);
                let maturity = if is_open { "open" } else { "closed" };
                let seller = of_sellers.get(sellers.value(row)).copied().unwrap_or(partner);
                let cell = self.cells.entry(cell_of(seller, categories.value(row), maturity)).or_default();
                cell.revenue.services += amount;
                cell.units.services += i128::from(units.value(row));
                cell.packs += packs;
                if let Some(sum) = self.rungs.iter_mut().find(|sum| sum.code == rungs.value(row)) {
                    sum.packs += packs;
                    sum.amount += amount;
                }
            }
            Ok(())
        })
    }
}

/// The cell of hardware that a partner sold.
fn cell_of(seller: &Partner, category: &str, maturity: &str) -> CellKey {
    CellKey {
        category: category.to_owned(),
        country: seller.country_code.clone(),
        region: seller.region_code.clone(),
        maturity: maturity.to_owned(),
    }
}
