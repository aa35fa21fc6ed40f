//! The index worked out by the rules from the tables' integers, each figure compared with the published one.

use super::market::Level;
use super::market::Market;
use super::ownership::Facts;
use super::policy::Policy;
use super::published::{CellKey, IndexRow, OwnCell, PublishedRate};
use crate::config::plan::Threshold;
use crate::error::{Error, Result};
use crate::publish::explain::{Cell, Explanation, Figures, Gap, Rate, Share};
use crate::reference::Partner;
use crate::run::directory::Directory;
use crate::run::manifest::Manifest;
use crate::stages::assess::{NotAssessed, Verdict};
use crate::stages::benchmark::UNIT_SCALE;
use crate::stages::split::{by_largest_remainder, scale_half_even};
use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::Path;

/// Differences that are told of a damaged run.
const TOLD: usize = 5;

/// What the work draws on, and what it found different.
pub struct Work<'a> {
    pub tables: &'a Path,
    pub directory: &'a Directory,
    pub policy: &'a Policy,
    pub partner: &'a Partner,
    pub market: &'a Market,
    pub checks: Vec<String>,
}

/// A category's sums in the measure that decides, and its pack price.
struct CategorySum {
    name: String,
    shortfall: i128,
    price: Option<(i128, i128)>,
}

