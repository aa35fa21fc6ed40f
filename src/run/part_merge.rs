//! The lines of a part's resellers, one after the other: each category's lines are read batch by batch and merged by date and line key, so
//! that neither a part nor a reseller is ever held whole.

use super::attach_outputs::LINE_COUNTS;
use super::attach_parts::AttachedPart;
use super::part_lines::{category_of_slot, slots};
use super::settle_parts::SettledPart;
use crate::error::{Error, Result};
use crate::io::sectioned::SectionedReader;
use crate::stages::attach::LineCount;
use crate::stages::line_id;
use crate::tables::stage::{LineCounts, Lines, Settlement};
use std::cmp::Ordering;

/// One accepted line with what counts of it.
pub struct MergedLine<'a> {
    /// Its id.
    pub id: i64,
    /// The lines of its batch.
    pub lines: &'a Lines,
    /// What settling found of them.
    pub settlement: &'a Settlement,
    /// Its row in both.
    pub row: usize,
    /// What counts of it.
    pub count: LineCount,
}

/// Reads a part's lines reseller by reseller.
pub struct PartMerge {
    lines: SectionedReader,
    counts: SectionedReader,
    slots: Vec<Slot>,
}

/// The lines of one category, from the next one on.
struct Slot {
    slot: usize,
    part: u16,
    category: u16,
    /// Place of the next line within the category.
    place: u32,
    batch: Option<(Lines, Settlement)>,
    row: usize,
    next_batch: usize,
    counts: Option<LineCounts>,
    count_row: usize,
    next_counts: usize,
}

impl PartMerge {
    /// Opens a part.
    ///
    /// # Errors
    /// Where a unit is damaged.
    pub fn open(settled: &SettledPart, attached: &AttachedPart, categories: usize) -> Result<Self> {
        let mut lines = SectionedReader::open(&settled.folder, "lines")?;
        let mut counts = SectionedReader::open(&attached.folder, LINE_COUNTS)?;
        let mut open = Vec::new();
        for slot in 0..slots(categories) {
            if lines.rows(slot) != counts.rows(slot) {
                let cause = format!("section {slot} has {} rows, the lines have {}", counts.rows(slot), lines.rows(slot));
                return Err(Error::Damaged { path: attached.folder.join(LINE_COUNTS), cause });
            }
            let mut slot = Slot {
                slot,
                part: attached.part,
                category: category_of_slot(slot, categories),
                place: 0,
                batch: None,
                row: 0,
                next_batch: 0,
                counts: None,
                count_row: 0,
                next_counts: 0,
            };
            slot.settle(&mut lines, &mut counts)?;
            if slot.batch.is_some() {
                open.push(slot);
            }
        }
        Ok(Self { lines, counts, slots: open })
    }

    /// Visits the accepted lines of a reseller by date and line key. Resellers are asked for in their order; some may be left out.
    ///
    /// # Errors
    /// Where a unit is damaged, or `visit` says so.
    pub fn reseller(&mut self, reseller: u32, visit: &mut dyn FnMut(&MergedLine<'_>) -> Result<()>) -> Result<()> {
        let Self { lines, counts, slots } = self;
        for slot in slots.iter_mut() {
            while slot.reseller().is_some_and(|other| other < reseller) {
                slot.advance(lines, counts)?;
            }
        }
        loop {
            let own = slots.iter_mut().filter(|slot| slot.reseller() == Some(reseller));
            let Some(slot) = own.min_by(|a, b| a.compare(b)) else { return Ok(()) };
            if let Some(line) = slot.line() {
                visit(&line)?;
            }
            slot.advance(lines, counts)?;
        }
    }
}

impl Slot {
    fn reseller(&self) -> Option<u32> {
        self.batch.as_ref().map(|(lines, _)| lines.reseller.value(self.row))
    }

    /// The line at which the slot stands; `None` for a repeat of another feed's.
    fn line(&self) -> Option<MergedLine<'_>> {
        let (lines, settlement) = self.batch.as_ref()?;
        let counts = self.counts.as_ref()?;
        let row = self.count_row;
        let count = LineCount {
            units: counts.units.value(row),
            amount: counts.amount.value(row),
            rungs: counts.rungs.value(row),
            elsewhere: counts.elsewhere.value(row),
            left_units: counts.left_units.value(row),
            left_amount: counts.left_amount.value(row),
            left_reason: counts.left_reason.value(row),
            exception: counts.exception.value(row),
        };
        let is_accepted = settlement.is_duplicate.value(self.row) == 0;
        let id = line_id(self.part, self.category, self.place);
        is_accepted.then_some(MergedLine { id, lines, settlement, row: self.row, count })
    }

    /// By date and line key (DESIGN part 3, rule 5), then by category. Within a category the lines stand in this order.
    fn compare(&self, other: &Self) -> Ordering {
        let (Some((a, a_settled)), Some((b, b_settled))) = (&self.batch, &other.batch) else { return Ordering::Equal };
        let (i, j) = (self.row, other.row);
        let text = |get: fn(&Lines) -> &arrow::array::StringArray| get(a).value(i).cmp(get(b).value(j));
        a.date
            .value(i)
            .cmp(&b.date.value(j))
            .then_with(|| text(|lines| &lines.invoice))
            .then_with(|| text(|lines| &lines.sku))
            .then_with(|| text(|lines| &lines.serials))
            .then_with(|| a.quantity.value(i).cmp(&b.quantity.value(j)))
            .then_with(|| a.amount.value(i).cmp(&b.amount.value(j)))
            .then_with(|| text(|lines| &lines.purchase_order))
            .then_with(|| text(|lines| &lines.sales_order))
            .then_with(|| text(|lines| &lines.end_customer))
            .then_with(|| text(|lines| &lines.certificate))
            .then_with(|| a.partner.value(i).cmp(&b.partner.value(j)))
            .then_with(|| a_settled.feed.value(i).cmp(&b_settled.feed.value(j)))
            .then_with(|| a_settled.file.value(i).cmp(&b_settled.file.value(j)))
            .then_with(|| a.record.value(i).cmp(&b.record.value(j)))
            .then_with(|| self.slot.cmp(&other.slot))
    }

    fn advance(&mut self, lines: &mut SectionedReader, counts: &mut SectionedReader) -> Result<()> {
        self.row += 1;
        self.count_row += 1;
        self.place += 1;
        self.settle(lines, counts)
    }

    /// Takes the next batches where those at hand are used up.
    fn settle(&mut self, lines: &mut SectionedReader, counts: &mut SectionedReader) -> Result<()> {
        while self.batch.as_ref().is_none_or(|(lines, _)| self.row >= lines.partner.values().len()) {
            let Some(batch) = lines.batch(self.slot, self.next_batch)? else {
                self.batch = None;
                return Ok(());
            };
            self.batch = Some((Lines::from_batch(&batch)?, Settlement::from_batch(&batch)?));
            self.next_batch += 1;
            self.row = 0;
        }
        while self.counts.as_ref().is_none_or(|counts| self.count_row >= counts.units.values().len()) {
            let Some(batch) = counts.batch(self.slot, self.next_counts)? else {
                return Err(Error::Internal("a line without its count".into()));
            };
            self.counts = Some(LineCounts::from_batch(&batch)?);
            self.next_counts += 1;
            self.count_row = 0;
        }
        Ok(())
    }
}
