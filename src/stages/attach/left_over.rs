//! Why something of a service line is left over.

use super::SettledLines;
use super::sides::SideLine;
use crate::config::plan::AttachPolicy;
use crate::finding::LeftOver;
use crate::tables::stage::FLAG_POST_WARRANTY;
use std::ops::Range;

/// Net hardware of one reseller and category by date, as the ladder left it.
#[derive(Debug, Default)]
pub(super) struct Stock {
    /// Uncovered units of all lines before each place, and of all. Empty until something is judged.
    free_before: Vec<i64>,
    /// Places of the hardware in the window of the service judged last.
    window: Range<usize>,
}

impl Stock {
    /// What it knows is of another run.
    pub(super) fn forget(&mut self) {
        self.free_before.clear();
        self.window = 0..0;
    }

    /// The first reason of the list that holds (DESIGN part 4). Lines are judged in order of date.
    pub(super) fn reason(
        &mut self,
        settled: SettledLines<'_>,
        row: usize,
        hardware: &[SideLine],
        policy: &AttachPolicy,
    ) -> LeftOver {
        match settled.settlement.net_units.value(row) {
            0 => return LeftOver::NoUnits,
            ..0 => return LeftOver::UnmatchedReturn,
            _ => {}
        }
        if settled.lines.flags.value(row) & FLAG_POST_WARRANTY != 0 {
            return LeftOver::PostWarranty;
        }
        if hardware.is_empty() {
            return LeftOver::NoHardware;
        }
        let window = self.window(settled.lines.date.value(row), hardware, policy);
        if window.is_empty() {
            LeftOver::OutOfWindow
        } else if self.free(hardware, window) == 0 {
            LeftOver::Surplus
        } else {
            LeftOver::NoKey
        }
    }

    /// Uncovered units of the hardware at these places.
    fn free(&mut self, hardware: &[SideLine], places: Range<usize>) -> i64 {
        if self.free_before.is_empty() {
            let mut free = 0;
            self.free_before.push(free);
            self.free_before.extend(hardware.iter().map(|line| {
                free += line.left;
                free
            }));
        }
        self.free_before[places.end] - self.free_before[places.start]
    }

    /// Places of the hardware in whose window a service of this date lies. Services come in order of date, so both ends only move on.
    fn window(&mut self, date: i32, hardware: &[SideLine], policy: &AttachPolicy) -> Range<usize> {
        let passed = |from: usize, last: i32| hardware[from..].iter().take_while(|line| line.date <= last).count();
        let start = self.window.start + passed(self.window.start, date - policy.window_days - 1);
        let end = self.window.end + passed(self.window.end, date + policy.lead_days);
        self.window = start..end;
        self.window.clone()
    }
}
