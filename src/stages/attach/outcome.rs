//! What became of every service unit and cent: attached, on which rung and to which line, or left over with its reason.

use super::{Allotment, Allotments, SerialPair, SettledLines, Traits};
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

/// Splits every service line's money over its attachments and its left-over packs, and judges what is left over. `used` is what the
/// serial rung used of each line; `serial_pairs` are its pairs by service row, in order.
pub fn decide(
    settled: SettledLines<'_>,
    used: &[i64],
    serial_pairs: &[(u32, SerialPair)],
    allotments: &Allotments,
    (traits, line_id): (&[Traits], impl Fn(usize) -> i64),
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
    let mut next_share = 0;
    let mut stock = Stock::default();
    for (services, hardware) in &allotments.runs {
        let (services, hardware) = (&allotments.services[services.clone()], &allotments.hardware[hardware.clone()]);
        decide_run(settled, services, (hardware, &allotments.units_left), policy, &mut stock, &mut next_share, &mut outcome);
    }
    outcome
}

/// All attachments, without money yet, in order of service row, rung, hardware date and line. Pairs and allotments both come by service row,
/// and the serial is the first rung.
fn shares_in_order(
    settled: SettledLines<'_>,
    serial_pairs: &[(u32, SerialPair)],
    allotments: &Allotments,
    traits: &[Traits],
    line_id: impl Fn(usize) -> i64,
) -> Vec<Attachment> {
    let of_allotment = |allotment: &Allotment| {
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
    };
    let mut shares: Vec<Attachment> = Vec::with_capacity(serial_pairs.len() + allotments.allotments.len());
    let mut rest = allotments.allotments.as_slice();
    for pairs in serial_pairs.chunk_by(|(service, _), (other, _)| service == other) {
        let (earlier, later) = rest.split_at(rest.iter().take_while(|allotment| allotment.service < pairs[0].0).count());
        shares.extend(earlier.iter().map(of_allotment));
        rest = later;
        push_serial_shares(pairs, &mut shares);
    }
    shares.extend(rest.iter().map(of_allotment));
    shares
}

/// Adds the serial pairs of one service line, packs of one hardware line together.
fn push_serial_shares(pairs: &[(u32, SerialPair)], shares: &mut Vec<Attachment>) {
    let first = shares.len();
    let mut pairs: Vec<&(u32, SerialPair)> = pairs.iter().collect();
    pairs.sort_unstable_by_key(|(_, pair)| (pair.hardware_date, pair.hardware_reseller, pair.hardware_id, pair.is_add_on));
    shares.extend(pairs.into_iter().map(|&(service, pair)| Attachment {
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
    let own = &mut shares[first..];
    let mut last = 0;
    for next in 1..own.len() {
        if (own[last].hardware_id, own[last].units == 0) == (own[next].hardware_id, own[next].units == 0) {
            own[last].packs += own[next].packs;
            own[last].units += own[next].units;
        } else {
            last += 1;
            own[last] = own[next];
        }
    }
    shares.truncate(first + last + 1);
}

/// Money and reasons of one partner and category, by the rows of its services and hardware.
fn decide_run(
    settled: SettledLines<'_>,
    services: &[u32],
    (hardware, units_left): (&[u32], &[i64]),
    policy: &AttachPolicy,
    stock: &mut Stock,
    next_share: &mut usize,
    outcome: &mut Outcome,
) {
    let mut is_stocked = false;
    for service in services {
        let row = *service as usize;
        let own = outcome.attachments[*next_share..].iter().take_while(|share| share.service as usize == row).count();
        let shares = &mut outcome.attachments[*next_share..*next_share + own];
        *next_share += own;
        let net_units = settled.settlement.net_units.value(row);
        let net_amount = settled.settlement.net_amount.value(row);
        let left = net_units - shares.iter().map(|share| share.packs).sum::<i64>();
        let left_amount = if net_units > 0 { split_money(net_amount, shares, left) } else { net_amount };
        outcome.attached_amount[row] = net_amount - left_amount;
        outcome.left_amount[row] = left_amount;
        outcome.left_units[row] = left;
        if left != 0 || left_amount != 0 {
            if !is_stocked {
                stock.set(settled, hardware, units_left);
                is_stocked = true;
            }
            outcome.left_reason[row] = Some(reason(settled, row, stock, policy));
        }
    }
}

/// Splits the money of a line with net units over its shares and its left-over packs; gives the money left over.
fn split_money(net_amount: i64, shares: &mut [Attachment], left: i64) -> i64 {
    match shares {
        [] => net_amount,
        [share] if left == 0 => {
            share.amount = net_amount;
            0
        }
        _ => {
            let weights: Vec<i64> = shares.iter().map(|share| share.packs).chain([left]).collect();
            let amounts = split::by_units(net_amount, &weights);
            for (share, amount) in shares.iter_mut().zip(&amounts) {
                share.amount = *amount;
            }
            amounts[shares.len()]
        }
    }
}

/// The first reason of the list that holds. Lines are judged in order of date.
fn reason(settled: SettledLines<'_>, row: usize, stock: &mut Stock, policy: &AttachPolicy) -> LeftOver {
    let window = stock.window(settled.lines.date.value(row), policy);
    match settled.settlement.net_units.value(row) {
        0 => LeftOver::NoUnits,
        ..0 => LeftOver::UnmatchedReturn,
        _ if settled.lines.flags.value(row) & FLAG_POST_WARRANTY != 0 => LeftOver::PostWarranty,
        _ if stock.dates.is_empty() => LeftOver::NoHardware,
        _ if window.is_empty() => LeftOver::OutOfWindow,
        _ if stock.free_before[window.end] == stock.free_before[window.start] => LeftOver::Surplus,
        _ => LeftOver::NoKey,
    }
}

/// Net hardware of one partner and category by date, for judging left-overs.
#[derive(Debug, Default)]
struct Stock {
    dates: Vec<i32>,
    /// Uncovered units of all lines before each place, and of all.
    free_before: Vec<i64>,
    /// Places of the hardware in the window of the service judged last.
    window: Range<usize>,
}

impl Stock {
    /// Takes these lines of net hardware in the stead of those that it has. What the ladder left of a line that it did not touch is its net units
    /// less its serial use, which `units_left` holds for every hardware line that counts.
    fn set(&mut self, settled: SettledLines<'_>, hardware: &[u32], units_left: &[i64]) {
        self.window = 0..0;
        self.dates.clear();
        self.dates.extend(hardware.iter().map(|row| settled.lines.date.value(*row as usize)));
        self.free_before.clear();
        let mut free = 0;
        self.free_before.push(free);
        self.free_before.extend(hardware.iter().map(|row| {
            free += units_left[*row as usize];
            free
        }));
    }

    /// Places of the hardware in whose window a service of this date lies. Services come in order of date, so both ends only move on.
    fn window(&mut self, date: i32, policy: &AttachPolicy) -> Range<usize> {
        let passed = |from: usize, last: i32| self.dates[from..].iter().take_while(|hardware| **hardware <= last).count();
        let start = self.window.start + passed(self.window.start, date - policy.window_days - 1);
        let end = self.window.end + passed(self.window.end, date + policy.lead_days);
        self.window = start..end;
        self.window.clone()
    }
}
