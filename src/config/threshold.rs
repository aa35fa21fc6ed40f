//! A threshold of the index, kept as a fraction so that no rounding decides a verdict.

/// A decimal threshold, reduced: `0.75` is 3/4.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Threshold {
    /// Not negative.
    pub numerator: i64,
    /// Positive.
    pub denominator: i64,
    /// As it is written in the pipeline file.
    pub text: String,
}

impl Threshold {
    /// Reads a decimal text of at most three digits before and four after the point.
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str, most: usize| (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole, 3) || !digits(fraction, 4) {
            return None;
        }
        let denominator = 10_i64.pow(u32::try_from(fraction.len()).ok()?);
        let numerator = whole.parse::<i64>().ok()? * denominator + fraction.parse::<i64>().ok()?;
        let divisor = greatest_common_divisor(numerator, denominator);
        Some(Self { numerator: numerator / divisor, denominator: denominator / divisor, text: text.to_owned() })
    }

    /// Whether services ÷ expected is at or above the threshold, by cross-multiplication. For a positive `expected`; both in
    /// the same unit.
    pub fn reached_by(&self, services: i128, expected: i128) -> bool {
        // Sums of i64 stay far inside i128 even times 10^7; saturation keeps the comparison's side on absurd input.
        services.saturating_mul(self.denominator.into()) >= expected.saturating_mul(self.numerator.into())
    }

    /// Whether this threshold is at or above another.
    pub fn at_least(&self, other: &Self) -> bool {
        i128::from(self.numerator) * i128::from(other.denominator) >= i128::from(other.numerator) * i128::from(self.denominator)
    }
}

fn greatest_common_divisor(mut a: i64, mut b: i64) -> i64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::Threshold;

    #[test]
    fn decimals_become_reduced_fractions() {
        let fraction = |text| Threshold::parse(text).map(|threshold| (threshold.numerator, threshold.denominator));
        assert_eq!(fraction("0.75"), Some((3, 4)));
        assert_eq!(fraction("1.00"), Some((1, 1)));
        assert_eq!(fraction("0"), Some((0, 1)));
        assert_eq!(fraction("12.3456"), Some((7716, 625)));
        for wrong in ["", ".", "1.", ".5", "-1", "1.00000", "1000", "+1", "1,5"] {
            assert_eq!(fraction(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_threshold_is_reached_exactly() {
        let near = Threshold::parse("0.75").expect("a decimal");
        assert!(near.reached_by(750_000, 1_000_000));
        assert!(!near.reached_by(749_999, 1_000_000));
        assert!(Threshold::parse("1.00").expect("a decimal").at_least(&near));
    }
}
