//! Normalisation: a typed record gets its partner, its product's kind and category, and its money in the reporting currency.

use super::extract::{Rejection, TypedRecord};
use crate::config::file::FeedKind;
use crate::config::plan::{Feed, Plan};
use crate::finding::{Method, QuarantineCode};
use crate::reference::{Kind, References, RuleField, normalise_name, normalise_sku};
use crate::tables::stage::{FLAG_CATEGORY_CONFLICT, FLAG_POST_WARRANTY, KIND_UNMAPPED, NO_CATEGORY, NO_PARTNER};
use chrono::{Datelike, NaiveDate};
use rustc_hash::FxHashMap;
use std::borrow::Cow;

/// What a product is, and how that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProductClass {
    /// [`Kind`] as a number, or [`KIND_UNMAPPED`].
    pub kind: u8,
    /// Index into the categories, or [`NO_CATEGORY`].
    pub category: u16,
    /// How it was found.
    pub method: Method,
    /// Sum of `FLAG_*`.
    pub flags: u8,
}

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
    master_classes: FxHashMap<String, ProductClass>,
    rule_classes: FxHashMap<String, ProductClass>,
    rule_key: String,
}

/// Rule results that are remembered; a feed with more different descriptions is matched afresh beyond them.
const REMEMBERED_RULE_RESULTS: usize = 50_000;

impl<'r> Normaliser<'r> {
    /// A normaliser for the feed with this index in the plan.
    pub fn new(plan: &'r Plan, references: &'r References, feed_index: u16) -> Self {
        let feed = &plan.feeds[usize::from(feed_index)];
        Self {
            plan,
            references,
            feed_index,
            feed,
            master_classes: FxHashMap::default(),
            rule_classes: FxHashMap::default(),
            rule_key: String::new(),
        }
    }

    /// Resolves partner, product and currency of a record.
    ///
    /// # Errors
    /// `UNKNOWN_PARTNER` or `NO_FX_RATE`. An unknown product is no error: its line is accepted as unmapped.
    pub fn normalise<'a>(&mut self, record: &TypedRecord<'a>) -> Result<Normalised<'a>, Rejection> {
        let partner = self.partner(record)?;
        let (sku, option) = normalise_sku(record.sku);
        let (amount, currency) = self.money(record)?;
        let class = self.classify(&sku, record);
        Ok(Normalised { partner, class, sku, sku_option: option.unwrap_or(""), amount, currency })
    }

    fn partner(&self, record: &TypedRecord<'_>) -> Result<u32, Rejection> {
        let by_location = self.feed.columns.location.is_some();
        let found = if by_location {
            self.references.crosswalk.partner(self.feed_index, record.location, record.date)
        } else {
            self.references.aliases.get(&(self.feed_index, normalise_name(record.location))).copied()
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
        let no_rate = || Rejection { code: QuarantineCode::NoFxRate, field: "currency", value: currency.to_owned() };
        if currency == self.plan.reporting_currency {
            return Ok((record.valuation.amount, currency));
        }
        let rate = self.references.fx.rate(currency, month_of(record.date)).ok_or_else(no_rate)?;
        Ok((rate.convert(record.valuation.amount).ok_or_else(no_rate)?, currency))
    }

    /// Product master, then product-line code, then the ordered rules, else unmapped.
    fn classify(&mut self, sku: &str, record: &TypedRecord<'_>) -> ProductClass {
        if let Some(class) = self.master_classes.get(sku) {
            return *class;
        }
        if let Some(product) = self.references.products.get(sku) {
            let class = self.with_hint(sku, product.classification, Method::ProductMaster);
            self.master_classes.insert(sku.to_owned(), class);
            return class;
        }
        if let Some(classification) = self.references.product_lines.get(record.product_line.to_ascii_uppercase().as_str()) {
            return self.with_hint(sku, *classification, Method::ProductLine);
        }
        self.rule_key.clear();
        for text in [sku, record.description, record.label] {
            self.rule_key.push_str(text);
            self.rule_key.push('\u{1f}');
        }
        if let Some(class) = self.rule_classes.get(&self.rule_key) {
            return *class;
        }
        let class = self.by_rule(sku, record);
        if self.rule_classes.len() < REMEMBERED_RULE_RESULTS {
            self.rule_classes.insert(self.rule_key.clone(), class);
        }
        class
    }

    /// The first rule that matches, else unmapped.
    fn by_rule(&self, sku: &str, record: &TypedRecord<'_>) -> ProductClass {
        for rule in &self.references.rules {
            let subject = match rule.field {
                RuleField::Sku => sku,
                RuleField::Description => record.description,
                RuleField::Label => record.label,
            };
            if !subject.is_empty() && rule.pattern.is_match(subject) {
                return self.with_hint(sku, rule.classification, Method::Rule);
            }
        }
        ProductClass { kind: KIND_UNMAPPED, category: NO_CATEGORY, method: Method::Unmapped, flags: 0 }
    }

    /// A class with its flags. The form of a Care Pack number is a hint only: where the master says otherwise, it is a finding.
    fn with_hint(&self, sku: &str, classification: crate::reference::Classification, method: Method) -> ProductClass {
        let mut flags = 0;
        if classification.is_post_warranty {
            flags |= FLAG_POST_WARRANTY;
        }
        if let Some(post_warranty) = care_pack_form(sku)
            && (classification.kind != Kind::Service || classification.is_post_warranty != post_warranty)
        {
            flags |= FLAG_CATEGORY_CONFLICT;
        }
        ProductClass { kind: classification.kind as u8, category: classification.category.unwrap_or(NO_CATEGORY), method, flags }
    }
}

/// Whether a SKU has the form of a Care Pack number (`U`, four or three characters, `E`), and then whether of a post-warranty one (`PE`).
fn care_pack_form(sku: &str) -> Option<bool> {
    let bytes = sku.as_bytes();
    let inner = bytes.strip_prefix(b"U")?.strip_suffix(b"E")?;
    let (stem, post_warranty) = match inner.strip_suffix(b"P") {
        Some(stem) => (stem, true),
        None => (inner, false),
    };
    let has_form = (3..=5).contains(&stem.len())
        && stem.iter().all(u8::is_ascii_alphanumeric)
        && stem.iter().filter(|byte| byte.is_ascii_digit()).count() >= 2;
    has_form.then_some(post_warranty)
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
    fn care_pack_numbers_are_told_by_their_form() {
        assert_eq!(care_pack_form("UK703E"), Some(false));
        assert_eq!(care_pack_form("U4391PE"), Some(true));
        assert_eq!(care_pack_form("U4391E"), Some(false));
        for other in ["NB4512A", "UE", "USBCABLE", "U4391PX", "K703E"] {
            assert_eq!(care_pack_form(other), None, "{other}");
        }
    }

    #[test]
    fn months_are_counted_through() {
        assert_eq!(month_of(0), 1970 * 12);
        assert_eq!(month_of(-1), 1969 * 12 + 11);
        assert_eq!(month_of(19_782), 2024 * 12 + 1);
    }
}
