//! The market that a partner is measured by, summed up from every partner's cells in one pass.

use super::policy::Policy;
use super::published::{CellKey, OwnCell};
use crate::error::Result;
use crate::io::parquet_table::scan;
use crate::publish::explain::Rate;
use crate::reference::Partner;
use crate::run::directory::Directory;
use crate::stages::benchmark::UNUSABLE;
use crate::tables::published::FACT_PARTNER_CELL;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::path::Path;

/// A level of the back-off for cells of category, country and maturity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Cell,
    CategoryCountry,
    CategoryRegion,
    Category,
    Family,
    All,
}

impl Level {
    /// The code in tables.
    pub fn code(self) -> &'static str {
        match self {
            Self::Cell => "cell",
            Self::CategoryCountry => "category_country",
            Self::CategoryRegion => "category_region",
            Self::Category => "category",
            Self::Family => "family",
            Self::All => "all",
        }
    }
}

const LEVELS: [Level; 6] = [Level::Cell, Level::CategoryCountry, Level::CategoryRegion, Level::Category, Level::Family, Level::All];
/// Places of the measures in pairs.
const MONEY: usize = 0;

/// Sums of a group: pairs are money and units.
#[derive(Debug, Clone, Copy, Default)]
struct Group {
    hardware: [i64; 2],
    services: [i64; 2],
    packs: i64,
    contributors: [u64; 2],
}

impl Group {
    fn add(&mut self, other: &Self) {
        for measure in 0..2 {
            self.hardware[measure] = self.hardware[measure].saturating_add(other.hardware[measure]);
            self.services[measure] = self.services[measure].saturating_add(other.services[measure]);
            self.contributors[measure] += other.contributors[measure];
        }
        self.packs = self.packs.saturating_add(other.packs);
    }
}

/// The hardware of a cell's population partners, in their order, and the place of the partner that is explained.
#[derive(Debug, Default)]
pub struct Members {
    /// Money and units.
    pub hardware: [Vec<i64>; 2],
    /// Where the partner stands.
    pub own: Option<usize>,
}

/// The groups that bear on one partner.
#[derive(Default)]
pub struct Market {
    groups: BTreeMap<GroupKey, Group>,
    members: BTreeMap<CellKey, Members>,
}

/// A level and the codes that make its group: category or family, country or region, maturity.
type GroupKey = (Level, String, String, String);

/// Where a row of a partner stands in every dimension.
struct Place<'a> {
    category: &'a str,
    family: &'a str,
    country: &'a str,
    region: &'a str,
    maturity: &'a str,
}

impl Place<'_> {
    fn group(&self, level: Level) -> GroupKey {
        let (what, place, maturity) = match level {
            Level::Cell => (self.category, self.country, self.maturity),
            Level::CategoryCountry => (self.category, self.country, ""),
            Level::CategoryRegion => (self.category, self.region, ""),
            Level::Category => (self.category, "", ""),
            Level::Family => (self.family, "", ""),
            Level::All => ("", "", ""),
        };
        (level, what.to_owned(), place.to_owned(), maturity.to_owned())
    }
}

