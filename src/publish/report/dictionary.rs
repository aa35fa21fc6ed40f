//! The data dictionary: every published table with its columns.

use askama::Template;

use super::filters;
use super::model::{RunInfo, Site};
use super::shell::{Section, Shell};
use crate::tables::published::{ALL, TableDef};

/// `dictionary.html`
#[derive(Template)]
#[template(config = "src/publish/report/askama.toml", path = "dictionary.html")]
pub struct DictionaryPage<'a> {
    shell: Shell<'a>,
    run: &'a RunInfo,
    tables: [&'static TableDef; ALL.len()],
}

/// Lays the page out.
pub fn page(site: &Site) -> DictionaryPage<'_> {
    DictionaryPage { shell: Shell::top(&site.run, Section::Dictionary), run: &site.run, tables: ALL }
}
