//! The small tables of a run as far as a partner needs them.

use crate::error::{Error, Result};
use crate::io::parquet_table::{AnyEqual, Rows, scan};
use crate::publish::explain::Figures;
use crate::tables::published::{FACT_BENCHMARK_CELL, FACT_PARTNER_CELL, FACT_PARTNER_INDEX};
use std::collections::BTreeMap;
use std::path::Path;

/// A cell.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CellKey {
    pub category: String,
    pub country: String,
    pub region: String,
    pub maturity: String,
}

impl CellKey {
    /// How messages name it.
    pub fn name(&self) -> String {
        format!("{} {} {}", self.category, self.country, self.maturity)
    }

    /// The keys of the rows of a table that has the columns of cells.
    pub fn of_rows(rows: &Rows) -> Result<Vec<Self>> {
        let [category, country, region, maturity] =
            ["category_code", "country_code", "region_code", "maturity_code"].map(|name| rows.texts(name));
        let (category, country, region, maturity) = (category?, country?, region?, maturity?);
        let key = |row| Self {
            category: category.value(row).to_owned(),
            country: country.value(row).to_owned(),
            region: region.value(row).to_owned(),
            maturity: maturity.value(row).to_owned(),
        };
        Ok((0..rows.len()).map(key).collect())
    }
}

/// A row of `fact_partner_cell`.
#[derive(Debug, Clone, Copy, Default)]
pub struct OwnCell {
    pub revenue: Figures,
    pub units: Figures,
    pub shortfall: i128,
    pub packs: i128,
}

/// The cells of a partner.
pub fn own_cells(tables: &Path, partner_id: &str) -> Result<BTreeMap<CellKey, OwnCell>> {
    let mut cells = BTreeMap::new();
    let only = AnyEqual { columns: &["partner_id"], value: partner_id };
    let names: Vec<&str> = FACT_PARTNER_CELL.columns.iter().map(|column| column.name).collect();
    scan(tables, &FACT_PARTNER_CELL, &names, Some(only), |rows| {
        let [hardware, services, expected, shortfall, expected_units] =
            ["hardware_amount", "services_amount", "expected_amount", "shortfall_amount", "expected_units"]
                .map(|name| rows.scaled(name));
        let (hardware, services, expected, shortfall, expected_units) =
            (hardware?, services?, expected?, shortfall?, expected_units?);
        for (row, key) in CellKey::of_rows(rows)?.into_iter().enumerate() {
            let whole = |name| rows.integers(name).map(|column| i128::from(column.value(row)));
            let cell = OwnCell {
                revenue: Figures { hardware: hardware[row].into(), services: services[row].into(), expected: expected[row].into() },
                units: Figures {
                    hardware: whole("hardware_units")?,
                    services: whole("attached_units")?,
                    expected: expected_units[row].into(),
                },
                shortfall: shortfall[row].into(),
                packs: whole("packs_units")?,
            };
            cells.insert(key, cell);
        }
        Ok(())
    })?;
    Ok(cells)
}

/// A row of `fact_partner_index`.
pub struct IndexRow {
    pub verdict: String,
    pub not_assessed: String,
    pub revenue: Figures,
    pub units: Figures,
    /// Money and packs to the near line and to the market.
    pub gaps: [(i128, i128); 2],
}

impl IndexRow {
    /// Reads a partner's row.
    pub fn read(tables: &Path, partner_id: &str) -> Result<Self> {
        let only = AnyEqual { columns: &["partner_id"], value: partner_id };
        let names: Vec<&str> = FACT_PARTNER_INDEX.columns.iter().map(|column| column.name).collect();
        let mut found = None;
        scan(tables, &FACT_PARTNER_INDEX, &names, Some(only), |rows| {
            for row in 0..rows.len() {
                let text = |name| rows.texts(name).map(|column| column.value(row).to_owned());
                let whole = |name| rows.integers(name).map(|column| i128::from(column.value(row)));
                let scaled = |name| rows.scaled(name).map(|column| i128::from(column[row]));
                found = Some(Self {
                    verdict: text("verdict_code")?,
                    not_assessed: text("not_assessed_code")?,
                    revenue: Figures {
                        hardware: scaled("hardware_amount")?,
                        services: scaled("services_amount")?,
                        expected: scaled("expected_amount")?,
                    },
                    units: Figures {
                        hardware: whole("hardware_units")?,
                        services: whole("attached_units")?,
                        expected: scaled("expected_units")?,
                    },
                    gaps: [
                        (scaled("gap_near_amount")?, whole("gap_near_packs")?),
                        (scaled("gap_at_amount")?, whole("gap_at_packs")?),
                    ],
                });
            }
            Ok(())
        })?;
        found.ok_or_else(|| Error::Damaged {
            path: tables.join(format!("{}.parquet", FACT_PARTNER_INDEX.name)),
            cause: format!("partner `{partner_id}` is missing"),
        })
    }
}

/// A rate as published: level, numerator, denominator, contributors, and the sum of what is expected.
#[derive(Debug, PartialEq, Eq)]
pub struct PublishedRate {
    pub level: String,
    pub services: i128,
    pub hardware: i128,
    pub contributors: i128,
    pub expected: i128,
}

/// The rates by money and by units of all cells.
pub fn benchmark_cells(tables: &Path) -> Result<BTreeMap<CellKey, [PublishedRate; 2]>> {
    let names: Vec<&str> = FACT_BENCHMARK_CELL.columns.iter().map(|column| column.name).collect();
    let mut cells = BTreeMap::new();
    scan(tables, &FACT_BENCHMARK_CELL, &names, None, |rows| {
        for (row, key) in CellKey::of_rows(rows)?.into_iter().enumerate() {
            let text = |name| rows.texts(name).map(|column| column.value(row).to_owned());
            let whole = |name| rows.integers(name).map(|column| i128::from(column.value(row)));
            let scaled = |name| rows.scaled(name).map(|column| i128::from(column[row]));
            let money = PublishedRate {
                level: text("rate_level_code")?,
                services: scaled("rate_services_amount")?,
                hardware: scaled("rate_hardware_amount")?,
                contributors: whole("rate_contributors_count")?,
                expected: scaled("expected_amount")?,
            };
            let units = PublishedRate {
                level: text("unit_rate_level_code")?,
                services: whole("unit_rate_attached_units")?,
                hardware: whole("unit_rate_hardware_units")?,
                // Contributors at the level used are published for money alone.
                contributors: 0,
                expected: scaled("expected_units")?,
            };
            cells.insert(key, [money, units]);
        }
        Ok(())
    })?;
    Ok(cells)
}
