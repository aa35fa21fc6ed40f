//! Numbers by declaration: decimal mark, thousands mark, place of the sign and currency signs are the sender's; anything else is an error.

use crate::config::number_format::{NumberFormat, SignPosition};
use crate::finding::QuarantineCode;

/// Largest absolute quantity of one line.
pub const MAX_QUANTITY: i64 = 10_000_000;
/// Largest absolute amount of one line, in cents.
pub const MAX_AMOUNT_CENTS: i64 = 1_000_000_000_000;

/// A whole number of units. A fraction of zeros only (`2,000` with a decimal comma) is a whole number.
///
/// # Errors
/// `BAD_QUANTITY`, `AMBIGUOUS_NUMBER`, or `OUT_OF_RANGE` beyond [`MAX_QUANTITY`].
pub fn parse_quantity(text: &str, format: &NumberFormat) -> Result<i64, QuarantineCode> {
    let (negative, digits) = strip_minus(text, format.sign);
    parse_digits(digits, negative, format, 0, MAX_QUANTITY, QuarantineCode::BadQuantity)
}

/// An amount in cents, and the currency of the sign that stood with it, if any. Decimals beyond the second must be zeros.
///
/// # Errors
/// `BAD_AMOUNT`, `AMBIGUOUS_NUMBER`, or `OUT_OF_RANGE` beyond [`MAX_AMOUNT_CENTS`].
pub fn parse_amount<'f>(text: &str, format: &'f NumberFormat) -> Result<(i64, Option<&'f str>), QuarantineCode> {
    // The minus stands outside of the currency sign (-$5) or inside of it ($-5).
    let (rest, outer) = strip_currency(text, format);
    let (negative, rest) = strip_minus(rest, format.sign);
    let (digits, currency) = if outer.is_some() { (rest, outer) } else { strip_currency(rest, format) };
    let amount = parse_digits(digits, negative, format, 2, MAX_AMOUNT_CENTS, QuarantineCode::BadAmount)?;
    Ok((amount, currency))
}

/// A sender's total of any size that 64 bits hold, with so many decimals kept: 2 for money in cents, 0 for counts. `None` for what is no
/// number in the declared format.
pub fn parse_total(text: &str, format: &NumberFormat, decimals: u32) -> Option<i64> {
    let (negative, digits) = strip_minus(strip_currency(text.trim(), format).0, format.sign);
    parse_digits(digits, negative, format, decimals, i64::MAX, QuarantineCode::BadAmount).ok()
}

/// Takes one declared currency sign off either end, with the white space that parts it from the number.
fn strip_currency<'t, 'f>(text: &'t str, format: &'f NumberFormat) -> (&'t str, Option<&'f str>) {
    for (sign, currency) in &format.currency_signs {
        if let Some(rest) = text.strip_prefix(sign.as_str()) {
            return (rest.trim_start(), Some(currency));
        }
        if let Some(rest) = text.strip_suffix(sign.as_str()) {
            return (rest.trim_end(), Some(currency));
        }
    }
    (text, None)
}

fn strip_minus(text: &str, sign: SignPosition) -> (bool, &str) {
    let rest = match sign {
        SignPosition::Leading => text.strip_prefix('-'),
        SignPosition::Trailing => text.strip_suffix('-'),
        SignPosition::Parentheses => text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')),
    };
    rest.map_or((false, text), |rest| (true, rest))
}

fn parse_digits(
    digits: &str,
    negative: bool,
    format: &NumberFormat,
    decimals: u32,
    limit: i64,
    bad: QuarantineCode,
) -> Result<i64, QuarantineCode> {
    let digits = digits.as_bytes();
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
    if is_ambiguous(whole, fraction, format) {
        return Err(QuarantineCode::AmbiguousNumber);
    }
    if value > limit {
        return Err(QuarantineCode::OutOfRange);
    }
    Ok(if negative { -value } else { value })
}

/// `2.000` is two, or two thousand of a sender who uses the mark the other way. Where the feed declares a thousands mark, the decimal mark
/// cannot be one.
fn is_ambiguous(whole: &[u8], fraction: &[u8], format: &NumberFormat) -> bool {
    format.thousands.is_none() && fraction.len() == 3 && whole.len() <= 3 && whole[0] != b'0'
}

/// A number is too long to be held.
struct TooLarge;

