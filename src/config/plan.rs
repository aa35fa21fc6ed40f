//! The resolved pipeline: every default filled in, every path expanded, nothing left to check. Immutable.

use std::path::PathBuf;

use super::calendar::PeriodLayout;
use super::case_policy::CasePolicy;
use super::date_layout::DateLayout;
use super::file::{
    Assess, CellDimension, ColumnsSection, Compatibility, Credit, CustomerDisclosure, FeedKind, Interval, MeasureName, Population,
    ServicesScope, WhenSection, WindowScope,
};
pub use super::number_format::NumberFormat;
pub use super::threshold::Threshold;
use crate::io::readers::Layout;

/// A pipeline that is ready to run.
#[derive(Debug, Clone)]
pub struct Plan {
    /// One line that names the pipeline in reports.
    pub title: String,
    /// The pipeline file as the user named it.
    pub pipeline_file: PathBuf,
    /// Its folder; every path of the file is relative to it.
    pub base: PathBuf,
    /// The assessed period.
    pub period: Period,
    /// ISO 4217 code of the reporting currency.
    pub reporting_currency: String,
    /// The feeds, sorted by id. A feed's index in this list is its number in the references.
    pub feeds: Vec<Feed>,
    /// The reference tables.
    pub reference: ReferencePaths,
    /// Who is assessed.
    pub assess: Assess,
    /// Rules of attachment.
    pub attach: AttachPolicy,
    /// Rules of the benchmark.
    pub benchmark: BenchmarkPolicy,
    /// Lines and floors of the verdict.
    pub verdict: VerdictPolicy,
    /// Other windows under which every verdict is worked out again, in days, rising, each once, without the deciding one.
    pub reading_windows: Vec<i32>,
    /// What follows from a verdict: the first rule that fits.
    pub actions: Vec<ActionRule>,
    /// Conditions without which nothing is published.
    pub gates: GatePolicy,
    /// How the outputs are written.
    pub publish: PublishPolicy,
    /// The earlier run whose changes the report shows.
    pub earlier_run: Option<EarlierRun>,
    /// The earlier call list whose filled-in columns are carried on.
    pub earlier_outreach: Option<EarlierOutreach>,
    /// How the case files are made.
    pub cases: CasePolicy,
    /// SHA-256 of a canonical text of everything in the pipeline file, paths as written. Comments and layout do not enter.
    pub policy_hash: [u8; 32],
    /// Every parameter as resolved, defaults included, in the order of the file format.
    pub parameters: Vec<(String, String)>,
}

/// What stands for the feed of lines that an adjustment adds; no feed has this id.
pub const ADJUSTMENTS: &str = "adjustments";

impl Plan {
    /// The id of a feed by its index, or [`ADJUSTMENTS`] for lines of no feed.
    pub fn feed_id(&self, feed: u16) -> &str {
        self.feeds.get(usize::from(feed)).map_or(ADJUSTMENTS, |feed| &feed.id)
    }

    /// The oldest date that is read for returns and lead: one window plus one year before the period (DESIGN part 3, rule 11). The window is
    /// the longest of the deciding one and the readings', so that a reading sees what a run under its window would see.
    pub fn horizon(&self) -> i32 {
        let longest = self.reading_windows.iter().copied().fold(self.attach.window_days, i32::max);
        self.period.from - longest - 365
    }
}

/// The assessed period, in days since 1970-01-01, ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// First day.
    pub from: i32,
    /// Last day.
    pub to: i32,
    /// The day the data was cut.
    pub as_of: i32,
}

