//! How a sender writes numbers and dates as text.

use chrono::{Datelike, NaiveDate};

use super::super::workbook::days_from_1900;
use super::record::{Dialect, Value};
use super::request::{Recast, Word};

/// Where a minus stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    Leading,
    Trailing,
    Parentheses,
}

/// The marks of numbers and the layout of dates.
#[derive(Debug, Clone)]
pub(super) struct Style {
    pub decimal: char,
    pub thousands: Option<char>,
    pub sign: Sign,
    pub has_currency_signs: bool,
    /// As `dates.format` of a pipeline file writes it.
    pub dates: &'static str,
}

/// Currencies with their signs.
pub(super) const CURRENCY_SIGNS: [(&str, &str); 3] = [("USD", "$"), ("EUR", "€"), ("GBP", "£")];

impl Style {
    /// The sender's own style, changed where the layout asks for it.
    pub fn of(dialect: &Dialect, recast: &Recast) -> Self {
        let decimal = if dialect.is_german || recast.has(Word::DecimalComma) { ',' } else { '.' };
        let has_thousands = dialect.is_german || recast.has(Word::Thousands);
        let sign = match dialect.is_german {
            _ if recast.has(Word::Parentheses) => Sign::Parentheses,
            is_german if is_german || recast.has(Word::TrailingMinus) => Sign::Trailing,
            _ => Sign::Leading,
        };
        let dates = [
            (Word::UsDates, "mm/dd/yyyy"),
            (Word::ShortYears, "dd.mm.yy"),
            (Word::MonthNames, "dd-mon-yyyy"),
            (Word::ExcelDays, "excel-1900"),
            (Word::X12, "yyyymmdd"),
        ];
        let asked = dates.into_iter().find(|(word, _)| recast.has(*word)).map(|(_, format)| format);
        Self {
            decimal,
            thousands: has_thousands.then_some(if decimal == ',' { '.' } else { ',' }),
            sign,
            has_currency_signs: recast.has(Word::CurrencySign),
            dates: asked.unwrap_or(if dialect.is_german { "dd.mm.yyyy" } else { "yyyy-mm-dd" }),
        }
    }

    /// Whether a number with a mark before three digits could be thousands.
    pub fn is_ambiguous(&self) -> bool {
        self.thousands.is_none() && self.decimal == '.'
    }

    /// A cell as text.
    pub fn text(&self, value: &Value) -> String {
        match value {
            Value::Text(text) => text.clone(),
            Value::Number(plain) => self.number(plain),
            Value::Day(day) => self.day(*day),
        }
    }

    /// An amount with the sign of its currency before it, where the sender writes one.
    pub fn amount(&self, value: &Value, currency: &str) -> String {
        let sign = CURRENCY_SIGNS.iter().find(|(code, _)| *code == currency).map_or("", |(_, sign)| sign);
        match value {
            Value::Number(plain) if self.has_currency_signs => {
                let magnitude = plain.strip_prefix('-').unwrap_or(plain);
                self.signed(&format!("{sign}{}", self.magnitude(magnitude)), plain.starts_with('-'))
            }
            other => self.text(other),
        }
    }

    /// A plain number in this style.
    pub fn number(&self, plain: &str) -> String {
        self.signed(&self.magnitude(plain.strip_prefix('-').unwrap_or(plain)), plain.starts_with('-'))
    }

    fn signed(&self, text: &str, is_negative: bool) -> String {
        match self.sign {
            _ if !is_negative => text.to_owned(),
            Sign::Leading => format!("-{text}"),
            Sign::Trailing => format!("{text}-"),
            Sign::Parentheses => format!("({text})"),
        }
    }

    fn magnitude(&self, plain: &str) -> String {
        let (whole, fraction) = plain.split_once('.').unwrap_or((plain, ""));
        let mut text = String::new();
        for (at, digit) in whole.chars().enumerate() {
            if let Some(mark) = self.thousands.filter(|_| at > 0 && (whole.len() - at).is_multiple_of(3)) {
                text.push(mark);
            }
            text.push(digit);
        }
        if !fraction.is_empty() {
            text.push(self.decimal);
            text.push_str(fraction);
        }
        text
    }

    fn day(&self, day: NaiveDate) -> String {
        match self.dates {
            "excel-1900" => days_from_1900(day).to_string(),
            "mm/dd/yyyy" => day.format("%m/%d/%Y").to_string(),
            "dd.mm.yy" => format!("{:02}.{:02}.{:02}", day.day(), day.month(), day.year() % 100),
            "dd-mon-yyyy" => day.format("%d-%b-%Y").to_string(),
            "dd.mm.yyyy" => day.format("%d.%m.%Y").to_string(),
            "yyyymmdd" => day.format("%Y%m%d").to_string(),
            _ => day.format("%Y-%m-%d").to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn style(words: &str) -> Style {
        let feed = super::super::Feed::DistributorA;
        Style::of(&Dialect::of(feed), &Recast::parse(feed, words).expect(words))
    }

    #[test]
    fn numbers_and_dates_as_senders_write_them() {
        let number = |words, plain: &str| style(words).number(plain);
        assert_eq!(number("delimited", "-1234567.50"), "-1234567.50");
        assert_eq!(number("thousands", "-1234567.50"), "-1,234,567.50");
        assert_eq!(number("decimal_comma+thousands+parentheses", "-1234.50"), "(1.234,50)");
        assert_eq!(number("trailing_minus", "-7"), "7-");
        assert_eq!(number("thousands", "123"), "123");
        let amount = |words| style(words).amount(&Value::Number("-1234.50".to_owned()), "GBP");
        assert_eq!(amount("currency_sign"), "-£1234.50");
        assert_eq!(amount("currency_sign+parentheses+thousands"), "(£1,234.50)");
        let day = NaiveDate::from_ymd_opt(2026, 10, 31).expect("a day");
        let date = |words| style(words).day(day);
        assert_eq!(date("delimited"), "2026-10-31");
        assert_eq!(date("us_dates"), "10/31/2026");
        assert_eq!(date("short_years"), "31.10.26");
        assert_eq!(date("month_names"), "31-Oct-2026");
        assert_eq!(date("excel_days"), "46326");
    }
}
