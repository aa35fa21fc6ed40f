//! The same lists in one CSV file.

use super::{Entry, FILLED_COLUMNS, Outreach};
use crate::error::Result;
use crate::io::csv_export::{Cell, CsvExport};
use chrono::NaiveDate;

const COLUMNS: [&str; 20] = [
    "list",
    "partner_id",
    "partner_name",
    "manager_name",
    "action",
    "recovery_due_date",
    "pri",
    "evidence",
    "flags",
    "expected_amount",
    "services_amount",
    "gap_near_amount",
    "gap_near_packs",
    "gap_at_amount",
    "plan_near_packs",
    "near_possible_until_date",
    "open_amount",
    "hq_id",
    "region_code",
    "country_code",
];

/// The file's text: a row for each listed partner, with what its manager filled in.
///
/// # Errors
/// None but an internal one.
pub fn csv(outreach: &Outreach) -> Result<String> {
    let filled = FILLED_COLUMNS.map(|heading| heading.to_lowercase().replace(' ', "_"));
    let header: Vec<&str> = COLUMNS.into_iter().chain(filled.iter().map(String::as_str)).collect();
    let mut export = CsvExport::new(&header)?;
    for row in &outreach.partners {
        let (due, until) = (day(row.recovery_due), day(row.possible_until));
        let entries: Vec<String> = row.filled.iter().map(entry).collect();
        let mut cells = vec![
            Cell::Text(row.list.label()),
            Cell::Text(&row.partner_id),
            Cell::Text(&row.name),
            Cell::Text(&row.manager),
            Cell::Text(&row.action),
            Cell::Text(&due),
            row.index.map_or(Cell::None, Cell::Amount),
            Cell::Text(row.evidence),
            Cell::Text(&row.flags),
            Cell::Amount(row.expected),
            Cell::Amount(row.services),
            Cell::Amount(row.gaps[0]),
            Cell::Whole(row.packs),
            Cell::Amount(row.gaps[1]),
            Cell::Whole(row.open_packs),
            Cell::Text(&until),
            Cell::Amount(row.open_amount),
            Cell::Text(&row.hq_id),
            Cell::Text(&row.region),
            Cell::Text(&row.country),
        ];
        cells.extend(entries.iter().map(|entry| Cell::Text(entry)));
        export.row(&cells)?;
    }
    export.into_text()
}

fn day(value: Option<i32>) -> String {
    value.and_then(NaiveDate::from_epoch_days).map(|day| day.to_string()).unwrap_or_default()
}

fn entry(entry: &Entry) -> String {
    match entry {
        Entry::Empty => String::new(),
        Entry::Day(value) => day(Some(*value)),
        Entry::Text(text) => text.clone(),
    }
}
