//! What became of reviewed decisions, exceptions and adjustments: their tables, their rows on pages, their entries in the manifest.

use super::execute::Results;
use super::manifest::{DecisionEntry, iso_date};
use crate::config::file::CustomerDisclosure;
use crate::error::Result;
use crate::finding::ExceptionStatus;
use crate::publish::facts::hashed;
use crate::publish::parquet::{RowWriter, Value};
use crate::publish::report::model::{AdjustedLineRow, AdjustmentRow, ExceptionRow, Reviewed};
use crate::reference::{Adjustment, Exception, ExceptionScope};
use crate::stages::adjust::{AdjustedSums, AppliedAdjustment};
use crate::stages::exceptions::{ExceptionSums, status};
use std::collections::BTreeMap;

/// An exception with what it takes out of the index.
struct Taken<'a> {
    exception: &'a Exception,
    sums: ExceptionSums,
    status: ExceptionStatus,
}

fn taken<'a>(results: &'a Results<'_>) -> impl Iterator<Item = Taken<'a>> {
    (1..=u16::MAX).zip(&results.references.exceptions).map(|(number, exception)| {
        let sums = results.sums.exceptions.get(&number).copied().unwrap_or_default();
        Taken { exception, sums, status: status(exception, &sums, &results.plan.period) }
    })
}

fn applied<'a>(results: &'a Results<'_>) -> impl Iterator<Item = (&'a Adjustment, AppliedAdjustment)> {
    (1..)
        .zip(&results.references.adjustments)
        .map(|(number, adjustment)| (adjustment, results.adjustments.get(&number).copied().unwrap_or_default()))
}

/// Fills `dim_exception`.
///
/// # Errors
/// Where the file cannot be written.
pub fn dim_exception(writer: &mut RowWriter, results: &Results<'_>) -> Result<()> {
    let day = |day: Option<i32>| Value::whole_or_none(day.map(i64::from));
    for Taken { exception, sums, status } in taken(results) {
        let value = scope_value(results, exception);
        writer.row(&[
            Value::Text(&exception.id),
            Value::Text(status.code()),
            Value::Text(exception.scope.code()),
            Value::Text(partner_id(results, exception.partner)),
            value.as_deref().map_or(Value::None, Value::Text),
            day(exception.valid_from),
            day(exception.valid_to),
            Value::Text(&exception.reason),
            Value::Text(&exception.approver),
            Value::Whole(sums.lines as i64),
            Value::Whole(sums.hardware_units),
            Value::Whole(sums.hardware_amount),
            Value::Whole(sums.packs),
            Value::Whole(sums.attached_units),
            Value::Whole(sums.services_amount),
            Value::Text(&results.plan.reporting_currency),
        ])?;
    }
    Ok(())
}

/// Fills `audit_adjustment`.
///
/// # Errors
/// Where the file cannot be written.
pub fn audit_adjustment(writer: &mut RowWriter, results: &Results<'_>) -> Result<()> {
    for (adjustment, applied) in applied(results) {
        let side = |line: Option<(i64, u32)>, sums: AdjustedSums| match line {
            None => [Value::None; 4],
            Some((id, partner)) => [
                Value::Whole(id),
                Value::text_or_none(partner_id(results, partner)),
                Value::Whole(sums.units),
                Value::Whole(sums.amount),
            ],
        };
        let mut values = vec![
            Value::Text(&adjustment.id),
            Value::Text(adjustment.action.code()),
            Value::Text(adjustment.status_code()),
            Value::text_or_none(&adjustment.approver),
            Value::Text(&adjustment.reason),
            Value::text_or_none(&adjustment.evidence),
        ];
        values.extend(side(applied.dropped_line, applied.effect.dropped));
        values.extend(side(applied.added_line, applied.effect.added));
        values.push(Value::Text(&results.plan.reporting_currency));
        writer.row(&values)?;
    }
    Ok(())
}

/// Every exception and adjustment, for the quality page.
pub fn all(results: &Results<'_>) -> Reviewed {
    Reviewed {
        exceptions: taken(results).map(|taken| exception_row(results, &taken)).collect(),
        adjustments: applied(results).map(|(adjustment, applied)| adjustment_row(results, adjustment, &applied)).collect(),
    }
}

