//! Numbers by declaration: decimal mark, thousands mark and place of the sign are the sender's; anything else is an error.

use crate::config::file::SignPosition;
use crate::config::plan::NumberFormat;
use crate::finding::QuarantineCode;

/// Largest absolute quantity of one line.
pub const MAX_QUANTITY: i64 = 10_000_000;
/// Largest absolute amount of one line, in cents.
pub const MAX_AMOUNT_CENTS: i64 = 1_000_000_000_000;

/// A whole number of units. A fraction of zeros only (`2,000` with a decimal comma) is a whole number.
///
/// # Errors
/// `BAD_QUANTITY`, or `OUT_OF_RANGE` beyond [`MAX_QUANTITY`].
pub fn parse_quantity(text: &str, format: &NumberFormat) -> Result<i64, QuarantineCode> {
    parse_scaled(text, format, 0, MAX_QUANTITY, QuarantineCode::BadQuantity)
}

/// An amount in cents. Decimals beyond the second must be zeros.
///
/// # Errors
/// `BAD_AMOUNT`, or `OUT_OF_RANGE` beyond [`MAX_AMOUNT_CENTS`].
pub fn parse_amount(text: &str, format: &NumberFormat) -> Result<i64, QuarantineCode> {
    parse_scaled(text, format, 2, MAX_AMOUNT_CENTS, QuarantineCode::BadAmount)
}

fn parse_scaled(text: &str, format: &NumberFormat, decimals: u32, limit: i64, bad: QuarantineCode) -> Result<i64, QuarantineCode> {
    let bytes = text.as_bytes();
    let (negative, digits) = match format.sign {
        SignPosition::Leading => bytes.strip_prefix(b"-").map_or((false, bytes), |rest| (true, rest)),
        SignPosition::Trailing => bytes.strip_suffix(b"-").map_or((false, bytes), |rest| (true, rest)),
    };
    let (whole, fraction) = match digits.iter().position(|byte| *byte == format.decimal) {
        Some(at) => (&digits[..at], Some(&digits[at + 1..])),
        None => (digits, None),
    };
    let mut value = whole_part(whole, format.thousands).ok_or(bad)?.map_err(|_| QuarantineCode::OutOfRange)?;
    let fraction = fraction.unwrap_or(b"0");
    if fraction.is_empty() || !fraction.iter().all(u8::is_ascii_digit) {
        return Err(bad);
    }
    for place in 0..decimals as usize {
        value = value * 10 + i64::from(fraction.get(place).map_or(0, |digit| digit - b'0'));
    }
    if fraction.iter().skip(decimals as usize).any(|digit| *digit != b'0') {
        return Err(bad);
    }
    if value > limit {
        return Err(QuarantineCode::OutOfRange);
    }
    Ok(if negative { -value } else { value })
}

/// A number is too long to be held.
struct TooLarge;

/// The digits before the decimal mark, with thousands marks where they belong: after one to three digits, then every three.
fn whole_part(digits: &[u8], thousands: Option<u8>) -> Option<Result<i64, TooLarge>> {
    let mut value: i64 = 0;
    let mut group = 0;
    let mut groups = 0;
    let mut significant = 0;
    for byte in digits {
        if byte.is_ascii_digit() {
            significant += usize::from(significant > 0 || *byte != b'0');
            if significant <= 16 {
                value = value * 10 + i64::from(byte - b'0');
            }
            group += 1;
        } else if thousands == Some(*byte) && group > 0 && (group == 3 || (groups == 0 && group < 3)) {
            groups += 1;
            group = 0;
        } else {
            return None;
        }
    }
    if group == 0 || (groups > 0 && group != 3) {
        return None;
    }
    Some(if significant > 16 { Err(TooLarge) } else { Ok(value) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(decimal: u8, thousands: Option<u8>, sign: SignPosition) -> NumberFormat {
        NumberFormat { decimal, thousands, sign }
    }

    #[test]
    fn senders_formats() {
        let plain = format(b'.', None, SignPosition::Leading);
        assert_eq!(parse_amount("1234.5", &plain), Ok(123_450));
        assert_eq!(parse_amount("-0.07", &plain), Ok(-7));
        assert_eq!(parse_amount("3.1400", &plain), Ok(314));
        assert_eq!(parse_quantity("-2", &plain), Ok(-2));
        let sap = format(b',', Some(b'.'), SignPosition::Trailing);
        assert_eq!(parse_amount("1.234.567,89-", &sap), Ok(-123_456_789));
        assert_eq!(parse_amount("1234567,89", &sap), Ok(123_456_789));
        assert_eq!(parse_quantity("2,000", &sap), Ok(2));
        assert_eq!(parse_quantity("2.000", &sap), Ok(2000));
    }

    #[test]
    fn what_is_written_in_another_way_is_refused() {
        let plain = format(b'.', None, SignPosition::Leading);
        for text in ["", "-", "1,5", "1.", ".5", "1e3", "+1", "1-", "1O", "--1", "1.234", "0x1", "١", " 1"] {
            assert_eq!(parse_amount(text, &plain), Err(QuarantineCode::BadAmount), "{text:?}");
        }
        let sap = format(b',', Some(b'.'), SignPosition::Trailing);
        for text in ["1.23,00", ".123,00", "1..234,00", "1234.567,00", "-5,00", "12.34", "1.2345"] {
            assert_eq!(parse_amount(text, &sap), Err(QuarantineCode::BadAmount), "{text:?}");
        }
        assert_eq!(parse_quantity("1.5", &plain), Err(QuarantineCode::BadQuantity));
        assert_eq!(parse_quantity("99999999", &plain), Err(QuarantineCode::OutOfRange));
        assert_eq!(parse_amount("99999999999999999999999999", &plain), Err(QuarantineCode::OutOfRange));
    }
}
