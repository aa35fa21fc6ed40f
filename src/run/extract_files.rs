//! Extraction over files, in parallel: each file becomes one sealed unit of typed lines, quarantined records and their accounting.

use super::classes::FoundClass;
use super::control::{self, TrailerTotals};
use super::inputs::{FileRole, InputFile};
use super::worklists::UnknownPartner;
use super::{REPORT, RunOptions, calendar, keys, workers};
use crate::config::plan::{Feed, Plan};
use crate::error::{Error, Problem, Problems, Result};
use crate::finding::{Method, QuarantineCode};
use crate::io::fingerprint::Hash;
use crate::io::json_file;
use crate::io::readers::{Fields, FileReader, ReadError, Record, Section};
use crate::io::sealed::{Reuse, Store};
use crate::io::sectioned::{Scatter, record_contents};
use crate::reference::References;
use crate::stages::extract::{Contract, Rejection, TypedRecord, Valuation};
use crate::stages::normalize::{Normalised, Normaliser, month_of};
use crate::stages::tally::{Tally, pack_currency};
use crate::tables::digest::RowDigest;
use crate::tables::stage::{
    KIND_UNMAPPED, LinesBuilder, QuarantinedBuilder, RegistrationsBuilder, SERIAL_SEPARATOR, SetAsideBuilder,
};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What extraction says of one file.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ExtractReport {
    /// What the reader summed before any stage.
    pub incoming: Tally,
    /// What was set aside.
    pub quarantined: Tally,
    /// Quarantined records by code, with the physical line of the first.
    pub quarantined_by_code: BTreeMap<String, (u64, u64)>,
    /// Sum of the row digests of the extracted lines, by part.
    pub line_digests: Vec<u128>,
    /// Extracted lines by part.
    pub lines: Vec<u64>,
    /// Registrations.
    pub registrations: u64,
    /// Registered serials by month (year × 12 + month − 1).
    pub registrations_by_month: BTreeMap<i32, u64>,
    /// Sum of the row digests of the registrations.
    pub registration_digest: u128,
    /// Partners with a line or registration in the last 12 months up to the as-of date, where the feed has an expected calendar; sorted.
    pub recent_partners: Vec<u32>,
    /// Locations or names that belong to no partner.
    pub unknown_partners: BTreeMap<String, UnknownPartner>,
    /// The classes found for each SKU that the product master does not know.
    pub found_classes: BTreeMap<String, BTreeSet<FoundClass>>,
    /// The first description, in order of text, of each unmapped SKU.
    pub unmapped_descriptions: BTreeMap<String, String>,
    /// The sender's own totals in the file's trailers, where the feed declares some and the file has them.
    pub trailer_totals: Option<TrailerTotals>,
    /// Lines that are no records by declaration: trailers, repeated headers, quantities that are no sales.
    pub passed_over: u64,
    /// What the file says of itself and what does not hold, each with its line.
    pub remarks: Vec<(u64, String)>,
}

/// A file with its extract.
#[derive(Debug, Clone)]
pub struct ExtractedFile {
    /// The raw file.
    pub input: InputFile,
    /// Key of its unit.
    pub key: Hash,
    /// Folder of its unit.
    pub folder: PathBuf,
    /// What extraction said.
    pub report: ExtractReport,
}

/// Extracts every file, or takes over its sealed extract.
///
/// # Errors
/// Where a file cannot be read, is empty, or lacks declared columns; all such files are told together.
pub fn extract(
    plan: &Plan,
    references: &References,
    files: Vec<InputFile>,
    store: &Store,
    options: &RunOptions,
) -> Result<Vec<ExtractedFile>> {
    let stage = options.progress.stage("extract", files.len() as u64);
    let done = workers::map(
        options.threads,
        &files,
        |file| file.bytes,
        |file| {
            let key = keys::extract(plan, references, file);
            let outcome = store.get_or_make("extract", &key, |folder| extract_file(plan, references, file, folder, options));
            stage.advance(1);
            match outcome {
                Ok((folder, reuse)) => {
                    tracing::info!(file = file.relative, reused = reuse == Reuse::Found, "extracted");
                    Ok(Ok((key, folder)))
                }
                Err(Error::Input(problems)) => Ok(Err(problems)),
                Err(error) => Err(error),
            }
        },
    )?;
    let mut problems = Problems::default();
    let mut extracted = Vec::with_capacity(files.len());
    for (input, outcome) in files.into_iter().zip(done) {
        match outcome {
            Ok((key, folder)) => extracted.push(load(input, key, folder)?),
            Err(found) => problems.0.extend(found.0),
        }
    }
    problems.into_result(Error::Input)?;
    Ok(extracted)
}

