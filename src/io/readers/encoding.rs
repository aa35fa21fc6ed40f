//! Character encodings of feeds: bytes to text, strictly.

use super::ReadError;
use crate::finding::QuarantineCode;
use encoding_rs::WINDOWS_1252;
use oem_cp::code_table::{DECODING_TABLE_CP437, DECODING_TABLE_CP850};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::io::{self, Read};

/// Character encoding of a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    #[serde(rename = "utf-8")]
    Utf8,
    /// UTF-16, little-endian, with or without a byte order mark.
    #[serde(rename = "utf-16le")]
    Utf16Le,
    /// UTF-16, big-endian, with or without a byte order mark.
    #[serde(rename = "utf-16be")]
    Utf16Be,
    /// Windows code page 1252.
    #[serde(rename = "windows-1252")]
    Windows1252,
    /// ISO 8859-1. Its control characters 0x80 to 0x9F are no text.
    #[serde(rename = "iso-8859-1")]
    Iso88591,
    /// DOS code page 437.
    #[serde(rename = "cp437")]
    Cp437,
    /// DOS code page 850.
    #[serde(rename = "cp850")]
    Cp850,
}

impl Encoding {
    /// Its name in a pipeline file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Utf16Le => "utf-16le",
            Self::Utf16Be => "utf-16be",
            Self::Windows1252 => "windows-1252",
            Self::Iso88591 => "iso-8859-1",
            Self::Cp437 => "cp437",
            Self::Cp850 => "cp850",
        }
    }

    /// The encoding in which text readers see the bytes: UTF-16 reaches them as UTF-8, by [`Utf8Source`].
    pub fn read_as(self) -> Self {
        match self {
            Self::Utf16Le | Self::Utf16Be => Self::Utf8,
            other => other,
        }
    }

    /// Bytes that this text takes as it is stored, from the bytes that text readers see of it.
    pub fn stored_bytes(self, seen: &[u8]) -> u64 {
        match self {
            Self::Utf16Le | Self::Utf16Be => {
                // A character's first byte stands for its code units: two of a pair. What is no text stands for the unit that it was.
                let units = |byte: &u8| match byte {
                    0x80..=0xBF => 0,
                    0xF0..=0xF7 => 2,
                    _ => 1,
                };
                2 * seen.iter().map(units).sum::<u64>()
            }
            _ => seen.len() as u64,
        }
    }

    /// Whether every character is one byte.
    pub fn has_one_byte_characters(self) -> bool {
        !matches!(self, Self::Utf8 | Self::Utf16Le | Self::Utf16Be)
    }

    /// Bytes of a code unit as it is stored.
    pub fn unit_bytes(self) -> usize {
        if matches!(self, Self::Utf16Le | Self::Utf16Be) { 2 } else { 1 }
    }

    /// A line feed as it is stored.
    pub fn line_feed(self) -> Vec<u8> {
        match self {
            Self::Utf16Le => vec![b'\n', 0],
            Self::Utf16Be => vec![0, b'\n'],
            _ => vec![b'\n'],
        }
    }

    /// Stored bytes as text for a person; what is no text is replaced.
    pub fn shown(self, stored: &[u8]) -> String {
        let decoded = |encoding: &'static encoding_rs::Encoding| encoding.decode_without_bom_handling(stored).0.into_owned();
        let mut text = String::new();
        match self {
            Self::Utf8 => text = String::from_utf8_lossy(stored).into_owned(),
            Self::Utf16Le => text = decoded(encoding_rs::UTF_16LE),
            Self::Utf16Be => text = decoded(encoding_rs::UTF_16BE),
            // What stands for no letter comes as a control character.
            Self::Windows1252 => text = decoded(WINDOWS_1252).replace(|letter| ('\u{80}'..='\u{9F}').contains(&letter), "\u{FFFD}"),
            Self::Iso88591 => {
                text = encoding_rs::mem::decode_latin1(stored).replace(|letter| ('\u{80}'..='\u{9F}').contains(&letter), "\u{FFFD}")
            }
            Self::Cp437 => oem(stored, &DECODING_TABLE_CP437, &mut text),
            Self::Cp850 => oem(stored, &DECODING_TABLE_CP850, &mut text),
        }
        text
    }

    /// Whether a byte order mark says something else than the declaration; the mark's encoding.
    fn contradicted_by(self, start: &[u8]) -> Option<&'static str> {
        let marked = match start {
            [0xEF, 0xBB, 0xBF, ..] => Self::Utf8,
            [0xFF, 0xFE, ..] => Self::Utf16Le,
            [0xFE, 0xFF, ..] => Self::Utf16Be,
            _ => return None,
        };
        (marked != self).then(|| marked.name())
    }

    /// Length of the byte order mark at the start of a text.
    fn mark_bytes(self, start: &[u8]) -> usize {
        match (self, start) {
            (Self::Utf8, [0xEF, 0xBB, 0xBF, ..]) => 3,
            (Self::Utf16Le, [0xFF, 0xFE, ..]) | (Self::Utf16Be, [0xFE, 0xFF, ..]) => 2,
            _ => 0,
        }
    }

    /// Appends decoded bytes to `text`.
    ///
    /// # Errors
    /// `UNDECODABLE` for a byte that is not text in this encoding, or a zero byte. What was appended before it stays.
    pub fn decode(self, bytes: &[u8], text: &mut String) -> Result<(), QuarantineCode> {
        let undecodable = QuarantineCode::Undecodable;
        if memchr::memchr(0, bytes).is_some() {
            return Err(undecodable);
        }
        let utf8 = || std::str::from_utf8(bytes).map_err(|_| undecodable);
        match self {
            Self::Utf8 | Self::Utf16Le | Self::Utf16Be => text.push_str(utf8()?),
            // All have ASCII's characters where ASCII has them.
            _ if bytes.is_ascii() => text.push_str(utf8()?),
            Self::Windows1252 => {
                // The encoding standard maps the five unassigned bytes to control characters; no sender writes these.
                if bytes.iter().any(|byte| matches!(byte, 0x81 | 0x8D | 0x8F | 0x90 | 0x9D)) {
                    return Err(undecodable);
                }
                text.push_str(&WINDOWS_1252.decode_without_bom_handling(bytes).0);
            }
            Self::Iso88591 => {
                if bytes.iter().any(|byte| matches!(byte, 0x80..=0x9F)) {
                    return Err(undecodable);
                }
                text.push_str(&encoding_rs::mem::decode_latin1(bytes));
            }
            Self::Cp437 => oem(bytes, &DECODING_TABLE_CP437, text),
            Self::Cp850 => oem(bytes, &DECODING_TABLE_CP850, text),
        }
        Ok(())
    }

    /// The bytes of a character in the encoding that text readers see; `None` where it has none.
    pub fn encode_mark(self, mark: char) -> Option<Vec<u8>> {
        match self.read_as() {
            Self::Windows1252 => {
                let mut text = [0; 4];
                let (bytes, _, unmappable) = WINDOWS_1252.encode(mark.encode_utf8(&mut text));
                (!unmappable).then(|| bytes.into_owned())
            }
            Self::Iso88591 => u8::try_from(u32::from(mark)).ok().map(|byte| vec![byte]),
            Self::Cp437 => oem_mark(mark, &DECODING_TABLE_CP437),
            Self::Cp850 => oem_mark(mark, &DECODING_TABLE_CP850),
            _ => Some(mark.to_string().into_bytes()),
        }
    }
}

