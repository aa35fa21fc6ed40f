//! Segments of an X12 interchange. Their marks stand in its first segment, ISA, and are taken from there.

use super::super::encoding::Utf8Source;
use super::super::{Encoding, Extent, ReadError};
use memchr::memchr;
use std::io::Read;

/// Bytes read from the source at a time.
const CHUNK_BYTES: usize = 1 << 18;
/// The longest segment; real ones have a few hundred bytes.
const MAX_SEGMENT_BYTES: usize = 1 << 16;
/// Elements of ISA.
const ISA_ELEMENTS: usize = 16;

/// One segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Number in the file, from 1.
    pub number: u64,
    /// Where it is stored, without its terminator.
    pub extent: Extent,
    /// Its text without the terminator; what cannot be decoded is replaced.
    pub text: String,
    /// Whether a byte cannot be decoded.
    pub is_undecodable: bool,
    /// Whether the file ends within it.
    pub is_cut: bool,
    /// The mark between its elements.
    element: char,
}

impl Segment {
    /// The segment's id: `N1`, `QTY`.
    pub fn id(&self) -> &str {
        self.element(0)
    }

    /// An element by its number, `""` where there is none. Element 0 is the id.
    pub fn element(&self, number: usize) -> &str {
        self.text.split(self.element).nth(number).map_or("", str::trim)
    }

    /// All elements behind the id.
    pub fn elements(&self) -> impl Iterator<Item = &str> {
        self.text.split(self.element).skip(1).map(str::trim)
    }
}

/// Reads segments in bounded memory.
pub struct Segments<R> {
    source: Utf8Source<R>,
    /// Encoding of the source as it is stored.
    stored: Encoding,
    encoding: Encoding,
    buffer: Vec<u8>,
    start: usize,
    at_end: bool,
    /// Byte of the stored source at `start`.
    offset: u64,
    number: u64,
    /// Element mark and terminator of the interchange.
    marks: Option<(u8, u8)>,
    /// A segment that was given back.
    given_back: Option<Segment>,
}

impl<R: Read> Segments<R> {
    /// Looks at the first bytes of a source.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn new(source: R, encoding: Encoding) -> Result<Self, ReadError> {
        let source = Utf8Source::new(source, encoding)?;
        Ok(Self {
            offset: source.mark_bytes() as u64,
            source,
            stored: encoding,
            encoding: encoding.read_as(),
            buffer: Vec::new(),
            start: 0,
            at_end: false,
            number: 0,
            marks: None,
            given_back: None,
        })
    }

    /// The next segment. `None` behind the last.
    ///
    /// # Errors
    /// Where the source cannot be read, does not begin with ISA, or has a segment longer than any.
    pub fn next(&mut self) -> Result<Option<Segment>, ReadError> {
        if let Some(segment) = self.given_back.take() {
            return Ok(Some(segment));
        }
        if !self.skip_white_space()? {
            return Ok(None);
        }
        if self.unread().starts_with(b"ISA") || self.marks.is_none() {
            self.marks = Some(self.interchange()?);
        }
        let Some((element, terminator)) = self.marks else { return Ok(None) };
        let mut searched = 0;
        let (content, consumed, is_cut) = loop {
            // The terminator may be what ISA's own elements are made of only behind ISA's last element.
            let from = if searched == 0 { self.isa_bytes(element) } else { searched };
            let unread = self.unread();
            if let Some(at) = memchr(terminator, unread.get(from..).unwrap_or_default()) {
                break (from + at, from + at + 1, false);
            }
            if unread.len() > MAX_SEGMENT_BYTES {
                let message = format!("segment {} has no terminator within {MAX_SEGMENT_BYTES} bytes", self.number + 1);
                return Err(ReadError::file(message, "the interchange is damaged: have it sent again"));
            }
            if self.at_end {
                break (unread.len(), unread.len(), true);
            }
            searched = unread.len().max(1);
            self.fill()?;
        };
        let bytes = &self.unread()[..content];
        let mut text = String::new();
        let is_undecodable = self.encoding.decode(bytes, &mut text).is_err();
        if is_undecodable {
            text = String::from_utf8_lossy(bytes).into_owned();
        }
        text.truncate(text.trim_end_matches(['\r', '\n']).len());
        // No segment is longer than `MAX_SEGMENT_BYTES` and a chunk.
        let extent = Extent { offset: self.offset, length: self.stored.stored_bytes(bytes) as u32 };
        self.number += 1;
        let segment = Segment { number: self.number, extent, text, is_undecodable, is_cut, element: char::from(element) };
        self.advance(consumed);
        Ok(Some(segment))
    }

    /// Gives the last segment back: it is the next one again.
    pub fn push_back(&mut self, segment: Segment) {
        self.given_back = Some(segment);
    }

    /// Number of the last segment that was read.
    pub fn number(&self) -> u64 {
        self.number
    }

    fn unread(&self) -> &[u8] {
        &self.buffer[self.start..]
    }

    fn advance(&mut self, bytes: usize) {
        self.offset += self.stored.stored_bytes(&self.buffer[self.start..self.start + bytes]);
        self.start += bytes;
    }

    fn fill(&mut self) -> Result<(), ReadError> {
        self.buffer.drain(..self.start);
        self.start = 0;
        if self.source.by_ref().take(CHUNK_BYTES as u64).read_to_end(&mut self.buffer)? == 0 {
            self.at_end = true;
        }
        Ok(())
    }

    /// Passes over what stands between segments. Whether anything is left.
    fn skip_white_space(&mut self) -> Result<bool, ReadError> {
        loop {
            let blanks = self.unread().iter().take_while(|byte| byte.is_ascii_whitespace() || **byte == 0x1A).count();
            self.advance(blanks);
            if !self.unread().is_empty() {
                while self.unread().len() < 4 && !self.at_end {
                    self.fill()?;
                }
                return Ok(true);
            }
            if self.at_end {
                return Ok(false);
            }
            self.fill()?;
        }
    }

    /// Bytes of an ISA segment up to its last mark; 0 for another segment.
    fn isa_bytes(&self, element: u8) -> usize {
        if !self.unread().starts_with(b"ISA") {
            return 0;
        }
        memchr::memchr_iter(element, self.unread()).nth(ISA_ELEMENTS - 1).map_or(0, |last| last + 2)
    }

    /// The marks of the interchange that begins here: between elements, and behind a segment.
    fn interchange(&mut self) -> Result<(u8, u8), ReadError> {
        while self.unread().len() < 512 && !self.at_end {
            self.fill()?;
        }
        let start = &self.unread()[..self.unread().len().min(512)];
        let refuse = |message: &str| {
            let hint = "a file of format `x12_867` begins with `ISA`, the mark between elements, and 16 elements";
            ReadError::file(message, hint).at_line(self.number + 1)
        };
        let (true, Some(&element)) = (start.starts_with(b"ISA"), start.get(3)) else {
            return Err(refuse("the file is no X12 interchange: it does not begin with ISA"));
        };
        if element.is_ascii_alphanumeric() || element.is_ascii_control() && !matches!(element, 0x1C..=0x1F) {
            return Err(refuse("the interchange header ISA has no mark between its elements"));
        }
        // Behind the sixteenth mark stand the component mark and the terminator.
        let terminator = memchr::memchr_iter(element, start).nth(ISA_ELEMENTS - 1).and_then(|last| start.get(last + 2).copied());
        match terminator {
            Some(terminator) if !terminator.is_ascii_alphanumeric() && terminator != element && terminator != b' ' => {
                Ok((element, terminator))
            }
            _ => Err(refuse("the interchange header ISA is cut or has not 16 elements")),
        }
    }
}
