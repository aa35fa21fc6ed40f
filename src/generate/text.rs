//! Numbers and fields as bytes, appended to a buffer that is reused from line to line.

/// Appends a number, with leading zeros up to `width`.
pub(super) fn push_number(buffer: &mut Vec<u8>, number: u64, width: usize) {
    let mut digits = [b'0'; 20];
    let mut at = digits.len();
    let mut rest = number;
    while rest > 0 || at == digits.len() {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    let at = at.min(digits.len().saturating_sub(width));
    buffer.extend_from_slice(&digits[at..]);
}

/// Appends cents as `-1234.50`.
pub(super) fn push_amount(buffer: &mut Vec<u8>, cents: i64) {
    if cents < 0 {
        buffer.push(b'-');
    }
    push_number(buffer, cents.unsigned_abs() / 100, 1);
    buffer.push(b'.');
    push_number(buffer, cents.unsigned_abs() % 100, 2);
}

/// Appends cents as `1.234,50-`.
pub(super) fn push_german_amount(buffer: &mut Vec<u8>, cents: i64) {
    let whole = cents.unsigned_abs() / 100;
    let groups = [whole / 1_000_000_000, whole / 1_000_000 % 1000, whole / 1000 % 1000, whole % 1000];
    let first = groups.iter().position(|&group| group > 0).unwrap_or(3);
    for (at, &group) in groups.iter().enumerate().skip(first) {
        push_number(buffer, group, if at == first { 1 } else { 3 });
        if at < 3 {
            buffer.push(b'.');
        }
    }
    buffer.push(b',');
    push_number(buffer, cents.unsigned_abs() % 100, 2);
    if cents < 0 {
        buffer.push(b'-');
    }
}

/// A field as a sender that quotes only when needed writes it.
pub(super) fn quoted(text: &str, delimiter: char) -> String {
    if text.contains([delimiter, '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl Fn(&mut Vec<u8>)) -> String {
        let mut buffer = Vec::new();
        write(&mut buffer);
        String::from_utf8(buffer).unwrap_or_default()
    }

    #[test]
    fn amounts_are_written_as_their_senders_write_them() {
        assert_eq!(written(|b| push_amount(b, -123_450)), "-1234.50");
        assert_eq!(written(|b| push_amount(b, 5)), "0.05");
        assert_eq!(written(|b| push_german_amount(b, -123_450)), "1.234,50-");
        assert_eq!(written(|b| push_german_amount(b, 100_000_005)), "1.000.000,05");
        assert_eq!(written(|b| push_german_amount(b, 99)), "0,99");
        assert_eq!(written(|b| push_number(b, 42, 5)), "00042");
    }

    #[test]
    fn fields_are_quoted_only_when_needed() {
        assert_eq!(quoted("plain", ','), "plain");
        assert_eq!(quoted("15.6\" screen, grey", ','), "\"15.6\"\" screen, grey\"");
    }
}
