//! Small JSON files of the program's own.

use crate::error::{Error, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs;
use std::path::Path;

/// Writes a value.
///
/// # Errors
/// Where the file cannot be written.
pub fn write<T: Serialize>(path: &Path, value: &T) -> Result<()> {
    let text = serde_json::to_vec(value).map_err(|error| Error::Internal(error.to_string()))?;
    fs::write(path, text).map_err(Error::io("write", path))
}

/// Reads a value.
///
/// # Errors
/// `Damaged` where the file is not what [`write`] left.
pub fn read<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let text = fs::read(path).map_err(Error::io("read", path))?;
    serde_json::from_slice(&text).map_err(|error| Error::Damaged { path: path.to_owned(), cause: error.to_string() })
}
