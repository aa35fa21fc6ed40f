//! Unpacking: gzip, zstd and zip members as bounded streams.
//!
//! Every byte that comes out is counted. A stream that grows out of proportion, ends early, or does not match its checksum or its declared
//! size is an error of the file; nothing is ever written under a name from an archive.

use super::ReadError;
use super::archive::Member;
use flate2::bufread::{DeflateDecoder, MultiGzDecoder};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::io::{self, BufReader, Read, Take};

/// How the files of a feed are packed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Packing {
    /// By the end of the file's name: `.gz` gzip, `.zst` zstd, `.zip` zip, else plain.
    #[default]
    ByName,
    /// Not packed.
    Plain,
    /// Gzip, of one or several members.
    Gzip,
    /// Zstandard, of one or several frames.
    Zstd,
    /// Zip: its members are read in the order of their names.
    Zip,
}

impl Packing {
    /// Its name in a pipeline file.
    pub fn name(self) -> &'static str {
        match self {
            Self::ByName => "by_name",
            Self::Plain => "plain",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Zip => "zip",
        }
    }

    /// The packing of a file of this name.
    #[must_use]
    pub fn of(self, file_name: &str) -> Self {
        let ends = |end: &str| {
            file_name.len() >= end.len() && file_name.as_bytes()[file_name.len() - end.len()..].eq_ignore_ascii_case(end.as_bytes())
        };
        match self {
            Self::ByName if ends(".gz") => Self::Gzip,
            Self::ByName if ends(".zst") => Self::Zstd,
            Self::ByName if ends(".zip") => Self::Zip,
            Self::ByName => Self::Plain,
            declared => declared,
        }
    }

    /// What the first bytes of a file say, where they say anything.
    fn seen(start: &[u8]) -> Option<Self> {
        match start {
            [0x1F, 0x8B, ..] => Some(Self::Gzip),
            [0x28, 0xB5, 0x2F, 0xFD, ..] => Some(Self::Zstd),
            // A member, an empty archive, a spanned archive.
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] | [b'P', b'K', 7, 8, ..] => Some(Self::Zip),
            _ => None,
        }
    }

    /// Compares the declaration with the first bytes of a file. `allows_zip`: the format itself is a zip archive.
    ///
    /// # Errors
    /// Where the two differ; both are named.
    pub fn confirm(self, start: &[u8], allows_zip: bool) -> Result<(), ReadError> {
        let seen = Self::seen(start);
        let agrees = match self {
            Self::Plain => seen.is_none() || (allows_zip && seen == Some(Self::Zip)),
            // A zstd stream may begin with a frame that is to be skipped, a zip archive with a program that unpacks it.
            Self::Zstd | Self::Zip => seen.is_none() || seen == Some(self),
            Self::Gzip | Self::ByName => seen == Some(self),
        };
        if agrees {
            return Ok(());
        }
        let seen = seen.map_or("something else", Self::name);
        let message = format!("the file is read as `{}`, but its first bytes are those of `{seen}`", self.name());
        Err(ReadError::file(message, "correct `packing` of the feed, or the end of the file's name"))
    }
}

/// Unpacked bytes that are given without a look at the ratio.
const FREE_BYTES: u64 = 64 << 20;
/// Unpacked bytes for each packed one, beyond [`FREE_BYTES`]. Sales reports pack 5 to 60 times.
const MAX_RATIO: u64 = 250;
/// Bytes read from the packed file at a time.
const PACKED_BUFFER: usize = 1 << 16;

/// Whether so many packed bytes may not unpack to so many.
pub fn is_too_dense(packed: u64, unpacked: u64) -> bool {
    unpacked > FREE_BYTES && unpacked / MAX_RATIO > packed
}

/// The error of a file that unpacks out of proportion.
pub fn too_dense(packed: u64, unpacked: u64) -> ReadError {
    let message = format!("{packed} packed bytes unpack to more than {} MiB", unpacked >> 20);
    ReadError::file(message, "no real report packs so well: look at the file before it is read")
}

/// A source that knows how many bytes were taken from it.
struct Counted<R> {
    source: R,
    taken: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(out)?;
        self.taken += count as u64;
        Ok(count)
    }
}

type Packed<R> = BufReader<Counted<R>>;

