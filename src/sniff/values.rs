//! How the values of columns are written: dates and numbers. The declared parsers judge, so that what is proposed is what a run accepts.

use crate::config::date_layout::DateLayout;
use crate::config::file::SignPosition;
use crate::config::plan::NumberFormat;
use crate::stages::extract::{parse_amount, parse_date};

/// Layouts of dates, those that leave nothing open first.
const DATE_LAYOUTS: [(&str, bool); 24] = [
    ("yyyy-mm-dd", false),
    ("yyyymmdd", false),
    ("dd.mm.yyyy", false),
    ("mm/dd/yyyy", false),
    ("dd/mm/yyyy", false),
    ("yyyy/mm/dd", false),
    ("dd-mm-yyyy", false),
    ("mm-dd-yyyy", false),
    ("d.m.yyyy", false),
    ("m/d/yyyy", false),
    ("d/m/yyyy", false),
    ("dd-mon-yyyy", false),
    ("dd mon yyyy", false),
    ("mon d, yyyy", false),
    ("yyyy-mm-ddThh:mi:ss", false),
    ("yyyy-mm-dd hh:mi:ss", false),
    ("dd.mm.yyyy hh:mi:ss", false),
    ("dd.mm.yy", true),
    ("mm/dd/yy", true),
    ("dd/mm/yy", true),
    ("m/d/yy", true),
    ("dd-mon-yy", true),
    ("yymmdd", true),
    ("excel-1900", false),
];
/// Days since 1970-01-01 between which the dates of feeds lie: 1990 to 2099.
const LIKELY_DAYS: std::ops::Range<i32> = 7_305..47_482;
/// The pivot that is proposed for two-digit years.
pub const PIVOT: u32 = 70;
/// Decimal and thousands marks, the plainest first.
const MARKS: [(u8, Option<char>); 13] = [
    (b'.', None),
    (b',', None),
    (b'.', Some(',')),
    (b',', Some('.')),
    (b',', Some(' ')),
    (b',', Some('\u{a0}')),
    (b',', Some('\u{202f}')),
    (b'.', Some(' ')),
    (b'.', Some('\'')),
    (b'.', Some('\u{2019}')),
    (b',', Some('\'')),
    (b'.', Some('\u{a0}')),
    (b',', Some('\u{2019}')),
];
const SIGNS: [SignPosition; 3] = [SignPosition::Leading, SignPosition::Trailing, SignPosition::Parentheses];
const CURRENCY_SIGNS: [(&str, &str); 5] = [("US$", "USD"), ("€", "EUR"), ("£", "GBP"), ("¥", "JPY"), ("$", "USD")];

/// A layout that the values of a column have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateGuess {
    /// The layout.
    pub format: &'static str,
    /// Whether it needs a pivot.
    pub needs_pivot: bool,
    /// Other layouts that all values have, too: nothing in the values decides.
    pub others: Vec<&'static str>,
}

