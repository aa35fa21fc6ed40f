//! What a partner's page shows of evidence, other rules and plans.

use crate::stages::assess::Verdict;

/// How sure a verdict is, whether it would differ under other rules, and what can be done.
#[derive(Debug, Clone, Default)]
pub struct Judgement {
    /// What to do, in plain words.
    pub action: String,
    /// The day by which the partner is to have recovered, ISO.
    pub recovery_due: Option<String>,
    /// Why no decision may rest on the index, in plain words.
    pub data_hold: Option<&'static str>,
    /// Open records: their number and money.
    pub open: (u64, i64),
    /// Quarantined records to mend, the first of them: file, line and reason.
    pub to_mend: Vec<(String, u32, &'static str)>,
    /// Whether the evidence is conclusive; `None` where there is no verdict.
    pub is_conclusive: Option<bool>,
    /// The tier that the index reaches.
    pub tier: Option<String>,
    /// Whether the partner is in the safe harbour.
    pub is_safe_harbor: bool,
    /// Confidence of the intervals in percent, `95`.
    pub confidence: String,
    /// Orders with hardware that counts.
    pub orders: u64,
    /// The intervals of the deciding index.
    pub intervals: Vec<IntervalRow>,
    /// The verdict under every other rule.
    pub readings: Vec<ReadingRow>,
    /// Whether every reading has the same verdict.
    pub is_robust: bool,
    /// The plain rate of the partner and of the market, and what mix and selling explain of the difference, in percent and percentage points.
    pub effects: Option<Effects>,
    /// Uncovered units whose window is open.
    pub open_units: i64,
    /// The plan to the near line and to the market.
    pub plans: Vec<PlanTable>,
}

/// One interval of the deciding index, as shown.
#[derive(Debug, Clone)]
pub struct IntervalRow {
    /// By which rates or orders, in plain words.
    pub name: &'static str,
    /// The index at these rates.
    pub index: String,
    /// Lower limit.
    pub lower: String,
    /// Upper limit.
    pub upper: String,
    /// Whether it decides, or is shown only.
    pub decides: bool,
}

/// The verdict under another rule.
#[derive(Debug, Clone)]
pub struct ReadingRow {
    /// Code of the rule, `leave_one_out` …
    pub code: String,
    /// The index as it is shown; none where nothing is expected.
    pub pri_display: Option<String>,
    /// The verdict.
    pub verdict: Verdict,
    /// Whether it is the partner's verdict.
    pub is_same: bool,
}

/// What explains the difference between a partner's plain rate and the market's.
#[derive(Debug, Clone)]
pub struct Effects {
    /// Services ÷ hardware of the partner, percent.
    pub own: String,
    /// Services ÷ hardware of the market, percent.
    pub market: String,
    /// What the mix explains, percentage points.
    pub mix: String,
    /// What selling explains, percentage points.
    pub selling: String,
}

/// A plan to one line.
#[derive(Debug, Clone)]
pub struct PlanTable {
    /// The line, `near` or `at`.
    pub line: &'static str,
    /// The line as a decimal text.
    pub threshold: String,
    /// What to sell.
    pub packs: Vec<PlannedRow>,
    /// What stays missing when all open hardware is covered: cents, or units where the units decide.
    pub missing: i64,
    /// The last day on which the line can still be reached, ISO; none where it cannot.
    pub possible_until: Option<String>,
}

impl PlanTable {
    /// Categories that a page shows.
    const SHOWN: usize = 8;

    /// The categories that a page shows.
    pub fn shown(&self) -> &[PlannedRow] {
        &self.packs[..self.packs.len().min(Self::SHOWN)]
    }

    /// How many more there are.
    pub fn hidden(&self) -> usize {
        self.packs.len().saturating_sub(Self::SHOWN)
    }
}

/// Packs of one category to sell.
#[derive(Debug, Clone)]
pub struct PlannedRow {
    /// Category name.
    pub category_name: String,
    /// Packs.
    pub packs: i64,
    /// What they are worth at the market's mean price.
    pub worth_amount: i64,
    /// The last day on which all of them still find hardware, ISO.
    pub sell_by: String,
}
