//! Identifiers that a spreadsheet made numbers of.
//!
//! A spreadsheet that opens a text file writes `123456789012` back as `1.23E+11`, and a data frame writes `123` as `123.0`. What the
//! sender meant can no longer be told, or only guessed; such a value joins nothing and is set aside.

use crate::io::readers::FieldKind;

/// Digits that a spreadsheet's numbers hold exactly.
const EXACT_DIGITS: usize = 15;

/// Whether an identifier is no longer what the sender wrote.
pub fn is_altered(value: &str, kind: FieldKind) -> bool {
    match kind {
        FieldKind::Text => looks_altered(value),
        FieldKind::Number => !is_digits(value),
        FieldKind::Float => !is_digits(value) || value.len() > EXACT_DIGITS,
        FieldKind::Date | FieldKind::Broken => !value.is_empty(),
    }
}

fn is_digits(value: &str) -> bool {
    value.bytes().all(|byte| byte.is_ascii_digit())
}

/// `1.23E+11`, `1,23E+11`, `1E+05`, `123.0`.
fn looks_altered(value: &str) -> bool {
    let bytes = value.as_bytes();
    if !bytes.first().is_some_and(u8::is_ascii_digit) {
        return false;
    }
    if let Some(whole) = value.strip_suffix(".0") {
        return is_digits(whole);
    }
    let mantissa = bytes.iter().take_while(|byte| matches!(byte, b'0'..=b'9' | b'.' | b',')).count();
    let marks = bytes[..mantissa].iter().filter(|byte| !byte.is_ascii_digit()).count();
    let exponent = value[mantissa..].strip_prefix("E+").or_else(|| value[mantissa..].strip_prefix("e+"));
    marks <= 1 && exponent.is_some_and(|exponent| !exponent.is_empty() && is_digits(exponent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_leaves_behind() {
        for altered in ["1.23E+11", "1,23E+11", "5E+05", "1.2e+10", "4711.0"] {
            assert!(is_altered(altered, FieldKind::Text), "{altered}");
        }
        for kept in ["", "4711", "UK703E", "E+11", "A1.0", "1.23E11", "1.50", "12E+3X", "J9773A#ABB", "1.2.3E+4"] {
            assert!(!is_altered(kept, FieldKind::Text), "{kept}");
        }
        assert!(!is_altered("123456789012345", FieldKind::Float));
        assert!(is_altered("1234567890123456", FieldKind::Float));
        assert!(!is_altered("1234567890123456", FieldKind::Number));
        for (value, kind) in [("1.5", FieldKind::Number), ("-7", FieldKind::Float), ("2026-01-02", FieldKind::Date)] {
            assert!(is_altered(value, kind), "{value}");
        }
    }
}
