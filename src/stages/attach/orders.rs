//! What each order has in each cell: the clusters of the uncertainty (DESIGN part 5).

use super::contributions::{CellKey, CellSums, is_open};
use super::traits::Traits;
use super::{HARDWARE, IndexRules, Outcome, SettledLines};
use crate::config::file::WindowScope;
use crate::config::plan::AttachPolicy;
use crate::stages::category_of;
use rustc_hash::FxHashMap;

/// An order's place in a cell. Excepted lines have none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrderKey {
    /// Index into the partners.
    pub partner: u32,
    /// The order within the partner.
    pub order: i64,
    /// The cell; its exception is 0.
    pub cell: CellKey,
}

/// Adds up hardware of the period and what is attached to it by order and cell, without excepted lines. Whoever is credited, an order has what is
/// attached to its hardware: it is the noise of the decision to cover it that is measured.
pub fn sum_orders(
    settled: SettledLines<'_>,
    outcome: &Outcome,
    traits: &[Traits],
    rules: &IndexRules<'_>,
    (policy, windows): (&AttachPolicy, WindowScope),
) -> Vec<(OrderKey, CellSums)> {
    let mut orders: FxHashMap<OrderKey, CellSums> = FxHashMap::default();
    let mut add = |partner: u32, category: u16, date: i32, traits: Traits, change: &dyn Fn(&mut CellSums)| {
        let is_open = is_open(date, rules.period, policy);
        if !rules.is_in_period(date) || traits.exception != 0 || (is_open && windows == WindowScope::Closed) {
            return;
        }
        let cell = CellKey { partner, category, band: traits.band, is_open, ..CellKey::default() };
        change(orders.entry(OrderKey { partner, order: traits.order, cell }).or_default());
    };
    let lines = settled.lines;
    for (row, own) in traits.iter().enumerate() {
        if lines.kind.value(row) == HARDWARE && settled.counts(row, rules.horizon) {
            let (units, amount) = (settled.settlement.net_units.value(row), settled.settlement.net_amount.value(row));
            if units != 0 || amount != 0 {
                add(lines.partner.value(row), lines.category.value(row), lines.date.value(row), *own, &|sums| {
                    sums.hardware_units += units;
                    sums.hardware_amount += amount;
                });
            }
        }
    }
    for attachment in &outcome.attachments {
        let category = category_of(attachment.hardware_id);
        add(attachment.hardware_partner, category, attachment.hardware_date, attachment.traits, &|sums| {
            sums.services_amount += attachment.amount;
            sums.attached_units += attachment.units;
        });
    }
    let mut sorted: Vec<(OrderKey, CellSums)> = orders.into_iter().collect();
    sorted.sort_unstable_by_key(|(key, _)| *key);
    sorted
}