/// A file with its sealed extract.
///
/// # Errors
/// Where the extract's report is missing or damaged.
pub fn load(input: InputFile, key: Hash, folder: PathBuf) -> Result<ExtractedFile> {
    let report = json_file::read(&folder.join(REPORT))?;
    Ok(ExtractedFile { input, key, folder, report })
}

/// The problem of a feed none of whose files has a record.
pub fn empty_feed(plan: &Plan, feed: &Feed) -> Problem {
    let message = format!("feed `{}` has no records in any of its files", feed.id);
    Problem::new(&plan.pipeline_file, message).with_hint("take the feed out, or correct its `files`")
}

/// Opens a file as its feed declares it.
///
/// # Errors
/// An `Input` problem where the file contradicts the declaration.
pub fn open<'p>(feed: &'p Feed, path: &Path) -> Result<FileReader<'p>> {
    FileReader::open(path, &feed.layout).map_err(unreadable(path, ""))
}

/// Goes on to the next section of a file and binds the feed's contract to its columns.
///
/// # Errors
/// An `Input` problem where its header is unreadable or a declared column is missing.
pub fn next_section<'p>(
    plan: &Plan,
    feed: &'p Feed,
    reader: &mut FileReader<'_>,
    path: &Path,
) -> Result<Option<(Section, Contract<'p>)>> {
    let Some(section) = reader.next_section().map_err(unreadable(path, ""))? else { return Ok(None) };
    let contract = Contract::bind(feed, plan.period.as_of, &section.columns).map_err(|causes| {
        let names = section.columns.iter().map(|name| format!("`{}`", name.escape_debug())).collect::<Vec<_>>().join(", ");
        let hint = format!("the header has {names}; correct [feed.columns] of feed `{}`, or its delimiter or encoding", feed.id);
        let problem = |cause: String| Problem::new(path, named(&section.name, cause)).at_line(1).with_hint(&hint);
        Error::Input(Problems(causes.into_iter().map(problem).collect()))
    })?;
    Ok(Some((section, contract)))
}

/// Why a file, or a section of it, cannot be read.
pub fn unreadable(path: &Path, section: &str) -> impl FnOnce(ReadError) -> Error {
    move |error| match error {
        ReadError::Io(error) => Error::io("read", path)(error),
        ReadError::File(defect) => {
            let problem = Problem::new(path, named(section, defect.message)).with_hint(defect.hint);
            Error::Input(Problems(vec![match defect.line.and_then(|line| usize::try_from(line).ok()) {
                Some(line) => problem.at_line(line),
                None => problem,
            }]))
        }
    }
}

/// A cause with the section in which it was met.
fn named(section: &str, cause: String) -> String {
    if section.is_empty() { cause } else { format!("{section:?}: {cause}") }
}