impl Work<'_> {
    /// Works everything out.
    ///
    /// # Errors
    /// `Damaged` with the figures that differ from the published ones.
    pub fn explanation(
        &mut self,
        manifest: &Manifest,
        own: &BTreeMap<CellKey, OwnCell>,
        facts: Facts,
        benchmark: &BTreeMap<CellKey, [PublishedRate; 2]>,
        index: &IndexRow,
    ) -> Result<Explanation> {
        self.check_cells(own, &facts);
        let in_population = self.policy.has_all_partners || self.partner.is_program;
        let mut cells = Vec::new();
        let (mut revenue, mut units) = (Figures::default(), Figures::default());
        for (key, cell) in own {
            let rates = in_population.then(|| self.market.rates(self.directory, key, self.policy.min_partners));
            if let Some(rates) = &rates {
                self.check_rates(key, rates, benchmark.get(key))?;
            }
            self.check_expected(key, cell, rates.as_ref())?;
            revenue = sum(&revenue, &cell.revenue);
            units = sum(&units, &cell.units);
            cells.push(Cell {
                category_name: self.cell_name(key),
                maturity: key.maturity.clone(),
                revenue: cell.revenue,
                units: cell.units,
                rates,
            });
        }
        self.check_figures("partner", "", &revenue, &index.revenue);
        self.check_figures("partner in units", "", &units, &index.units);
        let (services, expected) = self.deciding(&revenue, &units);
        let not_assessed = self.not_assessed(in_population, &revenue, &units, expected);
        let [near, at] = &self.policy.lines;
        let verdict = match not_assessed {
            Some(_) => Verdict::NotAssessed,
            None if at.reached_by(services, expected) => Verdict::At,
            None if near.reached_by(services, expected) => Verdict::Near,
            None => Verdict::Below,
        };
        self.compare("verdict_code", &index.verdict.as_str(), &verdict.code());
        self.compare("not_assessed_code", &index.not_assessed.as_str(), &not_assessed.map_or("", NotAssessed::code));
        let gaps = match not_assessed {
            Some(_) => [Gap::default(), Gap::default()],
            None => self.gaps(own, services, expected)?,
        };
        for (name, gap, published) in [("gap_near", &gaps[0], index.gaps[0]), ("gap_at", &gaps[1], index.gaps[1])] {
            self.compare(&format!("{name}_amount in cents"), &published.0, &gap.amount);
            self.compare(&format!("{name}_packs"), &published.1, &gap.packs);
        }
        self.conclude()?;
        let partner = self.partner;
        Ok(Explanation {
            run: (manifest.run_id.clone(), manifest.title.clone()),
            days: self.policy.days.clone(),
            currency: self.policy.currency.clone(),
            by_units: self.policy.by_units,
            lines: self.policy.lines.clone(),
            floors: self.policy.floors,
            partner: partner.clone(),
            cells,
            revenue,
            units,
            verdict,
            not_assessed,
            gaps,
            rungs: facts.rungs,
            elsewhere: facts.elsewhere,
            excepted: facts.excepted,
            left_over: facts.left_over,
            unmapped: facts.unmapped,
            other_amount: facts.other_amount,
        })
    }

    /// Services and expected of the measure that decides, in one unit.
    fn deciding(&self, revenue: &Figures, units: &Figures) -> (i128, i128) {
        if self.policy.by_units {
            (units.services * i128::from(UNIT_SCALE), units.expected)
        } else {
            (revenue.services, revenue.expected)
        }
    }

    fn not_assessed(&self, in_population: bool, revenue: &Figures, units: &Figures, expected: i128) -> Option<NotAssessed> {
        let (least_units, least_amount) = self.policy.floors;
        if !in_population {
            Some(NotAssessed::NotInProgram)
        } else if revenue.hardware <= 0 && units.hardware <= 0 {
            Some(NotAssessed::NoHardware)
        } else if units.hardware < least_units || revenue.hardware < least_amount {
            Some(NotAssessed::BelowFloor)
        } else if expected <= 0 {
            Some(NotAssessed::NothingExpected)
        } else {
            None
        }
    }

    /// Hardware and services of every cell follow from the lines and attachments.
    fn check_cells(&mut self, own: &BTreeMap<CellKey, OwnCell>, facts: &Facts) {
        let mut keys: Vec<&CellKey> = own.keys().chain(facts.cells.keys()).collect();
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            let published = own.get(key).copied().unwrap_or_default();
            let lines = facts.cells.get(key).copied().unwrap_or_default();
            let (of, maturity) = (format!("{} {}", key.category, key.country), key.maturity.as_str());
            let expected = |figures: Figures, published: &Figures| Figures { expected: published.expected, ..figures };
            self.check_figures(&of, maturity, &expected(lines.revenue, &published.revenue), &published.revenue);
            self.check_figures(&of, maturity, &expected(lines.units, &published.units), &published.units);
            self.compare(&format!("{of} {maturity}: packs_units"), &published.packs, &lines.packs);
            let shortfall = published.revenue.expected - published.revenue.services;
            self.compare(&format!("{of} {maturity}: shortfall_amount in cents"), &published.shortfall, &shortfall);
        }
    }

    /// The rates follow from the cells of the population.
    fn check_rates(&mut self, key: &CellKey, rates: &[Rate; 2], published: Option<&[PublishedRate; 2]>) -> Result<()> {
        let Some(published) = published else {
            return Err(self.damaged(format!("fact_benchmark_cell lacks {}", key.name())));
        };
        for (measure, (rate, published)) in ["money", "units"].into_iter().zip(rates.iter().zip(published)) {
            let of = format!("{}: rate of {measure}", key.name());
            self.compare(&format!("{of}, level"), &published.level.as_str(), &rate.level);
            self.compare(&format!("{of}, numerator"), &published.services, &i128::from(rate.services));
            self.compare(&format!("{of}, denominator"), &published.hardware, &i128::from(rate.hardware));
            if measure == "money" {
                self.compare(&format!("{of}, contributors"), &published.contributors, &i128::from(rate.contributors));
            }
        }
        Ok(())
    }

    /// What is expected follows from hardware and rate, cents shared over the cell's partners by largest remainder.
    fn check_expected(&mut self, key: &CellKey, cell: &OwnCell, rates: Option<&[Rate; 2]>) -> Result<()> {
        for (measure, (name, scale, published)) in [
            ("expected_amount in cents", 1, cell.revenue.expected),
            ("expected_units in millionths", UNIT_SCALE, cell.units.expected),
        ]
        .into_iter()
        .enumerate()
        {
            let mut share = 0;
            if let Some(rates) = rates
                && rates[measure].hardware > 0
                && let Some(members) = self.market.members(key)
                && let Some(place) = members.own
            {
                let rate = &rates[measure];
                let hardware = &members.hardware[measure];
                let too_large = || self.damaged(format!("{}: the rate is too large", key.name()));
                let numerator = rate.services.checked_mul(scale).ok_or_else(too_large)?;
                let total = hardware.iter().try_fold(0_i64, |sum, value| sum.checked_add(*value)).ok_or_else(too_large)?;
                let total = if rate.level == Level::Cell.code() {
                    numerator
                } else {
                    i64::try_from(scale_half_even(total, numerator, rate.hardware)).map_err(|_| too_large())?
                };
                share = by_largest_remainder(hardware, numerator, rate.hardware, total)[place];
            }
            self.compare(&format!("{}: {name}", key.name()), &published, &i128::from(share));
        }
        Ok(())
    }

    fn gaps(&self, own: &BTreeMap<CellKey, OwnCell>, services: i128, expected: i128) -> Result<[Gap; 2]> {
        let mut categories: BTreeMap<&str, CategorySum> = BTreeMap::new();
        // A pack is priced where the partner sells, not where it is only credited.
        let (at_home, elsewhere): (Vec<_>, Vec<_>) = own.iter().partition(|(key, _)| self.is_own(key));
        for (key, cell) in at_home.into_iter().chain(elsewhere) {
            let (services, expected) = self.deciding(&cell.revenue, &cell.units);
            let category = categories.entry(&key.category).or_insert_with(|| CategorySum {
                name: self.category_name(&key.category),
                shortfall: 0,
                price: self.market.pack_price(self.directory, key),
            });
            category.shortfall += expected - services;
        }
        let [near, at] = &self.policy.lines;
        let gap = |line| {
            self.gap(line, services, expected, &categories)
                .ok_or_else(|| self.damaged("a gap is too large to be worked out".to_owned()))
        };
        Ok([gap(near)?, gap(at)?])
    }

    /// What is missing to a line; none where a product does not fit.
    fn gap(&self, line: &Threshold, services: i128, expected: i128, categories: &BTreeMap<&str, CategorySum>) -> Option<Gap> {
        let missing = expected.checked_mul(line.numerator.into())?.checked_sub(services.checked_mul(line.denominator.into())?)?;
        let short = || categories.values().filter(|category| category.shortfall > 0);
        let shortfall: i128 = short().map(|category| category.shortfall).sum();
        if missing <= 0 || shortfall <= 0 {
            return Some(Gap::default());
        }
        let mut gap = Gap { shared: ceiling(missing, line.denominator.into()), shortfall, ..Gap::default() };
        for category in short() {
            let product = gap.shared.checked_mul(category.shortfall)?;
            let packs = match category.price {
                _ if self.policy.by_units => ceiling(product, shortfall.checked_mul(UNIT_SCALE.into())?),
                Some((amount, packs)) => ceiling(product.checked_mul(packs)?, shortfall.checked_mul(amount)?),
                None => 0,
            };
            gap.packs = gap.packs.checked_add(packs)?;
            if let (true, Some((amount, of_packs))) = (self.policy.by_units, category.price) {
                gap.amount = gap.amount.checked_add(ceiling(packs.checked_mul(amount)?, of_packs))?;
            }
            let (category_name, shortfall, price) = (category.name.clone(), category.shortfall, category.price);
            gap.shares.push(Share { category_name, shortfall, price, packs });
        }
        if !self.policy.by_units {
            gap.amount = gap.shared;
        }
        Some(gap)
    }

    fn is_own(&self, key: &CellKey) -> bool {
        (&key.country, &key.region) == (&self.partner.country_code, &self.partner.region_code)
    }

    /// The category of a cell, with the country where it is not the partner's own.
    fn cell_name(&self, key: &CellKey) -> String {
        let name = self.category_name(&key.category);
        if self.is_own(key) { name } else { format!("{name}, {}", key.country) }
    }

    fn category_name(&self, code: &str) -> String {
        self.directory.categories.get(code).map_or_else(|| code.to_owned(), |(name, _)| name.clone())
    }

    fn check_figures(&mut self, of: &str, maturity: &str, worked: &Figures, published: &Figures) {
        for (name, worked, published) in [
            ("hardware", worked.hardware, published.hardware),
            ("services", worked.services, published.services),
            ("expected", worked.expected, published.expected),
        ] {
            self.compare(&format!("{}: {name}", format!("{of} {maturity}").trim_end()), &published, &worked);
        }
    }

    fn compare<T: PartialEq + Display>(&mut self, what: &str, published: &T, worked: &T) {
        if published != worked {
            self.checks.push(format!("{what} is published as `{published}`, the tables give `{worked}`"));
        }
    }

    fn conclude(&self) -> Result<()> {
        match self.checks.len() {
            0 => Ok(()),
            count => {
                let mut cause = format!("{}: {}", self.partner.id, self.checks[..count.min(TOLD)].join("; "));
                if count > TOLD {
                    cause.push_str(&format!("; and {} more figures", count - TOLD));
                }
                Err(self.damaged(cause))
            }
        }
    }

    fn damaged(&self, cause: String) -> Error {
        Error::Damaged { path: self.tables.to_owned(), cause }
    }
}

fn sum(a: &Figures, b: &Figures) -> Figures {
    Figures { hardware: a.hardware + b.hardware, services: a.services + b.services, expected: a.expected + b.expected }
}

fn ceiling(numerator: i128, denominator: i128) -> i128 {
    numerator.div_euclid(denominator) + i128::from(numerator.rem_euclid(denominator) != 0)
}
