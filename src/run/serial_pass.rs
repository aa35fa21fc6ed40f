//! What crosses partners: registrations find their pack sales, and packs the hardware whose serial they cover. Works bucket by bucket, so
//! that memory is set by the buckets and not by the number of lines.

use super::extract_files::{ExtractedFile, bucket};
use super::serial_pairs::{self, Side};
use super::settle_parts::SettledPart;
use super::{REPORT, RunOptions, keys, workers};
use crate::config::plan::{AttachPolicy, Plan};
use crate::error::{Error, Result};
use crate::finding::FindingCode;
use crate::io::fingerprint::Hash;
use crate::io::json_file;
use crate::io::sealed::Store;
use crate::io::sectioned::{Scatter, Unit, gather, record_contents};
use crate::publish::facts::write_registrations;
use crate::publish::parquet::WrittenTable;
use crate::reference::{References, Resellers};
use crate::stages::attach::{BucketSerials, Contended, SerialPair, category_findings, settle_contended};
use crate::stages::matchings::{matchings, serial_windows};
use crate::stages::registrations::{Joined, join};
use crate::stages::tally::Tally;
use crate::tables::digest::RowDigest;
use crate::tables::stage::{
    FindingsBuilder, HardwareSerials, HardwareSerialsBuilder, NO_PARTNER, PackSales, PackSalesBuilder, Registrations,
    RegistrationsBuilder, SERIAL_SEPARATOR, ServiceSerials, ServiceSerialsBuilder,
};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// What the serial pass says of itself.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct SerialReport {
    /// Registration records by file, as they left the pass.
    pub registrations: BTreeMap<i64, Tally>,
    /// Sum of the row digests of the registrations that left the pass, by file.
    pub registration_digests: BTreeMap<i64, u128>,
    /// Registrations for which no pack sale was found.
    pub registered_only: u64,
    /// Packs that the serial rung joined.
    pub packs: u64,
    /// Hardware units that they cover: add-ons cover none.
    pub units: u64,
    /// The files of `fact_registration`, by bucket.
    pub registration_tables: BTreeMap<usize, WrittenTable>,
    /// Digest of the serial pairs that concern each part.
    pub pair_digests: Vec<u128>,
}

/// The finished pass.
#[derive(Debug, Clone)]
pub struct SerialPass {
    /// Folder of its unit.
    pub folder: PathBuf,
    /// What it said.
    pub report: SerialReport,
}

impl SerialPass {
    /// The pairs within the window of a policy of which a part holds the service line, or the hardware line.
    ///
    /// # Errors
    /// Where the unit is damaged.
    pub fn pairs(&self, part: u16, side: Side, policy: &AttachPolicy) -> Result<Vec<SerialPair>> {
        serial_pairs::read(&self.folder, part, side, policy)
    }
}

/// Settles registrations and the serial rung, or takes over the sealed unit.
///
/// # Errors
/// Where cached files are damaged or cannot be written.
pub fn settle(
    plan: &Plan,
    references: &References,
    files: &[ExtractedFile],
    parts: &[SettledPart],
    store: &Store,
    options: &RunOptions,
) -> Result<SerialPass> {
    let key = key(plan, files, parts);
    let buckets = usize::from(plan.publish.parts);
    let stage = options.progress.stage("serials", 3 * buckets as u64);
    let windows = serial_windows(&matchings(plan));
    let pass = Pass { plan, references, files, parts, options, buckets, windows };
    let (folder, _) = store.get_or_make("serial", &key, |folder| {
        let numbers: Vec<usize> = (0..buckets).collect();
        let each = |job: &(dyn Fn(usize) -> Result<()> + Sync)| {
            workers::map(
                options.threads,
                &numbers,
                |_| 0,
                |bucket| {
                    job(*bucket)?;
                    stage.advance(1);
                    Ok(())
                },
            )
        };
        each(&|bucket| pass.route_registrations(bucket, folder))?;
        let report = Mutex::new(SerialReport::default());
        each(&|bucket| pass.join_registrations(bucket, folder, &report))?;
        let contended = Mutex::new(BTreeMap::new());
        let found = Mutex::new(FoundPairs { packs: 0, units: 0, digests: vec![RowDigest::default(); buckets] });
        each(&|bucket| {
            let competing = pass.join_serials(bucket, folder, &found)?;
            lock(&contended)?.insert(bucket, competing);
            Ok(())
        })?;
        let mut all: Vec<Contended> = pass.windows.iter().map(|_| Contended::default()).collect();
        for competing in into_inner(contended)?.into_values() {
            for (all, competing) in all.iter_mut().zip(competing) {
                all.merge(competing);
            }
        }
        let mut findings = Vec::new();
        for (policy, contended) in pass.windows.iter().zip(all) {
            let pairs = settle_contended(contended, policy);
            pass.keep_pairs(buckets, folder, &pairs, policy, &found)?;
            if pass.decides(policy) {
                findings = category_findings(&pairs);
            }
        }
        pass.write_findings(buckets, folder, findings)?;
        serial_pairs::merge(folder, &pass.windows, buckets, options.threads)?;
        let mut report = into_inner(report)?;
        let found = into_inner(found)?;
        report.pair_digests = found.digests.iter().map(RowDigest::value).collect();
        (report.packs, report.units) = (found.packs, found.units);
        pass.remove_intermediate(folder)?;
        record_contents(folder)?;
        json_file::write(&folder.join(REPORT), &report)
    })?;
    load(folder)
}

