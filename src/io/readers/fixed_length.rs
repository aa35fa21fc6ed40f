//! Records of one length back to back, without line ends, as mainframes send them (record format F). One character is one byte.

use super::encoding::Utf8Source;
use super::layout::Frame;
use super::lines::{CHUNK_BYTES, MAX_TRAILERS_KEPT};
use super::record::{Extent, Trailer};
use super::{Encoding, ReadError};
use crate::finding::QuarantineCode;
use regex::Regex;
use std::io::{self, Read};

/// What may stand behind the last record and is none: the end-of-file character of DOS programs, the line end of a transfer.
const FILE_ENDS: [&[u8]; 4] = [b"", b"\x1A", b"\n", b"\r\n"];

/// The records of a source.
pub struct FixedLengthRecords<R> {
    source: Utf8Source<R>,
    encoding: Encoding,
    /// Bytes of a record.
    length: usize,
    trailer_lines: usize,
    trailer_pattern: Option<Regex>,
    buffer: Vec<u8>,
    /// Where the current record begins in the buffer, and where the next one does.
    start: usize,
    end: usize,
    at_end: bool,
    /// Byte of the source at `start`.
    offset: u64,
    /// Number of the current record, trailers and preamble included.
    number: u64,
    trailers: Vec<Trailer>,
    trailer_count: u64,
}

impl<R: Read> FixedLengthRecords<R> {
    /// The records behind the preamble, which is made of records too.
    ///
    /// # Errors
    /// Where the source cannot be read, has a byte order mark, or has line ends behind its first record.
    pub fn new(source: R, frame: &Frame, length: usize) -> Result<Self, ReadError> {
        let mut records = Self {
            source: Utf8Source::new(source, frame.encoding)?,
            encoding: frame.encoding,
            length,
            trailer_lines: frame.trailer_lines as usize,
            trailer_pattern: frame.trailer_pattern.clone(),
            buffer: Vec::new(),
            start: 0,
            end: 0,
            at_end: false,
            offset: 0,
            number: 0,
            trailers: Vec::new(),
            trailer_count: 0,
        };
        records.require(length + 3)?;
        let behind = records.buffer.get(length..).unwrap_or_default();
        if !FILE_ENDS.contains(&behind) && (behind.starts_with(b"\n") || behind.starts_with(b"\r\n")) {
            let message = "the file is declared without line ends, but has one behind its first record";
            return Err(ReadError::file(message, "remove `line_ends = false`, or correct `line_width`").at_line(1));
        }
        for _ in 0..frame.preamble_lines {
            records.advance()?;
        }
        Ok(records)
    }

    /// Number of the current record in the file, from 1.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Where the current record is stored.
    pub fn extent(&self) -> Extent {
        Extent { offset: self.offset, length: self.bytes().len() as u32 }
    }

    /// The bytes of the current record.
    pub fn bytes(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// The first kept trailers in their order.
    pub fn trailers(&self) -> &[Trailer] {
        &self.trailers
    }

    /// Number of trailers.
    pub fn trailer_count(&self) -> u64 {
        self.trailer_count
    }

    /// Goes on to the next record that is no trailer, and looks whether it is whole. `None` behind the last.
    ///
    /// # Errors
    /// Where the source cannot be read, or its last records are not the declared trailers.
    pub fn next_record(&mut self) -> Result<Option<Result<(), QuarantineCode>>, ReadError> {
        while self.advance()? {
            if self.bytes().len() < self.length {
                return Ok(Some(Err(QuarantineCode::Unterminated)));
            }
            if !self.is_trailer()? {
                // A line end within a record says that something of it is missing.
                let is_whole = memchr::memchr2(b'\n', b'\r', self.bytes()).is_none();
                return Ok(Some(if is_whole { Ok(()) } else { Err(QuarantineCode::FieldCount) }));
            }
            self.keep_trailer();
        }
        Ok(None)
    }

    /// Goes on to the next record, a trailer or not, cut or not. Whether there is one.
    fn advance(&mut self) -> io::Result<bool> {
        self.offset += (self.end - self.start) as u64;
        self.start = self.end;
        self.require(self.length)?;
        let unread = &self.buffer[self.start..];
        if unread.len() < self.length && FILE_ENDS.contains(&unread) {
            return Ok(false);
        }
        self.end = self.start + unread.len().min(self.length);
        self.number += 1;
        Ok(true)
    }

    /// Reads until so many bytes stand behind `start`, or the source ends.
    fn require(&mut self, bytes: usize) -> io::Result<()> {
        while !self.at_end && self.buffer.len() - self.start < bytes {
            self.buffer.drain(..self.start);
            self.end -= self.start;
            self.start = 0;
            self.at_end = self.source.by_ref().take(CHUNK_BYTES as u64).read_to_end(&mut self.buffer)? == 0;
        }
        Ok(())
    }

    fn is_trailer(&mut self) -> Result<bool, ReadError> {
        if self.trailer_lines == 0 {
            return Ok(self.trailer_pattern.is_some() && self.matches_trailer());
        }
        // As many records as are declared, from this one on, and what may stand behind them.
        let longest = self.trailer_lines * self.length;
        self.require(longest + 3)?;
        let unread = &self.buffer[self.start..];
        if !unread.get(longest..).is_none_or(|behind| FILE_ENDS.contains(&behind)) {
            return Ok(false);
        }
        if !self.matches_trailer() {
            let message = "the record stands where the trailer should, but does not match `trailer_pattern`";
            return Err(ReadError::file(message, "the file may have been cut: have it sent again").at_line(self.number));
        }
        Ok(true)
    }

    fn matches_trailer(&self) -> bool {
        let Some(pattern) = &self.trailer_pattern else { return true };
        let mut text = String::new();
        self.encoding.decode(self.bytes(), &mut text).is_ok() && pattern.is_match(&text)
    }

    fn keep_trailer(&mut self) {
        self.trailer_count += 1;
        if self.trailers.len() < MAX_TRAILERS_KEPT {
            self.trailers.push(Trailer { line: self.number, text: self.encoding.shown(self.bytes()) });
        }
    }
}
