//! What a case file is made of: everything about one partner, and of the market what may be shown to it.

use super::summary::LineSummary;
use crate::config::file::MeasureName;
use crate::publish::report::model::Reviewed;
use crate::stages::assess::{Figures, NotAssessed, OpenUnits, Plan, Verdict};
use crate::stages::disclosure::Disclosure;
use std::collections::BTreeMap;

/// What is the same for every partner of a run.
#[derive(Debug, Clone)]
pub struct Run {
    /// Id of the run.
    pub run_id: String,
    /// The pipeline's title.
    pub title: String,
    /// First day of the period, last day, and the day the data was cut.
    pub days: [i32; 3],
    /// Reporting currency.
    pub currency: String,
    /// Whether the data is invented.
    pub is_synthetic: bool,
    /// The measure that decides.
    pub measure: MeasureName,
    /// The near line and the upper line as they are written.
    pub lines: [String; 2],
    /// Names of the categories, in their order.
    pub categories: Vec<String>,
    /// Confidence of the intervals in percent.
    pub confidence: String,
    /// First days of the quarters.
    pub quarters: Vec<i32>,
}

/// A partner's case. Figures are of the measure that decides: cents, or units with expected units in millionths.
#[derive(Debug, Clone)]
pub struct Case {
    /// Id of the partner.
    pub partner_id: String,
    /// Its name; any text.
    pub name: String,
    /// Its country.
    pub country: String,
    /// Stem of its files.
    pub stem: String,
    /// The verdict.
    pub verdict: Verdict,
    /// Why there is none.
    pub not_assessed: Option<NotAssessed>,
    /// The totals.
    pub totals: Figures,
    /// The index as it is shown.
    pub index: Option<String>,
    /// What is missing to the near line and to the upper line: cents, or units.
    pub gaps: [i64; 2],
    /// Packs to both lines by category, where money decides.
    pub packs: BTreeMap<u16, [i64; 2]>,
    /// The day by which the partner is to have recovered.
    pub recovery_due: Option<i32>,
    /// Whether no decision rests on the index yet.
    pub is_on_hold: bool,
    /// Open records that may be the partner's: their number and money.
    pub open: (u64, i64),
    /// What of the market may be shown.
    pub disclosure: Disclosure,
    /// The cells, by category.
    pub cells: Vec<CaseCell>,
    /// Whether the verdict is conclusive.
    pub is_conclusive: bool,
    /// The interval of the index, as it is shown.
    pub interval: Option<[String; 2]>,
    /// Orders behind the index.
    pub orders: u64,
    /// Other rules: code and verdict.
    pub readings: Vec<(String, Verdict)>,
    /// Exceptions and corrections.
    pub reviewed: Reviewed,
    /// The lines summed up.
    pub summary: LineSummary,
    /// Packs and money of other sellers on the partner's hardware.
    pub others_packs: (i64, i64),
    /// Hardware without a Care Pack whose window is open.
    pub open_units: Vec<OpenUnits>,
    /// The plan to the near line and to the upper line; none where its prices may not be shown.
    pub plans: Option<[Plan; 2]>,
    /// By quarter and category, hardware and services.
    pub quarters: Vec<BTreeMap<u16, (i64, i64)>>,
}

/// A partner's cell.
#[derive(Debug, Clone)]
pub struct CaseCell {
    /// Index into the categories.
    pub category: u16,
    /// What tells it from others of its category: country and more, as codes; empty where there is nothing.
    pub place: String,
    /// Whether the hardware's window is open; none where cells do not tell.
    pub is_open: Option<bool>,
    /// Whether the rate is taken from a wider group.
    pub is_wider: bool,
    /// Hardware, services and expected services.
    pub figures: Figures,
}

impl Case {
    /// Whether figures that rest on the market are shown.
    pub fn shows_market(&self) -> bool {
        self.not_assessed.is_none() && !self.disclosure.is_withheld
    }

    /// The rows that are shown of the market: single categories, then those that stand together, with the sums of each.
    pub fn lines(&self) -> Vec<MarketLine> {
        let sum = |categories: &[u16]| {
            let own = self.cells.iter().filter(|cell| categories.contains(&cell.category));
            own.fold(Figures::default(), |sum, cell| Figures {
                hardware: sum.hardware + cell.figures.hardware,
                services: sum.services + cell.figures.services,
                expected: sum.expected + cell.figures.expected,
            })
        };
        let single = self.disclosure.shown.iter().map(|shown| (vec![shown.category], shown.has_cells));
        let together = Some((self.disclosure.together.clone(), false)).filter(|(categories, _)| !categories.is_empty());
        single
            .chain(together)
            .map(|(categories, has_cells)| MarketLine { figures: sum(&categories), categories, has_cells })
            .collect()
    }
}

/// What is shown of the market in one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarketLine {
    /// The categories that stand together.
    pub categories: Vec<u16>,
    /// Whether the cells may be shown one by one.
    pub has_cells: bool,
    /// Sums over the categories.
    pub figures: Figures,
}

impl MarketLine {
    /// Expected less sold, in the unit of the expected.
    pub fn shortfall(&self, measure: MeasureName) -> i64 {
        self.figures.expected - self.figures.services * scale(measure)
    }
}

/// What turns services into the unit of expected services.
pub fn scale(measure: MeasureName) -> i64 {
    match measure {
        MeasureName::Revenue => 1,
        MeasureName::Units => crate::stages::benchmark::UNIT_SCALE,
    }
}
