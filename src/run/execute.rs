//! The run: from raw files to a published folder.

use super::adjust_lines::{self, Adjusted};
use super::attach_parts::{self, AttachedPart};
use super::calendar::Calendar;
use super::cases::{self, Case};
use super::classes::Reclassification;
use super::collect_parts::{self, CollectedPart};
use super::control::{self, Control, ControlKind};
use super::earlier_outreach::{self, Answers};
use super::extract_files::{self, ExtractedFile};
use super::gates::{self, FileAccount, Gate};
use super::manifest::run_id;
use super::open_data::OpenRecords;
use super::open_windows::OpenWindows;
use super::readings::{self, Readings};
use super::serial_pass::{self, SerialPass};
use super::settle_parts::{self, SettledPart};
use super::uncertainty::{self, MarketUncertainty};
use super::{RunOptions, inputs, publish, verify};
use crate::config::file::MeasureName;
use crate::config::plan::Plan;
use crate::error::{Error, Problem, Problems, Result};
use crate::finding::FindingCode;
use crate::io::sealed::Store;
use crate::reference::{self, References};
use crate::stages::adjust::AppliedAdjustment;
use crate::stages::assess::{PartnerIndex, Verdict, assess};
use crate::stages::attach::PartSums;
use crate::stages::benchmark::{Benchmark, Selection, benchmark, select};
use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

/// Folder of cached work within the output folder.
pub const CACHE: &str = "cache";
/// Name that points to the latest published run.
pub const CURRENT: &str = "current";

/// What a run ends with.
#[derive(Debug, Clone)]
pub struct RunSummary {
    /// Id of the run.
    pub run_id: String,
    /// The published folder.
    pub folder: PathBuf,
    /// Whether the run had been published before and was only verified.
    pub was_published: bool,
    /// Raw records read.
    pub records: u64,
    /// Of these, quarantined.
    pub quarantined: u64,
    /// Partners by verdict, in the order at, near, below, not assessed.
    pub partners: [u64; 4],
}

impl fmt::Display for RunSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [at, near, below, not_assessed] = self.partners;
        if self.was_published {
            writeln!(f, "run {} was published already and matches its manifest", self.run_id)?;
        } else {
            writeln!(f, "run {}", self.run_id)?;
            writeln!(f, "  records   {} read, {} quarantined", self.records, self.quarantined)?;
            writeln!(f, "  partners  {at} at the market, {near} near, {below} below, {not_assessed} not assessed")?;
        }
        write!(f, "  report    {}", self.folder.join("report").join("index.html").display())
    }
}

/// Everything that is published.
pub struct Results<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The reference tables.
    pub references: &'a References,
    /// Id of the run.
    pub run_id: String,
    /// The raw files with their extracts.
    pub files: Vec<ExtractedFile>,
    /// Their accounts.
    pub accounts: Vec<FileAccount>,
    /// What became of the approved adjustments, by number.
    pub adjustments: BTreeMap<u32, AppliedAdjustment>,
    /// The settled parts.
    pub settled: Vec<SettledPart>,
    /// The serial pass.
    pub serial: SerialPass,
    /// The attached parts.
    pub parts: Vec<AttachedPart>,
    /// The collected parts.
    pub collected: Vec<CollectedPart>,
    /// The sums over all parts.
    pub sums: PartSums,
    /// The benchmark.
    pub benchmark: Benchmark,
    /// The index of every partner, in the order of the partners.
    pub indices: Vec<PartnerIndex>,
    /// Control totals and what was read.
    pub controls: Vec<Control>,
    /// The expected files and those that have not come.
    pub calendar: Calendar,
    /// What chance could do to each.
    pub uncertainty: MarketUncertainty,
    /// Every verdict under every other rule.
    pub readings: Readings,
    /// What can still be won.
    pub open_windows: OpenWindows,
    /// What open data could change.
    pub open_records: OpenRecords,
    /// Evidence, flags and action of every partner, in the order of the partners.
    pub cases: Vec<Case>,
    /// The gates.
    pub gates: Vec<Gate>,
    /// What managers filled in in an earlier call list.
    pub answers: Answers,
}

/// Something noticed about a feed as a whole.
pub struct FeedFinding {
    /// What.
    pub code: FindingCode,
    /// Id of the feed; none where all feeds are meant.
    pub feed: Option<String>,
    /// In words.
    pub detail: String,
    /// File and physical line, where the finding is about one.
    pub place: Option<(i64, u64)>,
}

