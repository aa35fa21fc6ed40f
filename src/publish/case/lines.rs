//! What a partner is told of one of its lines: whether it counts, and why, in words. The list of lines and the sums of the page are made of the same.

use super::words::Words;
use crate::config::language::Language;
use crate::finding::{LeftOver, Rung};
use crate::stages::attach::{Elsewhere, HARDWARE, LineCount, SERVICE};
use crate::tables::stage::KIND_UNMAPPED;

/// Columns of the list of a partner's lines: the layout that `reconcile` reads.
pub const HEADER: [&str; 20] = [
    "line_id",
    "kind",
    "category",
    "date",
    "invoice",
    "sku",
    "description",
    "quantity",
    "amount",
    "currency",
    "serials",
    "purchase_order",
    "sales_order",
    "end_customer",
    "certificate",
    "counted",
    "reason",
    "attached_units",
    "attached_amount",
    "source",
];

/// What is known of a line.
#[derive(Debug, Clone, Copy, Default)]
pub struct LineFacts<'a> {
    /// [`HARDWARE`], [`SERVICE`], another kind, or [`KIND_UNMAPPED`].
    pub kind: u8,
    /// Whether its date lies in the period.
    pub is_in_period: bool,
    /// Whether its window is open and only ended windows count.
    pub is_window_left_out: bool,
    /// Whether an adjustment takes it out.
    pub is_dropped: bool,
    /// Whether an adjustment adds it.
    pub is_added: bool,
    /// Whether unattached services count, and this is one that would.
    pub counts_unattached: bool,
    /// Reported units.
    pub quantity: i64,
    /// Units after returns.
    pub net_units: i64,
    /// Money after returns, cents of the reporting currency.
    pub net_amount: i64,
    /// What of it counts.
    pub count: LineCount,
    /// Id of the exception that takes it out.
    pub exception: Option<&'a str>,
}

/// What became of a line or of some of its units. The order is that of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// Hardware that counts.
    Hardware,
    /// A return of hardware without its sale: it counts, against the sum.
    HardwareReturn,
    /// Hardware whose window has not ended where only ended ones count.
    HardwareOpen,
    /// Hardware of an exception.
    HardwareExcepted,
    /// Packs that are attached and count; bits of the rungs.
    Attached(u8),
    /// Packs that count as sold, unattached.
    InScope,
    /// Attached packs that count for nobody or for another; the reason.
    Elsewhere(u8),
    /// Packs that are attached to nothing: the place of the reason.
    Left(u8),
    /// A return that was taken off its sale, or a sale that was wholly returned.
    Returned,
    /// Taken out by an adjustment.
    Dropped,
    /// Sold outside the period.
    OutsidePeriod,
    /// Neither hardware nor a service.
    OtherProduct,
    /// The product is not known.
    Unmapped,
}

impl Fate {
    /// Whether it enters the index.
    pub fn counts(self) -> bool {
        matches!(self, Self::Hardware | Self::HardwareReturn | Self::Attached(_) | Self::InScope)
    }

    /// In words, without numbers: a row of the page.
    pub fn label(self, say: &Language) -> String {
        match self {
            Self::Hardware => say.reason_hardware_short(),
            Self::HardwareReturn => say.reason_return_unmatched(),
            Self::HardwareOpen => say.reason_window_open(),
            Self::HardwareExcepted => say.reason_excepted_short(),
            Self::Attached(rungs) => say.reason_attached_short(how(rungs, say)),
            Self::InScope => say.reason_in_scope(),
            Self::Elsewhere(elsewhere) => elsewhere_label(elsewhere, say),
            Self::Left(reason) => left_label(reason, say),
            Self::Returned => say.reason_returned(),
            Self::Dropped => say.reason_dropped(),
            Self::OutsidePeriod => say.reason_outside_period(),
            Self::OtherProduct => say.reason_other_product(),
            Self::Unmapped => say.reason_unmapped(),
        }
    }
}

/// One fate of a line, with the units and the money that have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// What became of them.
    pub fate: Fate,
    /// Units or packs.
    pub units: i64,
    /// Cents of the reporting currency.
    pub amount: i64,
}

