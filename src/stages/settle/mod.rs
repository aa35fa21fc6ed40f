//! Settling: order by line key, repeats across feeds, returns. After it every line has its net units and money.

mod adjusted;
mod order;
mod repeats;
mod returns;

pub use adjusted::{AdjustedLines, find_adjusted};
pub use order::line_order;
pub use repeats::{Repeats, find_repeats};
pub use returns::{Returns, settle_returns};

use crate::tables::stage::Lines;
use arrow::array::{Int64Array, UInt16Array};

/// The lines of one part, or of some categories of it, with their feed and file.
#[derive(Debug, Clone)]
pub struct PartLines {
    /// The lines.
    pub lines: Lines,
    /// Index of each line's feed in the plan, or [`crate::tables::stage::ADJUSTED_FEED`].
    pub feed: UInt16Array,
    /// Id of each line's file.
    pub file: Int64Array,
}

impl PartLines {
    /// Number of lines.
    pub fn len(&self) -> usize {
        self.feed.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.feed.is_empty()
    }
}
