//! The policies of benchmark and verdict, read back from the parameters of a published run: the inverse of their listing.

use super::file::CellDimension;
use super::plan::{BenchmarkPolicy, SafeHarbor, Threshold, Tier, VerdictPolicy};
use super::resolve::parts_per_million;
use serde::de::DeserializeOwned;
use serde::de::IntoDeserializer;
use serde::de::value::{Error as ValueError, StrDeserializer};
use std::collections::BTreeMap;

/// A value of the pipeline file by its name there: `from_name::<ServicesScope>("attached")`.
///
/// # Errors
/// Where no value has the name; the text lists those that there are.
pub fn from_name<T: DeserializeOwned>(name: &str) -> Result<T, String> {
    let deserializer: StrDeserializer<'_, ValueError> = name.into_deserializer();
    T::deserialize(deserializer).map_err(|error| error.to_string())
}

/// The policies of a run's parameters.
///
/// # Errors
/// The key of the first parameter that is missing or has no meaning.
pub fn policies(parameters: &BTreeMap<String, String>) -> Result<(BenchmarkPolicy, VerdictPolicy), String> {
    let source = Source(parameters);
    let benchmark = BenchmarkPolicy {
        population: source.named("benchmark.population")?,
        min_partners: source.parsed("benchmark.min_partners")?,
        services: source.named("benchmark.services")?,
        windows: source.named("benchmark.windows")?,
        cells: source.list("benchmark.cells", |name| from_name::<CellDimension>(name).ok())?,
        price_bands: source.list("benchmark.price_bands", cents)?,
    };
    let verdict = VerdictPolicy {
        measure: source.named("verdict.measure")?,
        at: source.line("verdict.at")?,
        near: source.line("verdict.near")?,
        min_hardware_units: source.parsed("verdict.min_hardware_units")?,
        min_hardware_amount: source.cents("verdict.min_hardware_amount")?,
        confidence_ppm: parts_per_million(source.parsed::<f64>("verdict.confidence")? * 100.0),
        max_open_ppm: parts_per_million(source.parsed("verdict.max_open_percent")?),
        tiers: source.list("verdict.tiers", |text| {
            let (id, from) = text.rsplit_once(" from ")?;
            Some(Tier { id: id.to_owned(), from: Threshold::parse(from)? })
        })?,
        safe_harbor: match parameters.contains_key("verdict.safe_harbor.min_hardware_amount") {
            false => None,
            true => Some(SafeHarbor {
                min_hardware_amount: source.cents("verdict.safe_harbor.min_hardware_amount")?,
                min_services_amount: source.cents("verdict.safe_harbor.min_services_amount")?,
            }),
        },
    };
    Ok((benchmark, verdict))
}

/// Whole units of the currency in cents.
fn cents(text: &str) -> Option<i64> {
    text.parse::<i64>().ok()?.checked_mul(100)
}

struct Source<'a>(&'a BTreeMap<String, String>);

impl Source<'_> {
    fn text(&self, key: &str) -> Result<&str, String> {
        self.0.get(key).map(String::as_str).ok_or_else(|| key.to_owned())
    }

    fn named<T: DeserializeOwned>(&self, key: &str) -> Result<T, String> {
        from_name(self.text(key)?).map_err(|_| key.to_owned())
    }

    fn parsed<T: std::str::FromStr>(&self, key: &str) -> Result<T, String> {
        self.text(key)?.parse().map_err(|_| key.to_owned())
    }

    fn cents(&self, key: &str) -> Result<i64, String> {
        cents(self.text(key)?).ok_or_else(|| key.to_owned())
    }

    fn line(&self, key: &str) -> Result<Threshold, String> {
        Threshold::parse(self.text(key)?).ok_or_else(|| key.to_owned())
    }

    fn list<T>(&self, key: &str, read: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, String> {
        let text = self.text(key)?;
        if text.is_empty() {
            return Ok(Vec::new());
        }
        text.split(", ").map(|item| read(item).ok_or_else(|| key.to_owned())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;
    use crate::config::file::{MeasureName, ServicesScope};
    use std::path::Path;

    #[test]
    fn what_a_plan_lists_is_read_back() {
        for file in ["pipelines/sample.toml", "tests/configs/valid/full.toml"] {
            let plan = config::load(Path::new(file)).expect("a valid pipeline");
            let parameters = plan.parameters.iter().cloned().collect();
            assert_eq!(policies(&parameters), Ok((plan.benchmark, plan.verdict)), "{file}");
        }
    }

    #[test]
    fn what_is_missing_or_means_nothing_is_named() {
        let plan = config::load(Path::new("pipelines/sample.toml")).expect("a valid pipeline");
        let mut parameters: BTreeMap<String, String> = plan.parameters.into_iter().collect();
        parameters.insert("verdict.near".to_owned(), "three".to_owned());
        assert_eq!(policies(&parameters), Err("verdict.near".to_owned()));
        parameters.remove("benchmark.cells");
        assert_eq!(policies(&parameters), Err("benchmark.cells".to_owned()));
        assert_eq!(from_name::<ServicesScope>("all"), Ok(ServicesScope::All));
        assert!(from_name::<MeasureName>("money").is_err_and(|text| text.contains("revenue")));
    }
}