impl Market {
    /// Sums up the groups and cells in which the partner stands.
    pub fn read(
        tables: &Path,
        directory: &Directory,
        policy: &Policy,
        partner: &Partner,
        own: &BTreeMap<CellKey, OwnCell>,
    ) -> Result<Self> {
        let mut market = Self::default();
        for key in own.keys() {
            let place = place(directory, key);
            market.groups.extend(LEVELS.map(|level| (place.group(level), Group::default())));
            market.members.insert(key.clone(), Members::default());
        }
        let known: FxHashMap<&str, &Partner> = directory.partners.iter().map(|partner| (partner.id.as_str(), partner)).collect();
        let columns = [
            "partner_id",
            "category_code",
            "country_code",
            "region_code",
            "maturity_code",
            "hardware_amount",
            "services_amount",
            "hardware_units",
            "attached_units",
            "packs_units",
        ];
        let mut current = String::new();
        let mut of_partner: BTreeMap<GroupKey, Group> = BTreeMap::new();
        scan(tables, &FACT_PARTNER_CELL, &columns, None, |rows| {
            let (hardware, services) = (rows.scaled("hardware_amount")?, rows.scaled("services_amount")?);
            let (units, attached) = (rows.integers("hardware_units")?, rows.integers("attached_units")?);
            let (ids, packs) = (rows.texts("partner_id")?, rows.integers("packs_units")?);
            for (row, key) in CellKey::of_rows(rows)?.into_iter().enumerate() {
                let Some(seller) = known.get(ids.value(row)) else { continue };
                if !policy.has_all_partners && !seller.is_program {
                    continue;
                }
                if current != seller.id {
                    market.fold(&mut of_partner);
                    current.clone_from(&seller.id);
                }
                let sums = Group {
                    hardware: [hardware[row], units.value(row)],
                    services: [services[row], attached.value(row)],
                    packs: packs.value(row),
                    contributors: [0, 0],
                };
                let place = place(directory, &key);
                for group in LEVELS.map(|level| place.group(level)) {
                    if market.groups.contains_key(&group) {
                        of_partner.entry(group).or_default().add(&sums);
                    }
                }
                if let Some(members) = market.members.get_mut(&key) {
                    if seller.id == partner.id {
                        members.own = Some(members.hardware[MONEY].len());
                    }
                    for (known, new) in members.hardware.iter_mut().zip(sums.hardware) {
                        known.push(new);
                    }
                }
            }
            Ok(())
        })?;
        market.fold(&mut of_partner);
        Ok(market)
    }

    /// Adds one partner's sums; it contributes where its hardware in the group as a whole is above 0.
    fn fold(&mut self, of_partner: &mut BTreeMap<GroupKey, Group>) {
        for (key, mut sums) in std::mem::take(of_partner) {
            sums.contributors = sums.hardware.map(|hardware| u64::from(hardware > 0));
            self.groups.entry(key).or_default().add(&sums);
        }
    }

    /// The rates by money and by units of one of the partner's cells.
    pub fn rates(&self, directory: &Directory, key: &CellKey, min_partners: u64) -> [Rate; 2] {
        let place = place(directory, key);
        [0, 1].map(|measure| {
            let usable = LEVELS.into_iter().find_map(|level| {
                let group = self.groups.get(&place.group(level))?;
                let is_usable =
                    group.contributors[measure] >= min_partners && group.hardware[measure] > 0 && group.services[measure] >= 0;
                is_usable.then(|| Rate {
                    level: level.code(),
                    services: group.services[measure],
                    hardware: group.hardware[measure],
                    contributors: group.contributors[measure],
                })
            });
            usable.unwrap_or(Rate { level: UNUSABLE, services: 0, hardware: 0, contributors: 0 })
        })
    }

    /// Attached money and packs of the finest level above the cell that has both.
    pub fn pack_price(&self, directory: &Directory, key: &CellKey) -> Option<(i128, i128)> {
        let place = place(directory, key);
        LEVELS.into_iter().skip(1).find_map(|level| {
            let group = self.groups.get(&place.group(level))?;
            let amount = group.services[MONEY];
            (group.packs > 0 && amount > 0).then(|| (i128::from(amount), i128::from(group.packs)))
        })
    }

    /// The population partners of one of the partner's cells.
    pub fn members(&self, key: &CellKey) -> Option<&Members> {
        self.members.get(key)
    }
}

fn place<'a>(directory: &'a Directory, key: &'a CellKey) -> Place<'a> {
    Place {
        category: &key.category,
        family: directory.categories.get(&key.category).map_or("", |(_, family)| family.as_str()),
        country: &key.country,
        region: &key.region,
        maturity: &key.maturity,
    }
}
