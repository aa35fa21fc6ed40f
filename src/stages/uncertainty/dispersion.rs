//! The market's dispersion: how far the services of an order are from what is expected of it, by family and size of the order.
//!
//! From a partner's own orders alone, one that sold nothing would show no noise at all; so the population's is used. An order is cut into slices by family;
//! the slices of a family are ranked by (expected, partner, order) and cut into tenths. `κ` of a tenth is the plain mean of `((s − e)/e)²` over its slices with
//! `e > 0`: each counts once, so that a few giant orders do not set it. A partner's variance is then `V = Σ κ e²` over its slices.
//!
//! The slices of a market may not fit into memory. They are read as a stream that can be read again: a few passes find where the tenths begin
//! ([`Ranking`]), one more sums ([`Ranked`]), and [`Dispersion`] then answers for any slice.

use std::collections::BTreeMap;

use super::deciles::{Key, MAX_COLLECTED, Selection, Step, Tally};

/// Bins by rank in each family.
pub const BINS: usize = 10;

/// The part of an order that is of one family.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Slice {
    /// The partner; with the order it breaks ties.
    pub partner: u32,
    /// The order, unique within the partner.
    pub order: u64,
    /// The product family.
    pub family: u16,
    /// Expected services of the slice's hardware, finite.
    pub expected: f64,
    /// Services attached to the slice's hardware, in the unit of `expected`, finite.
    pub services: f64,
}

/// The first phase: finds where the tenths of each family begin.
///
/// Each pass needs every slice of the population once, in any sequence: [`pass`](Self::pass), [`RankingPass::add`] (on several threads, then
/// [`RankingPass::merge`]), [`finish`](Self::finish), until that gives a [`Ranked`]. Two or three passes are usual, eleven the most (a market
/// whose slices all expect the same). Memory is bounded, however many slices there are: under 30 MB, and up to 5 MB per family and pass.
#[derive(Debug, Clone)]
pub struct Ranking {
    selection: Selection,
}

/// What one pass of a [`Ranking`] has seen.
#[derive(Debug, Clone)]
pub struct RankingPass {
    selection: Selection,
    tally: Tally,
}

/// What comes after a pass.
#[derive(Debug)]
pub enum Progress {
    /// The slices are needed once more.
    Again(Ranking),
    /// The tenths are known.
    Done(Ranked),
}

impl Default for Ranking {
    fn default() -> Self {
        Self::with_memory(MAX_COLLECTED)
    }
}

impl Ranking {
    /// A ranking that collects at most so many keys at a time.
    pub(super) fn with_memory(max_collected: u64) -> Self {
        Self { selection: Selection::new(max_collected) }
    }

    /// An empty pass.
    pub fn pass(&self) -> RankingPass {
        RankingPass { selection: self.selection.clone(), tally: Tally::default() }
    }

    /// Ends a pass that has seen every slice.
    pub fn finish(self, pass: RankingPass) -> Progress {
        match self.selection.finish(pass.tally) {
            Step::Again(selection) => Progress::Again(Self { selection }),
            Step::Found(families) => Progress::Done(Ranked {
                families: families.into_iter().map(|(family, (slices, starts))| (family, Family { slices, starts })).collect(),
            }),
        }
    }
}

impl RankingPass {
    /// Looks at one slice.
    pub fn add(&mut self, slice: &Slice) {
        self.selection.observe(&mut self.tally, slice);
    }

    /// Adds what the same pass has seen on another thread.
    pub fn merge(&mut self, other: Self) {
        self.tally.merge(other.tally);
    }
}

/// The tenths of every family.
#[derive(Debug, Clone)]
pub struct Ranked {
    families: BTreeMap<u16, Family>,
}

#[derive(Debug, Clone)]
struct Family {
    slices: u64,
    starts: [Option<Key>; BINS - 1],
}

impl Family {
    fn bin(&self, slice: &Slice) -> usize {
        let key = Key::of(slice);
        self.starts.iter().take_while(|start| start.is_some_and(|start| start <= key)).count()
    }
}

/// The second phase: sums by family and bin.
///
/// Sums are of floating-point numbers with their rounding errors carried along (Neumaier), so that another program's careful sum is the same to 1e-12; for the
/// same bytes every time, add the slices in the sequence (partner, order) and merge stretches in that sequence too.
#[derive(Debug, Clone, Default)]
pub struct DispersionSums {
    bins: BTreeMap<(u16, usize), BinSums>,
}

#[derive(Debug, Clone, Copy, Default)]
struct BinSums {
    slices: u64,
    counted: u64,
    squares: CarefulSum,
}