impl Results<'_> {
    /// The code of the measure that decides.
    pub fn measure_code(&self) -> &'static str {
        measure_code(self.plan.verdict.measure)
    }

    /// Folder and stem of every file of findings, in published order.
    pub fn finding_files(&self) -> Vec<(PathBuf, String)> {
        let of_parts = self.settled.iter().map(|part| (part.folder.clone(), "findings".to_owned()));
        let folder = &self.serial.folder;
        let buckets = self.settled.len();
        let of_registrations = (0..buckets).map(|bucket| (folder.clone(), format!("registration_findings-{bucket:04}")));
        let of_serials = (0..=buckets).map(|bucket| (folder.clone(), format!("serial_findings-{bucket:04}")));
        of_parts.chain(of_registrations).chain(of_serials).collect()
    }

    /// What was noticed about feeds as a whole, in published order.
    pub fn feed_findings(&self) -> Vec<FeedFinding> {
        let missing = self.calendar.missing().map(|period| FeedFinding {
            code: FindingCode::MissingPeriod,
            feed: Some(self.plan.feeds[usize::from(period.feed)].id.clone()),
            detail: period.to_string(),
            place: None,
        });
        let differing = self.controls.iter().filter(|control| control.is_finding());
        let differing = differing.map(|control| FeedFinding {
            code: match control.kind {
                ControlKind::Trailer | ControlKind::TotalsTable => FindingCode::ControlTotal,
                ControlKind::Registrations => FindingCode::RegisteredAboveSold,
            },
            feed: control.feed.map(|feed| self.plan.feeds[usize::from(feed)].id.clone()),
            detail: control.detail(),
            place: None,
        });
        let remarks = self.files.iter().flat_map(|file| {
            file.report.remarks.iter().map(|(line, text)| FeedFinding {
                code: FindingCode::Envelope,
                feed: Some(self.plan.feed_id(file.input.feed).to_owned()),
                detail: text.clone(),
                place: Some((file.input.file_id, *line)),
            })
        });
        missing.chain(differing).chain(remarks).collect()
    }

    /// Partners with this verdict.
    pub fn partners_with(&self, verdict: Verdict) -> u64 {
        self.indices.iter().filter(|index| index.verdict == verdict).count() as u64
    }
}

/// The code of a measure.
pub fn measure_code(measure: MeasureName) -> &'static str {
    match measure {
        MeasureName::Revenue => "revenue",
        MeasureName::Units => "units",
    }
}

/// Runs a pipeline: reads, settles, attaches, benchmarks, assesses, and publishes if every gate holds.
///
/// # Errors
/// Bad input, a failed gate, damaged files; whatever it is, nothing half-done is published.
pub fn execute(plan: &Plan, options: &RunOptions) -> Result<RunSummary> {
    fs::create_dir_all(&options.out).map_err(Error::io("create", &options.out))?;
    let _lock = lock(&options.out)?;
    let references = reference::load(plan)?;
    let answers = earlier_outreach::read(plan)?;
    let files = inputs::list(plan, options)?;
    let run_id = run_id(plan, &references, &files);
    let folder = options.out.join(&run_id);
    if folder.exists() {
        verify::verify(&folder)?;
        publish::point_current(&options.out, &run_id)?;
        return Ok(RunSummary { run_id, folder, was_published: true, records: 0, quarantined: 0, partners: [0; 4] });
    }
    let store = Store::open(&options.out.join(CACHE))?;
    let mut files = extract_files::extract(plan, &references, files, &store, options)?;
    reject_empty_feeds(plan, &files)?;
    let calendar = Calendar::of(plan, &files)?;
    let adjusted = match adjust_lines::adjust(plan, &references, &files, &store)? {
        Some((adjusted, lines)) => {
            files.push(lines);
            adjusted
        }
        None => Adjusted::default(),
    };
    let classes = Reclassification::of(&files);
    let settled = settle_parts::settle(plan, &references, &files, &classes, &adjusted, &store, options)?;
    let serial = serial_pass::settle(plan, &references, &files, &settled, &store, options)?;
    let parts = attach_parts::attach(plan, &references, &settled, &serial, &store, options)?;
    let sums = add_up(&parts);
    reject_empty_period(plan, &sums)?;
    let collected = collect_parts::collect(plan, &references, &parts, &store, options)?;
    let cells = collect_parts::cells(&collected, 0)?;
    let selection = Selection::of(&plan.benchmark);
    let benchmark = benchmark(&select(&cells, &selection), &selection, &references, &plan.benchmark)?;
    let indices = assess(&benchmark, &references.partners, &plan.benchmark, &plan.verdict);
    let adjustments = adjustments(&parts);
    let uncertainty = uncertainty::uncertainty(plan, &references, &benchmark, &collected, options)?;
    let readings = readings::read(plan, &references, &collected, &cells)?;
    let open_windows = OpenWindows::gather(plan, &references, &parts, &benchmark, &indices)?;
    let open_records = OpenRecords::gather(plan, &references, (&files, &parts), &sums, (&benchmark, &indices), &calendar)?;
    let cases = cases::close(plan, &references, &cells, &indices, &uncertainty, (&readings, &open_records));
    let accounts = gates::accounts(&files, &serial, &parts);
    let controls = control::compare(plan, &references, &files, &settled);
    let mut gates = gates::judge(&gates::Evidence {
        plan,
        references: &references,
        adjusted: &adjusted,
        adjustments: &adjustments,
        files: &files,
        accounts: &accounts,
        settled: &settled,
        serial: &serial,
        parts: &parts,
        sums: &sums,
        cells: &cells,
        benchmark: &benchmark,
    });
    gates.extend(control::gates(plan, &controls));
    stop_at_failed(&gates)?;
    let results = Results {
        plan,
        references: &references,
        run_id,
        files,
        accounts,
        adjustments,
        settled,
        serial,
        parts,
        collected,
        sums,
        benchmark,
        indices,
        controls,
        calendar,
        uncertainty,
        readings,
        open_windows,
        open_records,
        cases,
        gates,
        answers,
    };
    publish::publish(&results, &folder, options)?;
    Ok(summary(&results, folder))
}

