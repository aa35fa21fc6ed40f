//! From a feed's locations and names to partners.

use rustc_hash::FxHashMap;

use super::Source;
use super::names::normalise_name;
use super::partners::{Partner, partner_index};
use super::table::{Table, iso_day};
use crate::config::plan::{Feed, ReferencePath};
use crate::error::Result;

/// Which partner a location of a feed belongs to, day by day.
#[derive(Debug, Clone, Default)]
pub struct Crosswalk {
    /// By the feed's index in the plan.
    feeds: Vec<FxHashMap<String, Vec<Tenure>>>,
}

/// A span of days in which a location belongs to a partner, ends included, in days since 1970-01-01.
#[derive(Debug, Clone)]
struct Tenure {
    from: i32,
    to: i32,
    partner: u32,
    /// The partner's own id of the place, where the table has one.
    site: Option<String>,
    line: usize,
}

impl Tenure {
    /// The site behind a location: a place of business by which several ids are known, else the id itself.
    fn site<'a>(&'a self, location: &'a str) -> &'a str {
        self.site.as_deref().unwrap_or(location)
    }
}

impl Crosswalk {
    /// The partner to whom a location belongs on a date, as an index into the partners.
    pub fn partner(&self, feed: u16, location: &str, date: i32) -> Option<u32> {
        let tenures = self.feeds.get(usize::from(feed))?.get(location)?;
        tenures.iter().find(|tenure| tenure.from <= date && date <= tenure.to).map(|tenure| tenure.partner)
    }

    /// The partner that has a location of a feed, or had it last, with the last day.
    pub(super) fn last_partner(&self, feed: u16, location: &str) -> Option<(u32, i32)> {
        let tenures = self.feeds.get(usize::from(feed))?.get(location)?;
        tenures.iter().max_by_key(|tenure| tenure.to).map(|tenure| (tenure.partner, tenure.to))
    }

    /// Every location of a feed with each partner that it belongs or belonged to, sorted.
    pub fn locations(&self, feed: u16) -> Vec<(&str, u32)> {
        let of_feed = self.feeds.get(usize::from(feed)).into_iter().flatten();
        let mut locations: Vec<(&str, u32)> =
            of_feed.flat_map(|(location, tenures)| tenures.iter().map(|tenure| (location.as_str(), tenure.partner))).collect();
        locations.sort_unstable();
        locations.dedup();
        locations
    }

    /// Every site with its partner, in no order.
    pub(super) fn sites(&self) -> impl Iterator<Item = (u32, &str)> {
        let locations = self.feeds.iter().flatten();
        locations.flat_map(|(location, tenures)| tenures.iter().map(|tenure| (tenure.partner, tenure.site(location))))
    }

    /// Puts another number in the place of each partner and site.
    pub(super) fn lead_to(&mut self, number: impl Fn(u32, &str) -> u32) {
        for (location, tenures) in self.feeds.iter_mut().flatten() {
            for tenure in tenures {
                tenure.partner = number(tenure.partner, tenure.site(location));
            }
        }
    }

    /// Adds a decided span of days, ends included. One that is there already changes nothing.
    pub(super) fn decide(
        &mut self,
        feed: u16,
        location: &str,
        partner: u32,
        (from, to): (i32, i32),
    ) -> std::result::Result<(), String> {
        if to < from {
            return Err("`decision_valid_to` is before `decision_valid_from`".to_owned());
        }
        let Some(locations) = self.feeds.get_mut(usize::from(feed)) else { return Ok(()) };
        let tenures = locations.entry(location.to_owned()).or_default();
        if tenures.iter().any(|known| (known.from, known.to, known.partner) == (from, to, partner)) {
            return Ok(());
        }
        if tenures.iter().any(|known| known.from <= to && from <= known.to) {
            return Err(format!("location `{location}` has a partner on some of these days already"));
        }
        tenures.push(Tenure { from, to, partner, site: None, line: 0 });
        Ok(())
    }
}

