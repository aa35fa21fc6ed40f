//! Disclosure (DESIGN part 5): which market figures a partner may see, so that none of them shows another partner.
//!
//! What a partner sees of a cell is its rate, through the expected services of its own hardware. A rate is made of the partner's own figures, which
//! it knows, and of the others'. So a rate is shown only where at least [`MIN_OTHERS`] others stand behind it and none of them makes up more than
//! half of the others' hardware or services; where all others together sold nothing, each of them did, so that is not shown either.
//!
//! A cell that fails is never shown alone, nor left to be found by subtraction. First the cells of its category become one line; a category that
//! still fails, or has one cell only, goes into one line with other such categories, and, where these are not enough, with the smallest category that
//! may be shown. A line of several cells is judged by what each other adds to the figure that is shown: its hardware and services in a cell count
//! with the share that the partner's own hardware has in that cell's market, and only others of cells with at least a tenth of the line's hardware are
//! counted. So nobody hides behind a cell that hardly weighs. Where even one line over everything fails, nothing that depends on rates may be shown.
//!
//! Every figure that is shown must be a sum over whole lines, or worked out from such sums and the partner's own figures alone: then no subtraction
//! leaves a part of a line. Leave-one-out figures and figures of other readings rest on the same others in other combinations, and are not shown.

mod market;

pub use market::Market;

use std::collections::{BTreeMap, BTreeSet};

/// Others that must stand behind a figure.
pub const MIN_OTHERS: u32 = 5;

/// Parts into which the share of a cell's hardware in its market is counted.
const SHARE_SCALE: i128 = 1_000_000_000_000;

/// Members of a line's cells up to which each other is reckoned by itself.
const MOST_MEMBERS: usize = 20_000;

/// A sum over some partners, and the largest of them. Absolute values.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Amounts {
    /// The sum.
    pub total: i128,
    /// The largest.
    pub largest: i128,
}

/// The other partners behind a rate, at the level from which it is taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Others {
    /// Others with hardware.
    pub count: u32,
    /// Their hardware.
    pub hardware: Amounts,
    /// Their services.
    pub services: Amounts,
}

/// A partner behind a rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// Its number.
    pub partner: u32,
    /// Its hardware.
    pub hardware: i64,
    /// Its services.
    pub services: i64,
}

/// One of a partner's cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell<'a> {
    /// The partner.
    pub partner: u32,
    /// Index into the categories.
    pub category: u16,
    /// The partner's hardware.
    pub hardware: i64,
    /// Hardware of all behind the rate.
    pub market_hardware: i64,
    /// The others behind the rate.
    pub others: Others,
    /// All behind the rate, the partner among them.
    pub members: &'a [Member],
}

/// What a partner may see. Places are those of the cells that were judged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Disclosure {
    /// Categories that may be shown, in their order.
    pub shown: Vec<Shown>,
    /// Categories that may be shown together only, in their order.
    pub together: Vec<u16>,
    /// Whether nothing that depends on rates may be shown.
    pub is_withheld: bool,
}

/// A category that may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// The category.
    pub category: u16,
    /// Whether its cells may be shown one by one.
    pub has_cells: bool,
}

impl Others {
    /// Whether a figure behind which these others stand may be shown.
    pub fn may_be_shown(&self) -> bool {
        self.count >= MIN_OTHERS && self.hardware.none_dominates() && self.services.none_dominates()
    }
}

impl Amounts {
    fn none_dominates(&self) -> bool {
        self.total > 0 && 2 * self.largest <= self.total
    }

    fn add_weighted(&mut self, other: &Self, weight: i128) {
        self.total += other.total * weight;
        self.largest += other.largest * weight;
    }
}

