//! The files that attachment leaves of one part.

use super::extract_files::part_of_partner;
use super::part_lines::{slot_of, slots};
use super::{RunOptions, cell_rows};
use crate::config::plan::{AttachPolicy, Plan};
use crate::error::Result;
use crate::io::sectioned::Scatter;
use crate::publish::parquet::{TableWriter, WrittenTable};
use crate::reference::References;
use crate::stages::attach::{
    CellSums, Contributions, HARDWARE, IndexRules, LineCount, OrderKey, Outcome, SettledLines, Traits, is_open,
};
use crate::tables::published::{FACT_ATTACHMENT, FACT_SALE_LINE};
use crate::tables::stage::{ContributionsBuilder, LineCountsBuilder, Lines, OpenLinesBuilder, OrderCellsBuilder};
use std::path::Path;

/// File of what counts of each line.
pub const LINE_COUNTS: &str = "line_counts";

/// The writers of one part's unit. What belongs to a partner is scattered by that partner's part: a pack may be attached to hardware of
/// another.
pub struct Outputs<'r> {
    /// `fact_sale_line`.
    pub sale_lines: TableWriter,
    /// `fact_attachment`.
    pub attachments: TableWriter,
    contributions: Scatter<ContributionsBuilder>,
    orders: Scatter<OrderCellsBuilder>,
    open_lines: Scatter<OpenLinesBuilder>,
    line_counts: Scatter<LineCountsBuilder>,
    categories: usize,
    references: &'r References,
    parts: usize,
}

impl<'r> Outputs<'r> {
    /// Creates the files.
    ///
    /// # Errors
    /// Where they cannot be written.
    pub fn create(plan: &Plan, references: &'r References, folder: &Path, options: &RunOptions) -> Result<Self> {
        let compatibility = plan.publish.compatibility;
        let parts = usize::from(plan.publish.parts);
        let rows = options.scatter_rows();
        Ok(Self {
            sale_lines: TableWriter::create(&folder.join("sale_lines.parquet"), &FACT_SALE_LINE, compatibility)?,
            attachments: TableWriter::create(&folder.join("attachments.parquet"), &FACT_ATTACHMENT, compatibility)?,
            contributions: Scatter::create(folder, "contributions", parts, rows)?,
            orders: Scatter::create(folder, "orders", parts, rows)?,
            open_lines: Scatter::create(folder, "open_lines", 1, rows)?,
            line_counts: Scatter::create(folder, LINE_COUNTS, slots(references.categories.len()), rows)?,
            categories: references.categories.len(),
            references,
            parts,
        })
    }

    /// Writes what orders have in cells.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn orders(&mut self, orders: &[(OrderKey, CellSums)]) -> Result<()> {
        for (key, sums) in orders {
            let part = part_of_partner(self.references, key.partner, self.parts);
            cell_rows::push_order(self.orders.row(part)?, key, sums);
        }
        Ok(())
    }

    /// Writes the hardware of the period that can still be covered. What an exception takes out wins nothing.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn open_lines(
        &mut self,
        settled: SettledLines<'_>,
        outcome: &Outcome,
        traits: &[Traits],
        rules: &IndexRules<'_>,
        (policy, line_id): (&AttachPolicy, &impl Fn(usize) -> i64),
    ) -> Result<()> {
        let lines = settled.lines;
        for (row, own) in traits.iter().enumerate() {
            let date = lines.date.value(row);
            let units = settled.settlement.net_units.value(row) - outcome.attached_units[row];
            let can_be_covered = lines.kind.value(row) == HARDWARE
                && settled.counts(row, rules.horizon)
                && rules.is_in_period(date)
                && is_open(date, rules.period, policy)
                && own.exception == 0
                && units > 0;
            if can_be_covered {
                let open = self.open_lines.row(0)?;
                open.line_id.append_value(line_id(row));
                open.partner.append_value(lines.partner.value(row));
                open.date.append_value(date);
                open.category.append_value(lines.category.value(row));
                open.band.append_value(own.band);
                open.units.append_value(units);
                open.sku.append_value(lines.sku.value(row));
                open.invoice.append_value(lines.invoice.value(row));
            }
        }
        Ok(())
    }

    /// Writes what of each line counts for its seller, by category.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn line_counts(&mut self, lines: &Lines, counts: &[LineCount]) -> Result<()> {
        for (row, count) in counts.iter().enumerate() {
            let out = self.line_counts.row(slot_of(lines.category.value(row), self.categories))?;
            out.units.append_value(count.units);
            out.amount.append_value(count.amount);
            out.rungs.append_value(count.rungs);
            out.elsewhere.append_value(count.elsewhere);
            out.left_units.append_value(count.left_units);
            out.left_amount.append_value(count.left_amount);
            out.left_reason.append_value(count.left_reason);
            out.exception.append_value(count.exception);
        }
        Ok(())
    }

    /// Writes the contributions in the order of their keys and completes every file; gives the two tables.
    ///
    /// # Errors
    /// Where a file cannot be written.
    pub fn finish(mut self, contributions: &Contributions) -> Result<(WrittenTable, WrittenTable)> {
        let mut sorted: Vec<_> = contributions.iter().collect();
        sorted.sort_unstable_by_key(|(key, _)| **key);
        for (key, sums) in sorted {
            let part = part_of_partner(self.references, key.cell.partner, self.parts);
            cell_rows::push_contribution(self.contributions.row(part)?, key, sums);
        }
        self.contributions.finish()?;
        self.orders.finish()?;
        self.open_lines.finish()?;
        self.line_counts.finish()?;
        Ok((self.sale_lines.finish()?, self.attachments.finish()?))
    }
}
