//! ANSI X12 867, Product Transfer and Resale Report, releases 4010 and 5010, as senders write it.
//!
//! Each line of a set is a record. A set is read as a whole: where it is cut short, none of its lines is taken. What the envelopes and CTT
//! say of their contents is compared and told, and is never a key or a reason to reject, since many senders fill in constants.

mod money;
mod reference;
mod scope;
mod segments;
mod set;

use super::layout::X12;
use super::lines::MAX_RECORD_BYTES;
use super::record::{FieldBuffer, Place, Record, Remark};
use super::{Extent, ReadError};
use crate::finding::QuarantineCode;
use scope::Wanted;
use segments::{Segment, Segments};
use std::collections::VecDeque;
use std::io::Read;

pub use reference::Reference;

/// Column of the signed quantity, which is made of QTY or SII.
pub const QUANTITY_COLUMN: &str = "quantity";
/// Column of the signed amount, which is made of quantity and price.
pub const AMOUNT_COLUMN: &str = "amount";

/// Text of a set that is held at a time.
const MAX_SET_BYTES: usize = 64 << 20;
/// What a segment counts for at least: it takes memory however little it says.
const LEAST_SEGMENT_BYTES: usize = 64;
/// Remarks that are kept of one file.
const MAX_REMARKS: usize = 10_000;

/// Reads the lines of all transaction sets, one set in memory at a time.
pub struct X12Reader<R> {
    segments: Segments<R>,
    layout: X12,
    wanted: Wanted,
    set: Vec<Segment>,
    scopes: set::Scopes,
    waiting: VecDeque<Waiting>,
    envelope: Envelope,
    remarks: Vec<Remark>,
    passed_over: u64,
    record: u64,
    fields: FieldBuffer,
    raw: String,
}

/// A record of the set in memory.
enum Waiting {
    Line(set::Line),
    /// A set that is cut, with the place of its line or of its beginning.
    Cut {
        first: usize,
        own: std::ops::Range<usize>,
    },
}

/// Counts and numbers of the envelopes that are open.
#[derive(Default)]
struct Envelope {
    interchange: Option<String>,
    groups: u64,
    group: Option<String>,
    sets: u64,
    is_empty: bool,
}

impl<R: Read> X12Reader<R> {
    /// A reader that has looked at the interchange header.
    ///
    /// # Errors
    /// Where the source cannot be read, or is no X12 interchange.
    pub fn new(source: R, layout: &X12, list_separator: char) -> Result<Self, ReadError> {
        let mut reader = Self {
            segments: Segments::new(source, layout.encoding)?,
            wanted: Wanted::of(layout, list_separator),
            layout: layout.clone(),
            set: Vec::new(),
            scopes: set::Scopes::default(),
            waiting: VecDeque::new(),
            envelope: Envelope { is_empty: true, ..Envelope::default() },
            remarks: Vec::new(),
            passed_over: 0,
            record: 0,
            fields: FieldBuffer::default(),
            raw: String::new(),
        };
        reader.advance()?;
        if reader.envelope.is_empty {
            return Err(ReadError::file("the file is empty", "an interchange without lines still has its envelope").at_line(1));
        }
        Ok(reader)
    }

    /// The declared columns.
    pub fn columns(&self) -> &[String] {
        &self.layout.columns
    }

    /// What the envelopes say and what does not hold.
    pub fn remarks(&self) -> &[Remark] {
        &self.remarks
    }

    /// Lines and loops that are no sales by declaration, and sets that are no 867.
    pub fn passed_over(&self) -> u64 {
        self.passed_over
    }