/// Decides what a partner may see of the rates of its cells, which are sorted by category.
pub fn disclose(cells: &[Cell<'_>]) -> Disclosure {
    let mut disclosure = Disclosure::default();
    let mut failing: Vec<&[Cell<'_>]> = Vec::new();
    let mut passing: Vec<&[Cell<'_>]> = Vec::new();
    for own in cells.chunk_by(|a, b| a.category == b.category) {
        let has_cells = own.iter().all(|cell| passes(std::slice::from_ref(cell)));
        if has_cells || (own.len() > 1 && passes(own)) {
            disclosure.shown.push(Shown { category: own[0].category, has_cells });
            passing.push(own);
        } else {
            failing.push(own);
        }
    }
    if failing.is_empty() {
        return disclosure;
    }
    // The smallest is lost least by.
    passing.sort_by_key(|own| (std::cmp::Reverse(own.iter().map(|cell| weight(cell)).sum::<i128>()), own[0].category));
    let mut line: Vec<Cell<'_>> = failing.iter().copied().flatten().copied().collect();
    let mut together: Vec<u16> = failing.iter().map(|own| own[0].category).collect();
    while line.iter().filter(|cell| cell.hardware != 0).count() < 2 || !passes(&line) {
        let Some(own) = passing.pop() else {
            return Disclosure { is_withheld: true, ..Disclosure::default() };
        };
        line.extend_from_slice(own);
        together.push(own[0].category);
    }
    together.sort_unstable();
    disclosure.shown.retain(|shown| !together.contains(&shown.category));
    Disclosure { together, ..disclosure }
}

/// Whether one figure over these cells may be shown. A cell in which the partner has no hardware shows nothing of its rate.
fn passes(line: &[Cell<'_>]) -> bool {
    let cells: Vec<&Cell<'_>> = line.iter().filter(|cell| cell.hardware != 0).collect();
    match cells[..] {
        [] => true,
        [cell] => cell.others.may_be_shown(),
        _ => at_most(&cells).may_be_shown() || exactly(&cells).is_some_and(|others| others.may_be_shown()),
    }
}

/// The others behind a line, by bounds: the largest others of all cells are taken as one and the same, and the others of one cell as all there are.
/// What passes so passes exactly.
fn at_most(cells: &[&Cell<'_>]) -> Others {
    let hardware = total(cells);
    let mut others = Others::default();
    for cell in cells {
        if is_heavy(cell, hardware) {
            others.count = others.count.max(cell.others.count);
        }
        others.hardware.add_weighted(&cell.others.hardware, share(cell));
        others.services.add_weighted(&cell.others.services, share(cell));
    }
    others
}

/// The others behind a line, each by itself. None where they are so many that it would take too long; such a line passes by its bounds or not at all.
fn exactly(cells: &[&Cell<'_>]) -> Option<Others> {
    if cells.iter().map(|cell| cell.members.len()).sum::<usize>() > MOST_MEMBERS {
        return None;
    }
    let hardware = total(cells);
    let mut added: BTreeMap<u32, (i128, i128)> = BTreeMap::new();
    let mut counted: BTreeSet<u32> = BTreeSet::new();
    for cell in cells {
        for member in cell.members.iter().filter(|member| member.partner != cell.partner) {
            let own = added.entry(member.partner).or_default();
            own.0 += i128::from(member.hardware.unsigned_abs()) * share(cell);
            own.1 += i128::from(member.services.unsigned_abs()) * share(cell);
            if member.hardware > 0 && is_heavy(cell, hardware) {
                counted.insert(member.partner);
            }
        }
    }
    let amounts = |get: fn(&(i128, i128)) -> i128| Amounts {
        total: added.values().map(get).sum(),
        largest: added.values().map(get).max().unwrap_or(0),
    };
    Some(Others { count: counted.len() as u32, hardware: amounts(|own| own.0), services: amounts(|own| own.1) })
}

fn total(cells: &[&Cell<'_>]) -> i128 {
    cells.iter().map(|cell| weight(cell)).sum()
}

/// Whether a cell has at least a tenth of a line's hardware.
fn is_heavy(cell: &Cell<'_>, hardware: i128) -> bool {
    10 * weight(cell) >= hardware
}

/// The share of the partner's hardware in the cell's market.
fn share(cell: &Cell<'_>) -> i128 {
    weight(cell) * SHARE_SCALE / i128::from(cell.market_hardware.unsigned_abs().max(1))
}

fn weight(cell: &Cell<'_>) -> i128 {
    i128::from(cell.hardware.unsigned_abs())
}

#[cfg(test)]
mod tests;
