//! `attachrate dictionary`

use super::output;
use crate::error::Result;
use crate::publish::dictionary;

/// Prints the data dictionary of the published tables, as Markdown.
#[derive(Debug, clap::Args)]
pub struct Arguments {}

pub fn execute() -> Result<()> {
    output::print(&dictionary::markdown())
}
