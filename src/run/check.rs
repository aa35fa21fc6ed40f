//! Everything about the raw files that can be known without running: headers, and what becomes of each file.

use super::contradictions::{Contradictions, RECORDS};
use super::inputs::{self, FileRole};
use super::{RunOptions, adjust_lines, calendar, earlier_outreach, extract_files};
use crate::config::plan::{Feed, Plan};
use crate::error::{Error, Problems, Result};
use crate::reference;
use crate::telemetry::Progress;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Checks the reference tables, as far as one can without the records that they speak of.
///
/// # Errors
/// An `Input` error with everything that is wrong in them.
pub fn check_references(plan: &Plan) -> Result<()> {
    earlier_outreach::read(plan)?;
    adjust_lines::check(plan, &reference::load(plan)?)
}

/// Checks the header and the first records of every file; gives a summary.
///
/// # Errors
/// An `Input` error with every file that is empty, unreadable, lacks a declared column or is written in another way than declared.
pub fn check(plan: &Plan) -> Result<String> {
    let options = RunOptions { out: PathBuf::new(), threads: 1, memory_bytes: 1 << 30, progress: Progress::hidden() };
    let files = inputs::list(plan, &options)?;
    let mut problems = Problems::default();
    let mut summary = String::new();
    let mut delivered = Vec::new();
    for (index, feed) in plan.feeds.iter().enumerate() {
        let own: Vec<_> = files.iter().filter(|file| usize::from(file.feed) == index).collect();
        let mut has_records = false;
        for file in &own {
            match first_records(plan, feed, &file.path) {
                Ok((has_record, found)) => {
                    has_records |= has_record;
                    delivered.push((*file, has_record));
                    problems.0.extend(found.problems(feed, &file.path)?);
                }
                Err(Error::Input(found)) => problems.0.extend(found.0),
                Err(error) => return Err(error),
            }
        }
        if !has_records && problems.is_empty() {
            problems.push(extract_files::empty_feed(plan, feed));
        }
        let count = |is: fn(&FileRole) -> bool| own.iter().filter(|file| is(&file.role)).count();
        let (duplicate, superseded) =
            (count(|role| matches!(role, FileRole::Duplicate { .. })), count(|role| matches!(role, FileRole::Superseded { .. })));
        let _ = writeln!(summary, "{}: {} files, {duplicate} duplicate, {superseded} superseded", feed.id, own.len());
    }
    problems.into_result(Error::Input)?;
    for period in calendar::expected_periods(plan, &delivered)?.iter().filter(|period| period.is_missing()) {
        let _ = writeln!(summary, "{}: no file for {period}", plan.feeds[usize::from(period.feed)].id);
    }
    summary.push_str("every header has the declared columns, and the first records are written as declared");
    Ok(summary)
}

/// Looks at the header and the first records of every section of a file: whether it has a record, and what contradicts the declaration.
fn first_records(plan: &Plan, feed: &Feed, path: &Path) -> Result<(bool, Contradictions)> {
    let mut reader = extract_files::open(feed, path)?;
    let mut found = Contradictions::default();
    let mut has_record = false;
    while let Some((section, contract)) = extract_files::next_section(feed, plan.period.as_of, &mut reader, path)? {
        let mut records = 0;
        while records < RECORDS
            && let Some(record) = reader.next_record().map_err(extract_files::unreadable(path, &section.name))?
        {
            records += 1;
            has_record = true;
            found.note(contract.cast(&record.fields).map(|_| ()));
        }
    }
    Ok((has_record, found))
}
