//! The sections of the pipeline file that declare a feed: its files, their format, and what their fields mean.

use super::number_format::SignPosition;
use crate::io::readers::{Encoding, Packing};
use schemars::{JsonSchema, Schema};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// What the records of a feed are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FeedKind {
    /// Sale lines: units and money.
    Sales,
    /// Care Pack registrations: evidence that ties a pack to a serial, no money.
    Registrations,
}

/// How records stand in the files of a feed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FormatName {
    /// Text with a delimiter between fields.
    #[default]
    Delimited,
    /// Text with fields at fixed places.
    FixedWidth,
    /// One JSON object a line, UTF-8. [feed.columns] names paths: `customer.id`, `lines.0.sku`.
    JsonLines,
    /// ANSI X12 867, Product Transfer and Resale Report. [feed.columns] names elements: `REF*IV`, `N1*ST`, `LIN*VP`, `PID/05`.
    #[serde(rename = "x12_867")]
    X12,
    /// A workbook: .xlsx, .xls, .xlsb or .ods.
    Excel,
    /// Parquet.
    Parquet,
}

impl FormatName {
    /// Its name in a pipeline file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Delimited => "delimited",
            Self::FixedWidth => "fixed_width",
            Self::JsonLines => "json_lines",
            Self::X12 => "x12_867",
            Self::Excel => "excel",
            Self::Parquet => "parquet",
        }
    }
}

/// How an X12 867 says what a sale is.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct X12Section {
    /// Qualifiers of quantities (QTY01) that are sales; a negative one is a return.
    pub sale_quantities: Vec<String>,
    /// Qualifiers of quantities that are returns, written without a sign.
    pub return_quantities: Vec<String>,
    /// Qualifiers of quantities that are neither, such as stock on hand: passed over and counted. Any further one quarantines its line.
    pub other_quantities: Vec<String>,
    /// Types of transfer (PTD01) that are sales; others are passed over and counted. Empty: all are.
    pub transfer_types: Vec<String>,
    /// Elements that hold the unit price; the first that a line has. Without any, the SII of the same item in the line's loop.
    pub unit_prices: Vec<String>,
    /// Elements that hold the amount of the whole line, before any unit price.
    pub line_amounts: Vec<String>,
}

impl Default for X12Section {
    fn default() -> Self {
        let list = |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect();
        Self {
            sale_quantities: list(&["32", "39"]),
            return_quantities: list(&["61", "76"]),
            other_quantities: Vec::new(),
            transfer_types: Vec::new(),
            unit_prices: list(&["UIT/02", "CTP/03"]),
            line_amounts: Vec::new(),
        }
    }
}

/// Where the column names of delimited text stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HeaderPlace {
    /// In the first line.
    #[default]
    First,
    /// In the first line, and again between the records.
    Repeated,
    /// Nowhere: `column_names` has them.
    Absent,
}

/// A column at a fixed place.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FixedColumnSection {
    /// Name of the column, for [feed.columns].
    pub name: String,
    /// Its first character, from 1.
    #[schemars(range(min = 1, max = 65536))]
    pub from: u32,
    /// Its last character.
    #[schemars(range(min = 1, max = 65536))]
    pub to: u32,
}

/// A file that declares how a partner's own list of sales is written, for `attachrate reconcile --feed`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListFile {
    /// The declaration, as that of a feed.
    #[serde(rename = "feed")]
    #[schemars(length(min = 1, max = 1))]
    pub feeds: Vec<FeedSection>,
}

