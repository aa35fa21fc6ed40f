//! Which lines an adjustment adds or drops (DESIGN part 5). Repeats are found first, so that a line that is dropped stays the one that
//! another feed's repeats; returns are settled after, so that a dropped line neither takes one nor is one.

use super::PartLines;
use crate::tables::stage::ADJUSTED_FEED;
use rustc_hash::FxHashMap;

/// What adjustments do to lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdjustedLines {
    /// The number of the adjustment that adds or drops each line, 0 where none does.
    pub number: Vec<u32>,
    /// Whether each line takes no further part: a repeat, or dropped.
    pub is_set_aside: Vec<bool>,
}

/// Looks every line up among the adjusted records, which are named by file and record. A repeat is not accepted, so it cannot be dropped.
pub fn find_adjusted(part: &PartLines, is_duplicate: &[bool], records: &FxHashMap<(i64, u32), u32>) -> AdjustedLines {
    let mut adjusted = AdjustedLines { number: vec![0; part.len()], is_set_aside: is_duplicate.to_vec() };
    if records.is_empty() {
        return adjusted;
    }
    for row in (0..part.len()).filter(|row| !is_duplicate[*row]) {
        if let Some(number) = records.get(&(part.file.value(row), part.lines.record.value(row))) {
            adjusted.number[row] = *number;
            adjusted.is_set_aside[row] = part.feed.value(row) != ADJUSTED_FEED;
        }
    }
    adjusted
}
