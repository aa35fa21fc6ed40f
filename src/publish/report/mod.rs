//! The report site: static pages that work from disk, without a network and, but for the partner table's search, without scripts.
//!
//! [`write_site_pages`] makes the pages of the run, [`partner_page`] one partner's. Both are pure: the caller writes the files.

pub mod bars;
mod benchmarks;
mod changes;
mod dictionary;
mod filters;
pub mod format;
mod funnel;
mod method;
mod mix;
pub mod model;
mod model_judgement;
mod model_partner;
mod overview;
mod partner;
mod partner_table;
mod quality;
mod scale;
mod shell;
#[cfg(test)]
mod tests;
pub mod words;

pub use model::*;

/// Why a page could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A template failed.
    #[error("cannot render {page}: {source}")]
    Render {
        /// The page.
        page: String,
        /// The cause.
        source: askama::Error,
    },
    /// The partner table's data could not be written as JSON.
    #[error("cannot encode the partner table: {0}")]
    Encode(#[from] serde_json::Error),
    /// The caller could not write a file.
    #[error("cannot write {page}: {source}")]
    Write {
        /// The file, from the site's root.
        page: String,
        /// The cause.
        source: std::io::Error,
    },
}

const STYLE: &str = include_str!("assets/site.css");
const PARTNER_SCRIPT: &str = include_str!("assets/partners.js");

/// Writes the pages that describe the whole run, and the assets. `sink` takes a path from the site's root and its content.
///
/// # Errors
/// When the sink fails, or a page cannot be rendered.
pub fn write_site_pages(site: &Site, sink: &mut dyn FnMut(&str, &[u8]) -> std::io::Result<()>) -> Result<(), ReportError> {
    let mut write = |page: &str, content: &str| {
        sink(page, content.as_bytes()).map_err(|source| ReportError::Write { page: page.to_owned(), source })
    };
    write("assets/site.css", STYLE)?;
    write("assets/partners.js", PARTNER_SCRIPT)?;
    write("assets/partners-data.js", &partner_table::data_script(site)?)?;
    write("index.html", &render("index.html", &overview::page(site))?)?;
    write("partners.html", &render("partners.html", &partner_table::page(site))?)?;
    write("benchmarks.html", &render("benchmarks.html", &benchmarks::page(site))?)?;
    write("changes.html", &render("changes.html", &changes::page(site))?)?;
    write("quality.html", &render("quality.html", &quality::page(site))?)?;
    write("method.html", &render("method.html", &method::page(site))?)?;
    write("dictionary.html", &render("dictionary.html", &dictionary::page(site))?)
}

/// One partner's page, for the file named by [`PartnerRow::page`].
///
/// # Errors
/// When the page cannot be rendered.
pub fn partner_page(run: &RunInfo, thresholds: &Thresholds, page: &PartnerPage) -> Result<String, ReportError> {
    render(&page.partner.page, &partner::page(run, thresholds, page))
}

fn render(page: &str, template: &impl askama::Template) -> Result<String, ReportError> {
    template.render().map_err(|source| ReportError::Render { page: page.to_owned(), source })
}
