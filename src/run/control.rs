//! Control totals: what the senders say that they sent against what was read, and registrations against pack sales.

use super::extract_files::ExtractedFile;
use super::gates::{Gate, parts_per_million, percent};
use super::inputs::FileRole;
use super::settle_parts::SettledPart;
use crate::config::plan::{Feed, Plan};
use crate::io::readers::Trailer;
use crate::reference::References;
use crate::stages::extract::parse_total;
use crate::stages::tally::Tally;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Two totals that should be equal, or near each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Control {
    /// Which comparison.
    pub kind: ControlKind,
    /// Index of the feed in the plan; none where all feeds are meant.
    pub feed: Option<u16>,
    /// What the totals are of: a file, a period.
    pub subject: String,
    /// What is counted.
    pub measure: Measure,
    /// What it should be. None where a file has no such total.
    pub declared: Option<i64>,
    /// What it is. None where there is nothing to compare with.
    pub found: Option<i64>,
}

/// Which comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ControlKind {
    /// The totals in a file's trailers against its records.
    Trailer,
    /// A row of the table of control totals against the kept files of feed, sender and period.
    TotalsTable,
    /// Packs sold in a month against those registered in it.
    Registrations,
}

impl ControlKind {
    /// The code in tables.
    pub fn code(self) -> &'static str {
        match self {
            Self::Trailer => "TRAILER",
            Self::TotalsTable => "TOTALS_TABLE",
            Self::Registrations => "REGISTRATIONS",
        }
    }
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// Raw records.
    Records,
    /// Signed units.
    Units,
    /// Signed amount in cents, added up whatever the currency.
    Amount,
}

impl Measure {
    /// The code in tables.
    pub fn code(self) -> &'static str {
        match self {
            Self::Records => "records",
            Self::Units => "units",
            Self::Amount => "amount",
        }
    }

    fn shown(self, value: i64) -> String {
        match self {
            Self::Records | Self::Units => value.to_string(),
            Self::Amount => crate::io::csv_export::plain_amount(value),
        }
    }
}

impl Control {
    /// The difference in parts per million of what it should be, rounded up; all of it where there is nothing to compare with.
    pub fn difference_ppm(&self) -> i64 {
        let (Some(declared), Some(found)) = (self.declared, self.found) else { return 1_000_000 };
        match ((i128::from(found) - i128::from(declared)).abs(), declared) {
            (0, _) => 0,
            (_, 0) => 1_000_000,
            (difference, declared) => parts_per_million(difference, i128::from(declared).abs()),
        }
    }

    /// The largest difference that is allowed, in parts per million.
    pub fn limit_ppm(&self, plan: &Plan) -> i64 {
        match self.kind {
            ControlKind::Trailer | ControlKind::TotalsTable => plan.gates.max_control_difference_ppm,
            ControlKind::Registrations => plan.gates.max_registration_difference_ppm,
        }
    }

    /// Whether the difference is worth a person's look: a total that is not met; more packs registered than sold.
    pub fn is_finding(&self) -> bool {
        match self.kind {
            ControlKind::Trailer | ControlKind::TotalsTable => self.declared.is_none() || self.found != self.declared,
            ControlKind::Registrations => self.found > self.declared,
        }
    }

    /// In words.
    pub fn detail(&self) -> String {
        let Self { subject, measure, .. } = self;
        let Some(declared) = self.declared.map(|declared| measure.shown(declared)) else {
            return format!("{subject}: no trailer has the sender's {}", measure.code());
        };
        match (self.kind, self.found) {
            (ControlKind::Trailer | ControlKind::TotalsTable, None) => {
                format!("{subject}: the sender declares {declared} {}, no file was kept", measure.code())
            }
            (ControlKind::Trailer | ControlKind::TotalsTable, Some(found)) => {
                format!("{subject}: the sender declares {declared} {}, {} were read", measure.code(), measure.shown(found))
            }
            (ControlKind::Registrations, found) => {
                format!("{subject}: {declared} packs sold, {} registered", measure.shown(found.unwrap_or(0)))
            }
        }
    }
}

