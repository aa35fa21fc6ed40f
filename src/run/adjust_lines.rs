//! Adjustments: the lines that approved ones add become a unit like a file's extract, and the records that they drop are looked up, so that
//! an adjustment which does not apply stops the run.

use super::extract_files::{ExtractedFile, PLACES, part_of_partner};
use super::extract_report::ExtractReport;
use super::inputs::{FileRole, InputFile, positive_id};
use super::{REPORT, keys};
use crate::config::plan::{ADJUSTMENTS, Plan, ReferencePath};
use crate::error::{Error, Problem, Problems, Result};
use crate::finding::{Method, QuarantineCode};
use crate::io::fingerprint::{self, Hash, hex};
use crate::io::json_file;
use crate::io::places::{PlacedFile, PlacesWriter};
use crate::io::readers::{Encoding, Extent, Packing};
use crate::io::sealed::Store;
use crate::io::sectioned::{BatchBuilder, SectionedReader, SectionedWriter, record_contents};
use crate::reference::{Adjustment, References};
use crate::stages::adjust::{AddedLine, AdjustmentEffect, NewValues, Refusal, added_line, cast};
use crate::stages::classify::Classifier;
use crate::stages::tally::pack_currency;
use crate::tables::digest::RowDigest;
use crate::tables::stage::{ADJUSTED_FEED, KIND_UNMAPPED, Lines, LinesBuilder, Quarantined};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::classes::FoundClass;

/// The approved adjustments of a run.
#[derive(Debug, Clone, Default)]
pub struct Adjusted {
    /// The number of the adjustment that adds or drops a line, by the line's file and record.
    pub records: FxHashMap<(i64, u32), u32>,
    /// What each does to units and money, by number.
    pub effects: BTreeMap<u32, AdjustmentEffect>,
    parts: BTreeMap<u32, BTreeSet<u16>>,
}

/// What the unit of the adjustments says.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct AdjustReport {
    extract: ExtractReport,
    effects: BTreeMap<u32, AdjustmentEffect>,
    /// The parts in which each adjustment adds or drops a line.
    parts: BTreeMap<u32, BTreeSet<u16>>,
}

/// An approved adjustment on its way.
struct Approved<'a> {
    number: u32,
    adjustment: &'a Adjustment,
    values: NewValues,
    /// Index of the file whose record it drops.
    file: Option<usize>,
}

impl Adjusted {
    /// What of the adjustments concerns a part.
    pub fn of_part(&self, references: &References, part: u16) -> String {
        let numbers = self.parts.iter().filter(|(_, parts)| parts.contains(&part)).map(|(number, _)| *number);
        let places: BTreeMap<u32, BTreeSet<(i64, u32)>> =
            self.records.iter().fold(BTreeMap::new(), |mut places, (place, number)| {
                places.entry(*number).or_default().insert(*place);
                places
            });
        numbers
            .map(|number| {
                let id = references.adjustment(number).map_or("", |adjustment| &adjustment.id);
                format!("{number} {id:?} {:?};", places.get(&number))
            })
            .collect()
    }
}

/// Looks up what the approved adjustments drop, and gives the lines that they add as a file of their own; `None` where the pipeline names no
/// adjustments.
///
/// # Errors
/// An `Input` problem for every approved adjustment that does not apply.
pub fn adjust(
    plan: &Plan,
    references: &References,
    files: &[ExtractedFile],
    store: &Store,
) -> Result<Option<(Adjusted, ExtractedFile)>> {
    let Some(table) = &plan.reference.adjustments else { return Ok(None) };
    let approved = approved(plan, references, table, files)?;
    let input = input(references, table)?;
    let key = key(plan, references, &input, files, &approved);
    let (folder, _) = store.get_or_make("adjust", &key, |folder| {
        let mut unit = Unit { plan, references, table, input: &input, report: AdjustReport::default(), lines: BTreeMap::new() };
        unit.apply(files, &approved)?;
        unit.write(folder)
    })?;
    open(references, table, files, &approved, input, (key, folder)).map(Some)
}

/// The adjustments as an earlier run left them; `Ok(None)` where they would have to be worked out again.
///
/// # Errors
/// As of [`adjust`].
pub fn find(
    plan: &Plan,
    references: &References,
    table: &ReferencePath,
    files: &[ExtractedFile],
    store: &Store,
) -> Result<Option<(Adjusted, ExtractedFile)>> {
    let approved = approved(plan, references, table, files)?;
    let input = input(references, table)?;
    let key = key(plan, references, &input, files, &approved);
    let Some(folder) = store.find("adjust", &key) else { return Ok(None) };
    open(references, table, files, &approved, input, (key, folder)).map(Some)
}

