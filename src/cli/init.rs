//! `attachrate init`

use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;

use super::output;
use crate::config::language::ENGLISH;
use crate::error::{Error, Result};

/// The commented default pipeline; its documentation.
const DEFAULT_PIPELINE: &str = include_str!("../../pipelines/december.toml");

/// Writes a commented default pipeline file, to a new file or to standard output.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Writes the language file of the case files instead, in English: the beginning of a translation.
    #[arg(long)]
    language: bool,
    /// The file to create; an existing one is left alone.
    path: Option<PathBuf>,
}

pub fn execute(arguments: &Arguments) -> Result<()> {
    let text = if arguments.language { ENGLISH } else { DEFAULT_PIPELINE };
    let Some(path) = &arguments.path else { return output::print(text) };
    let mut file = OpenOptions::new().write(true).create_new(true).open(path).map_err(Error::io("create", path))?;
    file.write_all(text.as_bytes()).map_err(Error::io("write", path))
}
