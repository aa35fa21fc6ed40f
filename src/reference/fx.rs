//! Exchange rates by month, and the one conversion of money.

use rustc_hash::FxHashMap;

use super::Source;
use super::table::Table;
use crate::config::plan::ReferencePath;
use crate::error::Result;

/// Units of a rate in one: rates have eight decimals.
const SCALE: i64 = 100_000_000;

/// Exchange rates into the reporting currency.
#[derive(Debug, Clone, Default)]
pub struct FxRates {
    reporting_currency: String,
    by_currency: FxHashMap<String, FxHashMap<i32, Rate>>,
}

impl FxRates {
    /// The rate of a currency in a month (`year * 12 + month - 1`). The reporting currency has the rate 1 always.
    pub fn rate(&self, currency: &str, month: i32) -> Option<Rate> {
        if currency == self.reporting_currency {
            return Some(Rate { scaled: SCALE });
        }
        self.by_currency.get(currency)?.get(&month).copied()
    }
}

/// Reporting-currency units for one unit of a currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// The rate times 10^8; positive.
    pub scaled: i64,
}

impl Rate {
    /// Converts cents, rounding half to even; `None` where the result does not fit.
    pub fn convert(self, cents: i64) -> Option<i64> {
        let scale = i128::from(SCALE);
        let product = i128::from(cents) * i128::from(self.scaled);
        let (floor, remainder) = (product.div_euclid(scale), product.rem_euclid(scale));
        let is_up = match (remainder * 2).cmp(&scale) {
            std::cmp::Ordering::Less => false,
            std::cmp::Ordering::Equal => floor % 2 != 0,
            std::cmp::Ordering::Greater => true,
        };
        i64::try_from(floor + i128::from(is_up)).ok()
    }

    /// Reads a positive decimal text with at most eight decimals.
    fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let is_digits =
            |part: &str, most: usize| (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        if !is_digits(whole, 9) || !is_digits(fraction, 8) {
            return None;
        }
        let scaled = whole.parse::<i64>().ok()? * SCALE + format!("{fraction:0<8}").parse::<i64>().ok()?;
        (scaled > 0).then_some(Self { scaled })
    }
}

/// Reads the rates.
pub(super) fn rates(source: &mut Source, path: &ReferencePath, reporting_currency: &str) -> Result<FxRates> {
    let table = Table::read(source, path, ["month", "currency_code", "rate"])?;
    let mut rates = FxRates { reporting_currency: reporting_currency.to_owned(), by_currency: FxHashMap::default() };
    for (line, [month, currency, rate]) in &table.rows {
        let mut problem = |message: String, hint: &str| source.problems.push(table.problem(*line, message).with_hint(hint));
        if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
            problem(format!("currency `{currency}` is not a code of three capital letters"), "ISO 4217, for example `EUR`");
        }
        let month_number = month_number(month);
        if month_number.is_none() {
            problem(format!("`{month}` is not a month like 2026-10"), "a year of four digits and a month of two");
        }
        let parsed = Rate::parse(rate);
        if parsed.is_none() {
            problem(
                format!("rate `{rate}` is not a positive decimal with at most eight decimals"),
                "units of the reporting currency for one unit of the currency, for example `1.0834`",
            );
        }
        let (Some(month_number), Some(parsed)) = (month_number, parsed) else { continue };
        if currency == reporting_currency && parsed.scaled != SCALE {
            problem(
                format!("the rate of the reporting currency `{currency}` is `{rate}`, not 1"),
                "leave the reporting currency out, or give it the rate 1",
            );
        }
        if rates.by_currency.entry(currency.clone()).or_default().insert(month_number, parsed).is_some() {
            problem(format!("the rate of `{currency}` in {month} stands here twice"), "keep one rate for each currency and month");
        }
    }
    Ok(rates)
}

/// `2026-10` as `year * 12 + month - 1`.
fn month_number(text: &str) -> Option<i32> {
    let (year, month) = text.split_once('-')?;
    if year.len() != 4 || month.len() != 2 || !text.bytes().all(|byte| byte == b'-' || byte.is_ascii_digit()) {
        return None;
    }
    let (year, month) = (year.parse::<i32>().ok()?, month.parse::<i32>().ok()?);
    (1..=12).contains(&month).then_some(year * 12 + month - 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Rate, month_number};

    #[test]
    fn halves_go_to_even() {
        let half = Rate { scaled: 50_000_000 };
        let converted = [1, 3, 5, -1, -3, -5].map(|cents| half.convert(cents));
        assert_eq!(converted, [Some(0), Some(2), Some(2), Some(0), Some(-2), Some(-2)]);
        assert_eq!(Rate { scaled: i64::MAX }.convert(i64::MAX), None);
    }

    #[test]
    fn rates_and_months_are_read_strictly() {
        assert_eq!(Rate::parse("1.0785"), Some(Rate { scaled: 107_850_000 }));
        assert_eq!(Rate::parse("1"), Some(Rate { scaled: 100_000_000 }));
        for wrong in ["", "0", "0.00000000", "-1", "1.", ".5", "1.123456789", "1,5", "1e2", "1234567890"] {
            assert_eq!(Rate::parse(wrong), None, "{wrong}");
        }
        assert_eq!(month_number("2026-10"), Some(2026 * 12 + 9));
        for wrong in ["2026-13", "2026-00", "2026-1", "26-10", "2026/10", "2026-10-01", "20260-1"] {
            assert_eq!(month_number(wrong), None, "{wrong}");
        }
    }

    /// Long multiplication and rounding on decimal digits, as one would do it on paper.
    fn on_paper(cents: i64, scaled: i64) -> Option<i64> {
        let digits = (i128::from(cents).abs() * i128::from(scaled)).to_string();
        let digits = format!("{digits:0>9}");
        let (whole, fraction) = digits.split_at(digits.len() - 8);
        let is_odd = whole.ends_with(['1', '3', '5', '7', '9']);
        let is_up = fraction > "50000000" || (fraction == "50000000" && is_odd);
        let magnitude = whole.parse::<i128>().ok()? + i128::from(is_up);
        i64::try_from(magnitude * i128::from(cents.signum())).ok()
    }

    proptest! {
        #[test]
        fn conversion_is_decimal_multiplication(cents: i64, scaled in 1..=i64::MAX) {
            prop_assert_eq!(Rate { scaled }.convert(cents), on_paper(cents, scaled));
        }

        #[test]
        fn conversion_of_usual_amounts(cents in -1_000_000_000_i64..1_000_000_000, rate in 1_i64..20_000) {
            let scaled = rate * 100_000;
            prop_assert_eq!(Rate { scaled }.convert(cents), on_paper(cents, scaled));
        }
    }
}
