//! Ranks and κ against a plain sort in memory.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::is_close;
use crate::stages::uncertainty::dispersion::{Dispersion, DispersionSums, Progress, Ranked, Ranking, Slice};

/// Slices with many equal and some negative or zero expected services, sorted by (partner, order) as a run gives them.
fn slices() -> impl Strategy<Value = Vec<Slice>> {
    let expected = prop_oneof![
        3 => (-3i32..12).prop_map(f64::from),
        1 => Just(-0.0),
        1 => Just(0.0),
        2 => 0.001..1e9f64,
        1 => -1e3..0.0f64,
        1 => Just(1e-6),
    ];
    let slice = (0u32..4, prop_oneof![0u64..300, any::<u64>()], 0u16..3, expected, 0.0..20.0f64);
    prop::collection::vec(slice, 0..200).prop_map(|rows| {
        let unique: BTreeMap<(u32, u64, u16), (f64, f64)> = rows
            .into_iter()
            .map(|(partner, order, family, expected, services)| ((partner, order, family), (expected, services)))
            .collect();
        unique
            .into_iter()
            .map(|((partner, order, family), (expected, services))| Slice { partner, order, family, expected, services })
            .collect()
    })
}

/// Each slice's bin by a sort of its family.
fn bins_by_sort(slices: &[Slice]) -> Vec<usize> {
    let mut bins = vec![0; slices.len()];
    for family in 0..3 {
        let mut places: Vec<usize> = (0..slices.len()).filter(|place| slices[*place].family == family).collect();
        places.sort_by(|left, right| {
            let (left, right) = (&slices[*left], &slices[*right]);
            left.expected
                .partial_cmp(&right.expected)
                .expect("numbers")
                .then((left.partner, left.order).cmp(&(right.partner, right.order)))
        });
        for (rank, place) in places.iter().enumerate() {
            bins[*place] = 10 * rank / places.len();
        }
    }
    bins
}

/// Ranks with little memory, each pass cut in two that are merged in the wrong sequence. Also gives the number of passes.
fn rank(slices: &[Slice], memory: u64, cut: usize) -> (Ranked, usize) {
    let mut ranking = Ranking::with_memory(memory);
    let (first, last) = slices.split_at(cut.min(slices.len()));
    for passes in 1.. {
        let (mut pass, mut other) = (ranking.pass(), ranking.pass());
        first.iter().for_each(|slice| other.add(slice));
        last.iter().for_each(|slice| pass.add(slice));
        pass.merge(other);
        match ranking.finish(pass) {
            Progress::Again(next) => ranking = next,
            Progress::Done(ranked) => return (ranked, passes),
        }
    }
    unreachable!("the loop ends by returning")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn tenths_are_those_of_a_sort(slices in slices(), memory in prop_oneof![Just(0u64), 1u64..20, Just(1_000)], cut in 0usize..200) {
        let (ranked, passes) = rank(&slices, memory, cut);
        prop_assert!(passes <= 11);
        let found: Vec<usize> = slices.iter().map(|slice| ranked.bin(slice).expect("a family")).collect();
        prop_assert_eq!(found, bins_by_sort(&slices));
    }

    #[test]
    fn kappa_is_the_plain_mean_over_the_slices_of_a_tenth(slices in slices()) {
        let dispersion = Dispersion::of(&slices);
        let bins = bins_by_sort(&slices);
        for bin in dispersion.bins() {
            let own = || slices.iter().zip(&bins).filter(|(slice, place)| slice.family == bin.family && **place == bin.bin);
            let terms: Vec<f64> = own()
                .filter(|(slice, _)| slice.expected > 0.0)
                .map(|(slice, _)| ((slice.services - slice.expected) / slice.expected).powi(2))
                .collect();
            prop_assert_eq!(bin.slices, own().count() as u64);
            prop_assert_eq!(bin.counted, terms.len() as u64);
            match bin.kappa {
                None => prop_assert!(terms.is_empty()),
                Some(kappa) => prop_assert!(is_close(kappa, terms.iter().sum::<f64>() / terms.len() as f64, 1e-12)),
            }
        }
        prop_assert_eq!(dispersion.bins().iter().map(|bin| bin.slices).sum::<u64>(), slices.len() as u64);
    }

    #[test]
    fn sums_of_stretches_are_those_of_the_whole(slices in slices(), cut in 0usize..200) {
        let (ranked, _) = rank(&slices, 1_000, 0);
        let sums_of = |slices: &[Slice]| slices.iter().fold(DispersionSums::default(), |mut sums, slice| {
            ranked.add(&mut sums, slice);
            sums
        });
        let (first, last) = slices.split_at(cut.min(slices.len()));
        let mut merged = sums_of(first);
        merged.merge(&sums_of(last));
        let (merged, whole) = (ranked.clone().finish(&merged), ranked.clone().finish(&sums_of(&slices)));
        for (merged, whole) in merged.bins().iter().zip(whole.bins()) {
            prop_assert_eq!((merged.slices, merged.counted), (whole.slices, whole.counted));
            prop_assert!(is_close(merged.kappa.unwrap_or(0.0), whole.kappa.unwrap_or(0.0), 1e-14));
        }
    }
}

fn slice(order: u64, expected: f64, services: f64) -> Slice {
    Slice { partner: 7, order, family: 1, expected, services }
}

#[test]
fn tenths_of_a_small_family_by_hand() {
    // n = 3: ranks 0, 1, 2 are in bins ⌊0⌋, ⌊10/3⌋ = 3, ⌊20/3⌋ = 6.
    let slices = [slice(1, 4.0, 0.0), slice(2, 2.0, 3.0), slice(3, 4.0, 6.0)];
    let dispersion = Dispersion::of(&slices);
    let known: Vec<(usize, Option<f64>)> =
        dispersion.bins().iter().filter(|bin| bin.slices > 0).map(|bin| (bin.bin, bin.kappa)).collect();
    // Order 2: ((3 − 2)/2)²; then the tie by order: 1 is ((0 − 4)/4)², 3 is ((6 − 4)/4)².
    assert_eq!(known, [(0, Some(0.25)), (3, Some(1.0)), (6, Some(0.25))]);
    assert_eq!(dispersion.slices(1), 3);
    assert_eq!(slices.map(|slice| dispersion.kappa(&slice)), [1.0, 0.25, 0.25]);
}

#[test]
fn a_bin_of_which_nothing_is_expected_takes_the_next_larger_one() {
    let slices = [slice(1, -1.0, 0.0), slice(2, 0.0, 0.0), slice(3, 5.0, 15.0)];
    let dispersion = Dispersion::of(&slices);
    assert_eq!(slices.map(|slice| dispersion.kappa(&slice)), [4.0, 4.0, 4.0]);
    let elsewhere = Slice { family: 9, ..slices[2] };
    assert_eq!(dispersion.kappa(&elsewhere), 0.0);
    assert_eq!(Dispersion::of(&slices[..2]).kappa(&slices[0]), 0.0);
}

#[test]
fn a_market_whose_slices_all_expect_the_same_is_ranked_by_partner_and_order_in_little_memory() {
    let slices: Vec<Slice> = (0..5_000u32)
        .map(|place| Slice { partner: place / 50, order: u64::from(place), family: 0, expected: 2.5, services: 1.0 })
        .collect();
    let (ranked, passes) = rank(&slices, 10, 100);
    assert!(passes <= 11);
    for (place, slice) in slices.iter().enumerate() {
        assert_eq!(ranked.bin(slice), Some(place / 500));
    }
}
