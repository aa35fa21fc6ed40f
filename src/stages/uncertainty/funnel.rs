//! Limits of the funnel plot: where the index of a partner at benchmark lies by chance, by its effective expected count.
//!
//! They are shown and never enter a verdict. Source: Spiegelhalter, Statistics in Medicine 24 (2005) 1185; Quality and Safety in Health Care 14 (2005) 347.

use super::intervals::{EffectiveCounts, Interval, normal_quantile, poisson_ratio};

/// Partners with a smaller effective expected count say little about the spread between partners.
pub const MIN_EXPECTED: f64 = 5.0;

/// The share of partners at each end whose scores are drawn in.
const WINSORISED: f64 = 0.1;

/// Exact Poisson limits at an effective expected count above 0: `None` else.
pub fn exact_limits(expected: f64, confidence: f64) -> Option<Interval> {
    (expected > 0.0 && expected.is_finite()).then(|| poisson_ratio(expected, expected, confidence))
}

/// Confidence of the outer limits of a funnel plot, as it is usual.
pub const OUTER_CONFIDENCE: f64 = 0.998;

/// The limits at one effective expected count.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Exact Poisson limits at the confidence of the run.
    pub exact: Interval,
    /// The same at [`OUTER_CONFIDENCE`].
    pub exact_outer: Interval,
    /// Limits that allow for the spread between partners, at the confidence of the run.
    pub spread: Interval,
    /// The same at [`OUTER_CONFIDENCE`].
    pub spread_outer: Interval,
}

impl Limits {
    /// The limits at an effective expected count above 0: `None` else.
    pub fn at(expected: f64, confidence: f64, spread: &Overdispersion) -> Option<Self> {
        Some(Self {
            exact: exact_limits(expected, confidence)?,
            exact_outer: exact_limits(expected, OUTER_CONFIDENCE)?,
            spread: spread.limits(expected, confidence)?,
            spread_outer: spread.limits(expected, OUTER_CONFIDENCE)?,
        })
    }

    /// Where an index lies among the exact limits.
    pub fn position(&self, index: f64) -> Position {
        match index {
            index if index < self.exact_outer.lower => Position::OuterBelow,
            index if index < self.exact.lower => Position::Below,
            index if index > self.exact_outer.upper => Position::OuterAbove,
            index if index > self.exact.upper => Position::Above,
            _ => Position::Within,
        }
    }
}

/// Where an index lies among the exact limits of the funnel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    /// Below the outer limits.
    OuterBelow,
    /// Below the inner limits.
    Below,
    /// Within the inner limits: chance explains it.
    Within,
    /// Above the inner limits.
    Above,
    /// Above the outer limits.
    OuterAbove,
}

impl Position {
    /// The code in tables.
    pub fn code(self) -> &'static str {
        match self {
            Self::OuterBelow => "outer_below",
            Self::Below => "below",
            Self::Within => "within",
            Self::Above => "above",
            Self::OuterAbove => "outer_above",
        }
    }
}

/// How much more the partners' indexes differ than chance explains.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Overdispersion {
    /// Partners with an effective expected count of at least [`MIN_EXPECTED`].
    pub partners: usize,
    /// `φ`, the mean square of their winsorised scores: about 1 where chance explains all.
    pub phi: f64,
    /// `τ²`, the variance between partners of the square root of the index, beyond chance.
    pub tau_squared: f64,
}

impl Overdispersion {
    /// Estimates `φ` and `τ²` from the partners' counts; both limits are then free of over-dispersion (`τ²` = 0) with fewer than two usable partners.
    ///
    /// On the scale of square roots a partner's index has standard error `1/(2√E*)` and score `z = 2(√O* − √E*)`. Scores beyond the 10 % and 90 %
    /// quantiles (interpolated, as `quantile` in R and `quantile_cont` in SQL do) are set to them. `τ²` is the estimator of DerSimonian and Laird, Controlled
    /// Clinical Trials 7 (1986) 177, with weights `w = 4E*`: `(nφ − (n − 1)) / (Σw − Σw²/Σw)`, cut at 0.
    pub fn estimate(counts: &[EffectiveCounts]) -> Self {
        let usable: Vec<&EffectiveCounts> = counts.iter().filter(|counts| counts.expected >= MIN_EXPECTED).collect();
        let partners = usable.len();
        if partners < 2 {
            return Self { partners, phi: 0.0, tau_squared: 0.0 };
        }
        let scores: Vec<f64> = usable.iter().map(|counts| 2.0 * (counts.observed.sqrt() - counts.expected.sqrt())).collect();
        let mut sorted = scores.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let (low, high) = (quantile(&sorted, WINSORISED), quantile(&sorted, 1.0 - WINSORISED));
        let squares: f64 = scores.iter().map(|score| score.max(low).min(high)).map(|score| score * score).sum();
        let weights: f64 = usable.iter().map(|counts| 4.0 * counts.expected).sum();
        let weights_squared: f64 = usable.iter().map(|counts| 16.0 * counts.expected * counts.expected).sum();
        let excess = squares - (partners - 1) as f64;
        // One partner can outweigh all others so far that nothing is left between them to estimate.
        let spread = weights - weights_squared / weights;
        let tau_squared = if spread > 0.0 { (excess / spread).max(0.0) } else { 0.0 };
        Self { partners, phi: squares / partners as f64, tau_squared }
    }

    /// Limits that allow for the spread between partners: `(1 ± z·√(1/(4E*) + τ²))²`, the lower one cut at 0. `None` unless `expected` is above 0.
    pub fn limits(&self, expected: f64, confidence: f64) -> Option<Interval> {
        if !(expected > 0.0 && expected.is_finite()) {
            return None;
        }
        let half = normal_quantile(confidence) * (0.25 / expected + self.tau_squared).sqrt();
        let (low, high) = ((1.0 - half).max(0.0), 1.0 + half);
        Some(Interval { lower: low * low, upper: high * high })
    }
}

/// The quantile of sorted values, interpolated linearly between the two nearest (Hyndman and Fan's type 7). `sorted` is not empty.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (place - below as f64) * (sorted[above] - sorted[below])
}
