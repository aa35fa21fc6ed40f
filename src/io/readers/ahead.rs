//! Where the next records of delimited text begin and end. Where quotes are near, some are known before one is given: what looks clean may
//! be the beginning of a damaged record.

use super::damage::{Damage, Judge, LineAhead, Unread};
use super::grammar::{Grammar, Scanned, Span};
use super::lines::{Line, LineDefect, Lines, MAX_RECORD_BYTES};
use super::looks::{Looks, Seen};
use crate::finding::QuarantineCode;
use std::collections::VecDeque;
use std::io::{self, Read};

/// Records that are known before one is given.
const RECORDS_AHEAD: usize = 8;
/// Lines behind damage that are looked at first, and all where something else seems wrong with them.
const FEW_LINES: usize = 8;
const MANY_LINES: usize = 64;
/// Damaged records in a row, from which on each line is judged by itself: the file is no such text.
const MANY_DAMAGED: u32 = 64;
/// Records that show what the columns look like.
const RECORDS_SEEN: usize = 64;
/// The most bytes of a record with its line end.
const RECORD_BYTES: usize = MAX_RECORD_BYTES + 2;

/// What the next record turned out to be.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// Bytes without the line end.
    pub content: usize,
    /// Bytes with the line end.
    pub consumed: usize,
    /// Lines that it takes.
    pub lines: u64,
    /// Whether it may hold more than plain fields.
    pub has_marks: bool,
    /// Why it is none.
    pub defect: Option<QuarantineCode>,
}

/// A record that was looked at and not given.
#[derive(Debug)]
struct Waiting {
    /// Its first byte, from the start of the source.
    from: u64,
    shape: Shape,
    /// Whether it fits.
    is_clean: bool,
    /// Its fields, where they are known.
    spans: Vec<Span>,
}

/// The records behind the one that was given last.
pub struct RecordsAhead {
    grammar: Grammar,
    /// Fields of a record; `None` before the header is read.
    width: Option<usize>,
    looks: Looks,
    waiting: VecDeque<Waiting>,
    /// First byte behind those that wait, from the start of the source.
    looked_to: u64,
    damaged_in_a_row: u32,
    /// Fields of the record that was given last, where they are known.
    given: Vec<Span>,
    /// Fields of what is looked at.
    looked_at: Vec<Span>,
    /// Memory for the fields of a record that will wait.
    spare: Vec<Vec<Span>>,
}

impl RecordsAhead {
    /// The header is ahead.
    pub fn new(grammar: Grammar) -> Self {
        Self {
            grammar,
            width: None,
            looks: Looks::default(),
            waiting: VecDeque::new(),
            looked_to: 0,
            damaged_in_a_row: 0,
            given: Vec::new(),
            looked_at: Vec::new(),
            spare: Vec::new(),
        }
    }

    /// The records begin here, with this many fields.
    ///
    /// # Errors
    /// Where the source cannot be read.
    pub fn begin<R: Read>(&mut self, lines: &mut Lines<R>, width: usize) -> io::Result<()> {
        self.width = Some(width);
        self.looks = self.looks(lines, width)?;
        Ok(())
    }

    /// The marks of the records.
    pub fn grammar(&self) -> &Grammar {
        &self.grammar
    }

    /// The fields of the record that was given last; none where they were not looked at.
    pub fn spans(&self) -> &[Span] {
        &self.given
    }

    /// The record that begins with this line, which is the first that is unread.
    ///
    /// # Errors
    /// Where the source cannot be read.
    pub fn shape<R: Read>(&mut self, lines: &mut Lines<R>, line: Line) -> io::Result<Shape> {
        let plain = |defect| Shape { content: line.content, consumed: line.consumed, lines: 1, has_marks: false, defect };
        self.given.clear();
        let Some(width) = self.width else { return self.header_shape(lines, line) };
        if self.waiting.is_empty() {
            match line.defect {
                Some(LineDefect::TooLong) => return Ok(plain(Some(QuarantineCode::TooLong))),
                Some(LineDefect::Unterminated) => return Ok(plain(Some(QuarantineCode::Unterminated))),
                None => {}
            }
            if self.is_plain(lines, 0, line.content, line.consumed)? {
                return Ok(plain(None));
            }
            self.looked_to = lines.position();
        }
        Ok(self.next_waiting(lines, width)?.unwrap_or_else(|| plain(Some(QuarantineCode::StrayQuote))))
    }

