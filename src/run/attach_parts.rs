//! Attachment over partner parts, in parallel: the ladder, the facts of the part, and the sums that the benchmark reads.

use super::attach_outputs::Outputs;
use super::memory::MemoryBudget;
use super::part_lines::{category_of_slot, groups};
use super::serial_pairs::Side;
use super::serial_pass::SerialPass;
use super::settle_parts::SettledPart;
use super::{LINE_BYTES, REPORT, RunOptions, keys, workers};
use crate::config::plan::Plan;
use crate::error::Result;
use crate::io::fingerprint::Hash;
use crate::io::json_file;
use crate::io::sealed::Store;
use crate::io::sectioned::{SectionedReader, read_index, record_contents};
use crate::publish::facts::{FactContext, write_attachments, write_sale_lines};
use crate::publish::parquet::WrittenTable;
use crate::reference::References;
use crate::stages::adjust::AppliedAdjustment;
use crate::stages::attach::{
    Contributions, IndexRules, PartSums, SerialPair, SerialUse, SettledLines, attach_services, contribute, count_lines, sum_orders,
    sum_up,
};
use crate::stages::exceptions::ExceptionRules;
use crate::stages::line_sizes::LineSizes;
use crate::stages::matchings::{Matching, matchings};
use crate::stages::tally::{Tally, unpack_currency};
use crate::stages::{category_of, line_id, place_of};
use crate::tables::digest::RowDigest;
use crate::tables::stage::{Lines, LinesBuilder, Settlement, SettlementBuilder};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// What attachment says of one part.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct PartReport {
    /// The sums.
    pub sums: PartSums,
    /// Lines that were published, by file.
    pub accepted: BTreeMap<i64, Tally>,
    /// Lines that repeat another feed's, by file.
    pub duplicates: BTreeMap<i64, Tally>,
    /// Sum of the row digests of all lines of the part, by file.
    pub digests: BTreeMap<i64, u128>,
    /// The part of `fact_sale_line`.
    pub sale_lines: WrittenTable,
    /// The part of `fact_attachment`.
    pub attachments: WrittenTable,
    /// The adjusted lines of the part, by number of the adjustment.
    pub adjustments: BTreeMap<u32, AppliedAdjustment>,
    /// Sizes of the accepted lines in the reporting currency, by feed.
    pub line_sizes: BTreeMap<u16, LineSizes>,
    /// Units and money, in the reporting currency, of the accepted sales of each SKU; returns say nothing of prices.
    pub prices: BTreeMap<String, (i64, i64)>,
    /// Packs that the serial rung used of this part's services.
    pub serial_packs: u64,
    /// Units that the serial rung covered of this part's hardware.
    pub serial_units: u64,
}

/// One attached part.
#[derive(Debug, Clone)]
pub struct AttachedPart {
    /// Number of the part.
    pub part: u16,
    /// Folder of its unit: `sale_lines.parquet`, `attachments.parquet`, and for the next stages `contributions`, `orders`, `open_lines`,
    /// `line_counts`.
    pub folder: PathBuf,
    /// What attachment said.
    pub report: PartReport,
}

/// Attaches every part, or takes over its sealed unit.
///
/// # Errors
/// Where cached files are damaged or cannot be written.
pub fn attach(
    plan: &Plan,
    references: &References,
    parts: &[SettledPart],
    serial: &SerialPass,
    store: &Store,
    options: &RunOptions,
) -> Result<Vec<AttachedPart>> {
    let stage = options.progress.stage("attach", parts.len() as u64);
    let memory = MemoryBudget::new(options.line_bytes());
    let size = |part: &SettledPart| read_index(&part.folder, "lines").map_or(0, |index| index.rows.iter().sum());
    workers::map(options.threads, parts, size, |part| {
        let key = key(plan, references, part, serial);
        let (folder, _) =
            store.get_or_make("attach", &key, |folder| attach_part(plan, references, part, serial, folder, options, &memory))?;
        stage.advance(1);
        open(part.part, folder)
    })
}

