//! The verdict: where a partner stands against the lines, or why it is not assessed.

use super::Totals;
use crate::config::file::{MeasureName, VerdictName};
use crate::config::plan::{Threshold, VerdictPolicy};
use crate::stages::benchmark::UNIT_SCALE;
use crate::stages::exact::RatioSum;

/// Where a partner stands against the lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// At or above the market.
    At,
    /// Below the market, at or above the near line.
    Near,
    /// Below the near line.
    Below,
    /// Not assessed, with a reason.
    NotAssessed,
}

impl Verdict {
    /// All verdicts in the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::At, Self::Near, Self::Below, Self::NotAssessed];

    /// The code in tables.
    pub const fn code(self) -> &'static str {
        match self {
            Self::At => "at",
            Self::Near => "near",
            Self::Below => "below",
            Self::NotAssessed => "not_assessed",
        }
    }

    /// As conditions of the configuration name it.
    pub const fn name(self) -> VerdictName {
        match self {
            Self::At => VerdictName::At,
            Self::Near => VerdictName::Near,
            Self::Below => VerdictName::Below,
            Self::NotAssessed => VerdictName::NotAssessed,
        }
    }

    /// The words that a reader sees.
    pub const fn label(self) -> &'static str {
        match self {
            Self::At => "At average",
            Self::Near => "Near average",
            Self::Below => "Below",
            Self::NotAssessed => "Not assessed",
        }
    }
}

/// Why a partner is not assessed, in the order in which the reasons are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NotAssessed {
    /// It is not in the benchmark's population.
    NotInProgram,
    /// It sold no hardware in the period.
    NoHardware,
    /// It sold less hardware than the volume floor.
    BelowFloor,
    /// Nothing is expected of its mix.
    NothingExpected,
}

impl NotAssessed {
    /// The code in tables.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotInProgram => "NOT_IN_PROGRAM",
            Self::NoHardware => "NO_HARDWARE",
            Self::BelowFloor => "BELOW_FLOOR",
            Self::NothingExpected => "NOTHING_EXPECTED",
        }
    }

    /// The reason in plain words, to follow "is not assessed:".
    pub fn meaning(self) -> &'static str {
        match self {
            Self::NotInProgram => {
                "it is not in the program, so it is neither measured nor part of the market it would be measured by"
            }
            Self::NoHardware => "it sold no hardware in the period",
            Self::BelowFloor => "it sold less hardware in the period than the volume floor",
            Self::NothingExpected => "with its mix, nothing is expected of it",
        }
    }
}

/// Services and expected services of the measure that decides, in one unit: cents, or millionths of a unit.
pub fn deciding(totals: &Totals, measure: MeasureName) -> (i128, i128) {
    match measure {
        MeasureName::Revenue => (i128::from(totals.revenue.services), i128::from(totals.revenue.expected)),
        MeasureName::Units => (i128::from(totals.units.services) * i128::from(UNIT_SCALE), i128::from(totals.units.expected)),
    }
}

/// Judges a partner by published integers.
pub fn judge(totals: &Totals, is_in_population: bool, policy: &VerdictPolicy) -> (Verdict, Option<NotAssessed>) {
    let (services, expected) = deciding(totals, policy.measure);
    judge_by(totals, is_in_population, policy, expected > 0, |line| line.reached_by(services, expected))
}

/// Judges a partner whose expected services are an exact ratio and no published integer: at leave-one-out rates. `None` where there is none.
pub fn judge_exactly(
    totals: &Totals,
    expected: Option<&RatioSum>,
    is_in_population: bool,
    policy: &VerdictPolicy,
) -> (Verdict, Option<NotAssessed>) {
    let services = match policy.measure {
        MeasureName::Revenue => totals.revenue.services,
        MeasureName::Units => totals.units.services,
    };
    let is_expected = expected.is_some_and(RatioSum::is_positive);
    let reached = |line: &Threshold| expected.is_some_and(|expected| expected.is_reached_by(services, line));
    judge_by(totals, is_in_population, policy, is_expected, reached)
}

fn judge_by(
    totals: &Totals,
    is_in_population: bool,
    policy: &VerdictPolicy,
    is_expected: bool,
    reached: impl Fn(&Threshold) -> bool,
) -> (Verdict, Option<NotAssessed>) {
    let not_assessed = if !is_in_population {
        Some(NotAssessed::NotInProgram)
    } else if totals.revenue.hardware <= 0 && totals.units.hardware <= 0 {
        Some(NotAssessed::NoHardware)
    } else if totals.units.hardware < policy.min_hardware_units || totals.revenue.hardware < policy.min_hardware_amount {
        Some(NotAssessed::BelowFloor)
    } else if !is_expected {
        Some(NotAssessed::NothingExpected)
    } else {
        None
    };
    let verdict = match not_assessed {
        Some(_) => Verdict::NotAssessed,
        None if reached(&policy.at) => Verdict::At,
        None if reached(&policy.near) => Verdict::Near,
        None => Verdict::Below,
    };
    (verdict, not_assessed)
}

/// A ratio in hundredths as it is shown, e.g. `0.62`: rounded half to even, but never across a line, so that a shown figure stands on the same
/// side of every line as the exact one. `None` where nothing is expected.
pub fn pri_display(services: i128, expected: i128, lines: [&Threshold; 2]) -> Option<String> {
    if expected <= 0 {
        return None;
    }
    let floor = (services * 100).div_euclid(expected);
    let rest = 2 * (services * 100).rem_euclid(expected);
    let mut hundredths = floor + i128::from(rest > expected || (rest == expected && floor % 2 != 0));
    for line in lines {
        let is_reached = line.reached_by(services, expected);
        if is_reached != line.reached_by(hundredths, 100) {
            hundredths = if is_reached { super::ceiling(services * 100, expected) } else { floor };
        }
    }
    let sign = if hundredths < 0 { "-" } else { "" };
    Some(format!("{sign}{}.{:02}", hundredths.abs() / 100, hundredths.abs() % 100))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shown_index_is_rounded_but_never_across_a_line() {
        let (near, at) = (Threshold::parse("0.75").expect("a threshold"), Threshold::parse("1.00").expect("a threshold"));
        let shown = |services: i128, expected: i128| pri_display(services, expected, [&near, &at]);
        assert_eq!(shown(41_200, 66_500).as_deref(), Some("0.62"));
        assert_eq!(shown(7_499, 10_000).as_deref(), Some("0.74"));
        assert_eq!(shown(7_500, 10_000).as_deref(), Some("0.75"));
        assert_eq!(shown(9_999, 10_000).as_deref(), Some("0.99"));
        assert_eq!(shown(10_049, 10_000).as_deref(), Some("1.00"));
        assert_eq!(shown(-5, 100).as_deref(), Some("-0.05"));
        assert_eq!(shown(1, 0), None);
    }
}