    /// The record that begins with the first byte that is unread, where it was looked at before.
    ///
    /// # Errors
    /// Where the source cannot be read.
    pub fn waiting_shape<R: Read>(&mut self, lines: &mut Lines<R>) -> io::Result<Option<Shape>> {
        match (self.width, self.waiting.front()) {
            (Some(width), Some(next)) if next.from == lines.position() => self.next_waiting(lines, width),
            _ => Ok(None),
        }
    }

    /// The next record that waits, looked at with those behind it.
    fn next_waiting<R: Read>(&mut self, lines: &mut Lines<R>, width: usize) -> io::Result<Option<Shape>> {
        while self.waiting.len() < RECORDS_AHEAD && self.look_on(lines, width)? {}
        let Some(next) = self.waiting.pop_front() else { return Ok(None) };
        self.spare.push(std::mem::replace(&mut self.given, next.spans));
        Ok(Some(next.shape))
    }

    /// Whether a line has no marks, and no quote is near behind it.
    fn is_plain<R: Read>(&self, lines: &mut Lines<R>, ahead: usize, content: usize, consumed: usize) -> io::Result<bool> {
        let has_marks = self.grammar.has_marks(&lines.bytes()[lines.start() + ahead..][..content]);
        Ok(!has_marks && lines.lacks(self.grammar.quote, ahead, consumed + MAX_RECORD_BYTES)?)
    }

    /// Of the header nothing is known but the grammar.
    fn header_shape<R: Read>(&self, lines: &mut Lines<R>, line: Line) -> io::Result<Shape> {
        let is_all = lines.require(RECORD_BYTES)?;
        let unread = &lines.bytes()[lines.start()..];
        let limit = unread.len().min(RECORD_BYTES);
        let scanned = self.grammar.scan(&unread[..limit], is_all && lines.end_ends_record());
        let defect = match line.defect {
            Some(LineDefect::TooLong) => Some(QuarantineCode::TooLong),
            Some(LineDefect::Unterminated) => Some(QuarantineCode::Unterminated),
            None => None,
        };
        Ok(match (defect, scanned) {
            (None, Ok(found)) => {
                let lines = lines_of(&unread[..found.consumed]);
                Shape { content: found.content, consumed: found.consumed, lines, has_marks: true, defect: None }
            }
            (defect, _) => {
                let defect = defect.or(Some(QuarantineCode::StrayQuote));
                Shape { content: line.content, consumed: line.consumed, lines: 1, has_marks: true, defect }
            }
        })
    }

