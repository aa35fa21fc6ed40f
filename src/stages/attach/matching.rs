//! One matching of settled lines: the ladder below the serial, the split of money, the reasons of what is left over.

use super::ladder::{Allotment, Ladder};
use super::left_over::Stock;
use super::shares::{push_serial, split_money};
use super::sides::{Sides, runs};
use super::{Attachment, Outcome, Rest, SerialPair, SettledLines, Traits};
use crate::config::plan::AttachPolicy;

/// What the serial rung gave to some settled lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SerialUse {
    /// Its pairs, each with the row of its service line, sorted. Only lines that count have any.
    pub pairs: Vec<(u32, SerialPair)>,
    /// Rows of the hardware lines that its pairs cover, here or in another part: one for each unit.
    pub covered: Vec<u32>,
}

/// Attaches the services of settled lines to hardware (DESIGN part 4): what the serial rung left climbs the ladder, every service line's money is
/// split over its attachments and its left-over packs, and what is left over gets its reason.
///
/// Lines are in line order; `traits` has one entry for each.
pub fn attach_services(
    settled: SettledLines<'_>,
    serial: &SerialUse,
    (traits, line_id): (&[Traits], impl Fn(usize) -> i64),
    horizon: i32,
    policy: &AttachPolicy,
) -> Outcome {
    let (lines, settlement) = (settled.lines, settled.settlement);
    // About every fourth line is a service.
    let attachments = Vec::with_capacity(settled.len() / 4);
    let mut outcome = Outcome { attachments, attached_units: serial.units(settled.len()), rests: Vec::new() };
    let mut pairs = serial.pairs.as_slice();
    // Their memory serves every run.
    let (mut ladder, mut sides, mut stock) = (Ladder::new(lines, policy), Sides::default(), Stock::default());
    for run in runs(settled) {
        sides.take(settled, run, &outcome.attached_units, horizon);
        let mut allotments = ladder.climb(&mut sides);
        outcome.add_units(allotments, &sides);
        stock.forget();
        for (place, service) in (0..).zip(sides.services.iter()) {
            let (first, row) = (outcome.attachments.len(), service.row as usize);
            let own_pairs = take_while(&mut pairs, |(row, _)| *row == service.row);
            if !own_pairs.is_empty() {
                push_serial(own_pairs, &mut outcome.attachments);
            }
            let own = take_while(&mut allotments, |allotment| allotment.service == place);
            outcome.attachments.extend(own.iter().map(|allotment| {
                let hardware = sides.hardware[allotment.hardware as usize];
                let hardware_row = hardware.row as usize;
                Attachment {
                    service: service.row,
                    hardware_id: line_id(hardware_row),
                    rung: allotment.rung,
                    packs: allotment.units,
                    units: allotment.units,
                    amount: 0,
                    hardware_date: hardware.date,
                    hardware_partner: lines.partner.value(hardware_row),
                    traits: traits[hardware_row],
                }
            }));
            let (net_units, net_amount) = (settlement.net_units.value(row), settlement.net_amount.value(row));
            let (units, amount) = split_money(net_units, net_amount, &mut outcome.attachments[first..]);
            if units != 0 || amount != 0 {
                let reason = stock.reason(settled, row, &sides.hardware, policy);
                outcome.rests.push(Rest { service: service.row, units, amount, reason });
            }
        }
    }
    outcome
}

/// Takes the first items that fulfil a condition.
fn take_while<'a, T>(items: &mut &'a [T], is_taken: impl Fn(&T) -> bool) -> &'a [T] {
    let (taken, rest) = items.split_at(items.iter().take_while(|item| is_taken(item)).count());
    *items = rest;
    taken
}

impl SerialUse {
    /// Units of each of so many lines that the serial rung used.
    fn units(&self, lines: usize) -> Vec<i64> {
        let mut units = vec![0; lines];
        for row in self.pairs.iter().map(|(service, _)| service).chain(&self.covered) {
            units[*row as usize] += 1;
        }
        units
    }
}

impl Outcome {
    /// Counts the units of allotments on both sides.
    fn add_units(&mut self, allotments: &[Allotment], sides: &Sides) {
        for allotment in allotments {
            let (service, hardware) = (&sides.services[allotment.service as usize], &sides.hardware[allotment.hardware as usize]);
            self.attached_units[service.row as usize] += allotment.units;
            self.attached_units[hardware.row as usize] += allotment.units;
        }
    }
}
