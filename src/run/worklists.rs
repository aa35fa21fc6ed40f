//! Work lists for a person: unknown partners and unmapped products, largest money first, each with candidates. Nothing in them is applied by
//! itself: once the decision columns are filled in, the file is named in `[reference]` and read back.

use super::execute::Results;
use crate::error::{Error, Result};
use crate::io::csv_export::{Cell, CsvExport};
use crate::reference::{Classification, PARTNER_DECISIONS, PRODUCT_DECISIONS, normalise_name};
use crate::stages::candidates::KnownTexts;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Folder of the work lists in a run.
pub const FOLDER: &str = "worklists";
/// Candidates of an entry.
const CANDIDATES: usize = 3;
/// Entries with the most money that get candidates; the rest are listed without.
const ENTRIES_WITH_CANDIDATES: usize = 1_000;

/// Quarantined records of one location or name that belongs to no partner.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnknownPartner {
    /// Records.
    pub records: u64,
    /// Signed units.
    pub units: i64,
    /// Signed amount in cents of the reporting currency; records without a rate count nothing.
    pub amount: i64,
    /// The sender's name for it, the first in order of text, where the feed has names beside locations.
    pub name: String,
}

impl UnknownPartner {
    /// Adds another file's.
    pub fn merge(&mut self, other: &Self) {
        self.records += other.records;
        self.units += other.units;
        self.amount += other.amount;
        self.note_name(&other.name);
    }

    /// Keeps the first name in order of text.
    pub fn note_name(&mut self, name: &str) {
        if !name.is_empty() && (self.name.is_empty() || name < self.name.as_str()) {
            name.clone_into(&mut self.name);
        }
    }
}

/// Writes `unknown_partners.csv` and `unmapped_products.csv`.
///
/// # Errors
/// Where they cannot be written.
pub fn write(run: &Path, results: &Results<'_>) -> Result<()> {
    let folder = run.join(FOLDER);
    fs::create_dir_all(&folder).map_err(Error::io("create", &folder))?;
    unknown_partners(results)?.save(&folder.join("unknown_partners.csv"))?;
    unmapped_products(results)?.save(&folder.join("unmapped_products.csv"))
}

/// The unknown partners of all files by feed and location or name, largest money first.
pub fn unknown_by_money<'r>(results: &'r Results<'_>) -> Vec<((u16, &'r str), UnknownPartner)> {
    let mut all: BTreeMap<(u16, &str), UnknownPartner> = BTreeMap::new();
    for file in &results.files {
        for (location, unknown) in &file.report.unknown_partners {
            all.entry((file.input.feed, location)).or_default().merge(unknown);
        }
    }
    let mut largest: Vec<_> = all.into_iter().collect();
    largest.sort_by_key(|(key, unknown)| (Reverse(unknown.amount.abs()), Reverse(unknown.records), *key));
    largest
}

fn unknown_partners(results: &Results<'_>) -> Result<CsvExport> {
    let mut export = CsvExport::new(&PARTNER_DECISIONS)?;
    let unknown = unknown_by_money(results);
    if unknown.is_empty() {
        return Ok(export);
    }
    // What is decided about an unknown partner names one of the partner table, whoever is assessed.
    let partners = &results.references.listed;
    let names = KnownTexts::new(partners.iter().zip(0..).map(|(partner, index)| (normalise_name(&partner.name), index)));
    let mut locations: BTreeMap<u16, KnownTexts> = BTreeMap::new();
    for (entry, ((feed, location), sums)) in unknown.iter().enumerate() {
        let declared = &results.plan.feeds[usize::from(*feed)];
        let by_location = declared.columns.location.is_some();
        let (location, name) = if by_location { (*location, sums.name.as_str()) } else { ("", *location) };
        let mut found = Vec::new();
        if entry < ENTRIES_WITH_CANDIDATES {
            found = names.like(&normalise_name(name), CANDIDATES);
            if by_location && found.is_empty() {
                let known = locations.entry(*feed).or_insert_with(|| {
                    KnownTexts::new(results.references.listed_at(*feed).map(|(text, partner)| (text.to_owned(), partner)))
                });
                found = known.like(location, CANDIDATES);
            }
        }
        let mut cells = vec![
            Cell::Text(&declared.id),
            Cell::Text(location),
            Cell::Text(name),
            Cell::Whole(sums.records as i64),
            Cell::Whole(sums.units),
            Cell::Amount(sums.amount),
            Cell::Text(&results.plan.reporting_currency),
        ];
        for place in 0..CANDIDATES {
            cells.extend(match found.get(place) {
                Some(candidate) => {
                    let partner = &partners[candidate.target as usize];
                    [Cell::Text(&partner.id), Cell::Text(&partner.name), percent(candidate.similarity)]
                }
                None => [Cell::None; 3],
            });
        }
        cells.extend([Cell::None; 3]);
        export.row(&cells)?;
    }
    Ok(export)
}

