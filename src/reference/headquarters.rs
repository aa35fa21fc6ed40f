//! Assessment by headquarters: the partners of one headquarters count as one.

use rustc_hash::FxHashMap;

use super::Source;
use super::partners::{Partner, partner_index};
use super::table::{Table, iso_day};
use crate::config::plan::ReferencePath;
use crate::error::{Problem, Result};

/// A span of days in which a partner belongs to a headquarters, ends included, in days since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Tenure {
    from: i32,
    to: i32,
    unit: u32,
}

/// Which headquarters each partner of the partner table belongs to, day by day.
#[derive(Debug, Clone, Default)]
pub struct Headquarters {
    /// By the partner's index in the partner table.
    of_partner: Vec<Vec<Tenure>>,
}

impl Headquarters {
    /// The headquarters of a partner on a date, as an index into the assessed ones.
    pub fn of(&self, partner: u32, date: i32) -> Option<u32> {
        let tenures = self.of_partner.get(partner as usize)?;
        tenures.iter().find(|tenure| tenure.from <= date && date <= tenure.to).map(|tenure| tenure.unit)
    }

    /// Every headquarters that a partner has or had.
    pub fn ever(&self, partner: u32) -> impl Iterator<Item = u32> {
        self.of_partner.get(partner as usize).into_iter().flatten().map(|tenure| tenure.unit)
    }
}

/// Reads which headquarters partners belong to: their `hq_id`, unless the dated table has rows for them. Gives the assessed headquarters, sorted by id, each with the
/// values of the partner of its id.
pub(super) fn headquarters(
    source: &mut Source,
    partners_path: &ReferencePath,
    path: Option<&ReferencePath>,
    partners: &[Partner],
) -> Result<(Vec<Partner>, Headquarters)> {
    let mut dated: FxHashMap<u32, Vec<(i32, i32, String)>> = FxHashMap::default();
    if let Some(path) = path {
        let table = Table::read(source, path, ["partner_id", "hq_id", "valid_from", "valid_to"])?;
        for (line, [partner_id, hq_id, valid_from, valid_to]) in &table.rows {
            let mut problem = |message: String| source.problems.push(table.problem(*line, message));
            let partner = partner_index(partners, partner_id).map_err(&mut problem).ok();
            let known = partner_index(partners, hq_id).map_err(&mut problem).ok();
            let from = iso_day(valid_from).map_err(&mut problem).ok();
            let to = iso_day(valid_to).map_err(&mut problem).ok();
            let (Some(partner), Some(_), Some(from), Some(to)) = (partner, known, from, to) else { continue };
            let (from, to) = (from.unwrap_or(i32::MIN), to.unwrap_or(i32::MAX));
            if to < from {
                problem(format!("`valid_to` ({valid_to}) is before `valid_from` ({valid_from})"));
            }
            let spans = dated.entry(partner).or_default();
            if spans.iter().any(|(first, last, _)| *first <= to && from <= *last) {
                problem(format!("partner `{partner_id}` has a headquarters on some of these days already"));
            }
            spans.push((from, to, hq_id.clone()));
        }
    }
    let spans: Vec<Vec<(i32, i32, String)>> = partners
        .iter()
        .zip(0..)
        .map(|(partner, index)| {
            let mut spans = dated.remove(&index).unwrap_or_else(|| vec![(i32::MIN, i32::MAX, partner.hq_id.clone())]);
            spans.sort_unstable();
            spans
        })
        .collect();
    let mut ids: Vec<&String> = spans.iter().flatten().map(|(_, _, hq_id)| hq_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut units = Vec::with_capacity(ids.len());
    for id in &ids {
        match partners.binary_search_by(|partner| partner.id.cmp(id)) {
            Ok(place) => units.push(Partner { hq_id: (*id).clone(), ..partners[place].clone() }),
            Err(_) => source.problems.push(
                Problem::new(&partners_path.path, format!("headquarters `{id}` has no row of its own"))
                    .with_hint("with `assess = \"hq\"` its name, country, region and program are those of the partner of its id"),
            ),
        }
    }
    let unit = |id: &String| ids.binary_search(&id).ok().and_then(|place| u32::try_from(place).ok());
    let of_partner = spans
        .iter()
        .map(|spans| {
            let tenure = |(from, to, id): &(i32, i32, String)| Some(Tenure { from: *from, to: *to, unit: unit(id)? });
            spans.iter().filter_map(tenure).collect()
        })
        .collect();
    Ok((units, Headquarters { of_partner }))
}
