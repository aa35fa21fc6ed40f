//! File names of partners: any id, however it is written, gives a name of its own that no file system reads otherwise.

use crate::io::fingerprint;

/// Longer names are cut and told apart by a hash.
const LONGEST: usize = 100;

/// Names that some systems keep for devices, whatever the extension.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];
/// The same followed by a digit.
const NUMBERED_DEVICES: [&str; 2] = ["com", "lpt"];

/// The file name of a partner id, without extension. Letters, digits, dash and underscore stand as they are; anything else is written as its code
/// point, `~2E.` for a dot. Where an id has small letters, a tail tells which, so that ids that differ only in them have different names on file
/// systems that do not see the difference. The name of a device begins with its first letter's code point. None of it needs escaping in a link.
pub fn file_stem(partner_id: &str) -> String {
    let mut stem = String::with_capacity(partner_id.len());
    let mut small_letters = String::new();
    let mut nibble = 0u8;
    let mut letters = 0usize;
    for (place, letter) in partner_id.chars().enumerate() {
        let is_plain = letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
        if is_plain && !(place == 0 && is_device(partner_id)) {
            stem.push(letter);
        } else {
            stem.push_str(&format!("~{:X}.", letter as u32));
        }
        nibble |= u8::from(letter.is_ascii_lowercase()) << (letters % 4);
        letters += 1;
        if letters.is_multiple_of(4) {
            small_letters.push_str(&format!("{nibble:X}"));
            nibble = 0;
        }
    }
    small_letters.push_str(&format!("{nibble:X}"));
    let tail = small_letters.trim_end_matches('0');
    if partner_id.is_empty() || !tail.is_empty() {
        stem.push('~');
        // Ids of small letters alone are common: for them the mark is enough.
        if partner_id.chars().any(|letter| letter.is_ascii_uppercase()) {
            stem.push_str(tail);
        }
    }
    if stem.len() > LONGEST {
        // Every stem is ASCII.
        stem.truncate(LONGEST / 2);
        let hash = fingerprint::of_parts([partner_id.as_bytes()]);
        stem.push_str("~~");
        stem.push_str(&fingerprint::hex(&hash[..16]));
    }
    stem
}

fn is_device(partner_id: &str) -> bool {
    let lower = partner_id.to_ascii_lowercase();
    let mut before_digit = lower.clone();
    let is_numbered = before_digit.pop().is_some_and(|digit| digit.is_ascii_digit());
    DEVICES.contains(&lower.as_str()) || (is_numbered && NUMBERED_DEVICES.contains(&before_digit.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::path::{Component, Path};

    #[test]
    fn usual_ids_are_their_own_names() {
        for (id, stem) in [
            ("P0042", "P0042"),
            ("acme-west", "acme-west~"),
            ("Acme", "Acme~E"),
            ("CON", "~43.ON"),
            ("com1", "~63.om1~"),
            ("a/b", "a~2F.b~"),
            ("../x", "~2E.~2E.~2F.x~"),
            ("", "~"),
        ] {
            assert_eq!(file_stem(id), stem, "{id:?}");
        }
    }

    proptest! {
        /// Whatever the ids: a name is one harmless step of a path, and two ids never share one, also where small and capital letters are the same.
        #[test]
        fn names_are_safe_and_unique(a in "([A-Ba-b./~ \u{202e}é]{0,4}|[aA]{120,140})", b in "([A-Ba-b./~ \u{202e}é]{0,4}|[aA]{120,140})") {
            let (stem_a, stem_b) = (file_stem(&a), file_stem(&b));
            prop_assert_eq!(a == b, stem_a.eq_ignore_ascii_case(&stem_b), "{} {}", stem_a, stem_b);
            let name = format!("{stem_a}.html");
            let steps: Vec<Component<'_>> = Path::new(&name).components().collect();
            prop_assert!(matches!(steps[..], [Component::Normal(_)]));
            prop_assert!(name.len() <= 150 && !name.starts_with('.'));
            prop_assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_~.".contains(&byte)));
        }
    }
}
