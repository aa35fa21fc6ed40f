//! The answer for programs.

use super::{Class, Reconciliation, Standing};
use crate::error::{Error, Result};
use crate::io::csv_export::{Cell, CsvExport, plain_amount};
use crate::stages::reconcile::{Sale, Serials};
use serde_json::{Value, json};

const HEADER: [&str; 22] = [
    "class_code",
    "differences",
    "sale_line_id",
    "file_path",
    "file_line_number",
    "list_section_name",
    "list_line_number",
    "run_date",
    "list_date",
    "run_invoice",
    "list_invoice",
    "run_sku",
    "list_sku",
    "run_units",
    "list_units",
    "run_amount",
    "list_amount",
    "run_currency",
    "list_currency",
    "run_serials",
    "list_serials",
    "pri_alone_rate",
];

/// A row for each line and each row of the list, and one for each row that cannot be read.
///
/// # Errors
/// None but an internal one.
pub fn csv(answer: &Reconciliation) -> Result<String> {
    let mut export = CsvExport::new(&HEADER)?;
    for entry in &answer.entries {
        let differences: Vec<&str> = entry.differences.iter().map(|field| field.code()).collect();
        let differences = differences.join(";");
        let (line, row) = (entry.line.as_ref(), entry.row.as_ref());
        let sides = [line.map(|line| &line.sale), row.map(|row| &row.sale)];
        let number = |number: Option<i64>| number.map_or(Cell::None, Cell::Whole);
        let dates = sides.map(|sale| sale.map(|sale| sale.iso_date()).unwrap_or_default());
        let serials = sides.map(|sale| sale.map(serials).unwrap_or_default());
        let text = |get: fn(&Sale) -> &str| sides.map(|sale| sale.map_or("", get));
        let ([a, b], [c, d]) = (text(|sale| &sale.invoice), text(|sale| &sale.sku));
        let [e, f] = text(|sale| &sale.currency);
        let units = sides.map(|sale| number(sale.map(|sale| sale.quantity)));
        let amounts = sides.map(|sale| sale.map_or(Cell::None, |sale| Cell::Amount(sale.amount)));
        export.row(&[
            Cell::Text(entry.class.code()),
            Cell::Text(&differences),
            number(line.map(|line| line.id)),
            Cell::Text(line.map_or("", |line| &line.path)),
            number(line.map(|line| line.line as i64)),
            Cell::Text(row.map_or("", |row| &row.section)),
            number(row.map(|row| row.line as i64)),
            Cell::Text(&dates[0]),
            Cell::Text(&dates[1]),
            Cell::Text(a),
            Cell::Text(b),
            Cell::Text(c),
            Cell::Text(d),
            units[0],
            units[1],
            amounts[0],
            amounts[1],
            Cell::Text(e),
            Cell::Text(f),
            Cell::Text(&serials[0]),
            Cell::Text(&serials[1]),
            entry
                .alone
                .as_ref()
                .filter(|alone| alone.expected > 0)
                .map_or(Cell::None, |alone| Cell::Rate(alone.services as f64 / alone.expected as f64)),
        ])?;
    }
    for row in &answer.quarantined {
        let mut cells = [Cell::None; HEADER.len()];
        cells[0] = Cell::Text("quarantined");
        cells[1] = Cell::Text(&row.reason);
        cells[5] = Cell::Text(&row.section);
        cells[6] = Cell::Whole(row.line as i64);
        export.row(&cells)?;
    }
    export.into_text()
}

fn serials(sale: &Sale) -> String {
    sale.serials.each().join(";")
}

fn standing(standing: &Standing) -> Value {
    json!({ "verdict": standing.verdict, "index": standing.index() })
}

/// The sums, the entries and the rows that cannot be read.
///
/// # Errors
/// None but an internal one.
pub fn json(answer: &Reconciliation) -> Result<String> {
    let side = |sale: &Sale| {
        json!({
            "date": sale.iso_date(),
            "invoice": sale.invoice,
            "sku": sale.sku,
            "category": sale.category,
            "quantity": sale.quantity,
            "amount": plain_amount(sale.amount),
            "currency": sale.currency,
            "serials": matches!(sale.serials, Serials::Each(_)).then(|| sale.serials.each()),
            "serial_count": sale.serials.count(),
        })
    };
    let entries: Vec<Value> = answer
        .entries
        .iter()
        .map(|entry| {
            json!({
                "class": entry.class.code(),
                "differences": entry.differences.iter().map(|field| field.code()).collect::<Vec<_>>(),
                "run": entry.line.as_ref().map(|line| json!({
                    "sale_line_id": line.id, "file_path": line.path, "line_number": line.line, "sale": side(&line.sale),
                })),
                "alone": entry.alone.as_ref().map(standing),
                "list": entry.row.as_ref().map(|row| json!({ "section": row.section, "line_number": row.line, "sale": side(&row.sale) })),
            })
        })
        .collect();
    let sums: serde_json::Map<String, Value> = Class::ALL
        .iter()
        .map(|class| {
            let (number, run, list) = answer.sums(*class);
            (class.code().to_owned(), json!({ "number": number, "run_units": run, "list_units": list }))
        })
        .collect();
    let quarantined: Vec<Value> = answer
        .quarantined
        .iter()
        .map(|row| json!({ "section": row.section, "line_number": row.line, "reason": row.reason }))
        .collect();
    let answer = json!({
        "run_id": answer.run_id,
        "partner_id": answer.partner_id,
        "partner_name": answer.partner_name,
        "list": answer.list,
        "serials_compared": answer.serials.code(),
        "sums": sums,
        "entries": entries,
        "quarantined": quarantined,
        "passed_over": answer.passed_over,
        "proposed": answer.proposed,
        "effect": answer.effect.as_ref().map(|effect| json!({
            "before": standing(&effect.before), "after": standing(&effect.after), "left_out": effect.left_out,
        })),
    });
    serde_json::to_string_pretty(&answer).map_err(|error| Error::Internal(error.to_string()))
}
