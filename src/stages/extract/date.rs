//! Dates by declaration.

use crate::config::date_layout::{DateLayout, DatePart, DateSystem};
use chrono::{Datelike, NaiveDate};

/// Days from 1 January of year 1 to 1970-01-01.
const EPOCH_DAYS_FROM_CE: i32 = 719_163;
/// Days from Excel's day 0 of the 1900 system, as it stands after its false leap day, to 1970-01-01.
const EPOCH_DAYS_FROM_1900: i32 = 25_569;
/// Days from Excel's day 0 of the 1904 system to 1970-01-01.
const EPOCH_DAYS_FROM_1904: i32 = 24_107;
/// Excel's number of the 29 February 1900, a day that never was.
const FALSE_LEAP_DAY: i32 = 60;
/// The last day that Excel knows, 9999-12-31, in the 1900 system.
const LAST_SERIAL_1900: i32 = 2_958_465;

/// A day of the calendar in the declared layout, as days since 1970-01-01. `None` for anything else.
pub fn parse_date(text: &str, layout: &DateLayout) -> Option<i32> {
    match layout {
        DateLayout::Pattern(parts) => parse_pattern(text, parts),
        DateLayout::Serial(system) => parse_serial(text, *system),
    }
}

fn parse_pattern(text: &str, parts: &[DatePart]) -> Option<i32> {
    let (mut year, mut month, mut day) = (0, 0, 0);
    let mut rest = text;
    for part in parts {
        match part {
            DatePart::Year => year = digits(&mut rest, 4, 4)?,
            DatePart::ShortYear { pivot } => {
                let short = digits(&mut rest, 2, 2)?;
                year = if short >= *pivot { 1900 + short } else { 2000 + short };
            }
            DatePart::Month { is_padded } => month = digits(&mut rest, if *is_padded { 2 } else { 1 }, 2)?,
            DatePart::MonthName(names) => month = month_by_name(&mut rest, names)?,
            DatePart::Day { is_padded } => day = digits(&mut rest, if *is_padded { 2 } else { 1 }, 2)?,
            DatePart::TimeOfDay { largest } => {
                if digits(&mut rest, 2, 2)? > *largest {
                    return None;
                }
            }
            DatePart::Mark(mark) => rest = rest.strip_prefix(*mark)?,
        }
    }
    if !rest.is_empty() {
        return None;
    }
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
    Some(date.num_days_from_ce() - EPOCH_DAYS_FROM_CE)
}

/// Takes `least` to `most` digits, as many as there are.
fn digits(rest: &mut &str, least: usize, most: usize) -> Option<u32> {
    let found = rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
    if found < least {
        return None;
    }
    let (taken, left) = rest.split_at(found);
    *rest = left;
    taken.parse().ok()
}

/// Takes a month's name: the letters up to the next mark must be one of the twelve.
fn month_by_name(rest: &mut &str, names: &[String]) -> Option<u32> {
    let end = rest.find(|letter: char| !letter.is_alphabetic()).unwrap_or(rest.len());
    let (name, left) = rest.split_at(end);
    let name = name.to_lowercase();
    *rest = left;
    names.iter().zip(1..).find(|(known, _)| **known == name).map(|(_, month)| month)
}

