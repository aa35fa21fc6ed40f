//! Settling over partner parts, in parallel: lines in line order with repeats and returns settled, and the stubs that the serial pass reads.

use super::adjust_lines::Adjusted;
use super::classes::{DigestChange, Reclassification};
use super::extract_files::{ExtractedFile, bucket};
use super::memory::MemoryBudget;
use super::part_lines::{PartLoader, groups, slot_of, slots};
use super::{LINE_BYTES, REPORT, RunOptions, keys, workers};
use crate::config::plan::Plan;
use crate::error::{Error, Result};
use crate::finding::FindingCode;
use crate::io::fingerprint::Hash;
use crate::io::json_file;
use crate::io::sealed::Store;
use crate::io::sectioned::{Scatter, SectionedWriter, record_contents};
use crate::reference::{References, SerialFormat};
use crate::stages::attach::{HARDWARE, IndexRules, SERVICE, SettledLines};
use crate::stages::exceptions::ExceptionRules;
use crate::stages::line_id;
use crate::stages::normalize::month_of;
use crate::stages::settle::{PartLines, find_adjusted, find_repeats, line_order, settle_returns};
use crate::tables::stage::{
    FLAG_CATEGORY_CONFLICT, FindingsBuilder, HardwareSerialsBuilder, Lines, PackSalesBuilder, Repeats, RepeatsBuilder,
    SERIAL_SEPARATOR, Settlement, SettlementBuilder,
};
use arrow::array::{Int64Array, RecordBatch, UInt16Array, UInt32Array};
use arrow::datatypes::{Schema, SchemaRef};
use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Rows of one batch of settled lines.
pub const BATCH_ROWS: usize = 32_768;

/// One settled part.
#[derive(Debug, Clone)]
pub struct SettledPart {
    /// Number of the part.
    pub part: u16,
    /// Key of its unit.
    pub key: Hash,
    /// Folder of its unit.
    pub folder: PathBuf,
    /// What settling says of it.
    pub report: SettleReport,
}

/// What settling says of one part.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct SettleReport {
    /// What the classes that stand for disagreeing records changed in the digests of rows, by file.
    pub digest_changes: BTreeMap<i64, DigestChange>,
    /// Net packs sold by month of their date (year × 12 + month − 1).
    pub packs_by_month: BTreeMap<i32, i64>,
}

/// Settles every part, or takes over its sealed unit.
///
/// # Errors
/// Where cached files are damaged or cannot be written.
pub fn settle(
    plan: &Plan,
    references: &References,
    files: &[ExtractedFile],
    classes: &Reclassification,
    adjusted: &Adjusted,
    store: &Store,
    options: &RunOptions,
) -> Result<Vec<SettledPart>> {
    let parts: Vec<u16> = (0..plan.publish.parts).collect();
    let stage = options.progress.stage("settle", parts.len() as u64);
    let memory = MemoryBudget::new(options.line_bytes());
    let exceptions = ExceptionRules::of(&references.exceptions);
    let size = |part: &u16| files.iter().map(|file| file.report.lines.get(usize::from(*part)).copied().unwrap_or(0)).sum();
    workers::map(options.threads, &parts, size, |part| {
        let key = key(plan, references, files, classes, adjusted, *part);
        let (part_number, categories) = (usize::from(*part), references.categories.len());
        let formats: Vec<_> = references.categories.iter().map(|category| category.serial_format.as_ref()).collect();
        let loader = PartLoader {
            files,
            classes,
            adjusted,
            exceptions: &exceptions,
            serial_formats: &formats,
            part: part_number,
            categories,
        };
        let (folder, _) =
            store.get_or_make("settle", &key, |folder| settle_part(plan, &loader, *part, folder, options, &memory))?;
        stage.advance(1);
        open(*part, key, folder)
    })
}

/// The part of a sealed unit.
///
/// # Errors
/// Where its report is missing or damaged.
pub fn open(part: u16, key: Hash, folder: PathBuf) -> Result<SettledPart> {
    let report = json_file::read(&folder.join(REPORT))?;
    Ok(SettledPart { part, key, folder, report })
}

/// Key of one part's unit.
pub fn key(
    plan: &Plan,
    references: &References,
    files: &[ExtractedFile],
    classes: &Reclassification,
    adjusted: &Adjusted,
    part: u16,
) -> Hash {
    let digests: Vec<(i64, u128)> = files
        .iter()
        .filter(|file| file.report.lines.get(usize::from(part)).is_some_and(|lines| *lines > 0))
        .map(|file| (file.input.file_id, file.report.line_digests[usize::from(part)]))
        .collect();
    keys::settle(plan, references, part, &digests, classes, adjusted)
}

