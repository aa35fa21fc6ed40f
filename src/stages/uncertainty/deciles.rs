//! Where the tenths of each family's slices begin, found exactly in bounded memory from a stream that can be read again.
//!
//! A slice's rank is that of its key (expected, partner, order): 160 bits whose order as a number is the order of the keys. Slice `rank` of `n` is in bin
//! `⌊10·rank/n⌋`, so bin `b` begins at rank `⌈b·n/10⌉`, and nine keys a family are to be selected. Each pass counts the next 16 bits of the keys that
//! share the bits found so far with a key sought (a radix selection). As soon as all such keys fit into the memory allowed, one pass collects and sorts
//! them. Counts add up, so the sequence of the slices does not matter.

use std::collections::BTreeMap;

use super::dispersion::{BINS, Slice};

/// Keys collected at most in one pass, of 24 bytes each, beside the counts.
pub(super) const MAX_COLLECTED: u64 = 1 << 20;

const DIGIT_BITS: u32 = 16;
const DIGITS: usize = 10;

/// A slice's place in the ranking of its family: bits of the expected services that sort as the numbers do, partner, order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    expected: u64,
    partner: u32,
    order: u64,
}

impl Key {
    pub(super) fn of(slice: &Slice) -> Self {
        // −0 is 0: adding 0 makes it so.
        let bits = (slice.expected + 0.0).to_bits();
        let sign = 1 << 63;
        let expected = if bits & sign == 0 { bits | sign } else { !bits };
        Self { expected, partner: slice.partner, order: slice.order }
    }

    /// The `place`th 16 bits, from the highest.
    fn digit(&self, place: usize) -> u16 {
        let of = |word: u64, digits: usize, place: usize| (word >> (DIGIT_BITS as usize * (digits - 1 - place))) as u16;
        match place {
            0..4 => of(self.expected, 4, place),
            4..6 => of(u64::from(self.partner), 2, place - 4),
            _ => of(self.order, 4, place - 6),
        }
    }
}

type Prefix = [u16; DIGITS];

/// The selection, between passes.
#[derive(Debug, Clone)]
pub(super) struct Selection {
    /// Digits found so far.
    depth: usize,
    /// Whether the next pass collects keys instead of counting digits.
    collects: bool,
    /// By family: what is sought. Empty before the first pass, in which every family is counted.
    sought: BTreeMap<u16, Family>,
    max_collected: u64,
}

/// What is sought in one family.
#[derive(Debug, Clone, Default)]
struct Family {
    /// Prefixes of the keys sought, sorted, with the ranks sought among the keys of the prefix.
    prefixes: Vec<(Prefix, Vec<Target>)>,
    slices: u64,
}

/// Bin `bin` begins at the key of rank `rank` among those that share the prefix.
#[derive(Debug, Clone, Copy)]
struct Target {
    bin: usize,
    rank: u64,
}

/// What one pass has seen of a stretch of the stream.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    families: BTreeMap<u16, Vec<Seen>>,
}

/// What was seen of the keys under one prefix.
#[derive(Debug, Clone)]
enum Seen {
    Counts(Vec<u64>),
    Keys(Vec<Key>),
}

impl Seen {
    fn counts() -> Self {
        Self::Counts(vec![0; 1 << DIGIT_BITS])
    }
}

/// The result of a pass.
pub(super) enum Step {
    /// Another pass is needed.
    Again(Selection),
    /// By family: slices, and where bins 1 to 9 begin (`None` where a bin begins behind the last slice).
    Found(BTreeMap<u16, (u64, [Option<Key>; BINS - 1])>),
}

impl Selection {
    pub(super) fn new(max_collected: u64) -> Self {
        Self { depth: 0, collects: false, sought: BTreeMap::new(), max_collected }
    }

    /// Looks at one slice.
    pub(super) fn observe(&self, tally: &mut Tally, slice: &Slice) {
        let key = Key::of(slice);
        if self.depth == 0 {
            let seen = tally.families.entry(slice.family).or_insert_with(|| vec![Seen::counts()]);
            seen[0].add(&key, 0);
            return;
        }
        let Some(family) = self.sought.get(&slice.family) else { return };
        let mut prefix = Prefix::default();
        for (place, digit) in prefix.iter_mut().enumerate().take(self.depth) {
            *digit = key.digit(place);
        }
        let Ok(index) = family.prefixes.binary_search_by(|(other, _)| other.cmp(&prefix)) else { return };
        let seen = tally.families.entry(slice.family).or_insert_with(|| {
            let empty = if self.collects { Seen::Keys(Vec::new()) } else { Seen::counts() };
            vec![empty; family.prefixes.len()]
        });
        seen[index].add(&key, self.depth);
    }

