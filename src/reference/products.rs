//! The three ways from a product to its category: master, product line, pattern rules.

use regex::{Regex, RegexBuilder};
use rustc_hash::FxHashMap;

use super::Source;
use super::classification::{Category, Classification};
use super::names::normalise_sku;
use super::table::Table;
use crate::config::plan::ReferencePath;
use crate::error::Result;

/// A product of the master.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// What it is.
    pub classification: Classification,
    /// The master's description.
    pub description: String,
}

/// The field of a sale line that a rule looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleField {
    /// The base SKU.
    Sku,
    /// The sender's description.
    Description,
    /// The sender's own category label.
    Label,
}

/// A pattern rule: where the pattern is found in the field, the product is classified so.
#[derive(Debug, Clone)]
pub struct Rule {
    /// The field that is searched.
    pub field: RuleField,
    /// Case-insensitive, unanchored.
    pub pattern: Regex,
    /// What the product then is.
    pub classification: Classification,
}

/// Reads the product master.
pub(super) fn products(source: &mut Source, path: &ReferencePath, categories: &[Category]) -> Result<FxHashMap<String, Product>> {
    let table = Table::read(source, path, ["sku", "description", "kind", "category_code", "is_post_warranty"])?;
    let mut products = FxHashMap::with_capacity_and_hasher(table.rows.len(), rustc_hash::FxBuildHasher);
    for (line, [sku, description, kind, category_code, is_post_warranty]) in &table.rows {
        let base = normalise_sku(sku).0.into_owned();
        if base.is_empty() {
            source.problems.push(table.problem(*line, "a product without a SKU"));
            continue;
        }
        match Classification::parse(categories, kind, category_code, is_post_warranty) {
            Ok(classification) => {
                let product = Product { classification, description: description.clone() };
                if products.insert(base.clone(), product).is_some() {
                    let problem = table.problem(*line, format!("SKU `{base}` stands here twice"));
                    source.problems.push(problem.with_hint("SKUs are compared in upper case and up to the `#`"));
                }
            }
            Err(message) => source.problems.push(table.problem(*line, message)),
        }
    }
    Ok(products)
}

/// Reads the product lines.
pub(super) fn product_lines(
    source: &mut Source,
    path: &ReferencePath,
    categories: &[Category],
) -> Result<FxHashMap<String, Classification>> {
    let table = Table::read(source, path, ["product_line_code", "kind", "category_code"])?;
    let mut lines = FxHashMap::default();
    for (line, [code, kind, category_code]) in &table.rows {
        let code = code.to_uppercase();
        if code.is_empty() {
            source.problems.push(table.problem(*line, "a product line without a code"));
            continue;
        }
        match Classification::parse(categories, kind, category_code, "false") {
            Ok(classification) => {
                if lines.insert(code.clone(), classification).is_some() {
                    source.problems.push(table.problem(*line, format!("product line `{code}` stands here twice")));
                }
            }
            Err(message) => source.problems.push(table.problem(*line, message)),
        }
    }
    Ok(lines)
}

/// Reads the pattern rules, in the order of the file.
pub(super) fn rules(source: &mut Source, path: &ReferencePath, categories: &[Category]) -> Result<Vec<Rule>> {
    let table = Table::read(source, path, ["field", "pattern", "kind", "category_code", "is_post_warranty"])?;
    let mut rules = Vec::with_capacity(table.rows.len());
    for (line, [field, pattern, kind, category_code, is_post_warranty]) in &table.rows {
        match rule(categories, field, pattern, [kind, category_code, is_post_warranty]) {
            Ok(rule) => rules.push(rule),
            Err(message) => source.problems.push(table.problem(*line, message)),
        }
    }
    Ok(rules)
}

fn rule(
    categories: &[Category],
    field: &str,
    pattern: &str,
    [kind, category_code, is_post_warranty]: [&str; 3],
) -> std::result::Result<Rule, String> {
    let field = match field {
        "sku" => RuleField::Sku,
        "description" => RuleField::Description,
        "label" => RuleField::Label,
        other => return Err(format!("field `{other}` is none of `sku`, `description`, `label`")),
    };
    if pattern.is_empty() {
        return Err("a rule without a pattern".to_owned());
    }
    let pattern = RegexBuilder::new(pattern).case_insensitive(true).build().map_err(|error| {
        let cause = error.to_string();
        let cause = cause.lines().last().unwrap_or_default().trim_start_matches("error: ");
        format!("`{pattern}` is not a regular expression: {cause}")
    })?;
    Ok(Rule { field, pattern, classification: Classification::parse(categories, kind, category_code, is_post_warranty)? })
}