/// Schema of a batch of settled lines: the lines and what settling found.
pub fn schema() -> SchemaRef {
    let fields: Vec<_> = Lines::schema().fields().iter().chain(Settlement::schema().fields()).cloned().collect();
    Arc::new(Schema::new(fields))
}

/// The writers of one part's unit.
struct PartWriters {
    lines: SectionedWriter,
    repeats: SectionedWriter,
    hardware_serials: Scatter<HardwareSerialsBuilder>,
    packs: Scatter<PackSalesBuilder>,
    findings: Scatter<FindingsBuilder>,
}

fn settle_part(
    plan: &Plan,
    loader: &PartLoader<'_>,
    part: u16,
    folder: &Path,
    options: &RunOptions,
    memory: &MemoryBudget,
) -> Result<()> {
    let categories = loader.categories;
    let buckets = usize::from(plan.publish.parts);
    let rows = options.scatter_rows();
    let limit = options.group_lines();
    let counts = loader.lines_by_slot(limit)?;
    let groups = groups(&counts, limit);
    let mut writers = PartWriters {
        repeats: SectionedWriter::create(folder, "repeats", groups.len(), &Repeats::schema())?,
        lines: SectionedWriter::create(folder, "lines", slots(categories), &schema())?,
        hardware_serials: Scatter::create(folder, "hardware_serials", buckets, rows)?,
        packs: Scatter::create(folder, "packs", buckets, rows)?,
        findings: Scatter::create(folder, "findings", 1, rows)?,
    };
    let mut report = SettleReport::default();
    for (section, group) in groups.iter().enumerate() {
        let _lease = memory.lease(counts[group.clone()].iter().sum::<u64>() * LINE_BYTES)?;
        let lines = loader.load(Some(group).filter(|_| groups.len() > 1), &mut report.digest_changes)?;
        settle_group(plan, loader, part, lines, section, &mut writers, &mut report)?;
    }
    writers.lines.finish()?;
    writers.repeats.finish()?;
    writers.hardware_serials.finish()?;
    writers.packs.finish()?;
    writers.findings.finish()?;
    record_contents(folder)?;
    json_file::write(&folder.join(REPORT), &report)
}

/// Settles the lines of some categories of a part; their repeats go to a section of their own.
fn settle_group(
    plan: &Plan,
    loader: &PartLoader<'_>,
    part: u16,
    unordered: PartLines,
    section: usize,
    writers: &mut PartWriters,
    report: &mut SettleReport,
) -> Result<()> {
    let lines = in_order(unordered)?;
    let priorities: Vec<i64> = plan.feeds.iter().map(|feed| feed.priority).collect();
    let repeats = find_repeats(&lines, &priorities);
    write_repeats(&lines, &repeats.kept, section, &mut writers.repeats)?;
    let adjustments = find_adjusted(&lines, &repeats.is_duplicate, &loader.adjusted.records);
    let returns = settle_returns(&lines, &adjustments.is_set_aside);
    let mut settlement = SettlementBuilder::default();
    for row in 0..lines.len() {
        settlement.feed.append_value(lines.feed.value(row));
        settlement.file.append_value(lines.file.value(row));
        settlement.is_duplicate.append_value(u8::from(repeats.is_duplicate[row]));
        settlement.adjustment.append_value(adjustments.number[row]);
        let is_dropped = adjustments.is_set_aside[row] && !repeats.is_duplicate[row];
        let net_units = if is_dropped { 0 } else { returns.net_units[row] };
        settlement.net_units.append_value(net_units);
        settlement.net_amount.append_value(if is_dropped { 0 } else { returns.net_amount[row] });
        if lines.lines.kind.value(row) == SERVICE && !repeats.is_duplicate[row] {
            *report.packs_by_month.entry(month_of(lines.lines.date.value(row))).or_default() += net_units;
        }
    }
    let settlement = settlement.finish()?;
    let settled = SettledLines { lines: &lines.lines, settlement: &settlement };
    let disagreeing: FxHashSet<u32> = repeats.disagreeing.iter().copied().collect();
    let noticed = Noticed {
        serial_formats: loader.serial_formats,
        exceptions: loader.exceptions,
        disagreeing: &disagreeing,
        returned_serials: &returns.returned_serials,
    };
    let (line_batch, settlement_batch) = (lines.lines.to_batch()?, settlement.to_batch()?);
    let mut start = 0;
    while start < lines.len() {
        let category = lines.lines.category.value(start);
        let end = start + lines.lines.category.values()[start..].iter().take_while(|other| **other == category).count();
        write_category(slot_of(category, loader.categories), &line_batch, &settlement_batch, start..end, writers)?;
        write_stubs(plan, part, settled, start..end, &noticed, writers)?;
        start = end;
    }
    Ok(())
}

