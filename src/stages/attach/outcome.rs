//! What became of every service unit and cent: attached, on which rung and to which line, or left over with its reason.

use super::{Allotments, HARDWARE, SERVICE, SerialPair, SettledLines, Traits};
use crate::config::plan::AttachPolicy;
use crate::finding::{LeftOver, Rung};
use crate::stages::split;
use crate::tables::stage::FLAG_POST_WARRANTY;
use std::ops::Range;

/// So many units of one service line allotted to one hardware line, with their money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attachment {
    /// Row of the service line.
    pub service: u32,
    /// Id of the hardware line.
    pub hardware_id: i64,
    /// The rung.
    pub rung: Rung,
    /// Packs of the service line used.
    pub packs: i64,
    /// Hardware units covered; 0 for an add-on.
    pub units: i64,
    /// Money, cents of the reporting currency.
    pub amount: i64,
    /// The hardware's date.
    pub hardware_date: i32,
    /// The hardware's partner.
    pub hardware_partner: u32,
    /// What the index reads of the hardware line.
    pub traits: Traits,
}

/// Every attachment and every left-over of some settled lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// By service row, rung, and the hardware's date and line.
    pub attachments: Vec<Attachment>,
    /// Units of each line that are attached: packs used of a service, units covered of hardware.
    pub attached_units: Vec<i64>,
    /// Money of each service line that is attached; of each hardware line 0.
    pub attached_amount: Vec<i64>,
    /// Units of each service line that are left over.
    pub left_units: Vec<i64>,
    /// Money of each service line that is left over.
    pub left_amount: Vec<i64>,
    /// Why it is left over; `None` where nothing is.
    pub left_reason: Vec<Option<LeftOver>>,
}

/// Hardware of one partner and category, for judging left-overs.
struct Stock {
    dates: Vec<i32>,
    /// Uncovered units of all lines before each place.
    free_before: Vec<i64>,
}

/// Splits every service line's money over its attachments and its left-over packs, and judges what is left over. `used` is what the
/// serial rung used of each line; `serial_pairs` are its pairs by service row, in order.
pub fn decide(
    settled: SettledLines<'_>,
    used: &[i64],
    serial_pairs: &[(u32, SerialPair)],
    allotments: &Allotments,
    (traits, line_id): (&[Traits], impl Fn(usize) -> i64),
    horizon: i32,
    policy: &AttachPolicy,
) -> Outcome {
    let count = settled.len();
    let mut outcome = Outcome {
        attachments: shares_in_order(settled, serial_pairs, allotments, traits, line_id),
        attached_units: used.to_vec(),
        attached_amount: vec![0; count],
        left_units: vec![0; count],
        left_amount: vec![0; count],
        left_reason: vec![None; count],
    };
    for allotment in &allotments.allotments {
        outcome.attached_units[allotment.service as usize] += allotment.units;
        outcome.attached_units[allotment.hardware as usize] += allotment.units;
    }
    let mut start = 0;
    let mut next_share = 0;
    while start < count {
        let end = settled.run_end(start);
        decide_run(settled, start..end, &allotments.units_left, horizon, policy, &mut next_share, &mut outcome);
        start = end;
    }
    outcome
}

/// All attachments, without money yet, in order of service row, rung, hardware date and line.
fn shares_in_order(
    settled: SettledLines<'_>,
    serial_pairs: &[(u32, SerialPair)],
    allotments: &Allotments,
    traits: &[Traits],
    line_id: impl Fn(usize) -> i64,
) -> Vec<Attachment> {
    let mut shares: Vec<Attachment> = Vec::with_capacity(serial_pairs.len() + allotments.allotments.len());
    shares.extend(serial_pairs.iter().map(|&(service, pair)| Attachment {
        service,
        hardware_id: pair.hardware_id,
        rung: Rung::Serial,
        packs: 1,
        units: i64::from(!pair.is_add_on),
        amount: 0,
        hardware_date: pair.hardware_date,
        hardware_partner: pair.hardware_partner,
        traits: pair.traits,
    }));
    shares.extend(allotments.allotments.iter().map(|allotment| {
        let hardware = allotment.hardware as usize;
        Attachment {
            service: allotment.service,
            hardware_id: line_id(hardware),
            rung: allotment.rung,
            packs: allotment.units,
            units: allotment.units,
            amount: 0,
            hardware_date: settled.lines.date.value(hardware),
            hardware_partner: settled.lines.partner.value(hardware),
            traits: traits[hardware],
        }
    }));
    shares.sort_unstable_by_key(|s| (s.service, s.rung, s.hardware_date, s.hardware_partner, s.hardware_id, s.units == 0));
    shares.dedup_by(|later, first| {
        let same = (later.service, later.rung, later.hardware_id, later.units == 0)
            == (first.service, first.rung, first.hardware_id, first.units == 0);
        if same {
            first.packs += later.packs;
            first.units += later.units;
        }
        same
    });
    shares
}

