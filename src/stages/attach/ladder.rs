//! The rungs below the serial: within one reseller and category, by a key that hardware and service share.

use super::groups::{Groups, NONE};
use super::keys::{Anything, KeyColumn};
use super::sides::Sides;
use crate::config::plan::AttachPolicy;
use crate::finding::Rung;
use crate::tables::stage::Lines;

/// Units of one service line allotted to one hardware line of the same reseller and category. Lines are named by their places in their sides.
/// Ordered as its fields stand: by service, rung and hardware.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Allotment {
    /// The service line.
    pub(super) service: u32,
    /// The rung.
    pub(super) rung: Rung,
    /// The hardware line.
    pub(super) hardware: u32,
    /// Packs, each covering one unit.
    pub(super) units: i64,
}

/// The passes of the ladder under one policy.
#[derive(Debug)]
pub(super) struct Ladder<'a> {
    policy: &'a AttachPolicy,
    /// Each with the column that hardware and service must share; the pool needs none.
    passes: Vec<(Rung, Option<KeyColumn<'a>>)>,
    groups: Groups<'a>,
    allotments: Vec<Allotment>,
}

impl<'a> Ladder<'a> {
    /// The passes of the enabled rungs.
    pub(super) fn new(lines: &'a Lines, policy: &'a AttachPolicy) -> Self {
        let passes = [
            (policy.invoice, Rung::Invoice, Some(&lines.invoice)),
            (policy.order, Rung::Order, Some(&lines.purchase_order)),
            (policy.order, Rung::Order, Some(&lines.sales_order)),
            (policy.customer, Rung::Customer, Some(&lines.end_customer)),
            (policy.pool, Rung::Pool, None),
        ];
        let enabled = passes.into_iter().filter(|(is_enabled, _, _)| *is_enabled);
        let passes = enabled.map(|(_, rung, column)| (rung, column.map(KeyColumn::new))).collect();
        Self { policy, passes, groups: Groups::default(), allotments: Vec::new() }
    }

    /// Allots what is left of a run's services, and takes it from both sides. Gives the allotments by service, rung and hardware.
    pub(super) fn climb(&mut self, sides: &mut Sides) -> &[Allotment] {
        self.allotments.clear();
        for pass in 0..self.passes.len() {
            let (rung, column) = self.passes[pass];
            let is_any = match column {
                Some(column) => self.groups.join(column, sides, self.policy),
                None => self.groups.join(Anything, sides, self.policy),
            };
            if is_any {
                self.allot(rung, sides);
            }
        }
        // Every pass goes over the services in their order, so these are a few sorted lists, which a stable sort merges.
        self.allotments.sort();
        &self.allotments
    }

    /// Allots within every group. Because the window has one length, a hardware line that is too old for one service is too old for every
    /// later one of its group, so one walk over both finds the earliest eligible line each time.
    fn allot(&mut self, rung: Rung, Sides { hardware, services }: &mut Sides) {
        for at in 0..self.groups.services.len() {
            let (place, group) = self.groups.services[at];
            let service = &mut services[place as usize];
            let (oldest, newest) = (service.date - self.policy.window_days, service.date + self.policy.lead_days);
            let mut first = *self.groups.first(group);
            while service.left > 0 && first != NONE {
                let candidate = &mut hardware[first as usize];
                if candidate.date < oldest || candidate.left == 0 {
                    first = self.groups.next[first as usize];
                    continue;
                }
                if candidate.date > newest {
                    break;
                }
                let units = service.left.min(candidate.left);
                service.left -= units;
                candidate.left -= units;
                self.allotments.push(Allotment { service: place, rung, hardware: first, units });
            }
            *self.groups.first(group) = first;
        }
    }
}