/// Writes the duplicates in order of file and record, each with the line that is kept.
fn write_repeats(lines: &PartLines, kept: &[(u32, u32)], section: usize, writer: &mut SectionedWriter) -> Result<()> {
    let place = |row: u32| {
        let row = row as usize;
        (lines.file.value(row), lines.lines.record.value(row), lines.lines.line.value(row))
    };
    let partner = |row: u32| lines.lines.partner.value(row as usize);
    let mut places: Vec<_> = kept.iter().map(|(row, kept)| (place(*row), place(*kept), partner(*row))).collect();
    places.sort_unstable();
    for batch in places.chunks(BATCH_ROWS) {
        let mut rows = RepeatsBuilder::default();
        for ((file, record, line), (kept_file, kept_record, kept_line), partner) in batch {
            rows.file.append_value(*file);
            rows.record.append_value(*record);
            rows.line.append_value(*line);
            rows.kept_file.append_value(*kept_file);
            rows.kept_record.append_value(*kept_record);
            rows.partner.append_value(*partner);
            rows.kept_line.append_value(*kept_line);
        }
        writer.write(section, &rows.finish()?.to_batch()?)?;
    }
    Ok(())
}

/// What settling found about single lines.
struct Noticed<'a> {
    /// How serials tell the week of manufacture, by category.
    serial_formats: &'a [Option<&'a SerialFormat>],
    exceptions: &'a ExceptionRules,
    disagreeing: &'a FxHashSet<u32>,
    returned_serials: &'a FxHashMap<u32, Vec<String>>,
}

impl Noticed<'_> {
    /// The serials of a line that were not returned, joined by [`SERIAL_SEPARATOR`].
    fn net_serials<'l>(&self, lines: &'l Lines, row: usize) -> Cow<'l, str> {
        let serials = lines.serials.value(row);
        match self.returned_serials.get(&(row as u32)) {
            None => serials.into(),
            Some(gone) => {
                let kept: Vec<&str> =
                    serials.split(SERIAL_SEPARATOR).filter(|serial| !gone.iter().any(|other| other == serial)).collect();
                kept.join(&SERIAL_SEPARATOR.to_string()).into()
            }
        }
    }

    /// Whether a line of a category was sold before the week in which one of its serials was made.
    fn is_sold_before_made(&self, category: u16, date: i32, serials: &str, as_of: i32) -> bool {
        let Some(Some(format)) = self.serial_formats.get(usize::from(category)) else { return false };
        serials.split(SERIAL_SEPARATOR).any(|serial| format.earliest_day(serial, as_of).is_some_and(|made| made > date))
    }
}

/// The lines in line order.
fn in_order(unordered: PartLines) -> Result<PartLines> {
    let order = UInt32Array::from(line_order(&unordered));
    let PartLines { lines, feed, file } = unordered;
    let feed = order.values().iter().map(|row| feed.value(*row as usize)).collect::<Vec<_>>();
    let file = order.values().iter().map(|row| file.value(*row as usize)).collect::<Vec<_>>();
    Ok(PartLines { lines: lines.in_order(&order)?, feed: UInt16Array::from(feed), file: Int64Array::from(file) })
}

/// Writes the settled lines of one category into its slot.
fn write_category(
    slot: usize,
    lines: &RecordBatch,
    settlement: &RecordBatch,
    rows: Range<usize>,
    writers: &mut PartWriters,
) -> Result<()> {
    let mut start = rows.start;
    while start < rows.end {
        let count = BATCH_ROWS.min(rows.end - start);
        let columns = lines.slice(start, count).columns().iter().chain(settlement.slice(start, count).columns()).cloned().collect();
        let both = RecordBatch::try_new(schema(), columns).map_err(|error| Error::Internal(error.to_string()))?;
        writers.lines.write(slot, &both)?;
        start += count;
    }
    Ok(())
}