/// The digits before the decimal mark, with thousands marks where they belong: after one to three digits, then every three.
fn whole_part(digits: &[u8], thousands: Option<char>) -> Option<Result<i64, TooLarge>> {
    let mut buffer = [0; 4];
    let mark = thousands.map(|mark| mark.encode_utf8(&mut buffer).as_bytes());
    let mut value: i64 = 0;
    let mut group = 0;
    let mut groups = 0;
    let mut significant = 0;
    let mut rest = digits;
    while let [byte, after @ ..] = rest {
        if byte.is_ascii_digit() {
            significant += usize::from(significant > 0 || *byte != b'0');
            if significant <= 16 {
                value = value * 10 + i64::from(byte - b'0');
            }
            group += 1;
            rest = after;
        } else {
            rest = rest.strip_prefix(mark?)?;
            if group == 0 || group > 3 || (groups > 0 && group != 3) {
                return None;
            }
            groups += 1;
            group = 0;
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
    use proptest::prelude::*;

    fn format(decimal: u8, thousands: Option<char>, sign: SignPosition) -> NumberFormat {
        NumberFormat { decimal, thousands, sign, currency_signs: Vec::new() }
    }

    fn amount(text: &str, format: &NumberFormat) -> Result<i64, QuarantineCode> {
        parse_amount(text, format).map(|(cents, _)| cents)
    }

    #[test]
    fn senders_formats() {
        let plain = format(b'.', None, SignPosition::Leading);
        assert_eq!(amount("1234.5", &plain), Ok(123_450));
        assert_eq!(amount("-0.07", &plain), Ok(-7));
        assert_eq!(amount("3.1400", &plain), Ok(314));
        assert_eq!(parse_quantity("-2", &plain), Ok(-2));
        let sap = format(b',', Some('.'), SignPosition::Trailing);
        assert_eq!(amount("1.234.567,89-", &sap), Ok(-123_456_789));
        assert_eq!(amount("1234567,89", &sap), Ok(123_456_789));
        assert_eq!(parse_quantity("2,000", &sap), Ok(2));
        assert_eq!(parse_quantity("2.000", &sap), Ok(2000));
        let accountant = format(b'.', Some(','), SignPosition::Parentheses);
        assert_eq!(amount("(1,234.50)", &accountant), Ok(-123_450));
        assert_eq!(parse_quantity("(2)", &accountant), Ok(-2));
        for (mark, text) in
            [(' ', "1 234 567,8"), ('\u{a0}', "1\u{a0}234\u{a0}567,8"), ('\u{2019}', "1’234’567,8"), ('\'', "1'234'567,8")]
        {
            assert_eq!(amount(text, &format(b',', Some(mark), SignPosition::Leading)), Ok(123_456_780), "{text}");
        }
    }

    #[test]
    fn currency_signs_stand_on_either_side_and_tell_the_currency() {
        let signs =
            vec![("US$".to_owned(), "USD".to_owned()), ("€".to_owned(), "EUR".to_owned()), ("$".to_owned(), "CAD".to_owned())];
        let leading = NumberFormat { currency_signs: signs.clone(), ..format(b'.', Some(','), SignPosition::Leading) };
        for (text, expected) in [
            ("$1,234.50", (123_450, Some("CAD"))),
            ("US$5", (500, Some("USD"))),
            ("-$5.00", (-500, Some("CAD"))),
            ("$-5.00", (-500, Some("CAD"))),
            ("5.00 €", (500, Some("EUR"))),
            ("-5.00 €", (-500, Some("EUR"))),
            ("5.00", (500, None)),
        ] {
            assert_eq!(parse_amount(text, &leading), Ok(expected), "{text}");
        }
        let brackets = NumberFormat { currency_signs: signs, ..format(b'.', Some(','), SignPosition::Parentheses) };
        assert_eq!(parse_amount("($5.00)", &brackets), Ok((-500, Some("CAD"))));
        assert_eq!(parse_amount("$(5.00)", &brackets), Ok((-500, Some("CAD"))));
        for text in ["$$5", "$5€", "$", "£5", "5 $ 0", "--$5", "-$-5"] {
            assert_eq!(parse_amount(text, &leading), Err(QuarantineCode::BadAmount), "{text:?}");
        }
        assert_eq!(parse_quantity("$5", &leading), Err(QuarantineCode::BadQuantity));
    }

    #[test]
    fn what_is_written_in_another_way_is_refused() {
        let plain = format(b'.', None, SignPosition::Leading);
        for text in ["", "-", "1,5", "1.", ".5", "1e3", "+1", "1-", "1O", "--1", "1.234", "0x1", "١", " 1", "(5)", "1 000"] {
            assert_eq!(amount(text, &plain), Err(QuarantineCode::BadAmount), "{text:?}");
        }
        let sap = format(b',', Some('.'), SignPosition::Trailing);
        for text in ["1.23,00", ".123,00", "1..234,00", "1234.567,00", "-5,00", "12.34", "1.2345", "1 234,00", "5,00--"] {
            assert_eq!(amount(text, &sap), Err(QuarantineCode::BadAmount), "{text:?}");
        }
        let accountant = format(b'.', None, SignPosition::Parentheses);
        for text in ["-5", "5-", "(5", "5)", "((5))", "()"] {
            assert_eq!(amount(text, &accountant), Err(QuarantineCode::BadAmount), "{text:?}");
        }
        assert_eq!(parse_quantity("1.5", &plain), Err(QuarantineCode::BadQuantity));
        assert_eq!(parse_quantity("99999999", &plain), Err(QuarantineCode::OutOfRange));
        assert_eq!(amount("99999999999999999999999999", &plain), Err(QuarantineCode::OutOfRange));
    }

    #[test]
    fn a_number_with_two_readings_is_ambiguous_until_the_thousands_mark_is_declared() {
        let plain = format(b'.', None, SignPosition::Leading);
        for text in ["2.000", "12.000", "-120.000"] {
            assert_eq!(parse_quantity(text, &plain), Err(QuarantineCode::AmbiguousNumber), "{text}");
            assert_eq!(amount(text, &plain), Err(QuarantineCode::AmbiguousNumber), "{text}");
        }
        let declared = format(b'.', Some(','), SignPosition::Leading);
        assert_eq!(parse_quantity("2.000", &declared), Ok(2));
        for (text, units) in [("0.000", 0), ("2.00", 2), ("2.0000", 2), ("1200.000", 1200)] {
            assert_eq!(parse_quantity(text, &plain), Ok(units), "{text}");
        }
    }

    /// An amount as a sender writes it.
    fn write(cents: i64, format: &NumberFormat, sign_after: bool, currency: Option<&str>) -> String {
        let whole = (cents.unsigned_abs() / 100).to_string();
        let mut text = String::new();
        for (place, digit) in whole.chars().enumerate() {
            if place > 0 && (whole.len() - place).is_multiple_of(3) {
                text.extend(format.thousands);
            }
            text.push(digit);
        }
        text.push(char::from(format.decimal));
        text.push_str(&format!("{:02}", cents.unsigned_abs() % 100));
        match (currency, sign_after) {
            (Some(sign), true) => text = format!("{text} {sign}"),
            (Some(sign), false) => text = format!("{sign}{text}"),
            (None, _) => {}
        }
        match (cents < 0, format.sign) {
            (false, _) => text,
            (true, SignPosition::Leading) => format!("-{text}"),
            (true, SignPosition::Trailing) => format!("{text}-"),
            (true, SignPosition::Parentheses) => format!("({text})"),
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            cents in -MAX_AMOUNT_CENTS..=MAX_AMOUNT_CENTS,
            (decimal, thousands) in prop::sample::select(vec![
                (b'.', None), (b'.', Some(',')), (b'.', Some(' ')), (b'.', Some('\'')), (b',', None), (b',', Some('.')), (b',', Some(' ')),
                (b',', Some('\u{a0}')), (b',', Some('\u{202f}')), (b'.', Some('\u{2019}')),
            ]),
            sign in prop::sample::select(vec![SignPosition::Leading, SignPosition::Trailing, SignPosition::Parentheses]),
            currency in prop::sample::select(vec![None, Some("$"), Some("€"), Some("CHF")]),
            sign_after in any::<bool>(),
        ) {
            let signs = ["CHF", "€", "$"].map(|sign| (sign.to_owned(), format!("of {sign}")));
            let format = NumberFormat { decimal, thousands, sign, currency_signs: signs.to_vec() };
            let written = write(cents, &format, sign_after, currency);
            let of_sign = currency.map(|sign| format!("of {sign}"));
            prop_assert_eq!(parse_amount(&written, &format), Ok((cents, of_sign.as_deref())), "{}", written);
        }

        /// Whole numbers with any count of zeros behind the mark, where that cannot be thousands.
        #[test]
        fn quantities_that_are_written_are_read(
            quantity in -MAX_QUANTITY..=MAX_QUANTITY, zeros in 0..7_usize,
            (decimal, thousands) in prop::sample::select(vec![(b'.', None), (b'.', Some(',')), (b',', Some('.')), (b',', Some('\u{202f}'))]),
            sign in prop::sample::select(vec![SignPosition::Leading, SignPosition::Trailing, SignPosition::Parentheses]),
        ) {
            let format = format(decimal, thousands, sign);
            let with_cents = write(quantity * 100, &format, false, None);
            let mark = format!("{}00", char::from(decimal));
            let zeros = if zeros == 0 { String::new() } else { format!("{}{}", char::from(decimal), "0".repeat(zeros)) };
            let written = with_cents.replacen(&mark, &zeros, 1);
            let is_ambiguous = thousands.is_none() && zeros.len() == 4 && (1..1000).contains(&quantity.abs());
            let expected = if is_ambiguous { Err(QuarantineCode::AmbiguousNumber) } else { Ok(quantity) };
            prop_assert_eq!(parse_quantity(&written, &format), expected, "{}", written);
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,12}", thousands in prop::option::of(any::<char>())) {
            let format = format(b',', thousands, SignPosition::Parentheses);
            let _ = (parse_amount(&text, &format), parse_quantity(&text, &format));
        }
    }
}
