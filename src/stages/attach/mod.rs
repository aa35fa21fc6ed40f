//! Attachment (DESIGN part 4): service units are allotted to hardware units by a ladder of rungs, each taking what the rungs above left.

mod contributions;
mod groups;
mod kept;
mod keys;
mod ladder;
mod left_over;
mod line_counts;
mod matching;
mod orders;
mod outcome;
mod serial;
mod shares;
mod sides;
mod sums;
mod traits;

pub use contributions::{CellKey, CellSums, ContributionKey, Contributions, contribute, is_in_scope, is_open};
pub use line_counts::{Elsewhere, LineCount, count_lines};
pub use matching::{SerialUse, attach_services};
pub use orders::{OrderKey, sum_orders};
pub use outcome::{Attachment, LineOutcome, Outcome, Rest};
pub use serial::{BucketOutcome, BucketSerials, Contended, SerialPair, category_findings, settle_contended};
pub use sums::{PartSums, PartnerSums, SkuSums, sum_up};
pub use traits::{IndexRules, Traits, quarter, quarter_starts};

use crate::tables::stage::{ADJUSTED_FEED, FLAG_POST_WARRANTY, Lines, Settlement};

/// Kind of hardware in stage tables.
pub const HARDWARE: u8 = crate::reference::Kind::Hardware as u8;
/// Kind of services in stage tables.
pub const SERVICE: u8 = crate::reference::Kind::Service as u8;

/// Settled lines in line order with what the rules read of them.
#[derive(Debug, Clone, Copy)]
pub struct SettledLines<'a> {
    /// The lines.
    pub lines: &'a Lines,
    /// What settling found.
    pub settlement: &'a Settlement,
}

impl SettledLines<'_> {
    /// Number of lines.
    pub fn len(&self) -> usize {
        self.lines.partner.values().len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether a line takes part in attachment and index: it is neither a repeat, nor dropped, nor older than what is read for the period.
    #[inline]
    pub fn counts(&self, row: usize, horizon: i32) -> bool {
        self.lines.date.value(row) >= horizon && !self.is_set_aside(row)
    }

    /// Whether a line repeats another feed's or is dropped by an adjustment.
    #[inline]
    pub fn is_set_aside(&self, row: usize) -> bool {
        self.settlement.is_duplicate.value(row) != 0 || self.is_dropped(row)
    }

    /// Whether an adjustment drops the line.
    pub fn is_dropped(&self, row: usize) -> bool {
        self.settlement.adjustment.value(row) != 0 && !self.is_added(row)
    }

    /// Whether an adjustment adds the line.
    pub fn is_added(&self, row: usize) -> bool {
        self.settlement.feed.value(row) == ADJUSTED_FEED
    }
    /// Whether a pack of the line can be attached at all.
    pub fn is_attachable_service(&self, row: usize) -> bool {
        self.lines.kind.value(row) == SERVICE && self.lines.flags.value(row) & FLAG_POST_WARRANTY == 0
    }
}