/// The pass of a sealed unit.
///
/// # Errors
/// Where its report is missing or damaged.
pub fn load(folder: PathBuf) -> Result<SerialPass> {
    let report = json_file::read(&folder.join(REPORT))?;
    Ok(SerialPass { folder, report })
}

/// Key of the pass.
pub fn key(plan: &Plan, files: &[ExtractedFile], parts: &[SettledPart]) -> Hash {
    let settled: Vec<Hash> = parts.iter().map(|part| part.key).collect();
    let registrations: Vec<Hash> = files.iter().filter(|file| file.report.registrations > 0).map(|file| file.key).collect();
    keys::serial(plan, &settled, &registrations)
}

fn lock<T>(mutex: &Mutex<T>) -> Result<std::sync::MutexGuard<'_, T>> {
    mutex.lock().map_err(|_| Error::Internal("a worker panicked".into()))
}

fn into_inner<T>(mutex: Mutex<T>) -> Result<T> {
    mutex.into_inner().map_err(|_| Error::Internal("a worker panicked".into()))
}

/// The pairs found so far: their number, and the digest of those that concern each part.
struct FoundPairs {
    packs: u64,
    units: u64,
    digests: Vec<RowDigest>,
}

/// What the steps of the pass share.
struct Pass<'a> {
    plan: &'a Plan,
    references: &'a References,
    files: &'a [ExtractedFile],
    parts: &'a [SettledPart],
    options: &'a RunOptions,
    buckets: usize,
    /// The policies in whose windows serials are joined.
    windows: Vec<AttachPolicy>,
}

