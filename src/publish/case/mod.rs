//! Case files: what is sent to a partner. A page in plain words, and the list of the partner's own lines. Neither shows anything of another partner.
//!
//! [`render`] makes the page from a [`model::Case`]; it is pure, and every sentence comes from the language file.

mod counts;
pub mod document;
pub mod lines;
mod lines_behind;
pub mod model;
mod page;
mod plan;
pub mod summary;
mod sure;
#[cfg(test)]
mod tests;
mod trend;
pub mod words;
mod worked;

use askama::Template;
use document::{Block, Cell, ColumnKind, Document};
use model::{Case, Run};
use words::Words;

const STYLE: &str = include_str!("case.css");

/// `cases/<partner>.html`
#[derive(Template)]
#[template(config = "src/publish/case/askama.toml", path = "case.html")]
struct CaseTemplate<'a> {
    page: &'a Document,
    style: &'static str,
    missing: String,
    over: String,
}

/// A partner's page.
///
/// # Errors
/// Where the template fails.
pub fn render(run: &Run, case: &Case, words: &Words<'_>) -> Result<String, askama::Error> {
    let page = page::document(run, case, words);
    CaseTemplate { page: &page, style: STYLE, missing: words.say.missing(), over: words.say.over() }.render()
}
