//! One partner's index worked out step by step, as plain text for a terminal.

mod sections;

use super::terminal::Page;
use crate::config::plan::Threshold;
use crate::reference::Partner;
use crate::stages::assess::{NotAssessed, Verdict};

/// Everything that is worked out about one partner.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// Id and title of the run.
    pub run: (String, String),
    /// First and last day of the period and the as-of date, ISO.
    pub days: [String; 3],
    /// Reporting currency.
    pub currency: String,
    /// Whether the units decide.
    pub by_units: bool,
    /// The lines, near first.
    pub lines: [Threshold; 2],
    /// Least hardware units and hardware money, cents, of an assessed partner.
    pub floors: (i128, i128),
    /// Who.
    pub partner: Partner,
    /// Its cells, sorted by category and maturity.
    pub cells: Vec<Cell>,
    /// Sums over the cells, in cents.
    pub revenue: Figures,
    /// Sums over the cells, in units and millionths.
    pub units: Figures,
    /// The verdict.
    pub verdict: Verdict,
    /// Why there is none.
    pub not_assessed: Option<NotAssessed>,
    /// What is missing to each line.
    pub gaps: [Gap; 2],
    /// What was attached, by rung.
    pub rungs: Vec<Sum>,
    /// Packs that cover hardware which another partner sold.
    pub elsewhere: Sum,
    /// Care Packs on hardware that an exception takes out.
    pub excepted: Sum,
    /// What was not attached, by reason.
    pub left_over: Vec<Sum>,
    /// Lines of unmapped products and their money.
    pub unmapped: (u64, i128),
    /// Money of products that are neither hardware nor services.
    pub other_amount: i128,
}

/// Hardware, services and expected services: cents, or units, units and millionths of a unit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// Hardware.
    pub hardware: i128,
    /// Services.
    pub services: i128,
    /// Expected services.
    pub expected: i128,
}

/// The rate of a cell, of which nothing is rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Code of the level.
    pub level: &'static str,
    /// Services of the level.
    pub services: i64,
    /// Hardware of the level; 0 where no level is usable.
    pub hardware: i64,
    /// Partners with hardware at the level.
    pub contributors: u64,
}

/// One cell of the partner.
#[derive(Debug, Clone)]
pub struct Cell {
    /// Name of the category.
    pub category_name: String,
    /// `closed` or `open`.
    pub maturity: String,
    /// By money.
    pub revenue: Figures,
    /// By units.
    pub units: Figures,
    /// The rates by money and by units; none for a partner outside the population.
    pub rates: Option<[Rate; 2]>,
}

/// What is missing to a line.
#[derive(Debug, Clone, Default)]
pub struct Gap {
    /// Cents, or millionths of a unit where the units decide: what is shared over the categories.
    pub shared: i128,
    /// Cents.
    pub amount: i128,
    /// Packs.
    pub packs: i128,
    /// Sum of the positive shortfalls.
    pub shortfall: i128,
    /// By category, those with a positive shortfall.
    pub shares: Vec<Share>,
}

/// A category's share of a gap.
#[derive(Debug, Clone)]
pub struct Share {
    /// Name of the category.
    pub category_name: String,
    /// Cents, or millionths of a unit where the units decide.
    pub shortfall: i128,
    /// Attached money and packs of the market.
    pub price: Option<(i128, i128)>,
    /// Packs.
    pub packs: i128,
}

/// Packs and money under a code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sum {
    /// Rung or reason.
    pub code: &'static str,
    /// Packs.
    pub packs: i128,
    /// Cents.
    pub amount: i128,
}

/// Lays the text out, at most 100 columns wide.
pub fn text(explanation: &Explanation) -> String {
    let mut page = Page::default();
    sections::who(&mut page, explanation);
    sections::cells(&mut page, explanation);
    sections::index(&mut page, explanation);
    sections::verdict(&mut page, explanation);
    sections::gaps(&mut page, explanation);
    sections::packs(&mut page, explanation);
    page.into_text()
}
