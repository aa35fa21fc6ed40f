//! Normalisation: a typed record gets its partner, its product's kind and category, and its money in the reporting currency.

use super::classify::{Classifier, ProductClass, ProductTexts};
use super::extract::{Rejection, TypedRecord};
use crate::config::file::FeedKind;
use crate::config::plan::{Feed, Plan};
use crate::finding::QuarantineCode;
use crate::reference::{References, normalise_sku};
use crate::tables::stage::NO_PARTNER;
use chrono::{Datelike, NaiveDate};
use std::borrow::Cow;

/// A normalised record: what is added to the typed one.
#[derive(Debug)]
pub struct Normalised<'a> {
    /// Index into the partners; [`NO_PARTNER`] only for registrations.
    pub partner: u32,
    /// The product's class.
    pub class: ProductClass,
    /// Base SKU.
    pub sku: Cow<'a, str>,
    /// Localisation option or empty.
    pub sku_option: &'a str,
    /// Cents of the reporting currency.
    pub amount: i64,
    /// Source currency.
    pub currency: &'a str,
}

/// Normalises the records of one feed.
pub struct Normaliser<'r> {
    plan: &'r Plan,
    references: &'r References,
    feed_index: u16,
    feed: &'r Feed,
    classifier: Classifier<'r>,
}

impl<'r> Normaliser<'r> {
    /// A normaliser for the feed with this index in the plan.
    pub fn new(plan: &'r Plan, references: &'r References, feed_index: u16) -> Self {
        let feed = &plan.feeds[usize::from(feed_index)];
        Self { plan, references, feed_index, feed, classifier: Classifier::new(references) }
    }

    /// Resolves partner, product and currency of a record.
    ///
    /// # Errors
    /// `UNKNOWN_PARTNER` or `NO_FX_RATE`. An unknown product is no error: its line is accepted as unmapped.
    pub fn normalise<'a>(&mut self, record: &TypedRecord<'a>) -> Result<Normalised<'a>, Rejection> {
        let partner = self.partner(record)?;
        let (sku, option) = normalise_sku(record.sku);
        let (amount, currency) = self.money(record)?;
        let texts = ProductTexts { product_line: record.product_line, description: record.description, label: record.label };
        let class = self.classifier.classify(&sku, &texts);
        Ok(Normalised { partner, class, sku, sku_option: option.unwrap_or(""), amount, currency })
    }

    fn partner(&self, record: &TypedRecord<'_>) -> Result<u32, Rejection> {
        let by_location = self.feed.columns.location.is_some();
        let found = if by_location {
            self.references.partner_at(self.feed_index, record.location, record.date)
        } else {
            self.references.partner_named(self.feed_index, record.location, record.date)
        };
        match found {
            Some(partner) => Ok(partner),
            None if self.feed.kind == FeedKind::Registrations && record.location.is_empty() => Ok(NO_PARTNER),
            None => {
                let field = if by_location { "location" } else { "partner_name" };
                Err(Rejection { code: QuarantineCode::UnknownPartner, field, value: record.location.to_owned() })
            }
        }
    }

    /// The record's amount in cents of the reporting currency; 0 without a rate.
    pub fn money_or_nothing(&self, record: &TypedRecord<'_>) -> i64 {
        self.money(record).map_or(0, |(amount, _)| amount)
    }

    fn money<'a>(&self, record: &TypedRecord<'a>) -> Result<(i64, &'a str), Rejection> {
        if self.feed.kind == FeedKind::Registrations {
            return Ok((0, ""));
        }
        let currency = record.valuation.currency;
        let amount = convert(self.plan, self.references, record.valuation.amount, currency, record.date);
        let no_rate = || Rejection { code: QuarantineCode::NoFxRate, field: "currency", value: currency.to_owned() };
        Ok((amount.ok_or_else(no_rate)?, currency))
    }
}

/// Money in the reporting currency, by the rate of the month of its line, rounded half to even; `None` without a rate.
pub fn convert(plan: &Plan, references: &References, cents: i64, currency: &str, date: i32) -> Option<i64> {
    if currency == plan.reporting_currency {
        return Some(cents);
    }
    references.fx.rate(currency, month_of(date))?.convert(cents)
}

/// The month of a day, as year × 12 + month − 1.
pub fn month_of(date: i32) -> i32 {
    let day = NaiveDate::from_epoch_days(date).unwrap_or_default();
    day.year() * 12 + day.month0() as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_counted_through() {
        assert_eq!(month_of(0), 1970 * 12);
        assert_eq!(month_of(-1), 1969 * 12 + 11);
        assert_eq!(month_of(19_782), 2024 * 12 + 1);
    }
}
