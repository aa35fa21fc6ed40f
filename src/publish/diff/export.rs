//! The difference for programs: CSV of the partners, JSON of everything.

use super::{Diff, Difference, PartnerDiff, verdict_code};
use crate::error::{Error, Result};
use crate::io::csv_export::{Cell, CsvExport};
use crate::stages::assess::Part;
use serde_json::{Value, json};

/// One row per partner: verdicts, indices, the parts of the change, and the rows behind it; sorted by id.
///
/// # Errors
/// None but an internal one.
pub fn csv(diff: &Diff) -> Result<String> {
    let mut export = CsvExport::new(&[
        "partner_id",
        "partner_name",
        "verdict_from_code",
        "verdict_to_code",
        "decided_by_code",
        "index_from_rate",
        "own_services_rate",
        "own_hardware_rate",
        "market_rates_rate",
        "rules_rate",
        "index_to_rate",
        "rows_count",
        "hardware_change_amount",
        "services_change_amount",
        "largest_row",
        "currency_code",
    ])?;
    for partner in &diff.partners {
        let rate = |value: Option<i128>| value.map_or(Cell::None, |value| Cell::Rate(value as f64 / 10_000.0));
        let [before, .., after] = partner.moves.indices;
        let parts = partner.moves.parts();
        let largest = partner.largest.first().map(|row| format!("{}:{}", row.file, row.line)).unwrap_or_default();
        let mut cells = vec![
            Cell::Text(&partner.id),
            Cell::Text(&partner.name),
            Cell::Text(verdict_code(partner.verdicts[0])),
            Cell::Text(verdict_code(partner.verdicts[1])),
            Cell::Text(partner.moves.decided_by.map_or("", Part::code)),
            rate(before),
        ];
        cells.extend((0..Part::ALL.len()).map(|part| rate(parts.map(|parts| parts[part]))));
        let sum = |get: fn(&super::CauseSums) -> i128| partner.causes.iter().map(get).sum::<i128>();
        cells.extend([
            rate(after),
            Cell::Whole(partner.causes.iter().map(|sums| sums.rows as i64).sum()),
            Cell::Amount(sum(|sums| sums.hardware_amount) as i64),
            Cell::Amount(sum(|sums| sums.services_amount) as i64),
            Cell::Text(&largest),
            Cell::Text(&diff.currency),
        ]);
        export.row(&cells)?;
    }
    export.into_text()
}

/// Everything.
///
/// # Errors
/// None but an internal one.
pub fn json(diff: &Diff) -> Result<String> {
    let [earlier, later] = diff.runs.each_ref().map(|(id, title)| json!({ "run_id": id, "title": title }));
    let differences = |list: &[Difference]| -> Vec<Value> {
        list.iter().map(|one| json!({ "key": one.key, "earlier": one.earlier, "later": one.later })).collect()
    };
    let [gone, new, both] = diff.files;
    let all = json!({
        "earlier": earlier,
        "later": later,
        "currency_code": diff.currency,
        "parameters": differences(&diff.parameters),
        "references": differences(&diff.references),
        "files": { "gone_count": gone, "new_count": new, "both_count": both },
        "partners_count": diff.partners_count,
        "changed_count": diff.partners.iter().filter(|partner| partner.is_changed()).count(),
        "partners": diff.partners.iter().map(one).collect::<Vec<_>>(),
    });
    serde_json::to_string_pretty(&all).map_err(|error| Error::Internal(error.to_string()))
}

fn one(partner: &PartnerDiff) -> Value {
    let rate = |value: Option<i128>| value.map(|value| value as f64 / 10_000.0);
    let [before, .., after] = partner.moves.indices;
    let parts = partner.moves.parts().map(|parts| {
        let named = Part::ALL.iter().zip(parts).map(|(part, value)| (part.code().to_owned(), json!(value as f64 / 10_000.0)));
        Value::Object(named.collect())
    });
    let causes: Vec<Value> = partner
        .causes
        .iter()
        .map(|sums| {
            json!({
                "cause_code": sums.cause.code(),
                "rows_count": sums.rows,
                "hardware_change_amount": sums.hardware_amount as f64 / 100.0,
                "services_change_amount": sums.services_amount as f64 / 100.0,
            })
        })
        .collect();
    let largest: Vec<Value> = partner
        .largest
        .iter()
        .map(|row| {
            json!({
                "cause_code": row.cause.code(),
                "file_path": row.file,
                "line_number": row.line,
                "sku": row.sku,
                "invoice_number": row.invoice,
                "other_partner_id": row.other_partner,
                "hardware_change_amount": row.hardware_amount as f64 / 100.0,
                "services_change_amount": row.services_amount as f64 / 100.0,
            })
        })
        .collect();
    json!({
        "partner_id": partner.id,
        "partner_name": partner.name,
        "verdict_from_code": verdict_code(partner.verdicts[0]),
        "verdict_to_code": verdict_code(partner.verdicts[1]),
        "decided_by_code": partner.moves.decided_by.map(Part::code),
        "index_from_rate": rate(before),
        "index_to_rate": rate(after),
        "parts": parts,
        "causes": causes,
        "largest_rows": largest,
    })
}
