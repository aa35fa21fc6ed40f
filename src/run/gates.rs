//! The accounting of a run and the gates between its stages and publishing: a run whose identity does not hold does not publish.

use super::adjust_lines::Adjusted;
use super::attach_parts::AttachedPart;
use super::extract_files::ExtractedFile;
use super::inputs::FileRole;
use super::serial_pass::SerialPass;
use super::settle_parts::SettledPart;
use crate::config::plan::Plan;
use crate::publish::report::format::{cents, count};
use crate::reference::References;
use crate::stages::adjust::AppliedAdjustment;
use crate::stages::attach::{CellKey, CellSums, PartSums};
use crate::stages::benchmark::{Benchmark, UNIT_SCALE};
use crate::stages::exceptions::NO_EXCEPTION;
use crate::stages::tally::Tally;
use std::collections::{BTreeMap, BTreeSet};

/// Where the records of one file ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileAccount {
    /// As the reader summed them.
    pub incoming: Tally,
    /// In the tables.
    pub accepted: Tally,
    /// Repeats.
    pub duplicate: Tally,
    /// Replaced by a later file.
    pub superseded: Tally,
    /// Set aside.
    pub quarantined: Tally,
}

impl FileAccount {
    /// Whether what came in is what is accepted, duplicate, superseded and quarantined.
    pub fn holds(&self) -> bool {
        let mut ended = self.accepted.clone();
        for tally in [&self.duplicate, &self.superseded, &self.quarantined] {
            ended.merge(tally);
        }
        ended == self.incoming
    }
}

/// A condition of publishing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gate {
    /// Its code.
    pub code: &'static str,
    /// Whether it holds.
    pub is_passed: bool,
    /// What was measured.
    pub measured: String,
    /// What is allowed.
    pub limit: String,
    /// What it protects.
    pub meaning: &'static str,
}

/// The accounts of all files, in their order.
pub fn accounts(files: &[ExtractedFile], serial: &SerialPass, parts: &[AttachedPart]) -> Vec<FileAccount> {
    let mut accepted: BTreeMap<i64, Tally> = serial.report.registrations.clone();
    let mut duplicates: BTreeMap<i64, Tally> = BTreeMap::new();
    for part in parts {
        for (sums, tallies) in [(&mut accepted, &part.report.accepted), (&mut duplicates, &part.report.duplicates)] {
            for (file, tally) in tallies {
                sums.entry(*file).or_default().merge(tally);
            }
        }
    }
    files
        .iter()
        .map(|file| {
            let incoming = file.report.incoming.clone();
            let mut account =
                FileAccount { incoming: incoming.clone(), quarantined: file.report.quarantined.clone(), ..FileAccount::default() };
            match file.input.role {
                FileRole::Kept => {
                    account.accepted = accepted.get(&file.input.file_id).cloned().unwrap_or_default();
                    account.duplicate = duplicates.get(&file.input.file_id).cloned().unwrap_or_default();
                }
                FileRole::Duplicate { .. } => account.duplicate = incoming,
                FileRole::Superseded { .. } => account.superseded = incoming,
            }
            account
        })
        .collect()
}

/// What the gates look at.
pub struct Evidence<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The reference tables.
    pub references: &'a References,
    /// What the approved adjustments are to do.
    pub adjusted: &'a Adjusted,
    /// What became of them.
    pub adjustments: &'a BTreeMap<u32, AppliedAdjustment>,
    /// The files.
    pub files: &'a [ExtractedFile],
    /// Their accounts.
    pub accounts: &'a [FileAccount],
    /// The settled parts.
    pub settled: &'a [SettledPart],
    /// The serial pass.
    pub serial: &'a SerialPass,
    /// The attached parts.
    pub parts: &'a [AttachedPart],
    /// The sums over all parts.
    pub sums: &'a PartSums,
    /// The partners' cells of the deciding matching, excepted lines included.
    pub cells: &'a [(CellKey, CellSums)],
    /// The benchmark.
    pub benchmark: &'a Benchmark,
}