/// Casts the values of every approved adjustment.
///
/// # Errors
/// An `Input` problem for every value that is not what its column holds.
pub fn check(plan: &Plan, references: &References) -> Result<()> {
    match &plan.reference.adjustments {
        Some(table) => cast_all(references, table).map(|_| ()),
        None => Ok(()),
    }
}

fn cast_all<'a>(references: &'a References, table: &ReferencePath) -> Result<Vec<(u32, &'a Adjustment, NewValues)>> {
    let mut problems = Problems::default();
    let mut all = Vec::new();
    for (number, adjustment) in references.approved_adjustments() {
        match cast(adjustment) {
            Ok(values) => all.push((number, adjustment, values)),
            Err(refusals) => refusals.into_iter().for_each(|refusal| problems.push(problem(table, adjustment, refusal))),
        }
    }
    problems.into_result(Error::Input)?;
    Ok(all)
}

fn problem(table: &ReferencePath, adjustment: &Adjustment, refusal: Refusal) -> Problem {
    let message = format!("adjustment `{}`: {}", adjustment.id, refusal.message);
    Problem::new(&table.path, message).at_line(adjustment.line as usize).with_hint(refusal.hint)
}

/// The approved adjustments, each with the file whose record it drops.
fn approved<'a>(
    plan: &Plan,
    references: &'a References,
    table: &ReferencePath,
    files: &[ExtractedFile],
) -> Result<Vec<Approved<'a>>> {
    let mut problems = Problems::default();
    let mut approved = Vec::new();
    for (number, adjustment, values) in cast_all(references, table)? {
        match file_of(plan, adjustment, files) {
            Ok(file) => approved.push(Approved { number, adjustment, values, file }),
            Err(refusal) => problems.push(problem(table, adjustment, refusal)),
        }
    }
    problems.into_result(Error::Input)?;
    Ok(approved)
}

/// The file of the record that an adjustment drops.
fn file_of(plan: &Plan, adjustment: &Adjustment, files: &[ExtractedFile]) -> std::result::Result<Option<usize>, Refusal> {
    let Some(record) = &adjustment.record else { return Ok(None) };
    let refuse = |message: String, hint| Err(Refusal { message, hint });
    let is_named = |file: &&ExtractedFile| file.input.feed == record.feed && file.input.relative == record.path;
    let place = files.iter().position(|file| is_named(&file));
    let Some((place, file)) = place.and_then(|place| Some((place, files.get(place)?))) else {
        let message = format!("`{}` is no file of feed `{}`", record.path, plan.feed_id(record.feed));
        return refuse(message, "if the file has left the run, take the adjustment out");
    };
    if !hex(&file.input.hash).starts_with(&record.sha256) {
        let message = format!("`{}` is not the file that was reviewed: its hash is {}", record.path, &hex(&file.input.hash)[..12]);
        return refuse(message, "look the record up in the file as it is now, then correct `file_sha256` and `record_number`");
    }
    match &file.input.role {
        FileRole::Kept => Ok(Some(place)),
        FileRole::Duplicate { of: kept } | FileRole::Superseded { by: kept } => refuse(
            format!("`{}` is not accepted: `{kept}` is kept instead", record.path),
            "name the record in the file that is kept",
        ),
    }
}

/// The table as an input file.
fn input(references: &References, table: &ReferencePath) -> Result<InputFile> {
    let read = references.files.iter().find(|file| file.relative == table.relative);
    let read = read.ok_or_else(|| Error::Internal("the adjustments table was not read".into()))?;
    let bytes = std::fs::metadata(&table.path).map_err(Error::io("read", &table.path))?.len();
    let id = fingerprint::of_parts([ADJUSTMENTS.as_bytes(), table.relative.as_bytes(), &read.sha256[..]]);
    Ok(InputFile {
        feed: ADJUSTED_FEED,
        path: table.path.clone(),
        relative: table.relative.clone(),
        hash: read.sha256,
        bytes,
        file_id: positive_id(&id),
        role: FileRole::Kept,
    })
}

