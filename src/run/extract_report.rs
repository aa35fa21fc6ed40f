//! What extraction says of one file beside its rows.

use super::classes::FoundClass;
use super::control::TrailerTotals;
use super::worklists::UnknownPartner;
use crate::stages::tally::Tally;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What extraction says of one file.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ExtractReport {
    /// What the reader summed before any stage.
    pub incoming: Tally,
    /// What was set aside.
    pub quarantined: Tally,
    /// Quarantined records by code, with the physical line of the first.
    pub quarantined_by_code: BTreeMap<String, (u64, u64)>,
    /// Sum of the row digests of the extracted lines, by part.
    pub line_digests: Vec<u128>,
    /// Extracted lines by part.
    pub lines: Vec<u64>,
    /// Registrations.
    pub registrations: u64,
    /// Registered serials by month (year × 12 + month − 1).
    pub registrations_by_month: BTreeMap<i32, u64>,
    /// Sum of the row digests of the registrations.
    pub registration_digest: u128,
    /// Partners with a line or registration in the last 12 months up to the as-of date, where the feed has an expected calendar.
    pub recent_partners: BTreeSet<u32>,
    /// Locations or names that belong to no partner.
    pub unknown_partners: BTreeMap<String, UnknownPartner>,
    /// The classes found for each SKU that the product master does not know.
    pub found_classes: BTreeMap<String, BTreeSet<FoundClass>>,
    /// The first description, in order of text, of each unmapped SKU.
    pub unmapped_descriptions: BTreeMap<String, String>,
    /// The sender's own totals in the file's trailers, where the feed declares some and the file has them.
    pub trailer_totals: Option<TrailerTotals>,
    /// Lines that are no records by declaration: trailers, repeated headers, quantities that are no sales.
    pub passed_over: u64,
    /// What the file says of itself and what does not hold, each with its line.
    pub remarks: Vec<(u64, String)>,
}

impl ExtractReport {
    /// Adds what is said of the records behind these. What is said of the file as a whole stays.
    pub fn merge(&mut self, later: Self) {
        self.incoming.merge(&later.incoming);
        self.quarantined.merge(&later.quarantined);
        for (code, (records, first_line)) in later.quarantined_by_code {
            self.quarantined_by_code.entry(code).or_insert((0, first_line)).0 += records;
        }
        for (sum, digest) in self.line_digests.iter_mut().zip(later.line_digests) {
            *sum = sum.wrapping_add(digest);
        }
        for (sum, lines) in self.lines.iter_mut().zip(later.lines) {
            *sum += lines;
        }
        self.registrations += later.registrations;
        for (month, serials) in later.registrations_by_month {
            *self.registrations_by_month.entry(month).or_default() += serials;
        }
        self.registration_digest = self.registration_digest.wrapping_add(later.registration_digest);
        self.recent_partners.extend(later.recent_partners);
        for (location, unknown) in later.unknown_partners {
            self.unknown_partners.entry(location).or_default().merge(&unknown);
        }
        for (sku, classes) in later.found_classes {
            self.found_classes.entry(sku).or_default().extend(classes);
        }
        for (sku, description) in later.unmapped_descriptions {
            self.note_unmapped(&sku, &description);
        }
    }

    /// Notes the description of an unmapped SKU.
    pub fn note_unmapped(&mut self, sku: &str, description: &str) {
        match self.unmapped_descriptions.get_mut(sku) {
            Some(first) if description < first.as_str() => description.clone_into(first),
            Some(_) => {}
            None => {
                self.unmapped_descriptions.insert(sku.to_owned(), description.to_owned());
            }
        }
    }
}
