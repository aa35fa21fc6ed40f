//! What the site shows. Every amount is in cents of the reporting currency unless it names another currency.

pub use super::model_judgement::*;
pub use super::model_partner::*;
use crate::publish::diff::Diff;
pub use crate::stages::assess::Verdict;

/// The pages that describe a whole run.
#[derive(Debug, Clone)]
pub struct Site {
    /// Which run this is.
    pub run: RunInfo,
    /// Sums over the run.
    pub overview: Overview,
    /// The limits of the funnel.
    pub funnel: Funnel,
    /// What has changed since an earlier run, where one was named: the partners whose verdict is another.
    pub changes: Option<Diff>,
    /// Every partner, in any order.
    pub partners: Vec<PartnerRow>,
    /// Every benchmark cell, sorted by category, country and maturity.
    pub cells: Vec<CellRow>,
    /// Where the data came from and what happened to it.
    pub quality: Quality,
    /// The rules and parameters of the run.
    pub method: Method,
}

/// Where the index of a partner at benchmark lies by chance, over all sizes.
#[derive(Debug, Clone, Default)]
pub struct Funnel {
    /// Confidence of the inner limits in percent, `95`.
    pub confidence: String,
    /// Confidence of the outer limits in percent, `99.8`.
    pub outer_confidence: String,
    /// The limits, by size.
    pub limits: Vec<FunnelLimits>,
    /// Partners from whom the spread between partners is estimated.
    pub spread_partners: u64,
}

/// Lower and upper limits at one effective expected count.
#[derive(Debug, Clone, Copy)]
pub struct FunnelLimits {
    /// The count.
    pub expected: f64,
    /// Exact, at the inner confidence.
    pub exact: [f64; 2],
    /// Exact, at the outer confidence.
    pub outer: [f64; 2],
    /// With the spread between partners, at the inner confidence.
    pub spread: [f64; 2],
}

/// Identity of a run.
#[derive(Debug, Clone)]
pub struct RunInfo {
    /// Name of the run's folder.
    pub run_id: String,
    /// The pipeline's title.
    pub title: String,
    /// Version of the program.
    pub tool_version: String,
    /// The day the data was cut, ISO.
    pub as_of: String,
    /// First day of the period, ISO.
    pub period_from: String,
    /// Last day of the period, ISO.
    pub period_to: String,
    /// Reporting currency, ISO 4217.
    pub currency: String,
    /// Whether the data is invented, as the pipeline file declares.
    pub is_synthetic: bool,
}

/// Sums over the run.
#[derive(Debug, Clone)]
pub struct Overview {
    /// One entry per verdict.
    pub verdicts: Vec<VerdictCount>,
    /// Hardware of the period.
    pub hardware_amount: i64,
    /// Services that count.
    pub services_amount: i64,
    /// Services that were sold and are attached to no hardware.
    pub unattached_services_amount: i64,
    /// Expected services.
    pub expected_amount: i64,
    /// Expected minus actual: 0 unless cells took the rate of a higher level.
    pub expected_minus_actual: i64,
    /// Net hardware units.
    pub hardware_units: i64,
    /// Hardware units that a service covers.
    pub attached_units: i64,
    /// What chance could have done to the verdicts.
    pub chance: Chance,
}

/// What chance could have done to the verdicts of a run.
#[derive(Debug, Clone, Default)]
pub struct Chance {
    /// Confidence of the intervals in percent, `95`.
    pub confidence: String,
    /// Partners that are conclusively below the near line.
    pub below: u64,
    /// About how many average partners would be among them by chance, or fewer: the assessed partners times half of what the confidence leaves.
    pub by_chance: String,
    /// Of the conclusively below, those that still are at a confidence of 99.8 %.
    pub below_strictly: u64,
    /// Verdicts that every reading shares.
    pub robust: u64,
    /// How much more the indexes of partners differ than chance explains: 1 where chance explains all. None with too few partners.
    pub spread: Option<String>,
}

/// Partners and money of one verdict.
#[derive(Debug, Clone)]
pub struct VerdictCount {
    /// The verdict.
    pub verdict: Verdict,
    /// Partners with it.
    pub partners: u64,
    /// Their hardware.
    pub hardware_amount: i64,
    /// Their services that count.
    pub services_amount: i64,
    /// Their expected services.
    pub expected_amount: i64,
    /// What they miss to reach the near line.
    pub gap_amount: i64,
}

/// A partner's part of a cell.
#[derive(Debug, Clone)]
pub struct Contributor {
    /// Its name.
    pub name: String,
    /// File of its page from the site's root.
    pub page: String,
    /// Its hardware in the cell.
    pub hardware_amount: i64,
}

/// One benchmark cell.
#[derive(Debug, Clone)]
pub struct CellRow {
    /// Category code.
    pub category: String,
    /// Category name.
    pub category_name: String,
    /// Country code.
    pub country: String,
    /// `closed` or `open`.
    pub maturity: String,
    /// Hardware of the population.
    pub hardware_amount: i64,
    /// Services of the population that count.
    pub services_amount: i64,
    /// Partners of the population with hardware in this cell.
    pub contributors: u64,
    /// Level the rate is taken from.
    pub level: String,
    /// Numerator of the rate used.
    pub rate_services: i64,
    /// Denominator of the rate used.
    pub rate_hardware: i64,
    /// Net hardware units.
    pub hardware_units: i64,
    /// Units that a service covers.
    pub attached_units: i64,
    /// Its contributors with most hardware, the largest first.
    pub largest: Vec<Contributor>,
}

