//! What is wrong with a few records, as it happens at real senders.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::feed::Feed;
use crate::finding::QuarantineCode;

/// A fault in one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Defect {
    /// A quote inside a quoted field that is not doubled.
    StrayQuote,
    /// A byte that is not UTF-8.
    UndecodableByte,
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
    /// No product number.
    EmptySku,
}

impl Defect {
    /// Every fault, in the order in which they take turns. The first two occur only in a feed that quotes fields and is UTF-8.
    pub const ALL: [Self; 8] = [
        Self::StrayQuote,
        Self::UndecodableByte,
        Self::UnreadableQuantity,
        Self::ImpossibleDate,
        Self::FutureDate,
        Self::MissingField,
        Self::SurplusField,
        Self::EmptySku,
    ];

    /// Its name on the command line and in the truth.
    pub fn name(self) -> &'static str {
        match self {
            Self::StrayQuote => "stray_quote",
            Self::UndecodableByte => "undecodable_byte",
            Self::UnreadableQuantity => "unreadable_quantity",
            Self::ImpossibleDate => "impossible_date",
            Self::FutureDate => "future_date",
            Self::MissingField => "missing_field",
            Self::SurplusField => "surplus_field",
            Self::EmptySku => "empty_sku",
        }
    }

    /// Why a run must set the record aside.
    pub(super) fn reason(self) -> QuarantineCode {
        match self {
            Self::StrayQuote => QuarantineCode::StrayQuote,
            Self::UndecodableByte => QuarantineCode::Undecodable,
            Self::UnreadableQuantity => QuarantineCode::BadQuantity,
            Self::ImpossibleDate => QuarantineCode::BadDate,
            Self::FutureDate => QuarantineCode::AfterAsOf,
            Self::MissingField | Self::SurplusField => QuarantineCode::FieldCount,
            Self::EmptySku => QuarantineCode::MissingValue,
        }
    }

    fn occurs_in(self, feed: Feed) -> bool {
        feed == Feed::DistributorA || !matches!(self, Self::StrayQuote | Self::UndecodableByte)
    }
}

/// Which faults there are, and how often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Defects {
    /// The faults, which take turns.
    pub kinds: Vec<Defect>,
    /// One damaged record in so many of those that carry no truth.
    pub one_in: u32,
    /// Of a hundred sale records, how many lack their serials, how many their invoice number, and how many their end customer: each for itself.
    pub missing_keys_percent: u32,
}

impl Default for Defects {
    /// Every fault, in one of 600 records.
    fn default() -> Self {
        Self { kinds: Defect::ALL.to_vec(), one_in: 600, missing_keys_percent: 0 }
    }
}

impl Defects {
    /// Draws whether a record lacks one of its keys. Nothing is drawn where none is ever missing, so that other records stay as they are.
    pub(super) fn lacks_key(&self, rng: &mut ChaCha8Rng) -> bool {
        self.missing_keys_percent > 0 && rng.random_range(0..100) < self.missing_keys_percent
    }

    /// Draws whether a record of a feed is damaged. Faults take turns, so that a small sample has one of each.
    pub(super) fn draw(&self, rng: &mut ChaCha8Rng, feed: Feed, turn: &mut usize) -> Option<Defect> {
        if rng.random_range(0..self.one_in.max(1)) != 0 {
            return None;
        }
        let of_feed: Vec<Defect> = self.kinds.iter().copied().filter(|defect| defect.occurs_in(feed)).collect();
        let defect = of_feed.get(turn.checked_rem(of_feed.len())?).copied();
        *turn += 1;
        defect
    }
}