    /// Ends a pass over the whole stream.
    pub(super) fn finish(mut self, tally: Tally) -> Step {
        if self.collects {
            return Step::Found(self.found(tally));
        }
        if self.depth == 0 {
            self.sought = tally.families.iter().map(|(family, seen)| (*family, Family::of(seen[0].len()))).collect();
        }
        let mut left = 0;
        for (family, seen) in tally.families {
            let Some(sought) = self.sought.get_mut(&family) else { continue };
            left += sought.refine(&seen, self.depth);
        }
        self.depth += 1;
        // With every digit found, each prefix is one key (equal keys are one for the ranking), and collecting needs no room to speak of.
        self.collects = left <= self.max_collected || self.depth == DIGITS;
        Step::Again(self)
    }

    fn found(self, mut tally: Tally) -> BTreeMap<u16, (u64, [Option<Key>; BINS - 1])> {
        let mut found = BTreeMap::new();
        for (family, sought) in self.sought {
            let mut starts = [None; BINS - 1];
            let seen = tally.families.remove(&family).unwrap_or_default();
            for ((_, targets), seen) in sought.prefixes.iter().zip(seen) {
                let Seen::Keys(mut keys) = seen else { continue };
                keys.sort_unstable();
                for target in targets {
                    starts[target.bin - 1] = keys.get(target.rank as usize).copied();
                }
            }
            found.insert(family, (sought.slices, starts));
        }
        found
    }
}

impl Tally {
    /// Adds what a pass has seen elsewhere.
    pub(super) fn merge(&mut self, other: Self) {
        for (family, seen) in other.families {
            match self.families.get_mut(&family) {
                Some(own) => own.iter_mut().zip(seen).for_each(|(own, seen)| own.merge(seen)),
                None => {
                    self.families.insert(family, seen);
                }
            }
        }
    }
}

impl Seen {
    fn add(&mut self, key: &Key, depth: usize) {
        match self {
            Self::Counts(counts) => counts[usize::from(key.digit(depth))] += 1,
            Self::Keys(keys) => keys.push(*key),
        }
    }

    fn merge(&mut self, other: Self) {
        match (self, other) {
            (Self::Counts(own), Self::Counts(other)) => own.iter_mut().zip(other).for_each(|(own, other)| *own += other),
            (Self::Keys(own), Self::Keys(other)) => own.extend(other),
            (Self::Counts(_), Self::Keys(_)) | (Self::Keys(_), Self::Counts(_)) => {}
        }
    }

    fn len(&self) -> u64 {
        match self {
            Self::Counts(counts) => counts.iter().sum(),
            Self::Keys(keys) => keys.len() as u64,
        }
    }
}

impl Family {
    /// Every bin's start, sought among all slices.
    fn of(slices: u64) -> Self {
        let bins = BINS as u64;
        let targets = (1..BINS)
            .map(|bin| Target { bin, rank: (bin as u64 * slices).div_ceil(bins) })
            .filter(|target| target.rank < slices)
            .collect();
        Self { prefixes: vec![(Prefix::default(), targets)], slices }
    }

    /// Takes the next digit of each key sought from the counts, and returns how many keys share a prefix with one sought.
    fn refine(&mut self, seen: &[Seen], depth: usize) -> u64 {
        let mut refined: Vec<(Prefix, Vec<Target>)> = Vec::new();
        let mut left = 0;
        for ((prefix, targets), seen) in self.prefixes.iter().zip(seen) {
            let Seen::Counts(counts) = seen else { continue };
            let mut below = 0;
            let mut targets = targets.iter().peekable();
            for (digit, count) in (0u16..=u16::MAX).zip(counts) {
                let mut own = Vec::new();
                while let Some(target) = targets.next_if(|target| target.rank < below + count) {
                    own.push(Target { bin: target.bin, rank: target.rank - below });
                }
                if !own.is_empty() {
                    let mut prefix = *prefix;
                    prefix[depth] = digit;
                    refined.push((prefix, own));
                    left += count;
                }
                below += count;
            }
        }
        self.prefixes = refined;
        left
    }
}
