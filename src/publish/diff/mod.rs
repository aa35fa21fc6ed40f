//! What changed between two runs, as text, CSV or JSON.

mod export;
mod text;

pub use export::{csv, json};
pub use text::text;

use crate::stages::assess::{Moves, Verdict};

/// What differs between an earlier and a later run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diff {
    /// Id and title of the earlier and of the later run.
    pub runs: [(String, String); 2],
    /// Reporting currency.
    pub currency: String,
    /// Parameters that differ, by key.
    pub parameters: Vec<Difference>,
    /// Reference tables that differ, by path.
    pub references: Vec<Difference>,
    /// Raw files that only the earlier run read, only the later, and both.
    pub files: [usize; 3],
    /// Partners of either run.
    pub partners_count: usize,
    /// The partners whose verdict changed, or every partner, sorted by id.
    pub partners: Vec<PartnerDiff>,
}

/// A value in both runs; none where a run has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What.
    pub key: String,
    /// In the earlier run.
    pub earlier: Option<String>,
    /// In the later run.
    pub later: Option<String>,
}

/// A partner in both runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerDiff {
    /// Its id.
    pub id: String,
    /// Its name in the later run, else in the earlier.
    pub name: String,
    /// Hardware in the later run, cents.
    pub hardware_amount: i64,
    /// The verdicts; none where a run has no such partner.
    pub verdicts: [Option<Verdict>; 2],
    /// The index after each part of the change.
    pub moves: Moves,
    /// The rows behind it by cause, in the order of [`Cause`].
    pub causes: Vec<CauseSums>,
    /// The rows with the largest effect, largest first.
    pub largest: Vec<RowChange>,
}

/// What happened to a sale row of a partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// The earlier run does not have it.
    NewRow,
    /// The later run does not have it.
    VanishedRow,
    /// It was another partner's: its location or name is mapped otherwise.
    FromOtherPartner,
    /// It is another partner's now.
    ToOtherPartner,
    /// Its kind or category is another.
    OtherCategory,
    /// Its amount or quantity is another, e.g. by another exchange rate.
    OtherAmount,
    /// An exception takes it out, or does so no longer.
    OtherException,
    /// Returns take another part of it.
    OtherReturns,
    /// Another part of it is attached.
    OtherAttachment,
    /// Its window has closed, or is open again.
    OtherMaturity,
}

impl Cause {
    /// The code in tables.
    pub fn code(self) -> &'static str {
        match self {
            Self::NewRow => "new_row",
            Self::VanishedRow => "vanished_row",
            Self::FromOtherPartner => "from_other_partner",
            Self::ToOtherPartner => "to_other_partner",
            Self::OtherCategory => "other_category",
            Self::OtherAmount => "other_amount",
            Self::OtherException => "other_exception",
            Self::OtherReturns => "other_returns",
            Self::OtherAttachment => "other_attachment",
            Self::OtherMaturity => "other_maturity",
        }
    }
}

/// The rows of one cause. Money in cents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CauseSums {
    /// The cause.
    pub cause: Cause,
    /// Rows.
    pub rows: usize,
    /// Change of net hardware money of the period.
    pub hardware_amount: i128,
    /// Change of the money of the partner's own service rows that is attached to its own hardware of the period.
    pub services_amount: i128,
}

/// One changed row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowChange {
    /// What happened.
    pub cause: Cause,
    /// The raw file, relative to the pipeline file: of the later run where it has the row.
    pub file: String,
    /// Physical line in it.
    pub line: i64,
    /// Base SKU.
    pub sku: String,
    /// Invoice; may be empty.
    pub invoice: String,
    /// The other partner of a row that changed hands.
    pub other_partner: Option<String>,
    /// Change of net hardware money of the period, cents.
    pub hardware_amount: i64,
    /// Change of attached money, cents.
    pub services_amount: i64,
}

impl PartnerDiff {
    /// Whether the verdict is another.
    pub fn is_changed(&self) -> bool {
        self.verdicts[0] != self.verdicts[1]
    }
}

/// The code of a verdict; `absent` where a run does not have the partner.
fn verdict_code(verdict: Option<Verdict>) -> &'static str {
    verdict.map_or("absent", Verdict::code)
}