enum Stream<R: Read> {
    Plain(R),
    Gzip(MultiGzDecoder<Packed<R>>),
    Zstd(zstd::stream::read::Decoder<'static, Packed<R>>),
    Stored(Take<Packed<R>>),
    Deflated(DeflateDecoder<Take<Packed<R>>>),
}

/// The unpacked bytes of a file or a zip member.
pub struct Unpacked<R: Read> {
    stream: Stream<R>,
    given: u64,
    /// Of a zip member, what its directory entry promises.
    promised: Option<Promised>,
}

/// Size and checksum by the directory.
struct Promised {
    bytes: u64,
    crc32: u32,
    found: crc32fast::Hasher,
}

fn packed<R: Read>(source: R) -> Packed<R> {
    BufReader::with_capacity(PACKED_BUFFER, Counted { source, taken: 0 })
}

impl<R: Read> Unpacked<R> {
    /// The bytes as they stand.
    pub fn plain(source: R) -> Self {
        Self { stream: Stream::Plain(source), given: 0, promised: None }
    }

    /// All members of a gzip file.
    pub fn gzip(source: R) -> Self {
        Self { stream: Stream::Gzip(MultiGzDecoder::new(packed(source))), given: 0, promised: None }
    }

    /// All frames of a zstd file.
    ///
    /// # Errors
    /// Where the decoder cannot be set up.
    pub fn zstd(source: R) -> io::Result<Self> {
        let decoder = zstd::stream::read::Decoder::with_buffer(packed(source))?;
        Ok(Self { stream: Stream::Zstd(decoder), given: 0, promised: None })
    }

    /// A zip member, from a source that stands at its first packed byte.
    pub fn member(source: R, member: &Member) -> Self {
        let taken = packed(source).take(member.packed_bytes);
        let stream = if member.is_deflated { Stream::Deflated(DeflateDecoder::new(taken)) } else { Stream::Stored(taken) };
        let promised = Promised { bytes: member.bytes, crc32: member.crc32, found: crc32fast::Hasher::new() };
        Self { stream, given: 0, promised: Some(promised) }
    }

    /// The source itself where nothing is packed.
    pub fn into_plain(self) -> Result<R, Box<Self>> {
        match self.stream {
            Stream::Plain(source) => Ok(source),
            stream => Err(Box::new(Self { stream, ..self })),
        }
    }

    fn taken(&self) -> Option<u64> {
        Some(match &self.stream {
            Stream::Plain(_) | Stream::Stored(_) => return None,
            Stream::Gzip(decoder) => decoder.get_ref().get_ref().taken,
            Stream::Zstd(decoder) => decoder.get_ref().get_ref().taken,
            Stream::Deflated(decoder) => decoder.get_ref().get_ref().get_ref().taken,
        })
    }

    fn damaged(&self, error: &io::Error) -> ReadError {
        let name = match self.stream {
            Stream::Gzip(_) => "gzip",
            Stream::Zstd(_) => "zstd",
            Stream::Plain(_) | Stream::Stored(_) | Stream::Deflated(_) => "zip",
        };
        let cause = if error.kind() == io::ErrorKind::UnexpectedEof { "it ends too early".to_owned() } else { error.to_string() };
        ReadError::file(format!("the {name} data is damaged: {cause}"), "have the file sent again")
    }

    /// Counts what came out, and compares it with what may come.
    fn account(&mut self, bytes: &[u8]) -> Result<(), ReadError> {
        self.given += bytes.len() as u64;
        if let Some(taken) = self.taken().filter(|taken| is_too_dense(*taken, self.given)) {
            return Err(too_dense(taken, self.given));
        }
        let Some(promised) = &mut self.promised else { return Ok(()) };
        promised.found.update(bytes);
        let is_whole = self.given == promised.bytes && promised.found.clone().finalize() == promised.crc32;
        if self.given > promised.bytes || (bytes.is_empty() && !is_whole) {
            let message = format!("the member's directory entry promises {} bytes, but its data differ", promised.bytes);
            return Err(ReadError::file(message, "the archive is damaged or forged: have it sent again"));
        }
        Ok(())
    }
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        let outcome = match &mut self.stream {
            Stream::Plain(source) => return source.read(out),
            Stream::Gzip(decoder) => decoder.read(out),
            Stream::Zstd(decoder) => decoder.read(out),
            Stream::Stored(source) => source.read(out),
            Stream::Deflated(decoder) => decoder.read(out),
        };
        match outcome {
            Ok(count) => {
                self.account(&out[..count]).map_err(ReadError::into_io)?;
                Ok(count)
            }
            Err(error) if error.raw_os_error().is_some() || error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(error) => Err(self.damaged(&error).into_io()),
        }
    }
}
