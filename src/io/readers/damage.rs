//! Where damage lies: which lines are one damaged record, so that what stands around them is read as it was written.
//!
//! Bytes that are no record by the grammar say that something before or on them is wrong, not what. So every reading of the lines around
//! them is weighed in which one stretch of whole lines is damaged and the rest are records: by the least that can have happened to the
//! stretch, by what the columns look like, and by what else would have to be wrong.

use super::grammar::{Broken, Grammar, Scanned};
use super::looks::Looks;
use super::repair::{Repair, Walk};

/// A line that is looked at.
#[derive(Debug, Clone, Copy)]
pub struct LineAhead {
    /// First byte of it in what is unread.
    pub start: usize,
    /// First byte behind its line end.
    pub end: usize,
    /// Whether it is empty or a trailer: no record, unless it is inside of one.
    pub is_passed_over: bool,
}

/// What is unread, as far as it is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Unread<'a> {
    /// Its bytes.
    pub bytes: &'a [u8],
    /// Whether the source ends with them.
    pub is_all: bool,
    /// Whether their end ends a record.
    pub end_ends: bool,
}

/// A damaged record: whole lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Damage {
    /// Its first byte.
    pub from: usize,
    /// First byte behind it.
    pub to: usize,
    /// Whether it is a record whose rest is missing because the file ends.
    pub is_cut: bool,
    /// What speaks against this reading; 0 if nothing does.
    pub cost: u32,
    /// Lines behind it that are no records either.
    pub lines_behind: u32,
}

/// Costs of what a reading supposes. Their order matters, not their size.
mod cost {
    /// Bytes of the damaged record are lost, where a mark too many or too few would cost nothing.
    pub const LOSS: u32 = 4;
    /// More happened to it.
    pub const OTHER: u32 = 12;
    /// The same, for each further line.
    pub const OTHER_LINE: u32 = 2;
    /// A record that does not look like the others, or damage that begins with another first field than theirs.
    pub const LOOK: u32 = 6;
    /// A record that looks like the others but for its first field.
    pub const FIRST_LOOK: u32 = 3;
    /// A line inside of the damage that is a record by itself, or begins like one.
    pub const SWALLOWED: u32 = 8;
    /// A record that fits is damaged nevertheless; the same where looks tell how a record begins.
    pub const FITTING: u32 = 5;
    pub const FITTING_BY_LOOKS: u32 = 5;
    /// A further line that is no record.
    pub const FURTHER: u32 = 20;
}

/// What is wrong from a line on, if a record begins there.
#[derive(Debug, Clone, Copy, Default)]
struct Behind {
    cost: u32,
    /// Lines that are no records.
    lines: u32,
    /// Whether the line is a record, or begins like one.
    begins_record: bool,
    /// Whether it begins a record of several lines. Of a record that fits, lines may do so by chance: its quotes turn inside out.
    begins_long_record: bool,
}

/// What it costs that lines behind the first are no records of their own.
fn swallowed(lines: &[Behind]) -> u32 {
    lines.iter().skip(1).filter(|line| line.begins_record).count() as u32 * cost::SWALLOWED
}

/// What is known of a file's records.
pub struct Judge<'a> {
    /// Their grammar.
    pub grammar: &'a Grammar,
    /// Their number of fields.
    pub width: usize,
    /// What they look like.
    pub looks: &'a Looks,
    /// Where they stand.
    pub unread: Unread<'a>,
}