/// Judges every gate.
pub fn judge(evidence: &Evidence<'_>) -> Vec<Gate> {
    vec![
        records(evidence),
        rows(evidence),
        adjustments(evidence),
        money_split(evidence),
        serial_pairs(evidence),
        cells(evidence),
        exceptions(evidence),
        expected(evidence),
    ]
    .into_iter()
    .chain(quarantined_shares(evidence))
    .chain([unmapped_share(evidence)])
    .collect()
}

fn records(evidence: &Evidence<'_>) -> Gate {
    let broken: Vec<&str> = evidence
        .files
        .iter()
        .zip(evidence.accounts)
        .filter(|(_, account)| !account.holds())
        .map(|(file, _)| file.input.relative.as_str())
        .collect();
    let mut total = Tally::default();
    for account in evidence.accounts {
        total.merge(&account.incoming);
    }
    Gate {
        code: "RECORDS",
        is_passed: broken.is_empty(),
        measured: match broken.first() {
            None => format!("{} records in {} files", count(total.records), evidence.files.len()),
            Some(first) => format!("{} files do not balance, first {first}", broken.len()),
        },
        limit: "every file: in = accepted + duplicate + superseded + quarantined".into(),
        meaning: "no record, unit or cent is lost or counted twice between reading and the tables",
    }
}

/// Compares the digests of rows as extracted with those of rows as they left attachment, and the rows of the tables.
fn rows(evidence: &Evidence<'_>) -> Gate {
    let mut left: BTreeMap<i64, u128> = evidence.serial.report.registration_digests.clone();
    for part in evidence.parts {
        for (file, digest) in &part.report.digests {
            let sum = left.entry(*file).or_default();
            *sum = sum.wrapping_add(*digest);
        }
    }
    let mut changed: BTreeMap<i64, u128> = BTreeMap::new();
    for (file, change) in evidence.settled.iter().flat_map(|part| &part.report.digest_changes) {
        let sum = changed.entry(*file).or_default();
        *sum = sum.wrapping_sub(change.before).wrapping_add(change.after);
    }
    let altered = evidence
        .files
        .iter()
        .filter(|file| file.input.role == FileRole::Kept)
        .filter(|file| {
            let extracted =
                file.report.line_digests.iter().fold(file.report.registration_digest, |sum, digest| sum.wrapping_add(*digest));
            let settled = extracted.wrapping_add(changed.get(&file.input.file_id).copied().unwrap_or_default());
            left.get(&file.input.file_id).copied().unwrap_or_default() != settled
        })
        .count();
    let (mut counted, mut written) = (0, 0);
    for part in evidence.parts {
        counted += part.report.accepted.values().map(|tally| tally.records).sum::<u64>();
        written += part.report.sale_lines.rows;
    }
    Gate {
        code: "ROWS",
        is_passed: altered == 0 && counted == written,
        measured: format!(
            "{altered} files with altered rows; {} rows of fact_sale_line for {} accepted lines",
            count(written),
            count(counted)
        ),
        limit: "0 altered; as many rows as accepted lines".into(),
        meaning: "no field of a line changes between extraction and the tables",
    }
}

/// Every approved adjustment adds and drops the lines that it names, and nothing else is added or dropped.
fn adjustments(evidence: &Evidence<'_>) -> Gate {
    let Evidence { references, adjusted, adjustments: found, .. } = evidence;
    let approved: BTreeSet<u32> = references.approved_adjustments().map(|(number, _)| number).collect();
    let is_applied = |number: &u32| {
        let effect = adjusted.effects.get(number);
        effect.is_some() && approved.contains(number) && effect == found.get(number).map(|found| &found.effect)
    };
    let all: BTreeSet<u32> = approved.iter().chain(adjusted.effects.keys()).chain(found.keys()).copied().collect();
    let differing: Vec<u32> = all.iter().copied().filter(|number| !is_applied(number)).collect();
    let mut measured = format!("{} of {} approved adjustments applied", all.len() - differing.len(), approved.len());
    if let Some(number) = differing.first() {
        let id = references.adjustment(*number).map_or("unknown", |adjustment| &adjustment.id);
        let is_repeat = found.get(number).is_none_or(|found| found.effect.dropped.lines == 0)
            && adjusted.effects.get(number).is_some_and(|effect| effect.dropped.lines > 0);
        let cause = if is_repeat { "its record is a repeat of another feed's" } else { "its lines differ" };
        measured = format!("{measured}, not `{id}`: {cause}");
    }
    Gate {
        code: "ADJUSTMENTS",
        is_passed: differing.is_empty(),
        measured,
        limit: "all, with the units and money that were approved".into(),
        meaning: "an approved adjustment is never ignored, and no line is adjusted that nobody approved",
    }
}