/// Where the data came from and what happened to it.
#[derive(Debug, Clone)]
pub struct Quality {
    /// Raw files, sorted by feed and path.
    pub files: Vec<FileRow>,
    /// Quarantined records by reason.
    pub quarantine: Vec<ReasonCount>,
    /// Findings by code.
    pub findings: Vec<ReasonCount>,
    /// Conditions of publication.
    pub gates: Vec<GateRow>,
    /// Exceptions and adjustments, proposals included.
    pub reviewed: Reviewed,
    /// Expected files that have not come; none where no feed has an expected calendar.
    pub missing_files: Option<Vec<MissingFileRow>>,
    /// Products that no rule knows, largest money first, at most 200.
    pub unmapped: Vec<UnmappedRow>,
    /// Locations that no partner owns, at most 200.
    pub unknown_partners: Vec<UnknownPartnerRow>,
}

/// One raw file.
#[derive(Debug, Clone)]
pub struct FileRow {
    /// Feed.
    pub feed: String,
    /// Path of the file below the pipeline's folder.
    pub path: String,
    /// `sales` or `registrations`.
    pub kind: String,
    /// In, accepted, duplicate, superseded, quarantined.
    pub accounts: [Account; 5],
    /// Records without a readable quantity or amount.
    pub unvalued_records: u64,
}

/// Records, units and money of one outcome.
#[derive(Debug, Clone, Default)]
pub struct Account {
    /// Records.
    pub records: u64,
    /// Units.
    pub units: i64,
    /// Currency and cents of that currency.
    pub amounts: Vec<(String, i64)>,
}

/// An expected file that has not come.
#[derive(Debug, Clone)]
pub struct MissingFileRow {
    /// Feed.
    pub feed: String,
    /// The sender, where the names of files tell it.
    pub sender: String,
    /// First day of the period, ISO.
    pub from: String,
    /// Last day of the period, ISO.
    pub to: String,
    /// Partners with a line from this sender in the last 12 months.
    pub partners: u64,
}

/// How often a reason occurred.
#[derive(Debug, Clone)]
pub struct ReasonCount {
    /// Reason code.
    pub code: String,
    /// What it means, a plain sentence.
    pub meaning: String,
    /// Records.
    pub records: u64,
    /// A place, `DISTA_202610_v1.csv line 17`.
    pub example: String,
}

/// A condition of publication.
#[derive(Debug, Clone)]
pub struct GateRow {
    /// Name.
    pub gate: String,
    /// Whether it held.
    pub passed: bool,
    /// What was measured.
    pub measured: String,
    /// The limit.
    pub limit: String,
    /// What it means, a plain sentence.
    pub meaning: String,
}

/// A product that no rule knows.
#[derive(Debug, Clone)]
pub struct UnmappedRow {
    /// Base SKU.
    pub sku: String,
    /// A sender's description.
    pub description: String,
    /// Lines.
    pub lines: u64,
    /// Amount.
    pub amount: i64,
    /// Partners that sold it.
    pub partners: u64,
}

/// A location that no partner owns.
#[derive(Debug, Clone)]
pub struct UnknownPartnerRow {
    /// Feed.
    pub feed: String,
    /// Location id in the feed.
    pub location: String,
    /// Lines.
    pub lines: u64,
    /// Units.
    pub units: i64,
    /// Cents of the reporting currency.
    pub amount: i64,
}

/// The rules and parameters of the run.
#[derive(Debug, Clone)]
pub struct Method {
    /// Key as in the pipeline file, value, what it means.
    pub parameters: Vec<(String, String, String)>,
    /// Path and SHA-256 of each reference table.
    pub references: Vec<(String, String)>,
    /// Lines and floors of the verdict.
    pub thresholds: Thresholds,
    /// How often the policy calls a partner wrongly, by simulation.
    pub calibration: CalibrationTable,
}

/// How often the policy calls a partner wrongly, by size.
#[derive(Debug, Clone, Default)]
pub struct CalibrationTable {
    /// The index of a partner that should not be called below.
    pub sound_index: String,
    /// The index of a partner that should be.
    pub poor_index: String,
    /// Simulated partners of each size, and the seed.
    pub replications: (u64, u64),
    /// By size: the size, partners of that size that were looked at, and in percent: sound ones called below, and conclusively; poor ones missed, and not called
    /// conclusively.
    pub rows: Vec<(String, u64, [String; 4])>,
}

/// Lines and floors of the verdict.
#[derive(Debug, Clone)]
pub struct Thresholds {
    /// The upper line as a decimal text, `1.00`.
    pub at: String,
    /// The lower line as a decimal text, `0.75`.
    pub near: String,
    /// A partner with fewer net hardware units is not assessed.
    pub min_hardware_units: i64,
    /// A partner with less net hardware money is not assessed; cents.
    pub min_hardware_amount: i64,
    /// The measure that decides, `revenue` or `units`.
    pub measure: String,
}

impl Thresholds {
    /// Whether units decide instead of money.
    pub fn by_units(&self) -> bool {
        self.measure == "units"
    }
}
