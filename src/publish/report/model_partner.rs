//! What the site shows of one partner. Every amount is in cents of the reporting currency unless it names another currency.

use super::model::Thresholds;
use super::model_judgement::Judgement;
use crate::stages::assess::Verdict;

/// How sure a verdict is, in the order in which partners are listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Neither chance nor the partner's own share of the market explains it.
    Conclusive,
    /// Chance alone could explain it.
    #[default]
    MayBeChance,
    /// Open records or a missing feed could move it.
    OnHold,
}

impl Standing {
    /// The words that a reader sees.
    pub fn label(self) -> &'static str {
        match self {
            Self::Conclusive => "conclusive",
            Self::MayBeChance => "may be chance",
            Self::OnHold => "on hold: mend data",
        }
    }
}

/// What is known of a case beside verdict and evidence.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flags {
    /// No decision may rest on the index.
    pub has_data_hold: bool,
    /// Hardware and services reach the floors of the safe harbour.
    pub is_safe_harbor: bool,
    /// An approved exception took lines out.
    pub has_exception: bool,
    /// Every other way of counting gives the same verdict.
    pub is_robust: bool,
}

impl Flags {
    /// Code and words of each flag, in the order of their bits.
    pub const ALL: [[&'static str; 2]; 4] = [
        ["data_hold", "data hold"],
        ["safe_harbor", "safe harbour"],
        ["exception", "exception"],
        ["robust", "same under every reading"],
    ];

    /// The flags as bits, the first the lowest.
    pub fn bits(self) -> u8 {
        let flags = [self.has_data_hold, self.is_safe_harbor, self.has_exception, self.is_robust];
        flags.iter().rev().fold(0, |bits, flag| bits << 1 | u8::from(*flag))
    }
}

/// One partner's figures.
#[derive(Debug, Clone)]
pub struct PartnerRow {
    /// Partner id.
    pub partner_id: String,
    /// Partner name; any text.
    pub name: String,
    /// Id of the headquarters.
    pub hq_id: String,
    /// Country code.
    pub country: String,
    /// Region code.
    pub region: String,
    /// The channel manager's name.
    pub manager: String,
    /// Whether the partner is in the program.
    pub is_program: bool,
    /// Where it stands.
    pub verdict: Verdict,
    /// How sure the verdict is, as the overview groups it.
    pub standing: Standing,
    /// Whether the evidence is conclusive; none where there is no verdict.
    pub is_conclusive: Option<bool>,
    /// What else is known of the case.
    pub flags: Flags,
    /// What to do, in plain words.
    pub action: String,
    /// Why it is not assessed, in plain words that complete "Partner 0042 is not assessed: …".
    pub not_assessed_reason: Option<String>,
    /// Its expected services as a count of independent decisions, by the deciding measure; none where there is no noise.
    pub effective_count: Option<f64>,
    /// By money.
    pub revenue: MeasureFigures,
    /// By units.
    pub units: MeasureFigures,
    /// Money to the near line.
    pub gap_near_amount: i64,
    /// Packs to the near line.
    pub gap_near_packs: i64,
    /// Money to the at line.
    pub gap_at_amount: i64,
    /// Packs to the at line.
    pub gap_at_packs: i64,
    /// File of the partner's page from the site's root, `partners/P0001.html`.
    pub page: String,
}

/// One measure of a partner. Revenue: cents. Units: hardware and services in units, expected in millionths of a unit.
#[derive(Debug, Clone)]
pub struct MeasureFigures {
    /// Hardware.
    pub hardware: i64,
    /// Services that count.
    pub services: i64,
    /// Expected services.
    pub expected: i64,
    /// The index as it is shown, `0.62`; none where expected is not positive.
    pub pri_display: Option<String>,
}

/// Everything on one partner's page.
#[derive(Debug, Clone)]
pub struct PartnerPage {
    /// The partner.
    pub partner: PartnerRow,
    /// Its cells.
    pub cells: Vec<PartnerCellRow>,
    /// Its categories.
    pub categories: Vec<PartnerCategoryRow>,
    /// Hardware of the population in all categories.
    pub market_hardware_amount: i64,
    /// Services that did not count, by reason.
    pub left_over: Vec<LeftOverRow>,
    /// Services that count, by the rung that attached them.
    pub rungs: Vec<RungRow>,
    /// Its data.
    pub data: PartnerData,
    /// How sure the verdict is and what follows.
    pub judgement: Judgement,
    /// Exceptions and applied adjustments of the partner.
    pub reviewed: Reviewed,
    /// Stem of the partner's case file and list of lines, where it gets them.
    pub case: Option<String>,
}

/// What persons decided about single lines.
#[derive(Debug, Clone, Default)]
pub struct Reviewed {
    /// Approved exceptions, by id.
    pub exceptions: Vec<ExceptionRow>,
    /// Adjustments, by id.
    pub adjustments: Vec<AdjustmentRow>,
}

/// An approved exception.
#[derive(Debug, Clone)]
pub struct ExceptionRow {
    /// Its id.
    pub id: String,
    /// What it takes out: scope and value.
    pub scope: String,
    /// Partner id.
    pub partner_id: String,
    /// Partner name.
    pub partner_name: String,
    /// First valid day, ISO; none is open.
    pub valid_from: Option<String>,
    /// Last valid day, ISO; none is open.
    pub valid_to: Option<String>,
    /// Why.
    pub reason: String,
    /// Who approved it.
    pub approver: String,
    /// What became of it, in plain words.
    pub status: String,
    /// Hardware lines that it takes out.
    pub lines: u64,
    /// Their units.
    pub hardware_units: i64,
    /// Their money.
    pub hardware_amount: i64,
    /// Packs that leave with them.
    pub packs: i64,
    /// Money of the packs.
    pub services_amount: i64,
}

impl ExceptionRow {
    /// Whether it is limited to some days.
    pub fn has_days(&self) -> bool {
        self.valid_from.is_some() || self.valid_to.is_some()
    }