/// The exceptions and applied adjustments of each partner that has some. Of an adjustment that moves a line between two partners, each has
/// its own side alone.
pub fn by_partner(results: &Results<'_>) -> BTreeMap<u32, Reviewed> {
    let mut partners: BTreeMap<u32, Reviewed> = BTreeMap::new();
    for taken in taken(results) {
        partners.entry(taken.exception.partner).or_default().exceptions.push(exception_row(results, &taken));
    }
    for (adjustment, applied) in applied(results) {
        let row = adjustment_row(results, adjustment, &applied);
        let dropped = applied.dropped_line.map(|(_, partner)| partner);
        let added = applied.added_line.map(|(_, partner)| partner);
        for partner in [dropped, added.filter(|_| added != dropped)].into_iter().flatten() {
            let own = AdjustmentRow {
                dropped: row.dropped.clone().filter(|_| dropped == Some(partner)),
                added: row.added.clone().filter(|_| added == Some(partner)),
                ..row.clone()
            };
            partners.entry(partner).or_default().adjustments.push(own);
        }
    }
    partners
}

/// The exceptions, as the manifest lists them.
pub fn exception_entries(results: &Results<'_>) -> Vec<DecisionEntry> {
    let entry = |taken: Taken<'_>| DecisionEntry {
        id: taken.exception.id.clone(),
        code: taken.exception.scope.code().to_owned(),
        status: taken.status.code().to_owned(),
        approver: taken.exception.approver.clone(),
        reason: taken.exception.reason.clone(),
        evidence: String::new(),
    };
    taken(results).map(entry).collect()
}

fn exception_row(results: &Results<'_>, taken: &Taken<'_>) -> ExceptionRow {
    let Taken { exception, sums, status } = taken;
    let partner = results.references.partners.get(exception.partner as usize);
    ExceptionRow {
        id: exception.id.clone(),
        scope: match scope_value(results, exception) {
            Some(value) => format!("{} {value}", exception.scope.code()),
            None => exception.scope.code().to_owned(),
        },
        partner_id: partner.map_or_else(String::new, |partner| partner.id.clone()),
        partner_name: partner.map_or_else(String::new, |partner| partner.name.clone()),
        valid_from: exception.valid_from.map(iso_date),
        valid_to: exception.valid_to.map(iso_date),
        reason: exception.reason.clone(),
        approver: exception.approver.clone(),
        status: status.meaning().to_owned(),
        lines: sums.lines,
        hardware_units: sums.hardware_units,
        hardware_amount: sums.hardware_amount,
        packs: sums.packs,
        services_amount: sums.services_amount,
    }
}

fn adjustment_row(results: &Results<'_>, adjustment: &Adjustment, applied: &AppliedAdjustment) -> AdjustmentRow {
    let side = |line: Option<(i64, u32)>, sums: AdjustedSums| {
        line.map(|(_, partner)| AdjustedLineRow {
            partner_id: partner_id(results, partner).to_owned(),
            units: sums.units,
            amount: sums.amount,
        })
    };
    AdjustmentRow {
        id: adjustment.id.clone(),
        action: adjustment.action.code(),
        approver: adjustment.approver.clone(),
        reason: adjustment.reason.clone(),
        evidence: adjustment.evidence.clone(),
        dropped: side(applied.dropped_line, applied.effect.dropped),
        added: side(applied.added_line, applied.effect.added),
    }
}

fn partner_id<'a>(results: &'a Results<'_>, partner: u32) -> &'a str {
    results.references.partners.get(partner as usize).map_or("", |partner| &partner.id)
}

/// The value of a scope, as it may be shown: an end customer by `[publish] customers`.
fn scope_value(results: &Results<'_>, exception: &Exception) -> Option<String> {
    match &exception.scope {
        ExceptionScope::Deal(value) | ExceptionScope::Invoice(value) => Some(value.clone()),
        ExceptionScope::Customer(value) => match results.plan.publish.customers {
            CustomerDisclosure::Full => Some(value.clone()),
            CustomerDisclosure::Hashed => Some(hashed(value)),
            CustomerDisclosure::Omitted => None,
        },
        ExceptionScope::Category(category) => {
            results.references.categories.get(usize::from(*category)).map(|category| category.code.clone())
        }
        ExceptionScope::Partner => None,
    }
}
