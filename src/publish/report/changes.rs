//! What has changed since an earlier run: whose verdict, by what, and what differs in rules, reference tables and files.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use askama::Template;

use super::filters;
use super::model::{Site, Verdict};
use super::shell::{Section, Shell};
use crate::publish::diff::{Cause, CauseSums, Diff, Difference, PartnerDiff, RowChange};
use crate::publish::terminal::decimal;
use crate::stages::assess::Part;

/// Partners that are shown; `attachrate diff` lists them all.
const SHOWN: usize = 40;
/// Parameters and tables that are shown.
const DIFFERENCES_SHOWN: usize = 40;

/// `changes.html`
#[derive(Template)]
#[template(config = "src/publish/report/askama.toml", path = "changes.html")]
pub struct ChangesPage<'a> {
    shell: Shell<'a>,
    currency: &'a str,
    changes: Option<Changes<'a>>,
}

struct Changes<'a> {
    diff: &'a Diff,
    changed: usize,
    ways: Vec<Way>,
    partners: Vec<Changed<'a>>,
    hidden: usize,
    parameters: Vec<&'a Difference>,
    hidden_parameters: usize,
    references: Vec<(&'a str, &'static str)>,
}

/// How many partners went from one verdict to another, by the part of the change that decided it.
struct Way {
    verdicts: [Option<Verdict>; 2],
    decided_by: &'static str,
    partners: usize,
}

struct Changed<'a> {
    partner: &'a PartnerDiff,
    page: Option<&'a str>,
    before: String,
    parts: Vec<String>,
    after: String,
    decided_by: &'static str,
    causes: Vec<(&'static str, &'a CauseSums)>,
    largest: Vec<(&'static str, &'a RowChange)>,
}

/// Lays the page out.
pub fn page(site: &Site) -> ChangesPage<'_> {
    let pages = site.partners.iter().map(|row| (row.partner_id.as_str(), row.page.as_str())).collect();
    ChangesPage {
        shell: Shell::top(&site.run, Section::Changes),
        currency: &site.run.currency,
        changes: site.changes.as_ref().map(|diff| changes(diff, &pages)),
    }
}

fn changes<'a>(diff: &'a Diff, pages: &HashMap<&str, &'a str>) -> Changes<'a> {
    let mut partners = diff.partners.iter().filter(|partner| partner.is_changed()).collect::<Vec<_>>();
    partners.sort_by_key(|partner| (Reverse(partner.hardware_amount), &partner.id));
    let mut ways: BTreeMap<_, usize> = BTreeMap::new();
    for partner in &partners {
        *ways.entry((partner.verdicts, decided_by(partner))).or_default() += 1;
    }
    Changes {
        diff,
        changed: partners.len(),
        ways: ways.into_iter().map(|((verdicts, decided_by), partners)| Way { verdicts, decided_by, partners }).collect(),
        hidden: partners.len().saturating_sub(SHOWN),
        partners: partners.into_iter().take(SHOWN).map(|partner| changed(partner, pages)).collect(),
        parameters: diff.parameters.iter().take(DIFFERENCES_SHOWN).collect(),
        hidden_parameters: diff.parameters.len().saturating_sub(DIFFERENCES_SHOWN),
        references: diff.references.iter().map(|difference| (difference.key.as_str(), what(difference))).collect(),
    }
}

fn what(difference: &Difference) -> &'static str {
    match (&difference.earlier, &difference.later) {
        (None, _) => "new",
        (_, None) => "no longer read",
        _ => "another content",
    }
}

fn decided_by(partner: &PartnerDiff) -> &'static str {
    partner.moves.decided_by.map_or("cannot be told", Part::label)
}

fn changed<'a>(partner: &'a PartnerDiff, pages: &HashMap<&str, &'a str>) -> Changed<'a> {
    let index = |value: Option<i128>| value.map_or("–".to_owned(), |value| decimal(value, 4, 4));
    let [before, .., after] = partner.moves.indices;
    let signed = |part: &i128| format!("{}{}", if *part > 0 { "+" } else { "" }, decimal(*part, 4, 4));
    let parts = partner.moves.parts();
    Changed {
        partner,
        page: pages.get(partner.id.as_str()).copied(),
        before: index(before),
        parts: parts.map_or_else(|| vec!["–".to_owned(); Part::ALL.len()], |parts| parts.iter().map(signed).collect()),
        after: index(after),
        decided_by: decided_by(partner),
        causes: partner.causes.iter().map(|sums| (words(sums.cause), sums)).collect(),
        largest: partner.largest.iter().map(|row| (words(row.cause), row)).collect(),
    }
}

/// What happened to a row, in plain words.
fn words(cause: Cause) -> &'static str {
    match cause {
        Cause::NewRow => "new",
        Cause::VanishedRow => "no longer there",
        Cause::FromOtherPartner => "from another partner",
        Cause::ToOtherPartner => "gone to another partner",
        Cause::OtherCategory => "in another category",
        Cause::OtherAmount => "with another amount or date",
        Cause::OtherException => "under an exception, or no longer",
        Cause::OtherReturns => "with other returns",
        Cause::OtherAttachment => "attached otherwise",
        Cause::OtherMaturity => "whose window has closed or opened",
    }
}

impl Way {
    fn label(&self, place: usize) -> &'static str {
        label(self.verdicts[place])
    }
}

impl Changed<'_> {
    fn label(&self, place: usize) -> &'static str {
        label(self.partner.verdicts[place])
    }
}

fn label(verdict: Option<Verdict>) -> &'static str {
    verdict.map_or("not in the run", Verdict::label)
}
