//! Text to bytes in an encoding, and bytes packed.

use std::io::{Cursor, Write as _};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::request::Word;
use crate::io::readers::Encoding;

/// Stands in a text for a byte, or a code unit, that is no text in the encoding. No sender writes this private character.
pub(super) const UNDECODABLE: char = '\u{F8FF}';

/// Whether an encoding has bytes that are no text.
pub(super) fn has_undecodable(encoding: Encoding) -> bool {
    !matches!(encoding, Encoding::Cp437 | Encoding::Cp850)
}

/// The text as it is stored, UTF-16 with its byte order mark. A dash that the encoding does not have is a hyphen.
///
/// # Errors
/// A character that the encoding does not have.
pub(super) fn encoded(text: &str, encoding: Encoding) -> Result<Vec<u8>, String> {
    let mut bytes = match encoding {
        Encoding::Utf16Le => vec![0xFF, 0xFE],
        Encoding::Utf16Be => vec![0xFE, 0xFF],
        _ => Vec::with_capacity(text.len()),
    };
    let mut units = [0; 2];
    for letter in text.chars() {
        match (encoding, letter) {
            (Encoding::Utf8, UNDECODABLE) => bytes.push(0xFF),
            // Half of a pair.
            (Encoding::Utf16Le, UNDECODABLE) => bytes.extend(0xD800_u16.to_le_bytes()),
            (Encoding::Utf16Be, UNDECODABLE) => bytes.extend(0xD800_u16.to_be_bytes()),
            (Encoding::Windows1252, UNDECODABLE) => bytes.push(0x81),
            (Encoding::Iso88591, UNDECODABLE) => bytes.push(0x85),
            (Encoding::Utf16Le, letter) => bytes.extend(letter.encode_utf16(&mut units).iter().flat_map(|unit| unit.to_le_bytes())),
            (Encoding::Utf16Be, letter) => bytes.extend(letter.encode_utf16(&mut units).iter().flat_map(|unit| unit.to_be_bytes())),
            (encoding, letter) if letter.is_ascii() || encoding.encode_mark(letter).is_some() => {
                bytes.extend(encoding.encode_mark(letter).unwrap_or_default());
            }
            // A sender whose encoding has no dash writes a hyphen.
            (_, '–') => bytes.push(b'-'),
            (encoding, letter) => return Err(format!("`{letter}` does not exist in {}", encoding.name())),
        }
    }
    Ok(bytes)
}

/// The bytes packed, the same every time.
///
/// # Errors
/// Where a packer fails.
pub(super) fn packed(bytes: Vec<u8>, packing: Option<Word>, member: &str) -> Result<Vec<u8>, String> {
    match packing {
        None => Ok(bytes),
        Some(Word::Gzip) => gzip(&bytes),
        Some(Word::GzipMembers) => {
            let (first, second) = bytes.split_at(bytes.len() / 2);
            Ok([gzip(first)?, gzip(second)?].concat())
        }
        Some(Word::Zstd) => zstd::encode_all(&bytes[..], 3).map_err(|error| error.to_string()),
        Some(_) => zip(&bytes, member).map_err(|error| error.to_string()),
    }
}

/// The level and a time stamp of zero.
fn gzip(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    encoder.write_all(bytes).and_then(|()| encoder.finish()).map_err(|error| error.to_string())
}

/// An archive of one entry of the first day that archives know.
fn zip(bytes: &[u8], member: &str) -> zip::result::ZipResult<Vec<u8>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file(member, SimpleFileOptions::default().compression_method(CompressionMethod::Deflated))?;
    archive.write_all(bytes)?;
    Ok(archive.finish()?.into_inner())
}
