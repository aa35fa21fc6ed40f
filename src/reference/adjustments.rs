//! Adjustments: reviewed rows that add, drop or re-code a sale line.

use rustc_hash::FxHashMap;

use super::Source;
use super::crosswalk::feed_index;
use super::partners::{Partner, partner_index};
use super::table::Table;
use crate::config::file::FeedKind;
use crate::config::plan::{Feed, ReferencePath};
use crate::error::{Problem, Result};

/// Hexadecimal digits of a file's hash that a row gives at least.
const MIN_HASH_DIGITS: usize = 12;

/// One row of the adjustments table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adjustment {
    /// Its id, unique.
    pub id: String,
    /// What it does.
    pub action: AdjustmentAction,
    /// Who approved it; empty of a proposal, which is listed and never applied.
    pub approver: String,
    /// Why; shown on the partner's page.
    pub reason: String,
    /// On which evidence, e.g. the number of an invoice copy.
    pub evidence: String,
    /// The record that it drops or re-codes.
    pub record: Option<AdjustedRecord>,
    /// The new partner.
    pub partner: Option<u32>,
    /// The new values as they stand in the table.
    pub values: AdjustedTexts,
    /// Number of the row in the table, from 1: the record number of the line that it adds.
    pub row: u32,
    /// Physical line of the row, from 1.
    pub line: u32,
}

impl Adjustment {
    /// Whether somebody answers for it.
    pub fn is_approved(&self) -> bool {
        !self.approver.is_empty()
    }

    /// The code of its status in tables: a run that is published has applied every approved one.
    pub fn status_code(&self) -> &'static str {
        if self.is_approved() { "applied" } else { "proposed" }
    }
}

/// What an adjustment does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdjustmentAction {
    /// Adds a line that no feed reports.
    Add,
    /// Takes a feed's line out of everything but the tables.
    Drop,
    /// Drops a feed's line and adds it anew with other values.
    Recode,
}

impl AdjustmentAction {
    /// The code in tables and the reference file.
    pub fn code(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Drop => "drop",
            Self::Recode => "recode",
        }
    }
}

/// A record of a feed, named as in the tables `audit_file` and `fact_sale_line`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AdjustedRecord {
    /// Index of the feed in the plan.
    pub feed: u16,
    /// The file's path relative to the pipeline file.
    pub path: String,
    /// First hexadecimal digits of the file's hash, lower case: what was reviewed is this content and no other.
    pub sha256: String,
    /// Number of the record in its file, from 1.
    pub record: u32,
}

/// New values as texts; an empty one is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AdjustedTexts {
    /// Invoice date, `2026-10-31`.
    pub date: String,
    /// Invoice number.
    pub invoice: String,
    /// SKU or Care Pack number.
    pub sku: String,
    /// Signed quantity.
    pub quantity: String,
    /// Signed net amount in the line's currency.
    pub amount: String,
    /// Currency code.
    pub currency: String,
    /// Serials, between them `|`.
    pub serials: String,
    /// Customer's purchase order.
    pub purchase_order: String,
    /// Sales order.
    pub sales_order: String,
    /// End customer.
    pub end_customer: String,
    /// Care Pack certificate.
    pub certificate: String,
}

/// The columns of the table, in the order in which it is written.
pub const COLUMNS: [&str; 21] = [
    "adjustment_id",
    "action",
    "approver",
    "reason",
    "evidence",
    "feed_id",
    "file_path",
    "file_sha256",
    "record_number",
    "partner_id",
    "date",
    "invoice",
    "sku",
    "quantity",
    "amount",
    "currency",
    "serials",
    "purchase_order",
    "sales_order",
    "end_customer",
    "certificate",
];
/// Places of the columns that name a record.
const RECORD: std::ops::Range<usize> = 5..9;
/// Places of the columns with new values.
const VALUES: std::ops::Range<usize> = 9..21;
/// Columns without which no line can be added.
const NEEDED: [&str; 6] = ["partner_id", "date", "sku", "quantity", "amount", "currency"];

