//! The judgement: each partner's index with how sure it is, its readings, its categories, what can still be won, and the dispersion behind the intervals.

use super::ColumnKind::{Date, Flag, Integer, MicroUnits, Money, Rate, Real, Text};
use super::{TableDef, optional, required};

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
        optional(
            "evidence_code",
            Text,
            "conclusive where the pooled and the leave-one-out interval lie on one side of the near line, else inconclusive",
        ),
        required("is_robust", Flag, "Whether the verdict is the same under every reading: see fact_partner_reading"),
        required("readings_count", Integer, "Readings"),
        required("readings_agreeing_count", Integer, "Readings with the same verdict"),
        optional("tier_code", Text, "The highest tier of [verdict] tiers that the index reaches"),
        required("is_safe_harbor", Flag, "Whether hardware and services reach the floors of the safe harbour"),
        required("has_exception", Flag, "Whether an approved exception took lines of the period out"),
        required("has_data_hold", Flag, "Whether no decision may rest on the index: see data_hold_code"),
        optional("data_hold_code", Text, "WORST_CASE, SHARE or MISSING_FEED"),
        required("open_records_count", Integer, "Quarantined records at the partner's locations and lines of unmapped products"),
        required(
            "open_amount",
            Money,
            "Their money, whatever its sign; a record without readable money at its SKU's mean price, else at the feed's 99th percentile line",
        ),
        required("action_code", Text, "What to do, by the first rule of the configuration that fits"),
        required("action_text", Text, "The same in words"),
        optional("recovery_due_date", Date, "The day by which the partner is to have recovered, where the action sets one"),
        required("hardware_amount", Money, "Net hardware money of the period"),
        required("services_amount", Money, "Services money that counts"),
        required("expected_amount", Money, "Expected services money"),
        optional(
            "revenue_pri_rate",
            Rate,
            "services_amount over expected_amount; none where nothing is expected. Never average it",
        ),
        optional("revenue_lower_rate", Rate, "Interval of the revenue index: lower limit"),
        optional("revenue_upper_rate", Rate, "Upper limit"),
        optional("revenue_observed_effective_count", Real, "O*: services as a count of independent decisions"),
        optional("revenue_expected_effective_count", Real, "E*: expected services as a count of independent decisions"),
        optional(
            "loo_expected_amount",
            Money,
            "Expected services money at the rates of the others, rounded; none where they have no usable rate",
        ),
        optional("loo_revenue_pri_rate", Rate, "services_amount over what the rates of the others expect"),
        optional("loo_revenue_lower_rate", Rate, "Its interval: lower limit"),
        optional("loo_revenue_upper_rate", Rate, "Upper limit"),
        optional(
            "linearised_revenue_lower_rate",
            Rate,
            "Diagnostic from the partner's own orders, which never decides: lower limit",
        ),
        optional("linearised_revenue_upper_rate", Rate, "Upper limit"),
        required("hardware_units", Integer, "Net hardware units of the period"),
        required("attached_units", Integer, "Services units that count"),
        required("expected_units", MicroUnits, "Expected attached units"),
        optional("units_pri_rate", Rate, "attached_units over expected_units; none where nothing is expected. Never average it"),
        optional("units_lower_rate", Rate, "Interval of the units index: lower limit"),
        optional("units_upper_rate", Rate, "Upper limit"),
        optional("units_observed_effective_count", Real, "O* by units"),
        optional("units_expected_effective_count", Real, "E* by units"),
        optional(
            "loo_expected_units",
            MicroUnits,
            "Expected units at the rates of the others, rounded; none where they have no usable rate",
        ),
        optional("loo_units_pri_rate", Rate, "attached_units over what the rates of the others expect"),
        optional("loo_units_lower_rate", Rate, "Its interval: lower limit"),
        optional("loo_units_upper_rate", Rate, "Upper limit"),
        optional("linearised_units_lower_rate", Rate, "Diagnostic by units: lower limit"),
        optional("linearised_units_upper_rate", Rate, "Upper limit"),
        required("orders_count", Integer, "Orders with hardware that counts"),
        optional(
            "mix_effect_rate",
            Rate,
            "expected over hardware minus the market's services over hardware: what the mix explains of the plain rate",
        ),
        optional(
            "selling_effect_rate",
            Rate,
            "services minus expected over hardware: what selling explains; both sum to the difference of the plain rates",
        ),
        required("gap_near_amount", Money, "Services money missing to the near line"),
        required("gap_near_packs", Integer, "Packs missing to the near line, at the market's mean pack prices"),
        required("gap_at_amount", Money, "Services money missing to the market"),
        required("gap_at_packs", Integer, "Packs missing to the market, at the market's mean pack prices"),
        required("open_window_units", Integer, "Uncovered units whose window is open"),
        required("plan_near_packs", Integer, "Fewest packs on open windows towards the near line"),
        optional(
            "near_possible_until_date",
            Date,
            "The last day on which open windows can still close the gap; none where it is closed or they cannot",
        ),
        required("plan_at_packs", Integer, "Fewest packs on open windows towards the market"),
        optional("at_possible_until_date", Date, "The last day on which open windows can still close the gap to the market"),
        required("currency_code", Text, "Reporting currency of the amounts"),
    ],
};

