//! What attachment leaves for the pages: per partner what a page explains, and the controls of the gates.

use super::{HARDWARE, IndexRules, Outcome, SERVICE, SettledLines, Traits};
use crate::config::plan::AttachPolicy;
use crate::stages::assess::OpenData;
use crate::stages::exceptions::{ExceptionSums, NO_EXCEPTION};
use crate::tables::stage::KIND_UNMAPPED;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a partner's page explains beside its cells. Only lines of the period; of services by their own date.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartnerSums {
    /// Accepted lines, of any date.
    pub accepted_lines: u64,
    /// Lines of unmapped products.
    pub unmapped_lines: u64,
    /// Money of unmapped products.
    pub unmapped_amount: i64,
    /// The same by sign: what could move the verdict.
    pub unmapped: OpenData,
    /// Money of products that are neither hardware nor services.
    pub other_amount: i64,
    /// Money of all lines.
    pub total_amount: i64,
    /// Units and money of services left over, by [`crate::finding::LeftOver`] as a number.
    pub left_over: BTreeMap<u8, (i64, i64)>,
    /// Packs and money attached to hardware of the period with which this partner is credited, by [`crate::finding::Rung`] as a number.
    pub by_rung: BTreeMap<u8, (i64, i64)>,
}

/// An unmapped SKU.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkuSums {
    /// Its lines.
    pub lines: u64,
    /// Its money.
    pub amount: i64,
    /// Partners that sold it.
    pub partners: u64,
}

/// The sums of one part.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartSums {
    /// Sums by partner, also of partners of other parts who are credited with this part's packs.
    pub partners: BTreeMap<u32, PartnerSums>,
    /// Unmapped products of the period.
    pub unmapped: BTreeMap<String, SkuSums>,
    /// What each exception takes out of the index, by its number.
    pub exceptions: BTreeMap<u16, ExceptionSums>,
    /// Net money of service lines, whatever became of it: the control of the split.
    pub service_amount: i64,
    /// Attached money, whatever the hardware's period.
    pub attached_amount: i64,
    /// Left-over money.
    pub left_amount: i64,
    /// Net units and money of hardware of the period: the control of the cells.
    pub hardware_units: i64,
    /// See `hardware_units`.
    pub hardware_amount: i64,
    /// Attached money on hardware of the period: the control of the cells.
    pub period_services_amount: i64,
}

impl PartSums {
    /// Adds the sums of other categories of the same part, or of another part.
    pub fn merge(&mut self, other: PartSums) {
        for (partner, sums) in other.partners {
            self.partners.entry(partner).or_default().merge(sums);
        }
        for (sku, sums) in other.unmapped {
            let entry = self.unmapped.entry(sku).or_default();
            entry.lines += sums.lines;
            entry.amount += sums.amount;
            entry.partners += sums.partners;
        }
        for (exception, sums) in other.exceptions {
            self.exceptions.entry(exception).or_default().merge(&sums);
        }
        self.service_amount += other.service_amount;
        self.attached_amount += other.attached_amount;
        self.left_amount += other.left_amount;
        self.hardware_units += other.hardware_units;
        self.hardware_amount += other.hardware_amount;
        self.period_services_amount += other.period_services_amount;
    }
}

impl PartnerSums {
    /// Adds the sums of the same partner.
    pub fn merge(&mut self, other: PartnerSums) {
        self.accepted_lines += other.accepted_lines;
        self.unmapped_lines += other.unmapped_lines;
        self.unmapped_amount += other.unmapped_amount;
        self.unmapped.merge(&other.unmapped);
        self.other_amount += other.other_amount;
        self.total_amount += other.total_amount;
        for (mine, theirs) in [(&mut self.left_over, other.left_over), (&mut self.by_rung, other.by_rung)] {
            for (key, (units, amount)) in theirs {
                let entry = mine.entry(key).or_default();
                entry.0 += units;
                entry.1 += amount;
            }
        }
    }
}

