//! The parts of a case file's page, as its template lays them out.

use crate::publish::report::bars::{DivergingBar, Gauge};

/// A page. Every text is plain: the template escapes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Language of the page, `en`.
    pub language: String,
    /// `ltr` or `rtl`.
    pub direction: String,
    /// Title of the window.
    pub title: String,
    /// Above the heading: the program.
    pub eyebrow: String,
    /// Name of the partner.
    pub heading: String,
    /// That the data is invented, where it is.
    pub synthetic: Option<String>,
    /// What the page is about: label and value.
    pub meta: Vec<(String, String)>,
    /// The one sentence.
    pub lede: String,
    /// What follows from it.
    pub notes: Vec<String>,
    /// The index on a line between the thresholds.
    pub gauge: Option<GaugeChart>,
    /// The main figures.
    pub facts: Vec<(String, String)>,
    /// The sections.
    pub sections: Vec<Section>,
    /// At the foot: label and value.
    pub footer: Vec<(String, String)>,
}

/// The index on a line between the thresholds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GaugeChart {
    /// What it says.
    pub title: String,
    /// Places.
    pub bar: Gauge,
    /// Whether the index is below the lower line.
    pub is_short: bool,
    /// The index.
    pub value: String,
    /// Labels of the lower and the upper line.
    pub labels: [String; 2],
}

/// A section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Its heading.
    pub heading: String,
    /// What stands in it.
    pub blocks: Vec<Block>,
}

/// A part of a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A paragraph.
    Text(String),
    /// Numbered steps.
    Steps(Vec<String>),
    /// A text for machines.
    Code(String),
    /// A table.
    Table(Table),
    /// Sold beside expected by quarter.
    Trend(Trend),
}

/// A table; its caption says the finding.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// The caption.
    pub caption: String,
    /// Labels of the columns; the first is text, the others are numbers unless their cells say otherwise.
    pub columns: Vec<Column>,
    /// The rows.
    pub rows: Vec<Vec<Cell>>,
    /// The last row, a sum.
    pub foot: Vec<Cell>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its label.
    pub label: String,
    /// How its cells stand.
    pub kind: ColumnKind,
}

/// How the cells of a column stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// To the left.
    Text,
    /// To the right.
    Number,
    /// A bar between what is missing and what is over.
    Bar,
}

/// A cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Text, and a small text below it.
    Text(String, String),
    /// A number as it is shown.
    Number(String),
    /// A bar.
    Bar(DivergingBar),
}

impl Cell {
    /// Text alone.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into(), String::new())
    }
}

impl Table {
    /// A table whose first columns are text and whose others are numbers.
    pub fn new(caption: String, texts: Vec<String>, numbers: Vec<String>) -> Self {
        let column = |kind| move |label| Column { label, kind };
        let columns = texts.into_iter().map(column(ColumnKind::Text)).chain(numbers.into_iter().map(column(ColumnKind::Number)));
        Self { caption, columns: columns.collect(), ..Self::default() }
    }
}

/// Sold beside expected by quarter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trend {
    /// What it says.
    pub title: String,
    /// The quarters, in their order.
    pub columns: Vec<TrendColumn>,
    /// Labels of sold, of expected and of the band.
    pub legend: [String; 3],
}

/// Width of a trend's view box.
pub const TREND_WIDTH: i64 = 360;
/// Height of its bars.
pub const TREND_HEIGHT: i64 = 120;

/// One quarter of a trend: places in the view box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrendColumn {
    /// Left edge.
    pub x: i64,
    /// Width.
    pub width: i64,
    /// Height of what was sold.
    pub sold: i64,
    /// Height of what was expected.
    pub expected: i64,
    /// Heights of the near line and of the upper line.
    pub band: [i64; 2],
    /// Whether less was sold than expected.
    pub is_short: bool,
    /// Number of the quarter.
    pub label: String,
}

impl TrendColumn {
    /// The baseline.
    pub fn base(&self) -> i64 {
        TREND_HEIGHT + 10
    }

    /// The middle.
    pub fn middle(&self) -> i64 {
        self.x + self.width / 2
    }
}
