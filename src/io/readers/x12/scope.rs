//! What the segments of a scope say: of a line itself, of its item, of its loop, of the heading.
//!
//! Many lines share a scope, and each scope is looked through once: the time that a set takes grows with its segments, not with their number times that of
//! its lines.

use super::super::layout::X12;
use super::super::lines::MAX_RECORD_BYTES;
use super::reference::{Pick, Reference};
use super::segments::Segment;
use crate::finding::QuarantineCode;
use std::collections::HashMap;
use std::ops::Range;

/// What is asked of each scope.
#[derive(Debug)]
pub struct Wanted {
    /// The references of the columns; `None` for those that are made by the reader.
    pub columns: Vec<Option<Reference>>,
    /// Where amounts of lines, then unit prices, are looked for.
    pub amounts: Vec<Reference>,
    pub prices: Vec<Reference>,
    /// Between the values of a list.
    pub list_separator: char,
}

impl Wanted {
    /// What a layout declares.
    pub fn of(layout: &X12, list_separator: char) -> Self {
        let parsed = |texts: &[String]| texts.iter().filter_map(|text| Reference::parse(text)).collect();
        Self {
            columns: layout.columns.iter().map(|column| Reference::parse(column)).collect(),
            amounts: parsed(&layout.line_amounts),
            prices: parsed(&layout.unit_prices),
            list_separator,
        }
    }
}

/// An item as LIN and SII name it: qualifier and id.
type ItemId = (String, String);

/// A value as it is told, or why it is none.
pub type Value = Result<String, QuarantineCode>;

/// What a scope says.
#[derive(Debug, Default)]
pub struct Scope {
    range: Range<usize>,
    /// Whether a byte of it cannot be decoded.
    pub is_undecodable: bool,
    /// Whether it names a credit memo.
    pub has_credit_memo: bool,
    /// For each column its value, where the scope has any.
    pub values: Vec<Option<Value>>,
    /// The same for each reference to an amount or a price.
    pub amounts: Vec<Option<Value>>,
    pub prices: Vec<Option<Value>>,
    /// The ids of its first item.
    pub item_ids: Option<Vec<ItemId>>,
    /// The unit prices that SII gives for items.
    pub sii_prices: HashMap<ItemId, Value>,
}

impl Scope {
    /// Looks through these segments, unless they are those of the last time.
    pub fn look(&mut self, segments: &[Segment], range: Range<usize>, wanted: &Wanted) {
        if self.range != range || self.values.len() != wanted.columns.len() {
            *self = Self::of(&segments[range.clone()], wanted);
            self.range = range;
        }
    }

    fn of(segments: &[Segment], wanted: &Wanted) -> Self {
        let value = |reference: &Option<Reference>| {
            let reference = reference.as_ref()?;
            let values = reference.values(segments);
            (!values.is_empty()).then(|| picked(&values, reference.pick(), wanted.list_separator))
        };
        let money = |reference: &Reference| {
            let values = reference.values(segments);
            let value = match reference.pick() {
                Pick::Nth(number) => Ok(values.get(number).copied().unwrap_or_default()),
                Pick::Only | Pick::All => only(&values),
            };
            (value != Ok("")).then(|| value.map(str::to_owned))
        };
        let mut sii_prices: HashMap<ItemId, Value> = HashMap::new();
        for sii in segments.iter().filter(|segment| segment.id() == "SII") {
            let id = (sii.element(1).to_owned(), sii.element(2).to_owned());
            let known = sii_prices.entry(id).or_insert_with(|| Ok(sii.element(5).to_owned()));
            if known.as_deref() != Ok(sii.element(5)) {
                *known = Err(QuarantineCode::Ambiguous);
            }
        }
        Self {
            range: 0..0,
            is_undecodable: segments.iter().any(|segment| segment.is_undecodable),
            has_credit_memo: segments.iter().any(is_credit_memo),
            values: wanted.columns.iter().map(value).collect(),
            amounts: wanted.amounts.iter().map(money).collect(),
            prices: wanted.prices.iter().map(money).collect(),
            item_ids: segments.iter().find(|segment| segment.id() == "LIN").map(item_ids),
            sii_prices,
        }
    }
}

/// The ids of an item by their qualifiers.
fn item_ids(lin: &Segment) -> Vec<ItemId> {
    let texts: Vec<&str> = lin.elements().skip(1).collect();
    texts.chunks_exact(2).map(|pair| (pair[0].to_owned(), pair[1].to_owned())).collect()
}

fn is_credit_memo(segment: &Segment) -> bool {
    (segment.id() == "REF" && segment.element(1) == "CM" && !segment.element(2).is_empty())
        || (segment.id() == "PTD" && segment.element(4) == "CM" && !segment.element(5).is_empty())
}

fn picked(values: &[&str], pick: Pick, list_separator: char) -> Result<String, QuarantineCode> {
    match pick {
        Pick::All if values.iter().any(|value| value.contains(list_separator)) => Err(QuarantineCode::Ambiguous),
        Pick::All if values.iter().map(|value| value.len() + 1).sum::<usize>() > MAX_RECORD_BYTES => Err(QuarantineCode::TooLong),
        Pick::All => Ok(values.join(&list_separator.to_string())),
        Pick::Nth(number) => Ok(values.get(number).copied().unwrap_or_default().to_owned()),
        Pick::Only => only(values).map(str::to_owned),
    }
}

/// The one value, empty where there is none. Several that differ are ambiguous.
fn only<'s>(values: &[&'s str]) -> Result<&'s str, QuarantineCode> {
    match values.split_first() {
        None => Ok(""),
        Some((first, rest)) if rest.iter().all(|other| other == first) => Ok(first),
        Some(_) => Err(QuarantineCode::Ambiguous),
    }
}
