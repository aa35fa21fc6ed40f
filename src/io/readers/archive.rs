//! The directory of a zip archive, checked before a byte of it is unpacked.

use super::ReadError;
use super::packing::{is_too_dense, too_dense};
use std::io::{self, Read, Seek, SeekFrom};
use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

/// Entries that an archive may have.
const MAX_ENTRIES: usize = 10_000;
/// Fixed part of an entry's local header.
const LOCAL_HEADER_BYTES: u64 = 30;
/// Unpacked bytes that an entry may declare for each packed one, beyond [`FREE_BYTES`]; deflate itself stays below 1,032.
const MAX_DECLARED_RATIO: u64 = 1_032;
/// Declared bytes that are not looked at.
const FREE_BYTES: u64 = 1 << 20;

/// A file inside an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// First packed byte in the archive.
    pub start: u64,
    /// Packed bytes.
    pub packed_bytes: u64,
    /// Bytes as declared.
    pub bytes: u64,
    /// Checksum as declared.
    pub crc32: u32,
    /// Packed by deflate; else stored as it is.
    pub is_deflated: bool,
}

/// The files of an archive, by name.
///
/// # Errors
/// Where the directory is damaged, an entry is encrypted, is packed in another way than by deflate, overlaps another, has a name that
/// leads out of a folder or stands twice, or declares what it cannot hold.
pub fn members<R: Read + Seek>(source: &mut R) -> Result<Vec<Member>, ReadError> {
    let mut archive = ZipArchive::new(&mut *source).map_err(unreadable)?;
    if archive.len() > MAX_ENTRIES {
        let message = format!("the archive has {} entries, more than {MAX_ENTRIES}", archive.len());
        return Err(ReadError::file(message, "send the files by themselves"));
    }
    let directory_start = archive.central_directory_start();
    let mut found: Vec<((u64, Vec<u8>), Member)> = Vec::new();
    let count = archive.len();
    for index in 0..count {
        let entry = archive.by_index_raw(index).map_err(unreadable)?;
        let name = entry.name().to_owned();
        let refuse = |cause: &str, hint: &str| Err(ReadError::file(format!("the archive's entry {name:?} {cause}"), hint));
        if leads_out(&name) {
            return refuse("has a name that leads out of its folder", "the archive is forged: do not unpack it");
        }
        if entry.is_dir() {
            continue;
        }
        if entry.is_symlink() {
            return refuse("is a link", "the archive must hold the files themselves");
        }
        if entry.encrypted() {
            return refuse("is encrypted", "have the archive sent without a password");
        }
        let is_deflated = match entry.compression() {
            CompressionMethod::Stored => false,
            CompressionMethod::Deflated => true,
            other => {
                return refuse(&format!("is packed by {other}, which is not read"), "pack with deflate, as every zip program can");
            }
        };
        let (packed_bytes, bytes) = (entry.compressed_size(), entry.size());
        if (!is_deflated && packed_bytes != bytes) || (bytes > FREE_BYTES && bytes / MAX_DECLARED_RATIO > packed_bytes) {
            return refuse(
                &format!("declares {bytes} bytes in {packed_bytes}"),
                "the archive is damaged or forged: have it sent again",
            );
        }
        let header = (entry.header_start(), entry.name_raw().to_vec());
        found.push((header, Member { name, start: 0, packed_bytes, bytes, crc32: entry.crc32(), is_deflated }));
    }
    // The directory is kept by name, so that a second entry of a name does not come out of it.
    if entries(source)?.is_some_and(|entries| usize::from(entries) != count) {
        return Err(ReadError::file(
            "a name stands twice in the archive",
            "no file can be told by it: have the archive sent again",
        ));
    }
    // Many entries that each unpack to what a single one may are a bomb together.
    let sum = |of: fn(&Member) -> u64| found.iter().fold(0, |sum: u64, (_, member)| sum.saturating_add(of(member)));
    let (packed_bytes, bytes) = (sum(|member| member.packed_bytes), sum(|member| member.bytes));
    if is_too_dense(packed_bytes, bytes) {
        return Err(too_dense(packed_bytes, bytes));
    }
    let mut members = Vec::with_capacity(found.len());
    found.sort_by_key(|((header_start, _), _)| *header_start);
    let mut free_from = 0;
    for ((header_start, raw_name), member) in found {
        let start = data_start(source, header_start, &raw_name)?;
        let end = start.checked_add(member.packed_bytes).filter(|end| *end <= directory_start && header_start >= free_from);
        let Some(end) = end else {
            return Err(ReadError::file("entries of the archive overlap", "the archive is damaged or forged: have it sent again"));
        };
        free_from = end;
        members.push(Member { start, ..member });
    }
    members.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(members)
}

/// Number of entries by the end of the directory; `None` in an archive with more than this record can count.
fn entries<R: Read + Seek>(source: &mut R) -> Result<Option<u16>, ReadError> {
    /// The record without its comment, and the longest comment.
    const RECORD_BYTES: u64 = 22;
    const COMMENT_BYTES: u64 = 1 << 16;
    let length = source.seek(SeekFrom::End(0))?;
    source.seek(SeekFrom::Start(length.saturating_sub(RECORD_BYTES + COMMENT_BYTES)))?;
    let mut tail = Vec::new();
    source.take(RECORD_BYTES + COMMENT_BYTES).read_to_end(&mut tail)?;
    let record = memchr::memmem::rfind(&tail, b"PK\x05\x06").and_then(|at| tail.get(at..at + RECORD_BYTES as usize));
    Ok(record.map(|record| u16::from_le_bytes([record[10], record[11]])).filter(|entries| *entries != u16::MAX))
}

/// Where an entry's data begin: behind its local header, which must name the same file as the directory.
fn data_start<R: Read + Seek>(source: &mut R, header_start: u64, raw_name: &[u8]) -> Result<u64, ReadError> {
    source.seek(SeekFrom::Start(header_start))?;
    let mut header = [0; LOCAL_HEADER_BYTES as usize];
    let mut name = vec![0; raw_name.len()];
    let is_read = source.read_exact(&mut header).and_then(|()| source.read_exact(&mut name));
    match is_read {
        Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => return Err(error.into()),
        // The lowest bit of the flags says that the data are encrypted: the directory did not.
        Ok(()) if header.starts_with(b"PK\x03\x04") && name == raw_name && header[6] & 1 == 0 => {}
        _ => return Err(ReadError::file("the archive's directory does not fit its entries", "have the archive sent again")),
    }
    let length = |at: usize| u64::from(u16::from_le_bytes([header[at], header[at + 1]]));
    Ok(header_start + LOCAL_HEADER_BYTES + length(26) + length(28))
}

/// Absolute, with a drive, with a backslash, or with a step upwards.
fn leads_out(name: &str) -> bool {
    name.starts_with('/') || name.contains(['\\', ':', '\0']) || name.split('/').any(|step| step == "..")
}

fn unreadable(error: ZipError) -> ReadError {
    match error {
        // A place before the first byte or behind the last possible one is what the archive says, not what the system refuses.
        ZipError::Io(error) if error.raw_os_error().is_some() && error.kind() != io::ErrorKind::InvalidInput => {
            ReadError::Io(error)
        }
        other => {
            ReadError::file(format!("the zip archive cannot be read: {other}"), "it is damaged or cut short: have it sent again")
        }
    }
}