/// Every comparison of a run, in published order.
pub fn compare(plan: &Plan, references: &References, files: &[ExtractedFile], settled: &[SettledPart]) -> Vec<Control> {
    let mut controls = trailers(plan, files);
    controls.extend(totals_table(plan, references, files));
    controls.extend(registrations(plan, files, settled));
    controls
}

/// The sender's own totals in the trailers of one file, added up over its members and sheets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrailerTotals {
    /// Records.
    pub records: Option<i64>,
    /// Signed units.
    pub units: Option<i64>,
    /// Signed amount in cents.
    pub amount: Option<i64>,
}

/// The totals of a file's trailers; `None` where the feed declares none or no trailer has them. A total that cannot be read counts as missing.
pub fn trailer_totals(feed: &Feed, trailers: &[Trailer]) -> Option<TrailerTotals> {
    let pattern = feed.control.as_ref()?;
    let mut totals: Option<TrailerTotals> = None;
    for captures in trailers.iter().filter_map(|trailer| pattern.captures(&trailer.text)) {
        let totals = totals.get_or_insert_default();
        let add = |group: &str, sum: &mut Option<i64>, decimals| {
            let value = captures.name(group).and_then(|found| parse_total(found.as_str(), &feed.numbers, decimals));
            *sum = value.map_or(*sum, |value| Some(sum.unwrap_or(0).saturating_add(value)));
        };
        add("records", &mut totals.records, 0);
        add("units", &mut totals.units, 0);
        add("amount", &mut totals.amount, 2);
    }
    totals
}

/// The trailers of the kept files against what was read of each.
fn trailers(plan: &Plan, files: &[ExtractedFile]) -> Vec<Control> {
    let mut controls = Vec::new();
    for file in files.iter().filter(|file| file.input.role == FileRole::Kept) {
        let Some(pattern) = plan.feeds.get(usize::from(file.input.feed)).and_then(|feed| feed.control.as_ref()) else { continue };
        let totals = file.report.trailer_totals.unwrap_or_default();
        let read = &file.report.incoming;
        let measures = [
            ("records", Measure::Records, totals.records, read.records as i64),
            ("units", Measure::Units, totals.units, read.units),
            ("amount", Measure::Amount, totals.amount, read.amounts.values().sum()),
        ];
        for (group, measure, declared, found) in measures {
            if pattern.capture_names().flatten().any(|name| name == group) {
                let (kind, feed) = (ControlKind::Trailer, Some(file.input.feed));
                controls.push(Control { kind, feed, subject: file.input.relative.clone(), measure, declared, found: Some(found) });
            }
        }
    }
    controls
}

/// The rows of the table against the kept files.
fn totals_table(plan: &Plan, references: &References, files: &[ExtractedFile]) -> Vec<Control> {
    let mut controls = Vec::new();
    for total in &references.control_totals {
        let feed = &plan.feeds[usize::from(total.feed)];
        let mut read: Option<Tally> = None;
        for file in files.iter().filter(|file| file.input.feed == total.feed && file.input.role == FileRole::Kept) {
            let (reporter, period) = place(feed, &file.input.relative);
            if (total.period.is_empty() || total.period == period) && (total.reporter.is_empty() || total.reporter == reporter) {
                read.get_or_insert_default().merge(&file.report.incoming);
            }
        }
        let subject = [total.reporter.as_str(), total.period.as_str()].join(" ").trim().to_owned();
        let subject = if subject.is_empty() { "all files".to_owned() } else { subject };
        let found = |value: fn(&Tally) -> i64| read.as_ref().map(value);
        let measures = [
            (Measure::Records, total.records, found(|tally| tally.records as i64)),
            (Measure::Units, total.units, found(|tally| tally.units)),
            (Measure::Amount, total.amount, found(|tally| tally.amounts.values().sum())),
        ];
        for (measure, declared, found) in measures {
            if declared.is_some() {
                let (kind, feed) = (ControlKind::TotalsTable, Some(total.feed));
                controls.push(Control { kind, feed, subject: subject.clone(), measure, declared, found });
            }
        }
    }
    controls
}