fn money_split(evidence: &Evidence<'_>) -> Gate {
    let sums = evidence.sums;
    Gate {
        code: "MONEY_SPLIT",
        is_passed: sums.attached_amount + sums.left_amount == sums.service_amount,
        measured: format!(
            "attached {} + left over {} = {} of {} {}",
            cents(sums.attached_amount),
            cents(sums.left_amount),
            cents(sums.attached_amount + sums.left_amount),
            cents(sums.service_amount),
            evidence.plan.reporting_currency
        ),
        limit: "equal to the cent".into(),
        meaning: "the money of every service line is either attached or left over with a reason",
    }
}

fn serial_pairs(evidence: &Evidence<'_>) -> Gate {
    let packs: u64 = evidence.parts.iter().map(|part| part.report.serial_packs).sum();
    let units: u64 = evidence.parts.iter().map(|part| part.report.serial_units).sum();
    let (found_packs, found_units) = (evidence.serial.report.packs, evidence.serial.report.units);
    Gate {
        code: "SERIAL_PAIRS",
        is_passed: packs == found_packs && units == found_units,
        measured: format!(
            "{} of {} packs joined by serial, {} of {} units covered",
            count(packs),
            count(found_packs),
            count(units),
            count(found_units)
        ),
        limit: "all".into(),
        meaning: "no pack that the serial rung joined is lost between partners",
    }
}

fn cells(evidence: &Evidence<'_>) -> Gate {
    let total = |get: fn(&CellSums) -> i64| -> i64 { evidence.cells.iter().map(|(_, sums)| get(sums)).sum() };
    let sums = evidence.sums;
    let is_passed = total(|cell| cell.hardware_amount) == sums.hardware_amount
        && total(|cell| cell.hardware_units) == sums.hardware_units
        && total(|cell| cell.services_amount) == sums.period_services_amount;
    Gate {
        code: "CELLS",
        is_passed,
        measured: format!(
            "hardware {} of {}, services {} of {} {}",
            cents(total(|cell| cell.hardware_amount)),
            cents(sums.hardware_amount),
            cents(total(|cell| cell.services_amount)),
            cents(sums.period_services_amount),
            evidence.plan.reporting_currency
        ),
        limit: "equal to the cent".into(),
        meaning: "the cells hold all hardware of the period and all services attached to it",
    }
}

/// What each exception takes out line by line is what the cells leave out.
fn exceptions(evidence: &Evidence<'_>) -> Gate {
    let figures = |sums: &CellSums| {
        [sums.hardware_units, sums.hardware_amount, sums.packs, sums.attached_units, sums.services_amount].map(i128::from)
    };
    let mut of_cells: BTreeMap<u16, [i128; 5]> = BTreeMap::new();
    for (key, sums) in evidence.cells.iter().filter(|(key, _)| key.exception != NO_EXCEPTION) {
        let total = of_cells.entry(key.exception).or_default();
        total.iter_mut().zip(figures(sums)).for_each(|(total, figure)| *total += figure);
    }
    let found = &evidence.sums.exceptions;
    let numbers: BTreeSet<u16> = of_cells.keys().chain(found.keys()).copied().collect();
    let of_lines = |number: &u16| {
        let sums = found.get(number).copied().unwrap_or_default();
        [sums.hardware_units, sums.hardware_amount, sums.packs, sums.attached_units, sums.services_amount].map(i128::from)
    };
    let is_equal = |number: &&u16| of_cells.get(number).copied().unwrap_or_default() == of_lines(number);
    let equal = numbers.iter().filter(is_equal).count();
    let hardware: i128 = numbers.iter().map(|number| of_lines(number)[1]).sum();
    let services: i128 = numbers.iter().map(|number| of_lines(number)[4]).sum();
    Gate {
        code: "EXCEPTIONS",
        is_passed: equal == numbers.len(),
        measured: format!(
            "{equal} of {} exceptions with lines agree; hardware {} and services {} {} taken out",
            numbers.len(),
            cents(hardware),
            cents(services),
            evidence.plan.reporting_currency
        ),
        limit: "all, to the cent".into(),
        meaning: "approved exceptions take out what they name, with the services attached to it, and nothing else",
    }
}