/// One feed: a stream of raw files from one sender in one layout.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(transform = with_files)]
pub struct FeedSection {
    /// Identifier of the feed in every table.
    #[schemars(regex(pattern = r"^[a-z][a-z0-9_]*$"))]
    pub id: String,
    /// What its records are.
    pub kind: FeedKind,
    /// Glob patterns of its files.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub files: Vec<String>,
    /// How a file is packed.
    #[serde(default)]
    pub packing: Packing,
    /// Glob pattern of the members of a zip archive that are read. Default: all.
    #[serde(default)]
    pub members: Option<String>,
    /// How records stand in a file.
    #[serde(default)]
    pub format: FormatName,
    /// Character encoding of delimited and fixed-width text.
    #[serde(default)]
    #[schemars(with = "Encoding")]
    pub encoding: Option<Encoding>,
    /// Characters between fields of delimited text; `"\t"` is the tab.
    #[serde(default)]
    #[schemars(length(min = 1, max = 8))]
    pub delimiter: Option<String>,
    /// The quote character, default `"`, or an empty text where the sender never quotes.
    #[serde(default)]
    #[schemars(length(max = 1))]
    pub quote: Option<String>,
    /// The character that makes the next one a plain character, inside and outside of quotes. Default: none, a quote inside of quotes is
    /// doubled.
    #[serde(default)]
    #[schemars(length(max = 1))]
    pub escape: Option<String>,
    /// Where the column names of delimited text stand.
    #[serde(default)]
    #[schemars(with = "HeaderPlace")]
    pub header: Option<HeaderPlace>,
    /// Names of all columns in their order, where no header has them.
    #[serde(default)]
    pub column_names: Option<Vec<String>>,
    /// Whether every record of delimited text ends with a delimiter behind its last field. Default: false.
    #[serde(default)]
    pub trailing_delimiter: Option<bool>,
    /// Columns of fixed-width text.
    #[serde(default)]
    pub fixed_columns: Option<Vec<FixedColumnSection>>,
    /// Characters of a line of fixed-width text. Default: the end of its last column.
    #[serde(default)]
    #[schemars(range(min = 1, max = 65536))]
    pub line_width: Option<u32>,
    /// Whether blanks at the end of a line of fixed-width text are left out. Default: false.
    #[serde(default)]
    pub trimmed_lines: Option<bool>,
    /// Whether lines of fixed-width text have ends. Default: true. With false, records of `line_width` characters stand back to back.
    #[serde(default)]
    pub line_ends: Option<bool>,
    /// Lines before the header or the first record. Default: 0.
    #[serde(default)]
    #[schemars(range(max = 10000))]
    pub preamble_lines: Option<u32>,
    /// Lines behind the last record that are no records. Default: 0.
    #[serde(default)]
    #[schemars(range(max = 1000))]
    pub trailer_lines: Option<u32>,
    /// Regular expression on lines that are no records, wherever they stand; with `trailer_lines`, what each of these must look like.
    #[serde(default)]
    pub trailer_pattern: Option<String>,
    /// Whether the last line of text has a line end. Default: true, and a last line without one is quarantined, since the file may have
    /// been cut.
    #[serde(default)]
    pub last_line_end: Option<bool>,
    /// Name or pattern (`*`, `?`) of the worksheets of a workbook. Default: the workbook has one.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub sheet: Option<String>,
    /// Row of a worksheet that has the column names. Default: 1.
    #[serde(default)]
    #[schemars(range(min = 1, max = 1048576))]
    pub header_row: Option<u32>,
    /// How an X12 867 says what a sale is.
    #[serde(default)]
    #[schemars(with = "X12Section")]
    pub x12: Option<X12Section>,
    /// Between feeds that report the same sale the one with the higher priority is kept.
    #[serde(default)]
    pub priority: i64,
    /// Our field name → the sender's column name. See the list in `docs/feeds.md`.
    pub columns: ColumnsSection,
    /// Between several serials in one cell.
    #[serde(default)]
    #[schemars(length(max = 1))]
    pub serial_separator: String,
    /// Currency of every record, where the sender has no currency column.
    #[serde(default)]
    pub currency: Option<String>,
    /// How numbers are written.
    #[serde(default)]
    pub numbers: NumbersSection,
    /// How dates are written.
    pub dates: DatesSection,
    /// How a return is told.
    #[serde(default)]
    pub returns: ReturnsSection,
    /// Whether a later file replaces an earlier one.
    #[serde(default)]
    pub restatement: RestatementSection,
    /// Which files are expected, so that a missing one is noticed.
    #[serde(default)]
    pub expected: Option<ExpectedSection>,
    /// The sender's own totals in the files' trailers.
    #[serde(default)]
    pub control: Option<ControlSection>,
}

/// A feed of a pipeline needs `files`; the declaration of a partner's list goes without them.
fn with_files(schema: &mut Schema) {
    if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
        required.insert(2.min(required.len()), "files".into());
    }
    if let Some(files) = schema.pointer_mut("/properties/files").and_then(Value::as_object_mut) {
        files.remove("default");
    }
}