/// Sums up settled lines, each with its traits, and their outcome. What is attached to excepted hardware counts for the exception and for no partner.
pub fn sum_up(
    settled: SettledLines<'_>,
    outcome: &Outcome,
    traits: &[Traits],
    rules: &IndexRules<'_>,
    policy: &AttachPolicy,
) -> PartSums {
    let mut sums = PartSums::default();
    let lines = settled.lines;
    for (row, own) in traits.iter().enumerate() {
        if settled.settlement.is_duplicate.value(row) != 0 {
            continue;
        }
        let partner = sums.partners.entry(lines.partner.value(row)).or_default();
        partner.accepted_lines += 1;
        if !settled.counts(row, rules.horizon) {
            continue;
        }
        let net_amount = settled.settlement.net_amount.value(row);
        if lines.kind.value(row) == SERVICE {
            sums.service_amount += net_amount;
        }
        if !rules.is_in_period(lines.date.value(row)) {
            continue;
        }
        partner.total_amount += net_amount;
        match lines.kind.value(row) {
            HARDWARE => {
                let net_units = settled.settlement.net_units.value(row);
                sums.hardware_units += net_units;
                sums.hardware_amount += net_amount;
                if own.exception != NO_EXCEPTION {
                    let taken = sums.exceptions.entry(own.exception).or_default();
                    taken.lines += 1;
                    taken.hardware_units += net_units;
                    taken.hardware_amount += net_amount;
                }
            }
            // What is attached and what is left over of services is added up below.
            SERVICE => {}
            KIND_UNMAPPED => {
                partner.unmapped_lines += 1;
                partner.unmapped_amount += net_amount;
                partner.unmapped.add_record(settled.settlement.net_units.value(row), net_amount);
                let entry = sums.unmapped.entry(lines.sku.value(row).to_owned()).or_default();
                entry.lines += 1;
                entry.amount += net_amount;
            }
            _ => partner.other_amount += net_amount,
        }
    }
    count_unmapped_sellers(settled, rules, &mut sums);
    for rest in &outcome.rests {
        sums.left_amount += rest.amount;
        let row = rest.service as usize;
        if rules.is_in_period(lines.date.value(row)) {
            let partner = sums.partners.entry(lines.partner.value(row)).or_default();
            let entry = partner.left_over.entry(rest.reason as u8).or_default();
            entry.0 += rest.units;
            entry.1 += rest.amount;
        }
    }
    sums.attached_amount = outcome.attachments.iter().map(|attachment| attachment.amount).sum();
    for attachment in outcome.attachments.iter().filter(|attachment| rules.is_in_period(attachment.hardware_date)) {
        sums.period_services_amount += attachment.amount;
        if attachment.traits.exception != NO_EXCEPTION {
            let taken = sums.exceptions.entry(attachment.traits.exception).or_default();
            taken.packs += attachment.packs;
            taken.attached_units += attachment.units;
            taken.services_amount += attachment.amount;
            continue;
        }
        let credited = policy.credit.of(attachment.hardware_partner, lines.partner.value(attachment.service as usize));
        let entry = sums.partners.entry(credited).or_default().by_rung.entry(attachment.rung as u8).or_default();
        entry.0 += attachment.packs;
        entry.1 += attachment.amount;
    }
    sums
}

/// Counts the partners of each unmapped SKU.
fn count_unmapped_sellers(settled: SettledLines<'_>, rules: &IndexRules<'_>, sums: &mut PartSums) {
    let lines = settled.lines;
    let mut sellers: Vec<(&str, u32)> = (0..settled.len())
        .filter(|row| lines.kind.value(*row) == KIND_UNMAPPED && settled.counts(*row, rules.horizon))
        .filter(|row| rules.is_in_period(lines.date.value(*row)))
        .map(|row| (lines.sku.value(row), lines.partner.value(row)))
        .collect();
    sellers.sort_unstable();
    sellers.dedup();
    for (sku, _) in sellers {
        if let Some(entry) = sums.unmapped.get_mut(sku) {
            entry.partners += 1;
        }
    }
}