fn parse_serial(text: &str, system: DateSystem) -> Option<i32> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole) || !is_number(fraction) {
        return None;
    }
    let serial: i32 = whole.parse().ok()?;
    match system {
        DateSystem::From1900 if serial == 0 || serial == FALSE_LEAP_DAY || serial > LAST_SERIAL_1900 => None,
        DateSystem::From1900 if serial < FALSE_LEAP_DAY => Some(serial + 1 - EPOCH_DAYS_FROM_1900),
        DateSystem::From1900 => Some(serial - EPOCH_DAYS_FROM_1900),
        DateSystem::From1904 if serial > LAST_SERIAL_1900 - (EPOCH_DAYS_FROM_1900 - EPOCH_DAYS_FROM_1904) => None,
        DateSystem::From1904 => Some(serial - EPOCH_DAYS_FROM_1904),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn layout(text: &str) -> DateLayout {
        let pivot = (text.contains("yy") && !text.contains("yyyy")).then_some(70);
        DateLayout::compile(text, pivot, &[]).expect("a layout")
    }

    fn read(text: &str, format: &str) -> Option<i32> {
        parse_date(text, &layout(format))
    }

    #[test]
    fn days_of_the_calendar_only() {
        assert_eq!(read("1970-01-01", "yyyy-mm-dd"), Some(0));
        for (text, format) in [
            ("29.02.2024", "dd.mm.yyyy"),
            ("02/29/2024", "mm/dd/yyyy"),
            ("20240229", "yyyymmdd"),
            ("29/2/2024", "d/m/yyyy"),
            ("240229", "yymmdd"),
            ("29-FEB-24", "dd-mon-yy"),
            ("Feb 29, 2024", "mon d, yyyy"),
            ("2024-02-29T23:59:59Z", "yyyy-mm-ddThh:mi:ssZ"),
            ("45351", "excel-1900"),
            ("45351.75", "excel-1900"),
            ("43889", "excel-1904"),
        ] {
            assert_eq!(read(text, format), Some(19_782), "{text} as {format}");
        }
        for text in
            ["2026-02-30", "2026-2-3", "26-02-03", "2026/02/03", "", "2026-13-01", "2026-00-10", "2026-02-0١", "2026-02-031"]
        {
            assert_eq!(read(text, "yyyy-mm-dd"), None, "{text:?}");
        }
        for (text, format) in [
            ("3/4", "d/m/yyyy"),
            ("031/4/2024", "d/m/yyyy"),
            ("29-Febr-24", "dd-mon-yy"),
            ("2024-02-29T24:00:00Z", "yyyy-mm-ddThh:mi:ssZ"),
            ("2024-02-29", "yyyy-mm-ddThh:mi:ssZ"),
            ("-5", "excel-1900"),
            ("0", "excel-1900"),
            ("60", "excel-1900"),
            ("45351,5", "excel-1900"),
            ("45351.", "excel-1900"),
            ("2958466", "excel-1900"),
            ("99999999999", "excel-1904"),
        ] {
            assert_eq!(read(text, format), None, "{text} as {format}");
        }
    }

    /// The two sides of Excel's false leap day, and the first and last days, from Microsoft's description of the date systems.
    #[test]
    fn excel_serials_around_the_false_leap_day() {
        let day =
            |year, month, day| NaiveDate::from_ymd_opt(year, month, day).map(|date| date.num_days_from_ce() - EPOCH_DAYS_FROM_CE);
        assert_eq!(read("1", "excel-1900"), day(1900, 1, 1));
        assert_eq!(read("59", "excel-1900"), day(1900, 2, 28));
        assert_eq!(read("61", "excel-1900"), day(1900, 3, 1));
        assert_eq!(read("35981", "excel-1900"), day(1998, 7, 5));
        assert_eq!(read("34519", "excel-1904"), day(1998, 7, 5));
        assert_eq!(read("0", "excel-1904"), day(1904, 1, 1));
        assert_eq!(read("2958465", "excel-1900"), day(9999, 12, 31));
        assert_eq!(read("2957003", "excel-1904"), day(9999, 12, 31));
    }

    #[test]
    fn two_digit_years_turn_at_the_pivot() {
        let years = [("69", 2069), ("70", 1970), ("99", 1999), ("00", 2000)];
        for (short, year) in years {
            let whole = read(&format!("{year}-06-30"), "yyyy-mm-dd");
            assert_eq!(read(&format!("30.06.{short}"), "dd.mm.yy"), whole);
        }
    }

    #[test]
    fn months_by_declared_names() {
        let names = ["Jän", "Feb", "Mär", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez"].map(str::to_owned);
        let german = DateLayout::compile("d. mon yyyy", None, &names).expect("a layout");
        assert_eq!(parse_date("29. FEB 2024", &german), Some(19_782));
        assert_eq!(parse_date("1. MÄR 2024", &german), Some(19_783));
        assert_eq!(parse_date("1. Mar 2024", &german), None);
    }

    /// A date as a sender writes it in a layout.
    fn write(date: NaiveDate, format: &str) -> String {
        let serial = date.num_days_from_ce() - EPOCH_DAYS_FROM_CE;
        match format {
            "excel-1900" => (serial + 25_569).to_string(),
            "excel-1904" => (serial + 24_107).to_string(),
            _ => {
                // Longer names first; placeholders so that what is written is not taken for a name.
                let pieces = [
                    ("yyyy", "%Y"),
                    ("yy", "%y"),
                    ("mon", "%b"),
                    ("mm", "%m"),
                    ("mi", "%M"),
                    ("m", "%-m"),
                    ("dd", "%d"),
                    ("d", "%-d"),
                    ("hh", "%H"),
                    ("ss", "%S"),
                ];
                let mut pattern = String::new();
                let mut rest = format;
                while let Some(first) = rest.chars().next() {
                    let (taken, put) = pieces
                        .iter()
                        .find(|(name, _)| rest.starts_with(name))
                        .map_or((first.len_utf8(), first.to_string()), |(name, put)| (name.len(), (*put).to_owned()));
                    pattern.push_str(&put);
                    rest = &rest[taken..];
                }
                date.and_hms_opt(13, 7, 9).map(|time| time.format(&pattern).to_string()).unwrap_or_default()
            }
        }
    }

    /// Names as senders of these languages write them.
    const MONTHS: [[&str; 12]; 3] = [
        ["Jän", "Feb", "Mär", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez"],
        ["janv", "févr", "mars", "avr", "mai", "juin", "juil", "août", "sept", "oct", "nov", "déc"],
        ["STY", "LUT", "MAR", "KWI", "MAJ", "CZE", "LIP", "SIE", "WRZ", "PAŹ", "LIS", "GRU"],
    ];

    proptest! {
        /// The hundred years that begin at the pivot.
        #[test]
        fn two_digits_of_a_year_are_read_by_any_pivot(pivot in 0..100_u32, day in 0..36_524_i32, format in prop::sample::select(vec![
            "dd.mm.yy", "m/d/yy", "yymmdd", "d-mon-yy",
        ])) {
            let first = NaiveDate::from_ymd_opt(1900 + pivot as i32, 1, 1).expect("a day").to_epoch_days();
            let date = NaiveDate::from_epoch_days(first + day).expect("a day");
            let layout = DateLayout::compile(format, Some(pivot), &[]).expect("a layout");
            prop_assert_eq!(parse_date(&write(date, format), &layout), Some(first + day));
        }

        #[test]
        fn months_are_read_in_any_language(
            days in 0..36_525_i32, names in prop::sample::select(MONTHS.to_vec()), is_upper in any::<bool>(),
            (format, pivot) in prop::sample::select(vec![("d. mon yyyy", None), ("dmonyy", Some(70)), ("yyyy-mon-dd", None), ("mon d, yyyy", None)]),
        ) {
            let date = NaiveDate::from_epoch_days(days).expect("a day");
            let name = names[date.month0() as usize];
            let name = if is_upper { name.to_uppercase() } else { name.to_owned() };
            let english = date.format("%b").to_string();
            let written = write(date, format).replace(&english, &name);
            let layout = DateLayout::compile(format, pivot, &names.map(str::to_owned)).expect("a layout");
            prop_assert_eq!(parse_date(&written, &layout), Some(days), "{}", written);
        }

        #[test]
        fn what_is_written_is_read(
            // 1970-01-01 to 2069-12-31, the years that two digits can tell around the pivot.
            days in 0..36_525i32,
            format in prop::sample::select(vec![
                "yyyy-mm-dd", "dd.mm.yyyy", "mm/dd/yyyy", "yyyymmdd", "d.m.yyyy", "m/d/yyyy", "dd/mm/yyyy", "dd-mm-yy", "yymmdd", "ddmmyyyy",
                "yyyy/mm/dd", "dd-mon-yyyy", "mon d, yyyy", "yyyy-mm-dd hh:mi:ss", "d/m/yy hh:mi", "excel-1900", "excel-1904",
            ]),
        ) {
            let date = NaiveDate::from_epoch_days(days).expect("a day of the calendar");
            prop_assert_eq!(read(&write(date, format), format), Some(days));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,14}", format in prop::sample::select(vec!["yyyy-mm-dd", "d.m.yy", "dd-mon-yyyy", "excel-1900"])) {
            let _ = read(&text, format);
        }
    }
}
