//! What became of every service unit and cent: attached, on which rung and to which line, or left over with its reason.

use super::Traits;
use crate::finding::{LeftOver, Rung};

/// So many units of one service line allotted to one hardware line, with their money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attachment {
    /// Row of the service line.
    pub service: u32,
    /// Id of the hardware line.
    pub hardware_id: i64,
    /// The rung.
    pub rung: Rung,
    /// Packs of the service line used.
    pub packs: i64,
    /// Hardware units covered; 0 for an add-on.
    pub units: i64,
    /// Money, cents of the reporting currency.
    pub amount: i64,
    /// The hardware's date.
    pub hardware_date: i32,
    /// The hardware's partner.
    pub hardware_partner: u32,
    /// What the index reads of the hardware line.
    pub traits: Traits,
}

/// What is left over of a service line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rest {
    /// Row of the service line.
    pub service: u32,
    /// Packs; below 0 of a return that met no sale.
    pub units: i64,
    /// Money, cents of the reporting currency.
    pub amount: i64,
    /// Why it is left over.
    pub reason: LeftOver,
}

/// Every attachment and every left-over of some settled lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// By service row, rung, and the hardware's date and line.
    pub attachments: Vec<Attachment>,
    /// Units of each line that are attached: packs used of a service, units covered of hardware.
    pub attached_units: Vec<i64>,
    /// Of each service line of which units or money are left over, by row.
    pub rests: Vec<Rest>,
}

/// What became of one line.
#[derive(Debug, Clone, Copy, Default)]
pub struct LineOutcome<'a> {
    /// Of a service line: its attachments.
    pub attachments: &'a [Attachment],
    /// Of a service line: what is left over.
    pub rest: Option<&'a Rest>,
}

impl Outcome {
    /// What became of each of some lines, whose rows must ascend.
    pub fn of_lines(&self, rows: impl IntoIterator<Item = usize>) -> impl Iterator<Item = LineOutcome<'_>> {
        let (mut attachments, mut rests) = (self.attachments.as_slice(), self.rests.as_slice());
        rows.into_iter().map(move |row| {
            let is_before = |service: u32| (service as usize) < row;
            attachments = &attachments[attachments.iter().take_while(|attachment| is_before(attachment.service)).count()..];
            rests = &rests[rests.iter().take_while(|rest| is_before(rest.service)).count()..];
            let own = attachments.iter().take_while(|attachment| attachment.service as usize == row).count();
            LineOutcome { attachments: &attachments[..own], rest: rests.first().filter(|rest| rest.service as usize == row) }
        })
    }
}
