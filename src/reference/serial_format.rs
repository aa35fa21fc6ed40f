//! How the serials of a category tell the week of manufacture.

use chrono::{Datelike, NaiveDate};

/// The form of a serial, as a pattern of letters: `CCSYWWZZZZ` for three letters or digits, the last digit of the year, two digits of
/// the week, and four letters or digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SerialFormat {
    /// The pattern as declared.
    pub pattern: String,
    year: std::ops::Range<usize>,
    week: std::ops::Range<usize>,
}

/// Days by which the first week of a year may begin before 1 January, over the usual ways of numbering weeks.
const EARLIEST_FIRST_WEEK: i32 = 6;

impl SerialFormat {
    /// From a pattern: capital letters, among them `Y` once, twice or four times in a row for the year, and `WW` for the week. Every other
    /// letter stands for any letter or digit.
    pub fn parse(pattern: &str) -> Result<Self, String> {
        let problem = |what: &str| Err(format!("serial format `{pattern}` {what}, expected a pattern like `CCSYWWZZZZ`"));
        if !pattern.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return problem("has other characters than capital letters");
        }
        let run = |letter: char| {
            let (first, last) = (pattern.find(letter)?, pattern.rfind(letter)?);
            pattern[first..=last].chars().all(|other| other == letter).then_some(first..last + 1)
        };
        match (run('Y'), run('W')) {
            (Some(year), Some(week)) if matches!(year.len(), 1 | 2 | 4) && week.len() == 2 => {
                Ok(Self { pattern: pattern.to_owned(), year, week })
            }
            (_, Some(week)) if week.len() == 2 => problem("has no year of one, two or four `Y` in a row"),
            _ => problem("has no week of two `W` in a row"),
        }
    }

    /// The earliest day, in days since 1970-01-01, on which the week of manufacture can begin; `None` for a serial of another form.
    ///
    /// A year of one digit is the latest that lets the week begin by the as-of date: what is reported then exists. Weeks are numbered in
    /// several ways, so the day is that of the way that begins first.
    pub fn earliest_day(&self, serial: &str, as_of: i32) -> Option<i32> {
        if serial.len() != self.pattern.len() || !serial.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return None;
        }
        let number = |place: &std::ops::Range<usize>| serial[place.clone()].parse::<i32>().ok();
        let (year, week) = (number(&self.year)?, number(&self.week).filter(|week| (1..=53).contains(week))?);
        match self.year.len() {
            1 => {
                let latest = NaiveDate::from_epoch_days(as_of)?.year() + 1;
                let years = (0..).map(|back| latest - back).filter(|candidate| candidate.rem_euclid(10) == year);
                years.take(2).filter_map(|candidate| first_day(candidate, week)).find(|day| *day <= as_of)
            }
            2 => first_day(2000 + year, week),
            _ => first_day(year, week),
        }
    }
}

/// The earliest day on which a week of a year begins in any usual way of numbering.
fn first_day(year: i32, week: i32) -> Option<i32> {
    Some(NaiveDate::from_ymd_opt(year, 1, 1)?.to_epoch_days() + 7 * (week - 1) - EARLIEST_FIRST_WEEK)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: i32, month: u32, day: u32) -> i32 {
        NaiveDate::from_ymd_opt(year, month, day).expect("a day").to_epoch_days()
    }

    #[test]
    fn a_year_of_one_digit_is_the_latest_by_the_as_of_date() {
        let format = SerialFormat::parse("CCSYWWZZZZ").expect("a format");
        let as_of = day(2026, 12, 15);
        // Week 12 begins at the earliest 77 days after 1 January, less 6.
        assert_eq!(format.earliest_day("CNU6120A1B", as_of), Some(day(2026, 3, 13)));
        assert_eq!(format.earliest_day("5CG9400001", as_of), Some(day(2019, 9, 25)));
        // Week 52 of 2026 begins on 18 December at the earliest, after the as-of date; 2016 was a leap year.
        assert_eq!(format.earliest_day("CNU652ZZZZ", as_of), Some(day(2016, 12, 17)));
        // The first week of 2027 may begin on 26 December 2026.
        assert_eq!(format.earliest_day("CNU701ZZZZ", day(2026, 12, 31)), Some(day(2026, 12, 26)));
    }

    #[test]
    fn longer_years_are_taken_as_they_stand() {
        let format = SerialFormat::parse("CCSYYWWZZZ").expect("a format");
        assert_eq!(format.earliest_day("CZJ27100AB", day(2026, 12, 15)), Some(day(2027, 2, 27)));
        let format = SerialFormat::parse("YYYYWWZ").expect("a format");
        assert_eq!(format.earliest_day("202601X", 0), Some(day(2025, 12, 26)));
    }

    #[test]
    fn a_serial_of_another_form_tells_nothing() {
        let format = SerialFormat::parse("CCSYWWZZZZ").expect("a format");
        for serial in
            ["", "CNU612000", "CNU6120000X", "CNUA120000", "CNU6000000", "CNU6540000", "CNU6+10000", "CNU612-000", "CNÜ612000"]
        {
            assert_eq!(format.earliest_day(serial, day(2026, 12, 15)), None, "{serial}");
        }
    }

    #[test]
    fn patterns_without_year_or_week_are_refused() {
        for pattern in ["", "CCSWWZZZZ", "CCSYZZZZ", "CYSYWWZZZ", "CCYYYWWZ", "CCSYWWWZZ", "ccsywwzzzz", "CCSY WW"] {
            assert!(SerialFormat::parse(pattern).is_err(), "{pattern}");
        }
        assert!(SerialFormat::parse("CCSZZ").is_err_and(|message| message.contains("no week")));
    }
}
