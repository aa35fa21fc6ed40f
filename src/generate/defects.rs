//! What is wrong with a few records, as it happens at real senders.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::feed::Feed;

/// One damaged record in so many of those that carry no truth.
const RECORDS_PER_DEFECT: u32 = 600;

/// A fault in one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Defect {
    /// The letter O typed for a zero.
    UnreadableQuantity,
    /// The 30th of February.
    ImpossibleDate,
    /// A day after both drops.
    FutureDate,
    /// The last field and its delimiter are missing.
    MissingField,
    /// A delimiter inside an unquoted description.
    SurplusField,
    /// A quote inside a quoted field that is not doubled.
    StrayQuote,
    /// A byte that is not UTF-8.
    UndecodableByte,
    /// No product number.
    EmptySku,
}

/// The first of these occur only in a feed that quotes fields and is UTF-8.
const ALL: [Defect; 8] = [
    Defect::StrayQuote,
    Defect::UndecodableByte,
    Defect::UnreadableQuantity,
    Defect::ImpossibleDate,
    Defect::FutureDate,
    Defect::MissingField,
    Defect::SurplusField,
    Defect::EmptySku,
];
const DISTRIBUTOR_A_ONLY: usize = 2;

impl Defect {
    /// Draws whether a record of a feed is damaged. Faults take turns, so that a small sample has one of each.
    pub fn draw(rng: &mut ChaCha8Rng, feed: Feed, turn: &mut usize) -> Option<Self> {
        if rng.random_range(0..RECORDS_PER_DEFECT) != 0 {
            return None;
        }
        let of_feed = if feed == Feed::DistributorA { &ALL[..] } else { &ALL[DISTRIBUTOR_A_ONLY..] };
        let defect = of_feed[*turn % of_feed.len()];
        *turn += 1;
        Some(defect)
    }
}
