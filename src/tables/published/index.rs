//! The cells: partners' and the benchmark's.

use super::ColumnKind::{Integer, MicroUnits, Money, Rate, Real, Text};
use super::{TableDef, optional, required};

/// One row per partner and cell.
pub const FACT_PARTNER_CELL: TableDef = TableDef {
    name: "fact_partner_cell",
    grain: "partner × cell",
    key: &["partner_id", "category_code", "country_code", "region_code", "segment_code", "price_band_code", "maturity_code"],
    columns: &[
        required("partner_id", Text, "Partner"),
        required("category_code", Text, "Category"),
        required("country_code", Text, "Country of the partner, or all where cells leave it out"),
        required("region_code", Text, "Region of the partner, or all"),
        required("segment_code", Text, "Segment of the partner, or all; none where partners have none"),
        required("price_band_code", Text, "Price band of the hardware, or all"),
        required("maturity_code", Text, "closed or open, or all"),
        required("hardware_amount", Money, "H: net hardware money of the period"),
        required("services_amount", Money, "S: services money that counts: attached to it, or in scope by [benchmark] services"),
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

/// One row per benchmark cell.
pub const FACT_BENCHMARK_CELL: TableDef = TableDef {
    name: "fact_benchmark_cell",
    grain: "cell",
    key: &["category_code", "country_code", "region_code", "segment_code", "price_band_code", "maturity_code"],
    columns: &[
        required("category_code", Text, "Category"),
        required("country_code", Text, "Country of the partner, or all where cells leave it out"),
        required("region_code", Text, "Region of the partner, or all"),
        required("segment_code", Text, "Segment of the partner, or all; none where partners have none"),
        required("price_band_code", Text, "Price band of the hardware, or all"),
        required("maturity_code", Text, "closed or open, or all"),
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
        required("largest_hardware_amount", Money, "Hardware money of the partner that has most in the cell"),
        optional("revenue_rate", Rate, "services_amount over hardware_amount of the cell itself"),
        optional("revenue_lower_rate", Rate, "Its interval by orders, linearised: lower limit"),
        optional("revenue_upper_rate", Rate, "Upper limit"),
        optional("unit_rate", Rate, "attached_units over hardware_units of the cell itself"),
        optional("unit_lower_rate", Rate, "Its interval by Wilson with the units over the design effect by orders: lower limit"),
        optional("unit_upper_rate", Rate, "Upper limit"),
        optional("unit_design_effect_count", Real, "Units that count as one independent unit, by orders"),
        required("currency_code", Text, "Reporting currency of the amounts"),
    ],
};
