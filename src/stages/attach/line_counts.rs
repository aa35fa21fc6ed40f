//! What of each line counts for its own seller: what a partner is told of its lines.

use super::{HARDWARE, IndexRules, Outcome, SettledLines, Traits, is_open};
use crate::config::file::WindowScope;
use crate::config::plan::AttachPolicy;

/// Why attached packs do not count for the partner that sold them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Elsewhere {
    /// The hardware is another seller's, who is credited.
    OtherSeller,
    /// The hardware was sold outside the period.
    OutsidePeriod,
    /// An exception takes the hardware out.
    Excepted,
    /// The window of the hardware has not ended, and only ended ones count.
    OpenWindow,
}

impl Elsewhere {
    /// All, in the order in which they are judged.
    pub const ALL: [Self; 4] = [Self::OtherSeller, Self::OutsidePeriod, Self::Excepted, Self::OpenWindow];

    /// Its bit in [`LineCount::elsewhere`].
    pub fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// What of one line counts for its own seller.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LineCount {
    /// Hardware: units covered by whomever. Service: packs that count for its seller.
    pub units: i64,
    /// Service: money that counts for its seller, cents.
    pub amount: i64,
    /// Bits of the rungs by which the counted packs are attached: `1 << rung`.
    pub rungs: u8,
    /// Bits of [`Elsewhere`].
    pub elsewhere: u8,
    /// Service: packs that are attached to nothing.
    pub left_units: i64,
    /// Service: money that is attached to nothing, cents.
    pub left_amount: i64,
    /// [`crate::finding::LeftOver`] as a number plus 1; 0 where nothing is left over.
    pub left_reason: u8,
    /// Exception that takes the line out, or 0.
    pub exception: u16,
}

/// What counts of every settled line, row by row.
pub fn count_lines(
    settled: SettledLines<'_>,
    outcome: &Outcome,
    traits: &[Traits],
    rules: &IndexRules<'_>,
    (policy, windows): (&AttachPolicy, WindowScope),
) -> Vec<LineCount> {
    let mut counts: Vec<LineCount> = traits
        .iter()
        .enumerate()
        .map(|(row, own)| LineCount {
            units: if settled.lines.kind.value(row) == HARDWARE { outcome.attached_units[row] } else { 0 },
            exception: own.exception,
            ..LineCount::default()
        })
        .collect();
    for rest in &outcome.rests {
        let count = &mut counts[rest.service as usize];
        (count.left_units, count.left_amount, count.left_reason) = (rest.units, rest.amount, rest.reason as u8 + 1);
    }
    for attachment in &outcome.attachments {
        let row = attachment.service as usize;
        let (count, own) = (&mut counts[row], settled.lines.partner.value(row));
        let elsewhere = if policy.credit.of(attachment.hardware_partner, own) != own {
            Some(Elsewhere::OtherSeller)
        } else if !rules.is_in_period(attachment.hardware_date) {
            Some(Elsewhere::OutsidePeriod)
        } else if attachment.traits.exception != 0 {
            Some(Elsewhere::Excepted)
        } else if windows == WindowScope::Closed && is_open(attachment.hardware_date, rules.period, policy) {
            Some(Elsewhere::OpenWindow)
        } else {
            None
        };
        match elsewhere {
            Some(elsewhere) => count.elsewhere |= elsewhere.bit(),
            None => {
                count.units += attachment.packs;
                count.amount += attachment.amount;
                count.rungs |= 1 << attachment.rung as u8;
            }
        }
    }
    counts
}
