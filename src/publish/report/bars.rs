//! Bars: places in a view box, in integers.

/// Half the width of a diverging bar's view box; a plain bar's whole width is twice this.
pub const HALF: i64 = 100;

/// A bar from the middle: to the left what is missing, to the right what is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DivergingBar {
    /// Left edge.
    pub x: i64,
    /// Width.
    pub width: i64,
    /// Whether services are missing.
    pub is_short: bool,
}

/// The bar of a shortfall (positive: missing) among shortfalls of at most `largest` in absolute value.
pub fn diverging(shortfall: i64, largest: u64) -> DivergingBar {
    let width = length(shortfall.unsigned_abs(), largest, HALF);
    let is_short = shortfall > 0;
    DivergingBar { x: if is_short { HALF - width } else { HALF }, width, is_short }
}

/// Length of `value` where `largest` is `full` long; something is at least one pixel.
pub fn length(value: u64, largest: u64, full: i64) -> i64 {
    if value == 0 || largest == 0 {
        return 0;
    }
    let scaled = i128::from(value.min(largest)) * i128::from(full) / i128::from(largest);
    i64::try_from(scaled).unwrap_or(full).max(1)
}

/// A partner's index on a line from 0 to twice the upper threshold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gauge {
    /// Length of the bar.
    pub width: i64,
    /// Where the lower and the upper threshold stand.
    pub lines: [i64; 2],
    /// Where the value's text stands.
    pub text: i64,
}

/// Length of a gauge's line.
pub const GAUGE: i64 = 400;

/// The gauge of an index and two thresholds, all in ten-thousandths; none where the thresholds are not positive.
pub fn gauge(index: i128, near: i128, at: i128) -> Option<Gauge> {
    let end = u64::try_from(at).ok()?.checked_mul(2)?;
    let place = |value: i128| length(u64::try_from(value.max(0)).unwrap_or(u64::MAX), end, GAUGE);
    let width = place(index);
    (end > 0).then(|| Gauge { width, lines: [place(near), place(at)], text: width.clamp(16, GAUGE - 16) })
}

/// An interval with its index on a line from 0 to twice the upper threshold, in a view box of [`HALF`] × 2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntervalBar {
    /// Where the interval begins and ends.
    pub ends: [i64; 2],
    /// Where the index stands.
    pub dot: i64,
    /// Where the lower and the upper threshold stand.
    pub lines: [i64; 2],
    /// Whether the interval goes on beyond the line's end.
    pub is_cut: bool,
}

/// The bar of an interval, all in ten-thousandths; none where the thresholds are not positive.
pub fn interval(index: i128, ends: [i128; 2], near: i128, at: i128) -> Option<IntervalBar> {
    let end = at.checked_mul(2).filter(|end| *end > 0)?;
    let place = |value: i128| i64::try_from(value.clamp(0, end) * i128::from(2 * HALF) / end).unwrap_or(2 * HALF);
    Some(IntervalBar { ends: ends.map(place), dot: place(index), lines: [place(near), place(at)], is_cut: ends[1] > end })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortfalls_go_left_and_surpluses_right() {
        assert_eq!(diverging(50, 100), DivergingBar { x: 50, width: 50, is_short: true });
        assert_eq!(diverging(-100, 100), DivergingBar { x: 100, width: 100, is_short: false });
        assert_eq!(diverging(i64::MIN, 0), DivergingBar { x: 100, width: 0, is_short: false });
    }

    #[test]
    fn an_interval_is_cut_at_twice_the_upper_line() {
        let bar = interval(5_000, [2_500, 25_000], 7_500, 10_000);
        assert_eq!(bar, Some(IntervalBar { ends: [25, 200], dot: 50, lines: [75, 100], is_cut: true }));
        assert_eq!(interval(1, [0, 1], 1, 0), None);
    }

    #[test]
    fn a_gauge_ends_at_twice_the_upper_line() {
        assert_eq!(gauge(6_200, 7_500, 10_000), Some(Gauge { width: 124, lines: [150, 200], text: 124 }));
        assert_eq!(gauge(90_000, 7_500, 10_000).map(|gauge| gauge.width), Some(GAUGE));
        assert_eq!(gauge(1, 0, 0), None);
    }
}
