//! The expected calendar of one feed.

use super::calendar::{HINT, PeriodLayout};
use super::document::Document;
use super::file::{ExpectedSection, FeedSection};
use super::plan::Expected;
use super::resolve::calendar_day;
use super::resolve_feed::file_pattern;
use crate::error::Problems;

/// Checks a feed's calendar; `None` where it has a problem, or where the assessed period has.
pub fn resolve(
    document: &Document<'_>,
    feed: &str,
    section: &FeedSection,
    expected: &ExpectedSection,
    period_from: Option<i32>,
    problems: &mut Problems,
) -> Option<Expected> {
    let before = problems.0.len();
    let mut problem = |key: &str, message: String, hint: &str| {
        let pointer = format!("{feed}/expected{key}");
        problems.push(document.problem_at_value(&pointer, message).with_hint(hint));
    };
    let (key, pattern) = match (&expected.file_pattern, &section.restatement.file_pattern) {
        (Some(own), _) => ("/file_pattern", Some(own)),
        (None, shared) => ("", shared.as_ref()),
    };
    let groups: &[&str] = if expected.reporters.is_empty() { &["period"] } else { &["period", "reporter"] };
    let pattern = match pattern.map(|pattern| file_pattern(pattern, groups)) {
        Some(Ok(pattern)) => Some(pattern),
        Some(Err(causes)) => {
            for (message, hint) in causes {
                problem(key, message, &hint);
            }
            None
        }
        None => {
            let hint = r"for example `file_pattern = '_(?<period>\d{6})\.'`";
            problem("", "an expected calendar without a `file_pattern`".into(), hint);
            None
        }
    };
    let period_format = expected.period_format.clone().unwrap_or_else(|| PeriodLayout::usual(expected.every).to_owned());
    let period = PeriodLayout::compile(&period_format, expected.every);
    if let Err(cause) = &period {
        problem("/period_format", format!("`period_format` `{period_format}` {cause}"), HINT);
    }
    let from = match &expected.from {
        None => period_from,
        Some(written) => {
            let day = calendar_day(written);
            if day.is_none() {
                problem(
                    "/from",
                    format!("`from` is `{written}`, which is not a calendar date"),
                    "a date is written without a time: 2026-10-31",
                );
            }
            day
        }
    };
    if problems.0.len() > before {
        return None;
    }
    Some(Expected {
        every: expected.every,
        pattern: pattern?,
        period: period.ok()?,
        period_format,
        from: from?,
        due_days: i32::try_from(expected.due_days).ok()?,
        reporters: expected.reporters.clone(),
    })
}