/// One row per partner and reading.
pub const FACT_PARTNER_READING: TableDef = TableDef {
    name: "fact_partner_reading",
    grain: "partner × reading",
    key: &["partner_id", "reading_code"],
    columns: &[
        required("partner_id", Text, "Partner"),
        required(
            "reading_code",
            Text,
            "The one rule that differs: leave_one_out, measure_units, services_all, windows_closed, without_exceptions, serial_invoice, window_60 and the like",
        ),
        required("measure_code", Text, "The measure that decides under the reading"),
        required("hardware_amount", Money, "Hardware money that counts"),
        required("services_amount", Money, "Services money that counts"),
        required("expected_amount", Money, "Expected services money; at leave-one-out rates rounded, 0 where there is none"),
        required("hardware_units", Integer, "Hardware units that count"),
        required("services_units", Integer, "Services units that count"),
        required("expected_units", MicroUnits, "Expected units; at leave-one-out rates rounded, 0 where there is none"),
        optional("pri_rate", Rate, "Services over expected services in the measure that decides. Never average it"),
        required("verdict_code", Text, "at, near, below or not_assessed"),
        optional("not_assessed_code", Text, "Why the partner is not assessed"),
        required("is_same_verdict", Flag, "Whether it is the partner's verdict"),
        required("currency_code", Text, "Reporting currency of the amounts"),
    ],
};

/// One row per partner and category.
pub const FACT_PARTNER_CATEGORY: TableDef = TableDef {
    name: "fact_partner_category",
    grain: "partner × category that it or the market has",
    key: &["partner_id", "category_code"],
    columns: &[
        required("partner_id", Text, "Partner"),
        required("category_code", Text, "Category"),
        required("hardware_amount", Money, "Net hardware money of the period"),
        required("services_amount", Money, "Services money that counts"),
        required("expected_amount", Money, "Expected services money"),
        required("shortfall_amount", Money, "expected minus services; over the categories it sums to the partner's"),
        required("hardware_units", Integer, "Net hardware units of the period"),
        required("attached_units", Integer, "Services units that count"),
        required("expected_units", MicroUnits, "Expected units"),
        required("market_hardware_amount", Money, "Hardware money of the population in the category"),
        required("market_services_amount", Money, "Services money of the population in the category"),
        optional(
            "mix_effect_rate",
            Rate,
            "expected over the partner's hardware minus market services over the market's hardware: over the categories it sums to the partner's",
        ),
        optional(
            "selling_effect_rate",
            Rate,
            "services minus expected over the partner's hardware: over the categories it sums to the partner's",
        ),
        required("packs_to_near_units", Integer, "Packs that the category's share of the gap to the near line takes"),
        required("packs_to_at_units", Integer, "Packs that the category's share of the gap to the market takes"),
        optional("price_amount", Money, "Mean pack price: money of the packs of price_packs_units"),
        optional("price_packs_units", Integer, "Mean pack price: attached packs of the market"),
        required("open_window_units", Integer, "Uncovered units whose window is open"),
        optional("last_open_date", Date, "The last day on which a pack for one of them still counts"),
        required("plan_near_packs", Integer, "Packs of the plan to the near line"),
        optional("plan_near_sell_by_date", Date, "The last day on which all of them still find hardware"),
        required("plan_at_packs", Integer, "Packs of the plan to the market"),
        optional("plan_at_sell_by_date", Date, "The last day on which all of them still find hardware"),
        required("currency_code", Text, "Reporting currency of the amounts"),
    ],
};

