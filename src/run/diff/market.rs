//! Both runs in one list of partners, and the two benchmarks between which an index is taken apart.

use crate::error::{Error, Result};
use crate::reference::{Category, Partner, References};
use crate::run::directory::Directory;
use crate::run::manifest::{self, Manifest};
use crate::run::whatif::{Policy, cells, of_run, standings};
use crate::stages::assess::{Totals, Verdict};
use crate::stages::benchmark::{Benchmark, Selection, benchmark, select};
use crate::stages::matchings::BASE;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A published run as far as it is compared.
pub struct PublishedRun {
    /// Its folder.
    pub folder: PathBuf,
    /// Its manifest.
    pub manifest: Manifest,
    /// Its policy.
    pub policy: Policy,
    /// Its partners and categories.
    pub directory: Directory,
    /// Figures and verdict by partner.
    pub standings: BTreeMap<String, (Totals, Verdict)>,
    /// Names by partner.
    pub names: BTreeMap<String, String>,
}

impl PublishedRun {
    /// Reads its manifest and small tables.
    pub fn read(folder: &Path) -> Result<Self> {
        Self::with_manifest(folder, manifest::read(folder)?)
    }

    /// Reads the small tables of a run that has this manifest.
    pub fn with_manifest(folder: &Path, manifest: Manifest) -> Result<Self> {
        let policy = of_run(&manifest, folder)?;
        let tables = folder.join("tables");
        let directory = Directory::read(&tables)?;
        let ids = directory.partners.iter().map(|partner| partner.id.clone());
        let standings = ids
            .zip(standings(&tables, &directory.partners)?)
            .map(|(id, standing)| (id, (standing.totals, standing.verdict)))
            .collect();
        let names = directory.partners.iter().map(|partner| (partner.id.clone(), partner.name.clone())).collect();
        Ok(Self { folder: folder.to_owned(), manifest, policy, directory, standings, names })
    }

    /// The folder of its tables.
    pub fn tables(&self) -> PathBuf {
        self.folder.join("tables")
    }
}

/// The benchmarks.
pub struct Market {
    /// Partners and categories of both runs; of those in both, as they were in the earlier.
    pub references: References,
    /// The earlier run's.
    pub earlier: Benchmark,
    /// The later run's data by the earlier run's rules.
    pub renewed: Benchmark,
}

impl Market {
    /// Works both out.
    ///
    /// # Errors
    /// `Damaged` where the earlier run's index does not follow from its tables.
    pub fn of(runs: &[PublishedRun; 2], threads: usize) -> Result<Self> {
        let references = references(runs);
        let policy = &runs[0].policy.benchmark;
        let selection = Selection::of(policy);
        let of_run = |run: &PublishedRun| -> Result<Benchmark> {
            let cells = cells::read(&run.tables(), &references, BASE, threads)?;
            benchmark(&select(&cells, &selection), &selection, &references, policy)
        };
        let (earlier, renewed) = (of_run(&runs[0])?, of_run(&runs[1])?);
        for (partner, number) in references.partners.iter().zip(0u32..) {
            let totals = Totals::of(earlier.cells_of(number));
            if runs[0].standings.get(&partner.id).is_some_and(|(published, _)| *published != totals) {
                let cause = format!("the index of `{}` does not follow from agg_partner_matching", partner.id);
                return Err(Error::Damaged { path: runs[0].folder.clone(), cause });
            }
        }
        Ok(Self { references, earlier, renewed })
    }
}

/// The partners and categories of both runs, sorted.
fn references(runs: &[PublishedRun; 2]) -> References {
    let mut partners: BTreeMap<&str, &Partner> = BTreeMap::new();
    let mut categories: BTreeMap<&str, &(String, String)> = BTreeMap::new();
    for run in runs {
        for partner in &run.directory.partners {
            partners.entry(&partner.id).or_insert(partner);
        }
        for (code, names) in &run.directory.categories {
            categories.entry(code).or_insert(names);
        }
    }
    let category = |(code, (name, family_code)): (&str, &(String, String))| Category {
        code: code.to_owned(),
        name: name.clone(),
        family_code: family_code.clone(),
        family_name: String::new(),
        serial_format: None,
    };
    References {
        partners: partners.into_values().cloned().collect(),
        categories: categories.into_iter().map(category).collect(),
        ..References::default()
    }
}
