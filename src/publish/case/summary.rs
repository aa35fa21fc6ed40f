//! A partner's lines summed up for its page, as they are read.

use super::lines::{Fate, LineFacts, Part};
use crate::stages::attach::{HARDWARE, SERVICE};
use crate::stages::split::scale_half_even;
use std::collections::BTreeMap;

/// Hardware lines without a Care Pack that a page lists.
pub const LARGEST_LINES: usize = 8;

/// The sums of a partner's lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LineSummary {
    /// All lines.
    pub lines: u64,
    /// By kind of product and what became of them: lines, units and money. Of lines outside the period only what counts.
    pub fates: BTreeMap<(u8, Fate), Sums>,
    /// By category.
    pub categories: BTreeMap<u16, CategoryLines>,
    /// The hardware lines that count with the most money without a Care Pack, largest first.
    pub largest: Vec<UncoveredLine>,
}

/// Lines, units and money.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums {
    /// Lines.
    pub lines: u64,
    /// Units or packs.
    pub units: i64,
    /// Cents of the reporting currency.
    pub amount: i64,
}

impl Sums {
    fn add(&mut self, units: i64, amount: i64) {
        self.lines += 1;
        self.units += units;
        self.amount += amount;
    }
}

/// A category's lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CategoryLines {
    /// Hardware that counts.
    pub hardware: Sums,
    /// Its units that a Care Pack covers.
    pub covered: i64,
    /// Care Packs that count.
    pub counted: Sums,
    /// Care Packs of the period that do not.
    pub not_counted: Sums,
}

/// A hardware line with units that no Care Pack covers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct UncoveredLine {
    /// Money of the uncovered units, cents.
    pub amount: i64,
    /// Id of the line.
    pub id: i64,
    /// Its date.
    pub date: i32,
    /// Its invoice.
    pub invoice: String,
    /// Its product number.
    pub sku: String,
    /// What the product is.
    pub description: String,
    /// Uncovered units.
    pub units: i64,
}

/// The texts of a line that a page may show.
#[derive(Debug, Clone, Copy)]
pub struct LineTexts<'a> {
    /// Id of the line.
    pub id: i64,
    /// Its category, where it has one.
    pub category: Option<u16>,
    /// Its date.
    pub date: i32,
    /// Its invoice.
    pub invoice: &'a str,
    /// Its product number.
    pub sku: &'a str,
    /// What the product is.
    pub description: &'a str,
}

impl LineSummary {
    /// Adds a line.
    pub fn add(&mut self, line: &LineFacts<'_>, parts: &[Part], texts: &LineTexts<'_>) {
        self.lines += 1;
        for part in parts.iter().filter(|part| line.is_in_period || part.fate.counts()) {
            self.fates.entry((line.kind, part.fate)).or_default().add(part.units, part.amount);
            let Some(category) = texts.category else { continue };
            let own = self.categories.entry(category).or_default();
            match line.kind {
                HARDWARE if part.fate.counts() => {
                    own.hardware.add(part.units, part.amount);
                    own.covered += line.count.units;
                }
                SERVICE if part.fate.counts() => own.counted.add(part.units, part.amount),
                SERVICE => own.not_counted.add(part.units, part.amount),
                _ => {}
            }
        }
        if matches!(parts, [Part { fate: Fate::Hardware, .. }]) {
            self.keep_uncovered(line, texts);
        }
    }

    fn keep_uncovered(&mut self, line: &LineFacts<'_>, texts: &LineTexts<'_>) {
        let units = line.net_units - line.count.units;
        if units <= 0 {
            return;
        }
        let amount = scale_half_even(line.net_amount, units, line.net_units) as i64;
        let is_larger = |other: &UncoveredLine| (other.amount, -other.id) < (amount, -texts.id);
        if self.largest.len() >= LARGEST_LINES && !self.largest.last().is_some_and(is_larger) {
            return;
        }
        let place = self.largest.partition_point(|other| !is_larger(other));
        let kept = UncoveredLine {
            amount,
            id: texts.id,
            date: texts.date,
            invoice: texts.invoice.to_owned(),
            sku: texts.sku.to_owned(),
            description: texts.description.to_owned(),
            units,
        };
        self.largest.insert(place, kept);
        self.largest.truncate(LARGEST_LINES);
    }
}