fn oem(bytes: &[u8], upper: &[char; 128], text: &mut String) {
    text.extend(bytes.iter().map(|byte| match byte.checked_sub(128) {
        None => char::from(*byte),
        Some(place) => upper[usize::from(place)],
    }));
}

fn oem_mark(mark: char, upper: &[char; 128]) -> Option<Vec<u8>> {
    if mark.is_ascii() {
        return Some(vec![mark as u8]);
    }
    let place = upper.iter().position(|other| *other == mark)?;
    Some(vec![128 + place as u8])
}

/// A text source in the encoding that text readers see, without its byte order mark.
pub struct Utf8Source<R> {
    source: R,
    encoding: Encoding,
    /// Decoded bytes that were not handed out yet.
    ready: Vec<u8>,
    given: usize,
    /// An odd byte of the last chunk.
    odd: Option<u8>,
    /// The first half of a surrogate pair.
    high: Option<u16>,
    /// Bytes before the first that is handed out.
    mark_bytes: usize,
}

/// Bytes of UTF-16 decoded at a time.
const UTF16_CHUNK: usize = 1 << 16;
/// What stands for a code unit that is no text: never valid in UTF-8, so that its record is quarantined.
const INVALID: u8 = 0xFF;

impl<R: Read> Utf8Source<R> {
    /// Looks at the first bytes of a source.
    ///
    /// # Errors
    /// Where it cannot be read, or begins with the byte order mark of another encoding than the declared one.
    pub fn new(mut source: R, encoding: Encoding) -> Result<Self, ReadError> {
        let mut start = Vec::with_capacity(4);
        source.by_ref().take(4).read_to_end(&mut start)?;
        if let Some(marked) = encoding.contradicted_by(&start) {
            let message = format!("the file is declared `{}`, but begins with the byte order mark of `{marked}`", encoding.name());
            return Err(ReadError::file(message, "correct `encoding` of the feed").at_line(1));
        }
        let mark_bytes = encoding.mark_bytes(&start);
        let mut reader = Self { source, encoding, ready: Vec::new(), given: 0, odd: None, high: None, mark_bytes };
        if encoding.read_as() == encoding {
            reader.ready = start[mark_bytes..].to_vec();
        } else {
            reader.decode(&start[mark_bytes..]);
        }
        Ok(reader)
    }

