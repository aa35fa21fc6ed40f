//! The periods of a feed's calendar: weeks and months, and how file names write them.

use super::file::Interval;
use chrono::{Datelike, Days, Months, NaiveDate, Weekday};

/// A whole week or month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CalendarPeriod {
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
}

impl CalendarPeriod {
    /// The week (Monday to Sunday) or month that holds a day. `None` at the ends of the calendar.
    pub fn around(day: NaiveDate, every: Interval) -> Option<Self> {
        let (from, next) = match every {
            Interval::Week => {
                let monday = day.checked_sub_days(Days::new(u64::from(day.weekday().num_days_from_monday())))?;
                (monday, monday.checked_add_days(Days::new(7))?)
            }
            Interval::Month => {
                let first = day.with_day(1)?;
                (first, first.checked_add_months(Months::new(1))?)
            }
        };
        Some(Self { from, to: next.pred_opt()? })
    }

    /// The one that follows.
    pub fn next(self, every: Interval) -> Option<Self> {
        Self::around(self.to.succ_opt()?, every)
    }
}

/// How a file name writes its period: pieces in a fixed order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeriodLayout {
    parts: Vec<Part>,
    every: Interval,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Year,
    Month,
    Week,
    Day,
    Mark(char),
}

/// What a layout of periods looks like, for hints.
pub const HINT: &str = "months as `yyyymm` or `yyyy-mm`, weeks as `yyyyww` (ISO weeks), or a day of the period as `yyyymmdd`";

impl PeriodLayout {
    /// Reads a layout's text: `yyyy`, `mm`, `ww` (ISO week), `dd`, and marks.
    ///
    /// # Errors
    /// Why it is none, as the end of a sentence.
    pub fn compile(text: &str, every: Interval) -> Result<Self, String> {
        let known = [("yyyy", Part::Year), ("mm", Part::Month), ("ww", Part::Week), ("dd", Part::Day)];
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            if let Some((name, part)) = known.iter().find(|(name, _)| rest.starts_with(name)) {
                parts.push(*part);
                rest = &rest[name.len()..];
            } else if first.is_ascii_digit() || first.is_ascii_lowercase() {
                return Err(format!("is no layout of periods: `{rest}` is no part of one"));
            } else {
                parts.push(Part::Mark(first));
                rest = &rest[first.len_utf8()..];
            }
        }
        let count = |part: Part| parts.iter().filter(|other| **other == part).count();
        let counts = (count(Part::Year), count(Part::Month), count(Part::Week), count(Part::Day));
        let is_right = match every {
            Interval::Month => matches!(counts, (1, 1, 0, 0 | 1)),
            Interval::Week => matches!(counts, (1, 1, 0, 1) | (1, 0, 1, 0)),
        };
        if is_right { Ok(Self { parts, every }) } else { Err("does not tell one week or month".into()) }
    }

    /// The layout that is usual for an interval.
    pub fn usual(every: Interval) -> &'static str {
        match every {
            Interval::Week => "yyyyww",
            Interval::Month => "yyyymm",
        }
    }

    /// The period that a text names; `None` where it is in another layout.
    pub fn read(&self, text: &str) -> Option<CalendarPeriod> {
        let (mut year, mut month, mut week, mut day) = (0, 1, None, 1);
        let mut rest = text;
        for part in &self.parts {
            match part {
                Part::Year => year = digits(&mut rest, 4)?,
                Part::Month => month = digits(&mut rest, 2)?,
                Part::Week => week = Some(digits(&mut rest, 2)?),
                Part::Day => day = digits(&mut rest, 2)?,
                Part::Mark(mark) => rest = rest.strip_prefix(*mark)?,
            }
        }
        if !rest.is_empty() {
            return None;
        }
        let year = i32::try_from(year).ok()?;
        let day = match week {
            Some(week) => NaiveDate::from_isoywd_opt(year, week, Weekday::Mon)?,
            None => NaiveDate::from_ymd_opt(year, month, day)?,
        };
        CalendarPeriod::around(day, self.every)
    }
}

fn digits(rest: &mut &str, count: usize) -> Option<u32> {
    let (taken, left) = rest.split_at_checked(count)?;
    *rest = left;
    if taken.bytes().all(|byte| byte.is_ascii_digit()) { taken.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(layout: &str, every: Interval, text: &str) -> Option<(String, String)> {
        let layout = PeriodLayout::compile(layout, every).expect("a layout");
        layout.read(text).map(|period| (period.from.to_string(), period.to.to_string()))
    }

    fn days(from: &str, to: &str) -> Option<(String, String)> {
        Some((from.to_owned(), to.to_owned()))
    }

    #[test]
    fn names_tell_months_and_iso_weeks() {
        assert_eq!(read("yyyymm", Interval::Month, "202602"), days("2026-02-01", "2026-02-28"));
        assert_eq!(read("mm-yyyy", Interval::Month, "12-2024"), days("2024-12-01", "2024-12-31"));
        // 1 January 2026 is a Thursday: week 1 begins on 29 December 2025. 2026 has 53 weeks.
        assert_eq!(read("yyyyWww", Interval::Week, "2026W01"), days("2025-12-29", "2026-01-04"));
        assert_eq!(read("yyyyww", Interval::Week, "202653"), days("2026-12-28", "2027-01-03"));
        assert_eq!(read("yyyyww", Interval::Week, "202553"), None);
        assert_eq!(read("yyyymmdd", Interval::Week, "20260104"), days("2025-12-29", "2026-01-04"));
        for text in ["202613", "20261", "2026-01", "2026012", "", "2026٠١"] {
            assert_eq!(read("yyyymm", Interval::Month, text), None, "{text:?}");
        }
    }

    #[test]
    fn what_tells_no_period_is_refused() {
        for (text, every) in [
            ("yyyy", Interval::Month),
            ("yyyymm", Interval::Week),
            ("yyyyww", Interval::Month),
            ("yyyydd", Interval::Week),
            ("", Interval::Week),
        ] {
            assert!(PeriodLayout::compile(text, every).is_err(), "{text}");
        }
        assert_eq!(
            PeriodLayout::compile("jjjjmm", Interval::Month),
            Err("is no layout of periods: `jjjjmm` is no part of one".into())
        );
    }

    #[test]
    fn periods_follow_without_gaps() {
        for every in [Interval::Week, Interval::Month] {
            let mut period = CalendarPeriod::around(NaiveDate::from_ymd_opt(2023, 11, 5).expect("a day"), every).expect("a period");
            for _ in 0..120 {
                let next = period.next(every).expect("a period");
                assert_eq!(period.to.succ_opt(), Some(next.from));
                assert_eq!(CalendarPeriod::around(next.to, every), Some(next));
                period = next;
            }
        }
    }
}
