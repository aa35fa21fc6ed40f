//! Published figures, with their sources, and comparisons with a plain second computation.

mod dispersion;
mod published;
mod ratios;

use super::intervals::Interval;

/// Whether two numbers are the same to a relative (near 0: absolute) tolerance.
fn is_close(found: f64, expected: f64, tolerance: f64) -> bool {
    (found - expected).abs() <= tolerance * expected.abs().max(tolerance)
}

/// Asserts that the limits are the expected ones, each within half a unit of its last published digit.
fn assert_limits(found: Option<Interval>, expected: (f64, f64), half_unit: f64) {
    let found = found.expect("an interval");
    let is_near = |found: f64, expected: f64| (found - expected).abs() <= half_unit;
    assert!(is_near(found.lower, expected.0) && is_near(found.upper, expected.1), "{found:?} is not {expected:?}");
}
