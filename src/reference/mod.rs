//! The reference tables: products, partners, the crosswalk between them and the feeds, exchange rates.
//!
//! Read strictly and whole: a reference table with a problem stops the run, because every number would rest on it.

mod adjustments;
mod assessed_locations;
mod classification;
mod control_totals;
mod crosswalk;
mod decisions;
mod exceptions;
mod fx;
mod headquarters;
mod names;
mod partners;
mod products;
mod resellers;
mod serial_format;
mod table;
#[cfg(test)]
mod tests;

use rustc_hash::FxHashMap;

pub use adjustments::{AdjustedRecord, AdjustedTexts, Adjustment, AdjustmentAction, COLUMNS as ADJUSTMENT_COLUMNS};
pub use classification::{Category, Classification, Kind};
pub use control_totals::ControlTotal;
pub use crosswalk::Crosswalk;
pub use decisions::{PARTNER_DECISIONS, PRODUCT_DECISIONS};
pub use exceptions::{Exception, ExceptionScope};
pub use fx::{FxRates, Rate};
pub use headquarters::Headquarters;
pub use names::{normalise_name, normalise_sku};
pub use partners::Partner;
pub use products::{Product, Rule, RuleField};
pub use resellers::Resellers;
pub use serial_format::SerialFormat;
pub use table::iso_day;

use partners::partner_index;

use crate::config::Plan;
use crate::config::file::Assess;
use crate::error::{Error, Problems, Result};

/// Every reference table of a plan.
#[derive(Debug, Clone, Default)]
pub struct References {
    /// The product tree's leaves, sorted by code. A category's number is its index here.
    pub categories: Vec<Category>,
    /// The product master by normalised base SKU (see [`normalise_sku`]).
    pub products: FxHashMap<String, Product>,
    /// Product lines by code, trimmed and in upper case.
    pub product_lines: FxHashMap<String, Classification>,
    /// Pattern rules in their order: the first that matches counts.
    pub rules: Vec<Rule>,
    /// The partner table, sorted by id.
    pub listed: Vec<Partner>,
    /// The assessed partners, sorted by id. A partner's number is its index here. Where headquarters or locations are assessed, these are they.
    pub partners: Vec<Partner>,
    /// Which of them are locations of the same reseller.
    pub resellers: Resellers,
    /// Locations of the feeds to rows of the partner table, or to assessed locations: see [`Self::partner_at`].
    pub crosswalk: Crosswalk,
    /// (index of the feed in the plan, normalised name) → row of the partner table, or assessed location: see [`Self::partner_named`].
    pub aliases: FxHashMap<(u16, String), u32>,
    /// Where headquarters are assessed: to which each row of the partner table belongs.
    pub headquarters: Option<Headquarters>,
    /// Exchange rates into the reporting currency.
    pub fx: FxRates,
    /// Approved exceptions, sorted by id. An exception's number is its index here and one: 0 is none.
    pub exceptions: Vec<Exception>,
    /// Adjustments, proposals included, sorted by id. An adjustment's number is its index here and one: 0 is none.
    pub adjustments: Vec<Adjustment>,
    /// The senders' own totals, sorted.
    pub control_totals: Vec<ControlTotal>,
    /// The files that were read, sorted by name.
    pub files: Vec<ReferenceFile>,
}

impl References {
    /// The assessed partner to whom a location belongs on a date.
    pub fn partner_at(&self, feed: u16, location: &str, date: i32) -> Option<u32> {
        self.assessed(self.crosswalk.partner(feed, location, date)?, date)
    }

    /// The assessed partner that a feed names on a date.
    pub fn partner_named(&self, feed: u16, name: &str, date: i32) -> Option<u32> {
        self.assessed(*self.aliases.get(&(feed, normalise_name(name)))?, date)
    }

    /// Every location of a feed with each assessed partner that it belongs or belonged to, sorted.
    pub fn locations(&self, feed: u16) -> Vec<(&str, u32)> {
        let locations = self.crosswalk.locations(feed).into_iter();
        let mut assessed: Vec<(&str, u32)> = locations
            .flat_map(|(location, row)| self.ever_assessed(row).into_iter().map(move |partner| (location, partner)))
            .collect();
        assessed.sort_unstable();
        assessed.dedup();
        assessed
    }

    /// The assessed partner that has a location of a feed on the as-of date, or had it last.
    pub fn last_partner_at(&self, feed: u16, location: &str, as_of: i32) -> Option<u32> {
        let (row, last_day) = self.crosswalk.last_partner(feed, location)?;
        self.assessed(row, last_day.min(as_of))
    }

    /// Every location of a feed with the row of the partner table to which each of its assessed partners belongs, sorted.
    pub fn listed_at(&self, feed: u16) -> impl Iterator<Item = (&str, u32)> {
        let row = |partner: u32| partner_index(&self.listed, &self.partners[partner as usize].reseller_id).ok();
        let mut listed: Vec<(&str, u32)> =
            self.locations(feed).into_iter().filter_map(|(location, partner)| Some((location, row(partner)?))).collect();
        listed.sort_unstable();
        listed.dedup();
        listed.into_iter()
    }