impl Pass<'_> {
    fn stubs_of_parts<'s>(&self, stem: &'s str) -> Vec<(PathBuf, &'s str)> {
        self.parts.iter().map(|part| (part.folder.clone(), stem)).collect()
    }

    /// A registration without a partner of its own takes the partner of its serial's earliest hardware; all go on by Care Pack number.
    fn route_registrations(&self, number: usize, folder: &Path) -> Result<()> {
        let extracts: Vec<(PathBuf, &str)> = self
            .files
            .iter()
            .filter(|file| file.report.registrations > 0)
            .map(|file| (file.folder.clone(), "registrations"))
            .collect();
        let registrations = Registrations::from_batch(&gather::<RegistrationsBuilder>(&extracts, number, Unit::Finished)?)?;
        let mut routed: Scatter<RegistrationsBuilder> =
            Scatter::create(folder, &format!("routed-{number:04}"), self.buckets, self.options.scatter_rows())?;
        if registrations.date.is_empty() {
            return routed.finish().map(|_| ());
        }
        let hardware = HardwareSerials::from_batch(&gather::<HardwareSerialsBuilder>(
            &self.stubs_of_parts("hardware_serials"),
            number,
            Unit::Finished,
        )?)?;
        let earliest = earliest_sellers(&hardware, &registrations, &self.references.resellers);
        for row in 0..registrations.date.len() {
            let sku = registrations.sku.value(row);
            let serial = registrations.serial.value(row);
            let own = registrations.partner.value(row);
            let partner =
                if own == NO_PARTNER { earliest.get(serial).map_or(NO_PARTNER, |best| hardware.partner.value(*best)) } else { own };
            let out = routed.row(bucket(sku, self.buckets))?;
            out.partner.append_value(partner);
            out.file.append_value(registrations.file.value(row));
            out.date.append_value(registrations.date.value(row));
            out.record.append_value(registrations.record.value(row));
            out.line.append_value(registrations.line.value(row));
            out.sku.append_value(sku);
            out.serial.append_value(serial);
            out.certificate.append_value(registrations.certificate.value(row));
            out.invoice.append_value(registrations.invoice.value(row));
        }
        routed.finish().map(|_| ())
    }

    /// Joins registrations to pack sales by Care Pack number; every covered serial goes on by its own hash.
    fn join_registrations(&self, number: usize, folder: &Path, report: &Mutex<SerialReport>) -> Result<()> {
        let stems: Vec<String> = (0..self.buckets).map(|bucket| format!("routed-{bucket:04}")).collect();
        let routed: Vec<(PathBuf, &str)> = stems.iter().map(|stem| (folder.to_owned(), stem.as_str())).collect();
        let registrations = Registrations::from_batch(&gather::<RegistrationsBuilder>(&routed, number, Unit::InTheMaking)?)?;
        let registrations = in_file_order(&registrations)?;
        let packs = PackSales::from_batch(&gather::<PackSalesBuilder>(&self.stubs_of_parts("packs"), number, Unit::Finished)?)?;
        let joined = join(&registrations, &packs, &self.references.resellers);
        self.write_service_serials(number, folder, &registrations, &packs, &joined)?;
        let table = write_registrations(
            &folder.join(format!("registrations-{number:04}.parquet")),
            self.plan,
            self.references,
            &registrations,
            &joined,
        )?;
        let mut findings: Scatter<FindingsBuilder> =
            Scatter::create(folder, &format!("registration_findings-{number:04}"), 1, self.options.scatter_rows())?;
        let mut report = lock(report)?;
        report.registration_tables.insert(number, table);
        let mut digests: BTreeMap<i64, RowDigest> = BTreeMap::new();
        let mut last = None;
        for (row, joined) in joined.iter().enumerate() {
            let file = registrations.file.value(row);
            registrations.add_to_digest(row, digests.entry(file).or_default());
            let record = (file, registrations.record.value(row));
            if last != Some(record) {
                report.registrations.entry(file).or_default().add_valued(0, 0, "");
            }
            last = Some(record);
            if *joined == Joined::RegisteredOnly {
                report.registered_only += 1;
                let finding = findings.row(0)?;
                finding.code.append_value(FindingCode::RegisteredOnly as u8);
                finding.line_id.append_value(-1);
                finding.file.append_value(file);
                finding.line.append_value(registrations.line.value(row));
            }
        }
        for (file, digest) in digests {
            let sum = report.registration_digests.entry(file).or_default();
            *sum = sum.wrapping_add(digest.value());
        }
        findings.finish().map(|_| ())
    }

    fn write_service_serials(
        &self,
        number: usize,
        folder: &Path,
        registrations: &Registrations,
        packs: &PackSales,
        joined: &[Joined],
    ) -> Result<()> {
        let mut given: FxHashMap<i64, Vec<&str>> = FxHashMap::default();
        for (row, joined) in joined.iter().enumerate() {
            if let Joined::Gave { line_id, .. } = joined {
                given.entry(*line_id).or_default().push(registrations.serial.value(row));
            }
        }
        let mut covered: Scatter<ServiceSerialsBuilder> =
            Scatter::create(folder, &format!("service_serials-{number:04}"), self.buckets, self.options.scatter_rows())?;
        for row in 0..packs.date.len() {
            if packs.is_attachable.value(row) == 0 {
                continue;
            }
            let line_id = packs.line_id.value(row);
            let own = packs.serials.value(row).split(SERIAL_SEPARATOR).filter(|serial| !serial.is_empty());
            let serials: Vec<&str> = own.chain(given.get(&line_id).into_iter().flatten().copied()).collect();
            for serial in &serials {
                let stub = covered.row(bucket(serial, self.buckets))?;
                stub.serial.append_value(serial);
                stub.line_id.append_value(line_id);
                stub.date.append_value(packs.date.value(row));
                stub.partner.append_value(packs.partner.value(row));
                stub.net_units.append_value(packs.net_units.value(row));
                stub.serials.append_value(serials.len() as u32);
                stub.invoice.append_value(packs.invoice.value(row));
                stub.sku.append_value(packs.sku.value(row));
            }
        }
        covered.finish().map(|_| ())
    }

    /// Joins the serials of one bucket within each window and writes the pairs that stand alone; gives those that compete, by window.
    fn join_serials(&self, number: usize, folder: &Path, found: &Mutex<FoundPairs>) -> Result<Vec<Contended>> {
        let hardware = HardwareSerials::from_batch(&gather::<HardwareSerialsBuilder>(
            &self.stubs_of_parts("hardware_serials"),
            number,
            Unit::Finished,
        )?)?;
        let stems: Vec<String> = (0..self.buckets).map(|bucket| format!("service_serials-{bucket:04}")).collect();
        let covered: Vec<(PathBuf, &str)> = stems.iter().map(|stem| (folder.to_owned(), stem.as_str())).collect();
        let services = ServiceSerials::from_batch(&gather::<ServiceSerialsBuilder>(&covered, number, Unit::InTheMaking)?)?;
        let mut competing = Vec::with_capacity(self.windows.len());
        let mut findings = Vec::new();
        let serials = BucketSerials::new(&hardware, &services, &self.references.resellers);
        for policy in &self.windows {
            let outcome = serials.join(policy);
            self.keep_pairs(number, folder, &outcome.pairs, policy, found)?;
            if self.decides(policy) {
                findings = outcome.findings;
                findings.extend(category_findings(&outcome.pairs));
            }
            competing.push(outcome.contended);
        }
        if findings.is_empty() && !self.windows.iter().any(|policy| self.decides(policy)) {
            findings = serials.join(&self.plan.attach).findings;
        }
        self.write_findings(number, folder, findings)?;
        Ok(competing)
    }

    /// Whether the pairs within the window of a policy are those of the run: findings and counts are about them.
    fn decides(&self, policy: &AttachPolicy) -> bool {
        self.plan.attach.serial && policy.window_days == self.plan.attach.window_days
    }

    /// Writes the pairs of a bucket and counts them in.
    fn keep_pairs(
        &self,
        bucket: usize,
        folder: &Path,
        pairs: &[SerialPair],
        policy: &AttachPolicy,
        found: &Mutex<FoundPairs>,
    ) -> Result<()> {
        serial_pairs::write(folder, bucket, pairs, policy, (self.buckets, self.options.scatter_rows()))?;
        let mut sums = lock(found)?;
        if self.decides(policy) {
            sums.packs += pairs.len() as u64;
            sums.units += pairs.iter().filter(|pair| !pair.is_add_on).count() as u64;
        }
        for pair in pairs {
            serial_pairs::add_to_digests(&mut sums.digests, pair, policy);
        }
        Ok(())
    }

    /// Removes what only the steps of the pass itself read.
    fn remove_intermediate(&self, folder: &Path) -> Result<()> {
        let stubs = (0..self.buckets).flat_map(|bucket| ["routed", "service_serials"].map(|stem| format!("{stem}-{bucket:04}")));
        for stem in stubs.chain(serial_pairs::found_stems(&self.windows, self.buckets)) {
            for ending in ["arrow", "index.json"] {
                let path = folder.join(format!("{stem}.{ending}"));
                fs::remove_file(&path).map_err(Error::io("remove", &path))?;
            }
        }
        Ok(())
    }

    fn write_findings(&self, number: usize, folder: &Path, findings: Vec<(FindingCode, i64)>) -> Result<()> {
        let rows = self.options.scatter_rows();
        let mut out: Scatter<FindingsBuilder> = Scatter::create(folder, &format!("serial_findings-{number:04}"), 1, rows)?;
        for (code, line_id) in findings {
            let finding = out.row(0)?;
            finding.code.append_value(code as u8);
            finding.line_id.append_value(line_id);
            finding.file.append_value(0);
            finding.line.append_value(0);
        }
        out.finish().map(|_| ())
    }
}

