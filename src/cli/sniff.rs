//! `attachrate sniff`

use std::path::PathBuf;

use super::output;
use crate::error::Result;
use crate::run;

/// Proposes a `[[feed]]` block for a raw file, for a person to review. A run reads by declaration alone.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The raw file.
    file: PathBuf,
}

pub fn execute(arguments: &Arguments) -> Result<()> {
    output::print(&run::sniff_file(&arguments.file)?)
}