/// Sender and period of a file as its name writes them; empty where the feed has no pattern or the name none of them.
fn place(feed: &Feed, relative: &str) -> (String, String) {
    let name = relative.rsplit('/').next().unwrap_or_default();
    let patterns = [feed.restatement.as_ref().map(|own| &own.pattern), feed.expected.as_ref().map(|own| &own.pattern)];
    let Some(captures) = patterns.into_iter().flatten().find_map(|pattern| pattern.captures(name)) else {
        return Default::default();
    };
    let group = |name: &str| captures.name(name).map_or("", |found| found.as_str()).to_owned();
    (group("reporter"), group("period"))
}

/// Packs sold and serials registered by month of the period, where a feed has registrations.
fn registrations(plan: &Plan, files: &[ExtractedFile], settled: &[SettledPart]) -> Vec<Control> {
    let mut registered: BTreeMap<i32, i64> = BTreeMap::new();
    for (month, count) in files.iter().flat_map(|file| &file.report.registrations_by_month) {
        *registered.entry(*month).or_default() += *count as i64;
    }
    if registered.is_empty() {
        return Vec::new();
    }
    let mut sold: BTreeMap<i32, i64> = BTreeMap::new();
    for (month, packs) in settled.iter().flat_map(|part| &part.report.packs_by_month) {
        *sold.entry(*month).or_default() += packs;
    }
    let month_of = crate::stages::normalize::month_of;
    let (first, last) = (month_of(plan.period.from), month_of(plan.period.to));
    let months: BTreeSet<i32> =
        sold.keys().chain(registered.keys()).copied().filter(|month| (first..=last).contains(month)).collect();
    months
        .into_iter()
        .map(|month| Control {
            kind: ControlKind::Registrations,
            feed: None,
            subject: format!("{}-{:02}", month.div_euclid(12), month.rem_euclid(12) + 1),
            measure: Measure::Units,
            declared: Some(sold.get(&month).copied().unwrap_or(0)),
            found: Some(registered.get(&month).copied().unwrap_or(0)),
        })
        .collect()
}

/// The gates on control totals and on registrations; none where there is nothing to compare.
pub fn gates(plan: &Plan, controls: &[Control]) -> Vec<Gate> {
    let worst = |is_kind: fn(ControlKind) -> bool| {
        let of_kind = controls.iter().filter(move |control| is_kind(control.kind));
        let largest = of_kind.clone().max_by_key(|control| control.difference_ppm())?;
        Some((largest, of_kind.filter(|control| control.difference_ppm() > control.limit_ppm(plan)).count()))
    };
    let totals = worst(|kind| kind != ControlKind::Registrations).map(|(largest, over)| Gate {
        code: "CONTROL_TOTALS",
        is_passed: over == 0,
        measured: format!(
            "{over} totals differ by more; the largest difference is {}: {}",
            percent(largest.difference_ppm()),
            largest.detail()
        ),
        limit: format!("at most {} of what the sender declares", percent(plan.gates.max_control_difference_ppm)),
        meaning: "what was read is what the sender says that it sent",
    });
    let registrations = worst(|kind| kind == ControlKind::Registrations).map(|(largest, over)| Gate {
        code: "REGISTRATIONS",
        is_passed: over == 0,
        measured: format!(
            "{over} months differ by more; the largest difference is {}: {}",
            percent(largest.difference_ppm()),
            largest.detail()
        ),
        limit: format!("at most {} of the packs sold", percent(plan.gates.max_registration_difference_ppm)),
        meaning: "registrations and pack sales tell of the same packs",
    });
    totals.into_iter().chain(registrations).collect()
}
