//! Work lists of earlier runs, in which a person has decided: read back as rows of the crosswalk, the aliases and the product master.

use rustc_hash::FxHashMap;

use super::Source;
use super::classification::{Category, Classification};
use super::crosswalk::{Crosswalk, feed_index};
use super::names::{normalise_name, normalise_sku};
use super::partners::{Partner, partner_index};
use super::products::Product;
use super::table::{Table, iso_day};
use crate::config::plan::{Feed, ReferencePath};
use crate::error::Result;
use crate::io::csv_export::cell_text;

/// Columns of the work list of unknown partners.
pub const PARTNER_DECISIONS: [&str; 19] = [
    "feed_id",
    "location_id",
    "partner_name",
    "quarantined_records",
    "quantity_units",
    "net_amount",
    "currency_code",
    "candidate_1_partner_id",
    "candidate_1_partner_name",
    "candidate_1_likeness_percent",
    "candidate_2_partner_id",
    "candidate_2_partner_name",
    "candidate_2_likeness_percent",
    "candidate_3_partner_id",
    "candidate_3_partner_name",
    "candidate_3_likeness_percent",
    "decision_partner_id",
    "decision_valid_from",
    "decision_valid_to",
];

/// Columns of the work list of unmapped products.
pub const PRODUCT_DECISIONS: [&str; 21] = [
    "sku",
    "product_description",
    "sale_lines",
    "selling_partners",
    "net_amount",
    "currency_code",
    "candidate_1_kind",
    "candidate_1_category_code",
    "candidate_1_like_sku",
    "candidate_1_likeness_percent",
    "candidate_2_kind",
    "candidate_2_category_code",
    "candidate_2_like_sku",
    "candidate_2_likeness_percent",
    "candidate_3_kind",
    "candidate_3_category_code",
    "candidate_3_like_sku",
    "candidate_3_likeness_percent",
    "decision_kind",
    "decision_category_code",
    "decision_is_post_warranty",
];

/// Reads decided work lists of unknown partners into crosswalk and aliases. Rows without a decision are left out.
pub(super) fn partners(
    source: &mut Source,
    path: &ReferencePath,
    feeds: &[Feed],
    partners: &[Partner],
    crosswalk: &mut Crosswalk,
    aliases: &mut FxHashMap<(u16, String), u32>,
) -> Result<()> {
    let table = Table::read(source, path, PARTNER_DECISIONS)?;
    for (line, row) in &table.rows {
        let [feed_id, location, name] = [0, 1, 2].map(|column| cell_text(&row[column]));
        let [partner_id, valid_from, valid_to] = [16, 17, 18].map(|column| cell_text(&row[column]));
        if [partner_id, valid_from, valid_to].iter().all(|cell| cell.is_empty()) {
            continue;
        }
        let mut problem = |message: String| source.problems.push(table.problem(*line, message));
        if partner_id.is_empty() {
            problem("days are decided, but no `decision_partner_id`".to_owned());
            continue;
        }
        let feed = feed_index(feeds, feed_id).map_err(&mut problem).ok();
        let partner = partner_index(partners, partner_id).map_err(&mut problem).ok();
        let from = iso_day(valid_from).map_err(&mut problem).ok();
        let to = iso_day(valid_to).map_err(&mut problem).ok();
        let (Some(feed), Some(partner), Some(from), Some(to)) = (feed, partner, from, to) else { continue };
        if !location.is_empty() {
            let (from, to) = (from.unwrap_or(i32::MIN), to.unwrap_or(i32::MAX));
            if let Err(message) = crosswalk.decide(feed, location, partner, (from, to)) {
                problem(message);
            }
        } else if from.is_some() || to.is_some() {
            problem("a name has no days in which it is valid".to_owned());
        } else {
            let known = aliases.insert((feed, normalise_name(name)), partner);
            if known.is_some_and(|known| known != partner) {
                problem(format!("the name `{name}` of `{feed_id}` has another partner already"));
            }
        }
    }
    Ok(())
}

/// Reads decided work lists of unmapped products into the product master. Rows without a decision are left out.
pub(super) fn products(
    source: &mut Source,
    path: &ReferencePath,
    categories: &[Category],
    products: &mut FxHashMap<String, Product>,
) -> Result<()> {
    let table = Table::read(source, path, PRODUCT_DECISIONS)?;
    for (line, row) in &table.rows {
        let [sku, description] = [0, 1].map(|column| cell_text(&row[column]));
        let [kind, category_code, is_post_warranty] = [18, 19, 20].map(|column| cell_text(&row[column]));
        if [kind, category_code, is_post_warranty].iter().all(|cell| cell.is_empty()) {
            continue;
        }
        let base = normalise_sku(sku).0.into_owned();
        // Spreadsheets write booleans in capitals.
        let is_post_warranty = if is_post_warranty.is_empty() { "false".to_owned() } else { is_post_warranty.to_lowercase() };
        let outcome = Classification::parse(categories, kind, category_code, &is_post_warranty).and_then(|classification| {
            if base.is_empty() {
                return Err("a product without a SKU".to_owned());
            }
            let product = Product { classification, description: description.to_owned() };
            match products.get(&base) {
                Some(known) if known.classification != classification => Err(format!("SKU `{base}` has another class already")),
                Some(_) => Ok(()),
                None => {
                    products.insert(base.clone(), product);
                    Ok(())
                }
            }
        });
        if let Err(message) = outcome {
            source.problems.push(table.problem(*line, message));
        }
    }
    Ok(())
}
