//! Differences as rows of the adjustments table: nobody has approved them, and none has a reason yet.

use crate::error::{Error, Result};
use crate::io::csv_export::plain_amount;
use crate::publish::reconcile::{Class, Entry};
use crate::reference::ADJUSTMENT_COLUMNS;
use crate::run::published_lines::LineRow;
use crate::run::trace::Input;
use crate::stages::reconcile::{Field, Sale};
use std::collections::BTreeMap;
use std::path::Path;

/// Between several serials in one cell of the adjustments table.
const CELL_SEPARATOR: &str = "|";

/// A row of the adjustments table.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// Place of the difference among the entries.
    pub entry: usize,
    /// Its cells by column.
    pub cells: BTreeMap<&'static str, String>,
}

impl Proposal {
    /// Its id.
    pub fn id(&self) -> &str {
        self.cells.get("adjustment_id").map_or("", String::as_str)
    }
}

/// A row for each difference that a row can mend. A line that an adjustment adds or drops already, and a value that the list would clear, are left to a
/// person. A category is the product master's, not a line's.
pub fn of(partner_id: &str, entries: &[Entry], lines: &[LineRow], files: &BTreeMap<i64, Input>) -> Vec<Proposal> {
    let by_id: BTreeMap<i64, &LineRow> = lines.iter().map(|line| (line.id, line)).collect();
    let mut rows: Vec<Proposal> = Vec::new();
    for (place, entry) in entries.iter().enumerate() {
        let record = entry.line.as_ref().and_then(|line| by_id.get(&line.id)).filter(|line| line.adjustment_id.is_empty());
        let named = record.and_then(|line| Some((line, files.get(&line.file_id)?)));
        let mut row = match (entry.class, named, entry.row.as_ref()) {
            (Class::Different, Some(named), Some(row)) => {
                let changes = changes(&row.sale, &entry.differences);
                if changes.is_empty() {
                    continue;
                }
                let mut cells = record_cells("recode", named);
                cells.extend(changes);
                cells
            }
            (Class::NotInList, Some(named), None) => record_cells("drop", named),
            (Class::NotInRun, None, Some(row)) => added(partner_id, &row.sale),
            _ => continue,
        };
        row.insert("adjustment_id", format!("{partner_id}-{:04}", rows.len() + 1));
        rows.push(Proposal { entry: place, cells: row });
    }
    rows
}

/// Writes the rows as a table.
///
/// # Errors
/// Where the file cannot be written.
pub fn write(path: &Path, proposals: &[Proposal]) -> Result<()> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let failed = |error: csv::Error| Error::Internal(format!("a CSV row: {error}"));
    writer.write_record(ADJUSTMENT_COLUMNS).map_err(failed)?;
    for proposal in proposals {
        let cells = ADJUSTMENT_COLUMNS.map(|column| proposal.cells.get(column).map_or("", String::as_str));
        writer.write_record(cells).map_err(failed)?;
    }
    let bytes = writer.into_inner().map_err(|error| Error::Internal(format!("a CSV file: {error}")))?;
    std::fs::write(path, bytes).map_err(Error::io("write", path))
}

/// The cells that name a record.
fn record_cells(action: &'static str, (line, file): (&&LineRow, &Input)) -> BTreeMap<&'static str, String> {
    BTreeMap::from([
        ("action", action.to_owned()),
        ("feed_id", file.feed_id.clone()),
        ("file_path", file.path.clone()),
        ("file_sha256", file.sha256.clone()),
        ("record_number", line.record.to_string()),
    ])
}

/// The list's values where they differ.
fn changes(sale: &Sale, differences: &[Field]) -> BTreeMap<&'static str, String> {
    let all = values(sale);
    let columns = differences.iter().flat_map(|field| match field {
        Field::Quantity => &["quantity"][..],
        Field::Amount => &["amount", "currency"],
        Field::Date => &["date"],
        Field::Invoice => &["invoice"],
        Field::Sku => &["sku"],
        Field::Serials => &["serials"],
        Field::Category => &[],
    });
    columns.filter_map(|column| Some((*column, all.get(column)?.clone()))).filter(|(_, value)| !value.is_empty()).collect()
}

fn values(sale: &Sale) -> BTreeMap<&'static str, String> {
    BTreeMap::from([
        ("date", sale.iso_date()),
        ("invoice", sale.invoice.clone()),
        ("sku", sale.sku.clone()),
        ("quantity", sale.quantity.to_string()),
        ("amount", plain_amount(sale.amount)),
        ("currency", sale.currency.clone()),
        ("serials", sale.serials.each().join(CELL_SEPARATOR)),
    ])
}

fn added(partner_id: &str, sale: &Sale) -> BTreeMap<&'static str, String> {
    let mut cells = values(sale);
    cells.insert("action", "add".to_owned());
    cells.insert("partner_id", partner_id.to_owned());
    cells
}