/// Keeps a second run out of the same output folder.
pub fn lock(out: &Path) -> Result<File> {
    let path = out.join(".lock");
    let file = File::create(&path).map_err(Error::io("create", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            let problem =
                Problem::new(out, "another run is writing to this folder").with_hint("wait for it, or choose another --out");
            Err(Error::Input(Problems(vec![problem])))
        }
        Err(TryLockError::Error(source)) => Err(Error::Io { operation: "lock", path, source }),
    }
}

fn add_up(parts: &[AttachedPart]) -> PartSums {
    let mut sums = PartSums::default();
    for part in parts {
        sums.merge(part.report.sums.clone());
    }
    sums
}

fn adjustments(parts: &[AttachedPart]) -> BTreeMap<u32, AppliedAdjustment> {
    let mut adjustments: BTreeMap<u32, AppliedAdjustment> = BTreeMap::new();
    for (number, applied) in parts.iter().flat_map(|part| &part.report.adjustments) {
        adjustments.entry(*number).or_default().merge(applied);
    }
    adjustments
}

fn reject_empty_feeds(plan: &Plan, files: &[ExtractedFile]) -> Result<()> {
    let mut problems = Problems::default();
    for (index, feed) in plan.feeds.iter().enumerate() {
        let records: u64 =
            files.iter().filter(|file| usize::from(file.input.feed) == index).map(|file| file.report.incoming.records).sum();
        if records == 0 {
            problems.push(extract_files::empty_feed(plan, feed));
        }
    }
    problems.into_result(Error::Input)
}

fn reject_empty_period(plan: &Plan, sums: &PartSums) -> Result<()> {
    if sums.partners.values().any(|partner| partner.total_amount != 0) || sums.hardware_units != 0 {
        return Ok(());
    }
    let problem =
        Problem::new(&plan.pipeline_file, "no sale lies in the period").with_hint("compare [period] with the dates of the feeds");
    Err(Error::Input(Problems(vec![problem])))
}

fn stop_at_failed(gates: &[Gate]) -> Result<()> {
    let failed: Vec<String> = gates
        .iter()
        .filter(|gate| !gate.is_passed)
        .map(|gate| format!("{}: {} (allowed: {})", gate.code, gate.measured, gate.limit))
        .collect();
    if failed.is_empty() { Ok(()) } else { Err(Error::Gate(failed)) }
}

fn summary(results: &Results<'_>, folder: PathBuf) -> RunSummary {
    RunSummary {
        run_id: results.run_id.clone(),
        folder,
        was_published: false,
        records: results.accounts.iter().map(|account| account.incoming.records).sum(),
        quarantined: results.accounts.iter().map(|account| account.quarantined.records).sum(),
        partners: Verdict::ALL.map(|verdict| results.partners_with(verdict)),
    }
}
