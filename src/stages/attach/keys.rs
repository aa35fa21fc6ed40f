//! The keys that hardware and service must share on a rung: texts of a column, made quick to compare.

use arrow::array::StringArray;
use rustc_hash::FxHasher;
use std::hash::Hasher;
use std::ops::Range;

/// Length up to which the first and the last 8 bytes are the whole text.
const WHOLE: usize = 16;

/// An odd number without a pattern, by which a multiplication mixes bits upwards (Knuth, The Art of Computer Programming, 6.4): 2^64 divided
/// by the golden ratio.
const MIX: u64 = 0x9E37_79B9_7F4A_7C15;

/// A column of keys.
#[derive(Debug, Clone, Copy)]
pub(super) struct KeyColumn<'a> {
    offsets: &'a [i32],
    bytes: &'a [u8],
}

/// A key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key<'a> {
    text: &'a [u8],
    /// With its length all that there is of a text of up to [`WHOLE`] bytes; of a longer one a hash.
    code: (u64, u64),
}

/// The keys of one pass, by row.
pub(super) trait Keys<'a>: Copy {
    /// Whether there is one: an empty key matches nothing.
    fn has(&self, row: u32) -> bool;

    /// The key.
    fn key(&self, row: u32) -> Key<'a>;

    /// Its last 8 bytes as a number, of a shorter one all: of document numbers nearly always what tells them apart.
    fn ending(&self, row: u32) -> u64;
}

impl<'a> KeyColumn<'a> {
    pub(super) fn new(column: &'a StringArray) -> Self {
        Self { offsets: column.value_offsets(), bytes: column.value_data() }
    }

    fn span(&self, row: u32) -> Range<usize> {
        self.offsets[row as usize] as usize..self.offsets[row as usize + 1] as usize
    }
}

impl<'a> Keys<'a> for KeyColumn<'a> {
    fn has(&self, row: u32) -> bool {
        !self.span(row).is_empty()
    }

    fn key(&self, row: u32) -> Key<'a> {
        Key::of(&self.bytes[self.span(row)])
    }

    /// Keys that are there and keys that are not follow each other as they like, so there is no branch for either: bytes of the row before are
    /// read too, and cut off.
    fn ending(&self, row: u32) -> u64 {
        let span = self.span(row);
        let bytes = &self.bytes[..span.end];
        let last = match bytes.last_chunk() {
            Some(last) => u64::from_le_bytes(*last),
            None => bytes.iter().fold(0, |last, byte| last >> 8 | u64::from(*byte) << 56),
        };
        last & !u64::MAX.unbounded_shr(8 * span.len().min(8) as u32)
    }
}

/// One key for all rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Anything;

impl<'a> Keys<'a> for Anything {
    fn has(&self, _: u32) -> bool {
        true
    }

    fn key(&self, _: u32) -> Key<'a> {
        Key::of(b"*")
    }

    fn ending(&self, _: u32) -> u64 {
        0
    }
}

impl<'a> Key<'a> {
    fn of(text: &'a [u8]) -> Self {
        let code = match (text.first_chunk(), text.last_chunk()) {
            (Some(first), Some(last)) if text.len() <= WHOLE => (u64::from_le_bytes(*first), u64::from_le_bytes(*last)),
            (Some(_), _) => (hash(text), 0),
            (None, _) => (short(text), 0),
        };
        Self { text, code }
    }

    /// A hash of the text.
    pub(super) fn hash(&self) -> u64 {
        (self.code.0 ^ self.code.1.wrapping_mul(MIX)).wrapping_mul(MIX)
    }
}

impl PartialEq for Key<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.code == other.code && self.text.len() == other.text.len() && (self.text.len() <= WHOLE || self.text == other.text)
    }
}

/// A text of less than 8 bytes as a number.
fn short(text: &[u8]) -> u64 {
    text.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

fn hash(text: &[u8]) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(text);
    hasher.finish()
}

/// Which endings there are among some keys, some too many: one bit for the hash of each.
#[derive(Debug)]
pub(super) struct Endings([u64; 64]);

impl Default for Endings {
    fn default() -> Self {
        Self([0; 64])
    }
}

impl Endings {
    /// Adds one.
    pub(super) fn add(&mut self, ending: u64) {
        let hash = ending.wrapping_mul(MIX);
        self.0[(hash >> 58) as usize] |= 1 << (hash >> 52 & 63);
    }

    /// Whether it may have been added. Where it was, always.
    pub(super) fn may_have(&self, ending: u64) -> bool {
        let hash = ending.wrapping_mul(MIX);
        self.0[(hash >> 58) as usize] >> (hash >> 52 & 63) & 1 != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Of all lengths, so that keys differ in any place and stand anywhere in their column.
        #[test]
        fn keys_are_equal_where_their_texts_are(texts in prop::collection::vec("[ab]{0,3}(0123456)?[ab]?(89012345)?[ab]{0,2}", 1..40)) {
            let column = StringArray::from_iter_values(&texts);
            let column = KeyColumn::new(&column);
            let mut endings = Endings::default();
            for (one, text) in (0u32..).zip(&texts) {
                let key = column.key(one);
                prop_assert_eq!(column.has(one), !text.is_empty());
                endings.add(column.ending(one));
                for (two, other) in (0u32..).zip(&texts) {
                    let other_key = column.key(two);
                    prop_assert_eq!(key == other_key, text == other, "{} and {}", text, other);
                    if text.len() <= 8 && text.len() == other.len() {
                        prop_assert_eq!(column.ending(one) == column.ending(two), text == other, "{} and {}", text, other);
                    }
                    if text == other {
                        prop_assert_eq!((key.hash(), column.ending(one)), (other_key.hash(), column.ending(two)));
                    }
                }
            }
            for row in 0..texts.len() as u32 {
                prop_assert!(endings.may_have(column.ending(row)));
            }
        }
    }

    #[test]
    fn document_numbers_that_follow_each_other_spread_over_the_hash() {
        for width in [6, 8, 10, 14, 20] {
            let texts: Vec<String> = (0..64).map(|number| format!("A{number:0width$}")).collect();
            let tops: std::collections::BTreeSet<u64> = texts.iter().map(|text| Key::of(text.as_bytes()).hash() >> 56).collect();
            assert!(tops.len() >= 40, "of 64 keys of {width} digits {} differ in the first byte of the hash", tops.len());
        }
    }
}
