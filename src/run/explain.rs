//! One partner's index, worked out again from the published tables of a run and compared with what is published.

mod market;
mod ownership;
pub(in crate::run) mod policy;
pub(in crate::run) mod published;
mod work;

use super::directory::Directory;
use super::manifest;
use crate::error::{Error, Problem, Problems, Result};
use crate::publish::explain;
use crate::reference::Partner;
use std::path::Path;

/// Ids that are offered in the stead of an unknown one.
const SUGGESTIONS: usize = 3;

/// Works out a partner's index step by step, as text.
///
/// # Errors
/// `Damaged` where the folder is no whole run, or a figure does not follow from the tables; `Input` where the partner is unknown.
pub fn explain(folder: &Path, partner_id: &str) -> Result<String> {
    let manifest = manifest::read(folder)?;
    let policy = policy::Policy::read(&manifest, folder)?;
    by_hand(&manifest, folder)?;
    let tables = folder.join("tables");
    let directory = Directory::read(&tables)?;
    let partner = known_partner(folder, partner_id, &directory)?;
    let index = published::IndexRow::read(&tables, partner_id)?;
    let own = published::own_cells(&tables, partner_id)?;
    let facts = ownership::Facts::read(&tables, &directory, partner, &policy)?;
    let market = market::Market::read(&tables, &directory, &policy, partner, &own)?;
    let benchmark = published::benchmark_cells(&tables)?;
    let mut work =
        work::Work { tables: &tables, directory: &directory, policy: &policy, partner, market: &market, checks: Vec::new() };
    let explanation = work.explanation(&manifest, &own, facts, &benchmark, &index)?;
    Ok(explain::text(&explanation))
}

/// The steps that are shown are those of the default cells, attached services and all windows.
fn by_hand(manifest: &manifest::Manifest, folder: &Path) -> Result<()> {
    let shown =
        [("benchmark.cells", "category, country, maturity"), ("benchmark.services", "attached"), ("benchmark.windows", "all")];
    let other = shown.iter().find_map(|(key, value)| {
        let used = manifest.parameters.get(*key)?;
        (used != value).then(|| format!("`{key}` is `{used}`, and the steps are shown for `{value}` alone"))
    });
    match other {
        None => Ok(()),
        Some(message) => {
            let hint = "the partner's page in the report and fact_partner_cell have the figures of every policy";
            Err(Error::Input(Problems(vec![Problem::new(folder, message).with_hint(hint)])))
        }
    }
}

/// The partner of this id.
///
/// # Errors
/// `Input` where there is none, with the nearest ids.
pub fn known_partner<'a>(folder: &Path, partner_id: &str, directory: &'a Directory) -> Result<&'a Partner> {
    let partner = directory.partners.iter().find(|partner| partner.id == partner_id);
    partner.ok_or_else(|| unknown(folder, partner_id, directory))
}

fn unknown(folder: &Path, partner_id: &str, directory: &Directory) -> Error {
    let asked = partner_id.to_uppercase();
    let mut near: Vec<(usize, &str)> = directory
        .partners
        .iter()
        .map(|partner| (strsim::damerau_levenshtein(&asked, &partner.id.to_uppercase()), partner.id.as_str()))
        .collect();
    near.sort_unstable();
    let names: Vec<String> = near.iter().take(SUGGESTIONS).map(|(_, id)| format!("`{id}`")).collect();
    let problem = Problem::new(folder, format!("the run has no partner `{partner_id}`"));
    let hint = format!("the nearest ids are {}", names.join(", "));
    Error::Input(Problems(vec![if names.is_empty() { problem } else { problem.with_hint(hint) }]))
}
