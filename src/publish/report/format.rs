//! Numbers as text. All arithmetic is of integers and rounds half to even; what cannot be computed is an en dash.

use std::fmt::{self, Display, Formatter};

/// An integer of any width that the model uses.
pub trait Integer: Copy {
    /// The value in the width of all arithmetic here.
    fn wide(self) -> i128;
}

impl Integer for i128 {
    fn wide(self) -> i128 {
        self
    }
}

impl Integer for i64 {
    fn wide(self) -> i128 {
        i128::from(self)
    }
}

impl Integer for u64 {
    fn wide(self) -> i128 {
        i128::from(self)
    }
}

impl Integer for usize {
    fn wide(self) -> i128 {
        // A length never exceeds isize::MAX.
        i128::try_from(self).unwrap_or(i128::MAX)
    }
}

impl<T: Integer> Integer for &T {
    fn wide(self) -> i128 {
        (*self).wide()
    }
}

/// Quotient rounded half to even; none where the denominator is not positive.
pub fn divide(numerator: i128, denominator: i128) -> Option<i128> {
    if denominator <= 0 {
        return None;
    }
    let floor = numerator.div_euclid(denominator);
    let rest = numerator.rem_euclid(denominator);
    let up = match rest.cmp(&(denominator - rest)) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Greater => true,
        std::cmp::Ordering::Equal => floor % 2 != 0,
    };
    Some(floor + i128::from(up))
}

/// `numerator × factor ÷ denominator`, rounded half to even; none where it has no value.
pub fn scaled(numerator: impl Integer, factor: i128, denominator: impl Integer) -> Option<i128> {
    divide(numerator.wide().checked_mul(factor)?, denominator.wide())
}

/// A fixed-point number: `value` has `decimals` decimals; thousands are separated by commas, a minus is U+2212.
#[derive(Debug, Clone, Copy)]
pub struct Fixed {
    value: Option<i128>,
    decimals: u32,
    prefix: &'static str,
    suffix: &'static str,
}

impl Display for Fixed {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Some(value) = self.value else { return f.write_str("–") };
        if value < 0 {
            f.write_str("\u{2212}")?;
        }
        f.write_str(self.prefix)?;
        let scale = 10u128.pow(self.decimals);
        let magnitude = value.unsigned_abs();
        let digits = (magnitude / scale).to_string();
        let head = digits.len() % 3;
        f.write_str(&digits[..head])?;
        for start in (head..digits.len()).step_by(3) {
            if start > 0 {
                f.write_str(",")?;
            }
            f.write_str(&digits[start..start + 3])?;
        }
        if self.decimals > 0 {
            write!(f, ".{:0width$}", magnitude % scale, width = self.decimals as usize)?;
        }
        f.write_str(self.suffix)
    }
}

/// `1,234`
pub fn count(value: impl Integer) -> Fixed {
    Fixed { value: Some(value.wide()), decimals: 0, prefix: "", suffix: "" }
}

/// Cents as `12,345.67`, for figures that a person recomputes.
pub fn cents(value: impl Integer) -> Fixed {
    Fixed { value: Some(value.wide()), decimals: 2, prefix: "", suffix: "" }
}

/// Cents as `$1,235`, for overviews.
pub fn whole(value: impl Integer, currency: &str) -> Fixed {
    Fixed { value: divide(value.wide(), 100), decimals: 0, prefix: symbol(currency), suffix: "" }
}

/// Cents as `$1.2 million`, for sentences; below one million as [`whole`].
pub fn spoken(value: impl Integer, currency: &str) -> Fixed {
    let value = value.wide();
    let (tenth, suffix) = match value.unsigned_abs() {
        0..=99_949_999 => return whole(value, currency),
        99_950_000..=99_949_999_999 => (10_000_000, "\u{a0}million"),
        _ => (10_000_000_000, "\u{a0}billion"),
    };
    Fixed { value: divide(value, tenth), decimals: 1, prefix: symbol(currency), suffix }
}

/// Millionths of a unit as `66.50`.
pub fn micro(value: impl Integer) -> Fixed {
    Fixed { value: divide(value.wide(), 10_000), decimals: 2, prefix: "", suffix: "" }
}

/// A share as `4.00 %`.
pub fn percent(numerator: impl Integer, denominator: impl Integer) -> Fixed {
    Fixed { value: scaled(numerator, 10_000, denominator), decimals: 2, prefix: "", suffix: "\u{a0}%" }
}