/// The part of a sealed unit.
///
/// # Errors
/// Where its report is missing or damaged.
pub fn open(part: u16, folder: PathBuf) -> Result<AttachedPart> {
    let report = json_file::read(&folder.join(REPORT))?;
    Ok(AttachedPart { part, folder, report })
}

/// Key of one part's unit.
pub fn key(plan: &Plan, references: &References, part: &SettledPart, serial: &SerialPass) -> Hash {
    keys::attach(plan, references, &part.key, serial.report.pair_digests[usize::from(part.part)])
}

fn attach_part(
    plan: &Plan,
    references: &References,
    part: &SettledPart,
    serial: &SerialPass,
    folder: &Path,
    options: &RunOptions,
    memory: &MemoryBudget,
) -> Result<()> {
    let exceptions = ExceptionRules::of(&references.exceptions);
    let rules = IndexRules::new(plan, &exceptions);
    let matchings: Vec<MatchedPairs> =
        matchings(plan).into_iter().map(|matching| MatchedPairs::load(matching, serial, part.part)).collect::<Result<_>>()?;
    let mut outputs = Outputs::create(plan, references, folder, options)?;
    let mut report = PartReport::default();
    let mut contributions = Contributions::default();
    let mut reader = SectionedReader::open(&part.folder, "lines")?;
    let rows: Vec<u64> = (0..references.categories.len() + 1).map(|slot| reader.rows(slot)).collect();
    let context = FactContext { plan, references, horizon: rules.horizon };
    for group in groups(&rows, options.group_lines()) {
        let _lease = memory.lease(rows[group.clone()].iter().sum::<u64>() * LINE_BYTES)?;
        let (lines, settlement) = load(&mut reader, &group)?;
        let settled = SettledLines { lines: &lines, settlement: &settlement };
        let firsts = first_rows(&rows, &group, references.categories.len());
        let id = |row: usize| {
            let category = lines.category.value(row);
            line_id(part.part, category, (row - firsts.get(&category).copied().unwrap_or(0)) as u32)
        };
        let row_of = |id: i64| firsts.get(&category_of(id)).map(|first| first + place_of(id) as usize);
        let traits = rules.all(settled, id);
        for (number, matched) in (0u8..).zip(&matchings) {
            let policy = &matched.matching.policy;
            let serial = serial_use(&matched.by_service, &matched.by_hardware, row_of);
            let outcome = attach_services(settled, &serial, (&traits, id), rules.horizon, policy);
            contribute(settled, &outcome, &traits, &rules, (number, policy), &mut contributions);
            if number > 0 {
                continue;
            }
            report.serial_packs += serial.pairs.len() as u64;
            report.serial_units += serial.covered.len() as u64;
            write_sale_lines(&mut outputs.sale_lines, &context, settled, &outcome, &traits, id)?;
            write_attachments(&mut outputs.attachments, &context, settled, &outcome, id)?;
            outputs.orders(&sum_orders(settled, &outcome, &traits, &rules, (policy, plan.benchmark.windows)))?;
            outputs.open_lines(settled, &outcome, &traits, &rules, (policy, &id))?;
            outputs.line_counts(&lines, &count_lines(settled, &outcome, &traits, &rules, (policy, plan.benchmark.windows)))?;
            report.sums.merge(sum_up(settled, &outcome, &traits, &rules, policy));
        }
        count(settled, id, &mut report);
    }
    (report.sale_lines, report.attachments) = outputs.finish(&contributions)?;
    record_contents(folder)?;
    json_file::write(&folder.join(REPORT), &report)
}

/// A matching with the serial pairs of one part.
struct MatchedPairs {
    matching: Matching,
    by_service: Vec<SerialPair>,
    by_hardware: Vec<SerialPair>,
}

