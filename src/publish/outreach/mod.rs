//! The call list: what channel managers work through, as a workbook and as one CSV file.

mod sheets;
mod text;

pub use sheets::workbook;
pub use text::csv;

/// Everything on the lists.
#[derive(Debug, Clone, Default)]
pub struct Outreach {
    /// What the run is about, in a line.
    pub title: String,
    /// Id of the run.
    pub run_id: String,
    /// The day the data was cut, days since 1970-01-01: the date that the workbook bears.
    pub as_of: i32,
    /// Reporting currency.
    pub currency: String,
    /// The near line and the market's, as decimal texts.
    pub lines: [String; 2],
    /// Whether the data is invented.
    pub is_synthetic: bool,
    /// The partners, list by list, each with the most urgent first.
    pub partners: Vec<Listed>,
    /// Exceptions and adjustments.
    pub decisions: Vec<Decision>,
    /// What managers had filled in for partners that are on no list now.
    pub gone: Vec<Gone>,
}

/// A list, in the order of the sheets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum List {
    /// Conclusively below the near line.
    Call,
    /// Below it, but chance alone could explain it.
    Advise,
    /// Open records must be mended before anything is decided.
    Mend,
    /// Near the market.
    Watch,
}

impl List {
    /// All lists.
    pub const ALL: [Self; 4] = [Self::Call, Self::Advise, Self::Mend, Self::Watch];

    /// Name of the sheet.
    pub fn label(self) -> &'static str {
        match self {
            Self::Call => "Call",
            Self::Advise => "Show the plan",
            Self::Mend => "Mend data",
            Self::Watch => "Watch",
        }
    }

    /// What the list is for.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Call => "conclusively under the near line: call, make the case and agree on a plan; the largest gap first",
            Self::Advise => {
                "under the near line, but chance alone could explain it: show the plan, decide nothing; the largest gap first"
            }
            Self::Mend => "open records could move the verdict: mend them first, decide nothing; the most open money first",
            Self::Watch => "near the market; the largest gap to the market first",
        }
    }
}

/// A partner on a list. Money in cents.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The list.
    pub list: List,
    /// Partner id.
    pub partner_id: String,
    /// Name.
    pub name: String,
    /// Headquarters.
    pub hq_id: String,
    /// Country code.
    pub country: String,
    /// Region code.
    pub region: String,
    /// The channel manager's name.
    pub manager: String,
    /// What to do, in words.
    pub action: String,
    /// The day by which the partner is to have recovered, days since 1970-01-01.
    pub recovery_due: Option<i32>,
    /// `conclusive`, `may be chance` or `no verdict`.
    pub evidence: &'static str,
    /// Other flags, in words.
    pub flags: String,
    /// The index in hundredths, as it is shown everywhere.
    pub index: Option<i64>,
    /// Expected services.
    pub expected: i64,
    /// Services that count.
    pub services: i64,
    /// Money to the near line, and to the market.
    pub gaps: [i64; 2],
    /// Packs to the near line.
    pub packs: i64,
    /// Packs of the plan on open windows to the near line.
    pub open_packs: i64,
    /// The last day on which open windows still close the gap to the near line.
    pub possible_until: Option<i32>,
    /// Money of open records.
    pub open_amount: i64,
    /// File of its page from the run's folder.
    pub page: String,
    /// What the manager filled in.
    pub filled: Filled,
}

/// An exception or adjustment.
#[derive(Debug, Clone)]
pub struct Decision {
    /// `exception` or `adjustment`.
    pub kind: &'static str,
    /// Its id.
    pub id: String,
    /// Its scope or action.
    pub code: String,
    /// What became of it.
    pub status: String,
    /// Who approved it.
    pub approver: String,
    /// Why.
    pub reason: String,
    /// On which evidence.
    pub evidence: String,
}

/// What a manager filled in for a partner that is on no list now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gone {
    /// Partner id as it stood.
    pub partner_id: String,
    /// The partner's name now, where it is known.
    pub name: String,
    /// Where it stands now, in words.
    pub standing: String,
    /// What was filled in.
    pub filled: Filled,
}

/// Columns that managers fill in, by the heading that a later run reads them back by.
pub const FILLED_COLUMNS: [&str; 6] = ["Contacted on", "Contacted by", "Answer", "Agreed plan", "Recovery date", "Notes"];
/// Heading of the column of partner ids, by which what was filled in is read back.
pub const PARTNER_COLUMN: &str = "Partner id";
/// Places of dates in [`FILLED_COLUMNS`].
pub const FILLED_DATES: [usize; 2] = [0, 4];
/// Place of the answer in [`FILLED_COLUMNS`], and what it offers.
pub const ANSWERS: (usize, [&str; 4]) = (2, ["agrees", "objects", "no answer yet", "other"]);

/// The cells that a manager fills in, in the order of [`FILLED_COLUMNS`].
pub type Filled = [Entry; FILLED_COLUMNS.len()];

/// What stands in a cell that a manager fills in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Entry {
    /// Nothing.
    #[default]
    Empty,
    /// A day, days since 1970-01-01.
    Day(i32),
    /// Text, whatever it is: a date that nobody can read is carried on as it stands.
    Text(String),
}

/// Whether a manager filled in anything.
pub fn is_filled(filled: &Filled) -> bool {
    filled.iter().any(|entry| *entry != Entry::Empty)
}
