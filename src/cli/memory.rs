//! Sizes of memory on the command line.

/// Reads a size in bytes or with a binary unit: `512MiB`, `4GiB`.
pub fn parse(text: &str) -> Result<u64, String> {
    let number = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let unit: u64 = match &text[number.len()..] {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        "TiB" => 1 << 40,
        other => return Err(format!("unknown unit `{other}`; known: B, KiB, MiB, GiB, TiB")),
    };
    let number: u64 = number.parse().map_err(|_| format!("`{number}` is not a whole number"))?;
    number.checked_mul(unit).filter(|bytes| *bytes > 0).ok_or_else(|| format!("`{text}` is out of range"))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn sizes_have_binary_units() {
        assert_eq!(parse("512MiB"), Ok(512 << 20));
        assert_eq!(parse("4GiB"), Ok(4 << 30));
        assert_eq!(parse("1000"), Ok(1000));
        for wrong in ["", "GiB", "1.5GiB", "4GB", "0", "-1", "99999999999TiB", "é"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