/// Reads the crosswalk. The ranges of one location never overlap.
pub(super) fn crosswalk(source: &mut Source, path: &ReferencePath, feeds: &[Feed], partners: &[Partner]) -> Result<Crosswalk> {
    let columns = ["feed_id", "location_id", "partner_id", "valid_from", "valid_to", "site_id"];
    let table = Table::read_with_optional(source, path, columns, &["site_id"])?;
    let mut crosswalk = Crosswalk { feeds: vec![FxHashMap::default(); feeds.len()] };
    for (line, [feed_id, location, partner_id, valid_from, valid_to, site_id]) in &table.rows {
        let mut problem = |message: String| source.problems.push(table.problem(*line, message));
        let feed = feed_index(feeds, feed_id).map_err(&mut problem).ok();
        let partner = partner_index(partners, partner_id).map_err(&mut problem).ok();
        let from = iso_day(valid_from).map_err(&mut problem).ok();
        let to = iso_day(valid_to).map_err(&mut problem).ok();
        if location.is_empty() {
            problem("`location_id` is empty".to_owned());
        }
        let (Some(feed), Some(partner), Some(from), Some(to)) = (feed, partner, from, to) else { continue };
        let (from, to) = (from.unwrap_or(i32::MIN), to.unwrap_or(i32::MAX));
        if to < from {
            problem(format!("`valid_to` ({valid_to}) is before `valid_from` ({valid_from})"));
        }
        let site = Some(site_id.clone()).filter(|site| !site.is_empty());
        if let Some(locations) = crosswalk.feeds.get_mut(usize::from(feed)) {
            locations.entry(location.clone()).or_default().push(Tenure { from, to, partner, site, line: *line });
        }
    }
    for (feed, locations) in feeds.iter().zip(&mut crosswalk.feeds) {
        for (location, tenures) in locations {
            tenures.sort_by_key(|tenure| (tenure.from, tenure.to, tenure.line));
            for pair in tenures.windows(2) {
                if let [earlier, later] = pair
                    && later.from <= earlier.to
                {
                    let (feed, line) = (&feed.id, earlier.line.max(later.line));
                    let message = format!("the days of location `{location}` of `{feed}` overlap those of another line");
                    let hint = format!("see line {}; `valid_to` is the last valid day", earlier.line.min(later.line));
                    source.problems.push(table.problem(line, message).with_hint(hint));
                }
            }
        }
    }
    Ok(crosswalk)
}

/// Reads the alias table.
pub(super) fn aliases(
    source: &mut Source,
    path: &ReferencePath,
    feeds: &[Feed],
    partners: &[Partner],
) -> Result<FxHashMap<(u16, String), u32>> {
    let table = Table::read(source, path, ["feed_id", "partner_name", "partner_id"])?;
    let mut aliases = FxHashMap::default();
    for (line, [feed_id, name, partner_id]) in &table.rows {
        let mut problem = |message: String| source.problems.push(table.problem(*line, message));
        let feed = feed_index(feeds, feed_id).map_err(&mut problem).ok();
        let partner = partner_index(partners, partner_id).map_err(&mut problem).ok();
        let normal = normalise_name(name);
        if normal.is_empty() {
            problem(format!("`partner_name` is `{name}`, which has no letter or digit"));
        }
        let (Some(feed), Some(partner)) = (feed, partner) else { continue };
        if aliases.insert((feed, normal), partner).is_some() {
            problem(format!("the name `{name}` of `{feed_id}` stands here twice"));
        }
    }
    Ok(aliases)
}

/// Index of a feed in the plan.
pub(super) fn feed_index(feeds: &[Feed], id: &str) -> std::result::Result<u16, String> {
    let index = feeds.binary_search_by(|feed| feed.id.as_str().cmp(id)).ok().and_then(|index| u16::try_from(index).ok());
    index.ok_or_else(|| format!("unknown feed `{id}`"))
}
