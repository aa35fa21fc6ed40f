//! Raw records by their places: bytes as they stand in a file, without reading the records before them.
//!
//! A plain file and a stored member are sought. A compressed stream is unpacked up to the last place, and no further. Of a workbook or a
//! Parquet file the rows are asked of the process that reads such files.

use super::archive::{Member, members};
use super::packing::{Packing, Unpacked};
use super::worker::{RowWanted, TableRows};
use super::{Extent, ReadError};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// Reads extents of one file or member, in ascending order of their first bytes.
pub struct RawReader {
    source: Source,
}

enum Source {
    /// Bytes from `start` up to `end` of the file.
    Sought { file: File, start: u64, end: u64 },
    /// Unpacked bytes, of which those from `held_from` on are kept: records of X12 may share segments.
    Stream { unpacked: Box<Unpacked<File>>, held: Vec<u8>, held_from: u64 },
}

impl RawReader {
    /// Opens a file of this packing, or a member of the archive; `member` is empty where the file is none.
    ///
    /// # Errors
    /// Where it cannot be read, or has no such member.
    pub fn open(path: &Path, packing: Packing, member: &str) -> Result<Self, ReadError> {
        let source = match packing {
            Packing::Zip => Self::of_member(path, member)?,
            Packing::Gzip => stream(Unpacked::gzip(File::open(path)?)),
            Packing::Zstd => stream(Unpacked::zstd(File::open(path)?)?),
            Packing::Plain | Packing::ByName => Source::Sought { file: File::open(path)?, start: 0, end: u64::MAX },
        };
        Ok(Self { source })
    }

    fn of_member(path: &Path, name: &str) -> Result<Source, ReadError> {
        let (mut file, member) = member_of(path, name)?;
        if member.is_deflated {
            file.seek(SeekFrom::Start(member.start))?;
            return Ok(stream(Unpacked::member(file, &member)));
        }
        Ok(Source::Sought { file, start: member.start, end: member.start + member.bytes })
    }

    /// The bytes of an extent whose first byte is not before that of the last one; fewer where the file ends within it.
    ///
    /// # Errors
    /// Where the file cannot be read or unpacked, or the extents are not in order.
    pub fn read(&mut self, extent: Extent) -> Result<Vec<u8>, ReadError> {
        let mut bytes = Vec::new();
        match &mut self.source {
            Source::Sought { file, start, end } => {
                let from = start.saturating_add(extent.offset).min(*end);
                file.seek(SeekFrom::Start(from))?;
                file.take(u64::from(extent.length).min(*end - from)).read_to_end(&mut bytes)?;
            }
            Source::Stream { unpacked, held, held_from } => {
                let Some(ahead) = extent.offset.checked_sub(*held_from) else {
                    return Err(io::Error::new(io::ErrorKind::InvalidInput, "places are not in order").into());
                };
                let known = held.len() as u64;
                if ahead >= known {
                    io::copy(&mut unpacked.by_ref().take(ahead - known), &mut io::sink())?;
                    held.clear();
                } else {
                    held.drain(..ahead as usize);
                }
                *held_from = extent.offset;
                let missing = u64::from(extent.length).saturating_sub(held.len() as u64);
                unpacked.by_ref().take(missing).read_to_end(held)?;
                bytes.extend(held.iter().take(extent.length as usize));
            }
        }
        Ok(bytes)
    }
}

fn stream(unpacked: Unpacked<File>) -> Source {
    Source::Stream { unpacked: Box::new(unpacked), held: Vec::new(), held_from: 0 }
}

/// An archive with one of its members.
fn member_of(path: &Path, name: &str) -> Result<(File, Member), ReadError> {
    let mut file = File::open(path)?;
    let member = members(&mut file)?.into_iter().find(|member| member.name == name);
    let missing = || ReadError::file(format!("the archive has no member {name:?}"), "it is not the file that the run read");
    Ok((file, member.ok_or_else(missing)?))
}

/// The rows of a workbook's sheet or of a Parquet file by their numbers, which ascend: the cells as text, a tab between them.
///
/// # Errors
/// Where the file cannot be read, or has no such row.
pub fn raw_rows(path: &Path, packing: Packing, member: &str, wanted: &RowWanted<'_>) -> Result<Vec<String>, ReadError> {
    let unpacked = match packing {
        Packing::Zip => {
            let (mut file, member) = member_of(path, member)?;
            file.seek(SeekFrom::Start(member.start))?;
            Unpacked::member(file, &member)
        }
        Packing::Gzip => Unpacked::gzip(File::open(path)?),
        Packing::Zstd => Unpacked::zstd(File::open(path)?)?,
        Packing::Plain | Packing::ByName => Unpacked::plain(File::open(path)?),
    };
    TableRows::read(super::file::seekable(unpacked)?, wanted)
}