    /// The next line.
    ///
    /// # Errors
    /// Where the source cannot be read.
    pub fn next_record(&mut self) -> Result<Option<Record<'_>>, ReadError> {
        let waiting = loop {
            match self.waiting.pop_front() {
                Some(Waiting::Line(line)) if set::is_passed_over(&self.set, &line, &self.layout) => self.passed_over += 1,
                Some(waiting) => break waiting,
                None if !self.advance()? => return Ok(None),
                None => {}
            }
        };
        self.record += 1;
        let (first, mut own) = match &waiting {
            Waiting::Cut { first, own } => (*first, own.clone()),
            Waiting::Line(line) => (line.first, line.own()),
        };
        // Many lines may share the segments of an item: of those that are too long only the first segment is kept.
        let is_too_long = self.extent(own.clone()).is_some_and(|extent| extent.length as usize > MAX_RECORD_BYTES);
        if is_too_long {
            own = first..first + 1;
        }
        let outcome = match &waiting {
            Waiting::Cut { .. } => Err(QuarantineCode::SetCut),
            Waiting::Line(_) if is_too_long => Err(QuarantineCode::TooLong),
            Waiting::Line(line) => set::fields(&self.set, line, &self.layout, &self.wanted, &mut self.scopes, &mut self.fields),
        };
        let place = Place { record: self.record, line: self.set[first].number, extent: self.extent(own.clone()) };
        self.raw.clear();
        for segment in &self.set[own] {
            if !self.raw.is_empty() {
                self.raw.push('\n');
            }
            self.raw.push_str(&segment.text);
        }
        Ok(Some(Record { place, fields: outcome.map(|()| self.fields.fields()), raw: self.raw.as_bytes() }))
    }

    /// Where these segments of the set are stored, with the terminators between them.
    fn extent(&self, own: std::ops::Range<usize>) -> Option<Extent> {
        let (first, last) = (self.set[own.clone()].first()?.extent, self.set[own].last()?.extent);
        // A set has at most `MAX_SET_BYTES`.
        Some(Extent { offset: first.offset, length: (last.offset - first.offset) as u32 + last.length })
    }

    fn remark(&mut self, line: u64, text: impl Into<String>) {
        if self.remarks.len() < MAX_REMARKS {
            self.remarks.push(Remark { line, text: text.into() });
        }
    }

    /// Reads up to the next set with something to tell. Whether there is one.
    fn advance(&mut self) -> Result<bool, ReadError> {
        while self.waiting.is_empty() {
            let Some(segment) = self.segments.next()? else {
                self.end_of_file();
                return Ok(false);
            };
            self.envelope.is_empty = false;
            if segment.is_cut && segment.id() != "IEA" {
                self.remark(segment.number, "the file ends within a segment: it may have been cut");
            }
            match segment.id() {
                "ISA" => self.open_interchange(&segment),
                "GS" => self.open_group(&segment),
                "GE" => self.close_group(&segment),
                "IEA" => self.close_interchange(&segment),
                "ST" => self.read_set(segment)?,
                // TA1 acknowledges; it carries no lines.
                "TA1" => {}
                _ => {
                    // What stands between envelopes belongs to a set whose beginning is missing.
                    let id = segment.id().to_owned();
                    self.remark(segment.number, format!("segment {id:?} stands outside of any transaction set"));
                    self.set = vec![segment];
                    self.waiting.push_back(Waiting::Cut { first: 0, own: 0..1 });
                }
            }
        }
        Ok(true)
    }

    /// Reads a set up to its end, or up to where it is cut, and lists its lines.
    fn read_set(&mut self, start: Segment) -> Result<(), ReadError> {
        self.envelope.sets += 1;
        let mut bytes = start.text.len();
        let mut is_whole = false;
        let is_867 = start.element(1) == "867";
        self.set = vec![start];
        self.scopes = set::Scopes::default();
        let mut behind = None;
        while let Some(segment) = self.segments.next()? {
            if matches!(segment.id(), "ST" | "GS" | "GE" | "ISA" | "IEA") {
                behind = Some(segment);
                break;
            }
            bytes += segment.text.len().max(LEAST_SEGMENT_BYTES);
            if bytes > MAX_SET_BYTES {
                let message = format!("a transaction set has more than {} MiB of segments", MAX_SET_BYTES >> 20);
                return Err(ReadError::file(message, "have it sent in several sets").at_line(self.set[0].number));
            }
            let (is_end, is_cut) = (segment.id() == "SE", segment.is_cut);
            self.set.push(segment);
            if is_end {
                is_whole = !is_cut;
                break;
            }
        }
        if !is_867 {
            self.passed_over += 1;
            let kind = self.set[0].element(1).to_owned();
            self.remark(self.set[0].number, format!("a transaction set {kind:?} is no 867 and is not read"));
        } else {
            self.list(is_whole);
        }
        if let Some(segment) = behind {
            self.segments.push_back(segment);
        }
        Ok(())
    }

    fn list(&mut self, is_whole: bool) {
        let (lines, other_loops) = set::lines(&self.set, &self.layout);
        self.passed_over += other_loops;
        let number = self.set[0].number;
        if !is_whole {
            let control = self.set[0].element(2).to_owned();
            self.remark(number, format!("transaction set {control} has no end: it was cut short, and none of its lines is taken"));
            if lines.is_empty() {
                self.waiting.push_back(Waiting::Cut { first: 0, own: 0..self.set.len() });
            }
            self.waiting.extend(lines.iter().map(|line| Waiting::Cut { first: line.first, own: line.own() }));
            return;
        }
        self.compare(lines.len());
        self.waiting.extend(lines.into_iter().map(Waiting::Line));
    }

    /// Compares what SE, CTT and BPT say with the set.
    fn compare(&mut self, lines: usize) {
        let mut found = Vec::new();
        let (start, end) = (&self.set[0], &self.set[self.set.len() - 1]);
        let count = self.set.len().to_string();
        if end.element(1).trim_start_matches('0') != count {
            found.push((end.number, format!("SE counts {:?} segments, the transaction set has {count}", end.element(1))));
        }
        if end.element(2) != start.element(2) {
            found.push((end.number, format!("SE names the transaction set {:?}, ST {:?}", end.element(2), start.element(2))));
        }
        for segment in &self.set {
            let counted = segment.element(1);
            match segment.id() {
                "CTT" if counted.trim_start_matches('0') != lines.to_string() && !(counted == "0" && lines == 0) => {
                    found.push((segment.number, format!("CTT counts {counted:?} lines, the transaction set has {lines}")));
                }
                "BPT" if counted != "00" => {
                    found.push((segment.number, format!("BPT says {counted:?} and not 00, original")));
                }
                _ => {}
            }
        }
        for (line, text) in found {
            self.remark(line, text);
        }
    }

    fn open_interchange(&mut self, segment: &Segment) {
        if self.envelope.interchange.is_some() {
            self.remark(segment.number, "an interchange begins before the last one has ended with IEA");
        }
        self.envelope = Envelope { interchange: Some(segment.element(13).to_owned()), ..Envelope::default() };
    }

    fn open_group(&mut self, segment: &Segment) {
        if self.envelope.group.is_some() {
            self.remark(segment.number, "a group begins before the last one has ended with GE");
        }
        let kind = segment.element(1).to_owned();
        if kind != "PT" {
            self.remark(segment.number, format!("the group is of kind {kind:?} and not PT"));
        }
        self.envelope.groups += 1;
        self.envelope.sets = 0;
        self.envelope.group = Some(segment.element(6).to_owned());
    }

    fn close_group(&mut self, segment: &Segment) {
        let sets = std::mem::take(&mut self.envelope.sets);
        let opened = self.envelope.group.take();
        self.close(segment, "GE", "transaction sets", sets, opened);
    }

    fn close_interchange(&mut self, segment: &Segment) {
        let groups = std::mem::take(&mut self.envelope.groups);
        let opened = self.envelope.interchange.take();
        self.close(segment, "IEA", "groups", groups, opened);
    }

    fn close(&mut self, segment: &Segment, id: &str, counted: &str, count: u64, opened: Option<String>) {
        let says = segment.element(1).to_owned();
        if says.parse::<u64>() != Ok(count) {
            self.remark(segment.number, format!("{id} counts {says:?} {counted}, there are {count}"));
        }
        let control = segment.element(2).to_owned();
        if opened.as_deref().map(|number| number.trim_start_matches('0')) != Some(control.trim_start_matches('0')) {
            self.remark(segment.number, format!("{id} names {control:?}, which is not what was opened"));
        }
    }

    fn end_of_file(&mut self) {
        if self.envelope.group.take().is_some() {
            self.remark(self.segments.number(), "the file ends before GE: it may have been cut");
        }
        if self.envelope.interchange.take().is_some() {
            self.remark(self.segments.number(), "the file ends before IEA: it may have been cut");
        }
    }
}
