//! What managers filled in in an earlier call list.

use super::extract_files::unreadable;
use crate::config::plan::{EarlierOutreach, Plan};
use crate::error::{Error, Problem, Problems, Result};
use crate::io::readers::{FieldKind, Fields, FileReader};
use crate::publish::outreach::{Entry, FILLED_COLUMNS, Filled, PARTNER_COLUMN, is_filled};
use chrono::NaiveDate;
use std::collections::BTreeMap;

/// What was filled in, by partner id.
pub type Answers = BTreeMap<String, Filled>;

/// Reads the earlier call list that the configuration names; nothing without one. Sheets without a column of partner ids are for reading only.
///
/// # Errors
/// An `Input` error where the workbook cannot be read, has no such sheet, or something is filled in beside no partner id or twice for one.
pub fn read(plan: &Plan) -> Result<Answers> {
    let mut answers = Answers::new();
    let Some(earlier) = &plan.earlier_outreach else { return Ok(answers) };
    let mut reader = FileReader::open(&earlier.path, &earlier.layout).map_err(unreadable(&earlier.path, ""))?;
    let mut problems = Problems::default();
    let mut places: BTreeMap<String, String> = BTreeMap::new();
    let mut has_lists = false;
    while let Some(section) = reader.next_section().map_err(unreadable(&earlier.path, ""))? {
        let place = |heading: &str| section.columns.iter().position(|column| column.trim() == heading);
        let Some(partner_column) = place(PARTNER_COLUMN) else {
            continue;
        };
        has_lists = true;
        let columns = FILLED_COLUMNS.map(place);
        while let Some(record) = reader.next_record().map_err(unreadable(&earlier.path, &section.name))? {
            let row = format!("row {} of the sheet {:?}", record.place.line, section.name);
            let Ok(fields) = &record.fields else {
                problems.push(problem(earlier, format!("{row} cannot be read")));
                continue;
            };
            let filled = columns.map(|column| column.map_or(Entry::Empty, |column| entry(fields, column)));
            if !is_filled(&filled) {
                continue;
            }
            let partner = fields.get(partner_column).trim().to_owned();
            if partner.is_empty() {
                problems.push(problem(earlier, format!("{row} is filled in, but has no partner id")));
            } else if let Some(other) = places.get(&partner) {
                problems.push(problem(earlier, format!("`{partner}` is filled in twice: in {other} and in {row}")));
            } else {
                places.insert(partner.clone(), row);
                answers.insert(partner, filled);
            }
        }
    }
    if !has_lists {
        problems.push(problem(earlier, format!("no sheet has a column `{PARTNER_COLUMN}` in its first row")));
    }
    problems.into_result(Error::Input)?;
    Ok(answers)
}

fn problem(earlier: &EarlierOutreach, message: String) -> Problem {
    Problem::new(&earlier.path, message).with_hint("correct the workbook, or take `outreach_from` out of [publish]")
}

/// A cell as it is carried on: a day where it is one, else its text, whatever it says.
fn entry(fields: &Fields<'_>, column: usize) -> Entry {
    let text = fields.get(column).trim();
    let day = || NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(|day| day.to_epoch_days());
    match fields.kind(column) {
        _ if text.is_empty() => Entry::Empty,
        FieldKind::Date | FieldKind::Text => day().map_or_else(|| Entry::Text(text.to_owned()), Entry::Day),
        _ => Entry::Text(text.to_owned()),
    }
}