impl MatchedPairs {
    fn load(matching: Matching, serial: &SerialPass, part: u16) -> Result<Self> {
        let policy = matching.policy;
        let pairs = |side| if policy.serial { serial.pairs(part, side, &policy) } else { Ok(Vec::new()) };
        Ok(Self { by_service: pairs(Side::Service)?, by_hardware: pairs(Side::Hardware)?, matching })
    }
}

/// The settled lines of some slots.
fn load(reader: &mut SectionedReader, slots: &Range<usize>) -> Result<(Lines, Settlement)> {
    let (mut lines, mut settlement) = (LinesBuilder::default(), SettlementBuilder::default());
    for slot in slots.clone() {
        for batch in reader.section(slot) {
            let batch = batch?;
            lines.extend(&batch)?;
            settlement.extend(&batch)?;
        }
    }
    Ok((lines.finish()?, settlement.finish()?))
}

/// The first row of each category within a group of slots.
fn first_rows(rows: &[u64], group: &Range<usize>, categories: usize) -> BTreeMap<u16, usize> {
    let mut first = 0;
    group
        .clone()
        .map(|slot| {
            let entry = (category_of_slot(slot, categories), first);
            first += rows[slot] as usize;
            entry
        })
        .collect()
}

/// What the serial rung gave to the lines of a group.
fn serial_use(by_service: &[SerialPair], by_hardware: &[SerialPair], row_of: impl Fn(i64) -> Option<usize>) -> SerialUse {
    let row = |id: i64| row_of(id).map(|row| row as u32);
    let mut pairs: Vec<(u32, SerialPair)> = by_service.iter().filter_map(|pair| Some((row(pair.service_id)?, *pair))).collect();
    pairs.sort_unstable();
    let covering = by_hardware.iter().filter(|pair| !pair.is_add_on);
    SerialUse { pairs, covered: covering.filter_map(|pair| row(pair.hardware_id)).collect() }
}

/// Counts what leaves the part, for the accounting.
fn count(settled: SettledLines<'_>, line_id: impl Fn(usize) -> i64, report: &mut PartReport) {
    let (lines, settlement) = (settled.lines, settled.settlement);
    let mut digests: BTreeMap<i64, RowDigest> = BTreeMap::new();
    let mut prices: FxHashMap<&str, (i64, i64)> = FxHashMap::default();
    for row in 0..settled.len() {
        let file = settlement.file.value(row);
        lines.add_to_digest(row, file, digests.entry(file).or_default());
        let is_accepted = settlement.is_duplicate.value(row) == 0;
        let tallies = if is_accepted { &mut report.accepted } else { &mut report.duplicates };
        let currency = unpack_currency(lines.currency.value(row));
        tallies.entry(file).or_default().add_valued(lines.quantity.value(row), lines.source_amount.value(row), &currency);
        let (units, amount) = (lines.quantity.value(row), lines.amount.value(row));
        if is_accepted {
            report.line_sizes.entry(settlement.feed.value(row)).or_default().add(amount);
        }
        if is_accepted && units > 0 && amount > 0 {
            let sums = prices.entry(lines.sku.value(row)).or_default();
            *sums = (sums.0 + units, sums.1 + amount);
        }
        let number = settlement.adjustment.value(row);
        if number != 0 {
            let line = (line_id(row), lines.partner.value(row));
            let applied = report.adjustments.entry(number).or_default();
            let count = if settled.is_added(row) { AppliedAdjustment::add_line } else { AppliedAdjustment::drop_line };
            count(applied, line, units, amount);
        }
    }
    for (sku, (units, amount)) in prices {
        let sums = report.prices.entry(sku.to_owned()).or_default();
        *sums = (sums.0 + units, sums.1 + amount);
    }
    for (file, digest) in digests {
        let sum = report.digests.entry(file).or_default();
        *sum = sum.wrapping_add(digest.value());
    }
}
