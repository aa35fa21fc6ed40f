//! A partner's own list against a run: for a person as text, for programs as CSV and JSON.

mod export;
mod text;

pub use export::{csv, json};
pub use text::text;

use crate::publish::report::format::ratio;
use crate::stages::reconcile::{Field, Sale};

/// The answer.
#[derive(Debug, Clone)]
pub struct Reconciliation {
    /// Id of the run.
    pub run_id: String,
    /// Partner.
    pub partner_id: String,
    /// Its name.
    pub partner_name: String,
    /// The partner's list, as it was named.
    pub list: String,
    /// How far serials are compared.
    pub serials: SerialsCompared,
    /// Lines and rows, each in exactly one entry: matched, different, not in the list, dropped, not in the run.
    pub entries: Vec<Entry>,
    /// Rows of the list that cannot be read.
    pub quarantined: Vec<QuarantinedRow>,
    /// Lines of the list that are no rows by its declaration.
    pub passed_over: u64,
    /// Adjustments that were proposed, where they were asked for.
    pub proposed: Option<usize>,
    /// What all differences together do to the index, where it was asked for.
    pub effect: Option<Effect>,
}

/// How far serials are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SerialsCompared {
    /// Each: the run has a list of the partner's lines, and the list has serials.
    Each,
    /// How many a line has: the run has no list of the partner's lines.
    Counts,
    /// Nothing: the partner's list has no serials.
    Nothing,
}

impl SerialsCompared {
    /// Its code in JSON.
    pub fn code(self) -> &'static str {
        match self {
            Self::Each => "each",
            Self::Counts => "counts",
            Self::Nothing => "nothing",
        }
    }
}

/// The index before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect {
    /// In the run.
    pub before: Standing,
    /// In the same run with the differences applied.
    pub after: Standing,
    /// Differences that no adjustment can mend, which are not in it.
    pub left_out: usize,
}

/// Where a partner stands, by the measure that decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Verdict.
    pub verdict: String,
    /// Services: cents, or millionths of a unit.
    pub services: i128,
    /// Expected, likewise.
    pub expected: i128,
}

impl Standing {
    /// The index with four decimals; a dash where nothing is expected.
    pub fn index(&self) -> String {
        if self.expected > 0 { ratio(self.services, self.expected).to_string() } else { "–".to_owned() }
    }
}

/// A line, a row, or both.
#[derive(Debug, Clone)]
pub struct Entry {
    /// What became of it.
    pub class: Class,
    /// The run's line.
    pub line: Option<RunLine>,
    /// The list's row.
    pub row: Option<ListRow>,
    /// Where the two differ.
    pub differences: Vec<Field>,
    /// Where the partner stands if only this difference is applied, where it was asked for.
    pub alone: Option<Standing>,
}

impl Entry {
    /// Whether the two sides disagree.
    pub fn differs(&self) -> bool {
        matches!(self.class, Class::Different | Class::NotInList | Class::NotInRun)
    }
}

/// A line of the run.
#[derive(Debug, Clone)]
pub struct RunLine {
    /// Its id.
    pub id: i64,
    /// What it says.
    pub sale: Sale,
    /// Path of its file, relative to the pipeline file.
    pub path: String,
    /// Its physical line.
    pub line: u64,
}

/// A row of the list.
#[derive(Debug, Clone)]
pub struct ListRow {
    /// Member of the archive, worksheet, or both; empty where the list has no parts.
    pub section: String,
    /// Its physical line.
    pub line: u64,
    /// What it says.
    pub sale: Sale,
}

/// A row that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuarantinedRow {
    /// Member of the archive, worksheet, or both; empty where the list has no parts.
    pub section: String,
    /// Its physical line.
    pub line: u64,
    /// Why, in words.
    pub reason: String,
}

/// What became of a line or a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// In both, and equal.
    Matched,
    /// In both, and not equal.
    Different,
    /// In the run alone.
    NotInList,
    /// In the run alone, where an adjustment has dropped it: both sides agree.
    Dropped,
    /// In the list alone.
    NotInRun,
}

impl Class {
    /// Every one.
    pub const ALL: [Self; 5] = [Self::Matched, Self::Different, Self::NotInList, Self::Dropped, Self::NotInRun];

    /// Its code in CSV and JSON.
    pub fn code(self) -> &'static str {
        match self {
            Self::Matched => "matched",
            Self::Different => "different",
            Self::NotInList => "not_in_list",
            Self::Dropped => "dropped",
            Self::NotInRun => "not_in_run",
        }
    }

    /// In words.
    fn label(self) -> &'static str {
        match self {
            Self::Matched => "in both, and equal",
            Self::Different => "in both, and different",
            Self::NotInList => "in the run alone",
            Self::Dropped => "dropped by an adjustment, and not in the list",
            Self::NotInRun => "in the list alone",
        }
    }
}

impl Reconciliation {
    /// Number of entries of a class, their units in the run and in the list.
    pub fn sums(&self, class: Class) -> (usize, i64, i64) {
        let of_class = || self.entries.iter().filter(move |entry| entry.class == class);
        let run = of_class().filter_map(|entry| entry.line.as_ref()).map(|line| line.sale.quantity).sum();
        let list = of_class().filter_map(|entry| entry.row.as_ref()).map(|row| row.sale.quantity).sum();
        (of_class().count(), run, list)
    }
}
