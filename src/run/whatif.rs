//! Every partner's verdict under another policy, from the published tables of a run alone.

pub(super) mod cells;
mod policy;
mod published;

pub use policy::Changes;
pub(super) use policy::{Policy, of_run};
pub(super) use published::standings;

use super::directory::Directory;
use super::manifest;
use crate::error::Result;
use crate::publish::whatif::{Answer, PartnerAnswer, Standing};
use crate::reference::Category;
use crate::reference::References;
use crate::stages::assess::{PartnerIndex, assess};
use crate::stages::benchmark::{Selection, benchmark, select};
use std::path::Path;

/// Judges every partner of a published run under its policy with changes. The figures are those of a full run under that policy.
///
/// # Errors
/// `Damaged` where the folder is no whole run; `Config` where the changed policy makes no sense or asks for what the run does not hold.
pub fn whatif(folder: &Path, changes: &Changes, threads: usize) -> Result<Answer> {
    let manifest = manifest::read(folder)?;
    let policy = of_run(&manifest, folder)?;
    let asked = changes.apply(&policy, folder)?;
    let tables = folder.join("tables");
    let references = references(Directory::read(&tables)?);
    let cells = cells::read(&tables, &references, &asked.matching, threads)?;
    let selection = Selection { with_exceptions: asked.with_exceptions, ..Selection::of(&asked.benchmark) };
    let market = benchmark(&select(&cells, &selection), &selection, &references, &asked.benchmark)?;
    let indices = assess(&market, &references.partners, &asked.benchmark, &asked.verdict);
    let published = standings(&tables, &references.partners)?;
    let partners = references
        .partners
        .iter()
        .zip(published)
        .zip(&indices)
        .map(|((partner, now), index)| PartnerAnswer {
            id: partner.id.clone(),
            name: partner.name.clone(),
            now,
            then: standing(index),
        })
        .collect();
    Ok(Answer {
        run_id: manifest.run_id.clone(),
        title: manifest.title.clone(),
        currency: policy.currency.clone(),
        measures: [policy.verdict.measure, asked.verdict.measure],
        lines: [&policy, &asked].map(|policy| [policy.verdict.near.clone(), policy.verdict.at.clone()]),
        rules: policy::rules(&policy, &asked),
        partners,
    })
}

fn standing(index: &PartnerIndex) -> Standing {
    Standing { verdict: index.verdict, totals: index.totals, gap_near_amount: index.gap_near.amount }
}

/// The dimensions as reference tables, as far as the benchmark looks at them.
fn references(directory: Directory) -> References {
    let categories = directory
        .categories
        .into_iter()
        .map(|(code, (name, family_code))| Category { code, name, family_code, family_name: String::new(), serial_format: None })
        .collect();
    References { categories, partners: directory.partners, ..References::default() }
}