fn unmapped_products(results: &Results<'_>) -> Result<CsvExport> {
    let mut export = CsvExport::new(&PRODUCT_DECISIONS)?;
    let mut largest: Vec<_> = results.sums.unmapped.iter().collect();
    if largest.is_empty() {
        return Ok(export);
    }
    largest.sort_by_key(|(sku, sums)| (Reverse(sums.amount.abs()), sku.as_str()));
    let mut products: Vec<_> = results.references.products.iter().collect();
    products.sort_by_key(|(sku, _)| sku.as_str());
    // Every product of one class stands for that class, so that three candidates are three classes.
    let mut classes: Vec<Classification> = Vec::new();
    let mut class_of = |class: Classification| {
        let known = classes.iter().position(|other| *other == class);
        known.unwrap_or_else(|| {
            classes.push(class);
            classes.len() - 1
        }) as u32
    };
    let targets: Vec<u32> = products.iter().map(|(_, product)| class_of(product.classification)).collect();
    let by_sku = KnownTexts::new(products.iter().zip(&targets).map(|((sku, _), class)| (sku.to_lowercase(), *class)));
    let by_description =
        KnownTexts::new(products.iter().zip(&targets).map(|((_, product), class)| (normalise_name(&product.description), *class)));
    for (entry, (sku, sums)) in largest.into_iter().enumerate() {
        let description = results.files.iter().filter_map(|file| file.report.unmapped_descriptions.get(sku)).min();
        let description = description.map_or("", String::as_str);
        let mut found = Vec::new();
        if entry < ENTRIES_WITH_CANDIDATES {
            found = by_description.like(&normalise_name(description), CANDIDATES);
            for candidate in by_sku.like(&sku.to_lowercase(), CANDIDATES) {
                match found.iter_mut().find(|known| known.target == candidate.target) {
                    Some(known) if known.similarity < candidate.similarity => *known = candidate,
                    Some(_) => {}
                    None => found.push(candidate),
                }
            }
            found.sort_by(|a, b| b.similarity.total_cmp(&a.similarity).then(a.target.cmp(&b.target)));
        }
        let mut cells = vec![
            Cell::Text(sku),
            Cell::Text(description),
            Cell::Whole(sums.lines as i64),
            Cell::Whole(sums.partners as i64),
            Cell::Amount(sums.amount),
            Cell::Text(&results.plan.reporting_currency),
        ];
        for place in 0..CANDIDATES {
            cells.extend(match found.get(place) {
                Some(candidate) => {
                    let class = classes[candidate.target as usize];
                    let category = class.category.map_or("", |index| &results.references.categories[usize::from(index)].code);
                    [
                        Cell::Text(class.kind.code()),
                        Cell::Text(category),
                        Cell::Text(products[candidate.text].0),
                        percent(candidate.similarity),
                    ]
                }
                None => [Cell::None; 4],
            });
        }
        cells.extend([Cell::None; 3]);
        export.row(&cells)?;
    }
    Ok(export)
}

/// A similarity in whole percent, rounded down.
fn percent(similarity: f64) -> Cell<'static> {
    Cell::Whole((similarity * 100.0) as i64)
}