/// The sender's column names. A field that the feed does not have is left out.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnsSection {
    /// The partner's location id in this feed.
    pub location: Option<String>,
    /// The partner's name, for feeds without location ids (mapped by the alias table).
    pub partner_name: Option<String>,
    /// Invoice date; of a registration the registration date. Required.
    pub date: Option<String>,
    /// Invoice number.
    pub invoice: Option<String>,
    /// SKU or Care Pack number. Required.
    pub sku: Option<String>,
    /// The sender's description of the product.
    pub description: Option<String>,
    /// The sender's own category label.
    pub label: Option<String>,
    /// The vendor's product-line code.
    pub product_line: Option<String>,
    /// Quantity. Required in sales.
    pub quantity: Option<String>,
    /// Net amount of the line. Required in sales.
    pub amount: Option<String>,
    /// Currency code of the amount.
    pub currency: Option<String>,
    /// Serial or serials: of hardware its own, of a pack those that it covers.
    pub serials: Option<String>,
    /// The customer's purchase order.
    pub purchase_order: Option<String>,
    /// The sender's sales order.
    pub sales_order: Option<String>,
    /// End customer id.
    pub end_customer: Option<String>,
    /// Care Pack certificate number.
    pub certificate: Option<String>,
    /// Transaction type, where returns are told by it.
    pub transaction_type: Option<String>,
}

/// How numbers are written. A value that is written in another way is quarantined.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NumbersSection {
    /// Decimal mark.
    #[schemars(length(min = 1, max = 1))]
    pub decimal: String,
    /// Thousands mark (a space, a no-break space `"\u00A0"` and an apostrophe are marks too), or an empty text.
    #[schemars(length(max = 1))]
    pub thousands: String,
    /// Where a minus stands, or parentheses for a negative number.
    pub sign: SignPosition,
    /// Signs that may stand before or after an amount, each with the code of its currency. A record whose currency is another one is
    /// quarantined.
    pub currency_signs: BTreeMap<String, String>,
}

impl Default for NumbersSection {
    fn default() -> Self {
        Self { decimal: ".".into(), thousands: String::new(), sign: SignPosition::Leading, currency_signs: BTreeMap::new() }
    }
}

/// How dates are written.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DatesSection {
    /// The one layout of this feed's dates: `yyyy` or `yy`, `mm`, `m` or `mon`, `dd` or `d`, perhaps `hh`, `mi`, `ss`, and the marks between
    /// them, as in `dd.mm.yyyy`; or `excel-1900` or `excel-1904` for days counted as Excel counts them.
    pub format: String,
    /// With `yy`: two-digit years from this one on are of 19xx, those below it of 20xx.
    #[serde(default)]
    #[schemars(range(min = 0, max = 100))]
    pub pivot: Option<u32>,
    /// With `mon`: the twelve names, January first, compared in any case of letters. Left out: Jan to Dec.
    #[serde(default)]
    pub month_names: Vec<String>,
}

/// How a return is told.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ReturnsSection {
    /// Values of the `transaction_type` column that mark a return written with a positive quantity and amount. Empty: a
    /// return has a negative quantity.
    pub transaction_types: Vec<String>,
}

/// What a later file of the same reporter and period does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RestatementMode {
    /// Every file adds to the others.
    #[default]
    Add,
    /// The latest version of a period replaces the earlier ones, whose records are `superseded`.
    Replace,
}

/// Whether a later file replaces an earlier one; told from the names of the files, never from their time stamps.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RestatementSection {
    /// What a later file does.
    pub mode: RestatementMode,
    /// Regular expression on the file's name with the named groups `period` and `version` (and `reporter`, where one feed has
    /// several). Versions are compared as numbers where both are numbers, else as text.
    pub file_pattern: Option<String>,
}

/// The sender's own totals in the trailers of its files (`trailer_lines`, `trailer_pattern`): each file must have them.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ControlSection {
    /// Regular expression on a trailer line with at least one of the named groups `records`, `units`, `amount`, which are written as
    /// [feed.numbers] says.
    pub totals_pattern: String,
}

/// How often a sender delivers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Interval {
    /// Every week, Monday to Sunday.
    Week,
    /// Every calendar month.
    Month,
}

/// The expected calendar: a period or a sender without a file is a finding, and a reason not to decide on the partners concerned.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpectedSection {
    /// How often each sender delivers.
    pub every: Interval,
    /// Regular expression on the file's name with the named group `period`, and `reporter` where one feed has several senders. Left out:
    /// that of [feed.restatement].
    #[serde(default)]
    pub file_pattern: Option<String>,
    /// How the name writes the period: `yyyy`, `mm`, `ww` (ISO week), `dd` and marks. Left out: `yyyymm` for months, `yyyyww` for weeks.
    #[serde(default)]
    pub period_format: Option<String>,
    /// First day from which files are expected. Left out: the first day of the assessed period.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub from: Option<toml::value::Datetime>,
    /// Days after the end of a period by which its file is due. What is not due on the as-of date is not missing.
    #[serde(default)]
    #[schemars(range(min = 0, max = 366))]
    pub due_days: u32,
    /// The senders that are expected, as the group `reporter` names them. Left out: every sender of which there is a file.
    #[serde(default)]
    pub reporters: Vec<String>,
}