    /// Length of the byte order mark, which was consumed.
    pub fn mark_bytes(&self) -> usize {
        self.mark_bytes
    }

    fn decode(&mut self, bytes: &[u8]) {
        let mut bytes = bytes.iter().copied();
        loop {
            let Some(first) = self.odd.take().or_else(|| bytes.next()) else { return };
            let Some(second) = bytes.next() else {
                self.odd = Some(first);
                return;
            };
            let unit = match self.encoding {
                Encoding::Utf16Be => u16::from_be_bytes([first, second]),
                _ => u16::from_le_bytes([first, second]),
            };
            self.unit(unit);
        }
    }

    fn unit(&mut self, unit: u16) {
        if let Some(high) = self.high.take() {
            if let Some(Ok(pair)) = char::decode_utf16([high, unit]).next()
                && (0xDC00..=0xDFFF).contains(&unit)
            {
                self.push(pair);
                return;
            }
            self.ready.push(INVALID);
        }
        match unit {
            0xD800..=0xDBFF => self.high = Some(unit),
            0xDC00..=0xDFFF => self.ready.push(INVALID),
            _ => self.push(char::from_u32(u32::from(unit)).unwrap_or(char::REPLACEMENT_CHARACTER)),
        }
    }

    fn push(&mut self, character: char) {
        let mut bytes = [0; 4];
        self.ready.extend_from_slice(character.encode_utf8(&mut bytes).as_bytes());
    }

    /// Decodes the next chunk; nothing is ready behind it only at the end of the source.
    fn refill(&mut self) -> io::Result<()> {
        self.ready.clear();
        self.given = 0;
        let mut chunk = Vec::with_capacity(UTF16_CHUNK);
        while self.ready.is_empty() {
            chunk.clear();
            self.source.by_ref().take(UTF16_CHUNK as u64).read_to_end(&mut chunk)?;
            if chunk.is_empty() {
                // Half a pair and half a unit are a unit each, as far as the file has them.
                self.ready.extend(self.high.take().map(|_| INVALID));
                self.ready.extend(self.odd.take().map(|_| INVALID));
                return Ok(());
            }
            self.decode(&chunk);
        }
        Ok(())
    }
}

