//! Figures from the literature and from well-known software.

use super::{assert_limits, is_close};
use crate::stages::uncertainty::by_order::linearised_index;
use crate::stages::uncertainty::funnel::{Limits, Overdispersion, exact_limits};
use crate::stages::uncertainty::intervals::{EffectiveCounts, normal_quantile, poisson_ratio, student_quantile, wilson};

#[test]
fn wilson_intervals_are_newcombes() {
    // Newcombe, Statistics in Medicine 17 (1998) 857, method 3.
    for (successes, trials, lower, upper) in [
        (81.0, 263.0, 0.2553, 0.3662),
        (15.0, 148.0, 0.0624, 0.1605),
        (0.0, 20.0, 0.0, 0.1611),
        (1.0, 29.0, 0.0061, 0.1718),
        (29.0, 29.0, 0.8830, 1.0),
    ] {
        assert_limits(wilson(successes / trials, trials, 0.95), (lower, upper), 5e-5);
    }
}

#[test]
fn wilson_intervals_are_those_of_public_health_england() {
    // Test data of the R package PHEindicatormethods (phe_proportion).
    assert_limits(wilson(0.65, 100.0, 0.95), (0.552544433, 0.736357518), 5e-10);
    // A number of trials that is not whole, by an evaluation of the formula with SciPy's normal quantile.
    assert_limits(wilson(3.5 / 12.25, 12.25, 0.95), (0.110_294_134_258_851, 0.563_445_825_647_808), 1e-14);
}

#[test]
fn a_share_without_trials_or_outside_0_and_1_has_no_wilson_interval() {
    for (share, trials) in [(0.5, 0.0), (0.5, -3.0), (1.01, 10.0), (-0.01, 10.0), (f64::NAN, 10.0), (0.5, f64::INFINITY)] {
        assert_eq!(wilson(share, trials, 0.95), None);
    }
}

#[test]
fn poisson_limits_are_garwoods() {
    // Garwood, Biometrika 28 (1936) 437: 95 % limits of the expectation of a count.
    for (observed, lower, upper) in [
        (0.0, 0.0, 3.69),
        (1.0, 0.0253, 5.57),
        (2.0, 0.242, 7.22),
        (3.0, 0.619, 8.77),
        (4.0, 1.09, 10.24),
        (5.0, 1.62, 11.67),
        (10.0, 4.80, 18.39),
    ] {
        assert_limits(Some(poisson_ratio(observed, 1.0, 0.95)), (lower, upper), 5e-3);
    }
}

#[test]
fn poisson_limit_factors_are_those_of_the_national_vital_statistics() {
    // National Center for Health Statistics, Deaths: Final Data, technical notes: 95 % factors for fewer than 100 events.
    for (observed, lower, upper) in
        [(1.0, 0.02532, 5.57164), (2.0, 0.12110, 3.61234), (3.0, 0.20622, 2.92242), (10.0, 0.47954, 1.83904)]
    {
        assert_limits(Some(poisson_ratio(observed, observed, 0.95)), (lower, upper), 5e-6);
    }
}

#[test]
fn a_poisson_rate_has_the_limits_of_statsmodels() {
    // Test data of statsmodels (confint_poisson, exact-c) and PHEindicatormethods; the last digits are cut there, not rounded.
    assert_limits(Some(poisson_ratio(15.0, 400.0, 0.95)), (0.0209884653, 0.0618505471), 1e-10);
}