/// One feed.
#[derive(Debug, Clone)]
pub struct Feed {
    /// Identifier in every table.
    pub id: String,
    /// What its records are.
    pub kind: FeedKind,
    /// How its files are read.
    pub layout: Layout,
    /// The higher one is kept where two feeds report the same sale.
    pub priority: i64,
    /// Our field → the sender's column name.
    pub columns: ColumnsSection,
    /// Between several serials in one field.
    pub serial_separator: Option<char>,
    /// Currency of every record, where there is no currency column.
    pub currency: Option<String>,
    /// How numbers are written.
    pub numbers: NumberFormat,
    /// How dates are written.
    pub dates: DateFormat,
    /// Transaction types that mark a return with positive quantity and amount.
    pub return_types: Vec<String>,
    /// How versions of a file are told, where later files replace earlier ones.
    pub restatement: Option<Restatement>,
    /// Which files are expected, where the feed has a calendar.
    pub expected: Option<Expected>,
    /// On trailer lines, with at least one of the named groups `records`, `units`, `amount`: the sender's own totals.
    pub control: Option<regex::Regex>,
    /// The files, expanded, sorted by relative path.
    pub files: Vec<FeedFile>,
    /// SHA-256 of a canonical text of the feed's section without `files`.
    pub declaration_hash: [u8; 32],
}

/// A raw file of a feed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FeedFile {
    /// Relative to the pipeline file's folder, normalised, with `/`: its name in every output.
    pub relative: String,
    /// The path to open.
    pub path: PathBuf,
}

/// How dates are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateFormat {
    /// The layout's text.
    pub text: String,
    /// First two-digit year of 19xx, where years have two digits.
    pub pivot: Option<u32>,
    /// The layout.
    pub layout: DateLayout,
}

/// How versions of a file are told from its name.
#[derive(Debug, Clone)]
pub struct Restatement {
    /// Has the named groups `period` and `version`, perhaps `reporter`.
    pub pattern: regex::Regex,
}

/// Which files of a feed are expected.
#[derive(Debug, Clone)]
pub struct Expected {
    /// How often each sender delivers.
    pub every: Interval,
    /// Has the named group `period`, perhaps `reporter`.
    pub pattern: regex::Regex,
    /// How the group `period` is written.
    pub period: PeriodLayout,
    /// The layout's text.
    pub period_format: String,
    /// First day from which files are expected, days since 1970-01-01.
    pub from: i32,
    /// Days after the end of a period by which its file is due.
    pub due_days: i32,
    /// The senders that are expected; none: every sender of which there is a file.
    pub reporters: Vec<String>,
}

/// A reference table's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferencePath {
    /// Relative to the pipeline file's folder, normalised, with `/`: its name in every output.
    pub relative: String,
    /// The path to open.
    pub path: PathBuf,
}

/// The reference tables' files. All exist.
#[derive(Debug, Clone)]
pub struct ReferencePaths {
    /// The product tree.
    pub categories: ReferencePath,
    /// The product master.
    pub products: ReferencePath,
    /// Product lines.
    pub product_lines: Option<ReferencePath>,
    /// Ordered pattern rules.
    pub category_rules: Option<ReferencePath>,
    /// The partners.
    pub partners: ReferencePath,
    /// The crosswalk of locations.
    pub locations: ReferencePath,
    /// Names of partners in feeds without location ids.
    pub aliases: Option<ReferencePath>,
    /// Decided work lists of unknown partners.
    pub partner_decisions: Vec<ReferencePath>,
    /// Decided work lists of unmapped products.
    pub product_decisions: Vec<ReferencePath>,
    /// The senders' own totals.
    pub control_totals: Option<ReferencePath>,
    /// Headquarters of partners, by dates.
    pub headquarters: Option<ReferencePath>,
    /// Exchange rates.
    pub fx: ReferencePath,
    /// Approved exceptions.
    pub exceptions: Option<ReferencePath>,
    /// Adjustments.
    pub adjustments: Option<ReferencePath>,
}

/// Rules of attachment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttachPolicy {
    /// Days after the hardware's date.
    pub window_days: i32,
    /// Days before the hardware's date.
    pub lead_days: i32,
    /// Whether the serial rung is in use.
    pub serial: bool,
    /// Whether the invoice rung is in use.
    pub invoice: bool,
    /// Whether the order rung is in use: both of its passes, purchase order and sales order.
    pub order: bool,
    /// Whether the customer rung is in use.
    pub customer: bool,
    /// Whether the pool rung is in use.
    pub pool: bool,
    /// Who is credited with what is attached.
    pub credit: Credit,
}

