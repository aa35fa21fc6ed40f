//! The partners and categories of a published run.

use crate::error::Result;
use crate::io::parquet_table::scan;
use crate::reference::Partner;
use crate::tables::published::{DIM_CATEGORY, DIM_PARTNER};
use std::collections::BTreeMap;
use std::path::Path;

/// Partners and categories.
pub struct Directory {
    /// In the order of the table.
    pub partners: Vec<Partner>,
    /// Name and family by category code.
    pub categories: BTreeMap<String, (String, String)>,
}

impl Directory {
    /// Reads both dimensions.
    pub fn read(tables: &Path) -> Result<Self> {
        let mut directory = Self { partners: Vec::new(), categories: BTreeMap::new() };
        let columns = [
            "partner_id",
            "partner_name",
            "reseller_id",
            "hq_id",
            "country_code",
            "region_code",
            "segment_code",
            "is_program",
            "manager_name",
        ];
        scan(tables, &DIM_PARTNER, &columns, None, |rows| {
            for row in 0..rows.len() {
                let text = |name| rows.texts(name).map(|column| column.value(row).to_owned());
                directory.partners.push(Partner {
                    id: text("partner_id")?,
                    name: text("partner_name")?,
                    reseller_id: text("reseller_id")?,
                    hq_id: text("hq_id")?,
                    country_code: text("country_code")?,
                    region_code: text("region_code")?,
                    segment_code: text("segment_code")?,
                    manager_name: text("manager_name")?,
                    is_program: rows.flags("is_program")?.value(row),
                });
            }
            Ok(())
        })?;
        scan(tables, &DIM_CATEGORY, &["category_code", "category_name", "family_code"], None, |rows| {
            for row in 0..rows.len() {
                let text = |name| rows.texts(name).map(|column| column.value(row).to_owned());
                directory.categories.insert(text("category_code")?, (text("category_name")?, text("family_code")?));
            }
            Ok(())
        })?;
        Ok(directory)
    }
}