/// The fates of a line; at least one. Their units and money add up to the line's net ones.
pub fn fates(line: &LineFacts<'_>) -> Vec<Part> {
    let whole = |fate| vec![Part { fate, units: line.net_units, amount: line.net_amount }];
    let is_returned = line.quantity != 0 && line.net_units == 0 && line.net_amount == 0;
    match line.kind {
        _ if line.is_dropped => whole(Fate::Dropped),
        HARDWARE if !line.is_in_period => whole(Fate::OutsidePeriod),
        HARDWARE if is_returned => whole(Fate::Returned),
        HARDWARE if line.exception.is_some() => whole(Fate::HardwareExcepted),
        HARDWARE if line.is_window_left_out => whole(Fate::HardwareOpen),
        HARDWARE if line.quantity < 0 => whole(Fate::HardwareReturn),
        HARDWARE => whole(Fate::Hardware),
        SERVICE if is_returned => whole(Fate::Returned),
        SERVICE => service_fates(line),
        KIND_UNMAPPED => whole(Fate::Unmapped),
        _ => whole(Fate::OtherProduct),
    }
}

fn service_fates(line: &LineFacts<'_>) -> Vec<Part> {
    let count = &line.count;
    let mut parts = Vec::new();
    if count.units != 0 || count.amount != 0 {
        parts.push(Part { fate: Fate::Attached(count.rungs), units: count.units, amount: count.amount });
    }
    if count.elsewhere != 0 {
        let (units, amount) = (line.net_units - count.units - count.left_units, line.net_amount - count.amount - count.left_amount);
        parts.push(Part { fate: Fate::Elsewhere(count.elsewhere), units, amount });
    }
    if let Some(reason) = count.left_reason.checked_sub(1) {
        let fate = if line.counts_unattached { Fate::InScope } else { Fate::Left(reason) };
        parts.push(Part { fate, units: count.left_units, amount: count.left_amount });
    }
    if parts.is_empty() {
        // Older than what is read for the period, or without units and money.
        parts.push(Part { fate: Fate::OutsidePeriod, units: line.net_units, amount: line.net_amount });
    }
    parts
}

/// Why a line counts or not, in one text.
pub fn reason(line: &LineFacts<'_>, parts: &[Part], words: &Words<'_>) -> String {
    let say = words.say;
    let of = |part: &Part| match part.fate {
        Fate::Hardware => say.reason_hardware(words.count(line.net_units), words.count(line.count.units)),
        Fate::HardwareExcepted => say.reason_excepted(line.exception.unwrap_or_default()),
        Fate::Attached(rungs) => say.reason_attached(words.count(part.units), how(rungs, say)),
        Fate::Left(reason) => say.reason_left(words.count(part.units), left_label(reason, say)),
        other => other.label(say),
    };
    let texts = parts.iter().map(of).chain(line.is_added.then(|| say.reason_added()));
    texts.collect::<Vec<_>>().join("; ")
}

/// The rungs of a set of bits in words.
fn how(rungs: u8, say: &Language) -> String {
    let word = |rung: &Rung| match rung {
        Rung::Serial => say.how_serial(),
        Rung::Invoice => say.how_invoice(),
        Rung::Order => say.how_order(),
        Rung::Customer => say.how_customer(),
        Rung::Pool => say.how_pool(),
    };
    let used = Rung::ALL.iter().filter(|rung| rungs & (1 << **rung as u8) != 0);
    used.map(word).collect::<Vec<_>>().join(", ")
}

fn elsewhere_label(bits: u8, say: &Language) -> String {
    let word = |elsewhere: Elsewhere| match elsewhere {
        Elsewhere::OtherSeller => say.reason_other_seller(),
        Elsewhere::OutsidePeriod => say.reason_hardware_outside(),
        Elsewhere::Excepted => say.reason_hardware_excepted(),
        Elsewhere::OpenWindow => say.reason_hardware_open(),
    };
    let used = Elsewhere::ALL.into_iter().filter(|elsewhere| bits & elsewhere.bit() != 0);
    used.map(word).collect::<Vec<_>>().join("; ")
}

fn left_label(reason: u8, say: &Language) -> String {
    match LeftOver::from_index(reason) {
        Some(LeftOver::NoUnits) => say.left_no_units(),
        Some(LeftOver::UnmatchedReturn) => say.left_unmatched_return(),
        Some(LeftOver::PostWarranty) => say.left_post_warranty(),
        Some(LeftOver::NoHardware) => say.left_no_hardware(),
        Some(LeftOver::OutOfWindow) => say.left_out_of_window(),
        Some(LeftOver::Surplus) => say.left_surplus(),
        Some(LeftOver::NoKey) | None => say.left_no_key(),
    }
}
