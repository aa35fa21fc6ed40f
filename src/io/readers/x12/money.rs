//! Exact decimals of X12, and the amount of a line from its unit price.

/// A decimal number: mantissa and digits behind the point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decimal {
    mantissa: i128,
    scale: u32,
}

/// Digits of a number: a mantissa of these, times another, still fits.
const MAX_DIGITS: usize = 18;

impl Decimal {
    /// Reads `-12.50`; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let (is_negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all = || whole.bytes().chain(fraction.bytes());
        if all().count() == 0 || all().count() > MAX_DIGITS || !all().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let mantissa = all().fold(0, |value: i128, byte| value * 10 + i128::from(byte - b'0'));
        Some(Self { mantissa: if is_negative { -mantissa } else { mantissa }, scale: fraction.len() as u32 })
    }

    /// Whether it is below 0.
    pub fn is_negative(self) -> bool {
        self.mantissa < 0
    }

    /// The number with the other sign.
    #[must_use]
    pub fn negated(self) -> Self {
        Self { mantissa: -self.mantissa, ..self }
    }

    /// The product of two numbers.
    #[must_use]
    pub fn times(self, other: Self) -> Self {
        Self { mantissa: self.mantissa * other.mantissa, scale: self.scale + other.scale }
    }

    /// The number with two decimals, rounded half to even.
    #[must_use]
    pub fn to_cents(self) -> Self {
        if self.scale <= 2 {
            return self;
        }
        let divisor = 10_i128.pow(self.scale - 2);
        let (quotient, rest) = (self.mantissa.div_euclid(divisor), self.mantissa.rem_euclid(divisor));
        let is_up = rest * 2 > divisor || (rest * 2 == divisor && quotient % 2 != 0);
        Self { mantissa: quotient + i128::from(is_up), scale: 2 }
    }

    /// The number as text.
    pub fn text(self) -> String {
        let sign = if self.mantissa < 0 { "-" } else { "" };
        let digits = format!("{:0width$}", self.mantissa.unsigned_abs(), width = self.scale as usize + 1);
        let (whole, fraction) = digits.split_at(digits.len() - self.scale as usize);
        if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
    }
}

#[cfg(test)]
mod tests {
    use super::Decimal;

    fn amount(price: &str, quantity: &str) -> String {
        let parse = |text| Decimal::parse(text).expect("a number");
        parse(price).times(parse(quantity)).to_cents().text()
    }

    #[test]
    fn amounts_are_exact_and_rounded_half_to_even() {
        assert_eq!(amount("10.3333", "3"), "31.00");
        assert_eq!(amount("0.005", "1"), "0.00");
        assert_eq!(amount("0.005", "3"), "0.02");
        assert_eq!(amount("0.015", "-1"), "-0.02");
        assert_eq!(amount("0.025", "-1"), "-0.02");
        assert_eq!(amount("1250.00", "-2"), "-2500.00");
        assert_eq!(amount("7", "5"), "35");
        assert_eq!(amount("999999999999999999", "999999999999999999"), "999999999999999998000000000000000001");
    }

    #[test]
    fn what_is_no_number() {
        for text in ["", "-", ".", "1,5", "1e3", "+1", "1.2.3", "1234567890123456789", " 1"] {
            assert_eq!(Decimal::parse(text), None, "{text:?}");
        }
    }
}