/// One row per hardware line that can still be covered.
pub const FACT_OPEN_WINDOW: TableDef = TableDef {
    name: "fact_open_window",
    grain: "hardware line of the period with uncovered units and an open window",
    key: &["sale_line_id"],
    columns: &[
        required("sale_line_id", Integer, "The hardware line"),
        required("partner_id", Text, "Selling partner"),
        required("category_code", Text, "Category"),
        required("sku", Text, "Base SKU"),
        optional("invoice_number", Text, "Invoice number"),
        required("hardware_date", Date, "Invoice date of the hardware"),
        required("uncovered_units", Integer, "Units that nothing covers"),
        required("last_date", Date, "The last day on which a pack still counts"),
        optional("worth_amount", Money, "The units at the market's mean pack price, rounded down"),
        required("currency_code", Text, "Reporting currency of the amounts"),
    ],
};

/// One row per measure, family and tenth of orders.
pub const FACT_DISPERSION: TableDef = TableDef {
    name: "fact_dispersion",
    grain: "measure × family × tenth of the population's orders by expected services",
    key: &["measure_code", "family_code", "bin_number"],
    columns: &[
        required("measure_code", Text, "revenue or units"),
        required("family_code", Text, "Product family"),
        required("bin_number", Integer, "Tenth, 0 with the smallest orders to 9"),
        required("slices_count", Integer, "Orders of the population in the tenth, each cut by family"),
        required("counted_slices_count", Integer, "Those of which anything is expected"),
        optional(
            "dispersion_rate",
            Rate,
            "Mean of the squared relative deviation of services from expected over the counted slices",
        ),
    ],
};

/// One row per partner of the population and measure.
pub const FACT_PARTNER_FUNNEL: TableDef = TableDef {
    name: "fact_partner_funnel",
    grain: "partner × measure, where the index has an effective count",
    key: &["partner_id", "measure_code"],
    columns: &[
        required("partner_id", Text, "Partner"),
        required("measure_code", Text, "revenue or units"),
        required(
            "expected_effective_count",
            Real,
            "E*: expected services as a count of independent decisions; the horizontal axis",
        ),
        required("pri_rate", Rate, "The index; the vertical axis. Its numerator and denominator stand in fact_partner_index"),
        required(
            "exact_lower_rate",
            Rate,
            "Where a partner at benchmark lies by chance at the run's confidence: exact Poisson limit, lower",
        ),
        required("exact_upper_rate", Rate, "Upper limit"),
        required("exact_outer_lower_rate", Rate, "The same at 99.8 %: lower limit"),
        required("exact_outer_upper_rate", Rate, "Upper limit"),
        required(
            "spread_lower_rate",
            Rate,
            "Limits that allow for the spread between partners (additive over-dispersion): lower limit",
        ),
        required("spread_upper_rate", Rate, "Upper limit"),
        required("spread_outer_lower_rate", Rate, "The same at 99.8 %: lower limit"),
        required("spread_outer_upper_rate", Rate, "Upper limit"),
        required(
            "funnel_code",
            Text,
            "Where the index lies: within, or above or below the exact limits, or outer_above or outer_below those at 99.8 %",
        ),
    ],
};