/// Extracts one file into its unit.
fn extract_file(plan: &Plan, references: &References, input: &InputFile, folder: &Path, options: &RunOptions) -> Result<()> {
    let feed = &plan.feeds[usize::from(input.feed)];
    let mut reader = open(feed, &input.path)?;
    let parts = usize::from(plan.publish.parts);
    let mut sink = Sink {
        file_id: input.file_id,
        partners: references.partners.len() as u64,
        parts: parts as u64,
        lines: Scatter::create(folder, "lines", parts, options.scatter_rows())?,
        registrations: Scatter::create(folder, "registrations", parts, options.scatter_rows())?,
        quarantined: Scatter::create(folder, "quarantined", 1, 4_096)?,
        set_aside: Scatter::create(folder, "set_aside", 1, 32_768)?,
        digests: vec![RowDigest::default(); parts],
        registration_digest: RowDigest::default(),
        report: ExtractReport { lines: vec![0; parts], ..ExtractReport::default() },
        joined_serials: String::new(),
        recent: RecentPartners::new(plan, feed, references.partners.len()),
    };
    let mut normaliser = Normaliser::new(plan, references, input.feed);
    while let Some((section, contract)) = next_section(plan, feed, &mut reader, &input.path)? {
        while let Some(record) = reader.next_record().map_err(unreadable(&input.path, &section.name))? {
            sink.take(plan, input, &contract, &mut normaliser, &record, &section.name)?;
        }
    }
    sink.report.passed_over = reader.passed_over();
    sink.report.trailer_totals = control::trailer_totals(feed, reader.trailers());
    sink.report.remarks = reader.remarks().iter().map(|remark| (remark.line, remark.text.clone())).collect();
    sink.finish(folder)
}

fn whole(code: QuarantineCode) -> Rejection {
    Rejection { code, field: "", value: String::new() }
}

/// Where a file's records go.
struct Sink {
    file_id: i64,
    partners: u64,
    parts: u64,
    lines: Scatter<LinesBuilder>,
    registrations: Scatter<RegistrationsBuilder>,
    quarantined: Scatter<QuarantinedBuilder>,
    set_aside: Scatter<SetAsideBuilder>,
    digests: Vec<RowDigest>,
    registration_digest: RowDigest,
    report: ExtractReport,
    joined_serials: String,
    recent: RecentPartners,
}

/// Which partners the file has shown lately.
struct RecentPartners {
    after: i32,
    is_seen: Vec<bool>,
}

impl RecentPartners {
    fn new(plan: &Plan, feed: &Feed, partners: usize) -> Self {
        let partners = if feed.expected.is_some() { partners } else { 0 };
        Self { after: calendar::year_before(plan.period.as_of), is_seen: vec![false; partners] }
    }

    fn note(&mut self, partner: u32, date: i32) {
        if date > self.after
            && let Some(is_seen) = self.is_seen.get_mut(partner as usize)
        {
            *is_seen = true;
        }
    }

    fn into_partners(self) -> Vec<u32> {
        self.is_seen.into_iter().zip(0..).filter(|(is_seen, _)| *is_seen).map(|(_, partner)| partner).collect()
    }
}

impl Sink {
    /// Takes one record: counts it, and sends it to where it ends.
    fn take(
        &mut self,
        plan: &Plan,
        input: &InputFile,
        contract: &Contract<'_>,
        normaliser: &mut Normaliser<'_>,
        record: &Record<'_>,
        section: &str,
    ) -> Result<()> {
        let valuation = record.fields.as_ref().map_err(|code| whole(*code)).and_then(|fields| contract.valuation(fields));
        self.count(valuation.as_ref().ok());
        if input.role != FileRole::Kept {
            let (record_number, line) = place(record)?;
            let row = self.set_aside.row(0)?;
            row.record.append_value(record_number);
            row.line.append_value(line);
            return Ok(());
        }
        let typed = match (&record.fields, valuation.clone()) {
            (Ok(fields), Ok(valuation)) => contract.typed(fields, valuation),
            (_, Err(rejection)) => Err(rejection),
            (Err(code), _) => Err(whole(*code)),
        };
        let normalised = typed.and_then(|typed| match normaliser.normalise(&typed) {
            Ok(normalised) => Ok((typed, normalised)),
            Err(rejection) => {
                if rejection.code == QuarantineCode::UnknownPartner {
                    self.note_unknown(&typed, normaliser.money_or_nothing(&typed));
                }
                Err(rejection)
            }
        });
        match normalised {
            Ok((typed, normalised)) => {
                let serials = contract.serials(typed.serials);
                if super::inputs::is_sales(plan, input) {
                    self.line(record, &typed, &normalised, &serials)
                } else {
                    self.registration(record, &typed, &normalised, &serials)
                }
            }
            Err(rejection) => self.quarantine(record, section, rejection, valuation.ok(), |fields| contract.location(fields)),
        }
    }

