//! One form for each SKU and each partner name.

use std::borrow::Cow;

/// Splits a SKU into its base, trimmed and in upper case, and the localisation option after `#`, as written. A plain trailing letter is
/// part of the base.
pub fn normalise_sku(raw: &str) -> (Cow<'_, str>, Option<&str>) {
    let (base, option) = match memchr::memchr(b'#', raw.as_bytes()) {
        Some(at) => (raw[..at].trim(), Some(raw[at + 1..].trim()).filter(|option| !option.is_empty())),
        None => (raw.trim(), None),
    };
    let is_upper = base.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_lowercase());
    (if is_upper { Cow::Borrowed(base) } else { Cow::Owned(base.to_uppercase()) }, option)
}

/// A name in lower case, with single spaces for everything that is neither letter nor digit.
pub fn normalise_name(raw: &str) -> String {
    // By way of upper case, so that `Straße` and `STRASSE` meet.
    let folded = raw.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase);
    let spaced: String = folded.map(|letter| if letter.is_alphanumeric() { letter } else { ' ' }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{normalise_name, normalise_sku};

    #[test]
    fn a_sku_loses_its_option_and_nothing_else() {
        for (raw, base, option) in [
            (" nb4512a#abu ", "NB4512A", Some("abu")),
            ("UK703E", "UK703E", None),
            ("U4391PE", "U4391PE", None),
            ("NB1 #", "NB1", None),
            ("#ABU", "", Some("ABU")),
            ("", "", None),
            ("é1", "É1", None),
        ] {
            let (found, found_option) = normalise_sku(raw);
            assert_eq!((found.as_ref(), found_option), (base, option), "{raw}");
        }
    }

    #[test]
    fn names_meet_in_one_form() {
        for raw in ["Partner 0042 Ltd.", "  PARTNER  0042, LTD", "partner-0042 ltd"] {
            assert_eq!(normalise_name(raw), "partner 0042 ltd");
        }
        assert_eq!(normalise_name("Straße"), normalise_name("STRASSE"));
        assert_eq!(normalise_name(" .,- "), "");
    }
}
