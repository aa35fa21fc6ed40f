//! What attachment gives to the cells: integer sums per partner and cell at the finest grain that a reading or another policy asks for.

use super::traits::{Traits, quarter, quarter_starts};
use super::{HARDWARE, IndexRules, Outcome, SERVICE, SettledLines};
use crate::config::plan::{AttachPolicy, Period};
use crate::finding::DaysToAttach;
use crate::stages::category_of;
use crate::tables::stage::FLAG_POST_WARRANTY;
use rustc_hash::FxHashMap;

/// A partner's cell at the finest grain. Country, region and segment are the hardware's seller's and are not stored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CellKey {
    /// Index into the partners: who is credited; of hardware and of an unattached service its own seller.
    pub partner: u32,
    /// Who sold the hardware, where that is another partner than the credited one: the cell is that of the hardware.
    pub elsewhere: Option<u32>,
    /// Index into the categories: the hardware's; of an unattached service its own.
    pub category: u16,
    /// Price band of the hardware line; 0 of an unattached service.
    pub band: u8,
    /// Whether the hardware's window had not ended on the as-of date; `false` of an unattached service.
    pub is_open: bool,
    /// The exception that takes the lines out, or 0.
    pub exception: u16,
}

/// Sums over a partner's cell. Money in cents of the reporting currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CellSums {
    /// Net hardware money.
    pub hardware_amount: i64,
    /// Net hardware units.
    pub hardware_units: i64,
    /// Attached services money.
    pub services_amount: i64,
    /// Attached hardware units.
    pub attached_units: i64,
    /// Attached packs, add-ons included.
    pub packs: i64,
    /// Money of in-scope services that are attached to nothing.
    pub left_amount: i64,
    /// Packs of in-scope services that are attached to nothing.
    pub left_units: i64,
}

impl CellKey {
    /// The partner whose country, region and segment are the cell's.
    pub fn seller(&self) -> u32 {
        self.elsewhere.unwrap_or(self.partner)
    }
}

impl CellSums {
    /// Adds other sums of the same cell.
    pub fn add(&mut self, other: &Self) {
        self.hardware_amount += other.hardware_amount;
        self.hardware_units += other.hardware_units;
        self.services_amount += other.services_amount;
        self.attached_units += other.attached_units;
        self.packs += other.packs;
        self.left_amount += other.left_amount;
        self.left_units += other.left_units;
    }
}

/// The grain of contributions: a cell, and within it what only other policies tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContributionKey {
    /// Number of the matching among the plan's.
    pub matching: u8,
    /// The cell.
    pub cell: CellKey,
    /// Quarter of the period, from 1; 0 where quarters are not told apart.
    pub quarter: u8,
    /// [`crate::finding::Rung`] as a number plus 1; 0 of hardware and of what is unattached.
    pub rung: u8,
    /// [`DaysToAttach`] as a number plus 1; 0 of hardware and of what is unattached.
    pub days: u8,
}

/// The contributions of some lines, by key.
pub type Contributions = FxHashMap<ContributionKey, CellSums>;

/// Whether the window of hardware of this date had not ended on the as-of date (DESIGN part 2, maturity).
pub fn is_open(hardware_date: i32, period: &Period, policy: &AttachPolicy) -> bool {
    hardware_date + policy.window_days > period.as_of
}

/// Whether what is left over of a line could count as a service by its own date: post-warranty packs never do.
pub fn is_in_scope(settled: SettledLines<'_>, row: usize) -> bool {
    settled.lines.kind.value(row) == SERVICE && settled.lines.flags.value(row) & FLAG_POST_WARRANTY == 0
}

/// Adds what settled lines and their outcome under one matching give to the cells. The deciding matching, number 0, is kept by quarter, rung
/// and days to attach; the others only by cell.
pub fn contribute(
    settled: SettledLines<'_>,
    outcome: &Outcome,
    traits: &[Traits],
    rules: &IndexRules<'_>,
    (matching, policy): (u8, &AttachPolicy),
    contributions: &mut Contributions,
) {
    let starts = quarter_starts(rules.period);
    let is_base = matching == 0;
    let quarter_of = |date: i32| if is_base { quarter(&starts, date) } else { 0 };
    let lines = settled.lines;
    let own_cell = |row: usize| CellKey {
        partner: lines.partner.value(row),
        category: lines.category.value(row),
        exception: traits[row].exception,
        ..CellKey::default()
    };
    for (row, own) in traits.iter().enumerate() {
        let date = lines.date.value(row);
        if lines.kind.value(row) != HARDWARE || !settled.counts(row, rules.horizon) || !rules.is_in_period(date) {
            continue;
        }
        let key = ContributionKey {
            matching,
            cell: CellKey { band: own.band, is_open: is_open(date, rules.period, policy), ..own_cell(row) },
            quarter: quarter_of(date),
            rung: 0,
            days: 0,
        };
        let sums = contributions.entry(key).or_default();
        sums.hardware_units += settled.settlement.net_units.value(row);
        sums.hardware_amount += settled.settlement.net_amount.value(row);
    }
    for rest in &outcome.rests {
        let row = rest.service as usize;
        let date = lines.date.value(row);
        if !rules.is_in_period(date) || !is_in_scope(settled, row) {
            continue;
        }
        let key = ContributionKey { matching, cell: own_cell(row), quarter: quarter_of(date), rung: 0, days: 0 };
        let sums = contributions.entry(key).or_default();
        sums.left_units += rest.units;
        sums.left_amount += rest.amount;
    }
    for attachment in outcome.attachments.iter().filter(|attachment| rules.is_in_period(attachment.hardware_date)) {
        let credited = policy.credit.of(attachment.hardware_partner, lines.partner.value(attachment.service as usize));
        let cell = CellKey {
            partner: credited,
            elsewhere: (credited != attachment.hardware_partner).then_some(attachment.hardware_partner),
            category: category_of(attachment.hardware_id),
            band: attachment.traits.band,
            is_open: is_open(attachment.hardware_date, rules.period, policy),
            exception: attachment.traits.exception,
        };
        let days = DaysToAttach::of(lines.date.value(attachment.service as usize) - attachment.hardware_date);
        let (rung, days) = if is_base { (attachment.rung as u8 + 1, days as u8 + 1) } else { (0, 0) };
        let key = ContributionKey { matching, cell, quarter: quarter_of(attachment.hardware_date), rung, days };
        let sums = contributions.entry(key).or_default();
        sums.services_amount += attachment.amount;
        sums.attached_units += attachment.units;
        sums.packs += attachment.packs;
    }
}
