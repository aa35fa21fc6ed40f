//! The index: cells, partners, benchmarks.

use super::ColumnKind::{Integer, MicroUnits, Money, Rate, Text};
use super::{TableDef, optional, required};

/// One row per partner and cell.
pub const FACT_PARTNER_CELL: TableDef = TableDef {
    name: "fact_partner_cell",
    grain: "partner × cell",
    key: &["partner_id", "category_code", "country_code", "maturity_code"],
    columns: &[
        required("partner_id", Text, "Partner"),
        required("category_code", Text, "Category"),
        required("country_code", Text, "Country of the partner"),
        required("maturity_code", Text, "closed or open"),
        required("hardware_amount", Money, "H: net hardware money of the period"),
        required("services_amount", Money, "S: services money attached to it"),
        required(
            "expected_amount",
            Money,
            "E: H times the rate of the cell, in cents by largest remainder; 0 outside the population",
        ),
        required("shortfall_amount", Money, "E minus S"),
        required("hardware_units", Integer, "Net hardware units of the period"),
        required("attached_units", Integer, "Units covered by an attached pack"),
        required("expected_units", MicroUnits, "Expected attached units"),
        required("packs_units", Integer, "Attached packs, add-ons included"),
        required("currency_code", Text, "Reporting currency of the amounts"),
    ],
};

/// One row per partner.
pub const FACT_PARTNER_INDEX: TableDef = TableDef {
    name: "fact_partner_index",
    grain: "partner",
    key: &["partner_id"],
    columns: &[
        required("partner_id", Text, "Partner"),
        required("partner_name", Text, "Name"),
        required("measure_code", Text, "The measure that decides: revenue or units"),
        required("verdict_code", Text, "at, near, below or not_assessed"),
        optional("not_assessed_code", Text, "Why the partner is not assessed"),
        required("hardware_amount", Money, "Net hardware money of the period"),
        required("services_amount", Money, "Attached services money"),
        required("expected_amount", Money, "Expected services money"),
        optional(
            "revenue_pri_rate",
            Rate,
            "services_amount over expected_amount; none where nothing is expected. Never average it",
        ),
        required("hardware_units", Integer, "Net hardware units of the period"),
        required("attached_units", Integer, "Attached units"),
        required("expected_units", MicroUnits, "Expected attached units"),
        optional("units_pri_rate", Rate, "attached_units over expected_units; none where nothing is expected. Never average it"),
        required("gap_near_amount", Money, "Services money missing to the near line"),
        required("gap_near_packs", Integer, "Packs missing to the near line, at the market's mean pack prices"),
        required("gap_at_amount", Money, "Services money missing to the market"),
        required("gap_at_packs", Integer, "Packs missing to the market, at the market's mean pack prices"),
        required("currency_code", Text, "Reporting currency of the amounts"),
    ],
};

/// One row per benchmark cell.
pub const FACT_BENCHMARK_CELL: TableDef = TableDef {
    name: "fact_benchmark_cell",
    grain: "cell",
    key: &["category_code", "country_code", "maturity_code"],
    columns: &[
        required("category_code", Text, "Category"),
        required("country_code", Text, "Country"),
        required("maturity_code", Text, "closed or open"),
        required("hardware_amount", Money, "Hardware money of the population in the cell"),
        required("services_amount", Money, "Attached services money of the population in the cell"),
        required("contributors_count", Integer, "Population partners with hardware money above 0 in the cell"),
        required(
            "rate_level_code",
            Text,
            "Level whose revenue rate is used: cell, category_country, category_region, category, family, all",
        ),
        required("rate_services_amount", Money, "Numerator of the revenue rate used"),
        required("rate_hardware_amount", Money, "Denominator of the revenue rate used"),
        required("rate_contributors_count", Integer, "Contributors at the level used"),
        required("expected_amount", Money, "Sum of the partners' expected services"),
        required("hardware_units", Integer, "Hardware units of the population in the cell"),
        required("attached_units", Integer, "Attached units of the population in the cell"),
        required("unit_contributors_count", Integer, "Population partners with hardware units above 0 in the cell"),
        required("unit_rate_level_code", Text, "Level whose unit rate is used"),
        required("unit_rate_attached_units", Integer, "Numerator of the unit rate used"),
        required("unit_rate_hardware_units", Integer, "Denominator of the unit rate used"),
        required("expected_units", MicroUnits, "Sum of the partners' expected units"),
        required("currency_code", Text, "Reporting currency of the amounts"),
    ],
};
