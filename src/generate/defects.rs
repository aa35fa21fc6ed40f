//! What is wrong with a few records, as it happens at real senders.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::feed::Feed;
use super::file_defects::FileDefect;
use super::recast::{Recast, can_have};
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
    /// An identifier of many digits that a spreadsheet wrote back as `1.23E+11`: the invoice, or the serial of a registration.
    AlteredId,
    /// An amount with three decimals, or with thousands.
    AmbiguousNumber,
    /// A JSON object without its end.
    CutObject,
    /// A name twice in a JSON object.
    RepeatedName,
    /// An X12 transaction set without its end.
    CutSet,
    /// An X12 quantity with a qualifier that is neither a sale nor a return.
    QuantityCode,
    /// An X12 return quantity with a minus.
    SignedReturn,
}

impl Defect {
    /// Every fault, in the order in which they take turns. A layout has only some of them.
    pub const ALL: [Self; 15] = [
        Self::StrayQuote,
        Self::UndecodableByte,
        Self::UnreadableQuantity,
        Self::ImpossibleDate,
        Self::FutureDate,
        Self::MissingField,
        Self::SurplusField,
        Self::EmptySku,
        Self::AlteredId,
        Self::AmbiguousNumber,
        Self::CutObject,
        Self::RepeatedName,
        Self::CutSet,
        Self::QuantityCode,
        Self::SignedReturn,
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
            Self::AlteredId => "altered_id",
            Self::AmbiguousNumber => "ambiguous_number",
            Self::CutObject => "cut_object",
            Self::RepeatedName => "repeated_name",
            Self::CutSet => "cut_set",
            Self::QuantityCode => "quantity_code",
            Self::SignedReturn => "signed_return",
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
            Self::AlteredId => QuarantineCode::AlteredId,
            Self::AmbiguousNumber => QuarantineCode::AmbiguousNumber,
            Self::CutObject | Self::RepeatedName => QuarantineCode::BadJson,
            Self::CutSet => QuarantineCode::SetCut,
            Self::QuantityCode => QuarantineCode::QuantityCode,
            Self::SignedReturn => QuarantineCode::ReturnSign,
        }
    }

    /// Whether it is a fault of how the record is written, and not of one of its values.
    pub(super) fn is_of_text(self) -> bool {
        match self {
            Self::StrayQuote
            | Self::UndecodableByte
            | Self::MissingField
            | Self::SurplusField
            | Self::CutObject
            | Self::RepeatedName
            | Self::CutSet
            | Self::QuantityCode
            | Self::SignedReturn => true,
            Self::UnreadableQuantity
            | Self::ImpossibleDate
            | Self::FutureDate
            | Self::EmptySku
            | Self::AlteredId
            | Self::AmbiguousNumber => false,
        }
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
    /// Files that are damaged as a whole.
    pub files: Vec<(Feed, FileDefect)>,
}

impl Default for Defects {
    /// Every fault, in one of 600 records.
    fn default() -> Self {
        Self { kinds: Defect::ALL.to_vec(), one_in: 600, missing_keys_percent: 0, files: Vec::new() }
    }
}

impl Defects {
    /// Draws whether a record lacks one of its keys. Nothing is drawn where none is ever missing, so that other records stay as they are.
    pub(super) fn lacks_key(&self, rng: &mut ChaCha8Rng) -> bool {
        self.missing_keys_percent > 0 && rng.random_range(0..100) < self.missing_keys_percent
    }

    /// The faults that a feed in a layout can have.
    pub(super) fn possible(&self, feed: Feed, layout: &Recast) -> Vec<Defect> {
        self.kinds.iter().copied().filter(|defect| can_have(feed, layout, *defect)).collect()
    }

    /// Draws whether a record of a feed in a layout is damaged. Faults take turns, so that a small sample has one of each.
    pub(super) fn draw(&self, rng: &mut ChaCha8Rng, feed: Feed, layout: &Recast, turn: &mut usize) -> Option<Defect> {
        if rng.random_range(0..self.one_in.max(1)) != 0 {
            return None;
        }
        let of_feed = self.possible(feed, layout);
        let defect = of_feed.get(turn.checked_rem(of_feed.len())?).copied();
        *turn += 1;
        defect
    }
}