    /// Every assessed partner that a feed's name stands or stood for.
    pub fn partners_named(&self, feed: u16, name: &str) -> Vec<u32> {
        self.aliases.get(&(feed, normalise_name(name))).map_or_else(Vec::new, |row| self.ever_assessed(*row))
    }

    fn assessed(&self, row: u32, date: i32) -> Option<u32> {
        match &self.headquarters {
            None => Some(row),
            Some(headquarters) => headquarters.of(row, date),
        }
    }

    fn ever_assessed(&self, row: u32) -> Vec<u32> {
        self.headquarters.as_ref().map_or_else(|| vec![row], |headquarters| headquarters.ever(row).collect())
    }

    /// The adjustment with this number.
    pub fn adjustment(&self, number: u32) -> Option<&Adjustment> {
        self.adjustments.get((number as usize).checked_sub(1)?)
    }

    /// The approved adjustments with their numbers.
    pub fn approved_adjustments(&self) -> impl Iterator<Item = (u32, &Adjustment)> {
        (1..).zip(&self.adjustments).filter(|(_, adjustment)| adjustment.is_approved())
    }

    /// The id of an exception by its number; `None` for 0.
    pub fn exception_id(&self, number: u16) -> Option<&str> {
        let place = usize::from(number).checked_sub(1)?;
        self.exceptions.get(place).map(|exception| exception.id.as_str())
    }
}

/// A reference table's file as it was read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReferenceFile {
    /// Relative to the pipeline file's folder.
    pub relative: String,
    /// SHA-256 of its bytes.
    pub sha256: [u8; 32],
}

/// Reads every reference table. Everything that is wrong is reported at once, first with the tables to which the others
/// point.
pub fn load(plan: &Plan) -> Result<References> {
    let mut source = Source { problems: Problems::default(), files: Vec::new() };
    let paths = &plan.reference;
    let categories = classification::categories(&mut source, &paths.categories)?;
    let partners = partners::partners(&mut source, &paths.partners)?;
    let fx = fx::rates(&mut source, &paths.fx, &plan.reporting_currency)?;
    // The other tables point to these. While these are wrong, what points to them cannot be judged.
    std::mem::take(&mut source.problems).into_result(Error::Input)?;
    let mut products = products::products(&mut source, &paths.products, &categories)?;
    for path in &paths.product_decisions {
        decisions::products(&mut source, path, &categories, &mut products)?;
    }
    let product_lines = match &paths.product_lines {
        Some(path) => products::product_lines(&mut source, path, &categories)?,
        None => FxHashMap::default(),
    };
    let rules = match &paths.category_rules {
        Some(path) => products::rules(&mut source, path, &categories)?,
        None => Vec::new(),
    };
    let mut crosswalk = crosswalk::crosswalk(&mut source, &paths.locations, &plan.feeds, &partners)?;
    let mut aliases = match &paths.aliases {
        Some(path) => crosswalk::aliases(&mut source, path, &plan.feeds, &partners)?,
        None => FxHashMap::default(),
    };
    for path in &paths.partner_decisions {
        decisions::partners(&mut source, path, &plan.feeds, &partners, &mut crosswalk, &mut aliases)?;
    }
    // What a person decides about lines and deals names those that are assessed.
    let listed = partners.clone();
    let (partners, resellers, headquarters) = match plan.assess {
        Assess::Partner => (partners, Resellers::default(), None),
        Assess::Hq => {
            let (assessed, headquarters) =
                headquarters::headquarters(&mut source, &paths.partners, paths.headquarters.as_ref(), &partners)?;
            (assessed, Resellers::default(), Some(headquarters))
        }
        Assess::Location => {
            let (assessed, resellers) =
                assessed_locations::assessed_locations(&mut source, &paths.partners, &partners, &mut crosswalk, &mut aliases);
            (assessed, resellers, None)
        }
    };
    let exceptions = match &paths.exceptions {
        Some(path) => exceptions::exceptions(&mut source, path, &partners, &categories)?,
        None => Vec::new(),
    };
    let adjustments = match &paths.adjustments {
        Some(path) => adjustments::adjustments(&mut source, path, &plan.feeds, &partners)?,
        None => Vec::new(),
    };
    let control_totals = match &paths.control_totals {
        Some(path) => control_totals::control_totals(&mut source, path, &plan.feeds)?,
        None => Vec::new(),
    };
    source.problems.into_result(Error::Input)?;
    source.files.sort();
    source.files.dedup();
    Ok(References {
        categories,
        products,
        product_lines,
        rules,
        listed,
        partners,
        resellers,
        crosswalk,
        aliases,
        headquarters,
        fx,
        exceptions,
        adjustments,
        control_totals,
        files: source.files,
    })
}

/// What reading the tables has brought so far.
struct Source {
    problems: Problems,
    files: Vec<ReferenceFile>,
}
