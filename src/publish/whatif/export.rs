//! The answer for programs: CSV of the partners, JSON of everything.

use super::{Answer, PartnerAnswer, Standing, VerdictSums};
use crate::error::{Error, Result};
use crate::io::csv_export::{Cell, CsvExport};
use crate::stages::assess::{Figures, Verdict};
use crate::stages::benchmark::UNIT_SCALE;
use serde_json::{Value, json};

/// One row per partner whose verdict changes, or per partner; sorted by id.
///
/// # Errors
/// None but an internal one.
pub fn csv(answer: &Answer, with_all: bool) -> Result<String> {
    let mut export = CsvExport::new(&[
        "partner_id",
        "partner_name",
        "verdict_from_code",
        "verdict_to_code",
        "index_from_rate",
        "index_to_rate",
        "hardware_from_amount",
        "hardware_to_amount",
        "services_from_amount",
        "services_to_amount",
        "expected_from_amount",
        "expected_to_amount",
        "gap_near_from_amount",
        "gap_near_to_amount",
        "currency_code",
    ])?;
    for partner in shown(answer, with_all) {
        let [from, to] = answer.indices(partner).map(|index| quotient(index).map_or(Cell::None, Cell::Rate));
        let (now, then) = (&partner.now, &partner.then);
        let mut cells = vec![
            Cell::Text(&partner.id),
            Cell::Text(&partner.name),
            Cell::Text(now.verdict.code()),
            Cell::Text(then.verdict.code()),
            from,
            to,
        ];
        let (before, after) = (now.totals.revenue, then.totals.revenue);
        for amounts in [
            [before.hardware, after.hardware],
            [before.services, after.services],
            [before.expected, after.expected],
            [now.gap_near_amount, then.gap_near_amount],
        ] {
            cells.extend(amounts.map(Cell::Amount));
        }
        cells.push(Cell::Text(&answer.currency));
        export.row(&cells)?;
    }
    export.into_text()
}

/// The rules, the sums by verdict and the partners whose verdict changes, or all partners.
///
/// # Errors
/// None but an internal one.
pub fn json(answer: &Answer, with_all: bool) -> Result<String> {
    let rules: Vec<Value> =
        answer.rules.iter().map(|rule| json!({ "rule": rule.key, "now": rule.now, "then": rule.then })).collect();
    let verdicts: Vec<Value> = Verdict::ALL
        .iter()
        .map(|verdict| {
            let [now, then] = answer.sums(*verdict).map(|sums| of_verdict(&sums));
            json!({ "verdict_code": verdict.code(), "now": now, "then": then })
        })
        .collect();
    let partners: Vec<Value> = shown(answer, with_all)
        .map(|partner| {
            let [now, then] = answer.indices(partner).map(quotient);
            json!({
                "partner_id": partner.id,
                "partner_name": partner.name,
                "is_changed": partner.is_changed(),
                "now": of_partner(&partner.now, now),
                "then": of_partner(&partner.then, then),
            })
        })
        .collect();
    let all = json!({
        "run_id": answer.run_id,
        "title": answer.title,
        "currency_code": answer.currency,
        "rules": rules,
        "verdicts": verdicts,
        "changed_count": answer.changed().count(),
        "partners": partners,
    });
    serde_json::to_string_pretty(&all).map_err(|error| Error::Internal(error.to_string()))
}

fn shown(answer: &Answer, with_all: bool) -> impl Iterator<Item = &PartnerAnswer> {
    answer.partners.iter().filter(move |partner| with_all || partner.is_changed())
}

fn of_verdict(sums: &VerdictSums) -> Value {
    json!({
        "partners_count": sums.partners,
        "hardware_amount": amount(sums.hardware_amount),
        "services_amount": amount(sums.services_amount),
        "gap_near_amount": amount(sums.gap_near_amount),
    })
}

fn of_partner(standing: &Standing, index: Option<f64>) -> Value {
    let Figures { hardware, services, expected } = standing.totals.revenue;
    let units = standing.totals.units;
    json!({
        "verdict_code": standing.verdict.code(),
        "index_rate": index,
        "hardware_amount": amount(hardware.into()),
        "services_amount": amount(services.into()),
        "expected_amount": amount(expected.into()),
        "hardware_units": units.hardware,
        "attached_units": units.services,
        "expected_units": units.expected as f64 / UNIT_SCALE as f64,
        "gap_near_amount": amount(standing.gap_near_amount.into()),
    })
}

/// Cents as a JSON number in the currency: exact to the cent up to 90 billion of it.
fn amount(cents: i128) -> f64 {
    cents as f64 / 100.0
}

fn quotient(index: Option<(i128, i128)>) -> Option<f64> {
    index.map(|(services, expected)| services as f64 / expected as f64)
}