#[test]
fn limits_of_counts_that_are_not_whole_are_scipys() {
    // SciPy 1.17: gammaincinv(O, 0.025), gammainccinv(O + 1, 0.025), gammaincinv(O, 0.001).
    for (observed, lower, upper, lowest) in [
        (1e-4, 0.0, 3.6890897951915758, 0.0),
        (0.01, 3.5226859973137185e-161, 3.7098800723067002, 5.660738147062265e-301),
        (0.3, 3.1856790317391693e-06, 4.29377711086358, 6.972699096783344e-11),
        (0.5, 0.0004910345585876278, 4.674201802248073, 7.853985746312461e-07),
        (0.9, 0.016024295602570113, 5.3971200867638265, 0.0004445866775525495),
        (1.0, 0.025317807984289876, 5.571643390938898, 0.001000500333583534),
        (1.5, 0.10789764131194893, 6.416250997015015, 0.012148792907846366),
        (10.7, 5.280909815028726, 19.295879590880872, 3.329977054584218),
        (50.0, 37.110963737461866, 65.91876666433681, 30.95896960346831),
        (123.4, 102.58968615751184, 147.1916199650194, 91.89871171080024),
        (1e3, 938.9730184076952, 1063.952136016302, 905.1207909349766),
        (1e5, 99381.15266374472, 100621.74473974388, 99025.63189050092),
        (1e8, 99980401.30732474, 100019601.58707914, 99969100.52676167),
    ] {
        let (wide, wider) = (poisson_ratio(observed, 1.0, 0.95), poisson_ratio(observed, 1.0, 0.998));
        assert!((wide.lower - lower).abs() <= 1e-10 * lower, "{observed}: {} is not {lower}", wide.lower);
        assert!((wide.upper - upper).abs() <= 1e-10 * upper, "{observed}: {} is not {upper}", wide.upper);
        assert!((wider.lower - lowest).abs() <= 1e-10 * lowest, "{observed}: {} is not {lowest}", wider.lower);
    }
}

#[test]
fn funnel_limits_are_those_of_funnel_plot_r() {
    // Tests of the R package FunnelPlotR (poisson_limits).
    for (expected, narrow, wide) in [
        (15.0, (0.5596924, 1.649348), (0.3862650, 2.082907)),
        (20.0, (0.6108260, 1.544419), (0.4479107, 1.902094)),
        (30.0, (0.6746958, 1.427562), (0.5289724, 1.702771)),
    ] {
        assert_limits(exact_limits(expected, 0.95), narrow, 5e-7);
        assert_limits(exact_limits(expected, 0.998), wide, 5e-7);
    }
}

/// Limits at E* = 20 by FunnelPlotR: 0.4479 and 0.6108 below, 1.5444 and 1.9021 above. Without spread the square-root limits at 95 % are
/// (1 ∓ 1.959964/(2√20))², 0.609757 and 1.486280.
#[test]
fn a_partner_stands_within_or_outside_the_limits() {
    let spread = Overdispersion { partners: 0, phi: 0.0, tau_squared: 0.0 };
    let limits = Limits::at(20.0, 0.95, &spread).expect("limits");
    let codes = [0.44, 0.45, 0.61, 0.62, 1.54, 1.55, 1.90, 1.91].map(|index| limits.position(index).code());
    assert_eq!(codes, ["outer_below", "below", "below", "within", "within", "above", "above", "outer_above"]);
    assert_limits(Some(limits.spread), (0.609757, 1.486280), 5e-6);
    assert_eq!(Limits::at(0.0, 0.95, &spread), None);
}

#[test]
fn quantiles_are_those_of_the_tables() {
    // Fisher and Yates, Statistical Tables (1938); the digits beyond by SciPy 1.17.
    assert!(is_close(normal_quantile(0.95), 1.959963984540054, 1e-14));
    assert!(is_close(normal_quantile(0.998), 3.090232306167813, 1e-14));
    for (degrees, quantile) in [
        (1, 12.706204736174694),
        (2, 4.302652729749462),
        (9, 2.262157162798205),
        (30, 2.0422724563012378),
        (120, 1.9799304050824402),
        (100_000, 1.9599877075346095),
    ] {
        assert!(is_close(student_quantile(degrees, 0.95), quantile, 1e-10), "{degrees}: {}", student_quantile(degrees, 0.95));
    }
}

#[test]
fn the_worked_case_has_its_effective_counts_and_limits() {
    // By hand: O* = 45·60/900 = 3, E* = 60²/900 = 4; limits Garwood's 0.6186721 and 8.767273 over 4.
    let counts = EffectiveCounts::new(45.0, 60.0, 900.0).expect("counts");
    assert_eq!((counts.observed, counts.expected), (3.0, 4.0));
    assert_limits(Some(counts.interval(0.95)), (0.154668, 2.191818), 5e-7);
}