/// Reads the adjustments, sorted by id.
pub(super) fn adjustments(
    source: &mut Source,
    path: &ReferencePath,
    feeds: &[Feed],
    partners: &[Partner],
) -> Result<Vec<Adjustment>> {
    let table = Table::read(source, path, COLUMNS)?;
    let mut adjustments: Vec<Adjustment> = Vec::with_capacity(table.rows.len());
    for ((line, fields), row) in table.rows.iter().zip(1..) {
        let mut problems = RowProblems { table: &table, line: *line, found: &mut source.problems.0 };
        if let Some(adjustment) = adjustment(fields, feeds, partners, (row, *line as u32), &mut problems) {
            adjustments.push(adjustment);
        }
    }
    adjustments.sort_by(|a, b| (&a.id, a.line).cmp(&(&b.id, b.line)));
    for pair in adjustments.windows(2) {
        if let [first, second] = pair
            && first.id == second.id
        {
            let problem = table.problem(second.line as usize, format!("adjustment `{}` stands here twice", second.id));
            source.problems.push(problem.with_hint("give each adjustment its own id"));
        }
    }
    reject_repeated_records(source, &table, &adjustments);
    Ok(adjustments)
}

/// A record can be dropped once; proposals may contend for it.
fn reject_repeated_records(source: &mut Source, table: &Table<21>, adjustments: &[Adjustment]) {
    let mut approved: Vec<&Adjustment> = adjustments.iter().filter(|adjustment| adjustment.is_approved()).collect();
    approved.sort_by_key(|adjustment| adjustment.line);
    let mut first: FxHashMap<(&str, u32), &str> = FxHashMap::default();
    for adjustment in approved {
        let Some(record) = &adjustment.record else { continue };
        if let Some(other) = first.insert((&record.path, record.record), &adjustment.id) {
            let message = format!("record {} of `{}` is dropped by `{other}` too", record.record, record.path);
            let problem = table.problem(adjustment.line as usize, message);
            source.problems.push(problem.with_hint("one approved adjustment for one record"));
        }
    }
}

/// The problems of one row.
struct RowProblems<'a> {
    table: &'a Table<21>,
    line: usize,
    found: &'a mut Vec<Problem>,
}

impl RowProblems<'_> {
    fn push(&mut self, message: impl Into<String>, hint: &str) {
        self.found.push(self.table.problem(self.line, message).with_hint(hint));
    }
}

fn adjustment(
    fields: &[String; 21],
    feeds: &[Feed],
    partners: &[Partner],
    (row, line): (u32, u32),
    problems: &mut RowProblems<'_>,
) -> Option<Adjustment> {
    let before = problems.found.len();
    let [id, action, approver, reason, evidence, ..] = fields;
    for (column, value) in COLUMNS.iter().zip(fields).filter(|(_, value)| value.chars().any(char::is_control)) {
        problems.push(format!("`{column}` holds a control character: `{}`", value.escape_debug()), "no feed holds such a value");
    }
    if id.is_empty() {
        problems.push("`adjustment_id` is empty", "an id by which pages and tables name the adjustment");
    }
    if reason.is_empty() {
        problems.push("`reason` is empty", "the reason is shown to the partner");
    }
    if !approver.is_empty() && evidence.is_empty() {
        problems
            .push("an approved adjustment without `evidence`", "say on what it rests, for example the number of an invoice copy");
    }
    let action = match action.as_str() {
        "add" => Some(AdjustmentAction::Add),
        "drop" => Some(AdjustmentAction::Drop),
        "recode" => Some(AdjustmentAction::Recode),
        other => {
            problems.push(format!("action `{other}` is none of `add`, `drop`, `recode`"), "`recode` is a drop and an add in one");
            None
        }
    };
    if let Some(action) = action {
        check_filled(action, fields, problems);
    }
    let record = record(fields, feeds, !approver.is_empty(), problems);
    let partner = match fields[9].as_str() {
        "" => None,
        id => partner_index(partners, id).map_err(|message| problems.push(message, "a `partner_id` of the partner table")).ok(),
    };
    if problems.found.len() > before {
        return None;
    }
    let [_, date, invoice, sku, quantity, amount, currency, serials, purchase_order, sales_order, end_customer, certificate] =
        std::array::from_fn(|place| fields[VALUES.start + place].clone());
    let values = AdjustedTexts {
        date,
        invoice,
        sku,
        quantity,
        amount,
        currency,
        serials,
        purchase_order,
        sales_order,
        end_customer,
        certificate,
    };
    let [id, approver, reason, evidence] = [id, approver, reason, evidence].map(Clone::clone);
    Some(Adjustment { id, action: action?, approver, reason, evidence, record, partner, values, row, line })
}

