//! The pipeline file as it is written: one TOML document, `version = 1`.
//!
//! These types are the format: the JSON Schema of `attachrate schema` is made from them, and every key that is not here is an error.
//! Paths are relative to the pipeline file. [`super::load`] turns a file into a [`super::Plan`].

pub use super::file_feed::*;
pub use super::file_policy::*;
pub use super::file_publish::*;
pub use super::number_format::SignPosition;
use schemars::JsonSchema;
use serde::Deserialize;

pub use crate::io::readers::{Encoding, Packing};

/// A whole pipeline file.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PipelineFile {
    /// Version of this format. Only 1 exists.
    #[schemars(range(min = 1, max = 1))]
    pub version: u32,
    /// One line that names the pipeline in reports.
    pub title: String,
    /// The fiscal period that is assessed.
    pub period: PeriodSection,
    /// The reporting currency.
    pub money: MoneySection,
    /// The feeds, at least one of kind `sales`.
    #[serde(rename = "feed")]
    #[schemars(length(min = 1))]
    pub feeds: Vec<FeedSection>,
    /// The reference tables.
    pub reference: ReferenceSection,
    /// Rules of attachment.
    #[serde(default)]
    pub attach: AttachSection,
    /// Rules of the benchmark.
    #[serde(default)]
    pub benchmark: BenchmarkSection,
    /// Lines and floors of the verdict.
    #[serde(default)]
    pub verdict: VerdictSection,
    /// Other rules under which every verdict is worked out again.
    #[serde(default)]
    pub readings: ReadingsSection,
    /// What follows from a verdict: the first rule that fits. Without any, those of `attachrate init`.
    #[serde(default, rename = "action")]
    pub actions: Vec<ActionSection>,
    /// Conditions without which nothing is published.
    #[serde(default)]
    pub gates: GatesSection,
    /// How the outputs are written.
    #[serde(default)]
    pub publish: PublishSection,
}

/// The assessed period. Dates are TOML dates (`2026-10-31`).
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PeriodSection {
    /// First day of the period.
    #[schemars(with = "String")]
    pub from: toml::value::Datetime,
    /// Last day of the period.
    #[schemars(with = "String")]
    pub to: toml::value::Datetime,
    /// The day the data was cut. No rule reads the clock.
    #[schemars(with = "String")]
    pub as_of: toml::value::Datetime,
}

/// The reporting currency.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MoneySection {
    /// ISO 4217 code, e.g. `USD`. Every currency is taken to have two decimals.
    #[schemars(regex(pattern = r"^[A-Z]{3}$"))]
    pub reporting_currency: String,
}

/// The reference tables (CSV, UTF-8, header line).
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReferenceSection {
    /// `category_code,category_name,family_code,family_name`
    pub categories: String,
    /// Product master: `sku,description,kind,category_code,is_post_warranty`
    pub products: String,
    /// `product_line_code,kind,category_code`
    pub product_lines: Option<String>,
    /// Ordered pattern rules: `field,pattern,kind,category_code,is_post_warranty` (`field` = `sku`, `description` or `label`).
    pub category_rules: Option<String>,
    /// `partner_id,partner_name,hq_id,country_code,region_code,is_program,manager_name`
    pub partners: String,
    /// For `[benchmark] assess = "hq"`, of partners whose headquarters changed: `partner_id,hq_id,valid_from,valid_to` (an empty end is open). Others have the
    /// `hq_id` of the partner table throughout.
    #[serde(default)]
    pub headquarters: Option<String>,
    /// Crosswalk: `feed_id,location_id,partner_id,valid_from,valid_to` (an empty end is open), and perhaps `site_id`: the place of business behind the id,
    /// for `[benchmark] assess = "location"`.
    pub locations: String,
    /// `feed_id,partner_name,partner_id`
    pub aliases: Option<String>,
    /// Work lists `unknown_partners.csv` of earlier runs in which `decision_partner_id` was filled in: read as rows of the crosswalk, or of
    /// the aliases for feeds without location ids. Rows without a decision are left out.
    #[serde(default)]
    pub partner_decisions: Vec<String>,
    /// Work lists `unmapped_products.csv` of earlier runs in which `decision_kind` and `decision_category_code` were filled in: read as rows
    /// of the product master. Rows without a decision are left out.
    #[serde(default)]
    pub product_decisions: Vec<String>,
    /// The senders' own totals, to be compared with what was read: `feed_id,reporter_code,period_code,records,units,amount` (sender and
    /// period as the file names write them; an empty total is not compared).
    #[serde(default)]
    pub control_totals: Option<String>,
    /// `month,currency_code,rate` (month `2026-10`; units of the reporting currency for one unit of the currency).
    pub fx: String,
    /// Approved exceptions: `exception_id,scope,partner_id,value,reason,approver,valid_from,valid_to` (`scope` = `deal`, `invoice`,
    /// `customer`, `category` or `partner`; an empty end is open).
    pub exceptions: Option<String>,
    /// Adjustments: `adjustment_id,action,approver,reason,evidence`, the record (`feed_id,file_path,file_sha256,record_number`) and the
    /// new values (`partner_id,date,invoice,sku,quantity,amount,currency,serials,purchase_order,sales_order,end_customer,certificate`);
    /// `action` = `add`, `drop` or `recode`; a row without an approver is a proposal.
    pub adjustments: Option<String>,
}

/// Conditions without which nothing is published, in percent. The accounting identity and ΣE = ΣS are always gates.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GatesSection {
    /// Largest share of a feed's records that may be quarantined.
    #[schemars(range(min = 0.0, max = 100.0))]
    pub max_quarantined_percent: f64,
    /// Largest share of all money that may be on unmapped products.
    #[schemars(range(min = 0.0, max = 100.0))]
    pub max_unmapped_percent: f64,
    /// Largest difference between a sender's own total and what was read, of the sender's total.
    #[schemars(range(min = 0.0, max = 100.0))]
    pub max_control_difference_percent: f64,
    /// Largest difference between the packs sold in a month of the period and those registered in it, of the packs sold.
    #[schemars(range(min = 0.0, max = 10000.0))]
    pub max_registration_difference_percent: f64,
}

impl Default for GatesSection {
    fn default() -> Self {
        Self {
            max_quarantined_percent: 2.0,
            max_unmapped_percent: 2.0,
            max_control_difference_percent: 0.0,
            max_registration_difference_percent: 100.0,
        }
    }
}
