//! The dimensions.

use super::ColumnKind::{Date, Flag, Integer, Money, Text};
use super::{TableDef, optional, required};

/// One row per category.
pub const DIM_CATEGORY: TableDef = TableDef {
    name: "dim_category",
    grain: "category",
    key: &["category_code"],
    columns: &[
        required("category_code", Text, "Category: the one product grouping of mix and coverage"),
        required("category_name", Text, "Name of the category"),
        required("family_code", Text, "Product family"),
        required("family_name", Text, "Name of the family"),
    ],
};

/// One row per day from the oldest that is read to the as-of date.
pub const DIM_DATE: TableDef = TableDef {
    name: "dim_date",
    grain: "day",
    key: &["calendar_date"],
    columns: &[
        required("calendar_date", Date, "The day"),
        required("year_number", Integer, "Calendar year"),
        required("month_number", Integer, "Calendar month, 1 to 12"),
        required(
            "fiscal_quarter_number",
            Integer,
            "Quarter counted from the first day of the period, 1 to 4; 0 outside the period",
        ),
        required("is_in_period", Flag, "Whether the day lies in the assessed period"),
    ],
};

/// One row per approved exception.
pub const DIM_EXCEPTION: TableDef = TableDef {
    name: "dim_exception",
    grain: "approved exception",
    key: &["exception_id"],
    columns: &[
        required("exception_id", Text, "The exception"),
        required(
            "status_code",
            Text,
            "applied; unused, where no hardware line of the period has it; expired before the period; not_yet valid in it",
        ),
        required("scope_code", Text, "What it takes out: deal, invoice, customer, category or partner"),
        required("partner_id", Text, "Partner within which it stays"),
        optional("value_text", Text, "The deal, invoice, customer (by [publish] customers) or category; none of a whole partner"),
        optional("valid_from_date", Date, "First date of hardware that it takes out; none is open"),
        optional("valid_to_date", Date, "Last date of hardware that it takes out; none is open"),
        required("reason_text", Text, "Why"),
        required("approver_name", Text, "Who approved it"),
        required("line_count", Integer, "Hardware lines of the period that it takes out"),
        required("hardware_units", Integer, "Their net units"),
        required("hardware_amount", Money, "Their net money"),
        required("packs_units", Integer, "Packs attached to them, which leave with them"),
        required("attached_units", Integer, "Units of them that are covered"),
        required("services_amount", Money, "Money of the packs"),
        required("currency_code", Text, "Reporting currency of the amounts"),
    ],
};

/// One row per assessed partner: of the partner table, or what is assessed instead.
pub const DIM_PARTNER: TableDef = TableDef {
    name: "dim_partner",
    grain: "partner",
    key: &["partner_id"],
    columns: &[
        required("partner_id", Text, "Partner"),
        required("partner_name", Text, "Name"),
        required("reseller_id", Text, "Partner within which sales are matched: the same, or of an assessed location its partner"),
        required("hq_id", Text, "Parent of the partner"),
        required("country_code", Text, "Country of the partner; cells use it"),
        required("region_code", Text, "Region of the partner"),
        optional("segment_code", Text, "Segment of the partner"),
        required("is_program", Flag, "Whether the partner is in the program"),
        required("manager_name", Text, "Channel manager"),
    ],
};

/// One row per SKU of the product master.
pub const DIM_PRODUCT: TableDef = TableDef {
    name: "dim_product",
    grain: "SKU of the product master",
    key: &["sku"],
    columns: &[
        required("sku", Text, "Normalised base SKU"),
        required("product_description", Text, "Description in the product master"),
        required("kind_code", Text, "hardware, service or other"),
        optional("category_code", Text, "Category; none for other products"),
        required("is_post_warranty", Flag, "Post-warranty or renewal pack: never attached"),
    ],
};