impl<R: Read> Read for Utf8Source<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.given == self.ready.len() {
            if self.encoding.read_as() == self.encoding {
                return self.source.read(out);
            }
            self.refill()?;
        }
        let count = out.len().min(self.ready.len() - self.given);
        out[..count].copy_from_slice(&self.ready[self.given..self.given + count]);
        self.given += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(encoding: Encoding, bytes: &[u8]) -> Result<String, QuarantineCode> {
        let mut text = String::new();
        encoding.decode(bytes, &mut text).map(|()| text)
    }

    /// Code points from the Unicode Consortium's mapping tables (VENDORS/MICSFT/PC/CP437.TXT, CP850.TXT; ISO8859/8859-1.TXT).
    #[test]
    fn code_pages() {
        assert_eq!(text(Encoding::Cp437, b"M\x81ller \x9b \xe1"), Ok("Müller ¢ ß".into()));
        assert_eq!(text(Encoding::Cp850, b"M\x81ller \xbd \xb8"), Ok("Müller ¢ ©".into()));
        assert_eq!(text(Encoding::Windows1252, b"M\xfcller \x80"), Ok("Müller €".into()));
        assert_eq!(text(Encoding::Iso88591, b"M\xfcller \xa4"), Ok("Müller ¤".into()));
        assert_eq!(text(Encoding::Iso88591, b"\x80"), Err(QuarantineCode::Undecodable));
        assert_eq!(Encoding::Iso88591.shown(b"M\xfc\x80"), "Mü\u{fffd}");
        assert_eq!(Encoding::Windows1252.shown(b"M\xfc\x80\x81"), "Mü€\u{fffd}");
        assert_eq!(text(Encoding::Windows1252, b"\x81"), Err(QuarantineCode::Undecodable));
        assert_eq!(text(Encoding::Utf8, b"a\0b"), Err(QuarantineCode::Undecodable));
    }

    #[test]
    fn utf_16_without_losses() {
        let sample = "Händler;€;𝄞\r\n";
        for encoding in [Encoding::Utf16Le, Encoding::Utf16Be] {
            let units = |text: &str| -> Vec<u8> {
                let bytes = |unit: u16| if encoding == Encoding::Utf16Le { unit.to_le_bytes() } else { unit.to_be_bytes() };
                text.encode_utf16().flat_map(bytes).collect()
            };
            for mark in ["", "\u{feff}"] {
                let bytes = units(&format!("{mark}{sample}"));
                let mut read = String::new();
                let mut source = Utf8Source::new(bytes.as_slice(), encoding).expect("no contradiction");
                source.read_to_string(&mut read).expect("valid text");
                assert_eq!(read, sample);
            }
            let mut cut = units("ab");
            cut.pop();
            let mut read = Vec::new();
            Utf8Source::new(cut.as_slice(), encoding).expect("no contradiction").read_to_end(&mut read).expect("readable");
            assert_eq!(read, [b'a', INVALID]);
        }
        let lone = [0x00, 0xD8, b'a', 0x00, 0x00, 0xDC];
        let mut read = Vec::new();
        Utf8Source::new(lone.as_slice(), Encoding::Utf16Le).expect("no contradiction").read_to_end(&mut read).expect("readable");
        assert_eq!(read, [INVALID, b'a', INVALID]);
    }

    #[test]
    fn a_byte_order_mark_is_no_opinion() {
        for (bytes, declared) in
            [(&b"\xFF\xFEa\0"[..], Encoding::Utf8), (b"\xEF\xBB\xBFa", Encoding::Windows1252), (b"\xFE\xFF\0a", Encoding::Utf16Le)]
        {
            assert!(Utf8Source::new(bytes, declared).is_err(), "{declared:?}");
        }
    }
}