/// A quotient with four decimals, `0.6195`.
pub fn ratio(numerator: impl Integer, denominator: impl Integer) -> Fixed {
    Fixed { value: scaled(numerator, 10_000, denominator), decimals: 4, prefix: "", suffix: "" }
}

/// What stands before an amount of a currency.
pub fn symbol(currency: &str) -> &'static str {
    match currency {
        "USD" => "$",
        "EUR" => "€",
        "GBP" => "£",
        "CHF" => "CHF\u{a0}",
        "JPY" => "¥",
        _ => "",
    }
}

/// `62 cents for every dollar`, from an index as it is shown, so that the two never differ. None where it is no number.
pub fn for_every(index: &str, currency: &str) -> Option<String> {
    let hundredths: i128 = index.replace('.', "").parse().ok()?;
    let (one, many, unit) = match currency {
        "USD" => ("cent", "cents", "dollar"),
        "EUR" => ("cent", "cents", "euro"),
        "GBP" => ("penny", "pence", "pound"),
        _ => return Some(format!("{} {currency} for every 1.00 {currency}", cents(hundredths))),
    };
    Some(if (0..100).contains(&hundredths) {
        format!("{hundredths} {} for every {unit}", if hundredths == 1 { one } else { many })
    } else {
        let amount = Fixed { value: Some(hundredths), decimals: 2, prefix: symbol(currency), suffix: "" };
        format!("{amount} for every {unit}")
    })
}

/// A decimal text such as `0.75` in ten-thousandths; none where it is not one.
pub fn ten_thousandths(text: &str) -> Option<i128> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 9 || fraction.len() > 4 || !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    format!("{whole}{fraction:0<4}").parse().ok()
}

/// `2026-10-31` as `31 October 2026`; any other text as it is.
pub fn long_date(iso: &str) -> String {
    const MONTHS: [&str; 12] =
        ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
    let parts: Vec<&str> = iso.split('-').collect();
    let [year, month, day] = parts[..] else { return iso.to_owned() };
    let name = month.parse::<usize>().ok().and_then(|month| MONTHS.get(month.wrapping_sub(1)));
    match (name, day.parse::<u8>()) {
        (Some(name), Ok(day)) => format!("{day} {name} {year}"),
        _ => iso.to_owned(),
    }
}

/// `0.62` as 62; a text in another form has no place in a sorted column.
pub fn hundredths(text: &str) -> Option<i64> {
    let (sign, digits) = text.strip_prefix(['-', '\u{2212}']).map_or((1, text), |digits| (-1, digits));
    let (whole, fraction) = digits.split_once('.')?;
    if fraction.len() != 2 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    format!("{}{fraction}", whole.replace(',', "")).parse::<i64>().ok().map(|value| sign * value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_rounded_half_to_even_and_grouped() {
        let shown = [50i64, 150, 250, -150, 123_456_789, 99_949, -100_000_050].map(|value| whole(value, "USD").to_string());
        assert_eq!(shown, ["$0", "$2", "$2", "\u{2212}$2", "$1,234,568", "$999", "\u{2212}$1,000,000"]);
        assert_eq!(cents(-5i64).to_string(), "\u{2212}0.05");
        assert_eq!(cents(i64::MIN).to_string(), "\u{2212}92,233,720,368,547,758.08");
    }

    #[test]
    fn sentences_speak_of_millions() {
        assert_eq!(spoken(124_000_000i64, "USD").to_string(), "$1.2\u{a0}million");
        assert_eq!(spoken(99_949_999i64, "USD").to_string(), "$999,500");
        assert_eq!(for_every("0.62", "USD").as_deref(), Some("62 cents for every dollar"));
        assert_eq!(for_every("1.30", "USD").as_deref(), Some("$1.30 for every dollar"));
        assert_eq!(for_every("–", "USD"), None);
    }

    #[test]
    fn quotients_without_a_value_are_a_dash() {
        assert_eq!(percent(4i64, 100i64).to_string(), "4.00\u{a0}%");
        assert_eq!(percent(4i64, 0i64).to_string(), "–");
        assert_eq!(ratio(2i64, 3i64).to_string(), "0.6667");
        assert_eq!(ten_thousandths("0.75"), Some(7_500));
        assert_eq!(ten_thousandths("-1"), None);
    }
}
