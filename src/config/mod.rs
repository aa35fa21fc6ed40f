//! The pipeline file: its format, its problems, and the plan that it resolves to.

pub mod calendar;
pub mod case_policy;
pub mod date_layout;
mod document;
pub mod file;
mod file_feed;
mod file_policy;
mod file_publish;
mod files;
pub mod language;
pub mod number_format;
mod parameters;
mod parameters_policy;
pub mod plan;
pub mod policies;
mod resolve;
mod resolve_expected;
pub mod resolve_feed;
mod resolve_layout;
mod resolve_policy;
pub mod schema;
mod threshold;

use std::path::Path;

pub use plan::{Feed, Plan};

use crate::error::Result;

/// Reads a pipeline file and resolves it. Everything that is wrong with it is reported at once.
pub fn load(path: &Path) -> Result<Plan> {
    let text = document::read(path)?;
    resolve::resolve(&document::Document::parse(path, &text)?)
}

/// Reads a file that declares a partner's own list of sales: one `[[feed]]` section as in a pipeline file, in which `files` and the partner's
/// column may be left out. Everything that is wrong with it is reported at once.
pub fn load_list(path: &Path) -> Result<Feed> {
    let text = document::read(path)?;
    resolve::resolve_list(&document::Document::parse(path, &text)?)
}
