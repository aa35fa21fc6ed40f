//! Which files a feed's calendar expects, which have not come, and which partners that concerns.

use super::extract_files::ExtractedFile;
use super::inputs::{FileRole, InputFile};
use crate::config::calendar::CalendarPeriod;
use crate::config::plan::{Expected, Plan};
use crate::error::{Error, Problem, Problems, Result};
use chrono::{Days, Months, NaiveDate};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// A period in which a feed's sender should have delivered a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedPeriod {
    /// Index of the feed in the plan.
    pub feed: u16,
    /// The sender, where the file names tell it; else empty.
    pub reporter: String,
    /// The week or month.
    pub period: CalendarPeriod,
    /// Files of the period that are kept.
    pub files: u64,
}

impl ExpectedPeriod {
    /// Whether no file came.
    pub fn is_missing(&self) -> bool {
        self.files == 0
    }
}

impl fmt::Display for ExpectedPeriod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.reporter.is_empty() {
            write!(f, "{} ", self.reporter)?;
        }
        write!(f, "{} to {}", self.period.from, self.period.to)
    }
}

/// The expected calendars of all feeds, and who is concerned where a file is missing.
#[derive(Debug, Clone, Default)]
pub struct Calendar {
    /// Every expected period, sorted by feed, sender and period.
    pub periods: Vec<ExpectedPeriod>,
    /// Partners with a line dated in the last 12 months up to the as-of date, by feed and sender.
    recent: BTreeMap<(u16, String), BTreeSet<u32>>,
}

impl Calendar {
    /// The calendar of a run.
    ///
    /// # Errors
    /// Where a file's name does not tell its period.
    pub fn of(plan: &Plan, files: &[ExtractedFile]) -> Result<Self> {
        let delivered: Vec<(&InputFile, bool)> = files.iter().map(|file| (&file.input, file.report.incoming.records > 0)).collect();
        let periods = expected_periods(plan, &delivered)?;
        let mut recent: BTreeMap<(u16, String), BTreeSet<u32>> = BTreeMap::new();
        for file in files {
            let Some(expected) = &plan.feeds[usize::from(file.input.feed)].expected else { continue };
            let (reporter, _) = place(expected, &file.input)?;
            recent.entry((file.input.feed, reporter)).or_default().extend(&file.report.recent_partners);
        }
        Ok(Self { periods, recent })
    }

    /// The periods without a file, in order.
    pub fn missing(&self) -> impl Iterator<Item = &ExpectedPeriod> {
        self.periods.iter().filter(|period| period.is_missing())
    }

    /// Partners (indices into the partners) that had a line from the feed and sender of a period in the last 12 months.
    pub fn concerned(&self, period: &ExpectedPeriod) -> impl Iterator<Item = u32> {
        self.recent.get(&(period.feed, period.reporter.clone())).into_iter().flatten().copied()
    }

    /// For each partner concerned by a missing file the periods that are missing: the data on which no verdict can rest.
    pub fn missing_by_partner(&self) -> BTreeMap<u32, Vec<&ExpectedPeriod>> {
        let mut partners: BTreeMap<u32, Vec<&ExpectedPeriod>> = BTreeMap::new();
        for period in self.missing() {
            for partner in self.concerned(period) {
                partners.entry(partner).or_default().push(period);
            }
        }
        partners
    }
}

/// The last day that is more than 12 months before the as-of date, days since 1970-01-01.
pub fn year_before(as_of: i32) -> i32 {
    let day = NaiveDate::from_epoch_days(as_of).and_then(|day| day.checked_sub_months(Months::new(12)));
    day.map_or(i32::MIN, |day| day.to_epoch_days())
}

/// Every expected period of every feed with a calendar, with the number of its files. `files` says of each whether it has a record: a copy
/// of another file is no delivery, unless both are empty because nothing was sold.
///
/// # Errors
/// Where a file's name does not tell its period.
pub fn expected_periods(plan: &Plan, files: &[(&InputFile, bool)]) -> Result<Vec<ExpectedPeriod>> {
    let mut periods = Vec::new();
    for (feed, index) in plan.feeds.iter().zip(0u16..) {
        let Some(expected) = &feed.expected else { continue };
        let mut reporters: BTreeSet<String> = expected.reporters.iter().cloned().collect();
        let mut delivered: BTreeMap<(String, CalendarPeriod), u64> = BTreeMap::new();
        for (file, has_records) in files.iter().filter(|(file, _)| file.feed == index) {
            let (reporter, period) = place(expected, file)?;
            let is_copy = matches!(file.role, FileRole::Duplicate { .. }) && *has_records;
            if !is_copy && !matches!(file.role, FileRole::Superseded { .. }) {
                *delivered.entry((reporter.clone(), period)).or_default() += 1;
            }
            if expected.reporters.is_empty() {
                reporters.insert(reporter);
            }
        }
        for reporter in reporters {
            periods.extend(due(expected, plan.period.as_of).into_iter().map(|period| ExpectedPeriod {
                feed: index,
                reporter: reporter.clone(),
                period,
                files: delivered.get(&(reporter.clone(), period)).copied().unwrap_or(0),
            }));
        }
    }
    Ok(periods)
}

/// The sender of a file by its name, where its feed has an expected calendar and the names tell it.
pub fn reporter(plan: &Plan, file: &InputFile) -> Option<String> {
    let expected = plan.feeds.get(usize::from(file.feed))?.expected.as_ref()?;
    place(expected, file).ok().map(|(reporter, _)| reporter).filter(|reporter| !reporter.is_empty())
}

/// The periods whose files are due by the as-of date.
fn due(expected: &Expected, as_of: i32) -> Vec<CalendarPeriod> {
    let mut periods = Vec::new();
    let last =
        NaiveDate::from_epoch_days(as_of).and_then(|day| day.checked_sub_days(Days::new(expected.due_days.unsigned_abs().into())));
    let first = NaiveDate::from_epoch_days(expected.from).and_then(|day| CalendarPeriod::around(day, expected.every));
    let (mut next, Some(last)) = (first, last) else { return periods };
    while let Some(period) = next.filter(|period| period.to <= last) {
        periods.push(period);
        next = period.next(expected.every);
    }
    periods
}

/// Sender and period of a file by its name.
fn place(expected: &Expected, file: &InputFile) -> Result<(String, CalendarPeriod)> {
    let name = file.relative.rsplit('/').next().unwrap_or_default();
    let problem = |message: String, hint: &str| Error::Input(Problems(vec![Problem::new(&file.path, message).with_hint(hint)]));
    let captures = expected.pattern.captures(name).ok_or_else(|| {
        problem(
            "the file's name does not match the pattern of the feed's expected calendar".into(),
            "name the file as the others of the feed, or widen `file_pattern` in [feed.expected]",
        )
    })?;
    let group = |name: &str| captures.name(name).map_or("", |found| found.as_str());
    let period = expected.period.read(group("period")).ok_or_else(|| {
        let message = format!("the file's name has the period `{}`, which is not `{}`", group("period"), expected.period_format);
        problem(message, "correct the name, or `period_format` in [feed.expected]")
    })?;
    Ok((group("reporter").to_owned(), period))
}