fn key(plan: &Plan, references: &References, input: &InputFile, files: &[ExtractedFile], approved: &[Approved<'_>]) -> Hash {
    let read: BTreeSet<usize> = approved.iter().filter_map(|approved| approved.file).collect();
    let extracts: Vec<Hash> = read.into_iter().filter_map(|place| files.get(place)).map(|file| file.key).collect();
    keys::adjust(plan, references, input, &extracts)
}

fn open(
    references: &References,
    table: &ReferencePath,
    files: &[ExtractedFile],
    approved: &[Approved<'_>],
    input: InputFile,
    (key, folder): (Hash, PathBuf),
) -> Result<(Adjusted, ExtractedFile)> {
    let AdjustReport { extract, effects, parts } = json_file::read(&folder.join(REPORT))?;
    reject_unmapped(references, table, files, &extract)?;
    let mut records = FxHashMap::default();
    for approved in approved {
        if let (Some(file), Some(record)) = (approved.file.and_then(|place| files.get(place)), &approved.adjustment.record) {
            records.insert((file.input.file_id, record.record), approved.number);
        }
        records.insert((input.file_id, approved.adjustment.row), approved.number);
    }
    Ok((Adjusted { records, effects, parts }, ExtractedFile { input, key, folder, report: extract }))
}

/// An added line of a product that nothing knows would be in no index: a slip that its reviewer has not seen. What a feed says of the SKU
/// stands for the added line too.
fn reject_unmapped(references: &References, table: &ReferencePath, files: &[ExtractedFile], report: &ExtractReport) -> Result<()> {
    let is_mapped = |class: &FoundClass| class.kind != KIND_UNMAPPED;
    let mut problems = Problems::default();
    for (sku, classes) in &report.found_classes {
        let of_feeds = files.iter().filter_map(|file| file.report.found_classes.get(sku));
        if classes.iter().chain(of_feeds.flatten()).any(is_mapped) {
            continue;
        }
        for (_, adjustment) in references.approved_adjustments() {
            if crate::reference::normalise_sku(&adjustment.values.sku).0 == sku.as_str() {
                let message = format!("no table or rule knows the SKU `{sku}`");
                let hint = "correct `sku`, or add it to the product master";
                problems.push(problem(table, adjustment, Refusal { message, hint }));
            }
        }
    }
    problems.into_result(Error::Input)
}

/// The unit in the making.
struct Unit<'a> {
    plan: &'a Plan,
    references: &'a References,
    table: &'a ReferencePath,
    input: &'a InputFile,
    report: AdjustReport,
    /// The added lines by part.
    lines: BTreeMap<u16, LinesBuilder>,
}

impl Unit<'_> {
    fn apply(&mut self, files: &[ExtractedFile], approved: &[Approved<'_>]) -> Result<()> {
        let mut problems = Problems::default();
        let mut classifier = Classifier::new(self.references);
        let targets = targets(files, approved)?;
        for approved in approved {
            let adjustment = approved.adjustment;
            let target = match (approved.file.and_then(|place| files.get(place)), targets.get(&approved.number)) {
                (Some(file), None) => {
                    problems.push(problem(self.table, adjustment, not_accepted(file, adjustment)?));
                    continue;
                }
                (_, target) => target,
            };
            if let Some(target) = target {
                let lines = &target.lines;
                self.effect(approved.number, target.part)
                    .dropped
                    .add(lines.quantity.value(target.row), lines.amount.value(target.row));
            }
            if adjustment.action == crate::reference::AdjustmentAction::Drop {
                continue;
            }
            let replaced = target.map(|target| (&target.lines, target.row));
            match added_line(adjustment, &approved.values, replaced, self.plan, &mut classifier, self.references) {
                Ok(line) => self.add(approved, &line),
                Err(refusal) => problems.push(problem(self.table, adjustment, refusal)),
            }
        }
        problems.into_result(Error::Input)
    }

    fn effect(&mut self, number: u32, part: u16) -> &mut AdjustmentEffect {
        self.report.parts.entry(number).or_default().insert(part);
        self.report.effects.entry(number).or_default()
    }

    fn add(&mut self, approved: &Approved<'_>, line: &AddedLine) {
        let part = part_of_partner(self.references, line.partner, usize::from(self.plan.publish.parts)) as u16;
        self.effect(approved.number, part).added.add(line.quantity, line.amount);
        self.report.extract.incoming.add_valued(line.quantity, line.source_amount, &line.currency);
        if line.class.method != Method::ProductMaster {
            let found = FoundClass::of(&line.class);
            self.report.extract.found_classes.entry(line.sku.clone()).or_default().insert(found);
        }
        let reseller = self.references.resellers.of(line.partner);
        append(self.lines.entry(part).or_default(), line, reseller, approved.adjustment);
    }

    fn write(mut self, folder: &Path) -> Result<()> {
        let parts = usize::from(self.plan.publish.parts);
        let mut writer = SectionedWriter::create(folder, "lines", parts, &Lines::schema())?;
        let report = &mut self.report.extract;
        (report.lines, report.line_digests) = (vec![0; parts], vec![0; parts]);
        for (part, mut builder) in self.lines {
            let part = usize::from(part);
            let batch = builder.take()?;
            let lines = Lines::from_batch(&batch)?;
            let mut digest = RowDigest::default();
            (0..batch.num_rows()).for_each(|row| lines.add_to_digest(row, self.input.file_id, &mut digest));
            (report.lines[part], report.line_digests[part]) = (batch.num_rows() as u64, digest.value());
            writer.write(part, &batch)?;
        }
        writer.finish()?;
        write_places(&self.table.path, folder)?;
        record_contents(folder)?;
        json_file::write(&folder.join(REPORT), &self.report)
    }
}

/// Writes where the rows of the table stand: each is a line that is not empty, and the first is the header.
fn write_places(table: &Path, folder: &Path) -> Result<()> {
    let bytes = std::fs::read(table).map_err(Error::io("read", table))?;
    let file = PlacedFile {
        format: "delimited".to_owned(),
        packing: Packing::Plain,
        encoding: Some(Encoding::Utf8),
        sections: Vec::new(),
    };
    let mut places = PlacesWriter::create(&folder.join(PLACES), file)?;
    places.section("", "");
    let mut offset = 0;
    let mut is_header = true;
    for line in bytes.split(|byte| matches!(byte, b'\r' | b'\n')) {
        if !line.is_empty() && !std::mem::take(&mut is_header) {
            let length = u32::try_from(line.len()).map_err(|_| Error::Internal("a row of 4 GiB was read".into()))?;
            places.push(Some(Extent { offset, length }))?;
        }
        offset += line.len() as u64 + 1;
    }
    places.finish()
}

/// A record as it was extracted.
struct Target {
    part: u16,
    lines: Lines,
    row: usize,
}

/// The records that are dropped, by the number of their adjustment.
fn targets(files: &[ExtractedFile], approved: &[Approved<'_>]) -> Result<BTreeMap<u32, Target>> {
    let mut wanted: BTreeMap<usize, FxHashMap<u32, u32>> = BTreeMap::new();
    for approved in approved {
        if let (Some(file), Some(record)) = (approved.file, &approved.adjustment.record) {
            wanted.entry(file).or_default().insert(record.record, approved.number);
        }
    }
    let mut targets = BTreeMap::new();
    for (place, records) in wanted {
        let Some(file) = files.get(place) else { continue };
        let mut reader = SectionedReader::open(&file.folder, "lines")?;
        for (part, count) in (0u16..).zip(&file.report.lines) {
            if *count == 0 {
                continue;
            }
            for batch in reader.section(usize::from(part)) {
                let lines = Lines::from_batch(&batch?)?;
                for (row, record) in lines.record.values().iter().enumerate() {
                    if let Some(number) = records.get(record) {
                        targets.insert(*number, Target { part, lines: lines.clone(), row });
                    }
                }
            }
        }
    }
    Ok(targets)
}

/// Why the record of an adjustment is not among the accepted ones.
fn not_accepted(file: &ExtractedFile, adjustment: &Adjustment) -> Result<Refusal> {
    let number = adjustment.record.as_ref().map_or(0, |record| record.record);
    let path = &file.input.relative;
    for batch in SectionedReader::open(&file.folder, "quarantined")?.section(0) {
        let rows = Quarantined::from_batch(&batch?)?;
        if let Some(row) = rows.record.values().iter().position(|record| *record == number) {
            let code = QuarantineCode::from_index(rows.code.value(row)).map_or("", QuarantineCode::code);
            let message = format!("record {number} of `{path}` is not accepted: it is quarantined ({code})");
            return Ok(Refusal { message, hint: "use the action `add` with the record's right values" });
        }
    }
    let message = format!("`{path}` has {} records, and no record {number}", file.report.incoming.records);
    Ok(Refusal { message, hint: "`record_number` counts the file's records from 1, without the header: see `fact_sale_line`" })
}

fn append(row: &mut LinesBuilder, line: &AddedLine, reseller: u32, adjustment: &Adjustment) {
    row.partner.append_value(line.partner);
    row.reseller.append_value(reseller);
    row.date.append_value(line.date);
    row.category.append_value(line.class.category);
    row.kind.append_value(line.class.kind);
    row.method.append_value(line.class.method as u8);
    row.flags.append_value(line.class.flags);
    row.quantity.append_value(line.quantity);
    row.amount.append_value(line.amount);
    row.source_amount.append_value(line.source_amount);
    row.currency.append_value(pack_currency(&line.currency));
    row.record.append_value(adjustment.row);
    row.line.append_value(adjustment.line);
    row.invoice.append_value(&line.invoice);
    row.sku.append_value(&line.sku);
    row.sku_option.append_value(&line.sku_option);
    row.serials.append_value(&line.serials);
    row.purchase_order.append_value(&line.purchase_order);
    row.sales_order.append_value(&line.sales_order);
    row.end_customer.append_value(&line.end_customer);
    row.certificate.append_value(&line.certificate);
}