/// Money and reasons of one partner and category.
fn decide_run(
    settled: SettledLines<'_>,
    run: Range<usize>,
    units_left: &[i64],
    horizon: i32,
    policy: &AttachPolicy,
    next_share: &mut usize,
    outcome: &mut Outcome,
) {
    let mut stock = None;
    for row in run.clone() {
        if settled.lines.kind.value(row) != SERVICE || !settled.counts(row, horizon) {
            continue;
        }
        let first = *next_share;
        while outcome.attachments.get(*next_share).is_some_and(|share| share.service as usize == row) {
            *next_share += 1;
        }
        let net_units = settled.settlement.net_units.value(row);
        let net_amount = settled.settlement.net_amount.value(row);
        let shares = &mut outcome.attachments[first..*next_share];
        let used: i64 = shares.iter().map(|share| share.packs).sum();
        let left = net_units - used;
        if net_units > 0 {
            let weights: Vec<i64> = shares.iter().map(|share| share.packs).chain([left]).collect();
            let amounts = split::by_units(net_amount, &weights);
            for (share, amount) in shares.iter_mut().zip(&amounts) {
                share.amount = *amount;
                outcome.attached_amount[row] += amount;
            }
            outcome.left_amount[row] = amounts[shares.len()];
        } else {
            outcome.left_amount[row] = net_amount;
        }
        outcome.left_units[row] = left;
        if left != 0 || outcome.left_amount[row] != 0 {
            let stock = stock.get_or_insert_with(|| Stock::of(settled, run.clone(), units_left, horizon));
            outcome.left_reason[row] = Some(reason(settled, row, stock, policy));
        }
    }
}

/// The first reason of the list that holds.
fn reason(settled: SettledLines<'_>, row: usize, stock: &Stock, policy: &AttachPolicy) -> LeftOver {
    let date = settled.lines.date.value(row);
    let from = stock.dates.partition_point(|hardware| *hardware < date - policy.window_days);
    let to = stock.dates.partition_point(|hardware| *hardware <= date + policy.lead_days);
    match settled.settlement.net_units.value(row) {
        0 => LeftOver::NoUnits,
        ..0 => LeftOver::UnmatchedReturn,
        _ if settled.lines.flags.value(row) & FLAG_POST_WARRANTY != 0 => LeftOver::PostWarranty,
        _ if stock.dates.is_empty() => LeftOver::NoHardware,
        _ if from == to => LeftOver::OutOfWindow,
        _ if stock.free_before[to] == stock.free_before[from] => LeftOver::Surplus,
        _ => LeftOver::NoKey,
    }
}

impl Stock {
    /// The net hardware of a run, by date. What the ladder left of a line that it did not touch is its net units less its serial use,
    /// which `units_left` holds for every hardware line that counts.
    fn of(settled: SettledLines<'_>, run: Range<usize>, units_left: &[i64], horizon: i32) -> Self {
        let mut stock = Self { dates: Vec::new(), free_before: vec![0] };
        let mut free = 0;
        for row in run {
            if settled.lines.kind.value(row) == HARDWARE
                && settled.counts(row, horizon)
                && settled.settlement.net_units.value(row) > 0
            {
                stock.dates.push(settled.lines.date.value(row));
                free += units_left[row];
                stock.free_before.push(free);
            }
        }
        stock
    }
}