impl Judge<'_> {
    /// The damaged record of the likeliest reading. It begins at one of `starts`, where records begin one behind the other and the last is
    /// no record; `lines` are the lines from the first of them on.
    pub fn damage(&self, starts: &[usize], lines: &[LineAhead]) -> Damage {
        let mut behind = self.costs(lines);
        let best = self.best(starts, lines, &behind);
        if best.lines_behind == 0 {
            return best;
        }
        // Further lines are no records in every reading: damage must not grow to cover these as well.
        for behind in &mut behind {
            behind.cost -= cost::FURTHER * behind.lines.saturating_sub(1);
        }
        self.best(starts, lines, &behind)
    }

    fn best(&self, starts: &[usize], lines: &[LineAhead], behind: &[Behind]) -> Damage {
        let before = self.costs_before(starts, lines, behind);
        let last = starts.last().copied().unwrap_or_default();
        let mut best = Damage { from: last, to: self.unread.bytes.len(), is_cut: false, cost: u32::MAX, lines_behind: 0 };
        for (place, &from) in starts.iter().enumerate().rev() {
            let next = starts.get(place + 1).copied();
            let supposed = before[place] + self.start_cost(from, next.is_none());
            // Readings that begin later and need fewer lines come first: of equals they stay.
            if supposed < best.cost {
                let first = lines.partition_point(|line| line.start < from);
                let only_end = next.and_then(|next| self.end_of_fitting(from, next));
                self.improve(&mut best, supposed, &lines[first..], &behind[first..], only_end);
            }
        }
        best
    }

    /// Takes a reading instead of the best one so far, if it costs less: damage that begins with the first of the lines.
    fn improve(&self, best: &mut Damage, supposed: u32, lines: &[LineAhead], behind: &[Behind], only_end: Option<Option<usize>>) {
        let mut walk = Walk::new(self.grammar, self.width);
        let mut supposed = supposed;
        for (at, line) in lines.iter().enumerate() {
            if at > 0 && (behind[at].begins_record || behind[at].begins_long_record) {
                supposed += cost::SWALLOWED;
            }
            if supposed >= best.cost {
                return;
            }
            let repair = walk.line(&self.unread.bytes[line.start..line.end]);
            if only_end.is_some_and(|end| end != Some(line.end)) {
                continue;
            }
            let is_end = self.unread.is_all && line.end == self.unread.bytes.len();
            // Nothing is known of what stands behind the last line.
            if at > 0 && at + 1 == lines.len() && !is_end {
                return;
            }
            let is_cut = repair > Repair::Loss && is_end && walk.is_beginning();
            let own = match repair {
                Repair::Mark => 0,
                Repair::Loss => cost::LOSS,
                Repair::Other if is_cut => cost::LOSS,
                Repair::Other => cost::OTHER + at as u32 * cost::OTHER_LINE,
            };
            let cost = supposed + own + behind[at + 1].cost;
            if cost < best.cost {
                *best = Damage { from: lines[0].start, to: line.end, is_cut, cost, lines_behind: behind[at + 1].lines };
            }
        }
    }

    /// What is wrong up to each of the starts.
    fn costs_before(&self, starts: &[usize], lines: &[LineAhead], behind: &[Behind]) -> Vec<u32> {
        let mut costs = vec![0];
        for pair in starts.windows(2) {
            let place = |start: usize| lines.partition_point(|line| line.start < start);
            let own = self.record_cost(pair[0], self.scan(pair[0])) + swallowed(&behind[place(pair[0])..place(pair[1])]);
            costs.push(costs[costs.len() - 1] + own);
        }
        costs
    }

    /// What is wrong from each line on, if a record begins there, up to the last line.
    fn costs(&self, lines: &[LineAhead]) -> Vec<Behind> {
        let mut costs = vec![Behind::default(); lines.len() + 1];
        for (at, line) in lines.iter().enumerate().rev() {
            let scanned = self.scan(line.start);
            let next = costs[at + 1];
            costs[at] = match scanned {
                _ if line.is_passed_over => Behind { begins_record: false, begins_long_record: false, ..next },
                Ok(found) if found.fields == self.width => {
                    let end = lines.partition_point(|ahead| ahead.start < line.start + found.consumed);
                    let own = self.record_cost(line.start, scanned) + swallowed(&costs[at..end]);
                    Behind {
                        cost: own + costs[end].cost,
                        lines: costs[end].lines,
                        begins_record: end == at + 1,
                        begins_long_record: end > at + 1,
                    }
                }
                Err(Broken::Open) if self.is_unknown(line.start) => Behind::default(),
                _ => Behind { cost: cost::FURTHER + next.cost, lines: 1 + next.lines, ..Behind::default() },
            };
            if let Some(is_like) = self.looks.is_like_first(self.first_field(line.start).0, false) {
                costs[at].begins_record = is_like;
                costs[at].begins_long_record &= is_like;
            }
        }
        costs
    }

    /// Where damage can end that begins with a record from `from` to `to` that fits in every way: its last field may go on behind it as a
    /// text up to a quote, if nothing says what that looks like. `None` where it can end anywhere.
    fn end_of_fitting(&self, from: usize, to: usize) -> Option<Option<usize>> {
        let record = &self.unread.bytes[from..to];
        let scanned = self.grammar.scan(record, self.unread.end_ends).ok()?;
        if memchr::memchr(b'\n', &record[..scanned.content]).is_some() {
            return None;
        }
        let mut spans = Vec::new();
        self.grammar.split(&record[..scanned.content], &mut spans);
        let fields: Vec<&[u8]> = spans.iter().map(|span| &record[span.start..span.end]).collect();
        if !self.looks.are_all(&fields) {
            return None;
        }
        if self.looks.knows_last() {
            return Some(None);
        }
        let rest = self.grammar.scan_rest(&self.unread.bytes[to..], self.unread.end_ends).ok();
        Some(rest.filter(|rest| rest.fields == 1).map(|rest| to + rest.consumed))
    }

    /// Whether the bytes end before it can be told what stands at `from`.
    fn is_unknown(&self, from: usize) -> bool {
        !self.unread.is_all || memchr::memchr(b'\n', &self.unread.bytes[from..]).is_none()
    }

    fn scan(&self, from: usize) -> Result<Scanned, Broken> {
        self.grammar.scan(&self.unread.bytes[from..], self.unread.end_ends)
    }

    /// What the looks of a record cost.
    fn record_cost(&self, from: usize, scanned: Result<Scanned, Broken>) -> u32 {
        let Ok(found) = scanned else { return 0 };
        let mut spans = Vec::new();
        let record = &self.unread.bytes[from..from + found.content];
        self.grammar.split(record, &mut spans);
        let fields = spans.iter().map(|span| &record[span.start..span.end]);
        let first = fields.clone().next().and_then(|field| self.looks.is_like_first(field, false));
        match () {
            () if !self.looks.is_alike(fields) => cost::LOOK,
            () if first == Some(false) => cost::FIRST_LOOK,
            () => 0,
        }
    }

    /// What it costs that damage begins at `from`.
    fn start_cost(&self, from: usize, is_no_record: bool) -> u32 {
        let (field, is_cut) = self.first_field(from);
        let look = if self.looks.is_like_first(field, is_cut) == Some(false) { cost::LOOK } else { 0 };
        let fitting = match () {
            () if is_no_record => 0,
            () if self.looks.tell_beginnings() => cost::FITTING_BY_LOOKS,
            () => cost::FITTING,
        };
        look + fitting
    }

    /// The first field of a line, and whether nothing stands behind it.
    fn first_field(&self, from: usize) -> (&[u8], bool) {
        let bytes = &self.unread.bytes[from..];
        let line = &bytes[..memchr::memchr(b'\n', bytes).unwrap_or(bytes.len())];
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match memchr::memmem::find(line, &self.grammar.delimiter) {
            Some(end) => (&line[..end], false),
            None => (line, true),
        }
    }
}