/// ΣE = ΣS of every cell with a rate of its own, in money and in units; of a cell that backs off, ΣE is H × rate.
fn expected(evidence: &Evidence<'_>) -> Gate {
    let benchmark = evidence.benchmark;
    let mut shares = vec![(0i128, 0i128); benchmark.cells.len()];
    for cell in &benchmark.partner_cells {
        if let Some(index) = cell.cell {
            shares[index as usize].0 += i128::from(cell.expected_amount);
            shares[index as usize].1 += i128::from(cell.expected_units);
        }
    }
    let differs = benchmark.cells.iter().zip(&shares).filter(|(cell, (amount, units))| {
        let own_amount = cell.revenue.level != Some(0) || *amount == i128::from(cell.revenue.services);
        let own_units = cell.units.level != Some(0) || *units == i128::from(cell.units.services) * i128::from(UNIT_SCALE);
        !(own_amount && own_units && *amount == i128::from(cell.revenue.expected) && *units == i128::from(cell.units.expected))
    });
    let broken = differs.count();
    let (difference, _) = benchmark.expected_minus_actual();
    Gate {
        code: "EXPECTED",
        is_passed: broken == 0,
        measured: format!(
            "{broken} of {} cells differ; ΣE − ΣS is {} {}, from cells that back off",
            benchmark.cells.len(),
            cents(difference),
            evidence.plan.reporting_currency
        ),
        limit: "0 cells".into(),
        meaning: "what is expected of all partners together is what they sold",
    }
}

fn quarantined_shares(evidence: &Evidence<'_>) -> Vec<Gate> {
    let limit = evidence.plan.gates.max_quarantined_ppm;
    let mut worst: Option<(i64, &str)> = None;
    for (index, feed) in evidence.plan.feeds.iter().enumerate() {
        let (mut quarantined, mut records) = (0u64, 0u64);
        for (file, account) in evidence.files.iter().zip(evidence.accounts) {
            if usize::from(file.input.feed) == index {
                quarantined += account.quarantined.records;
                records += account.incoming.records;
            }
        }
        let share = parts_per_million(quarantined as i128, records as i128);
        if worst.is_none_or(|(most, _)| share > most) {
            worst = Some((share, &feed.id));
        }
    }
    worst
        .map(|(share, feed)| Gate {
            code: "QUARANTINED_SHARE",
            is_passed: share <= limit,
            measured: format!("{} of the records of feed {feed}, the most of any feed", percent(share)),
            limit: format!("at most {}", percent(limit)),
            meaning: "a feed of which too much cannot be read is not a basis for a verdict",
        })
        .into_iter()
        .collect()
}

fn unmapped_share(evidence: &Evidence<'_>) -> Gate {
    let limit = evidence.plan.gates.max_unmapped_ppm;
    let (mut unmapped, mut total) = (0i128, 0i128);
    for partner in evidence.sums.partners.values() {
        unmapped += i128::from(partner.unmapped_amount.abs());
        total += i128::from(partner.total_amount.abs());
    }
    let share = parts_per_million(unmapped, total);
    Gate {
        code: "UNMAPPED_SHARE",
        is_passed: share <= limit,
        measured: format!("{} of the money of the period is on unmapped products", percent(share)),
        limit: format!("at most {}", percent(limit)),
        meaning: "an index that leaves out too much of what was sold is not a basis for a verdict",
    }
}

/// Parts per million, rounded up.
pub fn parts_per_million(part: i128, whole: i128) -> i64 {
    if whole <= 0 { 0 } else { ((part * 1_000_000 + whole - 1) / whole) as i64 }
}

/// Parts per million as percent.
pub fn percent(parts_per_million: i64) -> String {
    format!("{}.{:04} %", parts_per_million / 10_000, parts_per_million % 10_000)
}
