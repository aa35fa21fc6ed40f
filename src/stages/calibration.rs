//! Calibration: how often the policy calls a partner wrongly, by simulation on a run's own partners, mix and order sizes.
//!
//! A partner of the run is drawn, and each of its slices sells anew: all or nothing, with the chance and the worth that give the slice its expected
//! services and the market's dispersion, `E[s] = θ·e` and, at θ = 1, `Var[s] = κ·e²`. The partner is then judged as a run judges it. All others stay as they
//! are, so that the pooled rates move with the partner's own sales by its share of the market.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::uncertainty::intervals::EffectiveCounts;

/// Slices of a partner that are simulated at most. Of a partner with more, every so manyth is taken, and the partner counts by the size that these have.
pub const MAX_SLICES: usize = 5_000;

/// Where size classes begin, in effective expected counts.
const CLASS_STARTS: [f64; 8] = [0.0, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0];

/// A slice of an order as the simulation needs it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SlicePlan {
    /// The product family, whose rates move with the partner's own sales.
    pub family: u16,
    /// Expected services, above 0.
    pub expected: f64,
    /// The market's dispersion for slices of this family and size.
    pub kappa: f64,
    /// The partner's share of the hardware by which the slice's rate is made, 0 to 1.
    pub share: f64,
}

/// A partner of the run.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PartnerPlan {
    /// Its orders with hardware in the period.
    pub orders: u64,
    /// The slices of its orders of which services are expected, sorted by family.
    pub slices: Vec<SlicePlan>,
}

/// What is simulated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// The near line.
    pub near: f64,
    /// Confidence of the intervals.
    pub confidence: f64,
    /// The index of a partner that should not be called below, usually 1.
    pub sound_index: f64,
    /// The index of a partner that should be, usually 0.6.
    pub poor_index: f64,
    /// Simulated partners in each size class.
    pub replications: u32,
    /// Seed of the generator.
    pub seed: u64,
}

/// Wrong calls in one size class. Counts are out of `replications`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClassRow {
    /// Least effective expected count of the class.
    pub from: f64,
    /// Where the next class begins; none after the last.
    pub to: Option<f64>,
    /// Partners of the run in the class.
    pub partners: u64,
    /// The median of their orders (of an even number the lower one).
    pub median_orders: u64,
    /// Simulated partners.
    pub replications: u32,
    /// Of those that sell at the sound index, called below.
    pub sound_below: u32,
    /// … called below conclusively.
    pub sound_below_conclusive: u32,
    /// Of those that sell at the poor index, not called below.
    pub poor_missed: u32,
    /// … not called below conclusively.
    pub poor_missed_conclusive: u32,
}

/// Simulates every size class that has a partner. The same plans and settings give the same rows.
pub fn calibrate(partners: &[PartnerPlan], settings: &Settings) -> Vec<ClassRow> {
    let mut classes: Vec<Vec<Simulated>> = CLASS_STARTS.iter().map(|_| Vec::new()).collect();
    for partner in partners.iter().filter_map(Simulated::of) {
        let class = CLASS_STARTS.partition_point(|start| *start <= partner.effective_expected) - 1;
        classes[class].push(partner);
    }
    classes
        .par_iter()
        .enumerate()
        .filter(|(_, members)| !members.is_empty())
        .map(|(class, members)| {
            let mut rng = ChaCha8Rng::seed_from_u64(settings.seed);
            rng.set_stream(class as u64);
            simulate_class(class, members, settings, &mut rng)
        })
        .collect()
}

fn simulate_class(class: usize, members: &[Simulated], settings: &Settings, rng: &mut ChaCha8Rng) -> ClassRow {
    let mut orders: Vec<u64> = members.iter().map(|member| member.orders).collect();
    orders.sort_unstable();
    let mut row = ClassRow {
        from: CLASS_STARTS[class],
        to: CLASS_STARTS.get(class + 1).copied(),
        partners: members.len() as u64,
        median_orders: orders[(orders.len() - 1) / 2],
        replications: settings.replications,
        sound_below: 0,
        sound_below_conclusive: 0,
        poor_missed: 0,
        poor_missed_conclusive: 0,
    };
    for _ in 0..settings.replications {
        let partner = &members[rng.random_range(0..members.len())];
        let sound = partner.sell(settings.sound_index, settings, rng);
        let poor = partner.sell(settings.poor_index, settings, rng);
        row.sound_below += u32::from(sound.is_below);
        row.sound_below_conclusive += u32::from(sound.is_conclusive);
        row.poor_missed += u32::from(!poor.is_below);
        row.poor_missed_conclusive += u32::from(!poor.is_conclusive);
    }
    row
}

/// How a simulated partner is judged against the near line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Call {
    is_below: bool,
    /// Below, with both intervals below the line.
    is_conclusive: bool,
}

/// A partner with at most [`MAX_SLICES`] slices.
struct Simulated {
    orders: u64,
    slices: Vec<SlicePlan>,
    effective_expected: f64,
}

impl Simulated {
    /// `None` where nothing is expected or there is no noise, so that a run has no interval either.
    fn of(partner: &PartnerPlan) -> Option<Self> {
        let step = partner.slices.len().div_ceil(MAX_SLICES).max(1);
        let slices: Vec<SlicePlan> = partner.slices.iter().copied().step_by(step).filter(|slice| slice.expected > 0.0).collect();
        let (expected, variance) = slices.iter().fold((0.0, 0.0), |(expected, variance), slice| {
            (expected + slice.expected, variance + slice.kappa * slice.expected * slice.expected)
        });
        let counts = EffectiveCounts::new(expected, expected, variance)?;
        Some(Self { orders: partner.orders, slices, effective_expected: counts.expected })
    }

    /// Sells once at an index and judges.
    fn sell(&self, index: f64, settings: &Settings, rng: &mut ChaCha8Rng) -> Call {
        let mut sold = 0.0;
        // Sums at the others' rates, and at pooled rates, which the partner's own sales move.
        let (mut alone, mut pooled) = (Sums::default(), Sums::default());
        for family in self.slices.chunk_by(|left, right| left.family == right.family) {
            let (mut family_sold, mut family_expected) = (0.0, 0.0);
            for slice in family {
                // All or nothing: worth e·(1 + κ) with chance θ/(1 + κ), so the mean is θe and at θ = 1 the variance κe².
                let odds = 1.0 + slice.kappa;
                if rng.random_bool((index / odds).clamp(0.0, 1.0)) {
                    family_sold += slice.expected * odds;
                }
                family_expected += slice.expected;
            }
            let own_index = family_sold / family_expected;
            for slice in family {
                alone.add(slice.expected, slice.kappa);
                pooled.add(slice.expected * (1.0 - slice.share + slice.share * own_index), slice.kappa);
            }
            sold += family_sold;
        }
        let is_below = sold < settings.near * pooled.expected;
        let limit = |sums: Sums| {
            let counts = EffectiveCounts::new(sold, sums.expected, sums.variance);
            counts.map(|counts| counts.interval(settings.confidence).upper)
        };
        let lies_below = |sums| limit(sums).is_some_and(|upper| upper < settings.near);
        Call { is_below, is_conclusive: is_below && lies_below(pooled) && lies_below(alone) }
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    expected: f64,
    variance: f64,
}

impl Sums {
    fn add(&mut self, expected: f64, kappa: f64) {
        self.expected += expected;
        self.variance += kappa * expected * expected;
    }
}

#[cfg(test)]
mod tests;
