//! The lines of one reseller and category that take part, hardware and services apart.

use super::SettledLines;
use super::kept::Kept;
use crate::tables::stage::FLAG_POST_WARRANTY;
use std::ops::Range;

/// What the ladder reads of a line.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct SideLine {
    /// Its row.
    pub(super) row: u32,
    /// Its date.
    pub(super) date: i32,
    /// What is left to allot where it is above 0: packs of a service, uncovered units of hardware.
    pub(super) left: i64,
}

/// What takes part of one reseller and category, in order of (date, line key). A line is named by its place.
#[derive(Debug, Default)]
pub(super) struct Sides {
    /// Hardware with net units.
    pub(super) hardware: Kept<SideLine>,
    /// Services. Of post-warranty packs nothing is left to allot.
    pub(super) services: Kept<SideLine>,
}

/// The runs of lines of one reseller and category that have a service: without one nothing is attached and nothing left over.
pub(super) fn runs(settled: SettledLines<'_>) -> impl Iterator<Item = Range<usize>> {
    let (resellers, categories) = (settled.lines.reseller.values(), settled.lines.category.values());
    let kinds = settled.lines.kind.values();
    let mut end = 0;
    let runs = std::iter::from_fn(move || {
        let (start, reseller, category) = (end, *resellers.get(end)?, categories[end]);
        let later = resellers[start..].iter().zip(&categories[start..]);
        end += later.take_while(|(other, of)| **other == reseller && **of == category).count();
        Some(start..end)
    });
    runs.filter(|run| kinds[run.clone()].contains(&super::SERVICE))
}

impl Sides {
    /// Takes the lines of a run that count in the stead of those that it has. `used` is what the serial rung used of each settled line.
    pub(super) fn take(&mut self, settled: SettledLines<'_>, run: Range<usize>, used: &[i64], horizon: i32) {
        let (lines, settlement) = (settled.lines, settled.settlement);
        // Within a run lines are in order of date.
        let first = run.start + lines.date.values()[run.clone()].partition_point(|date| *date < horizon);
        let run = first..run.end;
        let (dates, kinds, flags) =
            (&lines.date.values()[run.clone()], &lines.kind.values()[run.clone()], &lines.flags.values()[run.clone()]);
        let (net_units, used) = (&settlement.net_units.values()[run.clone()], &used[run.clone()]);
        let (mut hardware, mut services) = (self.hardware.begin(run.len()), self.services.begin(run.len()));
        for (place, row) in run.enumerate() {
            let counts = !settled.is_set_aside(row);
            let line = SideLine { row: row as u32, date: dates[place], left: net_units[place] - used[place] };
            hardware.keep(counts & (kinds[place] == super::HARDWARE) & (net_units[place] > 0), line);
            let left = if flags[place] & FLAG_POST_WARRANTY == 0 { line.left } else { 0 };
            services.keep(counts & (kinds[place] == super::SERVICE), SideLine { left, ..line });
        }
    }
}
