//! How sure a verdict is: conclusive where the pooled and the leave-one-out interval lie on the same side of the near line.

use crate::config::file::MeasureName;
use crate::config::plan::Threshold;
use crate::stages::uncertainty::intervals::{EffectiveCounts, Interval};

/// How sure a verdict is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// Both intervals lie on one side of the near line.
    Conclusive,
    /// They do not, or there is none.
    Inconclusive,
}

impl Evidence {
    /// The code in tables.
    pub fn code(self) -> &'static str {
        match self {
            Self::Conclusive => "conclusive",
            Self::Inconclusive => "inconclusive",
        }
    }
}

/// The uncertainty of a partner's index in one measure.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct MeasureUncertainty {
    /// Effective counts at pooled rates.
    pub counts: Option<EffectiveCounts>,
    /// Effective counts at leave-one-out rates.
    pub others_counts: Option<EffectiveCounts>,
    /// The interval at pooled rates.
    pub pooled: Option<Interval>,
    /// The interval at leave-one-out rates.
    pub leave_one_out: Option<Interval>,
    /// The diagnostic from the partner's own orders; it never decides.
    pub linearised: Option<Interval>,
    /// The partner's orders with hardware that counts.
    pub orders: u64,
}

impl MeasureUncertainty {
    /// The same with the deciding intervals at another confidence.
    #[must_use]
    pub fn at(mut self, confidence: f64) -> Self {
        self.pooled = self.counts.map(|counts| counts.interval(confidence));
        self.leave_one_out = self.others_counts.map(|counts| counts.interval(confidence));
        self
    }
}

/// The uncertainty of a partner's index.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Uncertainty {
    /// In money.
    pub revenue: MeasureUncertainty,
    /// In units.
    pub units: MeasureUncertainty,
}

impl Uncertainty {
    /// That of the measure that decides.
    pub fn deciding(&self, measure: MeasureName) -> &MeasureUncertainty {
        match measure {
            MeasureName::Revenue => &self.revenue,
            MeasureName::Units => &self.units,
        }
    }
}

/// Whether both intervals lie on one side of the near line.
pub fn evidence(uncertainty: &MeasureUncertainty, near: &Threshold) -> Evidence {
    let line = near.numerator as f64 / near.denominator as f64;
    let (Some(pooled), Some(others)) = (uncertainty.pooled, uncertainty.leave_one_out) else { return Evidence::Inconclusive };
    let is_below = pooled.upper < line && others.upper < line;
    let is_above = pooled.lower >= line && others.lower >= line;
    if is_below || is_above { Evidence::Conclusive } else { Evidence::Inconclusive }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_intervals_must_lie_on_one_side() {
        let near = Threshold::parse("0.75").expect("a threshold");
        let interval = |lower: f64, upper: f64| Some(Interval { lower, upper });
        let judged = |pooled, leave_one_out| evidence(&MeasureUncertainty { pooled, leave_one_out, ..Default::default() }, &near);
        assert_eq!(judged(interval(0.2, 0.7), interval(0.1, 0.74)), Evidence::Conclusive);
        assert_eq!(judged(interval(0.75, 1.2), interval(0.8, 1.4)), Evidence::Conclusive);
        assert_eq!(judged(interval(0.2, 0.75), interval(0.1, 0.7)), Evidence::Inconclusive);
        assert_eq!(judged(interval(0.2, 0.7), interval(0.8, 1.4)), Evidence::Inconclusive);
        assert_eq!(judged(interval(0.2, 0.7), None), Evidence::Inconclusive);
    }
}
