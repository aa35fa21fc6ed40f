//! Physical lines of a text source in bounded memory, without its preamble and its trailers.

use super::encoding::Utf8Source;
use super::layout::Frame;
use super::record::{Extent, Trailer};
use super::{Encoding, ReadError};
use memchr::memchr;
use regex::Regex;
use std::io::{self, Read};

/// Bytes read from the source at a time.
pub const CHUNK_BYTES: usize = 1 << 20;
/// The longest record; what is longer is a stray quote or no text at all.
pub const MAX_RECORD_BYTES: usize = 1 << 16;
/// Trailers whose text is kept; all are counted.
pub const MAX_TRAILERS_KEPT: usize = 1_000;
/// The end-of-file character of DOS programs.
const DOS_END: u8 = 0x1A;

/// A line at the start of what is unread. It is not consumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// Bytes without the line end.
    pub content: usize,
    /// Bytes with the line end.
    pub consumed: usize,
    /// What is wrong with it.
    pub defect: Option<LineDefect>,
}

/// What can be wrong with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineDefect {
    /// The file ends within it.
    Unterminated,
    /// It is longer than [`MAX_RECORD_BYTES`]; only its beginning is kept.
    TooLong,
}

/// The lines of a source.
pub struct Lines<R> {
    source: Utf8Source<R>,
    /// Encoding of the source as it is stored.
    stored: Encoding,
    encoding: Encoding,
    has_last_line_end: bool,
    trailer_lines: usize,
    trailer_pattern: Option<Regex>,
    buffer: Vec<u8>,
    start: usize,
    at_end: bool,
    /// Byte of the stored source at `start`.
    offset: u64,
    /// Stored bytes of a long line that were taken out of the buffer.
    dropped: u64,
    /// Bytes before `start` as they are seen here.
    position: u64,
    /// Up to here the mark that is asked for was not found, from the second on.
    without_mark: (u64, u64),
    line: u64,
    trailers: Vec<Trailer>,
    trailer_count: u64,
    /// Whether a line was met within which the file ends.
    is_cut: bool,
    text: String,
}

impl<R: Read> Lines<R> {
    /// The lines behind the byte order mark and the preamble.
    ///
    /// # Errors
    /// Where the source cannot be read, or its byte order mark contradicts the declared encoding.
    pub fn new(source: R, frame: &Frame) -> Result<Self, ReadError> {
        let source = Utf8Source::new(source, frame.encoding)?;
        let mut lines = Self {
            offset: source.mark_bytes() as u64,
            source,
            stored: frame.encoding,
            encoding: frame.encoding.read_as(),
            has_last_line_end: frame.has_last_line_end,
            trailer_lines: frame.trailer_lines as usize,
            trailer_pattern: frame.trailer_pattern.clone(),
            buffer: Vec::with_capacity(2 * CHUNK_BYTES),
            start: 0,
            at_end: false,
            dropped: 0,
            position: 0,
            without_mark: (0, 0),
            line: 1,
            trailers: Vec::new(),
            trailer_count: 0,
            is_cut: false,
            text: String::new(),
        };
        for _ in 0..frame.preamble_lines {
            match lines.line()? {
                Some(line) => lines.consume(line.consumed, 1),
                None => break,
            }
        }
        Ok(lines)
    }

    /// Number of the physical line that is unread, from 1.
    pub fn number(&self) -> u64 {
        self.line
    }

    /// Where the next bytes that are unread are stored.
    pub fn extent(&self, bytes: usize) -> Extent {
        let length = self.stored.stored_bytes(&self.buffer[self.start..self.start + bytes]);
        // A record has at most `MAX_RECORD_BYTES` as it is seen, and a line that is cut at the end of the file no more than its chunk.
        Extent { offset: self.offset, length: length as u32 }
    }

    /// Encoding of the bytes as they are seen here.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Whether the end of the file ends a record.
    pub fn end_ends_record(&self) -> bool {
        !self.has_last_line_end
    }

    /// Bytes that were consumed, as they are seen here.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Place of what is unread in [`Self::bytes`].
    pub fn start(&self) -> usize {
        self.start
    }

    /// The buffer; what was consumed last still stands before [`Self::start`].
    pub fn bytes(&self) -> &[u8] {
        &self.buffer
    }

    /// The first kept trailers in their order.
    pub fn trailers(&self) -> &[Trailer] {
        &self.trailers
    }