/// The earliest hardware line, by (date, line key), of each registered serial.
fn earliest_sellers<'a>(
    hardware: &HardwareSerials,
    registrations: &'a Registrations,
    resellers: &Resellers,
) -> FxHashMap<&'a str, usize> {
    let mut registered: FxHashMap<&str, Option<usize>> =
        registrations.serial.iter().flatten().map(|serial| (serial, None)).collect();
    let key = |row: usize| {
        (
            hardware.date.value(row),
            resellers.of(hardware.partner.value(row)),
            hardware.invoice.value(row),
            hardware.sku.value(row),
            hardware.line_id.value(row),
        )
    };
    for row in 0..hardware.date.len() {
        if let Some(best) = registered.get_mut(hardware.serial.value(row))
            && best.is_none_or(|best| key(row) < key(best))
        {
            *best = Some(row);
        }
    }
    registered.into_iter().filter_map(|(serial, row)| row.map(|row| (serial, row))).collect()
}

/// Registrations by file and record, so that what is written does not depend on buckets.
fn in_file_order(registrations: &Registrations) -> Result<Registrations> {
    let mut order: Vec<u32> = (0..registrations.date.len() as u32).collect();
    order.sort_unstable_by_key(|row| {
        let row = *row as usize;
        (registrations.file.value(row), registrations.record.value(row), registrations.serial.value(row))
    });
    let batch = arrow::compute::take_record_batch(&registrations.to_batch()?, &arrow::array::UInt32Array::from(order))
        .map_err(|error| Error::Internal(error.to_string()))?;
    Registrations::from_batch(&batch)
}
