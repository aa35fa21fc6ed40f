//! What changed between two published runs, and what moved each verdict.

mod market;
mod rows;

use super::manifest::Manifest;
use crate::error::{Error, Problem, Problems, Result};
use crate::publish::diff::{Diff, Difference, PartnerDiff};
use crate::reference::References;
use crate::stages::assess::{Totals, Verdict, moves};
use crate::stages::benchmark::is_in_population;
use market::{Market, PublishedRun};
use rows::RowChanges;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What is shown of the difference.
#[derive(Debug, Clone, Copy)]
pub struct DiffOptions {
    /// Whether every partner is listed, not only those whose verdict changed.
    pub with_all: bool,
    /// Rows listed for each partner.
    pub rows: usize,
    /// Threads.
    pub threads: usize,
}

/// Compares a run with an earlier one.
///
/// # Errors
/// `Damaged` where a folder is no whole run; `Input` where the runs do not report in one currency.
pub fn diff(earlier: &Path, later: &Path, options: DiffOptions) -> Result<Diff> {
    between([PublishedRun::read(earlier)?, PublishedRun::read(later)?], options)
}

/// Compares a run that is about to be published, its tables in `staging`, with the earlier one that its configuration names.
///
/// # Errors
/// As [`diff`].
pub fn since(earlier: &Path, staging: &Path, manifest: Manifest, options: DiffOptions) -> Result<Diff> {
    between([PublishedRun::read(earlier)?, PublishedRun::with_manifest(staging, manifest)?], options)
}

fn between(runs: [PublishedRun; 2], options: DiffOptions) -> Result<Diff> {
    let [currency, other] = runs.each_ref().map(|run| &run.policy.currency);
    if currency != other {
        let message = format!("the run reports in {other}, the earlier one in {currency}");
        let problem = Problem::new(&runs[1].folder, message).with_hint("amounts of two currencies cannot be compared");
        return Err(Error::Input(Problems(vec![problem])));
    }
    let market = Market::of(&runs, options.threads)?;
    let mut partners = partners(&runs, &market)?;
    partners.retain(|partner| options.with_all || partner.is_changed());
    let wanted: BTreeSet<&str> = partners.iter().map(|partner| partner.id.as_str()).collect();
    let changes = RowChanges::between(&runs, &wanted, options.threads)?;
    for partner in &mut partners {
        (partner.causes, partner.largest) = changes.of(&partner.id, options.rows);
    }
    let [before, after] = runs.each_ref().map(|run| &run.manifest);
    Ok(Diff {
        runs: [before, after].map(|manifest| (manifest.run_id.clone(), manifest.title.clone())),
        currency: currency.clone(),
        parameters: differences(&before.parameters, &after.parameters),
        references: differences(&before.references, &after.references),
        files: files(before, after),
        partners_count: market.references.partners.len(),
        partners,
    })
}

fn partners(runs: &[PublishedRun; 2], market: &Market) -> Result<Vec<PartnerDiff>> {
    let [earlier, later] = runs;
    let policy = &earlier.policy;
    let measures = runs.each_ref().map(|run| run.policy.verdict.measure);
    let References { partners, .. } = &market.references;
    partners
        .iter()
        .zip(0u32..)
        .map(|(partner, number)| {
            let standings = [earlier, later].map(|run| run.standings.get(&partner.id).copied());
            let [before, after] = standings.map(|standing| standing.unwrap_or((Totals::default(), Verdict::NotAssessed)));
            let is_in_population = is_in_population(partner, policy.benchmark.population);
            let rules = (&policy.verdict, is_in_population);
            let moves = moves(number, &before, &after, (&market.earlier, &market.renewed), rules, measures)?;
            let name = later.names.get(&partner.id).unwrap_or(&partner.name);
            Ok(PartnerDiff {
                id: partner.id.clone(),
                name: name.clone(),
                hardware_amount: after.0.revenue.hardware,
                verdicts: standings.map(|standing| standing.map(|(_, verdict)| verdict)),
                moves,
                causes: Vec::new(),
                largest: Vec::new(),
            })
        })
        .collect()
}

fn differences(earlier: &BTreeMap<String, String>, later: &BTreeMap<String, String>) -> Vec<Difference> {
    let keys: BTreeSet<&String> = earlier.keys().chain(later.keys()).collect();
    keys.into_iter()
        .map(|key| Difference { key: key.clone(), earlier: earlier.get(key).cloned(), later: later.get(key).cloned() })
        .filter(|one| one.earlier != one.later)
        .collect()
}

/// Raw files that only the earlier run read, only the later, and both, by content.
fn files(earlier: &Manifest, later: &Manifest) -> [usize; 3] {
    let [before, after] = [earlier, later]
        .map(|manifest| manifest.inputs.iter().map(|input| (&input.feed_id, &input.sha256)).collect::<BTreeSet<_>>());
    [before.difference(&after).count(), after.difference(&before).count(), before.intersection(&after).count()]
}