    /// Number of trailers.
    pub fn trailer_count(&self) -> u64 {
        self.trailer_count
    }

    /// Moves past bytes that hold this many line ends.
    pub fn consume(&mut self, bytes: usize, lines: u64) {
        self.line += lines;
        self.offset += self.stored.stored_bytes(&self.buffer[self.start..self.start + bytes]) + self.dropped;
        self.start += bytes;
        self.position += bytes as u64;
        self.dropped = 0;
    }

    /// The next line that is neither empty nor a trailer. It is not consumed.
    ///
    /// # Errors
    /// Where the source cannot be read, or its last lines are not the declared trailers.
    pub fn next_line(&mut self) -> Result<Option<Line>, ReadError> {
        loop {
            let Some(line) = self.line()? else {
                self.confirm_trailers()?;
                return Ok(None);
            };
            if line.content == 0 && line.defect.is_none() {
                self.consume(line.consumed, 1);
            } else if line.defect.is_none() && self.is_trailer(line)? {
                self.keep_trailer(line);
                self.consume(line.consumed, 1);
            } else {
                self.is_cut |= line.defect == Some(LineDefect::Unterminated);
                return Ok(Some(line));
            }
        }
    }

    /// Whether a mark stands nowhere in so many bytes from `ahead` on in what is unread, or up to the end of the source. Each byte is
    /// searched once, if the places that are asked for ascend.
    ///
    /// # Errors
    /// Where the source cannot be read.
    pub fn lacks(&mut self, mark: Option<u8>, ahead: usize, bytes: usize) -> io::Result<bool> {
        let Some(mark) = mark else { return Ok(true) };
        let from = self.position + ahead as u64;
        let to = from + bytes as u64;
        if self.without_mark.1 > from || self.without_mark.0 < from {
            self.without_mark = (from, from);
        }
        if self.without_mark.0 < to {
            self.require(ahead + bytes)?;
            let unread = &self.buffer[self.start..];
            let searched = unread.len().min((self.without_mark.0 - self.position) as usize);
            let found = memchr(mark, &unread[searched..]).map_or(unread.len(), |at| searched + at);
            self.without_mark.0 = self.position + found as u64;
        }
        let end = self.position + (self.buffer.len() - self.start) as u64;
        Ok(self.without_mark.0 >= to.min(end))
    }

    /// Reads until this many bytes are unread, or the source ends. Whether the source ends within them.
    ///
    /// # Errors
    /// Where the source cannot be read.
    pub fn require(&mut self, bytes: usize) -> io::Result<bool> {
        while !self.at_end && self.buffer.len() - self.start < bytes {
            self.fill()?;
        }
        Ok(self.at_end && self.buffer.len() - self.start <= bytes)
    }

    fn line(&mut self) -> io::Result<Option<Line>> {
        let mut searched = 0;
        loop {
            let unread = &self.buffer[self.start..];
            if let Some(at) = memchr(b'\n', &unread[searched..]) {
                let end = searched + at;
                let content = without_carriage_return(&unread[..end]);
                let defect = (content > MAX_RECORD_BYTES).then_some(LineDefect::TooLong);
                return Ok(Some(Line { content: content.min(MAX_RECORD_BYTES), consumed: end + 1, defect }));
            }
            if unread.len() > MAX_RECORD_BYTES {
                return self.long_line().map(Some);
            }
            if self.at_end {
                if unread.is_empty() || unread == [DOS_END] {
                    return Ok(None);
                }
                let consumed = unread.len();
                let content = without_carriage_return(unread);
                let defect = self.has_last_line_end.then_some(LineDefect::Unterminated);
                return Ok(Some(Line { content: if defect.is_some() { consumed } else { content }, consumed, defect }));
            }
            searched = unread.len();
            self.fill()?;
        }
    }

    /// Takes a line that is longer than any record out of the buffer, but for its beginning and its end.
    fn long_line(&mut self) -> io::Result<Line> {
        let keep = self.start + MAX_RECORD_BYTES;
        let line = |consumed| Line { content: MAX_RECORD_BYTES, consumed, defect: Some(LineDefect::TooLong) };
        loop {
            if let Some(at) = memchr(b'\n', &self.buffer[keep..]) {
                self.dropped += self.stored.stored_bytes(&self.buffer[keep..keep + at]);
                self.buffer.drain(keep..keep + at);
                return Ok(line(MAX_RECORD_BYTES + 1));
            }
            self.dropped += self.stored.stored_bytes(&self.buffer[keep..]);
            self.buffer.truncate(keep);
            if self.source.by_ref().take(CHUNK_BYTES as u64).read_to_end(&mut self.buffer)? == 0 {
                self.at_end = true;
                return Ok(line(MAX_RECORD_BYTES));
            }
        }
    }