/// Writes what the serial pass reads of one category's lines, and their findings.
fn write_stubs(
    plan: &Plan,
    part: u16,
    settled: SettledLines<'_>,
    rows: Range<usize>,
    noticed: &Noticed<'_>,
    writers: &mut PartWriters,
) -> Result<()> {
    let buckets = usize::from(plan.publish.parts);
    let rules = IndexRules::new(plan, noticed.exceptions);
    let lines = settled.lines;
    for row in rows.clone() {
        let id = line_id(part, lines.category.value(row), (row - rows.start) as u32);
        if settled.is_set_aside(row) {
            continue;
        }
        let serials = noticed.net_serials(lines, row);
        let is_hardware_sold = lines.kind.value(row) == HARDWARE && settled.settlement.net_units.value(row) > 0;
        let (category, date) = (lines.category.value(row), lines.date.value(row));
        let seen = Seen {
            disagrees: noticed.disagreeing.contains(&(row as u32)),
            is_sold_before_made: is_hardware_sold && noticed.is_sold_before_made(category, date, &serials, plan.period.as_of),
        };
        write_findings(settled, row, id, &serials, seen, writers)?;
        let net_units = settled.settlement.net_units.value(row);
        if net_units <= 0 || !settled.counts(row, rules.horizon) {
            continue;
        }
        if lines.kind.value(row) == HARDWARE {
            let count = serials.split(SERIAL_SEPARATOR).filter(|serial| !serial.is_empty()).count() as u32;
            let traits = rules.traits(lines, row, id);
            for serial in serials.split(SERIAL_SEPARATOR).filter(|serial| !serial.is_empty()) {
                let stub = writers.hardware_serials.row(bucket(serial, buckets))?;
                stub.serial.append_value(serial);
                stub.line_id.append_value(id);
                stub.date.append_value(lines.date.value(row));
                stub.partner.append_value(lines.partner.value(row));
                stub.net_units.append_value(net_units);
                stub.serials.append_value(count);
                stub.invoice.append_value(lines.invoice.value(row));
                stub.sku.append_value(lines.sku.value(row));
                stub.order.append_value(traits.order);
                stub.band.append_value(traits.band);
                stub.exception.append_value(traits.exception);
            }
        } else if lines.kind.value(row) == SERVICE {
            let sku = lines.sku.value(row);
            let stub = writers.packs.row(bucket(sku, buckets))?;
            stub.line_id.append_value(id);
            stub.date.append_value(lines.date.value(row));
            stub.partner.append_value(lines.partner.value(row));
            stub.net_units.append_value(net_units);
            stub.is_attachable.append_value(u8::from(settled.is_attachable_service(row)));
            stub.serials.append_value(&serials);
            stub.sku.append_value(sku);
            stub.certificate.append_value(lines.certificate.value(row));
            stub.invoice.append_value(lines.invoice.value(row));
        }
    }
    Ok(())
}

/// What was found of a line beside its own values.
struct Seen {
    /// Feeds disagree on it.
    disagrees: bool,
    /// A serial's week of manufacture begins after the sale.
    is_sold_before_made: bool,
}

/// What is noticed about one line by itself.
fn write_findings(
    settled: SettledLines<'_>,
    row: usize,
    id: i64,
    serials: &str,
    seen: Seen,
    writers: &mut PartWriters,
) -> Result<()> {
    let lines = settled.lines;
    let serial_count = if serials.is_empty() { 0 } else { serials.split(SERIAL_SEPARATOR).count() as i64 };
    let net_units = settled.settlement.net_units.value(row);
    let noticed = [
        (FindingCode::SignMismatch, lines.quantity.value(row).signum() * lines.source_amount.value(row).signum() < 0),
        (FindingCode::FeedsDisagree, seen.disagrees),
        (FindingCode::CategoryConflict, lines.flags.value(row) & FLAG_CATEGORY_CONFLICT != 0),
        (FindingCode::MoreSerialsThanUnits, net_units > 0 && serial_count > net_units),
        (FindingCode::FewerSerialsThanUnits, lines.kind.value(row) == HARDWARE && serial_count > 0 && serial_count < net_units),
        (FindingCode::SoldBeforeMade, seen.is_sold_before_made),
    ];
    for (code, _) in noticed.into_iter().filter(|(_, holds)| *holds) {
        let finding = writers.findings.row(0)?;
        finding.code.append_value(code as u8);
        finding.line_id.append_value(id);
        finding.file.append_value(settled.settlement.file.value(row));
        finding.line.append_value(lines.line.value(row));
    }
    Ok(())
}
