//! The rungs below the serial: within one partner and category, by a key that hardware and service share.

use super::SettledLines;
use crate::config::plan::AttachPolicy;
use crate::finding::Rung;
use crate::tables::stage::Lines;
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
    /// The allotments, by rung within a run of one partner and category.
    pub allotments: Vec<Allotment>,
    /// Units that are left of each line: packs of services, uncovered units of hardware; 0 for every other line.
    pub units_left: Vec<i64>,
}

/// Climbs the rungs below the serial over settled lines in line order. `used` holds the packs or units of each line that the serial rung
/// has used.
pub fn climb(settled: SettledLines<'_>, used: &[i64], horizon: i32, policy: &AttachPolicy) -> Allotments {
    let mut result = Allotments { allotments: Vec::new(), units_left: vec![0; settled.len()] };
    let mut start = 0;
    while start < settled.len() {
        let end = settled.run_end(start);
        climb_run(settled, start..end, used, horizon, policy, &mut result);
        start = end;
    }
    result
}

/// Climbs the rungs for the lines of one partner and category.
fn climb_run(
    settled: SettledLines<'_>,
    run: Range<usize>,
    used: &[i64],
    horizon: i32,
    policy: &AttachPolicy,
    result: &mut Allotments,
) {
    let (mut hardware, mut services): (Vec<u32>, Vec<u32>) = (Vec::new(), Vec::new());
    for row in run {
        let left = settled.settlement.net_units.value(row) - used[row];
        if left <= 0 || !settled.counts(row, horizon) {
            continue;
        }
        if settled.lines.kind.value(row) == super::HARDWARE {
            hardware.push(row as u32);
        } else if settled.is_attachable_service(row) {
            services.push(row as u32);
        } else {
            continue;
        }
        result.units_left[row] = left;
    }
    if hardware.is_empty() || services.is_empty() {
        return;
    }
    let lines = settled.lines;
    if policy.invoice {
        join(lines, Rung::Invoice, &hardware, &services, |row| lines.invoice.value(row), policy, result);
    }
    if policy.order {
        join(lines, Rung::Order, &hardware, &services, |row| lines.purchase_order.value(row), policy, result);
        join(lines, Rung::Order, &hardware, &services, |row| lines.sales_order.value(row), policy, result);
    }
    if policy.customer {
        join(lines, Rung::Customer, &hardware, &services, |row| lines.end_customer.value(row), policy, result);
    }
    if policy.pool {
        allot(lines, Rung::Pool, &hardware, &services, policy, result);
    }
}

/// Joins what the rungs above left by a key; an empty key matches nothing.
fn join<'a>(
    lines: &Lines,
    rung: Rung,
    hardware: &[u32],
    services: &[u32],
    key: impl Fn(usize) -> &'a str,
    policy: &AttachPolicy,
    result: &mut Allotments,
) {
    let mut groups: FxHashMap<&str, u32> = FxHashMap::default();
    let mut members: Vec<(Vec<u32>, Vec<u32>)> = Vec::new();
    for &row in services {
        let value = key(row as usize);
        if result.units_left[row as usize] > 0 && !value.is_empty() {
            let group = *groups.entry(value).or_insert(members.len() as u32);
            if group as usize == members.len() {
                members.push((Vec::new(), Vec::new()));
            }
            members[group as usize].1.push(row);
        }
    }
    if members.is_empty() {
        return;
    }
    for &row in hardware {
        if result.units_left[row as usize] > 0
            && let Some(group) = groups.get(key(row as usize))
        {
            members[*group as usize].0.push(row);
        }
    }
    for (hardware, services) in &members {
        allot(lines, rung, hardware, services, policy, result);
    }
}

/// Allots within one group. Both lists are in order of (date, line key). Because the window has one length, a hardware line that is too
/// old for one service is too old for every later one, so one walk over both lists finds the earliest eligible line each time.
fn allot(lines: &Lines, rung: Rung, hardware: &[u32], services: &[u32], policy: &AttachPolicy, result: &mut Allotments) {
    let mut first = 0;
    for &service in services {
        let date = lines.date.value(service as usize);
        let (oldest, newest) = (date - policy.window_days, date + policy.lead_days);
        while result.units_left[service as usize] > 0 {
            let Some(&candidate) = hardware.get(first) else { return };
            let hardware_date = lines.date.value(candidate as usize);
            if hardware_date < oldest || result.units_left[candidate as usize] == 0 {
                first += 1;
                continue;
            }
            if hardware_date > newest {
                break;
            }
            let units = result.units_left[service as usize].min(result.units_left[candidate as usize]);
            result.units_left[service as usize] -= units;
            result.units_left[candidate as usize] -= units;
            result.allotments.push(Allotment { service, hardware: candidate, rung, units });
        }
    }
}