    fn count(&mut self, valuation: Option<&Valuation<'_>>) {
        match valuation {
            Some(valuation) => self.report.incoming.add_valued(valuation.units, valuation.amount, valuation.currency),
            None => self.report.incoming.add_unvalued(),
        }
    }

    fn line(
        &mut self,
        record: &Record<'_>,
        typed: &TypedRecord<'_>,
        normalised: &Normalised<'_>,
        serials: &[Cow<'_, str>],
    ) -> Result<()> {
        let part = part_of_partner(normalised.partner, self.partners, self.parts);
        self.joined_serials.clear();
        for (place, serial) in serials.iter().enumerate() {
            if place > 0 {
                self.joined_serials.push(SERIAL_SEPARATOR);
            }
            self.joined_serials.push_str(serial);
        }
        self.recent.note(normalised.partner, typed.date);
        let class = normalised.class;
        let (record_number, line) = place(record)?;
        let currency = pack_currency(normalised.currency);
        let integers = [
            self.file_id,
            i64::from(normalised.partner),
            i64::from(typed.date),
            i64::from(class.category),
            i64::from(class.kind),
            i64::from(class.method as u8),
            i64::from(class.flags),
            typed.valuation.units,
            normalised.amount,
            typed.valuation.amount,
            i64::from(currency),
            i64::from(record_number),
            i64::from(line),
        ];
        let texts = [
            typed.invoice,
            &normalised.sku,
            normalised.sku_option,
            &self.joined_serials,
            typed.purchase_order,
            typed.sales_order,
            typed.end_customer,
            typed.certificate,
        ];
        self.digests[part].add(&integers, &texts);
        self.report.lines[part] += 1;
        let row = self.lines.row(part)?;
        row.partner.append_value(normalised.partner);
        row.date.append_value(typed.date);
        row.category.append_value(class.category);
        row.kind.append_value(class.kind);
        row.method.append_value(class.method as u8);
        row.flags.append_value(class.flags);
        row.quantity.append_value(typed.valuation.units);
        row.amount.append_value(normalised.amount);
        row.source_amount.append_value(typed.valuation.amount);
        row.currency.append_value(currency);
        row.record.append_value(record_number);
        row.line.append_value(line);
        row.invoice.append_value(typed.invoice);
        row.sku.append_value(&normalised.sku);
        row.sku_option.append_value(normalised.sku_option);
        row.serials.append_value(&self.joined_serials);
        row.purchase_order.append_value(typed.purchase_order);
        row.sales_order.append_value(typed.sales_order);
        row.end_customer.append_value(typed.end_customer);
        row.certificate.append_value(typed.certificate);
        if class.method != Method::ProductMaster {
            let found = FoundClass::of(&class);
            match self.report.found_classes.get_mut(normalised.sku.as_ref()) {
                Some(classes) => {
                    classes.insert(found);
                }
                None => {
                    self.report.found_classes.insert(normalised.sku.clone().into_owned(), BTreeSet::from([found]));
                }
            }
        }
        if class.kind == KIND_UNMAPPED {
            let description = self
                .report
                .unmapped_descriptions
                .entry(normalised.sku.clone().into_owned())
                .or_insert_with(|| typed.description.to_owned());
            if typed.description < description.as_str() {
                typed.description.clone_into(description);
            }
        }
        Ok(())
    }

    fn registration(
        &mut self,
        record: &Record<'_>,
        typed: &TypedRecord<'_>,
        normalised: &Normalised<'_>,
        serials: &[Cow<'_, str>],
    ) -> Result<()> {
        let (record_number, line) = place(record)?;
        self.report.registrations += 1;
        self.recent.note(normalised.partner, typed.date);
        *self.report.registrations_by_month.entry(month_of(typed.date)).or_default() += serials.len() as u64;
        for serial in serials {
            let integers = [self.file_id, i64::from(typed.date), i64::from(record_number), i64::from(line)];
            self.registration_digest.add(&integers, &[&normalised.sku, serial, typed.certificate, typed.invoice]);
            let row = self.registrations.row(bucket(serial, self.parts as usize))?;
            row.partner.append_value(normalised.partner);
            row.file.append_value(self.file_id);
            row.date.append_value(typed.date);
            row.record.append_value(record_number);
            row.line.append_value(line);
            row.sku.append_value(&normalised.sku);
            row.serial.append_value(serial);
            row.certificate.append_value(typed.certificate);
            row.invoice.append_value(typed.invoice);
        }
        Ok(())
    }

    fn note_unknown(&mut self, typed: &TypedRecord<'_>, amount: i64) {
        let unknown = self.report.unknown_partners.entry(typed.location.to_owned()).or_default();
        unknown.records += 1;
        unknown.units += typed.valuation.units;
        unknown.amount += amount;
        unknown.note_name(typed.partner_name);
    }

    fn quarantine<'a>(
        &mut self,
        record: &Record<'a>,
        section: &str,
        rejection: Rejection,
        valuation: Option<Valuation<'_>>,
        location: impl Fn(&Fields<'a>) -> &'a str,
    ) -> Result<()> {
        let location = record.fields.as_ref().map_or("", |fields| location(fields));
        let code = rejection.code.code();
        let (record_number, line) = place(record)?;
        let by_code = self.report.quarantined_by_code.entry(code.to_owned()).or_insert((0, record.place.line));
        by_code.0 += 1;
        match valuation {
            Some(valuation) => self.report.quarantined.add_valued(valuation.units, valuation.amount, valuation.currency),
            None => self.report.quarantined.add_unvalued(),
        }
        let value = if rejection.field.is_empty() { String::from_utf8_lossy(record.raw) } else { rejection.value.into() };
        let row = self.quarantined.row(0)?;
        row.record.append_value(record_number);
        row.line.append_value(line);
        row.section.append_value(section);
        row.code.append_value(rejection.code as u8);
        row.field.append_value(rejection.field);
        row.value.append_value(value);
        row.location.append_value(location);
        row.is_valued.append_value(u8::from(valuation.is_some()));
        row.units.append_value(valuation.map_or(0, |valuation| valuation.units));
        row.amount.append_value(valuation.map_or(0, |valuation| valuation.amount));
        row.currency.append_value(valuation.map_or("", |valuation| valuation.currency));
        Ok(())
    }

    fn finish(self, folder: &Path) -> Result<()> {
        let mut report = self.report;
        self.lines.finish()?;
        self.registrations.finish()?;
        self.quarantined.finish()?;
        self.set_aside.finish()?;
        record_contents(folder)?;
        report.recent_partners = self.recent.into_partners();
        report.line_digests = self.digests.iter().map(RowDigest::value).collect();
        report.registration_digest = self.registration_digest.value();
        json_file::write(&folder.join(REPORT), &report)
    }
}

fn place(record: &Record<'_>) -> Result<(u32, u32)> {
    let narrow =
        |number: u64| u32::try_from(number).map_err(|_| Error::Internal("a file has more than 4,294,967,295 lines".into()));
    Ok((narrow(record.place.record)?, narrow(record.place.line)?))
}

/// The part of a partner: consecutive ranges of partner ids of nearly equal length.
pub fn part_of_partner(partner: u32, partners: u64, parts: u64) -> usize {
    (u64::from(partner) * parts / partners.max(1)) as usize
}

/// The bucket of a text by its hash.
pub fn bucket(text: &str, buckets: usize) -> usize {
    (xxhash_rust::xxh3::xxh3_64(text.as_bytes()) % buckets as u64) as usize
}