    /// Looks at what stands behind the records that wait. Whether more can be said of it than when it is reached.
    fn look_on<R: Read>(&mut self, lines: &mut Lines<R>, width: usize) -> io::Result<bool> {
        let ahead = (self.looked_to - lines.position()) as usize;
        // Many empty lines are no reason to hold them.
        if ahead > RECORDS_AHEAD * RECORD_BYTES {
            return Ok(false);
        }
        let is_all = lines.require(ahead + 2 * RECORD_BYTES)?;
        let end_ends = is_all && lines.end_ends_record();
        let rest = &lines.bytes()[lines.start() + ahead..];
        let line_end = memchr::memchr(b'\n', rest);
        let consumed = match line_end {
            Some(end) => end + 1,
            None if end_ends && !rest.is_empty() => rest.len(),
            None => return Ok(false),
        };
        let content = without_line_end(&rest[..consumed]);
        if content > MAX_RECORD_BYTES {
            return Ok(false);
        }
        if lines.is_passed_over(ahead, content)? {
            self.looked_to += consumed as u64;
            return Ok(true);
        }
        let rest = &lines.bytes()[lines.start() + ahead..];
        let limit = rest.len().min(RECORD_BYTES);
        let end_ends = end_ends && limit == rest.len();
        let scanned = self.grammar.spans(&rest[..limit], line_end, end_ends, &mut self.looked_at);
        if scanned.is_ok_and(|found| found.fields == width && self.joins_records(rest, consumed, found, end_ends)) {
            let defect = Some(QuarantineCode::FieldCount);
            self.wait(self.looked_to, Shape { content, consumed, lines: 1, has_marks: true, defect }, false);
            return Ok(true);
        }
        match scanned {
            Ok(Scanned { fields, .. })
                if fields == width && !self.waiting.is_empty() && self.is_plain(lines, ahead, content, consumed)? =>
            {
                return Ok(false);
            }
            Ok(found) if found.fields == width => {
                let (content, is_line) = (found.content, found.consumed == consumed);
                let lines = if is_line { 1 } else { lines_of(&lines.bytes()[lines.start() + ahead..][..found.consumed]) };
                self.wait(self.looked_to, Shape { content, consumed: found.consumed, lines, has_marks: true, defect: None }, true);
            }
            _ => {
                let damage = self.damage(lines, width, ahead)?;
                self.wait_damaged(lines, damage);
            }
        }
        Ok(true)
    }

    fn wait(&mut self, from: u64, shape: Shape, is_clean: bool) {
        self.damaged_in_a_row = if is_clean { 0 } else { self.damaged_in_a_row + 1 };
        self.looked_to = from + shape.consumed as u64;
        let mut spans = self.spare.pop().unwrap_or_default();
        spans.clear();
        if is_clean {
            std::mem::swap(&mut spans, &mut self.looked_at);
        }
        self.waiting.push_back(Waiting { from, shape, is_clean, spans });
    }

    /// Puts a damaged record behind those before it.
    fn wait_damaged<R: Read>(&mut self, lines: &Lines<R>, damage: Damage) {
        let from = lines.position() + damage.from as u64;
        while self.waiting.pop_back_if(|waiting| waiting.from >= from).is_some() {}
        let bytes = &lines.bytes()[lines.start() + damage.from..lines.start() + damage.to];
        // A record that is one but for its number of fields is told by that.
        let is_record = self.grammar.scan(bytes, lines.end_ends_record()).is_ok_and(|found| found.consumed == bytes.len());
        let defect = match () {
            () if damage.is_cut => Some(QuarantineCode::Unterminated),
            () if is_record => None,
            () => Some(QuarantineCode::StrayQuote),
        };
        let (content, lines) = (without_line_end(bytes), lines_of(bytes));
        self.wait(from, Shape { content, consumed: bytes.len(), lines, has_marks: true, defect }, false);
    }

    /// Whether a record joins its first line to another record by an escape at the end of the line, as where the line was cut behind one.
    fn joins_records(&self, rest: &[u8], line: usize, found: Scanned, end_ends: bool) -> bool {
        self.grammar.escape.is_some()
            && line < found.consumed
            && self
                .grammar
                .scan(&rest[line..found.consumed], end_ends)
                .is_ok_and(|behind| line + behind.consumed == found.consumed && behind.fields == found.fields)
    }

