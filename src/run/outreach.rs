//! The call list of a run: who stands on which list, and what was filled in before.

use super::execute::Results;
use super::manifest::DecisionEntry;
use super::{manifest, reviewed, site};
use crate::error::{Error, Result};
use crate::publish::outreach::{Decision, Gone, List, Listed, Outreach, csv, workbook};
use crate::publish::report::format::hundredths;
use crate::publish::report::model::{PartnerRow, Standing};
use crate::stages::assess::{PartnerIndex, PlannedPacks, Verdict};
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// File name of the workbook.
pub const WORKBOOK: &str = "outreach.xlsx";
/// File name of the same lists as CSV.
pub const CSV: &str = "outreach.csv";

/// Writes both files into the run's folder.
///
/// # Errors
/// Where a file cannot be written.
pub fn write(folder: &Path, results: &Results<'_>) -> Result<()> {
    let outreach = outreach(results);
    let bytes = workbook(&outreach).map_err(|error| Error::Internal(format!("{WORKBOOK}: {error}")))?;
    for (name, content) in [(WORKBOOK, bytes), (CSV, csv(&outreach)?.into_bytes())] {
        let path = folder.join(name);
        fs::write(&path, content).map_err(Error::io("write", &path))?;
    }
    Ok(())
}

fn outreach(results: &Results<'_>) -> Outreach {
    let plan = results.plan;
    let mut partners: Vec<Listed> = results.indices.iter().filter_map(|index| listed(results, index)).collect();
    // The most urgent first: by open money where data must be mended, by the gap to the market of those near it, else by the gap to the near line.
    let urgency = |row: &Listed| match row.list {
        List::Mend => row.open_amount,
        List::Watch => row.gaps[1],
        List::Call | List::Advise => row.gaps[0],
    };
    partners.sort_by(|a, b| {
        let key = |row: &Listed| (row.list, Reverse(urgency(row)));
        key(a).cmp(&key(b)).then_with(|| a.partner_id.cmp(&b.partner_id))
    });
    let adjustments =
        results.references.adjustments.iter().map(|adjustment| ("adjustment", manifest::adjustment_entry(adjustment)));
    let exceptions = reviewed::exception_entries(results).into_iter().map(|entry| ("exception", entry));
    Outreach {
        title: plan.title.clone(),
        run_id: results.run_id.clone(),
        as_of: plan.period.as_of,
        currency: plan.reporting_currency.clone(),
        lines: [plan.verdict.near.text.clone(), plan.verdict.at.text.clone()],
        is_synthetic: plan.publish.is_synthetic,
        gone: gone(results, &partners),
        partners,
        decisions: exceptions.chain(adjustments).map(decision).collect(),
    }
}

/// The list of a partner: none where its verdict is `at` or it is not assessed, unless its data must be mended.
fn list(row: &PartnerRow) -> Option<List> {
    match (row.standing, row.verdict) {
        (Standing::OnHold, _) => Some(List::Mend),
        (Standing::Conclusive, Verdict::Below) => Some(List::Call),
        (Standing::MayBeChance, Verdict::Below) => Some(List::Advise),
        (_, Verdict::Near) => Some(List::Watch),
        (_, Verdict::At | Verdict::NotAssessed) => None,
    }
}

fn listed(results: &Results<'_>, index: &PartnerIndex) -> Option<Listed> {
    let row = site::partner_row(results, index);
    let number = index.partner as usize;
    let [near, _] = &results.open_windows.plans[number];
    let packs = |packs: &[PlannedPacks]| packs.iter().map(|packs| packs.packs).sum();
    let deciding = if results.measure_code() == "units" { &row.units } else { &row.revenue };
    let flags = [
        (row.flags.is_safe_harbor, "safe harbour"),
        (row.flags.has_exception, "exception"),
        (row.flags.has_data_hold, "data hold"),
    ];
    Some(Listed {
        list: list(&row)?,
        index: deciding.pri_display.as_deref().and_then(hundredths),
        recovery_due: results.cases[number].recovery_due,
        evidence: match row.is_conclusive {
            Some(true) => "conclusive",
            Some(false) => "may be chance",
            None => "no verdict",
        },
        flags: flags.iter().filter(|(is_set, _)| *is_set).map(|(_, word)| *word).collect::<Vec<_>>().join(", "),
        expected: index.totals.revenue.expected,
        services: index.totals.revenue.services,
        gaps: [row.gap_near_amount, row.gap_at_amount],
        packs: row.gap_near_packs,
        open_packs: packs(&near.packs),
        possible_until: near.possible_until,
        open_amount: results.open_records.sums[number].amount(),
        filled: results.answers.get(&row.partner_id).cloned().unwrap_or_default(),
        page: format!("report/{}", row.page),
        partner_id: row.partner_id,
        name: row.name,
        hq_id: row.hq_id,
        country: row.country,
        region: row.region,
        manager: row.manager,
        action: row.action,
    })
}

/// What was filled in for partners that are on no list now.
fn gone(results: &Results<'_>, partners: &[Listed]) -> Vec<Gone> {
    let is_listed: BTreeSet<&str> = partners.iter().map(|row| row.partner_id.as_str()).collect();
    let standing = |partner: &str| {
        let place = results.references.partners.binary_search_by(|own| own.id.as_str().cmp(partner)).ok()?;
        Some((results.references.partners[place].name.clone(), results.indices[place].verdict.label().to_owned()))
    };
    let answers = results.answers.iter().filter(|(partner, _)| !is_listed.contains(partner.as_str()));
    answers
        .map(|(partner, filled)| {
            let (name, standing) = standing(partner).unwrap_or_else(|| (String::new(), "no partner of this run".to_owned()));
            Gone { partner_id: partner.clone(), name, standing, filled: filled.clone() }
        })
        .collect()
}

fn decision((kind, entry): (&'static str, DecisionEntry)) -> Decision {
    let DecisionEntry { id, code, status, approver, reason, evidence } = entry;
    Decision { kind, id, code, status, approver, reason, evidence }
}
