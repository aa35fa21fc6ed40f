//! One class per SKU: what the product master does not know may be found by product line in one feed and by a rule in another. Repeats and
//! returns are settled per SKU, so where the feeds give a SKU different classes, the best evidence stands for all its lines.

use super::extract_files::ExtractedFile;
use crate::io::fingerprint::{self, Hash};
use crate::stages::classify::ProductClass;
use crate::tables::digest::RowDigest;
use crate::tables::stage::Lines;
use arrow::array::{UInt8Array, UInt16Array};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A class that extraction found for a SKU that the product master does not know. Ordered by the strength of the evidence: product line, rule,
/// unmapped; then by kind and category.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FoundClass {
    /// [`crate::finding::Method`] as a number.
    pub method: u8,
    /// Kind as in [`Lines`].
    pub kind: u8,
    /// Index into the categories, or none as in [`Lines`].
    pub category: u16,
    /// Flags as in [`Lines`].
    pub flags: u8,
}

impl FoundClass {
    /// What classification found.
    pub fn of(class: &ProductClass) -> Self {
        Self { method: class.method as u8, kind: class.kind, category: class.category, flags: class.flags }
    }
}

/// The classes that replace those found record by record, for the SKUs whose records disagree.
#[derive(Debug, Clone, Default)]
pub struct Reclassification {
    classes: FxHashMap<String, FoundClass>,
    hash: Hash,
}

/// What reclassification changed in the digests of one file's rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DigestChange {
    /// Sum over the changed rows as they were.
    pub before: u128,
    /// Sum over the changed rows as they are.
    pub after: u128,
}

impl Reclassification {
    /// Settles the SKUs whose records disagree in kind, category or flags, over all files.
    pub fn of(files: &[ExtractedFile]) -> Self {
        let mut found: BTreeMap<&str, BTreeSet<FoundClass>> = BTreeMap::new();
        for file in files {
            for (sku, classes) in &file.report.found_classes {
                found.entry(sku).or_default().extend(classes);
            }
        }
        let differs = |classes: &BTreeSet<FoundClass>| {
            let mut distinct: Vec<_> = classes.iter().map(|class| (class.kind, class.category, class.flags)).collect();
            distinct.dedup();
            distinct.len() > 1
        };
        let settled: BTreeMap<&str, FoundClass> = found
            .into_iter()
            .filter(|(_, classes)| differs(classes))
            .filter_map(|(sku, classes)| classes.first().map(|best| (sku, *best)))
            .collect();
        let text = format!("{settled:?}");
        Self {
            classes: settled.into_iter().map(|(sku, class)| (sku.to_owned(), class)).collect(),
            hash: fingerprint::of_parts([text.as_bytes()]),
        }
    }

    /// Whether no SKU is settled anew.
    pub fn is_empty(&self) -> bool {
        self.classes.is_empty()
    }

    /// Hash of the settled classes.
    pub fn hash(&self) -> &Hash {
        &self.hash
    }

    /// The lines with the settled classes.
    pub fn apply(&self, lines: &Lines) -> Lines {
        let replaced: Vec<(usize, FoundClass)> = lines
            .sku
            .iter()
            .enumerate()
            .filter_map(|(row, sku)| Some((row, *self.classes.get(sku?)?)))
            .filter(|(row, class)| {
                let own = (lines.kind.value(*row), lines.category.value(*row), lines.flags.value(*row));
                own != (class.kind, class.category, class.flags)
            })
            .collect();
        if replaced.is_empty() {
            return lines.clone();
        }
        let [mut kind, mut method, mut flags] = [&lines.kind, &lines.method, &lines.flags].map(|column| column.values().to_vec());
        let mut category = lines.category.values().to_vec();
        for (row, class) in &replaced {
            (kind[*row], method[*row], flags[*row], category[*row]) = (class.kind, class.method, class.flags, class.category);
        }
        Lines {
            kind: UInt8Array::from(kind),
            method: UInt8Array::from(method),
            flags: UInt8Array::from(flags),
            category: UInt16Array::from(category),
            ..lines.clone()
        }
    }
}

impl DigestChange {
    /// Adds the rows that differ between lines as they were and as they are, of those that `counts`.
    pub fn add(&mut self, before: &Lines, after: &Lines, file: i64, counts: impl Fn(usize) -> bool) {
        let (mut removed, mut added) = (RowDigest::default(), RowDigest::default());
        for row in 0..before.kind.len() {
            let class =
                |lines: &Lines| (lines.kind.value(row), lines.method.value(row), lines.flags.value(row), lines.category.value(row));
            if class(before) != class(after) && counts(row) {
                before.add_to_digest(row, file, &mut removed);
                after.add_to_digest(row, file, &mut added);
            }
        }
        self.before = self.before.wrapping_add(removed.value());
        self.after = self.after.wrapping_add(added.value());
    }
}