    /// Its days in words.
    pub fn days(&self) -> String {
        match (&self.valid_from, &self.valid_to) {
            (None, None) => "always".to_owned(),
            (Some(from), None) => format!("from {from}"),
            (None, Some(to)) => format!("to {to}"),
            (Some(from), Some(to)) => format!("{from} to {to}"),
        }
    }
}

/// A reviewed row that adds, drops or re-codes a line.
#[derive(Debug, Clone)]
pub struct AdjustmentRow {
    /// Its id.
    pub id: String,
    /// `add`, `drop` or `recode`.
    pub action: &'static str,
    /// Who approved it; empty of a proposal.
    pub approver: String,
    /// Why.
    pub reason: String,
    /// On which evidence.
    pub evidence: String,
    /// The line that it drops.
    pub dropped: Option<AdjustedLineRow>,
    /// The line that it adds.
    pub added: Option<AdjustedLineRow>,
}

impl AdjustmentRow {
    /// The line dropped, then the line added.
    pub fn sides(&self) -> [Option<&AdjustedLineRow>; 2] {
        [self.dropped.as_ref(), self.added.as_ref()]
    }
}

/// A line that an adjustment adds or drops.
#[derive(Debug, Clone)]
pub struct AdjustedLineRow {
    /// Its partner.
    pub partner_id: String,
    /// Signed units.
    pub units: i64,
    /// Signed amount.
    pub amount: i64,
}

/// A partner's share of one cell.
#[derive(Debug, Clone)]
pub struct PartnerCellRow {
    /// Category code.
    pub category: String,
    /// Category name.
    pub category_name: String,
    /// Country code.
    pub country: String,
    /// `closed` or `open`.
    pub maturity: String,
    /// The partner's hardware.
    pub hardware_amount: i64,
    /// The partner's services that count.
    pub services_amount: i64,
    /// Numerator of the rate used.
    pub rate_services: i64,
    /// Denominator of the rate used.
    pub rate_hardware: i64,
    /// Level the rate is taken from: `cell`, `category_country`, `category_region`, `category`, `family`, `all`.
    pub level: String,
    /// Partners that contribute to the rate used.
    pub contributors: u64,
    /// Hardware times rate.
    pub expected_amount: i64,
    /// Expected minus services.
    pub shortfall_amount: i64,
    /// Net hardware units.
    pub hardware_units: i64,
    /// Units that a service covers.
    pub attached_units: i64,
    /// Expected units, in millionths.
    pub expected_units_micro: i64,
}

/// A partner's category.
#[derive(Debug, Clone)]
pub struct PartnerCategoryRow {
    /// Category code.
    pub category: String,
    /// Category name.
    pub category_name: String,
    /// The partner's hardware.
    pub hardware_amount: i64,
    /// The partner's services that count.
    pub services_amount: i64,
    /// Expected services.
    pub expected_amount: i64,
    /// Expected minus services.
    pub shortfall_amount: i64,
    /// Packs to sell here to reach the near line.
    pub packs_to_near: i64,
    /// Packs to sell here to reach the at line.
    pub packs_to_at: i64,
    /// Mean price of a pack, where there is one.
    pub mean_pack_amount: Option<i64>,
    /// Hardware of the population in the category.
    pub market_hardware_amount: i64,
}

/// Services that did not count.
#[derive(Debug, Clone)]
pub struct LeftOverRow {
    /// Reason code, `NO_HARDWARE` …
    pub reason: String,
    /// Units.
    pub units: i64,
    /// Amount.
    pub amount: i64,
}

/// Services attached by one rung of the ladder.
#[derive(Debug, Clone)]
pub struct RungRow {
    /// Rung, `serial` …
    pub rung: String,
    /// Units.
    pub units: i64,
    /// Amount.
    pub amount: i64,
}

/// What came in for a partner.
#[derive(Debug, Clone)]
pub struct PartnerData {
    /// Accepted sale lines.
    pub accepted_lines: u64,
    /// Lines whose product no rule knows.
    pub unmapped_lines: u64,
    /// Their amount.
    pub unmapped_amount: i64,
    /// Amount of supplies, software and accessories, which never enter an index.
    pub other_amount: i64,
}

impl PartnerRow {
    /// The figures of the measure that decides.
    pub fn deciding(&self, thresholds: &Thresholds) -> &MeasureFigures {
        if thresholds.by_units() { &self.units } else { &self.revenue }
    }
}
