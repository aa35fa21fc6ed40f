//! Simulated chances against chances worked out exactly.

use super::*;

const SETTINGS: Settings =
    Settings { near: 0.75, confidence: 0.95, sound_index: 1.0, poor_index: 0.6, replications: 20_000, seed: 7 };

/// Equal slices of one order each, with a chance of 1/(1 + κ) to sell.
fn partner(orders: u64, kappa: f64, share: f64) -> PartnerPlan {
    let slice = SlicePlan { family: 0, expected: 10.0, kappa, share };
    PartnerPlan { orders, slices: vec![slice; orders as usize] }
}

/// The chance of at most `most` successes in `trials`.
fn at_most(most: u32, trials: u32, chance: f64) -> f64 {
    let mut term = (1.0 - chance).powi(trials as i32);
    let mut sum = term;
    for successes in 1..=most {
        term *= f64::from(trials - successes + 1) / f64::from(successes) * chance / (1.0 - chance);
        sum += term;
    }
    sum
}

/// Asserts a share within four standard errors.
fn assert_share(count: u32, expected: f64) {
    let n = f64::from(SETTINGS.replications);
    let error = (expected * (1.0 - expected) / n).sqrt();
    let share = f64::from(count) / n;
    assert!((share - expected).abs() <= 4.0 * error + 1e-12, "{share} is not {expected} ± {error}");
}

#[test]
fn chances_are_those_of_the_binomial_distribution() {
    // 12 orders that sell with chance 0.3 at benchmark (κ = 7/3): E* = 12/κ = 5.14. The index is k/3.6, below 0.75 for k ≤ 2; its upper limit is
    // 3.689/5.14 = 0.717 for k = 0 and above the line for k = 1 (O* = 1.43, limit 1.2).
    let rows = calibrate(&[partner(12, 7.0 / 3.0, 0.0)], &SETTINGS);
    assert_eq!(rows.len(), 1);
    let row = rows[0];
    assert_eq!((row.from, row.to, row.partners, row.median_orders), (5.0, Some(10.0), 1, 12));
    assert_share(row.sound_below, at_most(2, 12, 0.3));
    assert_share(row.sound_below_conclusive, at_most(0, 12, 0.3));
    assert_share(row.poor_missed, 1.0 - at_most(2, 12, 0.18));
    assert_share(row.poor_missed_conclusive, 1.0 - at_most(0, 12, 0.18));
}

#[test]
fn a_partner_moves_the_rate_that_it_is_measured_by() {
    // As above, but the partner is half of its market: E = 36·(1/2 + k/7.2), so S/E < 0.75 where k/3.6 < 0.75·(0.5 + k/7.2), k < 2.16: the same k ≤ 2.
    // With a share of 0.8, k/3.6 < 0.75·(0.2 + 0.8k/3.6): k < 1.35, so k ≤ 1.
    let half = calibrate(&[partner(12, 7.0 / 3.0, 0.5)], &SETTINGS)[0];
    assert_share(half.sound_below, at_most(2, 12, 0.3));
    let most = calibrate(&[partner(12, 7.0 / 3.0, 0.8)], &SETTINGS)[0];
    assert_share(most.sound_below, at_most(1, 12, 0.3));
}

#[test]
fn partners_are_counted_by_effective_size_and_those_without_noise_or_expectation_are_left_out() {
    let partners = [
        partner(3, 7.0 / 3.0, 0.0),
        partner(6, 7.0 / 3.0, 0.0),
        partner(7, 7.0 / 3.0, 0.0),
        partner(9, 7.0 / 3.0, 0.0),
        partner(400, 2.0, 0.0),
        partner(4, 0.0, 0.0),
        PartnerPlan::default(),
    ];
    let rows = calibrate(&partners, &Settings { replications: 10, ..SETTINGS });
    let found: Vec<_> = rows.iter().map(|row| (row.from, row.to, row.partners, row.median_orders)).collect();
    assert_eq!(found, [(1.0, Some(2.0), 1, 3), (2.0, Some(5.0), 3, 7), (100.0, None, 1, 400)]);
}

#[test]
fn the_cost_of_a_partner_is_bounded() {
    let simulated = Simulated::of(&partner(3 * MAX_SLICES as u64 + 1, 1.0, 0.0)).expect("a partner");
    assert_eq!(simulated.slices.len(), (3 * MAX_SLICES + 1).div_ceil(4));
    assert!((simulated.effective_expected - simulated.slices.len() as f64).abs() < 1e-6);
}

#[test]
fn the_same_seed_gives_the_same_rows() {
    let partners = [partner(5, 2.0, 0.0), partner(30, 3.0, 0.1)];
    let settings = Settings { replications: 500, ..SETTINGS };
    assert_eq!(calibrate(&partners, &settings), calibrate(&partners, &settings));
    assert_ne!(calibrate(&partners, &settings), calibrate(&partners, &Settings { seed: 8, ..settings }));
}
