//! The policy of a run, from the parameters of its manifest.

use crate::config::plan::Threshold;
use crate::error::{Error, Result};
use crate::run::manifest::{MANIFEST, Manifest};
use chrono::NaiveDate;
use std::path::Path;

/// What the index is worked out by.
pub struct Policy {
    /// Reporting currency.
    pub currency: String,
    /// First and last day of the period and the as-of date, ISO.
    pub days: [String; 3],
    /// The as-of date.
    pub as_of: i32,
    /// Days after the hardware's date in which a service counts.
    pub window_days: i32,
    /// Whether partners outside the program are in the population.
    pub has_all_partners: bool,
    /// Fewest contributors of a usable rate.
    pub min_partners: u64,
    /// Whether the units decide.
    pub by_units: bool,
    /// The lines, near first.
    pub lines: [Threshold; 2],
    /// Confidence of the intervals.
    pub confidence: f64,
    /// Least hardware: units, and cents.
    pub floors: (i128, i128),
}

impl Policy {
    /// Takes the policy from a manifest.
    ///
    /// # Errors
    /// `Damaged` where a parameter is missing or has no meaning.
    pub fn read(manifest: &Manifest, folder: &Path) -> Result<Self> {
        let wrong =
            |key: &str| Error::Damaged { path: folder.join(MANIFEST), cause: format!("parameter `{key}` is missing or wrong") };
        let text = |key: &str| manifest.parameters.get(key).cloned().ok_or_else(|| wrong(key));
        let whole = |key: &str| text(key)?.parse::<u32>().map_err(|_| wrong(key));
        let line = |key: &str| Threshold::parse(&text(key)?).ok_or_else(|| wrong(key));
        let floor = |key: &str| text(key)?.parse::<i64>().map(i128::from).map_err(|_| wrong(key));
        let as_of = text("period.as_of")?;
        let day: NaiveDate = as_of.parse().map_err(|_| wrong("period.as_of"))?;
        Ok(Self {
            currency: text("money.reporting_currency")?,
            as_of: day.to_epoch_days(),
            days: [text("period.from")?, text("period.to")?, as_of],
            window_days: i32::try_from(whole("attach.window_days")?).map_err(|_| wrong("attach.window_days"))?,
            has_all_partners: text("benchmark.population")? == "all",
            min_partners: u64::from(whole("benchmark.min_partners")?),
            by_units: text("verdict.measure")? == "units",
            lines: [line("verdict.near")?, line("verdict.at")?],
            confidence: text("verdict.confidence")?.parse().map_err(|_| wrong("verdict.confidence"))?,
            // The parameter is in whole units of the currency.
            floors: (floor("verdict.min_hardware_units")?, floor("verdict.min_hardware_amount")? * 100),
        })
    }
}
