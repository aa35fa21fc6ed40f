//! The rules in plain words, and this run's parameters.

use askama::Template;

use super::filters;
use super::model::{Method, Overview, Site, Thresholds};
use super::shell::{Section, Shell};

/// `method.html`
#[derive(Template)]
#[template(config = "src/publish/report/askama.toml", path = "method.html")]
pub struct MethodPage<'a> {
    shell: Shell<'a>,
    currency: &'a str,
    method: &'a Method,
    overview: &'a Overview,
    thresholds: &'a Thresholds,
}

/// Lays the page out.
pub fn page(site: &Site) -> MethodPage<'_> {
    MethodPage {
        shell: Shell::top(&site.run, Section::Method),
        currency: &site.run.currency,
        method: &site.method,
        overview: &site.overview,
        thresholds: &site.method.thresholds,
    }
}
