//! The policy of a run, and what is asked to be different.

use crate::config::file::{CellDimension, MeasureName, Population, ServicesScope, WindowScope};
use crate::config::plan::{BenchmarkPolicy, Threshold, VerdictPolicy};
use crate::config::policies::policies;
use crate::error::{Error, Problem, Problems, Result};
use crate::publish::whatif::Rule;
use crate::run::execute::measure_code;
use crate::run::manifest::{MANIFEST, Manifest};
use crate::stages::matchings::BASE;
use std::path::Path;

/// What is to be different; what is `None` stays as in the run.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// PRI at or above this is `near`.
    pub near: Option<Threshold>,
    /// PRI at or above this is `at`.
    pub at: Option<Threshold>,
    /// Least net hardware units of an assessed partner.
    pub min_hardware_units: Option<u32>,
    /// Least net hardware money of an assessed partner, in whole units of the currency.
    pub min_hardware_amount: Option<u32>,
    /// The measure that decides.
    pub measure: Option<MeasureName>,
    /// Who forms the benchmark.
    pub population: Option<Population>,
    /// Which services count.
    pub services: Option<ServicesScope>,
    /// Whose windows count.
    pub windows: Option<WindowScope>,
    /// Dimensions of the cells.
    pub cells: Option<Vec<CellDimension>>,
    /// Fewest contributors of a usable rate.
    pub min_partners: Option<u32>,
    /// The matching.
    pub matching: Option<String>,
    /// Whether approved exceptions are not applied.
    pub without_exceptions: bool,
}

/// Everything that decides a verdict.
#[derive(Debug, Clone)]
pub struct Policy {
    pub currency: String,
    pub benchmark: BenchmarkPolicy,
    pub verdict: VerdictPolicy,
    pub matching: String,
    pub with_exceptions: bool,
}

/// The policy of a run.
///
/// # Errors
/// `Damaged` where a parameter of the manifest is missing or has no meaning.
pub fn of_run(manifest: &Manifest, folder: &Path) -> Result<Policy> {
    let wrong =
        |key: String| Error::Damaged { path: folder.join(MANIFEST), cause: format!("parameter `{key}` is missing or wrong") };
    let (benchmark, verdict) = policies(&manifest.parameters).map_err(wrong)?;
    let key = "money.reporting_currency";
    let currency = manifest.parameters.get(key).cloned().ok_or_else(|| wrong(key.to_owned()))?;
    Ok(Policy { currency, benchmark, verdict, matching: BASE.to_owned(), with_exceptions: true })
}

impl Changes {
    /// The run's policy with the changes.
    ///
    /// # Errors
    /// `Config` where the two do not go together.
    pub fn apply(&self, run: &Policy, folder: &Path) -> Result<Policy> {
        let mut policy = run.clone();
        let Policy { benchmark, verdict, matching, .. } = &mut policy;
        change(&mut verdict.near, &self.near);
        change(&mut verdict.at, &self.at);
        change(&mut verdict.min_hardware_units, &self.min_hardware_units.map(i64::from));
        change(&mut verdict.min_hardware_amount, &self.min_hardware_amount.map(|amount| i64::from(amount) * 100));
        change(&mut verdict.measure, &self.measure);
        change(&mut benchmark.population, &self.population);
        change(&mut benchmark.services, &self.services);
        change(&mut benchmark.windows, &self.windows);
        change(&mut benchmark.min_partners, &self.min_partners);
        change(matching, &self.matching);
        if let Some(cells) = &self.cells {
            benchmark.cells.clone_from(cells);
            benchmark.cells.sort_unstable();
            benchmark.cells.dedup();
        }
        policy.with_exceptions = !self.without_exceptions;
        policy.judge(folder)?;
        Ok(policy)
    }
}

fn change<T: Clone>(value: &mut T, asked: &Option<T>) {
    if let Some(asked) = asked {
        value.clone_from(asked);
    }
}

impl Policy {
    fn judge(&self, folder: &Path) -> Result<()> {
        let mut problems = Problems::default();
        let mut problem = |message: String, hint: &str| problems.push(Problem::new(folder, message).with_hint(hint));
        let VerdictPolicy { at, near, .. } = &self.verdict;
        if !at.at_least(near) {
            let message = format!("`near` ({}) would be above `at` ({})", near.text, at.text);
            problem(message, "a partner that is `at` is also at or above the near line: change both");
        }
        let cells = &self.benchmark.cells;
        if !cells.contains(&CellDimension::Category) {
            problem("the cells lack `category`".to_owned(), "every cell has a category: name it with the others");
        }
        if cells.contains(&CellDimension::PriceBand) && self.benchmark.price_bands.is_empty() {
            problem("the run has no price bands".to_owned(), "give the pipeline [benchmark] price_bands and run it");
        }
        problems.into_result(Error::Config)
    }
}

/// Every rule, now and then, in the order of the pipeline file.
pub fn rules(now: &Policy, then: &Policy) -> Vec<Rule> {
    let [now, then] = [now, then].map(values);
    now.into_iter().zip(then).map(|((key, now), (_, then))| Rule { key, now, then }).collect()
}

fn values(policy: &Policy) -> Vec<(&'static str, String)> {
    let Policy { benchmark, verdict, .. } = policy;
    let cells: Vec<&str> = benchmark.cells.iter().map(|dimension| dimension.code()).collect();
    vec![
        ("population", benchmark.population.code().to_owned()),
        ("min_partners", benchmark.min_partners.to_string()),
        ("services", benchmark.services.code().to_owned()),
        ("windows", benchmark.windows.code().to_owned()),
        ("cells", cells.join(", ")),
        ("measure", measure_code(verdict.measure).to_owned()),
        ("at", verdict.at.text.clone()),
        ("near", verdict.near.text.clone()),
        ("min_hardware_units", verdict.min_hardware_units.to_string()),
        ("min_hardware_amount", (verdict.min_hardware_amount / 100).to_string()),
        ("matching", policy.matching.clone()),
        ("exceptions", if policy.with_exceptions { "applied" } else { "not applied" }.to_owned()),
    ]
}
