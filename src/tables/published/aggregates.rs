//! The aggregates from which other policies are answered: integers at the finest grain, folders of one file per part.

use super::ColumnKind::{Integer, Money, Text};
use super::{ColumnDef, TableDef, optional, required};

const PARTNER: ColumnDef =
    required("partner_id", Text, "Partner that is credited; of hardware and of an unattached service its own seller");
const CATEGORY: ColumnDef = required("category_code", Text, "Category of the hardware; of an unattached service its own");
const SELLER: ColumnDef = required(
    "hardware_partner_id",
    Text,
    "Partner that sold the hardware; another than the credited one only under [attach] credit = service_seller",
);
const COUNTRY: ColumnDef = required("country_code", Text, "Country of the hardware's seller, which is the cell's");
const REGION: ColumnDef = required("region_code", Text, "Region of the hardware's seller");
const SEGMENT: ColumnDef = optional("segment_code", Text, "Segment of the hardware's seller");
const MATURITY: ColumnDef =
    required("maturity_code", Text, "closed or open: of the hardware; unattached services stand under closed");
const BAND: ColumnDef =
    required("price_band_number", Integer, "Bounds of [benchmark] price_bands that the hardware's unit price reaches");
const EXCEPTION: ColumnDef = required("exception_id", Text, "The approved exception that takes the lines out, or none");
const HARDWARE_AMOUNT: ColumnDef = required("hardware_amount", Money, "Net hardware money of the period");
const HARDWARE_UNITS: ColumnDef = required("hardware_units", Integer, "Net hardware units of the period");
const SERVICES_AMOUNT: ColumnDef = required("services_amount", Money, "Services money attached to hardware of the period");
const ATTACHED_UNITS: ColumnDef = required("attached_units", Integer, "Hardware units covered by an attached pack");
const PACKS: ColumnDef = required("packs_units", Integer, "Attached packs, add-ons included");
const LEFT_AMOUNT: ColumnDef = required(
    "left_over_amount",
    Money,
    "Money of services dated in the period that are attached to nothing, without post-warranty packs",
);
const LEFT_UNITS: ColumnDef = required("left_over_units", Integer, "Their packs");
const CURRENCY: ColumnDef = required("currency_code", Text, "Reporting currency of the amounts");

/// One row per partner and finest cell of the deciding matching.
pub const AGG_PARTNER_CELL: TableDef = TableDef {
    name: "agg_partner_cell",
    grain: "partner × category × price band × maturity × exception × quarter × rung × days to attach × hardware's seller",
    key: &[
        "partner_id",
        "category_code",
        "price_band_number",
        "maturity_code",
        "exception_id",
        "quarter_number",
        "rung_code",
        "days_to_attach_code",
        "hardware_partner_id",
    ],
    columns: &[
        PARTNER,
        CATEGORY,
        BAND,
        MATURITY,
        EXCEPTION,
        required("quarter_number", Integer, "Quarter of the period, from 1: of the hardware, of an unattached service its own"),
        required("rung_code", Text, "Attached services: the rung; none of hardware and of unattached services"),
        required(
            "days_to_attach_code",
            Text,
            "Attached services: before, same_day, 1_to_30, 31_to_60, 61_to_90, over_90; else none",
        ),
        SELLER,
        COUNTRY,
        REGION,
        SEGMENT,
        HARDWARE_AMOUNT,
        HARDWARE_UNITS,
        SERVICES_AMOUNT,
        ATTACHED_UNITS,
        PACKS,
        LEFT_AMOUNT,
        LEFT_UNITS,
        CURRENCY,
    ],
};

/// One row per partner, cell and way of matching.
pub const AGG_PARTNER_MATCHING: TableDef = TableDef {
    name: "agg_partner_matching",
    grain: "partner × matching × category × price band × maturity × exception × hardware's seller",
    key: &[
        "partner_id",
        "matching_code",
        "category_code",
        "price_band_number",
        "maturity_code",
        "exception_id",
        "hardware_partner_id",
    ],
    columns: &[
        PARTNER,
        required("matching_code", Text, "base, which decides; serial_invoice; window_60 and the like for [readings] windows_days"),
        CATEGORY,
        BAND,
        MATURITY,
        EXCEPTION,
        SELLER,
        COUNTRY,
        REGION,
        SEGMENT,
        HARDWARE_AMOUNT,
        HARDWARE_UNITS,
        SERVICES_AMOUNT,
        ATTACHED_UNITS,
        PACKS,
        LEFT_AMOUNT,
        LEFT_UNITS,
        CURRENCY,
    ],
};