/// The layout of dates that nearly all values have. One bad value in twenty is forgiven: it is what quarantine is for.
pub fn guess_dates(values: &[&str]) -> Option<DateGuess> {
    let fit = |format: &str, needs_pivot: bool| {
        let layout = DateLayout::compile(format, needs_pivot.then_some(PIVOT), &[]).ok()?;
        let is_date = |value: &&&str| parse_date(value, &layout).is_some_and(|day| LIKELY_DAYS.contains(&day));
        let right = values.iter().filter(is_date).count();
        (right * 20 >= values.len() * 19 && right > 0).then_some(right)
    };
    let mut fits: Vec<(usize, &'static str, bool)> =
        DATE_LAYOUTS.into_iter().filter_map(|(format, pivot)| Some((fit(format, pivot)?, format, pivot))).collect();
    let most = fits.iter().map(|(right, ..)| *right).max()?;
    fits.retain(|(right, ..)| *right == most);
    let (_, format, needs_pivot) = *fits.first()?;
    // `m/d/yyyy` reads whatever `mm/dd/yyyy` reads: only another order of the parts leaves something open.
    let order = |format: &str| {
        format.chars().filter(|part| "ymd".contains(*part)).fold(String::new(), |mut order, part| {
            if !order.ends_with(part) {
                order.push(part);
            }
            order
        })
    };
    let others = fits.iter().map(|(_, other, _)| *other).filter(|other| order(other) != order(format)).collect();
    Some(DateGuess { format, needs_pivot, others })
}

/// How numbers are written that nearly all values have; the plainest of several ways.
pub fn guess_numbers(values: &[&str]) -> Option<NumberFormat> {
    guess_readings(values).map(|(format, _)| format)
}

/// The same, and whether with the other decimal mark as many values are numbers, and some are others: nothing in the values decides.
pub fn guess_readings(values: &[&str]) -> Option<(NumberFormat, bool)> {
    let currency_signs: Vec<(String, String)> = CURRENCY_SIGNS
        .iter()
        .filter(|(sign, _)| values.iter().any(|value| value.contains(sign)))
        .map(|(sign, currency)| ((*sign).to_owned(), (*currency).to_owned()))
        .collect();
    let mut best: Option<(usize, NumberFormat)> = None;
    for (decimal, thousands) in MARKS {
        for sign in SIGNS {
            let format = NumberFormat { decimal, thousands, sign, currency_signs: currency_signs.clone() };
            let right = values.iter().filter(|value| parse_amount(value, &format).is_ok()).count();
            if best.as_ref().is_none_or(|(most, _)| right > *most) {
                best = Some((right, format));
            }
        }
    }
    let (right, format) = best.filter(|(right, _)| *right > 0 && right * 20 >= values.len() * 19)?;
    let is_open = MARKS.iter().filter(|(decimal, _)| *decimal != format.decimal).any(|(decimal, thousands)| {
        let other = NumberFormat { decimal: *decimal, thousands: *thousands, ..format.clone() };
        let amount = |value: &str, format: &NumberFormat| parse_amount(value, format).ok().map(|(amount, _)| amount);
        let as_many = values.iter().filter(|value| amount(value, &other).is_some()).count() == right;
        as_many && values.iter().any(|value| amount(value, &other).is_some() && amount(value, &other) != amount(value, &format))
    });
    Some((format, is_open))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layout_of_dates_is_the_one_that_all_values_have() {
        let guess = |values: &[&str]| guess_dates(values).map(|guess| (guess.format, guess.others));
        assert_eq!(guess(&["2026-01-31", "2026-02-01"]), Some(("yyyy-mm-dd", vec![])));
        assert_eq!(guess(&["13/02/2026", "01/02/2026"]), Some(("dd/mm/yyyy", vec![])));
        assert_eq!(guess(&["01/02/2026", "03/04/2026"]), Some(("mm/dd/yyyy", vec!["dd/mm/yyyy", "d/m/yyyy"])));
        assert_eq!(guess(&["1.2.2026", "13.12.2026"]), Some(("d.m.yyyy", vec![])));
        assert_eq!(guess(&["31-OCT-26"]), Some(("dd-mon-yy", vec![])));
        assert_eq!(guess(&["45992", "46000"]), Some(("excel-1900", vec![])));
        assert_eq!(guess(&["1", "2"]), None);
        assert_eq!(guess(&[]), None);
    }

    #[test]
    fn the_plainest_way_to_write_all_numbers_is_taken() {
        let guess =
            |values: &[&str]| guess_numbers(values).map(|format| (char::from(format.decimal), format.thousands, format.sign));
        assert_eq!(guess(&["1.50", "-2"]), Some(('.', None, SignPosition::Leading)));
        assert_eq!(guess(&["1.643,52", "41,66", "12,00-"]), Some((',', Some('.'), SignPosition::Trailing)));
        assert_eq!(guess(&["1,234.00", "(5.00)"]), Some(('.', Some(','), SignPosition::Parentheses)));
        assert_eq!(guess(&["1\u{a0}234,50"]), Some((',', Some('\u{a0}'), SignPosition::Leading)));
        assert_eq!(guess(&["one", "two"]), None);
        assert_eq!(guess(&[]), None);
        let open = |values: &[&str]| guess_readings(values).map(|(_, is_open)| is_open);
        assert_eq!([open(&["2.000"]), open(&["2.000", "1.50"]), open(&["1", "-7"])], [Some(true), Some(false), Some(false)]);
        let signs = guess_numbers(&["€5.00", "€-7.00"]).map(|format| format.currency_signs);
        assert_eq!(signs, Some(vec![("€".to_owned(), "EUR".to_owned())]));
    }
}
