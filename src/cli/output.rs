//! Results on standard output.

use std::io::{ErrorKind, Write};
use std::path::Path;

use clap::ValueEnum;

use crate::error::{Error, Result};

/// How an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Text,
    Csv,
    Json,
}

/// Writes a result, ending in one line end. A reader that has gone away (`| head`) is no error.
pub fn print(text: &str) -> Result<()> {
    write(&[text.trim_end_matches('\n').as_bytes(), b"\n"].concat())
}

/// Writes bytes as they are. A reader that has gone away is no error.
pub fn write(bytes: &[u8]) -> Result<()> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Error::io("write", Path::new("standard output"))(error)),
        _ => Ok(()),
    }
}
