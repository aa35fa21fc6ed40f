//! `attachrate sniff`: the beginning of a file, looked at.

use crate::error::{Error, Result};
use crate::sniff::{LOOKED_AT, propose, sniff};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// A proposed `[[feed]]` block for a file.
///
/// # Errors
/// Where the file cannot be read.
pub fn sniff_file(path: &Path) -> Result<String> {
    let bytes = beginning(path)?;
    let name = path.to_string_lossy();
    Ok(propose(&sniff(&bytes, &name), &name))
}

/// The bytes of a file that are looked at.
pub fn beginning(path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(Error::io("open", path))?;
    file.take(LOOKED_AT as u64).read_to_end(&mut bytes).map_err(Error::io("read", path))?;
    Ok(bytes)
}
