//! The rungs below the serial: within one partner and category, by a key that hardware and service share.

use super::SettledLines;
use crate::config::plan::AttachPolicy;
use crate::finding::Rung;
use crate::tables::stage::Lines;
use arrow::array::StringArray;
use rustc_hash::FxHashMap;
use std::ops::Range;

/// Units of one service line allotted to one hardware line of the same partner and category.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allotment {
    /// Row of the service line.
    pub service: u32,
    /// Row of the hardware line.
    pub hardware: u32,
    /// The rung.
    pub rung: Rung,
    /// Packs, each covering one unit.
    pub units: i64,
}

/// What the ladder gives.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allotments {
    /// The allotments, by service row, rung and hardware row.
    pub allotments: Vec<Allotment>,
    /// Units that are left of each line: packs of services, uncovered units of hardware; 0 for every other line.
    pub units_left: Vec<i64>,
    /// Rows of the services that count.
    pub services: Vec<u32>,
    /// Rows of the hardware that counts and has net units.
    pub hardware: Vec<u32>,
    /// The places in `services` and in `hardware` of each run of one partner and category.
    pub runs: Vec<(Range<usize>, Range<usize>)>,
}

/// Climbs the rungs below the serial over settled lines in line order. `used` holds the packs or units of each line that the serial rung
/// has used.
pub fn climb(settled: SettledLines<'_>, used: &[i64], horizon: i32, policy: &AttachPolicy) -> Allotments {
    let passes = passes(settled.lines, policy);
    let mut result = Allotments { units_left: vec![0; settled.len()], ..Allotments::default() };
    // Columns of the run in hand; their memory serves every run.
    let (mut hardware, mut services, mut groups) = (Side::default(), Side::default(), Groups::default());
    for run in settled.runs() {
        take_sides(settled, run, used, horizon, &mut result, (&mut hardware, &mut services));
        let first = result.allotments.len();
        for (rung, keys) in &passes {
            if groups.join(*keys, &hardware, &services, policy) {
                groups.allot(*rung, &mut hardware, &mut services, policy, &mut result.allotments);
            }
        }
        // Every pass goes over the services in their order, so these are a few sorted lists, which a stable sort merges.
        result.allotments[first..].sort_by_key(|allotment| (allotment.service, allotment.rung, allotment.hardware));
        hardware.leave(&mut result.units_left);
        services.leave(&mut result.units_left);
    }
    result
}

/// The passes of the enabled rungs, each with the column that hardware and service must share; the pool needs none.
fn passes<'a>(lines: &'a Lines, policy: &AttachPolicy) -> Vec<(Rung, Option<&'a StringArray>)> {
    let passes = [
        (policy.invoice, Rung::Invoice, Some(&lines.invoice)),
        (policy.order, Rung::Order, Some(&lines.purchase_order)),
        (policy.order, Rung::Order, Some(&lines.sales_order)),
        (policy.customer, Rung::Customer, Some(&lines.end_customer)),
        (policy.pool, Rung::Pool, None),
    ];
    passes.into_iter().filter(|(is_enabled, _, _)| *is_enabled).map(|(_, rung, keys)| (rung, keys)).collect()
}

/// Notes the lines of a run of one partner and category that count, and fills both sides with those that have units to allot.
fn take_sides(
    settled: SettledLines<'_>,
    run: Range<usize>,
    used: &[i64],
    horizon: i32,
    counted: &mut Allotments,
    (hardware, services): (&mut Side, &mut Side),
) {
    hardware.clear();
    services.clear();
    let (first_service, first_hardware) = (counted.services.len(), counted.hardware.len());
    let net_units = &settled.settlement.net_units.values()[run.clone()];
    for ((net_units, used), row) in net_units.iter().zip(&used[run.clone()]).zip(run) {
        if !settled.counts(row, horizon) {
            continue;
        }
        let side = match settled.lines.kind.value(row) {
            super::HARDWARE if *net_units > 0 => {
                counted.hardware.push(row as u32);
                &mut *hardware
            }
            super::SERVICE => {
                counted.services.push(row as u32);
                if !settled.is_attachable_service(row) {
                    continue;
                }
                &mut *services
            }
            _ => continue,
        };
        let left = net_units - used;
        if left > 0 {
            side.rows.push(row as u32);
            side.dates.push(settled.lines.date.value(row));
            side.left.push(left);
        }
    }
    counted.runs.push((first_service..counted.services.len(), first_hardware..counted.hardware.len()));
}

