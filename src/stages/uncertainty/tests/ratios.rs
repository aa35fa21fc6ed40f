//! Sums by order against the formulas written out over the orders themselves.

use proptest::prelude::*;

use super::is_close;
use crate::stages::uncertainty::by_order::{OrderSums, linearised_index};
use crate::stages::uncertainty::intervals::{student_quantile, wilson};

fn sums_of(orders: &[(i64, i64)]) -> OrderSums {
    orders.iter().fold(OrderSums::default(), |mut sums, (hardware, services)| {
        sums.add(*hardware, *services);
        sums
    })
}

#[test]
fn the_rate_of_three_orders_by_hand() {
    // ρ = 45/60 = 0.75, d = −2.5, 10, −7.5, Σd² = 162.5: the worked case of the diagnostic with hardware in place of the expected.
    let interval = sums_of(&[(10, 5), (20, 25), (30, 15)]).linearised_rate(0.95).expect("an interval");
    assert_eq!(interval.lower, 0.0);
    assert!((interval.upper - 1.8696).abs() < 5e-5);
}

#[test]
fn orders_that_attach_all_or_none_count_as_one_decision_each() {
    // Twenty orders of 10 units, half of them wholly covered: p = 0.5, variance 20/19·(20·25)/200², against 0.25/200 of independent units.
    let orders: Vec<(i64, i64)> = (0..20).map(|order| (10, if order % 2 == 0 { 10 } else { 0 })).collect();
    let effect = sums_of(&orders).design_effect().expect("an effect");
    assert!(is_close(effect, 200.0 / 19.0, 1e-12));
    assert_eq!(sums_of(&orders).wilson_rate(0.95), wilson(0.5, 200.0 / effect, 0.95));
}

#[test]
fn orders_too_alike_never_count_for_more_than_their_units() {
    let orders = [(10, 5); 8];
    assert_eq!(sums_of(&orders).design_effect(), Some(1.0));
}

#[test]
fn orders_that_show_nothing_of_how_alike_their_units_are_count_as_wholly_alike() {
    // Nothing attached, or a single order: Σh²/H = (100 + 400)/30, and 12.
    assert!(is_close(sums_of(&[(10, 0), (20, 0)]).design_effect().expect("an effect"), 500.0 / 30.0, 1e-15));
    assert_eq!(sums_of(&[(12, 3)]).design_effect(), Some(12.0));
    assert_eq!(sums_of(&[(12, 3)]).wilson_rate(0.95), wilson(0.25, 1.0, 0.95));
}

#[test]
fn a_cell_without_hardware_or_with_more_services_than_hardware_has_no_wilson_interval() {
    assert_eq!(sums_of(&[]).wilson_rate(0.95), None);
    assert_eq!(sums_of(&[(3, 0), (-3, 0)]).wilson_rate(0.95), None);
    assert_eq!(sums_of(&[(3, 2), (3, 5)]).wilson_rate(0.95), None);
    assert_eq!(sums_of(&[(3, 0), (3, -1)]).wilson_rate(0.95), None);
    assert_eq!(sums_of(&[(3, 0), (-3, 0)]).linearised_rate(0.95), None);
    assert_eq!(sums_of(&[(3, 1)]).linearised_rate(0.95), None);
}

proptest! {
    #[test]
    fn sums_give_what_the_orders_give(orders in prop::collection::vec((-50i64..100_000, -2_000i64..50_000), 2..40), cut in 0usize..40) {
        let hardware: i64 = orders.iter().map(|order| order.0).sum();
        prop_assume!(hardware > 0);
        let cut = cut.min(orders.len());
        let mut sums = sums_of(&orders[cut..]);
        sums.merge(&sums_of(&orders[..cut]));
        prop_assert_eq!(sums, sums_of(&orders));
        let found = sums.linearised_rate(0.95).expect("an interval");

        let (m, h) = (orders.len() as f64, hardware as f64);
        let rate = orders.iter().map(|order| order.1).sum::<i64>() as f64 / h;
        let squares: f64 = orders.iter().map(|(h, s)| (*s as f64 - rate * *h as f64).powi(2)).sum();
        let half = student_quantile(orders.len() as u64 - 1, 0.95) * (m / (m - 1.0) * squares).sqrt() / h;
        // The sums cancel where the orders are nearly proportional, so the tolerance is of the size of what is summed.
        let scale = 1e-6 * (1.0 + rate.abs());
        prop_assert!((found.upper - (rate + half).max(0.0)).abs() <= scale);
        prop_assert!((found.lower - (rate - half).max(0.0)).abs() <= scale);
        let same = linearised_index(orders.iter().map(|(h, s)| (*s as f64, *h as f64)), 0.95).expect("an interval");
        prop_assert!((found.upper - same.upper).abs() <= scale && (found.lower - same.lower).abs() <= scale);
    }
}