/// Rules of the benchmark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BenchmarkPolicy {
    /// Who forms it.
    pub population: Population,
    /// Contributors below which a cell takes the rate of the next level up.
    pub min_partners: u32,
    /// Which services count.
    pub services: ServicesScope,
    /// Whose windows count.
    pub windows: WindowScope,
    /// Dimensions of the cells, in their order, category first.
    pub cells: Vec<CellDimension>,
    /// Lower bounds of the price bands above the first, in cents for one unit, rising.
    pub price_bands: Vec<i64>,
}

/// Lines and floors of the verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerdictPolicy {
    /// The measure that decides.
    pub measure: MeasureName,
    /// PRI at or above this is `at`.
    pub at: Threshold,
    /// PRI at or above this is `near`.
    pub near: Threshold,
    /// Net hardware units below which a partner is not assessed.
    pub min_hardware_units: i64,
    /// Net hardware revenue below which a partner is not assessed, in cents.
    pub min_hardware_amount: i64,
    /// Confidence of every interval, in parts per million.
    pub confidence_ppm: i64,
    /// Share of a partner's money that may be quarantined or unmapped, in parts per million.
    pub max_open_ppm: i64,
    /// Named levels of the index, rising.
    pub tiers: Vec<Tier>,
    /// Floors of the safe harbour.
    pub safe_harbor: Option<SafeHarbor>,
}

impl VerdictPolicy {
    /// Confidence of every interval, between 0 and 1.
    pub fn confidence(&self) -> f64 {
        self.confidence_ppm as f64 / 1e6
    }
}

/// A named level of the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tier {
    /// Its code in tables.
    pub id: String,
    /// PRI from which it is reached.
    pub from: Threshold,
}

/// Floors above which a partner is in the safe harbour, in cents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SafeHarbor {
    /// Net hardware revenue of the period.
    pub min_hardware_amount: i64,
    /// Services revenue that counts.
    pub min_services_amount: i64,
}

/// A rule of what to do.
#[derive(Debug, Clone)]
pub struct ActionRule {
    /// Its code in tables.
    pub id: String,
    /// What to do, in plain words.
    pub text: String,
    /// When it fits.
    pub when: WhenSection,
    /// Days after the as-of date by which the partner is to have recovered.
    pub recovery_days: Option<u32>,
}

/// Conditions without which nothing is published, in parts per million.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GatePolicy {
    /// Largest share of a feed's records that may be quarantined.
    pub max_quarantined_ppm: i64,
    /// Largest share of all money that may be on unmapped products.
    pub max_unmapped_ppm: i64,
    /// Largest difference between a sender's own total and what was read.
    pub max_control_difference_ppm: i64,
    /// Largest difference between packs sold in a month and packs registered in it.
    pub max_registration_difference_ppm: i64,
}

/// An earlier published run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierRun {
    /// Its manifest relative to the pipeline file's folder.
    pub relative: String,
    /// Its folder.
    pub folder: PathBuf,
    /// SHA-256 of its manifest, which has the hash of everything else in it.
    pub sha256: [u8; 32],
}

/// An earlier run's call list.
#[derive(Debug, Clone)]
pub struct EarlierOutreach {
    /// Relative to the pipeline file's folder.
    pub relative: String,
    /// The workbook.
    pub path: PathBuf,
    /// SHA-256 of it.
    pub sha256: [u8; 32],
    /// How it is read.
    pub layout: Layout,
}

/// How the outputs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublishPolicy {
    /// End customers and serials in tables.
    pub customers: CustomerDisclosure,
    /// Which readers the tables are written for.
    pub compatibility: Compatibility,
    /// Whether the data is invented.
    pub is_synthetic: bool,
    /// Number of partner parts.
    pub parts: u16,
}