/// The lines of one side of a run that have units to allot, in order of (date, line key).
#[derive(Debug, Default)]
struct Side {
    rows: Vec<u32>,
    dates: Vec<i32>,
    left: Vec<i64>,
}

impl Side {
    fn clear(&mut self) {
        self.rows.clear();
        self.dates.clear();
        self.left.clear();
    }

    /// Writes down what is left of each line.
    fn leave(&self, units_left: &mut [i64]) {
        for (row, left) in self.rows.iter().zip(&self.left) {
            units_left[*row as usize] = *left;
        }
    }
}

/// No group, or no further line of a group.
const NONE: u32 = u32::MAX;

/// The lines of a run by the key of one pass. Lines are named by their places in their sides.
#[derive(Debug, Default)]
struct Groups<'a> {
    by_key: FxHashMap<&'a str, u32>,
    /// Group of each service.
    of_service: Vec<u32>,
    /// Of each group the first hardware line that can still be of use.
    first: Vec<u32>,
    /// Of each hardware line of a group the next one.
    next: Vec<u32>,
}

impl<'a> Groups<'a> {
    /// Groups what the passes before left, of hardware only what is in the window of the first to the last of the services. An empty key matches
    /// nothing; without keys all lines are one group. Whether anything can be allotted.
    fn join(&mut self, keys: Option<&'a StringArray>, hardware: &Side, services: &Side, policy: &AttachPolicy) -> bool {
        let key = |row: u32| keys.map_or("*", |keys| keys.value(row as usize));
        self.by_key.clear();
        self.of_service.clear();
        self.of_service.extend(services.rows.iter().zip(&services.left).map(|(row, left)| {
            let (key, next) = (if *left > 0 { key(*row) } else { "" }, self.by_key.len() as u32);
            if key.is_empty() { NONE } else { *self.by_key.entry(key).or_insert(next) }
        }));
        let joined = |group: &u32| *group != NONE;
        let (Some(first), Some(last)) = (self.of_service.iter().position(joined), self.of_service.iter().rposition(joined)) else {
            return false;
        };
        let from = hardware.dates.partition_point(|date| *date < services.dates[first] - policy.window_days);
        let to = hardware.dates.partition_point(|date| *date <= services.dates[last] + policy.lead_days);
        self.first.clear();
        self.first.resize(self.by_key.len(), NONE);
        // What stands here from the pass before is not read: a line is reached only after it was linked.
        self.next.resize(self.next.len().max(to), NONE);
        let mut is_any = false;
        // From the last to the first, so that each group begins with its earliest.
        for place in (from..to).rev().filter(|place| hardware.left[*place] > 0) {
            if let Some(group) = self.by_key.get(key(hardware.rows[place])) {
                self.next[place] = std::mem::replace(&mut self.first[*group as usize], place as u32);
                is_any = true;
            }
        }
        is_any
    }

    /// Allots within every group. Because the window has one length, a hardware line that is too old for one service is too old for every
    /// later one of its group, so one walk over both finds the earliest eligible line each time.
    fn allot(
        &mut self,
        rung: Rung,
        hardware: &mut Side,
        services: &mut Side,
        policy: &AttachPolicy,
        allotments: &mut Vec<Allotment>,
    ) {
        let of_service = self.of_service.iter().zip(&services.rows).zip(&services.dates).zip(&mut services.left);
        for (((group, service), date), packs_left) in of_service.filter(|(((group, _), _), _)| **group != NONE) {
            let first = &mut self.first[*group as usize];
            let (oldest, newest) = (date - policy.window_days, date + policy.lead_days);
            while *packs_left > 0 && *first != NONE {
                let candidate = *first as usize;
                let (hardware_date, units_left) = (hardware.dates[candidate], &mut hardware.left[candidate]);
                if hardware_date < oldest || *units_left == 0 {
                    *first = self.next[candidate];
                    continue;
                }
                if hardware_date > newest {
                    break;
                }
                let units = (*packs_left).min(*units_left);
                *packs_left -= units;
                *units_left -= units;
                allotments.push(Allotment { service: *service, hardware: hardware.rows[candidate], rung, units });
            }
        }
    }
}
