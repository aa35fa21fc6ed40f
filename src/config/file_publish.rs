//! The section of the pipeline file that says how the outputs are written.

use super::file_policy::VerdictName;
use schemars::JsonSchema;
use serde::Deserialize;

/// End customers and serials in published tables.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CustomerDisclosure {
    /// As they stood in the feed.
    Full,
    /// As a keyless hash: equal values stay equal.
    #[default]
    Hashed,
    /// Left out.
    Omitted,
}

/// Which readers the tables are written for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Compatibility {
    /// zstd compression.
    #[default]
    Standard,
    /// snappy compression, for old readers.
    Wide,
}

/// How the outputs are written.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PublishSection {
    /// End customers and serials in tables.
    pub customers: CustomerDisclosure,
    /// Compression of the tables.
    pub compatibility: Compatibility,
    /// Parts into which partners are cut, by consecutive ranges of partner id. The same for every run that is compared.
    #[schemars(range(min = 1, max = 1024))]
    pub parts: u16,
    /// Whether the data is invented. Every page of the report then says so.
    pub is_synthetic: bool,
    /// The folder of an earlier published run: the report says what has changed since.
    pub changes_since: Option<String>,
    /// An earlier run's `outreach.xlsx` with what managers filled in: it is carried on by partner id.
    pub outreach_from: Option<String>,
    /// The verdicts whose partners get a case file and the list of their own lines; an empty list makes none.
    pub cases: Vec<VerdictName>,
    /// The language file of the case files; without one they are in English.
    pub language: Option<String>,
    /// How an amount is written in case files, for example `{amount} €`; without it, as usual for the reporting currency.
    pub currency_format: Option<String>,
    /// The mark between units and decimals in case files.
    pub decimal_mark: String,
    /// The mark between groups of three digits in case files; may be empty.
    pub thousands_mark: String,
    /// How a date is written in case files: `{day}`, `{dd}`, `{month}` (its name), `{mm}`, `{year}`.
    pub date_format: String,
}

impl Default for PublishSection {
    fn default() -> Self {
        Self {
            customers: CustomerDisclosure::Hashed,
            compatibility: Compatibility::Standard,
            parts: 64,
            is_synthetic: false,
            changes_since: None,
            outreach_from: None,
            cases: vec![VerdictName::At, VerdictName::Near, VerdictName::Below, VerdictName::NotAssessed],
            language: None,
            currency_format: None,
            decimal_mark: ".".to_owned(),
            thousands_mark: ",".to_owned(),
            date_format: "{day} {month} {year}".to_owned(),
        }
    }
}