/// Which columns an action fills and which it leaves empty.
fn check_filled(action: AdjustmentAction, fields: &[String; 21], problems: &mut RowProblems<'_>) {
    let named = |range: &std::ops::Range<usize>, is_filled: bool| -> Vec<&str> {
        range.clone().filter(|place| fields[*place].is_empty() != is_filled).map(|place| COLUMNS[place]).collect()
    };
    if action == AdjustmentAction::Add {
        for column in named(&RECORD, true) {
            problems.push(format!("action `add` with `{column}`"), "an added line stands in no file; `recode` replaces a record");
        }
        for column in named(&VALUES, false).into_iter().filter(|column| NEEDED.contains(column)) {
            problems.push(format!("action `add` without `{column}`"), "an added line has every value that a feed's has");
        }
        return;
    }
    for column in named(&RECORD, false) {
        let hint = "the record as the tables `audit_file` and `fact_sale_line` name it";
        problems.push(format!("action `{}` without `{column}`", action.code()), hint);
    }
    let values = named(&VALUES, true);
    if action == AdjustmentAction::Drop {
        for column in values {
            problems.push(format!("action `drop` with `{column}`"), "a dropped line has no new values; `recode` gives it some");
        }
    } else if values.is_empty() {
        problems.push("action `recode` without a new value", "fill in what changes; an empty value stays as it is in the record");
    }
}

/// The record of a row, if its columns are filled. That the file is one of the run's is asked of approved rows only.
fn record(fields: &[String; 21], feeds: &[Feed], is_approved: bool, problems: &mut RowProblems<'_>) -> Option<AdjustedRecord> {
    let [feed_id, path, sha256, number] = [5, 6, 7, 8].map(|place| fields[place].as_str());
    if [feed_id, path, sha256, number].iter().any(|field| field.is_empty()) {
        return None;
    }
    let feed = feed_index(feeds, feed_id).map_err(|message| problems.push(message, "the `id` of a [[feed]]")).ok();
    let declared = feed.and_then(|feed| feeds.get(usize::from(feed)));
    if declared.is_some_and(|feed| feed.kind != FeedKind::Sales) {
        problems.push(format!("feed `{feed_id}` has no sale lines"), "only sale lines can be dropped or re-coded");
    }
    let path = match declared.filter(|_| is_approved).map(|feed| file_named(feed, path)) {
        None => Some(path.to_owned()),
        Some(Ok(relative)) => Some(relative),
        Some(Err((message, hint))) => {
            problems.push(format!("`{path}` {message} of feed `{feed_id}`"), hint);
            None
        }
    };
    let sha256 = sha256.to_ascii_lowercase();
    if !(MIN_HASH_DIGITS..=64).contains(&sha256.len()) || !sha256.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        let hint = "`file_sha256` of the table `audit_file`, or at least its first 12 digits";
        problems.push(format!("`file_sha256` is `{sha256}`, which is no hash"), hint);
    }
    let record = number.parse().ok().filter(|record| *record > 0 && number.bytes().all(|byte| byte.is_ascii_digit()));
    if record.is_none() {
        problems.push(format!("`record_number` is `{number}`, which is no number of a record"), "records count from 1");
    }
    Some(AdjustedRecord { feed: feed?, path: path?, sha256, record: record? })
}

/// The file of a feed that a path names: as a whole, or by its end where one file alone ends so.
fn file_named(feed: &Feed, path: &str) -> std::result::Result<String, (&'static str, &'static str)> {
    if feed.files.iter().any(|file| file.relative == path) {
        return Ok(path.to_owned());
    }
    let ending = format!("/{path}");
    let mut found = feed.files.iter().filter(|file| file.relative.ends_with(&ending));
    match (found.next(), found.next()) {
        (Some(file), None) => Ok(file.relative.clone()),
        (Some(_), Some(_)) => Err(("names several files", "write more of the path, as in the table `audit_file`")),
        (None, _) => {
            Err(("is no file", "the path as in the table `audit_file`; if the file has left the run, take the adjustment out"))
        }
    }
}
