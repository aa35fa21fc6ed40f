//! Every verdict under every other reasonable rule.

use super::collect_parts::{self, CollectedPart};
use crate::config::plan::Plan;
use crate::error::Result;
use crate::reference::References;
use crate::stages::assess::{Reading, ReadingResult, Verdict, readings, verdicts};
use crate::stages::attach::{CellKey, CellSums};
use crate::stages::matchings::matchings;

/// The readings of a run.
pub struct Readings {
    /// The rules, sorted by code.
    pub rules: Vec<Reading>,
    /// By rule, every partner in their order.
    pub results: Vec<Vec<ReadingResult>>,
}

impl Readings {
    /// Whether a partner's verdict is the same under every reading; being not assessed counts as another.
    pub fn agree(&self, partner: usize, verdict: Verdict) -> bool {
        self.results.iter().all(|results| results[partner].verdict == verdict)
    }
}

/// Works out every reading. `base` are the cells of the deciding matching.
///
/// # Errors
/// Where cached files are damaged.
pub fn read(plan: &Plan, references: &References, collected: &[CollectedPart], base: &[(CellKey, CellSums)]) -> Result<Readings> {
    let rules = readings(plan, &matchings(plan), !references.exceptions.is_empty());
    let mut results = Vec::with_capacity(rules.len());
    for rule in &rules {
        let other = if rule.matching == 0 { None } else { Some(collect_parts::cells(collected, rule.matching)?) };
        let cells = other.as_deref().unwrap_or(base);
        results.push(verdicts(rule, cells, references, &plan.benchmark, &plan.verdict)?);
    }
    Ok(Readings { rules, results })
}
