//! `attachrate schema`

use super::output;
use crate::config::schema::pipeline_schema;
use crate::error::Result;

/// Prints the JSON Schema of pipeline files, for completion in editors.
#[derive(Debug, clap::Args)]
pub struct Arguments {}

pub fn execute() -> Result<()> {
    output::print(&format!("{:#}", pipeline_schema()))
}