    /// The damaged record that what stands at `ahead` is, or is a part of.
    fn damage<R: Read>(&self, lines: &mut Lines<R>, width: usize, ahead: usize) -> io::Result<Damage> {
        let position = lines.position();
        if self.damaged_in_a_row > MANY_DAMAGED
            && let Some(end) = memchr::memchr(b'\n', &lines.bytes()[lines.start() + ahead..])
        {
            return Ok(Damage { from: ahead, to: ahead + end + 1, is_cut: false, cost: 0, lines_behind: 0 });
        }
        // Of few records nothing is known but the grammar: those that fit are believed.
        let doubted = if self.looks.is_known() { self.waiting.len() } else { 0 };
        let clean = self.waiting.iter().rev().take(doubted).take_while(|waiting| waiting.is_clean);
        let mut starts: Vec<usize> = clean.map(|waiting| (waiting.from - position) as usize).collect();
        starts.reverse();
        starts.push(ahead);
        let damage = self.damage_in(lines, width, &starts, FEW_LINES)?;
        if damage.cost == 0 { Ok(damage) } else { self.damage_in(lines, width, &starts, MANY_LINES) }
    }

    /// The same, by so many lines behind it.
    fn damage_in<R: Read>(&self, lines: &mut Lines<R>, width: usize, starts: &[usize], count: usize) -> io::Result<Damage> {
        let ahead = starts[starts.len() - 1];
        let window = ahead + 2 * RECORD_BYTES;
        let is_all = lines.require(window)?;
        let around = lines_around(lines, starts[0], ahead, count)?;
        let unread = &lines.bytes()[lines.start()..];
        let bytes = &unread[..unread.len().min(window)];
        let unread = Unread { bytes, is_all, end_ends: is_all && lines.end_ends_record() };
        Ok(Judge { grammar: &self.grammar, width, looks: &self.looks, unread }.damage(starts, &around))
    }

    /// What the columns look like in the first lines that are records by themselves.
    fn looks<R: Read>(&self, lines: &mut Lines<R>, width: usize) -> io::Result<Looks> {
        if self.grammar.quote.is_none() && self.grammar.escape.is_none() {
            return Ok(Looks::default());
        }
        lines.require(RECORD_BYTES)?;
        let unread = &lines.bytes()[lines.start()..];
        let unread = &unread[..unread.len().min(RECORD_BYTES)];
        let mut records = Vec::new();
        let mut spans = Vec::new();
        let mut at = 0;
        while records.len() < RECORDS_SEEN
            && let Some(end) = memchr::memchr(b'\n', &unread[at..])
        {
            at += match self.grammar.scan(&unread[at..], false) {
                Ok(found) if found.fields == width => {
                    let record = &unread[at..at + found.content];
                    self.grammar.split(record, &mut spans);
                    let fields = spans.iter().map(|span| &record[span.start..span.end]).collect();
                    records.push(Seen { is_quoted: record.first() == self.grammar.quote.as_ref(), fields });
                    found.consumed
                }
                _ => end + 1,
            };
        }
        Ok(Looks::of(&records, self.grammar.quote))
    }
}

/// The lines from `from` up to so many behind the one at `ahead`.
fn lines_around<R: Read>(lines: &mut Lines<R>, from: usize, ahead: usize, count: usize) -> io::Result<Vec<LineAhead>> {
    let mut around: Vec<LineAhead> = Vec::new();
    let is_all = lines.require(ahead + RECORD_BYTES)?;
    let mut start = from;
    let mut behind = 0;
    while behind <= count {
        let unread = &lines.bytes()[lines.start()..];
        let unread = &unread[..unread.len().min(ahead + RECORD_BYTES)];
        let end = match memchr::memchr(b'\n', &unread[start..]) {
            Some(at) => start + at + 1,
            None if is_all && start < unread.len() => unread.len(),
            None => break,
        };
        let content = without_line_end(&unread[start..end]);
        around.push(LineAhead { start, end, is_passed_over: lines.is_passed_over(start, content)? });
        behind += usize::from(start >= ahead);
        start = end;
    }
    Ok(around)
}

/// Lines that these bytes take, the last of which may end with the file.
fn lines_of(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count().max(1) as u64
}

/// Bytes of a line, or of several, before the last line end.
fn without_line_end(line: &[u8]) -> usize {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line).len()
}
