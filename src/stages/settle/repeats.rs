//! Repeats across feeds (DESIGN part 3, rule 6).
//!
//! Lines are compared per partner, invoice, base SKU and date; the feed with the higher declared priority is kept. Amounts are never
//! compared, and a line without an invoice is never a repeat. Nor is one that an adjustment adds, nor does it make a feed's line one.

use super::PartLines;
use crate::tables::stage::{ADJUSTED_FEED, SERIAL_SEPARATOR};
use rustc_hash::FxHashMap;
use std::cmp::Reverse;
use std::ops::Range;

/// What the comparison found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repeats {
    /// For each line whether it repeats one of a feed that is kept.
    pub is_duplicate: Vec<bool>,
    /// Lines of a lower feed that stay although a higher feed reports the same sale with other units.
    pub disagreeing: Vec<u32>,
    /// For each duplicate the line that is kept: the one with its first serial, else the first of the kept feed.
    pub kept: Vec<(u32, u32)>,
}

/// Finds the repeats among lines that are in line order. `priorities` holds each feed's priority by its index; between equal ones the
/// feed with the lower index, which is the first by id, is kept.
pub fn find_repeats(part: &PartLines, priorities: &[i64]) -> Repeats {
    let mut repeats = Repeats { is_duplicate: vec![false; part.len()], disagreeing: Vec::new(), kept: Vec::new() };
    let mut start = 0;
    while start < part.len() {
        let end = group_end(part, start);
        let first_feed = part.feed.value(start);
        if (start + 1..end).any(|row| part.feed.value(row) != first_feed) && !part.lines.invoice.value(start).is_empty() {
            compare_feeds(part, start..end, priorities, &mut repeats);
        }
        start = end;
    }
    repeats
}

fn group_end(part: &PartLines, start: usize) -> usize {
    let lines = &part.lines;
    let mut end = start + 1;
    while end < part.len()
        && lines.date.value(end) == lines.date.value(start)
        && lines.reseller.value(end) == lines.reseller.value(start)
        && lines.category.value(end) == lines.category.value(start)
        && lines.sku.value(end) == lines.sku.value(start)
        && lines.invoice.value(end) == lines.invoice.value(start)
    {
        end += 1;
    }
    end
}

fn compare_feeds(part: &PartLines, group: Range<usize>, priorities: &[i64], repeats: &mut Repeats) {
    let mut feeds: Vec<u16> = group.clone().map(|row| part.feed.value(row)).filter(|feed| *feed != ADJUSTED_FEED).collect();
    feeds.sort_unstable_by_key(|feed| (Reverse(priorities[usize::from(*feed)]), *feed));
    feeds.dedup();
    let Some((first, lower_feeds)) = feeds.split_first() else { return };
    let rows_of = |feed: u16| group.clone().filter(move |row| part.feed.value(*row) == feed);
    let mut kept: Vec<usize> = rows_of(*first).collect();
    for feed in lower_feeds {
        let lower: Vec<usize> = rows_of(*feed).collect();
        let all_serialised = kept.iter().chain(&lower).all(|row| !part.lines.serials.value(*row).is_empty());
        let mut known: FxHashMap<&str, usize> = FxHashMap::default();
        if all_serialised {
            for row in kept.iter().rev() {
                known.extend(part.lines.serials.value(*row).split(SERIAL_SEPARATOR).map(|serial| (serial, *row)));
            }
        }
        let serials = |row: usize| part.lines.serials.value(row).split(SERIAL_SEPARATOR);
        let is_repeated = units(part, &lower) == units(part, &kept);
        let (repeated, staying): (Vec<usize>, Vec<usize>) = lower
            .into_iter()
            .partition(|row| if all_serialised { serials(*row).all(|serial| known.contains_key(serial)) } else { is_repeated });
        for row in repeated {
            repeats.is_duplicate[row] = true;
            let like = serials(row).next().and_then(|serial| known.get(serial)).or(kept.first());
            repeats.kept.extend(like.map(|like| (row as u32, *like as u32)));
        }
        repeats.disagreeing.extend(staying.iter().map(|row| *row as u32));
        kept.extend(staying);
    }
}

fn units(part: &PartLines, rows: &[usize]) -> i64 {
    rows.iter().map(|row| part.lines.quantity.value(*row)).sum()
}
