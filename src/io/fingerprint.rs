//! Content hashes of files.

use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// SHA-256 of a file's bytes, and their number.
///
/// # Errors
/// Where the file cannot be read.
pub fn of_file(path: &Path) -> io::Result<(Hash, u64)> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 18];
    let mut bytes = 0;
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok((hasher.finalize().into(), bytes));
        }
        hasher.update(&buffer[..read]);
        bytes += read as u64;
    }
}

/// SHA-256 over parts, each with its length, so that no two lists of parts give the same input.
pub fn of_parts<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Hash {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// Lower-case hexadecimal text.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
