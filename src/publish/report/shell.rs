//! What every page of the site has in common: head, navigation and footer.

use super::model::RunInfo;

/// A page in the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// The answer and the call list.
    Overview,
    /// The partner table and the partners' pages.
    Partners,
    /// Market rates.
    Benchmarks,
    /// What is otherwise than in an earlier run.
    Changes,
    /// Accounting and findings.
    Quality,
    /// Rules and parameters.
    Method,
    /// The tables and their columns.
    Dictionary,
}

impl Section {
    const ALL: [Self; 7] =
        [Self::Overview, Self::Partners, Self::Benchmarks, Self::Changes, Self::Quality, Self::Method, Self::Dictionary];

    /// File below the site's root.
    pub const fn file(self) -> &'static str {
        match self {
            Self::Overview => "index.html",
            Self::Partners => "partners.html",
            Self::Benchmarks => "benchmarks.html",
            Self::Changes => "changes.html",
            Self::Quality => "quality.html",
            Self::Method => "method.html",
            Self::Dictionary => "dictionary.html",
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Partners => "Partners",
            Self::Benchmarks => "Benchmarks",
            Self::Changes => "Changes",
            Self::Quality => "Data quality",
            Self::Method => "Method",
            Self::Dictionary => "Tables",
        }
    }
}

/// Head, navigation and footer of one page.
#[derive(Debug)]
pub struct Shell<'a> {
    /// The run.
    pub run: &'a RunInfo,
    /// Name of the page.
    pub title: &'a str,
    /// From the page to the site's root: empty or `../`.
    pub root: &'static str,
    section: Section,
    is_below_section: bool,
}

impl<'a> Shell<'a> {
    /// A page of the navigation itself.
    pub fn top(run: &'a RunInfo, section: Section) -> Self {
        Self { run, title: section.label(), root: "", section, is_below_section: false }
    }

    /// A page one folder below the root that belongs to a section.
    pub fn below(run: &'a RunInfo, section: Section, title: &'a str) -> Self {
        Self { run, title, root: "../", section, is_below_section: true }
    }

    /// Pages of the navigation: file, label and the value of `aria-current`, empty where the page is not the current one.
    pub fn links(&self) -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
        Section::ALL.into_iter().map(|section| {
            let current = match (section == self.section, self.is_below_section) {
                (false, _) => "",
                (true, false) => "page",
                (true, true) => "true",
            };
            (section.file(), section.label(), current)
        })
    }
}
