//! Numbers, money, dates and sentences as a partner reads them: by the language file and the marks of the configuration. All arithmetic is of
//! integers and rounds half to even.

use crate::config::case_policy::{CasePolicy, Style};
use crate::config::language::Language;
use crate::publish::report::format::{divide, scaled};
use chrono::{Datelike, NaiveDate};

/// How a case file speaks.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// The sentences.
    pub say: &'a Language,
    style: &'a Style,
    currency: &'a str,
}

impl<'a> Words<'a> {
    /// The words of a policy; amounts are in cents of `currency`.
    pub fn new(policy: &'a CasePolicy, currency: &'a str) -> Self {
        Self { say: &policy.language, style: &policy.style, currency }
    }

    /// A whole number, `1,234`.
    pub fn count(&self, value: i64) -> String {
        self.fixed(i128::from(value), 0)
    }

    /// Cents with decimals and without the currency, `12,345.67`.
    pub fn cents(&self, value: i64) -> String {
        self.fixed(i128::from(value), 2)
    }

    /// Cents as whole money, `$1,235`.
    pub fn whole(&self, value: i64) -> String {
        self.money(divide(i128::from(value), 100).unwrap_or_default(), 0)
    }

    /// Millionths of a unit, `66.50`.
    pub fn micro(&self, value: i64) -> String {
        self.fixed(divide(i128::from(value), 10_000).unwrap_or_default(), 2)
    }

    /// A share in percent, `4.00 %`.
    pub fn percent(&self, numerator: i64, denominator: i64) -> String {
        match scaled(numerator, 10_000, denominator) {
            Some(share) => format!("{}\u{a0}%", self.fixed(share, 2)),
            None => "–".to_owned(),
        }
    }

    /// A quotient with four decimals, `0.6195`.
    pub fn ratio(&self, numerator: i128, denominator: i128) -> String {
        scaled(numerator, 10_000, denominator).map_or_else(|| "–".to_owned(), |ratio| self.fixed(ratio, 4))
    }

    /// A decimal text with a point, such as `0.75`, with the configured mark.
    pub fn decimal(&self, text: &str) -> String {
        text.replace('.', &self.style.decimal_mark).replace('-', "\u{2212}")
    }

    /// `62 cents for every dollar`, from an index as it is shown, so that the two never differ.
    pub fn for_every(&self, index: &str) -> Option<String> {
        let hundredths: i64 = index.replace('.', "").parse().ok()?;
        Some(self.say.for_every(hundredths, self.currency, |amount| self.money(i128::from(amount), 2)))
    }

    /// A day.
    pub fn day(&self, days: i32) -> String {
        let day = NaiveDate::from_epoch_days(days).unwrap_or_default();
        self.style
            .date_format
            .replace("{day}", &day.day().to_string())
            .replace("{dd}", &format!("{:02}", day.day()))
            .replace("{month}", &self.say.month(day.month()))
            .replace("{mm}", &format!("{:02}", day.month()))
            .replace("{year}", &day.year().to_string())
    }

    /// A day as it stands in the tables, `2026-10-31`; another text stays as it is.
    pub fn iso_day(&self, text: &str) -> String {
        text.parse::<NaiveDate>().map_or_else(|_| text.to_owned(), |day| self.day(day.to_epoch_days()))
    }

    /// A quarter by its first day.
    pub fn quarter(&self, first_day: i32) -> String {
        let day = NaiveDate::from_epoch_days(first_day).unwrap_or_default();
        self.say.quarter_from(self.say.month(day.month()), day.year())
    }

    fn money(&self, value: i128, decimals: usize) -> String {
        let [before, after] = &self.style.currency;
        let sign = if value < 0 { "\u{2212}" } else { "" };
        format!("{sign}{before}{}{after}", self.fixed(value.abs(), decimals))
    }

    /// A number with so many decimals.
    fn fixed(&self, value: i128, decimals: usize) -> String {
        let digits = format!("{:0width$}", value.unsigned_abs(), width = decimals + 1);
        let (whole, fraction) = digits.split_at(digits.len() - decimals);
        let mut text = String::from(if value < 0 { "\u{2212}" } else { "" });
        for (place, digit) in whole.chars().enumerate() {
            if place > 0 && (whole.len() - place) % 3 == 0 {
                text.push_str(&self.style.thousands_mark);
            }
            text.push(digit);
        }
        if decimals > 0 {
            text.push_str(&self.style.decimal_mark);
            text.push_str(fraction);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(currency: [&str; 2], marks: [&str; 2], date_format: &str) -> CasePolicy {
        let style = Style {
            currency: currency.map(str::to_owned),
            decimal_mark: marks[0].to_owned(),
            thousands_mark: marks[1].to_owned(),
            date_format: date_format.to_owned(),
        };
        CasePolicy {
            verdicts: Vec::new(),
            language: Language::english().expect("the built-in language"),
            language_file: None,
            style,
        }
    }

    #[test]
    fn numbers_follow_the_configuration() {
        let day = NaiveDate::from_ymd_opt(2026, 3, 7).expect("a day").to_epoch_days();
        let english = policy(["$", ""], [".", ","], "{day} {month} {year}");
        let words = Words::new(&english, "USD");
        assert_eq!(words.whole(123_456_789), "$1,234,568");
        assert_eq!(words.whole(-150), "\u{2212}$2");
        assert_eq!([words.cents(-5), words.cents(100_000), words.count(999)], ["\u{2212}0.05", "1,000.00", "999"]);
        assert_eq!(words.for_every("0.62").as_deref(), Some("62 cents for every dollar"));
        assert_eq!((words.day(day), words.quarter(day)), ("7 March 2026".to_owned(), "from March 2026".to_owned()));
        let other = policy(["", "\u{a0}€"], [",", "."], "{dd}.{mm}.{year}");
        let words = Words::new(&other, "EUR");
        assert_eq!(words.whole(123_456_789), "1.234.568\u{a0}€");
        assert_eq!(
            (words.percent(4, 100), words.decimal("0.75"), words.ratio(2, 3)),
            ("4,00\u{a0}%".into(), "0,75".into(), "0,6667".into())
        );
        assert_eq!(
            (words.day(day), words.for_every("1.30").as_deref()),
            ("07.03.2026".to_owned(), Some("1,30\u{a0}€ for every euro"))
        );
    }
}
