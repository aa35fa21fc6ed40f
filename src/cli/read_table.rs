//! `attachrate read-table`: the process in which a workbook or Parquet file is read. The program starts it itself.

use crate::error::{Error, Result};
use crate::io::readers::worker;
use rustix::process::{Resource, Rlimit, setrlimit};
use std::fs::File;
use std::io::BufWriter;
use std::os::fd::AsFd;
use std::path::Path;

/// Reads a workbook or Parquet file from standard input for another process of this program.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// `excel` or `parquet`.
    format: String,
    /// Pattern of the worksheets, or an empty text.
    sheets: String,
    /// Numbers of the wanted rows with `,` between them, or an empty text.
    rows: String,
}

/// Runs the command.
pub fn execute(arguments: &Arguments) -> Result<()> {
    let input = Path::new("standard input");
    for (resource, limit) in [(Resource::As, worker::MEMORY_BYTES), (Resource::Cpu, worker::SECONDS)] {
        let limit = Rlimit { current: Some(limit), maximum: Some(limit) };
        setrlimit(resource, limit).map_err(|error| Error::io("limit", input)(error.into()))?;
    }
    let source = std::io::stdin().as_fd().try_clone_to_owned().map(File::from).map_err(Error::io("read", input))?;
    let mut output = BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
    worker::copy(&arguments.format, &arguments.sheets, &arguments.rows, source, &mut output).map_err(Error::io("read", input))
}
