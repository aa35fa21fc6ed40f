//! How often the policy of a run calls a partner wrongly, by simulation on its published tables.

mod cells;
mod orders;

use super::directory::Directory;
use super::explain::policy::Policy;
use super::manifest;
use crate::error::{Error, Result};
use crate::io::parquet_table::scan;
use crate::publish::calibration::Calibration;
use crate::stages::calibration::{PartnerPlan, Settings, SlicePlan, calibrate as simulate};
use crate::stages::uncertainty::dispersion::{Dispersion, Slice};
use crate::tables::published::{FACT_PARTNER_INDEX, FACT_SALE_LINE};
use std::collections::BTreeSet;
use std::path::Path;
use xxhash_rust::xxh3::xxh3_64;

/// Sale lines that are looked at, about. Of a run with more, whole partners are drawn by their ids, so that memory stays bounded.
const MOST_LINES: u64 = 8_000_000;

/// The share of the near line at which a partner should be called below: 0.6 for a line of 0.75.
pub const POOR_SHARE: f64 = 0.8;

/// Simulates partners of a published run.
///
/// # Errors
/// `Damaged` where the folder is no whole run.
pub fn calibrate(folder: &Path, replications: u32, seed: u64) -> Result<Calibration> {
    let manifest = manifest::read(folder)?;
    let policy = Policy::read(&manifest, folder)?;
    let tables = folder.join("tables");
    let directory = Directory::read(&tables)?;
    let lines = manifest.counts.get(FACT_SALE_LINE.name).copied().unwrap_or(0);
    let is_drawn = |id: &str| lines <= MOST_LINES || xxh3_64(id.as_bytes()) < u64::MAX / lines * MOST_LINES;
    let assessed = assessed_partners(&tables)?;
    // In the order of the table, which is by id.
    let sample: Vec<String> = directory
        .partners
        .iter()
        .filter(|partner| policy.has_all_partners || partner.is_program)
        .map(|partner| partner.id.clone())
        .filter(|id| is_drawn(id))
        .collect();
    let cells = cells::Cells::read(&tables, &directory, &sample, policy.by_units)?;
    let scope = orders::Scope {
        partners: &sample,
        by_units: policy.by_units,
        only_closed_windows: manifest.parameters.get("benchmark.windows").is_some_and(|windows| windows == "closed"),
    };
    let slices = orders::slices(&tables, &cells, &scope)?;
    let plans = plans(&slices, |partner| assessed.contains(&sample[partner as usize]));

    let [near, at] = policy.lines;
    let line = |text: &str| text.parse::<f64>().map_err(|_| Error::Internal(format!("the line `{text}` is no number")));
    let near_line = line(&near.text)?;
    let settings = Settings {
        near: near_line,
        confidence: policy.confidence,
        sound_index: line(&at.text)?,
        poor_index: POOR_SHARE * near_line,
        replications,
        seed,
    };
    Ok(Calibration {
        run_id: manifest.run_id,
        by_units: policy.by_units,
        near: near.text,
        settings,
        assessed_partners: assessed.len() as u64,
        sampled_partners: sample.iter().filter(|id| assessed.contains(*id)).count() as u64,
        rows: simulate(&plans, &settings),
    })
}

fn assessed_partners(tables: &Path) -> Result<BTreeSet<String>> {
    let mut assessed = BTreeSet::new();
    scan(tables, &FACT_PARTNER_INDEX, &["partner_id", "verdict_code"], None, |rows| {
        let (ids, verdicts) = (rows.texts("partner_id")?, rows.texts("verdict_code")?);
        assessed.extend((0..rows.len()).filter(|row| verdicts.value(*row) != "not_assessed").map(|row| ids.value(row).to_owned()));
        Ok(())
    })?;
    Ok(assessed)
}

/// What the simulation needs of each assessed partner. The dispersion is that of all slices.
fn plans(slices: &[(Slice, f64)], is_assessed: impl Fn(u32) -> bool) -> Vec<PartnerPlan> {
    let dispersion = Dispersion::of(&slices.iter().map(|(slice, _)| *slice).collect::<Vec<_>>());
    slices
        .chunk_by(|left, right| left.0.partner == right.0.partner)
        .filter(|own| is_assessed(own[0].0.partner))
        .map(|own| {
            let orders = own.chunk_by(|left, right| left.0.order == right.0.order).count() as u64;
            let mut slices: Vec<SlicePlan> = own
                .iter()
                .filter(|(slice, _)| slice.expected > 0.0)
                .map(|(slice, share)| SlicePlan {
                    family: slice.family,
                    expected: slice.expected,
                    kappa: dispersion.kappa(slice),
                    share: *share,
                })
                .collect();
            slices.sort_by_key(|slice| slice.family);
            PartnerPlan { orders, slices }
        })
        .collect()
}
