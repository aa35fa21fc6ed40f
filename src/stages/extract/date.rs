//! Dates by declaration.

use crate::config::file::DateFormat;
use chrono::{Datelike, NaiveDate};

/// Days from 1 January of year 1 to 1970-01-01.
const EPOCH_DAYS_FROM_CE: i32 = 719_163;

/// A day of the calendar in the declared format, as days since 1970-01-01. `None` for anything else.
pub fn parse_date(text: &str, format: DateFormat) -> Option<i32> {
    let bytes = text.as_bytes();
    let (year, month, day) = match (format, bytes.len()) {
        (DateFormat::IsoDashed, 10) if bytes[4] == b'-' && bytes[7] == b'-' => (&bytes[..4], &bytes[5..7], &bytes[8..]),
        (DateFormat::DayMonthYearDots, 10) if bytes[2] == b'.' && bytes[5] == b'.' => (&bytes[6..], &bytes[3..5], &bytes[..2]),
        (DateFormat::MonthDayYearSlashes, 10) if bytes[2] == b'/' && bytes[5] == b'/' => (&bytes[6..], &bytes[..2], &bytes[3..5]),
        (DateFormat::Compact, 8) => (&bytes[..4], &bytes[4..6], &bytes[6..]),
        _ => return None,
    };
    let date = NaiveDate::from_ymd_opt(digits(year)? as i32, digits(month)?, digits(day)?)?;
    Some(date.num_days_from_ce() - EPOCH_DAYS_FROM_CE)
}

fn digits(bytes: &[u8]) -> Option<u32> {
    bytes.iter().try_fold(0, |value, byte| byte.is_ascii_digit().then(|| value * 10 + u32::from(byte - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_the_calendar_only() {
        assert_eq!(parse_date("1970-01-01", DateFormat::IsoDashed), Some(0));
        assert_eq!(parse_date("29.02.2024", DateFormat::DayMonthYearDots), Some(19_782));
        assert_eq!(parse_date("02/29/2024", DateFormat::MonthDayYearSlashes), Some(19_782));
        assert_eq!(parse_date("20240229", DateFormat::Compact), Some(19_782));
        for text in ["2026-02-30", "2026-2-3", "26-02-03", "2026/02/03", "", "2026-13-01", "2026-00-10", "2026-02-0١"] {
            assert_eq!(parse_date(text, DateFormat::IsoDashed), None, "{text:?}");
        }
    }
}
