//! Sums of ratios without rounding: leave-one-out figures are exact ratios (DESIGN part 5), so that no rounding decides a verdict.

use crate::config::plan::Threshold;
use num_bigint::{BigInt, Sign};

/// Σ weight × numerator ÷ denominator, exactly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RatioSum {
    numerator: BigInt,
    denominator: BigInt,
}

impl Default for RatioSum {
    fn default() -> Self {
        Self { numerator: BigInt::from(0), denominator: BigInt::from(1) }
    }
}

impl RatioSum {
    /// Adds `weight × numerator ÷ denominator`; the denominator is positive.
    pub fn add(&mut self, weight: i64, numerator: i64, denominator: i64) {
        let term = i128::from(weight) * i128::from(numerator);
        self.numerator = &self.numerator * denominator + BigInt::from(term) * &self.denominator;
        self.denominator *= denominator;
    }

    /// Whether the sum is above 0.
    pub fn is_positive(&self) -> bool {
        self.numerator.sign() == Sign::Plus
    }

    /// Whether `services ÷ sum` is at or above a line. For a positive sum.
    pub fn is_reached_by(&self, services: i64, line: &Threshold) -> bool {
        BigInt::from(services) * &self.denominator * line.denominator >= &self.numerator * line.numerator
    }

    /// The sum times `scale`, rounded half to even. `None` where it does not fit.
    pub fn rounded(&self, scale: i64) -> Option<i64> {
        let scaled: BigInt = &self.numerator * scale;
        // Floor division: BigInt's own rounds towards zero.
        let (mut floor, mut rest) = (&scaled / &self.denominator, &scaled % &self.denominator);
        if rest.sign() == Sign::Minus {
            floor -= 1;
            rest += &self.denominator;
        }
        let twice: BigInt = rest * 2;
        let is_odd = (&floor % 2i32) != BigInt::from(0);
        if twice > self.denominator || (twice == self.denominator && is_odd) {
            floor += 1;
        }
        i64::try_from(floor).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(terms: &[(i64, i64, i64)]) -> RatioSum {
        let mut sum = RatioSum::default();
        for (weight, numerator, denominator) in terms {
            sum.add(*weight, *numerator, *denominator);
        }
        sum
    }

    /// The worked case of DESIGN part 5: P1 without itself, 100,000 × 6,000/100,000 + 50,000 × 9,000/50,000 = 15,000.
    #[test]
    fn the_worked_case_without_the_partner() {
        let expected = sum(&[(100_000, 6_000, 100_000), (50_000, 9_000, 50_000)]);
        assert_eq!(expected.rounded(1), Some(15_000));
        let line = |text| Threshold::parse(text).expect("a threshold");
        assert!(expected.is_reached_by(5_000, &line("0.3333")) && !expected.is_reached_by(5_000, &line("0.3334")));
    }

    #[test]
    fn rounding_is_half_to_even_and_lines_are_exact() {
        assert_eq!(
            [(1, 5, 2), (1, 7, 2), (-1, 5, 2), (-1, 7, 2)].map(|term| sum(&[term]).rounded(1)),
            [Some(2), Some(4), Some(-2), Some(-4)]
        );
        // A third three times is one: at the line of 1.00 and not a hair below.
        let third = sum(&[(1, 1, 3), (1, 1, 3), (1, 1, 3)]);
        assert!(third.is_reached_by(1, &Threshold::parse("1.00").expect("a threshold")));
        assert_eq!(sum(&[(i64::MAX, i64::MAX, 1)]).rounded(1), None);
        assert!(!sum(&[]).is_positive());
    }
}
