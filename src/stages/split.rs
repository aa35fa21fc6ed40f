//! Splitting an integer in proportion to weights, so that the parts sum to it exactly.

/// Splits an amount by units over shares, to the cent (DESIGN part 4): floors of the absolute amount, missing cents to the largest
/// remainders, ties to the earlier share. The parts sum to `amount`. Where all weights are zero, every part is zero.
///
/// Weights must not be negative.
pub fn by_units(amount: i64, weights: &[i64]) -> Vec<i64> {
    let total: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
    if total == 0 {
        return vec![0; weights.len()];
    }
    let absolute = i128::from(amount.unsigned_abs());
    let mut parts: Vec<i128> = weights.iter().map(|weight| absolute * i128::from(*weight) / total).collect();
    let mut missing = absolute - parts.iter().sum::<i128>();
    if missing > 0 {
        let mut order: Vec<usize> = (0..weights.len()).collect();
        order.sort_by_key(|&share| (-(absolute * i128::from(weights[share]) % total), share));
        for share in order {
            if missing == 0 {
                break;
            }
            parts[share] += 1;
            missing -= 1;
        }
    }
    parts.into_iter().map(|part| if amount < 0 { -part as i64 } else { part as i64 }).collect()
}

/// Publishes exact shares `weight × numerator ÷ denominator` as integers that sum to `total` (DESIGN part 5): floors, also below zero, and
/// what is missing to the largest remainders, ties to the earlier share. `denominator` must be positive; weights may be negative.
///
/// Shape: one integer per weight. Where `total` is not between the sum of the floors and that plus one each, what is missing goes round
/// the shares again, so the sum always holds.
pub fn by_largest_remainder(weights: &[i64], numerator: i64, denominator: i64, total: i64) -> Vec<i64> {
    let denominator = i128::from(denominator);
    let products: Vec<i128> = weights.iter().map(|weight| i128::from(*weight) * i128::from(numerator)).collect();
    let mut parts: Vec<i128> = products.iter().map(|product| product.div_euclid(denominator)).collect();
    let missing = i128::from(total) - parts.iter().sum::<i128>();
    if missing != 0 && !parts.is_empty() {
        let mut order: Vec<usize> = (0..parts.len()).collect();
        order.sort_by_key(|&share| (-products[share].rem_euclid(denominator), share));
        let (each, rest) = (missing.div_euclid(parts.len() as i128), missing.rem_euclid(parts.len() as i128) as usize);
        for (rank, share) in order.into_iter().enumerate() {
            parts[share] += each + i128::from(rank < rest);
        }
    }
    parts.into_iter().map(|part| part as i64).collect()
}

/// `value × numerator ÷ denominator`, rounded half to even. `denominator` must be positive.
pub fn scale_half_even(value: i64, numerator: i64, denominator: i64) -> i128 {
    let denominator = i128::from(denominator);
    let product = i128::from(value) * i128::from(numerator);
    let (floor, rest) = (product.div_euclid(denominator), product.rem_euclid(denominator));
    match (2 * rest).cmp(&denominator) {
        std::cmp::Ordering::Less => floor,
        std::cmp::Ordering::Greater => floor + 1,
        std::cmp::Ordering::Equal => floor + (floor & 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn cents_go_to_the_largest_remainders_then_to_the_earlier() {
        assert_eq!(by_units(300, &[2, 1]), [200, 100]);
        assert_eq!(by_units(100, &[1, 1, 1]), [34, 33, 33]);
        assert_eq!(by_units(-100, &[1, 1, 1]), [-34, -33, -33]);
        // 10 / 7: 1.43, 4.29, 4.29 leave one cent, to the largest remainder 0.43.
        assert_eq!(by_units(10, &[1, 3, 3]), [2, 4, 4]);
        assert_eq!(by_units(5, &[0, 0]), [0, 0]);
        // -1.5 and 2.5 of a total of 1: floors -2 and 2, the missing one to the earlier of equal remainders.
        assert_eq!(by_largest_remainder(&[-3, 5], 1, 2, 1), [-1, 2]);
        assert_eq!(scale_half_even(5, 1, 2), 2);
        assert_eq!(scale_half_even(7, 1, 2), 4);
        assert_eq!(scale_half_even(-5, 1, 2), -2);
    }

    proptest! {
        #[test]
        fn splits_conserve_and_stay_within_one(amount in -1_000_000i64..1_000_000, weights in prop::collection::vec(0i64..500, 1..8)) {
            let parts = by_units(amount, &weights);
            let total: i64 = weights.iter().sum();
            if total > 0 {
                prop_assert_eq!(parts.iter().sum::<i64>(), amount);
                for (part, weight) in parts.iter().zip(&weights) {
                    prop_assert!((part * total - amount * weight).abs() < total);
                }
            }
        }

        #[test]
        fn expected_shares_sum_to_the_cell(weights in prop::collection::vec(-1000i64..100_000, 1..12), services in 0i64..1_000_000) {
            let hardware: i64 = weights.iter().sum();
            prop_assume!(hardware > 0);
            let parts = by_largest_remainder(&weights, services, hardware, services);
            prop_assert_eq!(parts.iter().sum::<i64>(), services);
            for (part, weight) in parts.iter().zip(&weights) {
                prop_assert!((part * hardware - weight * services).abs() < hardware);
            }
        }
    }
}
