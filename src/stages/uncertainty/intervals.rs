//! Intervals by exact distributions: the effective-count interval of an index, and Wilson's of a share.
//!
//! Quantiles come from `spec_math`, a port of the Cephes routines that SciPy uses: over 42,000 shapes from 1e-6 to 1e10 and tails from 0.0005 to 0.5 its
//! gamma quantiles are SciPy's to the last bit.

use spec_math::cephes64::{igamci, igami, ndtri, stdtri};

/// A two-sided interval; `lower` ≤ `upper`, in the unit of what it bounds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The lower limit.
    pub lower: f64,
    /// The upper limit.
    pub upper: f64,
}

/// Observed and expected services as counts of independent decisions: `O* = S·E/V`, `E* = E²/V`, where `V` is the variance of `S` by the market's
/// dispersion. `O*/E*` is the index, and a Poisson count with mean `E*` has the index's relative variance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EffectiveCounts {
    /// `O*`, cut at 0.
    pub observed: f64,
    /// `E*`, above 0.
    pub expected: f64,
}

impl EffectiveCounts {
    /// The counts of a partner, or `None` where there is no interval: nothing is expected, or the market shows no noise (`variance` 0).
    ///
    /// `services` and `expected` in any one unit, `variance` in its square.
    pub fn new(services: f64, expected: f64, variance: f64) -> Option<Self> {
        let counts = Self { observed: (services * expected / variance).max(0.0), expected: expected * expected / variance };
        let is_known = expected > 0.0 && variance > 0.0 && counts.observed.is_finite() && counts.expected.is_finite();
        (is_known && counts.expected > 0.0).then_some(counts)
    }

    /// The interval of the index that decides whether its verdict is conclusive.
    pub fn interval(&self, confidence: f64) -> Interval {
        poisson_ratio(self.observed, self.expected, confidence)
    }
}

/// Exact limits of a Poisson count over its expectation: `χ²(α/2; 2O)/(2E)` and `χ²(1−α/2; 2O+2)/(2E)`, `α = 1 − confidence`.
///
/// By the gamma distribution, so that `observed` (≥ 0) need not be whole; `expected` is above 0. Source: Garwood, Biometrika 28 (1936) 437; Ulm,
/// American Journal of Epidemiology 131 (1990) 373.
pub fn poisson_ratio(observed: f64, expected: f64, confidence: f64) -> Interval {
    let tail = (1.0 - confidence) / 2.0;
    let lower = if observed > 0.0 { igami(observed, tail) } else { 0.0 };
    Interval { lower: lower / expected, upper: igamci(observed + 1.0, tail) / expected }
}

/// Wilson's interval of a share of `trials`, which need not be whole (a sample size divided by its design effect). `None` unless `trials` is above 0 and
/// the share within 0 and 1.
///
/// Source: Wilson, Journal of the American Statistical Association 22 (1927) 209.
pub fn wilson(share: f64, trials: f64, confidence: f64) -> Option<Interval> {
    if !(trials > 0.0 && trials.is_finite() && (0.0..=1.0).contains(&share)) {
        return None;
    }
    let z = normal_quantile(confidence);
    let weight = z * z / trials;
    let half = z * (share * (1.0 - share) / trials + weight / (4.0 * trials)).sqrt();
    let upper = (share + weight / 2.0 + half) / (1.0 + weight);
    // The limits are the roots of a quadratic whose product is known: without the difference of two near numbers, and 0 for a share of 0.
    Some(Interval { lower: share * share / ((1.0 + weight) * upper), upper: upper.min(1.0) })
}

/// The two-sided quantile of the standard normal distribution: 1.959964 at a confidence of 0.95.
pub(super) fn normal_quantile(confidence: f64) -> f64 {
    -ndtri((1.0 - confidence) / 2.0)
}

/// The two-sided quantile of Student's t with `degrees` of freedom (at least 1).
pub(super) fn student_quantile(degrees: u64, confidence: f64) -> f64 {
    let degrees = isize::try_from(degrees).unwrap_or(isize::MAX);
    -stdtri(degrees, (1.0 - confidence) / 2.0)
}
