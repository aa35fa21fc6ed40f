//! Returns are settled before attachment (DESIGN part 3, rule 10).
//!
//! Taken by (date, line key), a return reduces sales of the same partner and SKU of the same day or before: by serial, else on the same
//! invoice, else the latest line first. Its amount is split by units over the lines that it reduces. What finds no sale stays a negative
//! line of its own.

use super::PartLines;
use crate::stages::split;
use crate::tables::stage::SERIAL_SEPARATOR;
use rustc_hash::{FxHashMap, FxHashSet};
use std::ops::Range;

/// Lines after returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Returns {
    /// Units after returns; of a return what stayed unmatched, not above 0.
    pub net_units: Vec<i64>,
    /// Amount after returns, cents of the reporting currency.
    pub net_amount: Vec<i64>,
    /// The serials that were returned, by line.
    pub returned_serials: FxHashMap<u32, Vec<String>>,
}

/// How a return found a sale; the order of the steps breaks ties of the split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Serial,
    Invoice,
    Latest,
}

/// Units of one return on one sale.
struct Share {
    step: Step,
    row: usize,
    units: i64,
}

/// The sales of one partner and SKU that a return may reduce, filled up to the return's date.
#[derive(Default)]
struct OpenSales<'a> {
    latest: Vec<usize>,
    by_invoice: FxHashMap<&'a str, Vec<usize>>,
    by_serial: FxHashMap<&'a str, Vec<usize>>,
}

/// Settles the returns of lines that are in line order. Those that are set aside, repeats and dropped
/// lines, take no part and keep their figures.
pub fn settle_returns(part: &PartLines, is_set_aside: &[bool]) -> Returns {
    let lines = &part.lines;
    let mut returns = Returns {
        net_units: lines.quantity.values().to_vec(),
        net_amount: lines.amount.values().to_vec(),
        returned_serials: FxHashMap::default(),
    };
    let mut start = 0;
    while start < part.len() {
        let mut end = start + 1;
        while end < part.len()
            && lines.reseller.value(end) == lines.reseller.value(start)
            && lines.category.value(end) == lines.category.value(start)
        {
            end += 1;
        }
        settle_partner(part, start..end, is_set_aside, &mut returns);
        start = end;
    }
    returns
}

/// Settles the returns of one partner and category.
fn settle_partner(part: &PartLines, rows: Range<usize>, is_set_aside: &[bool], returns: &mut Returns) {
    let lines = &part.lines;
    let counts = |row: &usize| !is_set_aside[*row];
    let returned: FxHashSet<&str> =
        rows.clone().filter(counts).filter(|row| lines.quantity.value(*row) < 0).map(|row| lines.sku.value(row)).collect();
    if returned.is_empty() {
        return;
    }
    let mut by_sku: FxHashMap<&str, (Vec<usize>, Vec<usize>)> = FxHashMap::default();
    for row in rows.filter(counts).filter(|row| returned.contains(lines.sku.value(*row))) {
        let (sales, taken_back) = by_sku.entry(lines.sku.value(row)).or_default();
        match lines.quantity.value(row) {
            1.. => sales.push(row),
            0 => {}
            _ => taken_back.push(row),
        }
    }
    for (sales, taken_back) in by_sku.into_values() {
        settle_sku(part, &sales, &taken_back, returns);
    }
}

/// Settles the returns of one partner and SKU; both lists are in order of (date, line key).
fn settle_sku(part: &PartLines, sales: &[usize], taken_back: &[usize], returns: &mut Returns) {
    let lines = &part.lines;
    let mut open = OpenSales::default();
    let mut waiting = sales.iter().copied().peekable();
    for &row in taken_back {
        while let Some(sale) = waiting.next_if(|sale| lines.date.value(*sale) <= lines.date.value(row)) {
            open.latest.push(sale);
            if !lines.invoice.value(sale).is_empty() {
                open.by_invoice.entry(lines.invoice.value(sale)).or_default().push(sale);
            }
            for serial in serials(lines.serials.value(sale)) {
                open.by_serial.entry(serial).or_default().push(sale);
            }
        }
        let mut shares = Vec::new();
        let mut left = -lines.quantity.value(row);
        take_by_serial(lines.serials.value(row), &open, returns, &mut left, &mut shares);
        if let Some(same_invoice) = open.by_invoice.get_mut(lines.invoice.value(row)) {
            take_latest(Step::Invoice, same_invoice, returns, &mut left, &mut shares);
        }
        take_latest(Step::Latest, &mut open.latest, returns, &mut left, &mut shares);
        book(row, left, shares, returns);
    }
}

fn serials(joined: &str) -> impl Iterator<Item = &str> {
    joined.split(SERIAL_SEPARATOR).filter(|serial| !serial.is_empty())
}

fn take_by_serial(joined: &str, open: &OpenSales<'_>, returns: &mut Returns, left: &mut i64, shares: &mut Vec<Share>) {
    for serial in serials(joined) {
        if *left == 0 {
            return;
        }
        let Some(candidates) = open.by_serial.get(serial) else { continue };
        let not_returned = |row: usize, returns: &Returns| {
            returns.returned_serials.get(&(row as u32)).is_none_or(|gone| !gone.iter().any(|other| other == serial))
        };
        let found = candidates.iter().rev().copied().find(|row| returns.net_units[*row] > 0 && not_returned(*row, returns));
        if let Some(row) = found {
            returns.returned_serials.entry(row as u32).or_default().push(serial.to_owned());
            returns.net_units[row] -= 1;
            *left -= 1;
            add_share(shares, Step::Serial, row, 1);
        }
    }
}

/// Takes units from the last candidate backwards; exhausted candidates are dropped from the list.
fn take_latest(step: Step, candidates: &mut Vec<usize>, returns: &mut Returns, left: &mut i64, shares: &mut Vec<Share>) {
    while *left > 0 {
        let Some(&row) = candidates.last() else { return };
        let units = returns.net_units[row].min(*left);
        if units > 0 {
            returns.net_units[row] -= units;
            *left -= units;
            add_share(shares, step, row, units);
        }
        if returns.net_units[row] == 0 {
            candidates.pop();
        }
    }
}

fn add_share(shares: &mut Vec<Share>, step: Step, row: usize, units: i64) {
    match shares.iter_mut().find(|share| share.step == step && share.row == row) {
        Some(share) => share.units += units,
        None => shares.push(Share { step, row, units }),
    }
}

/// Splits the return's amount over its shares and what is left, which stays on the return's own line.
fn book(row: usize, left: i64, mut shares: Vec<Share>, returns: &mut Returns) {
    shares.sort_unstable_by_key(|share| (share.step, share.row));
    let weights: Vec<i64> = shares.iter().map(|share| share.units).chain([left]).collect();
    let amounts = split::by_units(returns.net_amount[row], &weights);
    for (share, amount) in shares.iter().zip(&amounts) {
        returns.net_amount[share.row] += amount;
    }
    returns.net_units[row] = -left;
    returns.net_amount[row] = amounts[shares.len()];
}
