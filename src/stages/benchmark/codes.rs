//! The sorted codes to which the places of cells point.

use super::level::{CellPlace, NONE};
use crate::reference::{Partner, References};
use crate::stages::attach::CellKey;

/// The sorted codes to which the places of cells point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Codes {
    countries: Vec<String>,
    regions: Vec<String>,
    segments: Vec<String>,
    families: Vec<String>,
}

/// A cell's place in codes; `all` for a dimension that cells do not have, and an empty segment is `none`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PlaceCodes<'a> {
    /// Country of the partners.
    pub country: &'a str,
    /// Region of the partners.
    pub region: &'a str,
    /// Segment of the partners.
    pub segment: &'a str,
    /// Price band of the hardware: a number.
    pub band: String,
    /// `closed` or `open`.
    pub maturity: &'static str,
}

const ALL: &str = "all";

impl Codes {
    pub(super) fn of(references: &References) -> Self {
        let of_partners =
            |get: fn(&Partner) -> &String| sorted_codes(references.partners.iter().map(|partner| get(partner).as_str()));
        Self {
            countries: of_partners(|partner| &partner.country_code),
            regions: of_partners(|partner| &partner.region_code),
            segments: of_partners(|partner| &partner.segment_code),
            families: sorted_codes(references.categories.iter().map(|category| category.family_code.as_str())),
        }
    }

    pub(super) fn place(&self, key: &CellKey, references: &References) -> CellPlace {
        let partner = &references.partners[key.seller() as usize];
        CellPlace {
            category: key.category,
            country: index_of(&self.countries, &partner.country_code),
            region: index_of(&self.regions, &partner.region_code),
            segment: index_of(&self.segments, &partner.segment_code),
            band: u32::from(key.band),
            is_open: u32::from(key.is_open),
            family: index_of(&self.families, &references.categories[usize::from(key.category)].family_code),
        }
    }

    /// A cell's place in codes.
    pub fn codes(&self, place: &CellPlace) -> PlaceCodes<'_> {
        fn code(codes: &[String], index: u32) -> &str {
            match codes.get(index as usize) {
                None => ALL,
                Some(code) if code.is_empty() => "none",
                Some(code) => code,
            }
        }
        PlaceCodes {
            country: code(&self.countries, place.country),
            region: code(&self.regions, place.region),
            segment: code(&self.segments, place.segment),
            band: if place.band == NONE { ALL.to_owned() } else { place.band.to_string() },
            maturity: match place.is_open {
                0 => "closed",
                1 => "open",
                _ => ALL,
            },
        }
    }
}

fn sorted_codes<'a>(codes: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut sorted: Vec<String> = codes.map(str::to_owned).collect();
    sorted.sort_unstable();
    sorted.dedup();
    sorted
}

fn index_of(codes: &[String], code: &str) -> u32 {
    codes.binary_search_by(|other| other.as_str().cmp(code)).unwrap_or(codes.len()) as u32
}
