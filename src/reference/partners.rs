//! The partners of the program, and the others that sell.

use rustc_hash::FxHashSet;

use super::Source;
use super::table::{Table, boolean};
use crate::config::plan::ReferencePath;
use crate::error::Result;

/// A partner: a reseller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partner {
    /// Its id, unique.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Id of the reseller within which its sales are matched: its own, or of an assessed location that of its partner.
    pub reseller_id: String,
    /// Id of its headquarters.
    pub hq_id: String,
    /// ISO 3166 code of its country, two letters.
    pub country_code: String,
    /// The vendor's region.
    pub region_code: String,
    /// Its segment, e.g. by size or kind of customers; empty where the table has none.
    pub segment_code: String,
    /// Whether it belongs to the program.
    pub is_program: bool,
    /// The channel manager who calls it; may be empty.
    pub manager_name: String,
}

/// Reads the partners, sorted by id.
pub(super) fn partners(source: &mut Source, path: &ReferencePath) -> Result<Vec<Partner>> {
    let columns =
        ["partner_id", "partner_name", "hq_id", "country_code", "region_code", "is_program", "manager_name", "segment_code"];
    let table = Table::read_with_optional(source, path, columns, &["segment_code"])?;
    if u32::try_from(table.rows.len()).is_err() {
        source.problems.push(table.problem(1, format!("{} partners, more than {}", table.rows.len(), u32::MAX)));
    }
    let mut ids = FxHashSet::default();
    let mut partners = Vec::with_capacity(table.rows.len());
    for (line, [id, name, hq_id, country_code, region_code, is_program, manager_name, segment_code]) in &table.rows {
        let mut problem = |message: String| source.problems.push(table.problem(*line, message));
        for (column, value) in columns.iter().zip([id, name, hq_id, country_code, region_code]) {
            if value.is_empty() {
                problem(format!("`{column}` is empty"));
            }
        }
        if !country_code.is_empty() && (country_code.len() != 2 || !country_code.bytes().all(|byte| byte.is_ascii_uppercase())) {
            problem(format!("country `{country_code}` is not a code of two capital letters"));
        }
        if !id.is_empty() && !ids.insert(id.as_str()) {
            problem(format!("partner `{id}` stands here twice"));
        }
        match boolean(is_program) {
            Ok(is_program) => partners.push(Partner {
                id: id.clone(),
                name: name.clone(),
                reseller_id: id.clone(),
                hq_id: hq_id.clone(),
                country_code: country_code.clone(),
                region_code: region_code.clone(),
                segment_code: segment_code.clone(),
                is_program,
                manager_name: manager_name.clone(),
            }),
            Err(message) => problem(format!("`is_program`: {message}")),
        }
    }
    partners.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(partners)
}

/// Index of a partner in the sorted list.
pub(super) fn partner_index(partners: &[Partner], id: &str) -> std::result::Result<u32, String> {
    let index = partners.binary_search_by(|partner| partner.id.as_str().cmp(id)).ok();
    index.and_then(|index| u32::try_from(index).ok()).ok_or_else(|| format!("unknown partner `{id}`"))
}