impl Ranked {
    /// The bin of a slice by its expected services in the pooled market, from 0. `None` where the population has no slice of the family.
    pub fn bin(&self, slice: &Slice) -> Option<usize> {
        self.families.get(&slice.family).map(|family| family.bin(slice))
    }

    /// Adds a slice of the population to the sums.
    pub fn add(&self, sums: &mut DispersionSums, slice: &Slice) {
        let Some(bin) = self.bin(slice) else { return };
        let sums = sums.bins.entry((slice.family, bin)).or_default();
        sums.slices += 1;
        if slice.expected > 0.0 {
            let deviation = (slice.services - slice.expected) / slice.expected;
            sums.counted += 1;
            sums.squares.add(deviation * deviation);
        }
    }

    /// Ends the second phase.
    pub fn finish(self, sums: &DispersionSums) -> Dispersion {
        let bins = self
            .families
            .keys()
            .flat_map(|family| (0..BINS).map(|bin| (*family, bin)))
            .map(|(family, bin)| {
                let sums = sums.bins.get(&(family, bin)).copied().unwrap_or_default();
                let kappa = (sums.counted > 0).then(|| sums.squares.total() / sums.counted as f64);
                DispersionBin { family, bin, slices: sums.slices, counted: sums.counted, kappa }
            })
            .collect();
        Dispersion { ranked: self, bins }
    }
}

impl DispersionSums {
    /// Adds the sums of the stretch of the stream that follows.
    pub fn merge(&mut self, other: &Self) {
        for (key, sums) in &other.bins {
            let own = self.bins.entry(*key).or_default();
            own.slices += sums.slices;
            own.counted += sums.counted;
            own.squares.merge(&sums.squares);
        }
    }
}

/// One tenth of a family's slices.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DispersionBin {
    /// The family.
    pub family: u16,
    /// The bin, 0 (the smallest orders) to 9.
    pub bin: usize,
    /// Slices of the population in it.
    pub slices: u64,
    /// Those of which anything is expected.
    pub counted: u64,
    /// The mean squared relative deviation; `None` without counted slices.
    pub kappa: Option<f64>,
}

/// The market's dispersion.
#[derive(Debug, Clone)]
pub struct Dispersion {
    ranked: Ranked,
    bins: Vec<DispersionBin>,
}

impl Dispersion {
    /// The dispersion of slices in memory, in the sequence (partner, order).
    pub fn of(slices: &[Slice]) -> Self {
        let mut ranking = Ranking::default();
        let ranked = loop {
            let mut pass = ranking.pass();
            slices.iter().for_each(|slice| pass.add(slice));
            match ranking.finish(pass) {
                Progress::Again(next) => ranking = next,
                Progress::Done(ranked) => break ranked,
            }
        };
        let mut sums = DispersionSums::default();
        slices.iter().for_each(|slice| ranked.add(&mut sums, slice));
        ranked.finish(&sums)
    }

    /// Every bin, by family and bin.
    pub fn bins(&self) -> &[DispersionBin] {
        &self.bins
    }

    /// Slices of the population in a family.
    pub fn slices(&self, family: u16) -> u64 {
        self.ranked.families.get(&family).map_or(0, |family| family.slices)
    }

    /// `κ` for a slice, found by its expected services in the pooled market; a partner's variance is `Σ κ e²`, with `e` at pooled or at leave-one-out rates.
    ///
    /// A bin of which nothing is expected takes the next larger bin's. 0 where there is none: nothing of the family is expected from anybody.
    pub fn kappa(&self, slice: &Slice) -> f64 {
        let Some(bin) = self.ranked.bin(slice) else { return 0.0 };
        let from = self.bins.partition_point(|other| (other.family, other.bin) < (slice.family, bin));
        self.bins[from..].iter().take_while(|other| other.family == slice.family).find_map(|other| other.kappa).unwrap_or(0.0)
    }
}

/// A sum that carries its rounding error along. Source: Neumaier, Zeitschrift für Angewandte Mathematik und Mechanik 54 (1974) 39.
#[derive(Debug, Clone, Copy, Default)]
struct CarefulSum {
    sum: f64,
    error: f64,
}

impl CarefulSum {
    fn add(&mut self, value: f64) {
        let sum = self.sum + value;
        self.error += if self.sum.abs() >= value.abs() { (self.sum - sum) + value } else { (value - sum) + self.sum };
        self.sum = sum;
    }

    fn merge(&mut self, other: &Self) {
        self.add(other.sum);
        self.error += other.error;
    }

    fn total(&self) -> f64 {
        self.sum + self.error
    }
}