#[test]
fn without_noise_or_expectation_there_are_no_effective_counts() {
    for (services, expected, variance) in
        [(5.0, 10.0, 0.0), (5.0, 0.0, 3.0), (5.0, -2.0, 3.0), (5.0, 1e-200, 3.0), (0.0, f64::NAN, 1.0)]
    {
        assert_eq!(EffectiveCounts::new(services, expected, variance), None);
    }
    let below_zero = EffectiveCounts::new(-5.0, 10.0, 20.0).expect("counts");
    assert_eq!(below_zero.observed, 0.0);
    // 0 services: the upper limit is −ln(α/2)/E*.
    let interval = below_zero.interval(0.95);
    assert_eq!(interval.lower, 0.0);
    assert!(is_close(interval.upper, -(0.025f64.ln()) / 5.0, 1e-12));
}

#[test]
fn the_diagnostic_of_the_worked_case_is_cut_at_0() {
    // By hand: PRI 0.75, Σd² = 162.5, standard error √(3/2·162.5)/60 = 0.260208, t(2) = 4.302653.
    let orders = [(5.0, 10.0), (25.0, 20.0), (15.0, 30.0)];
    let interval = linearised_index(orders.iter().copied(), 0.95).expect("an interval");
    assert_eq!(interval.lower, 0.0);
    assert!((interval.upper - 1.8696).abs() < 5e-5);
    assert!(((interval.upper - 0.75) / 4.302653 - 0.260208).abs() < 5e-7);
}

#[test]
fn one_order_or_no_expectation_has_no_diagnostic() {
    assert_eq!(linearised_index([(5.0, 10.0)].into_iter(), 0.95), None);
    assert_eq!(linearised_index([(5.0, 10.0), (1.0, -10.0)].into_iter(), 0.95), None);
}

#[test]
fn overdispersion_is_that_of_the_formulas() {
    // The formulas of Spiegelhalter (2005) evaluated with NumPy 2.4, of partners with E* from 5 (the last has less and is left out).
    let counts: Vec<EffectiveCounts> = [
        (2.0, 6.0),
        (3.0, 5.0),
        (5.0, 5.5),
        (7.0, 8.0),
        (9.0, 10.0),
        (12.0, 9.0),
        (20.0, 15.0),
        (33.0, 20.0),
        (41.0, 52.0),
        (60.0, 40.0),
        (4.0, 4.9),
    ]
    .into_iter()
    .map(|(observed, expected)| EffectiveCounts { observed, expected })
    .collect();
    let found = Overdispersion::estimate(&counts);
    assert_eq!(found.partners, 10);
    assert!(is_close(found.phi, 2.2076816520907014, 1e-13));
    assert!(is_close(found.tau_squared, 0.02341521966829076, 1e-13));
    for (expected, lower, upper) in [
        (1.0, 0.0, 4.100009194317119),
        (5.0, 0.21990753202234592, 2.3441355543135587),
        (20.0, 0.3950890886555032, 1.8808445861283423),
        (100.0, 0.4685142180490398, 1.730590280320923),
    ] {
        assert_limits(found.limits(expected, 0.95), (lower, upper), 1e-12);
    }
}

#[test]
fn partners_that_differ_by_chance_alone_show_no_overdispersion() {
    let counts: Vec<EffectiveCounts> =
        (0..50).map(|place| EffectiveCounts { observed: 30.0 + f64::from(place % 3), expected: 31.0 }).collect();
    let found = Overdispersion::estimate(&counts);
    assert_eq!(found.tau_squared, 0.0);
    assert!(found.phi < 1.0);
    // Without over-dispersion the limits are those of the square-root scale: (1 ± z/(2√E*))².
    let half = 1.959963984540054 / (2.0 * 16.0f64.sqrt());
    assert_limits(found.limits(16.0, 0.95), ((1.0 - half) * (1.0 - half), (1.0 + half) * (1.0 + half)), 1e-12);
    assert_eq!(Overdispersion::estimate(&counts[..1]).tau_squared, 0.0);
    assert_eq!(found.limits(0.0, 0.95), None);
    assert_eq!(exact_limits(0.0, 0.95), None);
}
