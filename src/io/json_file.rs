//! Small JSON files of the program's own: a line with the checksum of the value, then the value.

use crate::error::{Error, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs;
use std::path::Path;
use xxhash_rust::xxh3::xxh3_128;

/// Writes a value.
///
/// # Errors
/// Where the file cannot be written.
pub fn write<T: Serialize>(path: &Path, value: &T) -> Result<()> {
    let text = serde_json::to_string(value).map_err(|error| Error::Internal(error.to_string()))?;
    fs::write(path, format!("{:032x}\n{text}\n", xxh3_128(text.as_bytes()))).map_err(Error::io("write", path))
}

/// Reads a value.
///
/// # Errors
/// `Damaged` where the file is not what [`write`] left.
pub fn read<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let content = fs::read_to_string(path).map_err(Error::io("read", path))?;
    let damaged = |cause: String| Error::Damaged { path: path.to_owned(), cause };
    let (checksum, text) = content.trim_end().split_once('\n').ok_or_else(|| damaged("it has no checksum".into()))?;
    if format!("{:032x}", xxh3_128(text.as_bytes())) != checksum {
        return Err(damaged("it is not what was written".into()));
    }
    serde_json::from_str(text).map_err(|error| damaged(error.to_string()))
}
