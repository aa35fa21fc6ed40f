//! Assessment by location: every site of a partner counts by itself, while sales are matched within the partner as always.

use rustc_hash::FxHashMap;
use std::collections::BTreeSet;

use super::crosswalk::Crosswalk;
use super::partners::Partner;
use super::{Resellers, Source};
use crate::config::plan::ReferencePath;
use crate::error::Problem;

/// Between a partner's id and its site in the id of an assessed location.
const MARK: char = '/';
/// The site of sales that a feed reports by the partner's name alone.
const NO_SITE: &str = "-";

/// Makes the locations of the crosswalk the assessed ones: crosswalk and aliases lead to them, no longer to the partners. Gives them, sorted by id, and which
/// are of the same partner. A partner without any location, or with sales that only its name tells, has one without a site.
pub(super) fn assessed_locations(
    source: &mut Source,
    partners_path: &ReferencePath,
    partners: &[Partner],
    crosswalk: &mut Crosswalk,
    aliases: &mut FxHashMap<(u16, String), u32>,
) -> (Vec<Partner>, Resellers) {
    // Else the ids of one partner's locations might stand between those of another's.
    for partner in partners.iter().filter(|partner| partner.id.contains(MARK)) {
        source.problems.push(
            Problem::new(&partners_path.path, format!("partner `{}` has a `{MARK}` in its id", partner.id))
                .with_hint("with `assess = \"location\"` it stands between a partner and its location"),
        );
    }
    let mut sites: BTreeSet<(u32, String)> = crosswalk.sites().map(|(partner, site)| (partner, site.to_owned())).collect();
    let known: BTreeSet<u32> = sites.iter().map(|(partner, _)| *partner).collect();
    let without = (0..partners.len() as u32).filter(|partner| !known.contains(partner));
    let by_name = aliases.values().copied();
    sites.extend(without.chain(by_name).map(|partner| (partner, NO_SITE.to_owned())));

    let mut sites: Vec<(u32, String)> = sites.into_iter().collect();
    let id = |(partner, site): &(u32, String)| format!("{}{MARK}{site}", partners[*partner as usize].id);
    sites.sort_by_cached_key(id);
    let place: FxHashMap<(u32, &str), u32> =
        sites.iter().zip(0..).map(|((partner, site), place)| ((*partner, site.as_str()), place)).collect();
    crosswalk.lead_to(|partner, site| place[&(partner, site)]);
    for partner in aliases.values_mut() {
        *partner = place[&(*partner, NO_SITE)];
    }
    let mut firsts: FxHashMap<u32, u32> = FxHashMap::default();
    let of_partner = sites.iter().zip(0..).map(|((partner, _), place)| *firsts.entry(*partner).or_insert(place)).collect();
    let locations = sites.iter().map(|own| located(&partners[own.0 as usize], id(own), &own.1)).collect();
    (locations, Resellers::new(of_partner))
}

/// A location with the values of its partner.
fn located(partner: &Partner, id: String, site: &str) -> Partner {
    let name = if site == NO_SITE { format!("{}, no location", partner.name) } else { format!("{}, {site}", partner.name) };
    Partner { id, name, ..partner.clone() }
}