    /// Reads one more chunk behind what is unread.
    fn fill(&mut self) -> io::Result<()> {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        if self.source.by_ref().take(CHUNK_BYTES as u64).read_to_end(&mut self.buffer)? == 0 {
            self.at_end = true;
        }
        Ok(())
    }

    /// Whether a line that stands so far behind the start of what is unread is empty or a trailer.
    ///
    /// # Errors
    /// Where the source cannot be read.
    pub fn is_passed_over(&mut self, ahead: usize, content: usize) -> io::Result<bool> {
        Ok(content == 0 || (self.can_be_trailer(ahead)? && self.matches_trailer(ahead, content)))
    }

    /// At the end of the file: whether its trailers were met. A record of several lines may have been the last thing before a cut.
    fn confirm_trailers(&self) -> Result<(), ReadError> {
        // A last line without its end is told as a record that was cut.
        if self.is_cut || self.trailer_pattern.is_none() || self.trailer_count >= self.trailer_lines as u64 {
            return Ok(());
        }
        let message = "the file ends without the trailer that is declared";
        Err(ReadError::file(message, "the file may have been cut: have it sent again").at_line(self.line))
    }

    fn is_trailer(&mut self, line: Line) -> Result<bool, ReadError> {
        if !self.can_be_trailer(0)? {
            return Ok(false);
        }
        let matches = self.matches_trailer(0, line.content);
        if self.trailer_lines > 0 && !matches {
            let message = "the line stands where the trailer should, but does not match `trailer_pattern`";
            return Err(ReadError::file(message, "the file may have been cut: have it sent again").at_line(self.line));
        }
        Ok(matches)
    }

    /// Whether a trailer may stand so far behind the start of what is unread.
    fn can_be_trailer(&mut self, ahead: usize) -> io::Result<bool> {
        if self.trailer_lines > 0 { self.is_among_the_last(self.trailer_lines, ahead) } else { Ok(self.trailer_pattern.is_some()) }
    }

    fn matches_trailer(&mut self, ahead: usize, content: usize) -> bool {
        let Some(pattern) = &self.trailer_pattern else { return true };
        self.text.clear();
        let line = &self.buffer[self.start + ahead..][..content];
        self.encoding.decode(line, &mut self.text).is_ok() && pattern.is_match(&self.text)
    }

    /// Whether at most this many lines that are not empty are unread, but for the first bytes.
    fn is_among_the_last(&mut self, lines: usize, ahead: usize) -> io::Result<bool> {
        let limit = (lines + 1) * MAX_RECORD_BYTES;
        let mut window = 4_096;
        loop {
            let is_all = self.require(ahead + window)?;
            let unread = &self.buffer[self.start + ahead..];
            let unread = &unread[..unread.len().min(window)];
            let ends = unread.split_inclusive(|byte| *byte == b'\n').filter(|line| {
                let is_complete = line.ends_with(b"\n") || is_all;
                is_complete && !matches!(line, [b'\n'] | [b'\r', b'\n'] | [DOS_END])
            });
            if ends.take(lines + 1).count() > lines {
                return Ok(false);
            }
            if is_all {
                return Ok(true);
            }
            if window >= limit {
                return Ok(false);
            }
            window *= 4;
        }
    }

    fn keep_trailer(&mut self, line: Line) {
        self.trailer_count += 1;
        if self.trailers.len() < MAX_TRAILERS_KEPT {
            self.text.clear();
            let bytes = &self.buffer[self.start..self.start + line.content];
            let text = match self.encoding.decode(bytes, &mut self.text) {
                Ok(()) => self.text.clone(),
                Err(_) => String::from_utf8_lossy(bytes).into_owned(),
            };
            self.trailers.push(Trailer { line: self.line, text });
        }
    }
}

fn without_carriage_return(line: &[u8]) -> usize {
    line.len() - usize::from(line.last() == Some(&b'\r'))
}
